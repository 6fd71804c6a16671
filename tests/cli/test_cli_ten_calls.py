"""Ten calls to a help desk, each answered from `verify` alone, held against what is really the matter.

What is the matter, what a caller may be told and who can act is written by hand, from the practice district and not
from the program; each transcript ends with it.
"""

from __future__ import annotations

import ssl
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import tomli_w

from adapters.web.test_web_network import certificate
from cli.desk import LEA, Desk
from cli.test_cli_screens import compare
from ssrcred.domain.credential import SecretKey
from ssrcred.practice import Pair


@dataclass(frozen=True)
class Call:
    """One call: the verdict, the exit code and who acts, and words that the first line and the caller's line must have.

    `answer` is what somebody who sees the whole district would say is the matter.
    """

    verdict: str
    code: int
    who: str
    first_line: str
    caller: str
    answer: str
    command: str
    blocked: str | None = None


def all_well(desk: Desk) -> None:
    """Nothing happens."""


def expired(desk: Desk) -> None:
    desk.at += timedelta(days=366)


def regenerated_by_somebody(desk: Desk) -> None:
    desk.click()


def mistyped_in_the_district_setting(desk: Desk) -> None:
    pair = desk.district.pair
    assert pair is not None
    desk.district.put("district", Pair(pair.username, pair.secret[:-1] + ("x" if pair.secret[-1] != "x" else "y")))


def one_school_with_an_old_override(desk: Desk) -> None:
    school = desk.district.schools[1]
    old = desk.district.stored(school)
    desk.rotated()
    desk.district.put(school, old)


def state_answers_503(desk: Desk) -> None:
    desk.district.fault("service", "down")


def schoolwise_is_down(desk: Desk) -> None:
    desk.district.fault("schoolwise", "down")


def schoolwise_under_maintenance(desk: Desk) -> None:
    desk.district.fault("schoolwise", "maintenance")


def student_without_a_report(desk: Desk) -> None:
    desk.vault.keep_secret("test-ssid", SecretKey(desk.district.ssid_without_report))


def student_enrolled_elsewhere(desk: Desk) -> None:
    desk.vault.keep_secret("test-ssid", SecretKey(desk.district.ssid_elsewhere))


def office_password_changed(desk: Desk) -> None:
    desk.vault.keep_secret("schoolwise", SecretKey("the made-up password of last year"))


def dns_does_not_know_the_name(desk: Desk) -> None:
    move(desk, "https://lincoln-made-up.invalid")


def move(desk: Desk, url: str) -> None:
    """Have SchoolWise be looked for at another address."""
    tables = tomllib.loads((desk.home / "config.toml").read_text("utf-8"))
    tables["lea"][LEA]["schoolwise"]["url"] = url
    (desk.home / "config.toml").write_text(tomli_w.dumps(tables), "utf-8")


