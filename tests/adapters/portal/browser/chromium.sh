#!/bin/bash
# Chromium without the popup under its address bar, for which each window starts a renderer of its own: no page notices,
# and tests in a browser take a sixth less. Playwright's own list, which this adds to, is the last that counts.
exec chromium "${@/#--disable-features=/--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,}"
