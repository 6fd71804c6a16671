"""The verdict over every combination of what the probes saw, of the days that are left, and of what places show."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from pretend import SCHOOL, START
from ssrcred.evidence import (
    EXIT_CODES,
    LOG_IN_REFUSED,
    NO_PORTAL,
    WORKS,
    Known,
    Look,
    Outcome,
    Probe,
    Proof,
    Shows,
    Sight,
    Sure,
    Verdict,
    VerdictName,
    Who,
)
from ssrcred.ladder import judge
from ssrcred.place import DISTRICT

LAST_PROVED = START - timedelta(days=30)
YOUNG = Known(days_left=200, last_proved_at=LAST_PROVED)
NEVER = Known(days_left=200)
OVER = Known(days_left=0, last_proved_at=LAST_PROVED)
O = Outcome  # noqa: E741  # the tables below are read more easily so
V = VerdictName

SHORT = {
    "works": V.WORKING,
    "refused": V.REFUSED,
    "expired": V.EXPIRED,
    "superseded": V.SUPERSEDED,
    "portal": V.PORTAL_DIFFERS,
    "none": V.NO_REPORT,
    "unreach": V.UNREACHABLE,
    "unknown": V.UNKNOWN,
    "by age": None,  # superseded, expired or never seen to work: see `by_age`
}
COLUMNS = (O.PROVED, O.ACCEPTED, O.REFUSED, O.NO_REPORT, O.UNREACHABLE, O.NOT_UNDERSTOOD, O.SKIPPED)
PAIRS = {
    #  the district's parent:  proved | accepted | refused | no report | unreachable | not understood | not tried
    O.PROVED: "                works  | works    | portal  | works     | unreach     | unknown        | works  ",
    O.ACCEPTED: "              works  | works    | portal  | none      | unreach     | unknown        | works  ",
    O.REFUSED: "               by age | by age   | by age  | by age    | by age      | by age         | by age ",
    O.NO_REPORT: "             works  | none     | portal  | none      | unreach     | unknown        | none   ",
    O.UNREACHABLE: "           works  | works    | by age  | none      | unreach     | unreach        | unreach",
    O.NOT_UNDERSTOOD: "        works  | works    | by age  | none      | unreach     | unknown        | unknown",
    O.SKIPPED: "               works  | works    | by age  | none      | unreach     | unknown        | unknown",
}
"""What the state's service said, to the verdict for each thing that the parent of the district may see."""

DAYS = (None, 200, 0, -3)
PROVED = (LAST_PROVED, None)


def verdict(toms: Outcome, district: Outcome, school: Outcome = O.SKIPPED, known: Known = YOUNG) -> Verdict:
    return judge(
        (
            Proof(Probe.TOMS, toms, START),
            Proof(Probe.PORTAL, district, START, DISTRICT),
            Proof(Probe.PORTAL, school, START, SCHOOL),
        ),
        known,
    )


def by_age(known: Known) -> VerdictName:
    if known.days_left is not None and known.days_left <= 0:
        return V.EXPIRED
    return V.SUPERSEDED if known.last_proved_at is not None else V.REFUSED


@pytest.mark.parametrize("toms", O)
def test_what_the_service_and_a_parent_see_together_mean(toms: Outcome) -> None:
    row = [SHORT[cell.strip()] for cell in PAIRS[toms].split("|")]
    for (district, expected), days, proved in product(zip(COLUMNS, row, strict=True), DAYS, PROVED):
        known = Known(days, proved)
        assert verdict(toms, district, O.SKIPPED, known).name is (expected or by_age(known)), (district, days, proved)


