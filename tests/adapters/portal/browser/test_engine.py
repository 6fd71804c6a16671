"""The browser that is started for a visit: which one, with what, and that nothing of it stays."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from adapters.portal.browser.served import portal as served_portal
from adapters.portal.browser.served import program, serving
from adapters.portal.home_made_portal import HomeMade, usual_route
from ssrcred.adapters.portal.browser.caught_request import CaughtRequest
from ssrcred.adapters.portal.browser.engine import (
    FLAGS,
    Engine,
    candidates,
    environment_with,
)
from ssrcred.adapters.portal.browser.gate import ELSEWHERE, FRAMES, ONWARD, REDIRECTS, TYPED, Gate
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.adapters.temporary_folder import temporary_folder
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.trouble import AnswerUnfit
from ssrcred.domain.errors import BrowserMissing, PageChanged, PageNotUnderstood, Unreachable, UsageWrong
from ssrcred.domain.event import Outcome
from ssrcred.domain.place import DISTRICT
from waiting import HUNG_S, below, until

real = pytest.mark.real("chromium")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
SITE = "https://portal.example"
KEY = "made-up `'\"&% key"


def portal(url: str, *, limits: Limits | None = None, browser: str = "", show: bool = False) -> ConfirmedPortal:
    return served_portal(url, usual_route(), limits=limits, browser=browser or program(), show=show)


@real
@pytest.mark.parametrize(
    ("page", "limits"),
    [
        ("<p>" + "x" * 300_000, Limits(max_bytes=100_000)),
        ("<script>while (true) {}</script>", Limits(total_seconds=0.5)),
        ("<a href=/office>School Office Menu</a>", Limits(visit_seconds=0.0)),
    ],
)
def test_what_has_no_end_is_bounded(page: str, limits: Limits) -> None:
    with (
        serving(lambda request: httpx.Response(200, html=page)) as served,
        closing(portal(served.url, limits=limits)) as door,
        pytest.raises((PageNotUnderstood, PageChanged, Unreachable)),
    ):
        door.places()


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short path: Chromium's socket in it may have at most 107 characters."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, with a home folder beside it that nothing was written to yet."""
    folder, home = tmp_path / "t", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "BREAKPAD_DUMP_LOCATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("HOME", str(home))
    return folder


@real
def test_nothing_is_left_behind(temporary: Path) -> None:
    with serving(HomeMade()) as served:
        door = portal(served.url)
        door.places()
        during = list(temporary.iterdir())
        door.close()
    assert during
    assert not list(temporary.iterdir())


@real
def test_a_crash_leaves_nothing_of_the_browsers_memory(temporary: Path) -> None:
    with serving(HomeMade()) as served:
        engine = Engine(program())
        with closing(engine):
            browser = engine.launch()
            page = browser.new_context().new_page()
            page.goto(served.url)
            found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
            for process in (int(item["id"]) for item in found if item["type"] == "renderer"):
                os.kill(process, signal.SIGSEGV)
    assert not list(temporary.iterdir())
    left = [path.name for path in below(temporary.parent)]
    assert not [name for name in left if name in ("Crash Reports", "Crashpad") or name.endswith(".dmp")]


