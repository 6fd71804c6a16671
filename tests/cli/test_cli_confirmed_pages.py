"""`portal confirm` and what follows it, on pages that were drawn from the contract alone: questions, presses, sign-ins.

Every name, user name and key is made up.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, Reply, Request, SettingsPage, serving
from adapters.portal.pages.reach_plain import AsksFirst
from adapters.portal.pages.reach_scripted import SecondPress
from adapters.portal.pages.refused import SinglePageApplication
from cli.desk import LEA, NO_BROWSER, Desk, Ran, Screen
from ssrcred.domain.credential import SecretKey

real = pytest.mark.real("chromium")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
NEW = "jvusd-ssr-new\nNew*w&7<k\"Q'x)>m;2~Z\n"


@contextmanager
def beside(desk: Desk, page: SettingsPage) -> Iterator[None]:
    """Put a drawn page beside the desk, with its office account."""
    with serving(page) as base:
        desk.home.mkdir(exist_ok=True)
        desk.config.write_text(
            f'[lea.{LEA}]\nname = "{page.lea_name}"\ncds = "{page.cds}"\n'
            f'[lea.{LEA}.toms]\nenabled = false\nsite = "{base}"\n'
            f'[lea.{LEA}.schoolwise]\nurl = "{base}"\nusername = "{OFFICE}"\ndriver = "http"\n',
            "utf-8",
        )
        desk.vault.keep_secret("schoolwise", SecretKey(PASSWORD))
        for number, secret in enumerate(page.secrets()):
            desk.secret(f"secret {number} of the page", secret)
        yield


def way(page: SettingsPage) -> tuple[str, ...]:
    return tuple(word for text in page.way for word in ("--go", text))


def kept(desk: Desk) -> dict[str, object]:
    return tomllib.loads((desk.home / "portals" / f"{LEA}.toml").read_text("utf-8"))


def confirm_at_a_terminal(desk: Desk, page: SettingsPage, *more: str) -> Ran:
    ran = desk.sit(*("portal", "confirm", *more, *way(page)), script=[("Number", "1"), ("Is that right?", "y")])
    assert ran.code == 0, ran.screen
    assert page.writes == []
    return ran


class MenuByScript(AsksFirst):
    """The page itself is plain, and the menu that leads to it is built by a script."""

    def menu_page(self, step: int) -> str:
        title, link = self.way[step - 1] if step else "Home", f'<a href="{self.paths[step + 1]}">{self.way[step]}</a>'
        script = f"<script>document.getElementById('menu').innerHTML = '<li>{link}</li>';</script>"
        return self.document(title, f'<h1>{title}</h1><ul id="menu"></ul>{script}')


@real
def test_a_plain_page_behind_a_menu_of_scripts_is_followed_in_the_browser(bare: Desk) -> None:
    page = MenuByScript()
    with beside(bare, page):
        confirm_at_a_terminal(bare, page)
        assert (kept(bare)["driver"], kept(bare)["rehearsed"]) == ("browser", "browser_only")
        ran = bare.run("schools", "--json")
        assert [item["place"] for item in ran.document["places"]] == [DISTRICT], ran.out


@real
def test_a_question_of_the_page_is_shown_and_pinned_and_a_save_answers_it(bare: Desk) -> None:
    page = AsksFirst()
    with beside(bare, page):
        ran = confirm_at_a_terminal(bare, page, "--driver", "browser")
        assert ran.screen.index(f"The page asks “{page.save.dialog}”") < ran.screen.index("Is that right?")
        place = kept(bare)["place"]
        assert isinstance(place, dict) and place[DISTRICT]["save"]["asks"] == page.save.dialog
        ran = bare.run("rotate", "--stdin", "--unverified", given=NEW)
        assert ran.code == 0, ran.err
    assert page.pairs[DISTRICT] == tuple(NEW.splitlines())


@real
def test_a_question_in_other_words_is_not_answered(bare: Desk) -> None:
    page = AsksFirst()
    with beside(bare, page):
        confirm_at_a_terminal(bare, page, "--driver", "browser")
        page.save = replace(page.save, dialog="Save, and sign out all users of the district?")
        before = page.snapshot()
        assert bare.run("store", "--stdin", given=NEW).code == 0
        ran = bare.run("upload")
    assert ran.code != 0
    assert page.save.dialog in ran.err and page.snapshot() == before


@real
def test_a_picture_of_the_page_is_there_while_the_question_is_asked(bare: Desk) -> None:
    page, screen = AsksFirst(), Screen()
    seen: list[Path] = []

    def look() -> str:
        (path,) = (Path(word) for word in screen.shown.split() if word.endswith("page.png"))
        assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
        assert path.read_bytes().startswith(b"\x89PNG")
        seen.append(path)
        return "3"

    with beside(bare, page):
        ran = bare.sit("portal", "confirm", *way(page), script=[("Number", look)], screen=screen)
    assert ran.code == 2 and "Is this where you would paste the credentials by hand?" in ran.screen
    assert seen and not seen[0].exists() and not seen[0].parent.exists()


def second_press(desk: Desk, page: SettingsPage, *pressed: str) -> Ran:
    """What confirming the page came to, with what is pressed given by its words."""
    found = desk.run("portal", "find", *way(page), "--json").document["candidates"]
    id = next(item["id"] for item in found if item["key"]["label"] == page.key_label)
    given = tuple(word for words in pressed for word in ("--save-with", f"{id}={words}"))
    return desk.run(
        *("portal", "confirm", *way(page), "--driver", "browser", "--accept", f"{id}=district", "--json"), *given
    )


@real
def test_where_nothing_is_sent_what_can_be_pressed_second_is_named(bare: Desk) -> None:
    page = SecondPress()
    with beside(bare, page):
        ran = second_press(bare, page, page.save.label)
    assert ran.code == 6 and page.save.second_press in ran.document["error"]["state"]
    assert page.writes == []


@real
def test_a_second_press_is_given_as_a_second_save_with(bare: Desk) -> None:
    page = SecondPress()
    with beside(bare, page):
        ran = second_press(bare, page, page.save.label, page.save.second_press)
        assert ran.code == 0, ran.out
        assert page.writes == []
        assert bare.run("store", "--stdin", given=NEW).code == 0
        ran = bare.run("upload")
        assert page.pairs[DISTRICT] == tuple(NEW.splitlines()) and len(page.saves) == 1, ran.err


def test_without_a_browser_pages_that_scripts_build_name_what_to_get(bare: Desk) -> None:
    page = SinglePageApplication()
    with beside(bare, page):
        bare.config.write_text(f"{bare.config.read_text('utf-8')}{NO_BROWSER}\n", "utf-8")
        ran = bare.run("portal", "confirm", *way(page), "--json")
    assert (ran.code, ran.document["error"]["code"]) == (3, "browser_missing")
    assert "Install Chrome, Edge or Chromium" in ran.document["error"]["hint"]
    assert "portal confirm --import" in ran.document["error"]["hint"]


def test_a_route_for_a_browser_is_not_followed_without_one(ready: Desk) -> None:
    route = ready.home / "portals" / f"{LEA}.toml"
    route.write_text(route.read_text("utf-8").replace('driver = "http"', 'driver = "browser"'), "utf-8")
    ran = ready.run("schools", "--driver", "http", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (2, "usage")
    for command in (("schools",), ("rotate", "--plan")):
        ran = ready.run(*command, "--json")
        assert (ran.code, ran.document["error"]["code"]) == (3, "browser_missing")
        assert "Install Chrome, Edge or Chromium" in ran.document["error"]["hint"]
    assert ready.district.log_ins == []


@pytest.mark.parametrize("command", ["schools", "upload", "rotate --plan", "resume", "verify", "portal find"])
def test_an_attended_route_is_skipped_once_where_nobody_is(rotated: Desk, command: str) -> None:
    route = rotated.home / "portals" / f"{LEA}.toml"
    text = route.read_text("utf-8").replace('driver = "http"', 'driver = "browser"\nattended = true')
    route.write_text(text, "utf-8")
    config = rotated.config.read_text("utf-8")  # parents sign in for themselves, in a browser that is not there
    rotated.config.write_text(re.sub(r'(?m)^(parent = |".*" = "parent|\[.*parents\]).*\n', "", config), "utf-8")
    if command == "resume":
        assert rotated.run("store", "--stdin", given=NEW).code == 0
    signed_in = [who for who, _ in rotated.district.log_ins]
    ran = rotated.run(*command.split())
    assert (ran.err + ran.out).count("skipped") == 1, ran.err
    assert (ran.code == 0) == (command == "verify")  # which asks the state's service too
    assert [who for who, _ in rotated.district.log_ins] == signed_in


class ApprovedOnAPhone(AsksFirst):
    """A code is asked for after the password, unless the person approves the sign-in on a phone, a moment later."""

    def answer(self, request: Request) -> Reply:
        state = self.sessions.get(request.session)
        if state is None or request.path == "/login" or state.get("code") == "approved":
            return super().answer(request)
        state["code"] = "approved" if state.get("code") == "asked" else "asked"
        waits = "<script>setTimeout(() => { location = '/home'; }, 2500);</script>"
        form = "<form><label>Enter the verification code <input name=code></label><button>Continue</button></form>"
        return Reply(self.document("One more step", f"<h1>Verification code</h1>{form}{waits}"))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A screen for a browser that is shown."""
    server = subprocess.Popen(
        [shutil.which("Xvfb") or "Xvfb", "-displayfd", "1", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    monkeypatch.setenv("DISPLAY", f":{server.stdout.readline().decode().strip()}")
    yield
    server.terminate()
    server.communicate()


@real
@pytest.mark.real("clipboard")
@pytest.mark.usefixtures("screen")
def test_where_a_person_signs_in_nobody_else_tries(bare: Desk) -> None:
    page = ApprovedOnAPhone()
    with beside(bare, page):
        confirm_at_a_terminal(bare, page, "--show-browser")
        assert (kept(bare)["attended"], kept(bare)["driver"]) == (True, "browser")
        assert page.log_ins == [OFFICE]  # the next visit compares: no second code
        for command in (("schools",), ("rotate", "--plan"), ("portal", "confirm", "--accept", "0123456789ab=district")):
            ran = bare.run(*command)
            assert ran.code == 6 and (ran.err + ran.out).count("skipped") == 1, ran.err
        assert page.log_ins == [OFFICE]
        ran = bare.sit("schools")  # the browser is shown without being asked for
        assert ran.code == 0 and page.pairs[DISTRICT][0] in ran.screen, ran.screen
        assert page.log_ins == [OFFICE] * 2