@pytest.mark.parametrize(
    ("toms", "district", "school", "expected"),
    [
        (O.PROVED, O.PROVED, O.PROVED, V.WORKING),
        (O.PROVED, O.PROVED, O.REFUSED, V.SCHOOL_DIFFERS),
        (O.PROVED, O.REFUSED, O.PROVED, V.SCHOOL_DIFFERS),
        (O.SKIPPED, O.PROVED, O.REFUSED, V.SCHOOL_DIFFERS),
        (O.PROVED, O.REFUSED, O.REFUSED, V.PORTAL_DIFFERS),
        (O.PROVED, O.REFUSED, O.UNREACHABLE, V.PORTAL_DIFFERS),
        (O.PROVED, O.SKIPPED, O.REFUSED, V.PORTAL_DIFFERS),
        (O.PROVED, O.PROVED, O.UNREACHABLE, V.UNREACHABLE),
        (O.PROVED, O.PROVED, O.NOT_UNDERSTOOD, V.UNKNOWN),
        (O.REFUSED, O.PROVED, O.REFUSED, V.SUPERSEDED),
        (O.SKIPPED, O.REFUSED, O.REFUSED, V.SUPERSEDED),
    ],
)
def test_a_second_place_counts_too(toms: Outcome, district: Outcome, school: Outcome, expected: VerdictName) -> None:
    assert verdict(toms, district, school).name is expected


EVERY = [
    (toms, (district, school), Known(days, proved))
    for toms, district, school, days, proved in product(O, O, O, DAYS, PROVED)
]


def test_no_verdict_contradicts_what_was_seen() -> None:
    for toms, places, known in EVERY:
        reached = verdict(toms, *places, known)
        seen, why = {toms, *places}, (toms, places, known, reached.name)
        refused, works = O.REFUSED in places, bool(set(places) & WORKS)
        assert (EXIT_CODES[reached.name] == 7) == (O.REFUSED in seen), why
        if EXIT_CODES[reached.name] == 0:
            assert seen & WORKS, why
            assert set(places) <= WORKS | {O.SKIPPED}, f"partial is never green: {why}"
        holds = {
            V.EXPIRED: known.days_left is not None and known.days_left <= 0,
            V.SUPERSEDED: known.last_proved_at is not None and (known.days_left is None or known.days_left > 0),
            V.REFUSED: known.last_proved_at is None and (known.days_left is None or known.days_left > 0),
            V.SCHOOL_DIFFERS: refused and works and toms is not O.REFUSED,
            V.PORTAL_DIFFERS: refused and not works and toms in WORKS,
            V.NO_REPORT: O.NO_REPORT in seen and O.PROVED not in seen,
            V.UNREACHABLE: O.UNREACHABLE in seen,
            V.UNKNOWN: not seen & {O.REFUSED} and (O.NOT_UNDERSTOOD in seen or seen == {O.SKIPPED}),
            V.WORKING: True,
        }
        assert holds[reached.name], why


def test_every_verdict_says_all_that_a_help_desk_needs() -> None:
    for toms, places, known in EVERY:
        reached = verdict(toms, *places, known)
        for text in (reached.sentence, reached.caller, reached.next):
            assert text.endswith(".") and ".." not in text and "  " not in text, text
        assert not re.search(r"TOMS|API|HTTP|pair|ssrcred|SSID", reached.caller), reached.caller
        assert reached.because and not reached.because.endswith(".")
        assert (reached.who is Who.NOBODY) == (reached.name is V.WORKING)
        assert reached.command.startswith("ssrcred ") or reached.who in (Who.NOBODY, Who.IT)


def test_why_a_pair_is_refused_is_always_called_an_inference() -> None:
    for toms, places, known in EVERY:
        reached = verdict(toms, *places, known)
        if EXIT_CODES[reached.name] == 7:
            assert reached.inferred and reached.sure is Sure.INFERRED and "does not say why" in reached.because
        if EXIT_CODES[reached.name] in (6, 8):
            assert reached.sure is Sure.OPEN


def test_superseded_says_when_it_last_worked_and_names_both_coordinators() -> None:
    for toms, places, known in EVERY:
        reached = verdict(toms, *places, known)
        if reached.name is V.SUPERSEDED:
            assert "2026-10-22" in reached.sentence
            assert "CAASPP coordinator" in reached.next and "ELPAC coordinator" in reached.next
            assert reached.who is Who.COORDINATOR


