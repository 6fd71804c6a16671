"""Who runs the program: the person behind an account that several share, and text of theirs that no screen obeys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.app.environment import LONGEST_NAME, Environment


def nobody() -> str:
    raise OSError(6, "No such device or address")  # as in a scheduled job, which has no terminal and nobody signed in


def name(value: str) -> Callable[[], str]:
    return lambda: value


@pytest.mark.parametrize(
    ("account", "called_by", "signed_in", "actor"),
    [
        ("ssrcred", "alice", name("alice"), "alice (as ssrcred)"),  # ssh alice@…, sudo -u ssrcred -i
        ("ssrcred", "", name("alice"), "alice (as ssrcred)"),  # ssh alice@…, su - ssrcred
        ("ssrcred", "alice", nobody, "alice (as ssrcred)"),  # sudo, and systemd-run --setenv=SUDO_USER
        ("ssrcred", "root", name("alice"), "alice (as ssrcred)"),  # ssh alice@…, sudo -i, sudo -u ssrcred
        ("root", "alice", name("alice"), "alice (as root)"),
        ("alice", "", name("alice"), "alice"),
        ("ssrcred", "", nobody, "ssrcred"),  # a unit of systemd
        ("ssrcred", "", name("ssrcred"), "ssrcred"),  # cron, or ssh to the account itself
        ("ssrcred", "root", nobody, "ssrcred"),  # a job of root's with sudo
        ("root", "", nobody, "root"),
    ],
)
def test_the_person_is_named_and_the_account_if_it_is_another(
    account: str, called_by: str, signed_in: Callable[[], str], actor: str
) -> None:
    environment = Environment(environ={"SUDO_USER": called_by}, user=name(account), login=signed_in)
    assert environment.actor == actor
    assert environment.account == account
    assert environment.person == actor.split(" ")[0]


@given(called_by=st.text(), account=st.text())
def test_no_name_from_outside_reaches_a_screen_as_it_is(called_by: str, account: str) -> None:
    environment = Environment(environ={"SUDO_USER": called_by}, user=name(account), login=nobody)
    assert environment.actor.isprintable() and environment.actor.strip()
    assert len(environment.person) <= LONGEST_NAME and len(environment.account) <= LONGEST_NAME


def test_a_name_that_would_move_the_cursor_or_turn_text_round_loses_that() -> None:
    called_by = "alice\x1b[2J\r\nhint: none\u202e" + "x" * 300
    environment = Environment(environ={"SUDO_USER": called_by}, user=name("ssrcred"), login=nobody)
    assert environment.person == ("alice[2Jhint: none" + "x" * 300)[:LONGEST_NAME]
