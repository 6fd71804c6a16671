"""A browser that is installed already, started without a trace of its own: no profile kept, nothing saved, no logging.

Playwright keeps the profile in a temporary folder and removes it when the browser ends; it does so too when this
program is killed, because its driver sees the pipe close. All that they write is in one folder of ours: without one, a
crash dump (a piece of the browser's memory, in which the key may stand) would stay in the home folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from ssrcred.adapters.installation import how_to_install
from ssrcred.adapters.temporary_folder import temporary_folder
from ssrcred.domain.errors import BrowserMissing, UsageWrong

# Variables that make Playwright and its driver write down what passes through them, typed texts included, and a browser
# the keys of its connections. They go for good: Playwright reads DEBUG when it is imported, and DEBUGP at each message.
LOGGING: Final = ("DEBUG", "DEBUGP", "DEBUG_FILE", "PWDEBUG", "NODE_OPTIONS", "NODE_DEBUG", "SSLKEYLOGFILE")
for variable in LOGGING:
    os.environ.pop(variable, None)
try:
    from playwright.sync_api import Error
except ImportError:  # it is told when a browser is to be started
    Error = RuntimeError  # type: ignore[misc, assignment]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

BrowserError = Error
CHANNELS: Final = ("chrome", "msedge", "chrome-beta", "msedge-beta", "chrome-dev", "msedge-dev", "chrome-canary")
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
FLAGS: Final = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-save-password-bubble",
    "--disable-domain-reliability",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
]
# Variables that tell a browser and its driver, where they are started, to write nowhere else. The last is what
# Chromium, Chrome and Edge go by on Linux and macOS; on Windows they dump into the profile.
WRITES_TO: Final = ("TMPDIR", "TEMP", "TMP", "BREAKPAD_DUMP_LOCATION")


class Engine:
    """A browser for as long as it is needed. `browser` is a channel, a path, or None for any that is there."""

    def __init__(self, browser: str | None = None, *, show: bool = False) -> None:
        self._wanted, self._show = browser, show
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._started = ExitStack()

    def launch(self) -> Browser:
        """Start the browser, once. Raises BrowserMissing without Playwright or a browser, UsageWrong without space."""
        if self._browser is not None:
            return self._browser
        tried = candidates(self._wanted)
        for _, channel, path in tried:
            # The driver takes long to start: not for a path that leads nowhere. A missing Playwright is said first.
            if path is not None and not os.path.exists(path) and find_spec("playwright"):
                continue
            self._playwright = self._playwright or self._start()
            with suppress(BrowserError):  # the next one may start
                self._browser = self._playwright.chromium.launch(
                    channel=channel,
                    executable_path=path,
                    headless=not self._show,
                    # Root's Chromium cannot set up its sandbox: only then it goes without.
                    chromium_sandbox=not hasattr(os, "geteuid") or os.geteuid() != 0,
                    args=FLAGS,
                )
                return self._browser
        self.close()
        screen = " A visible window also needs a screen." if self._show else ""
        raise BrowserMissing(
            f"No browser could be started (tried: {', '.join(name for name, _, _ in tried)}).{screen}",
            state="Nothing in the portal was read or changed.",
            hint='Install Chrome, Edge or Chromium, or name one in config.toml: browser = "chrome", or its path.',
        )

    def close(self) -> None:
        """End the browser and its driver, and delete the profile and all else that they wrote."""
        browser, self._browser, self._playwright = self._browser, None, None
        with self._started, suppress(BrowserError):  # it may have ended already
            if browser is not None:
                browser.close()

    def kill(self, browser: Browser) -> None:
        """Kill a browser, so that none of its pages does anything more; the next `launch` starts another."""
        with suppress(BrowserError):  # it may have ended already
            for number in processes(browser):
                end_process(number)
            browser.close()
        self._browser = None

    def _start(self) -> Playwright:
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise BrowserMissing(
                'The browser driver (driver = "browser") needs a package that is not installed.',
                state="Nothing in the portal was read or changed.",
                hint=how_to_install("browser"),
            ) from None
        with ExitStack() as started:
            try:
                folder = str(started.enter_context(temporary_folder()))
            except OSError as error:
                raise UsageWrong(
                    f"There is no space for the browser's temporary files ({os.strerror(error.errno or 0)}).",
                    state="Nothing in the portal was read or changed.",
                    hint="Free disk space, or let this user write temporary files. Then try again.",
                ) from None
            try:
                with environment_with(dict.fromkeys(WRITES_TO, folder)):
                    playwright = sync_playwright().start()
            except Exception as error:
                if type(error) is not Exception:  # Playwright tells so, by nothing finer, that its driver has ended
                    raise
                raise BrowserMissing(
                    "The browser driver could not be started.",
                    state="Nothing in the portal was read or changed.",
                    hint="Check that this account has a home folder and space for temporary files. Then try again.",
                ) from None
            started.callback(playwright.stop)
            self._started = started.pop_all()
            return playwright


def processes(browser: Browser) -> list[int]:
    """Return the ids of a browser's processes, that of the browser itself first."""
    session = browser.new_browser_cdp_session()
    # Playwright does not tell them. All of them: `kill` ends the renderers too, in which pages run.
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [int(item["id"]) for item in sorted(found, key=lambda item: item["type"] != "browser")]


def end_process(number: int) -> None:
    with suppress(OSError):
        os.kill(number, getattr(signal, "SIGKILL", signal.SIGTERM))


def candidates(
    wanted: str | None, which: Callable[[str], str | None] = shutil.which
) -> list[tuple[str, str | None, str | None]]:
    """Return the browsers to try in turn: a name for people, Playwright's channel, and a path."""
    if wanted in CHANNELS:
        return [(wanted, wanted, None)]
    if wanted is not None:
        return [(wanted, None, which(wanted) or wanted)]
    found = [(name, None, path) for name in PROGRAMS if (path := which(name)) is not None]
    named: list[tuple[str, str | None, str | None]] = [(name, name, None) for name in ("chrome", "msedge")]
    return [*named, *found] if sys.platform in ("win32", "darwin") else [*found, *named]


@contextmanager
def environment_with(given: Mapping[str, str]) -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in given if name in os.environ}
    os.environ.update(given)
    try:
        yield
    finally:
        for name in given:
            os.environ.pop(name, None)
        os.environ.update(kept)