def test_the_day_of_the_last_proof_is_said_in_the_time_of_the_lea() -> None:
    at = START.replace(hour=2)  # the evening before, in California
    assert f"{at:%Y-%m-%d}" in verdict(O.REFUSED, O.SKIPPED, known=Known(200, at)).sentence
    home = verdict(O.REFUSED, O.SKIPPED, known=Known(200, at, timezone="America/Los_Angeles"))
    assert f"{at - timedelta(days=1):%Y-%m-%d}" in home.sentence


def test_no_proof_at_all_is_unknown() -> None:
    reached = judge((), YOUNG)
    assert reached.name is V.UNKNOWN and reached.because == "no check could be made"


def test_parents_who_can_open_reports_are_never_led_to_a_new_click() -> None:
    for toms, places, known in EVERY:
        if set(places) & WORKS:
            reached = verdict(toms, *places, known)
            assert reached.command != "ssrcred rotate", (toms, places, known)
            assert reached.command != "ssrcred upload" or toms in WORKS, "a pair that may be dead is not spread"


def test_a_pair_that_never_worked_is_copied_again_before_another_one_is_made() -> None:
    reached = verdict(O.REFUSED, O.REFUSED, known=NEVER)
    assert (reached.name, reached.command) == (V.REFUSED, "ssrcred store"), "a click in TOMS cannot be taken back"
    assert reached.next.index("ssrcred store") < reached.next.index("regenerate") < reached.next.index("CalTAC")


@pytest.mark.parametrize("district", [O.NOT_UNDERSTOOD, O.SKIPPED])
def test_a_service_that_answers_in_another_form_leads_to_the_search_for_it(district: Outcome) -> None:
    reached = verdict(O.NOT_UNDERSTOOD, district)
    assert (reached.name, reached.command, reached.who) == (V.UNKNOWN, "ssrcred doctor --find-api", Who.IT)
    assert verdict(O.SKIPPED, O.NOT_UNDERSTOOD).command == ""


def test_a_second_pair_that_is_refused_goes_to_the_state() -> None:
    reached = verdict(O.REFUSED, O.REFUSED, known=replace(NEVER, refused_again=True))
    assert reached.name is V.REFUSED and reached.who is Who.CALTAC and "caltac@ets.org" in reached.next


@pytest.mark.parametrize("toms", [O.PROVED, O.SKIPPED, O.NOT_UNDERSTOOD])
def test_a_parent_who_does_not_get_in_is_a_matter_of_a_password(toms: Outcome) -> None:
    for place, command in ((DISTRICT, "ssrcred secret set parent"), (SCHOOL, "ssrcred secret set parent:NAME")):
        out = Proof(Probe.PORTAL, O.NOT_UNDERSTOOD, START, place, LOG_IN_REFUSED)
        reached = judge((Proof(Probe.TOMS, toms, START), out), YOUNG)
        assert (reached.name, reached.command, reached.who) == (V.UNKNOWN, command, Who.IT)
        assert "lock accounts" in reached.next and reached.sure is Sure.OPEN
    both = (Proof(Probe.PORTAL, O.REFUSED, START, SCHOOL), out)
    assert EXIT_CODES[judge((Proof(Probe.TOMS, toms, START), *both), YOUNG).name] == 7, "a refusal weighs more"


# What the portal's page shows.


def looked(known: Known, district: Shows | None = None, school: Shows | None = None) -> Known:
    both = ((DISTRICT, district), (SCHOOL, school))
    return replace(known, look=Look(tuple(Sight(place, shows) for place, shows in both if shows is not None)))