RENEWED = "has to be renewed"
CALLS: dict[Callable[[Desk], None], Call] = {
    all_well: Call(
        "working", 0, "nobody", "The credentials work.", "Score reports open right now",
        "Nothing is wrong: reports open everywhere.", "",
    ),
    expired: Call(
        "expired", 7, "coordinator", "have expired", RENEWED,
        "The credentials expired; a coordinator regenerates them in TOMS.", "ssrcred rotate",
    ),
    regenerated_by_somebody: Call(
        "superseded", 7, "coordinator", "regenerated in TOMS", RENEWED,
        "Somebody pressed Regenerate in TOMS; whoever has the new key stores it here.", "ssrcred store",
    ),
    mistyped_in_the_district_setting: Call(
        "portal_differs", 7, "IT", "do not open, except at Franklin Middle School",
        "except at Franklin Middle School",
        "The district's setting has a wrong key, so every school is shut out but the one with a setting of its own.",
        "ssrcred upload",
    ),
    one_school_with_an_old_override: Call(
        "school_differs", 7, "IT", "do not open at Franklin Middle School", "At other schools they open",
        "Franklin Middle School still has last year's credentials, which override the district's.", "ssrcred schools",
    ),
    state_answers_503: Call(
        "unreachable", 8, "CalTAC", "The state's score report service is down or under maintenance (503).",
        "The state's score report service is down",
        "The state's service is down; nothing to do here.", "ssrcred verify",
    ),
    schoolwise_is_down: Call(
        "unreachable", 8, "vendor", "SchoolWise is down or under maintenance.", "SchoolWise is down",
        "SchoolWise is down; the credentials work.", "ssrcred verify",
    ),
    schoolwise_under_maintenance: Call(
        "unreachable", 8, "vendor", "SchoolWise is down or under maintenance.", "SchoolWise is down",
        "SchoolWise is being worked on; the credentials work.", "ssrcred verify",
    ),
    student_without_a_report: Call(
        "no_report", 0, "IT", "The test student has no score report", "may have none for that year",
        "The credentials work; the student who was asked for has no report.", "ssrcred secret set test-ssid",
    ),
    student_enrolled_elsewhere: Call(
        "no_report", 0, "IT", "enrolled in another LEA", "may be in another district",
        "The credentials work; the student who was asked for belongs to another LEA.", "ssrcred secret set test-ssid",
    ),
    office_password_changed: Call(
        "working", 6, "IT", "works, but the next rotation will fail", "Score reports open right now",
        "Reports open; somebody changed the office's password in SchoolWise, and the next rotation would stop at it.",
        "ssrcred secret set schoolwise", "login_refused",
    ),
    dns_does_not_know_the_name: Call(
        "unreachable", 8, "IT", "cannot find SchoolWise (lincoln-made-up.invalid): DNS does not know the name.",
        "We cannot tell yet",
        "The address in config.toml, or this computer's DNS, is wrong; waiting does not help.", "ssrcred doctor",
    ),
}  # fmt: skip


def answered(desk: Desk, name: str, call: Call) -> None:
    """One look at a terminal, one as a script, one ticket; all three have to give the right answer."""
    desk.environ["COLUMNS"] = "80"
    ran = desk.sit("verify")
    told = (
        f"\nThe help desk answers\n  What is wrong: {call.answer}\n  The caller is told: ... {call.caller} ...\n"
        f"  Who acts: {call.who}, with: {call.command or 'nothing'}\n"
    )
    compare(f"call_{name}", ran.screen + told)
    (entry,) = desk.run("verify", "--json").document["leas"]
    assert (ran.code, entry["verdict"], entry["who"]) == (call.code, call.verdict, call.who)
    assert (entry["command"] or "", entry["blocked"]) == (call.command, call.blocked)
    assert call.first_line in entry["headline"] and call.caller in entry["caller"]
    screen = [line for line in ran.screen.splitlines() if "credentials expired yesterday" not in line]
    first = " ".join(" ".join(screen[:3]).split())
    assert first.startswith(f"{desk.district.district_name}: {entry['headline']}"), "it is the first line"
    ticket = desk.run("verify", "--ticket")
    assert call.first_line in ticket.out, "the cause is in the ticket too"
    waits = any(word in entry["next"] for word in ("later", "Wait,", "Wait until"))
    assert waits == (call.verdict == "unreachable" and call.command == "ssrcred verify"), "only where waiting can help"


@pytest.mark.parametrize(("situation", "call"), CALLS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_call_is_answered_from_verify_alone(rotated: Desk, situation: Callable[[Desk], None], call: Call) -> None:
    situation(rotated)
    answered(rotated, situation.__name__, call)


@contextmanager
def untrusted(folder: Path) -> Iterator[int]:
    """A site that shows a certificate which nobody has signed; gives its port."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A refused greeting is what is wanted."""

    context: ssl.SSLContext = certificate(folder, "DNS:localhost")
    with Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_call_is_answered_where_a_certificate_is_not_trusted(rotated: Desk, tmp_path: Path) -> None:
    call = Call(
        "unreachable", 8, "IT", "This computer does not trust the certificate of SchoolWise (localhost).",
        "We cannot tell yet",
        "A filter of the network, or SchoolWise, shows a certificate that this computer does not know; IT adds it.",
        "ssrcred doctor",
    )  # fmt: skip
    with untrusted(tmp_path) as port:
        move(rotated, f"https://localhost:{port}")
        answered(rotated, "certificate_not_trusted", call)
