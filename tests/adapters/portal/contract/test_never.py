"""What is never done, with a server that counts what it got: another host, no end, a second log-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar

import pytest

from adapters.portal.confirming import AT
from adapters.portal.contract.check import PAIR as NEW
from adapters.portal.contract.check import OtherHost, route_of
from adapters.portal.contract.driver import Driver, every_driver
from adapters.portal.contract.old_styles import ChooseAndGo, Decoys, PagePerSchool, RefreshAfterLogIn
from adapters.portal.contract.pretend_portal import NORTH, OFFICE, PASSWORD, Asked, PretendPortal, Reply, running, see
from ssrcred.adapters.portal.route.route import FieldLook, Fields, PlaceRoute, Route, SaveControl
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.web.bound import Limits
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import PageChanged, PageNotUnderstood, PortalFailed, SsrcredError, Unreachable
from ssrcred.domain.place import DISTRICT

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

Page = Callable[["Shaped", Asked], "Reply | str"]
PAIR = "<label>CALPADS API Username <input name=u></label><label>CALPADS API Password <input name=k></label>"


FIELDS = Fields(
    FieldLook("CALPADS API Username", "text"),
    FieldLook("CALPADS API Password", "text"),
    SaveControl("button", "Save"),
    way=("CAASPP Credentials",),
)
THE_WAY = Route("http", "dana", AT, "same", {DISTRICT: PlaceRoute((), FIELDS)})
"""One step, and fields that no page here has."""


class Shaped(RefreshAfterLogIn):
    """A portal whose pages after the log-in are a function's."""

    style = "shaped"
    shape: ClassVar[dict[str, Page]] = {}

    def page(self, asked: Asked) -> Reply | str:
        return self.shape["page"](self, asked)


@contextmanager
def shaped(page: Page) -> Iterator[tuple[Shaped, OtherHost, str]]:
    server, other = type("Shaped", (Shaped,), {"shape": {"page": page}})(), OtherHost()
    with running(other) as elsewhere, running(server) as base_url:
        server.elsewhere = elsewhere
        yield server, other, base_url


ELSEWHERE: dict[str, Page] = {
    "a refresh": lambda on, asked: f'<meta http-equiv=refresh content="0;url={on.elsewhere}/x">',
    "a link": lambda on, asked: f'<a href="{on.elsewhere}/x">CAASPP Credentials</a>',
    "a script link": lambda on, asked: (
        f"<button onclick=\"location.href='{on.elsewhere}/x'\">CAASPP Credentials</button>"
    ),
    "a form": lambda on, asked: (
        f'<form action="{on.elsewhere}/x" method=post><button>CAASPP Credentials</button></form>'
    ),
    "a form by get": lambda on, asked: f'<form action="{on.elsewhere}/x"><button>CAASPP Credentials</button></form>',
    "a frame": lambda on, asked: f'<frameset><frame src="{on.elsewhere}/x"></frameset>',
    "a base": lambda on, asked: f'<base href="{on.elsewhere}/"><a href=/x>CAASPP Credentials</a>',
    "a redirect": lambda on, asked: see(f"{on.elsewhere}/x"),
    "a school's link": lambda on, asked: (
        f'<form method=post>{PAIR}</form><h3>Schools</h3><ul><li><a href="{on.elsewhere}/x">N</a></ul>'
    ),
    "a school's form": lambda on, asked: (
        f'<form method=post action="{on.elsewhere}/x"><label>School <select name=s><option>N</select></label>'
        "<button>Go</button></form>"
    ),
}


@pytest.mark.parametrize("driver", every_driver())
@pytest.mark.parametrize("way", ELSEWHERE)
def test_another_host_gets_nothing_by(way: str, driver: Driver) -> None:
    with shaped(ELSEWHERE[way]) as (server, other, base_url):
        with (
            driver.open(base_url, OFFICE, SecretKey(PASSWORD), server.map(), THE_WAY) as portal,
            pytest.raises(PortalFailed),
        ):
            if isinstance(portal, ConfirmedPortal):
                with suppress(PageNotUnderstood):
                    portal.search(())
            portal.places()
        assert other.asked == []
        assert server.log_ins == [OFFICE]


ENDLESS: dict[str, Page] = {
    "refreshes": lambda on, asked: f'<meta http-equiv=refresh content="0;url=/{len(on.asked)}">',
    "redirects": lambda on, asked: see(f"/{len(on.asked)}"),
    "frames": lambda on, asked: f"<iframe src=/{len(on.asked)}></iframe><iframe src=/{len(on.asked)}b></iframe>",
}


@pytest.mark.parametrize("driver", every_driver())
@pytest.mark.parametrize("way", ENDLESS)
def test_a_portal_without_end_is_left(way: str, driver: Driver) -> None:
    with shaped(ENDLESS[way]) as (server, _, base_url):
        with (
            driver.open(
                base_url, OFFICE, SecretKey(PASSWORD), server.map(), THE_WAY, limits=Limits(max_hops=3)
            ) as portal,
            pytest.raises(PortalFailed) as caught,
        ):
            portal.places()
        assert ("without end" in caught.value.message) is (way != "frames")
        assert len(server.asked) < 40
        assert server.log_ins == [OFFICE]