@pytest.mark.parametrize("shows", [None, Shows.SAME_USERNAME])
@pytest.mark.parametrize("known", [YOUNG, NEVER])
def test_a_portal_that_hides_keys_may_have_changed_the_key(shows: Shows | None, known: Known) -> None:
    for toms in (O.SKIPPED, O.PROVED):
        reached = verdict(toms, O.REFUSED, known=looked(known, shows))
        assert "changed" in reached.sentence and reached.command == "ssrcred upload"
        assert ("hides the key" in reached.sentence) == (shows is Shows.SAME_USERNAME), "said only if it was seen"
        if reached.name is not V.SUPERSEDED:  # there, somebody has to be asked all the same
            assert reached.who is Who.IT, "writing needs office rights in the portal, and no click in TOMS"


def test_a_portal_that_shows_our_pair_has_not_changed_it() -> None:
    alone = verdict(O.SKIPPED, O.REFUSED, known=looked(YOUNG, Shows.OURS))
    assert "changed" not in alone.sentence and alone.command == "ssrcred store"
    beside = verdict(O.PROVED, O.REFUSED, known=looked(YOUNG, Shows.OURS))
    assert (beside.name, beside.who) == (V.PORTAL_DIFFERS, Who.VENDOR) and "--wait" in beside.command
    never = verdict(O.SKIPPED, O.REFUSED, known=looked(NEVER, Shows.OURS))
    assert (never.name, never.command) == (V.REFUSED, "ssrcred rotate")


@pytest.mark.parametrize("shows", [Shows.OTHER, Shows.BLANK])
def test_a_portal_that_is_seen_to_hold_another_pair_is_no_inference(shows: Shows) -> None:
    for toms in (O.PROVED, O.SKIPPED, O.UNREACHABLE):
        reached = verdict(toms, O.REFUSED, known=looked(YOUNG, shows))
        assert (reached.name, reached.sure, reached.command) == (V.PORTAL_DIFFERS, Sure.SURE, "ssrcred upload")


def test_a_school_that_is_seen_to_hold_another_pair_is_no_inference() -> None:
    reached = verdict(O.PROVED, O.PROVED, O.REFUSED, looked(YOUNG, Shows.SAME_USERNAME, Shows.OTHER))
    assert (reached.name, reached.sure) == (V.SCHOOL_DIFFERS, Sure.SURE) and SCHOOL in reached.sentence


def test_a_school_alone_that_is_seen_to_hold_another_pair_is_an_override_and_not_the_portal() -> None:
    for toms in (O.PROVED, O.SKIPPED):
        known = looked(YOUNG, Shows.SAME_USERNAME, Shows.OTHER)
        reached = verdict(toms, O.SKIPPED, O.REFUSED, known)
        assert (reached.name, reached.command) == (V.SCHOOL_DIFFERS, "ssrcred schools"), "upload leaves it alone"
    both = verdict(O.PROVED, O.SKIPPED, O.REFUSED, looked(YOUNG, Shows.OTHER, Shows.OTHER))
    assert (both.name, both.command) == (V.PORTAL_DIFFERS, "ssrcred upload")


def test_a_district_that_is_refused_beside_a_school_that_works_gets_the_pair_that_works() -> None:
    assert verdict(O.PROVED, O.REFUSED, O.PROVED).command == "ssrcred upload"
    unknown = verdict(O.SKIPPED, O.REFUSED, O.PROVED)
    assert unknown.command == "ssrcred schools" and "CAASPP coordinator" in unknown.next


def test_a_pair_that_works_in_the_portal_and_is_refused_directly_is_a_matter_of_the_profile() -> None:
    reached = verdict(O.REFUSED, O.PROVED, known=looked(NEVER, Shows.OURS))
    assert (reached.name, reached.command, reached.who) == (V.REFUSED, "ssrcred doctor --find-api", Who.IT)
    assert "not regenerate" in reached.next


def test_what_a_place_shows_is_enough_without_a_parent() -> None:
    reached = verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.OTHER))
    assert (reached.name, reached.sure) == (V.PORTAL_DIFFERS, Sure.SURE)
    reached = verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.SAME_USERNAME, Shows.OTHER))
    assert (reached.name, reached.command) == (V.SCHOOL_DIFFERS, "ssrcred schools") and SCHOOL in reached.sentence
    assert verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.SAME_USERNAME)).name is V.WORKING


