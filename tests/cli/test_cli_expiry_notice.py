"""The line about credentials that expire soon: at a terminal, before every command, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from datetime import timedelta

import pytest
import tomli_w

from cli.desk import LEA, Desk
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.standing import Standing

NAME = "Lincoln Unified School District"


def remind(desk: Desk, lea: str = LEA, **settings: object) -> None:
    """Change the section [lea.KEY.remind]; another LEA is added as it needs to be."""
    tables = tomllib.loads((desk.home / "config.toml").read_text("utf-8"))
    section = tables["lea"].setdefault(lea, {"name": f"{lea.title()} Made-Up", "cds": f"19{len(tables['lea']):012}"})
    section["remind"] = settings
    (desk.home / "config.toml").write_text(tomli_w.dumps(tables), "utf-8")


def generated(desk: Desk, lea: str, days_left: int) -> None:
    """Let the ledger remember credentials of an LEA with so many days left."""
    at = desk.at - timedelta(days=365 - days_left)
    with Ledger(desk.home / "ledger.sqlite", actor="made-up") as ledger:
        standing = Standing(current="pair-0001", generated_at=at, proved_at=at)
        ledger.append(lea, Event(Step.FINISH, Outcome.FINISHED, at), standing.to_json())


@pytest.mark.parametrize(
    ("days_left", "said"),
    [
        (15, None),
        (14, "the credentials expire in 14 days (Sunday, November 21, 2027)."),
        (10, "the credentials expire in 10 days (Sunday, November 21, 2027)."),
        (1, "the credentials expire tomorrow (Sunday, November 21, 2027)."),
        (0, "the credentials expire today (Sunday, November 21, 2027)."),
        (-1, "the credentials expired yesterday (Sunday, November 21, 2027)."),
        (-40, "the credentials expired 40 days ago (Sunday, November 21, 2027)."),
    ],
)
def test_every_command_at_a_terminal_begins_with_the_end_that_comes(
    rotated: Desk, days_left: int, said: str | None
) -> None:
    rotated.at += timedelta(days=365 - days_left)
    for command in (("history",), ("status",), ("schools", "--no-input"), ("handover",)):
        first = rotated.sit(*command).screen.splitlines()[0]
        if said is None:
            assert "the credentials expire" not in first
        else:
            assert first == f"{NAME}: {said} Next: ssrcred rotate", command


def test_it_goes_to_stderr_and_never_into_an_answer(rotated: Desk) -> None:
    rotated.at += timedelta(days=360)
    ran = rotated.sit("status", redirected=True)
    assert "credentials expire" in ran.err and "credentials expire" not in ran.out
    for command in (("status", "--json"), ("history", "--json"), ("history", "--help")):
        assert "the credentials expire" not in rotated.sit(*command, redirected=True).err
    for word in ("status", "history"):
        ran = rotated.run(word)
        assert "the credentials expire" not in ran.err + ran.out, "nobody is there"


def test_the_worst_of_several_is_named_and_the_others_are_counted(rotated: Desk) -> None:
    for key, days in (("birch", 200), ("cedar", 3), ("dogwood", -2)):
        remind(rotated, key)
        generated(rotated, key, days)
    first = rotated.sit("history").screen.splitlines()[0]
    assert first.startswith("Dogwood Made-Up: the credentials expired 2 days ago (")
    assert first.endswith("Next: ssrcred rotate --lea dogwood (1 other LEA expiring or expired: ssrcred status --all)")


def test_the_number_of_days_is_a_setting_and_no_other_lea_s(rotated: Desk) -> None:
    rotated.at += timedelta(days=335)
    assert "credentials expire" not in rotated.sit("history").screen
    remind(rotated, terminal_days=30)
    assert "the credentials expire in 30 days" in rotated.sit("history").screen
    remind(rotated, terminal_days=0)
    rotated.at += timedelta(days=29)
    assert "credentials expire" not in rotated.sit("history").screen
    rotated.at += timedelta(days=2)
    assert "the credentials expired yesterday" in rotated.sit("history").screen
    remind(rotated, terminal_days=400)
    ran = rotated.run("remind", "--plan")
    assert ran.code == 3 and "terminal_days: must be from 0 to 365" in ran.err


def test_a_rotation_that_has_begun_is_gone_on_with(rotated: Desk) -> None:
    rotated.at += timedelta(days=360)
    rotated.run("store", "--stdin", given="")
    assert rotated.run("store", "--stdin", given=rotated.pair_lines).code == 0
    assert "credentials expire" not in rotated.sit("history").screen, "the newest has a year"
    rotated.at += timedelta(days=360)
    assert rotated.sit("history").screen.splitlines()[0].endswith("Next: ssrcred resume")


def test_it_is_never_in_the_way(rotated: Desk, bare: Desk) -> None:
    rotated.at += timedelta(days=360)
    ledger = rotated.home / "ledger.sqlite"
    whole = ledger.read_bytes()
    ledger.write_bytes(b"no ledger")
    assert rotated.sit("status").error["error"].startswith("The history file"), "said once, by the command"
    ledger.write_bytes(whole)
    (rotated.home / "config.toml").write_text("[", "utf-8")
    assert rotated.sit("status").code == 3


def test_without_a_terminal_nothing_of_it_is_imported(rotated: Desk) -> None:
    look = "import atexit, sys; atexit.register(lambda: print('ssrcred.cli.expiry_notice' in sys.modules))"
    code = f"{look}; sys.argv[1:] = ['history']; from ssrcred.cli.start import program; program()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(rotated.environ))
    assert done.stdout.splitlines()[-1] == "False", done.stderr