def nested(deep: int) -> Page:
    """Frames in frames, with a link in the one that stands so deep."""

    def page(on: Shaped, asked: Asked) -> Reply | str:
        at = 0 if asked.path == on.home else int(asked.path[1:] or 0)
        return f"<iframe src=/{at + 1}></iframe>" if at < deep else "<a href=/99>CAASPP Credentials</a>"

    return page


@pytest.mark.parametrize("driver", every_driver())
@pytest.mark.parametrize("deep", [3, 4])
def test_frames_are_looked_into_three_deep(deep: int, driver: Driver) -> None:
    with shaped(nested(deep)) as (server, _, base_url):
        with (
            driver.open(base_url, OFFICE, SecretKey(PASSWORD), server.map(), THE_WAY) as portal,
            pytest.raises(SsrcredError),
        ):
            portal.places()
        assert any(asked.path == "/99" for asked in server.asked) is (deep == 3)


def many(on: Shaped, asked: Asked) -> Reply | str:
    """A page with thirty frames."""
    frames = (f"<iframe src=/f/{at}></iframe>" for at in range(30))
    return "<p>In a frame." if asked.path.startswith("/f/") else "".join(frames)


@pytest.mark.parametrize("driver", every_driver())
def test_of_many_frames_twelve_are_fetched(driver: Driver) -> None:
    with shaped(many) as (server, _, base_url):
        with (
            driver.open(base_url, OFFICE, SecretKey(PASSWORD), server.map(), THE_WAY) as portal,
            pytest.raises(PageChanged),
        ):
            portal.places()
        assert sum(asked.path.startswith("/f/") for asked in server.asked) == 12


@pytest.mark.parametrize("driver", every_driver())
def test_a_page_without_end_is_left(driver: Driver) -> None:
    with shaped(lambda on, asked: "x" * 300_000) as (server, _, base_url):
        limits = Limits(max_bytes=100_000)
        with (
            driver.open(base_url, OFFICE, SecretKey(PASSWORD), server.map(), THE_WAY, limits=limits) as portal,
            pytest.raises(PageNotUnderstood),
        ):
            portal.places()
        assert server.saves == []


class DecoyDoor(Decoys):
    """After the log-in every page has a form that looks like the log-in's, with its own user name in it."""

    def page(self, asked: Asked) -> Reply | str:
        found = super().page(asked)
        door = """<form action=/old method=post><label>Username <input name=username value=mailer></label>
        <label>Password <input name=password type=password></label><button>Log in</button></form>"""
        return door + found if isinstance(found, str) else found


@pytest.mark.parametrize("driver", every_driver())
def test_the_office_password_is_given_to_no_other_form(driver: Driver) -> None:
    server = DecoyDoor()
    with running(server) as base_url:
        with driver.open(base_url, OFFICE, SecretKey(PASSWORD), server.map(), route_of(DecoyDoor)) as portal:
            assert len(portal.places()) == 3
        assert server.log_ins == [OFFICE]
        assert [asked.path for asked in server.asked if asked.method == "POST"] == ["/login"]


class WrongSchool(PagePerSchool):
    """Every school's link leads to the district's page."""

    def page(self, asked: Asked) -> Reply | str:
        asked.query.clear()
        return super().page(asked)


class Deaf(ChooseAndGo):
    """A list of schools that does not change what is shown."""

    def page(self, asked: Asked) -> Reply | str:
        return see("/caaspp") if asked.path == "/choose" else super().page(asked)


@pytest.mark.parametrize("driver", every_driver())
@pytest.mark.parametrize(("style", "honest"), [(WrongSchool, PagePerSchool), (Deaf, ChooseAndGo)])
def test_a_page_that_does_not_name_its_school_is_not_believed(
    style: type[PretendPortal], honest: type[PretendPortal], driver: Driver
) -> None:
    server = style()
    with running(server) as base_url:
        with (
            driver.open(base_url, OFFICE, SecretKey(PASSWORD), server.map(), route_of(honest)) as portal,
            pytest.raises(PageChanged),
        ):
            portal.places()
        assert server.saves == []


class GoesDown(ChooseAndGo):
    """A portal that ends the connection when a school is chosen, once it is `down`."""

    down = False

    def page(self, asked: Asked) -> Reply | str:
        return Reply(drop=True) if asked.path == "/choose" and self.down else super().page(asked)


@pytest.mark.parametrize("driver", every_driver())
def test_a_lost_answer_to_a_choice_is_no_lost_save(driver: Driver) -> None:
    server = GoesDown()
    route = route_of(ChooseAndGo)
    with running(server) as base_url, driver.open(base_url, OFFICE, SecretKey(PASSWORD), server.map(), route) as portal:
        portal.places()
        server.down = True
        with pytest.raises(Unreachable) as caught:
            portal.write(NORTH, NEW)
        assert caught.value.state == "Nothing was written."
        assert server.saves == []
