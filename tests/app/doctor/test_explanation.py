"""What each fact means: which are problems, of which kind, and what mends them. All names are made up."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ssrcred.adapters.machine.disk import Loose, Room
from ssrcred.app.doctor import explanation
from ssrcred.domain.errors import ConfigInvalid
from ssrcred.domain.event import Outcome
from ssrcred.domain.finding import Finding, Result
from ssrcred.domain.standing import Rotation, Standing, Tried

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
PROBLEM, FINE, NOT_TRIED = Result.PROBLEM, Result.FINE, Result.NOT_TRIED


def loose(path: str) -> Loose:
    return Loose(Path(path), 0o644, 0o600, True)


def of(found: Finding) -> tuple[Result, int]:
    return found.result, found.exit_code


@pytest.mark.parametrize(
    ("ahead", "result", "words"),
    [
        (timedelta(), FINE, "agrees with"),
        (timedelta(seconds=119), FINE, "agrees with"),
        (timedelta(minutes=2, seconds=1), PROBLEM, "2 minutes ahead of the clock"),
        (timedelta(minutes=-61), PROBLEM, "1 hour behind the clock"),
        (timedelta(days=3), PROBLEM, "3 days ahead of the clock"),
    ],
)
def test_a_clock_that_is_minutes_off_is_a_problem(ahead: timedelta, result: Result, words: str) -> None:
    found = explanation.clock(NOW, ahead, "lincoln.schoolwise.com")
    assert found.result is result and words in found.words
    assert found.exit_code == (3 if result is PROBLEM else 0)


def test_a_clock_that_nobody_confirms_is_not_known_and_an_impossible_one_is_a_problem() -> None:
    assert of(explanation.clock(NOW, None, "")) == (NOT_TRIED, 0)
    assert of(explanation.clock(datetime(1970, 1, 1, tzinfo=UTC), None, "")) == (PROBLEM, 3)
    assert of(explanation.clock(datetime(2106, 2, 7, tzinfo=UTC), timedelta(), "x")) == (PROBLEM, 3)


def test_every_problem_of_the_settings_is_named_however_many_there_are() -> None:
    problems = tuple(f"lea.l{number}.cds: is missing" for number in range(30))
    error = ConfigInvalid("config.toml has 30 problems: and so on.", state="s", hint="Mend it.", problems=problems)
    found = explanation.unsound(error)
    assert of(found) == (PROBLEM, 3) and all(one in found.words for one in problems)
    assert found.facts["problems"] == "30"
    one = ConfigInvalid("There is no config.toml yet.", state="s", hint="h", problems=("config.toml: is missing",))
    assert explanation.unsound(one).words == "There is no config.toml yet."


def test_loose_files_are_named_with_the_commands_that_mend_them() -> None:
    found = explanation.permissions(
        [loose("/made up/config.toml"), Loose(Path("/x/vault"), 0o777, 0o700, False), *[loose("/y")] * 2],
        supported=True,
    )
    assert of(found) == (PROBLEM, 3)
    assert found.command == (
        "sudo chown \"$(id -un)\" /x/vault && chmod 600 '/made up/config.toml' /y /y && chmod 700 /x/vault"
    )
    assert "and 1 more" in found.words and "only an administrator can change" in found.words
    alone = explanation.permissions([loose("/y")], supported=True)
    assert alone.command == "chmod 600 /y" and "administrator" not in alone.words
    assert of(explanation.permissions([], supported=True)) == (FINE, 0)
    assert of(explanation.permissions([], supported=False)) == (NOT_TRIED, 0)
    on_windows = explanation.permissions([], supported=False, allowed=[r"SCHOOL\dana:(OI)(CI)(F)", r"Everyone:(R)"])
    assert of(on_windows) == (NOT_TRIED, 0) and r"SCHOOL\dana:(OI)(CI)(F), Everyone:(R)." in on_windows.words


def test_a_disk_has_to_take_a_file_and_have_room() -> None:
    assert of(explanation.disk(Room(Path("/x"), 10**12))) == (FINE, 0)
    assert of(explanation.disk(Room(Path("/x"), 10**6))) == (PROBLEM, 9)
    assert of(explanation.disk(Room(Path("/x"), 10**12, "read-only file system"))) == (PROBLEM, 9)


def test_a_time_zone_that_is_not_known_is_named() -> None:
    found = explanation.time_zone({"America/Los_Angeles"}, {"America/Nowhere"})
    assert of(found) == (PROBLEM, 3) and "America/Nowhere" in found.words and "tzdata" in found.command


def test_a_school_inspection_proxy_is_named_as_such() -> None:
    def seen(public: bool, trusted: bool) -> Finding:
        return explanation.certificate("portal_tls", "x.example", "Made-up Filter CA", public=public, trusted=trusted)

    assert of(seen(True, True)) == (FINE, 0) and "a public certificate authority" in seen(True, True).words
    assert of(seen(False, True)) == (FINE, 0)
    assert of(seen(False, False)) == (PROBLEM, 8)
    for trusted in (True, False):
        assert "'Made-up Filter CA', which is not a public certificate authority: a filter or proxy of the school" in (
            seen(False, trusted).words
        )
    assert "SSL_CERT_FILE" in seen(False, False).command


def test_a_name_that_only_the_proxy_knows_is_fine() -> None:
    assert of(explanation.name("portal_dns", "x.example", ["192.0.2.1", "2001:db8::1"], proxied=False)) == (FINE, 0)
    assert of(explanation.name("portal_dns", "x.example", [], proxied=True)) == (FINE, 0)
    assert of(explanation.name("portal_dns", "x.example", [], proxied=False)) == (PROBLEM, 8)


def test_a_site_that_is_closed_is_unreachable_and_any_other_answer_is_one() -> None:
    assert of(explanation.answered("service", "x.example", 443, 503)) == (PROBLEM, 8)
    assert of(explanation.answered("service", "x.example", 443, 404)) == (FINE, 0)
    assert of(explanation.answered("service", "x.example", 443, None)) == (FINE, 0)


def test_missing_secrets_are_named_and_never_shown() -> None:
    found = explanation.secrets("lincoln", ["schoolwise", "parent"], 3)
    assert of(found) == (PROBLEM, 5) and found.command == "ssrcred secret set schoolwise --lea lincoln"
    assert "schoolwise, parent" in found.words
    assert of(explanation.secrets("lincoln", [], 1)) == (FINE, 0)
    odd = explanation.secrets("lincoln", ["parent:o'brien & sons"], 1)
    assert shlex.split(odd.command) == ["ssrcred", "secret", "set", "parent:o'brien & sons", "--lea", "lincoln"]
    assert of(explanation.pair("lincoln", slot="pair-0001", there=False)) == (PROBLEM, 5)
    assert of(explanation.pair("lincoln", slot=None, there=False)) == (NOT_TRIED, 0)


def test_a_vault_that_opens_says_who_else_can_open_it() -> None:
    assert "--as-scheduled" in explanation.vault("Keychain", file=False, scheduled=False).words
    assert "also in a scheduled job" in explanation.vault("Keychain", file=False, scheduled=True).words
    assert "this account" in explanation.vault("encrypted file", file=True, scheduled=False).words


def test_a_log_in_that_is_not_sent_again_is_a_problem_with_what_ends_it() -> None:
    assert of(explanation.log_ins("lincoln", {})) == (FINE, 0)
    found = explanation.log_ins("lincoln", {"parent:o'brien": NOW, "schoolwise": NOW - timedelta(days=1)})
    assert of(found) == (PROBLEM, 6) and found.command == "ssrcred secret set schoolwise --lea lincoln"
    assert "the office account on Friday, November 20, 2026" in found.words and "of 1 more" in found.words
    found = explanation.log_ins("lincoln", {"parent:o'brien": NOW})
    assert "a parent account" in found.words and "o'brien" not in found.words
    assert shlex.split(found.command) == ["ssrcred", "secret", "set", "parent:o'brien", "--lea", "lincoln"]


def test_what_memory_knows_of_the_last_runs() -> None:
    check, rotation = explanation.last_runs("lincoln", Standing(), None, None)
    assert (of(check), of(rotation)) == ((NOT_TRIED, 0), (NOT_TRIED, 0))
    check, rotation = explanation.last_runs("lincoln", Standing(), NOW, NOW)
    assert (of(check), of(rotation)) == ((FINE, 0), (FINE, 0)) and "November 21, 2026" in check.words + rotation.words
    long_ago = explanation.last_runs("lincoln", Standing(current="pair-0001", generated_at=NOW), NOW, None)[1]
    assert of(long_ago) == (FINE, 0) and "generated on Saturday, November 21, 2026" in long_ago.words
    bad = Standing(
        rotation=Rotation("pair-0002", Outcome.STORED, NOW, NOW), tried={"toms": Tried(Outcome.REFUSED, NOW)}
    )
    check, rotation = explanation.last_runs("lincoln", bad, NOW, None)
    assert (of(check), of(rotation)) == ((PROBLEM, 7), (PROBLEM, 10))
    assert rotation.command == "ssrcred resume --lea lincoln"
    assert "unknown" in explanation.last_runs("lincoln", bad, None, None)[0].words


def test_reminders_that_reach_nobody_are_a_problem() -> None:
    def reminders(
        *, named: bool = True, unreached: int = 0, ran: Sequence[tuple[datetime, int]] = ((NOW, 0),)
    ) -> Finding:
        return explanation.reminders(named=named, unreached=[NOW] * unreached, ran=ran, now=NOW + timedelta(days=7))

    assert of(reminders(named=False)) == (NOT_TRIED, 0)
    assert of(reminders(ran=())) == (NOT_TRIED, 0) and reminders(ran=()).command == "ssrcred schedule --install"
    assert of(reminders()) == (FINE, 0) and "last ran on Saturday, November 21, 2026" in reminders().words
    for count, words in (
        (1, "1 recipient since Saturday, November 21, 2026"),
        (2, "2 recipients since Saturday, November 21, 2026"),
    ):
        found = reminders(unreached=count)
        assert of(found) == (PROBLEM, 8) and words in found.words and found.command == "ssrcred remind --test all"
    failed = reminders(ran=[(NOW - timedelta(days=1), 0), (NOW, 5)])
    assert of(failed) == (PROBLEM, 5) and "exit code 5" in failed.words
    assert of(reminders(ran=[(NOW, 1)])) == (PROBLEM, 3)
    silent = reminders(ran=[(NOW - timedelta(seconds=1), 0)])
    assert of(silent) == (PROBLEM, 3) and silent.command == "ssrcred schedule"


def test_a_proxy_is_shown_with_its_source_and_never_with_its_log_in() -> None:
    found = explanation.proxy(["a.example"], "http://proxy.example:3128", "the environment", login=True)
    words = "a.example: through the proxy http://proxy.example:3128, from the environment"
    assert found.words == f"{words}, with a user name and password."