@pytest.mark.parametrize("toms", [O.PROVED, O.ACCEPTED, O.NO_REPORT])
def test_a_pair_that_portal_was_never_given_is_not_called_working(toms: Outcome) -> None:
    for look in (Look((Sight(DISTRICT, Shows.SAME_USERNAME),)), Look(reason="no password is stored")):
        reached = verdict(toms, O.SKIPPED, known=replace(YOUNG, unwritten=True, look=look))
        assert (reached.name, reached.sure, reached.command) == (V.UNKNOWN, Sure.OPEN, "ssrcred upload")
    seen = verdict(toms, O.SKIPPED, known=looked(replace(YOUNG, unwritten=True), Shows.OURS))
    assert EXIT_CODES[seen.name] == 0, "somebody wrote it there by hand, and the page shows it"
    assert EXIT_CODES[verdict(toms, O.PROVED, known=replace(YOUNG, unwritten=True)).name] == 0


def test_a_report_that_opens_with_a_pair_that_we_never_gave_is_no_proof_of_the_stored_one() -> None:
    reached = verdict(O.SKIPPED, O.PROVED, known=replace(YOUNG, unwritten=True))
    assert reached.name is V.WORKING and reached.inferred and "may have been another one" in reached.because
    assert verdict(O.PROVED, O.PROVED, known=replace(YOUNG, unwritten=True)).sure is Sure.SURE


def test_a_direct_check_alone_is_not_sure_of_what_parents_see() -> None:
    alone = verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.SAME_USERNAME))
    assert alone.name is V.WORKING and alone.inferred and "was not tried" in alone.because
    for known in (YOUNG, looked(YOUNG, Shows.OURS), replace(YOUNG, look=Look(reason=NO_PORTAL))):
        assert verdict(O.PROVED, O.SKIPPED, known=known).sure is Sure.SURE
    assert verdict(O.PROVED, O.PROVED, known=looked(YOUNG, Shows.SAME_USERNAME)).sure is Sure.SURE


def test_reports_that_open_with_another_pair_mean_that_ours_is_dead() -> None:
    reached = verdict(O.SKIPPED, O.PROVED, known=looked(YOUNG, Shows.OTHER))
    assert (reached.name, reached.command) == (V.SUPERSEDED, "ssrcred store") and "not regenerate" in reached.next
    assert "Score reports open" in reached.caller
    never = verdict(O.REFUSED, O.PROVED, known=looked(NEVER, Shows.OTHER))
    assert (never.name, never.command, never.who) == (V.REFUSED, "ssrcred store", Who.COORDINATOR)


def test_a_page_that_contradicts_two_good_proofs_is_mentioned() -> None:
    reached = verdict(O.PROVED, O.PROVED, known=looked(YOUNG, Shows.OTHER))
    assert reached.name is V.WORKING and reached.inferred and "another pair" in reached.because


@pytest.mark.parametrize("toms", [O.NOT_UNDERSTOOD, O.UNREACHABLE])
@pytest.mark.parametrize("known", [YOUNG, Known(0), Known(200, LAST_PROVED)])
def test_a_pair_for_which_a_token_came_is_good_though_its_report_could_not_be_read(toms: Outcome, known: Known) -> None:
    direct = Proof(Probe.TOMS, toms, START, taken=True)
    through = Proof(Probe.PORTAL, O.REFUSED, START, DISTRICT)
    found = judge((direct, through), known)
    assert found.name is V.PORTAL_DIFFERS and "regenerate" not in found.next.lower()


def test_no_look_changes_what_was_refused_into_something_green() -> None:
    for toms, places, known in EVERY:
        for shows in Shows:
            reached = verdict(toms, *places, looked(known, shows))
            if O.REFUSED in (toms, *places):
                assert EXIT_CODES[reached.name] == 7
