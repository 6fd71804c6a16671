"""A log-in that a mail server refuses, and a keyring that does not answer: each asked once, and not by every run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from adapters.notify.mailbox import Mailbox, mailbox
from cli.desk import Desk
from cli.test_cli_remind import DANA, ROLE, configure, on, with_log_in
from keyring_moods import FailingKeyring, under
from ssrcred.adapters.vault import Vault
from ssrcred.app.session import SHARED
from ssrcred.domain.credential import SecretKey


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.fixture
def refusing(rotated: Desk, box: Mailbox) -> Desk:
    """A desk on which something is due, and a password is kept that the mail server refuses."""
    configure(rotated, box)
    on(rotated, 30)
    box.offers, box.answers = ("AUTH PLAIN",), {"AUTH": "535 no"}
    with_log_in(rotated)
    Vault(under(rotated.ring), SHARED).keep_secret("notify:smtp", SecretKey("made-up password"))
    return rotated


def test_a_server_that_is_down_or_refuses_the_log_in_is_asked_once_a_run(refusing: Desk, box: Mailbox) -> None:
    for answer, code in (("454 made-up trouble", 8), ("535 no", 3)):
        box.answers["AUTH"] = answer
        ran = refusing.run("remind", "--json")
        assert ran.code == code and [one["sent"] for one in ran.document["messages"]] == [False, False]
    assert box.heard.count("AUTH") == 2


def test_a_log_in_that_was_refused_is_sent_once_a_day_however_often_the_job_runs(refusing: Desk, box: Mailbox) -> None:
    assert refusing.run("remind").code == 3
    began = refusing.at
    box.heard.clear()
    for hour in (0, 1, 19):
        refusing.at = began + timedelta(hours=hour)
        ran = refusing.run("remind")
        assert ran.code == 3 and not box.heard
        assert "rejected the password of dana on Friday, October 22, 2027, 8:00 PM UTC" in ran.error["error"]
        assert "did not try to sign in" in ran.error["state"]
        assert "ssrcred secret set notify:smtp. Microsoft 365 and Gmail: ssrcred help mail" in ran.error["hint"]
    assert refusing.run("remind", "--test", "all").code == 3 and not box.heard
    refusing.at = began + timedelta(hours=24, minutes=-20)  # the jitter of a daily job
    assert refusing.run("remind").code == 3 and box.heard.count("AUTH") == 1
    refusing.at += timedelta(hours=1)
    assert refusing.run("remind").code == 3 and box.heard.count("AUTH") == 1
    box.answers.clear()
    refusing.at += timedelta(hours=23)
    assert refusing.run("remind").code == 0 and len(box.mails) == 2


def test_a_password_that_is_set_anew_is_tried_at_once(refusing: Desk, box: Mailbox) -> None:
    refusing.run("remind")
    box.answers.clear()
    assert refusing.run("remind").code == 3 and not box.mails
    ran = refusing.run("secret", "set", "notify:smtp", "--stdin", given="made-up password\n")  # the same one, unlocked
    assert ran.code == 0, ran.err
    assert refusing.run("remind").code == 0 and len(box.mails) == 2


def test_another_user_name_is_another_log_in(refusing: Desk, box: Mailbox) -> None:
    refusing.run("remind")
    box.answers.clear()
    path = refusing.home / "config.toml"
    path.write_text(path.read_text("utf-8").replace('username = "dana"', 'username = "robin"'), "utf-8")
    assert refusing.run("remind").code == 0 and box.logged_in[0] == ("robin", "made-up password")


def test_a_clock_that_was_wrong_silences_nobody_for_as_long(refusing: Desk, box: Mailbox) -> None:
    right, refusing.at = refusing.at, refusing.at + timedelta(days=900)
    refusing.run("remind")
    box.answers.clear()
    refusing.at = right
    assert refusing.run("remind").code == 0


def in_the_ledger(desk: Desk, *statements: str) -> None:
    """Change the ledger's tables behind the program's back."""
    desk.run("remind", "--plan")  # makes them
    with closing(sqlite3.connect(desk.home / "ledger.sqlite")) as database, database:
        for statement in statements:
            database.execute(statement)


def test_no_log_in_is_sent_while_nobody_can_know_whether_it_was_refused(refusing: Desk, box: Mailbox) -> None:
    in_the_ledger(refusing, "CREATE TABLE refusals (something TEXT)")
    ran = refusing.run("remind")
    assert ran.code == 9 and not box.heard


def test_a_refusal_that_cannot_be_remembered_is_said(refusing: Desk, box: Mailbox) -> None:
    in_the_ledger(
        refusing,
        "CREATE TABLE refusals (lea TEXT, account TEXT, at TEXT)",
        "CREATE TRIGGER full BEFORE INSERT ON refusals BEGIN SELECT RAISE(ABORT, 'made up'); END",
    )
    ran = refusing.run("remind")
    assert ran.code == 9 and box.heard.count("AUTH") == 1
    assert "rejected the password of dana (535). That could not be recorded" in ran.error["state"]


def test_a_keyring_that_does_not_answer_is_asked_once_a_run_however_many_are_to_hear(
    refusing: Desk, box: Mailbox
) -> None:
    configure(refusing, box, mail=[DANA, ROLE], channels=["team", "school"])
    with_log_in(refusing)
    refusing.ring = silent = FailingKeyring(1)  # every later call would be answered
    ran = refusing.run("remind", "--json")
    assert ran.code == 5 and [one["sent"] for one in ran.document["messages"]] == [False] * 4
    assert silent.count == 1
