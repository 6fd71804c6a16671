"""Several people work under one account of a server: each is named, and nobody by a name that a screen obeys."""

from __future__ import annotations

import pytest

from cli.desk import LEA, Desk, Ran
from cli.test_cli_stopped import ctrl_c


@pytest.fixture
def server(rotated: Desk) -> Desk:
    """A desk whose account is a service account, which nobody signs in to."""

    def nobody() -> str:
        raise OSError(6, "No such device or address")

    rotated.user, rotated.login = lambda: "ssrcred", nobody
    return rotated


def test_the_history_names_who_ran_it_and_a_scheduled_run_by_its_account(server: Desk) -> None:
    server.run("verify")  # as a job
    server.environ["SUDO_USER"] = "alice"
    server.run("verify")
    server.environ["SUDO_USER"] = "bo\x1b[2J"
    server.run("verify")
    by = [event["by"] for event in server.run("history", "--json").document["events"]]
    assert list(dict.fromkeys(by)) == ["dana", "ssrcred", "alice (as ssrcred)", "bo[2J (as ssrcred)"]
    assert "alice (as ssrcred)" in server.sit("history").screen


def test_whoever_finds_an_lea_taken_is_told_by_whom_and_since_when(server: Desk) -> None:
    server.environ["SUDO_USER"] = "alice"
    refused: list[Ran] = []

    def meanwhile() -> str:
        refused.extend(server.run(*words) for words in (("verify",), ("secret", "set", "parent", "--stdin")))
        return ctrl_c()

    assert server.sit("store", script=[("User Name", meanwhile)]).code == 130
    told = f"started by alice (as ssrcred) at {server.at:%Y-%m-%d %H:%M} (UTC): ssrcred store."
    for ran in refused:
        assert ran.code == 9 and ran.error["error"] == f"Another run of ssrcred is working on {LEA}, {told}"