HOLDS = """
import sys
from ssrcred.adapters.temporary_folder import temporary_folder
with temporary_folder() as folder:
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_program_left_goes_when_the_next_one_starts(temporary: Path) -> None:
    def program() -> tuple[subprocess.Popen[str], str]:
        child = subprocess.Popen([sys.executable, "-c", HOLDS], stdin=-1, stdout=-1, text=True)
        assert child.stdout is not None
        return child, child.stdout.readline().strip()

    killed, left = program()
    runs, held = program()
    killed.kill()
    killed.communicate()
    for name in (f"{left}/Default", "ssrcred-notes", "ssrcred-being-made", "other"):
        (temporary / name).mkdir()
    (temporary / "ssrcred-being-made" / "in-use.lock").touch()
    for name in ("in-use.lock", "made"):
        (temporary / "other" / name).touch()
    (temporary / "ssrcred-link").symlink_to(temporary / "other")
    with temporary_folder() as folder:
        names = {path.name for path in temporary.iterdir()}
        assert names == {held, "ssrcred-notes", "ssrcred-being-made", "other", "ssrcred-link", folder.name}
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "pending").mkdir()
    assert not folder.exists()
    runs.communicate()
    assert not (temporary / held).exists()


def test_a_disk_without_room_is_said(temporary: Path) -> None:
    temporary.rmdir()
    with pytest.raises(UsageWrong) as caught:
        Engine().launch()
    assert "no space" in caught.value.message


@real
def test_a_page_that_crashes_leaves_no_picture_of_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from playwright.sync_api import Error

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with closing(Engine(program())) as engine:
        page = engine.launch().new_context().new_page()
        crashed: list[object] = []
        page.on("crash", lambda gone: crashed.append(gone))
        page.set_content(f"<input value='{KEY}'>")
        with suppress(Error):
            page.goto("chrome://crash")

        def gone() -> bool:
            page.context.new_page().close()  # what happens is told only while something is asked of the browser
            return bool(crashed)

        until(gone, "the crash")
    assert not [path for path in below(tmp_path) if "crash" in str(path.relative_to(tmp_path)).lower()]


KILLED = """
import sys
from ssrcred.adapters.portal.browser.engine import Engine
engine = Engine(sys.argv[1])
engine.launch().new_context().new_page()
print("ready", flush=True)
sys.stdin.read()
"""


@real
def test_a_killed_program_leaves_no_profile(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, program()],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    until(lambda: not any(path.name == "Default" for path in below(tmp_path)), "the end of the profile")


@real
@pytest.mark.real("clipboard")
def test_a_window_is_shown_where_there_is_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = subprocess.Popen(
        [shutil.which("Xvfb") or "Xvfb", "-displayfd", "1", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert screen.stdout is not None
    try:
        monkeypatch.setenv("DISPLAY", f":{screen.stdout.readline().decode().strip()}")
        with serving(HomeMade()) as served, closing(portal(served.url, show=True)) as door:
            assert len(door.places()) == 2
    finally:
        screen.terminate()
        screen.communicate()


@real
def test_a_browser_that_somebody_ended_is_told_as_such(temporary: Path) -> None:
    engine = Engine(program())
    with serving(HomeMade()) as served, closing(engine):
        door = served_portal(served.url, usual_route(), launch=engine.launch)
        with closing(door):
            door.places()
            engine.launch().close()
            for _ in range(2):
                with pytest.raises(Unreachable, match="the browser was closed"):
                    door.places()
            assert door.prove(DISTRICT).outcome is Outcome.UNREACHABLE


def test_a_browser_that_cannot_start_is_said_with_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)  # nothing is started for a path that leads nowhere
    with pytest.raises(BrowserMissing) as caught:
        Engine("/nowhere/made-up", show=True).launch()
    assert "/nowhere/made-up" in caught.value.message
    assert "screen" in caught.value.message


def test_a_missing_part_is_said_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(BrowserMissing) as caught:
        Engine().launch()
    assert ".[browser]" in caught.value.hint


def test_looks_for_browsers_that_are_installed() -> None:
    found = candidates(None, lambda name: f"/usr/bin/{name}" if name == "chromium" else None)
    assert ("chromium", None, "/usr/bin/chromium") in found
    assert ("msedge", "msedge", None) in found
    assert candidates("chrome") == [("chrome", "chrome", None)]
    assert candidates("my-browser", lambda name: None) == [("my-browser", None, "my-browser")]


def test_neither_playwright_nor_its_driver_writes_down_what_passes_through() -> None:
    pytest.importorskip("playwright")
    tries = """if True:
        import os
        from ssrcred.adapters.portal.browser.engine import Engine
        from ssrcred.domain.errors import BrowserMissing
        try:
            Engine(os.devnull).launch()
        except BrowserMissing as error:
            print(error.message)
    """
    debug = {"DEBUG": "*", "DEBUGP": "1", "PWDEBUG": "1", "NODE_DEBUG": "net"}
    ran = subprocess.run(
        [sys.executable, "-c", tries], env=os.environ | debug, capture_output=True, text=True, timeout=HUNG_S
    )
    assert (ran.stdout.count("\n"), ran.stderr) == (1, ""), ran
    assert f"No browser could be started (tried: {os.devnull})" in ran.stdout


def test_what_a_variable_was_before_a_driver_is_started_it_is_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/made-up")
    monkeypatch.delenv("BREAKPAD_DUMP_LOCATION", raising=False)
    with environment_with({"TMPDIR": "/another", "BREAKPAD_DUMP_LOCATION": "/another"}):
        assert os.environ["TMPDIR"] == os.environ["BREAKPAD_DUMP_LOCATION"] == "/another"
    assert os.environ["TMPDIR"] == "/made-up"
    assert "BREAKPAD_DUMP_LOCATION" not in os.environ
    assert not [flag for flag in FLAGS if "log" in flag]


def asked(url: str, method: str = "GET", kind: str = "XHR", body: str = "", *, unread: bool = False) -> CaughtRequest:
    return CaughtRequest(method, url, {}, kind, body.encode(), unread)


def test_the_gate_lets_only_the_portal_and_harmless_looks_through() -> None:
    gate = Gate(SITE, Limits())
    gate.learn(secret=KEY, name="MADEUP-USER")
    elsewhere = "https://cdn.example/lib.js"
    assert gate.verdict(asked(f"{SITE}/a", "POST", body=KEY)) == ""
    assert gate.verdict(asked("data:text/html,x")) == ""
    assert gate.verdict(asked(f"{SITE}/a"), 6) == REDIRECTS
    assert gate.verdict(asked(f"{SITE}/a?k=made-up+%60%27%22%26%25+key")) == TYPED
    assert gate.verdict(asked(elsewhere, kind="Script")) == ""
    assert gate.verdict(asked(elsewhere)) == ELSEWHERE
    assert gate.verdict(asked(elsewhere, "POST", "Script")) == ELSEWHERE
    assert gate.verdict(asked("http://cdn.example/lib.js", kind="Script")) == ELSEWHERE
    assert gate.verdict(asked(f"{elsewhere}?MADEUP-USER", kind="Script")) == TYPED
    gate.held = True
    assert gate.verdict(asked(f"{SITE}/a", "POST", body=KEY)) == TYPED
    assert gate.verdict(asked(f"{SITE}/a", "POST", unread=True)) == TYPED
    assert gate.verdict(asked(elsewhere, kind="Script")) == ""
    assert gate.verdict(asked(f"{elsewhere}?new", kind="Script")) == ELSEWHERE
    gate.held, gate.person_works = False, True
    assert gate.verdict(asked("https://login.example/", "POST", "Document", "x")) == ""
    assert gate.verdict(asked("http://login.example/", kind="Document")) == ELSEWHERE
    assert gate.verdict(asked("https://login.example/", "POST", "Document", KEY)) == TYPED
    gate.open()


@pytest.mark.parametrize("before", ["", "a", "ab", "k="])
def test_the_gate_knows_what_was_typed_in_other_codes_too(before: str) -> None:
    gate = Gate(SITE, Limits())
    gate.learn(secret=KEY)
    text = f"{before}{KEY} and more"
    coded = [
        base64.b64encode(text.encode()).decode(),
        base64.urlsafe_b64encode(text.encode()).decode(),
        quote(base64.b64encode(f"{before}{KEY}".encode()).decode(), safe=""),
        text.encode().hex().upper(),
        quote(quote(text)),
    ]
    for one in coded:
        assert gate.verdict(asked(f"https://cdn.example/dot.gif?{one}", kind="Image")) == TYPED
    assert gate.verdict(asked("https://cdn.example/dot.gif?bWFkZS11cA", kind="Image")) == ""


def test_the_gate_counts_the_pages_and_frames_of_one_act_but_not_a_persons() -> None:
    gate = Gate(SITE, Limits(max_hops=2))
    page = asked(f"{SITE}/a", kind="Document")
    frame = asked(f"{SITE}/f", kind="Document")
    assert [gate.verdict(page) for _ in range(3)] == [""] * 3
    assert [gate.verdict(frame, framed=True) for _ in range(13)] == [""] * 12 + [FRAMES]
    assert gate.endless == ""
    assert gate.verdict(page) == gate.endless == ONWARD
    gate.begin("")
    assert (gate.verdict(page), gate.verdict(frame, framed=True), gate.endless) == ("", "", "")
    assert gate.verdict(page, 3) == gate.endless == REDIRECTS
    gate.begin("")
    gate.person_works = True
    assert [gate.verdict(page) for _ in range(9)] == [""] * 9


@pytest.mark.parametrize("kind", ["Ping", "Fetch"])
def test_what_was_given_up_leaves_neither_while_its_page_is_left_nor_later(kind: str) -> None:
    gate = Gate(SITE, Limits())
    late = asked(f"{SITE}/autosave", "POST", kind, f"user=MADEUP-USER&key={quote(KEY)}")
    gate.hold([KEY, "MADEUP-USER"], ["POST /autosave"])
    assert gate.verdict(late) == ""
    gate.give_up()
    assert gate.verdict(late) == TYPED
    gate.held = False  # the window is at the next page
    assert gate.verdict(late) == gate.verdict(asked(late.url, "POST", kind, unread=True)) == TYPED
    assert gate.verdict(asked(late.url, "POST", kind, "user=another")) == ""
    gate.hold(["another key"])
    gate.held = False
    assert gate.verdict(late) == ""


def test_a_request_is_read_as_its_bytes_are() -> None:
    def body_of(**posted: object) -> bytes | None:
        request = {"url": SITE, "method": "POST", "headers": {}, **posted}
        return CaughtRequest.paused({"request": request, "resourceType": "XHR"}).body

    assert body_of(postDataEntries=[{"bytes": "AP8="}], postData="x") == b"\x00\xff"
    assert body_of(postData="é") == "é".encode()
    assert body_of() is None


def test_a_window_sends_nothing_by_itself() -> None:
    from ssrcred.adapters.portal.browser.tab import Patience, Tab

    engine = Engine("/nowhere/made-up")
    tab = Tab(SITE, engine.launch, Gate(SITE, Limits()), Limits(), Patience())
    with pytest.raises(AnswerUnfit):
        tab.send("POST", SITE)
    tab.close()
