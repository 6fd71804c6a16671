"""The drivers that every portal check runs with; a new driver is one more line here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import pytest

from adapters.portal.browser import served
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.route import Route
from ssrcred.adapters.portal.route_follower import ConfirmedPortal, Visits
from ssrcred.adapters.portal.visit.navigator import Account, FormVisits
from ssrcred.adapters.web.bound import Limits
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.place import Reading, Saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


class OpenPortal(Protocol):
    """What a workflow asks of a portal, as far as these checks go."""

    def places(self) -> tuple[Reading, ...]: ...
    def write(self, place: str, credential: Credential | None) -> Saved: ...


class Opening(Protocol):
    """A driver's way in: the portal at an address for one office account, closed afterwards."""

    def __call__(
        self,
        base_url: str,
        username: str,
        password: SecretKey,
        words: PortalMap,
        route: Route | None = None,
        *,
        limits: Limits | None = None,
    ) -> AbstractContextManager[OpenPortal]: ...


@dataclass(frozen=True)
class Driver:
    """One driver: `name` as in config.toml, how it is opened, and the real part of the machine that it needs.

    A slow one runs every check only on the styles in `thorough`, none on those in `spared`, and those in `telling` on
    the others.
    """

    name: str
    open: Opening
    real: str = ""
    thorough: frozenset[str] | None = None
    telling: frozenset[str] = frozenset()
    spared: frozenset[str] = frozenset()

    def runs(self, check: str, style: str) -> bool:
        """Whether a check is run on a portal of a style."""
        return self.thorough is None or style in self.thorough or (check in self.telling and style not in self.spared)


@contextmanager
def over_http(
    base_url: str,
    username: str,
    password: SecretKey,
    words: PortalMap,
    route: Route | None = None,
    *,
    limits: Limits | None = None,
) -> Iterator[ConfirmedPortal]:
    """The http driver."""
    visits = FormVisits(base_url, words, limits)
    with closing(followed(visits, Account(username, password), words, route)) as portal:
        yield portal


def followed(visits: Visits, account: Account, words: PortalMap, route: Route | None) -> ConfirmedPortal:
    """A portal by what was confirmed; nothing is kept."""
    return ConfirmedPortal(visits, account, words, route, clock=lambda: NOW, pin=lambda _: None)


class SharedBrowser:
    """One Chromium for all the tests of a module, started by the first that needs it."""

    def __init__(self) -> None:
        self._stack: ExitStack | None = None
        self._browser: Browser | None = None

    def launch(self) -> Browser:
        """The browser, started now if it is not running."""
        if self._browser is None:
            from playwright.sync_api import sync_playwright

            self._stack = ExitStack()
            self._browser = served.launched(self._stack.enter_context(sync_playwright()))
            self._stack.callback(self._browser.close)
        return self._browser

    def end(self) -> None:
        """End it, if it was started."""
        if self._stack is not None:
            self._stack.close()
        self._stack = self._browser = None


BROWSER = SharedBrowser()


@contextmanager
def in_a_browser(
    base_url: str,
    username: str,
    password: SecretKey,
    words: PortalMap,
    route: Route | None = None,
    *,
    limits: Limits | None = None,
) -> Iterator[ConfirmedPortal]:
    """The browser driver."""
    from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser

    visits = PortalBrowser(base_url, words, limits, served.BRISK, launch=BROWSER.launch)
    with closing(followed(visits, Account(username, password), words, route)) as portal:
        yield portal


DRIVERS = (
    Driver("http", over_http),
    Driver(
        "browser",
        in_a_browser,
        real="chromium",
        thorough=frozenset({"iframes in a shell"}),
        telling=frozenset({"writes one school's"}),
        spared=frozenset(
            {
                "a link Edit in each school's row",
                "schools side by side in columns",
                "a list of schools that sends itself",
            }
        ),
    ),
)


def every_driver() -> list[object]:
    """One parameter for each driver, marked with the real part that it needs."""
    return [pytest.param(driver, id=driver.name, marks=marks(driver)) for driver in DRIVERS]


def marks(driver: Driver) -> list[pytest.MarkDecorator]:
    """The mark of the real part that a driver needs."""
    return [pytest.mark.real(driver.real)] if driver.real else []
