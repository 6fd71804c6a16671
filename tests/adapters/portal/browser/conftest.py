"""What the tests of this folder may use: Playwright, and a browser."""

from __future__ import annotations

from adapters.portal.browser.served import chromium, playwright

__all__ = ["chromium", "playwright"]
