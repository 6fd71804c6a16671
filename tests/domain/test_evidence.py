"""The verdict over every combination of what the probes saw, of the days that are left, and of what places show."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from pretend import SCHOOL, START
from ssrcred.domain.errors import Cause
from ssrcred.domain.event import TEST_OUTCOMES, WORKS, Outcome
from ssrcred.domain.evidence import (
    EXIT_CODES,
    LOG_IN_REFUSED,
    Known,
    Look,
    Probe,
    Proof,
    Shows,
    Sight,
    Sure,
    Verdict,
    VerdictName,
    Who,
)
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.verdict import judge

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
COLUMNS = TEST_OUTCOMES
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


@pytest.mark.parametrize("toms", COLUMNS)
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
        (O.PROVED, O.REFUSED, O.PROVED, V.PORTAL_DIFFERS),
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
    for toms, district, school, days, proved in product(COLUMNS, COLUMNS, COLUMNS, DAYS, PROVED)
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
            V.SCHOOL_DIFFERS: refused and works and toms is not O.REFUSED and places[0] is not O.REFUSED,
            V.PORTAL_DIFFERS: refused
            and toms is not O.REFUSED
            and (places[0] is O.REFUSED if works else toms in WORKS),
            V.NO_REPORT: O.NO_REPORT in seen and O.PROVED not in seen,
            V.UNREACHABLE: O.UNREACHABLE in seen,
            V.UNKNOWN: not seen & {O.REFUSED} and (O.NOT_UNDERSTOOD in seen or seen == {O.SKIPPED}),
            V.WORKING: True,
        }
        assert holds[reached.name], why


def test_every_verdict_says_all_that_a_help_desk_needs() -> None:
    for toms, places, known in EVERY:
        reached = verdict(toms, *places, known)
        assert reached.sentence.startswith(reached.headline) and len(reached.headline) < 100, reached.headline
        for text in (reached.headline, reached.sentence, reached.caller, reached.next):
            assert text.endswith(".") and ".." not in text and "  " not in text, text
        assert not re.search(r"TOMS|API|HTTP|pair|credential|ssrcred|SSID", reached.caller), reached.caller
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
            assert "October 22, 2026" in reached.sentence
            assert "CAASPP coordinator" in reached.next and "ELPAC coordinator" in reached.next
            assert reached.who is Who.COORDINATOR


def test_the_day_of_the_last_proof_is_said_in_the_time_of_the_lea() -> None:
    at = START.replace(hour=2)  # the evening before, in California
    assert f"{at:%A, %B} {at.day}, {at.year}" in verdict(O.REFUSED, O.SKIPPED, known=Known(200, at)).sentence
    home = verdict(O.REFUSED, O.SKIPPED, known=Known(200, at, timezone="America/Los_Angeles"))
    assert f"{at - timedelta(days=1):%A, %B} {at.day - 1}, {at.year}" in home.sentence


def test_no_proof_at_all_is_unknown() -> None:
    reached = judge((), YOUNG)
    assert reached.name is V.UNKNOWN and reached.because == "no check could be made"


def test_parents_who_can_open_reports_are_never_led_to_a_new_click() -> None:
    for toms, places, known in EVERY:
        if set(places) & WORKS:
            reached = verdict(toms, *places, known)
            assert reached.command != "ssrcred rotate[lea]", (toms, places, known)
            assert reached.command != "ssrcred upload[lea]" or toms in WORKS, "a pair that may be dead is not spread"


def test_a_pair_that_never_worked_is_copied_again_before_another_one_is_made() -> None:
    reached = verdict(O.REFUSED, O.REFUSED, known=NEVER)
    assert (reached.name, reached.command) == (V.REFUSED, "ssrcred store[lea]"), "a click in TOMS cannot be taken back"
    assert reached.next.index("ssrcred store[lea]") < reached.next.index("regenerate") < reached.next.index("CalTAC")


@pytest.mark.parametrize("district", [O.NOT_UNDERSTOOD, O.SKIPPED])
def test_a_service_that_answers_in_another_form_leads_to_the_search_for_it(district: Outcome) -> None:
    reached = verdict(O.NOT_UNDERSTOOD, district)
    assert (reached.name, reached.command, reached.who) == (V.UNKNOWN, "ssrcred doctor --find-api[lea]", Who.IT)
    assert verdict(O.SKIPPED, O.NOT_UNDERSTOOD).command == ""


def test_a_second_pair_that_is_refused_goes_to_the_state() -> None:
    reached = verdict(O.REFUSED, O.REFUSED, known=replace(NEVER, refused_again=True))
    assert reached.name is V.REFUSED and reached.who is Who.CALTAC and "caltac@ets.org" in reached.next


@pytest.mark.parametrize("toms", [O.PROVED, O.SKIPPED, O.NOT_UNDERSTOOD])
def test_a_parent_who_does_not_get_in_is_a_matter_of_a_password(toms: Outcome) -> None:
    for place, command in (
        (DISTRICT, "ssrcred secret set parent[lea]"),
        (SCHOOL, "ssrcred secret set parent:NAME[lea]"),
    ):
        out = Proof(Probe.PORTAL, O.NOT_UNDERSTOOD, START, place, LOG_IN_REFUSED, cause=Cause.LOGIN_REFUSED)
        reached = judge((Proof(Probe.TOMS, toms, START), out), YOUNG)
        assert (reached.name, reached.command, reached.who) == (V.UNKNOWN, command, Who.IT)
        assert "locks accounts" in reached.next and reached.sure is Sure.OPEN
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
        assert "changed" in reached.sentence and reached.command == "ssrcred upload[lea]"
        assert ("hides the key" in reached.sentence) == (shows is Shows.SAME_USERNAME), "said only if it was seen"
        if reached.name is not V.SUPERSEDED:  # there, somebody has to be asked all the same
            assert reached.who is Who.IT, "writing needs office rights in the portal, and no click in TOMS"


def test_a_portal_that_shows_our_pair_has_not_changed_it() -> None:
    alone = verdict(O.SKIPPED, O.REFUSED, known=looked(YOUNG, Shows.OURS))
    assert "changed" not in alone.sentence and alone.command == "ssrcred store[lea]"
    beside = verdict(O.PROVED, O.REFUSED, known=looked(YOUNG, Shows.OURS))
    assert (beside.name, beside.who) == (V.PORTAL_DIFFERS, Who.VENDOR) and "--wait" in beside.command
    never = verdict(O.SKIPPED, O.REFUSED, known=looked(NEVER, Shows.OURS))
    assert (never.name, never.command) == (V.REFUSED, "ssrcred rotate[lea]")


@pytest.mark.parametrize("shows", [Shows.OTHER, Shows.BLANK])
def test_a_portal_that_is_seen_to_hold_another_pair_is_no_inference(shows: Shows) -> None:
    for toms in (O.PROVED, O.SKIPPED, O.UNREACHABLE):
        reached = verdict(toms, O.REFUSED, known=looked(YOUNG, shows))
        assert (reached.name, reached.sure, reached.command) == (V.PORTAL_DIFFERS, Sure.SURE, "ssrcred upload[lea]")


def test_a_school_that_is_seen_to_hold_another_pair_is_no_inference() -> None:
    reached = verdict(O.PROVED, O.PROVED, O.REFUSED, looked(YOUNG, Shows.SAME_USERNAME, Shows.OTHER))
    assert (reached.name, reached.sure) == (V.SCHOOL_DIFFERS, Sure.SURE) and SCHOOL in reached.sentence


def test_a_school_alone_that_is_seen_to_hold_another_pair_is_an_override_and_not_the_portal() -> None:
    for toms in (O.PROVED, O.SKIPPED):
        known = looked(YOUNG, Shows.SAME_USERNAME, Shows.OTHER)
        reached = verdict(toms, O.SKIPPED, O.REFUSED, known)
        assert (reached.name, reached.command) == (V.SCHOOL_DIFFERS, "ssrcred schools[lea]"), "upload leaves it alone"
    both = verdict(O.PROVED, O.SKIPPED, O.REFUSED, looked(YOUNG, Shows.OTHER, Shows.OTHER))
    assert (both.name, both.command) == (V.PORTAL_DIFFERS, "ssrcred upload[lea]")


def test_a_district_that_is_refused_beside_a_school_that_works_gets_the_pair_that_works() -> None:
    assert verdict(O.PROVED, O.REFUSED, O.PROVED).command == "ssrcred upload[lea]"
    unknown = verdict(O.SKIPPED, O.REFUSED, O.PROVED)
    assert unknown.command == "ssrcred schools[lea]" and "CAASPP coordinator" in unknown.next


def test_a_pair_that_works_in_the_portal_and_is_refused_directly_is_a_matter_of_the_profile() -> None:
    reached = verdict(O.REFUSED, O.PROVED, known=looked(NEVER, Shows.OURS))
    assert (reached.name, reached.command, reached.who) == (V.REFUSED, "ssrcred doctor --find-api[lea]", Who.IT)
    assert "not regenerate" in reached.next


def test_what_a_place_shows_is_enough_without_a_parent() -> None:
    reached = verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.OTHER))
    assert (reached.name, reached.sure) == (V.PORTAL_DIFFERS, Sure.SURE)
    reached = verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.SAME_USERNAME, Shows.OTHER))
    assert (reached.name, reached.command) == (V.SCHOOL_DIFFERS, "ssrcred schools[lea]") and SCHOOL in reached.sentence
    assert verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.SAME_USERNAME)).name is V.WORKING


@pytest.mark.parametrize("toms", [O.PROVED, O.ACCEPTED, O.NO_REPORT])
def test_a_pair_that_portal_was_never_given_is_not_called_working(toms: Outcome) -> None:
    for look in (Look((Sight(DISTRICT, Shows.SAME_USERNAME),)), Look(reason="no password is stored")):
        reached = verdict(toms, O.SKIPPED, known=replace(YOUNG, unwritten=True, look=look))
        assert (reached.name, reached.sure, reached.command) == (V.UNKNOWN, Sure.OPEN, "ssrcred upload[lea]")
    seen = verdict(toms, O.SKIPPED, known=looked(replace(YOUNG, unwritten=True), Shows.OURS))
    assert EXIT_CODES[seen.name] == 0, "somebody wrote it there by hand, and the page shows it"
    assert EXIT_CODES[verdict(toms, O.PROVED, known=replace(YOUNG, unwritten=True)).name] == 0


def test_a_report_that_opens_with_a_pair_that_we_never_gave_is_no_proof_of_the_stored_one() -> None:
    reached = verdict(O.SKIPPED, O.PROVED, known=replace(YOUNG, unwritten=True))
    assert reached.name is V.WORKING and reached.inferred and "it may have others" in reached.because
    assert verdict(O.PROVED, O.PROVED, known=replace(YOUNG, unwritten=True)).sure is Sure.SURE


def test_a_direct_check_alone_is_not_sure_of_what_parents_see() -> None:
    alone = verdict(O.PROVED, O.SKIPPED, known=looked(YOUNG, Shows.SAME_USERNAME))
    assert alone.name is V.WORKING and alone.inferred and "was not tested" in alone.because
    for known in (
        YOUNG,
        looked(YOUNG, Shows.OURS),
        replace(YOUNG, look=Look(reason="no portal is set up", no_portal=True)),
    ):
        assert verdict(O.PROVED, O.SKIPPED, known=known).sure is Sure.SURE
    assert verdict(O.PROVED, O.PROVED, known=looked(YOUNG, Shows.SAME_USERNAME)).sure is Sure.SURE


def test_reports_that_open_with_another_pair_mean_that_ours_is_dead() -> None:
    reached = verdict(O.SKIPPED, O.PROVED, known=looked(YOUNG, Shows.OTHER))
    assert (reached.name, reached.command) == (V.SUPERSEDED, "ssrcred store[lea]") and "not regenerate" in reached.next
    assert "Score reports open" in reached.caller
    never = verdict(O.REFUSED, O.PROVED, known=looked(NEVER, Shows.OTHER))
    assert (never.name, never.command, never.who) == (V.REFUSED, "ssrcred store[lea]", Who.COORDINATOR)


def test_a_page_that_contradicts_two_good_proofs_is_mentioned() -> None:
    reached = verdict(O.PROVED, O.PROVED, known=looked(YOUNG, Shows.OTHER))
    assert reached.name is V.WORKING and reached.inferred and "other credentials" in reached.because


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


# Whose trouble it is.

CAUSES = (Cause.UNKNOWN, *(cause for cause in Cause if cause not in (Cause.LOGIN_REFUSED, Cause.NOT_ENROLLED, "")))
STATE = "The state's score report service"
HOSTS = {Probe.TOMS: "state.example", Probe.PORTAL: "lincoln.example"}


def lost(
    toms: Outcome | Cause | tuple[Cause, int],
    portal: Outcome | Cause,
    look: Cause = Cause.UNKNOWN,
    school: Outcome = O.SKIPPED,
) -> Verdict:
    """The verdict where a cause stands for a try that could not reach its site."""

    def proof(probe: Probe, seen: Outcome | Cause | tuple[Cause, int], place: str = "") -> Proof:
        if isinstance(seen, Outcome):
            return Proof(probe, seen, START, place)
        cause, status = seen if isinstance(seen, tuple) else (seen, None)
        return Proof(probe, O.UNREACHABLE, START, place, cause=cause, status=status)

    known = replace(YOUNG, look=Look(reason="made up", cause=look), hosts=HOSTS)
    proofs = (proof(Probe.TOMS, toms), proof(Probe.PORTAL, portal, DISTRICT), proof(Probe.PORTAL, school, SCHOOL))
    return judge(proofs, known)


@pytest.mark.parametrize(
    ("toms", "portal", "headline", "who", "command"),
    [
        ((Cause.DOWN, 503), Cause.STATE_SERVICE, f"{STATE} is down or under maintenance (503).",
         Who.CALTAC, "verify"),
        (O.SKIPPED, Cause.STATE_SERVICE, f"{STATE} is down: SchoolWise gets no answer from it.",
         Who.CALTAC, "verify"),
        (Cause.CERTIFICATE, Cause.STATE_SERVICE,
         f"{STATE} is down: SchoolWise gets no answer from it.", Who.CALTAC, "verify"),
        ((Cause.BUSY, 429), O.SKIPPED, f"{STATE} rejects requests because there were too many (429).",
         Who.CALTAC, "verify"),
        (O.PROVED, Cause.STATE_SERVICE,
         "SchoolWise gets no answer from the state's score report service, which does answer here.",
         Who.VENDOR, "verify"),
        (O.PROVED, Cause.DOWN, "SchoolWise is down or under maintenance.", Who.VENDOR, "verify"),
        (O.SKIPPED, Cause.DOWN, "SchoolWise is down or under maintenance.", Who.VENDOR, "verify"),
        (Cause.DOWN, Cause.DOWN, "SchoolWise is down or under maintenance.", Who.VENDOR, "verify"),
        (O.ACCEPTED, Cause.SILENT, "SchoolWise did not answer.", Who.IT, "verify"),
        (O.ACCEPTED, Cause.NOT_CONNECTED, "This computer cannot connect to SchoolWise.", Who.IT, "verify"),
        (Cause.NOT_CONNECTED, Cause.SILENT,
         "This computer reaches neither SchoolWise nor the state's score report service.", Who.IT, "doctor"),
        (O.PROVED, Cause.NAME, "This computer cannot find SchoolWise (lincoln.example): DNS does not know the name.",
         Who.IT, "doctor"),
        (Cause.NAME, O.SKIPPED, "This computer cannot find the state's score report service (state.example): DNS does "
         "not know the name.", Who.IT, "doctor"),
        (Cause.DOWN, Cause.CERTIFICATE, "This computer does not trust the certificate of SchoolWise (lincoln.example).",
         Who.IT, "doctor"),
        (Cause.CERTIFICATE_DATE, Cause.DOWN,
         "The certificate of the state's score report service (state.example) is not valid today.", Who.IT, "doctor"),
        (Cause.PROXY, Cause.PROXY, "The network's proxy does not let this computer reach SchoolWise (lincoln.example).",
         Who.IT, "doctor"),
    ],
)  # fmt: skip
def test_the_headline_says_whose_trouble_it_is_and_who_can_end_it(
    toms: Outcome | Cause, portal: Outcome | Cause, headline: str, who: Who, command: str
) -> None:
    reached = lost(toms, portal)
    assert (reached.name, reached.headline, reached.who) == (V.UNREACHABLE, headline, who)
    assert reached.command.replace("[lea]", "") == f"ssrcred {command}"


def test_waiting_is_proposed_only_where_it_can_help_and_caltac_only_for_the_state() -> None:
    fixable = {
        cause for cause in CAUSES if cause.value.startswith(("certificate", "name", "proxy", "unsafe", "blocked"))
    }
    for toms, portal in product((*COLUMNS, *CAUSES), (*COLUMNS, *CAUSES)):
        reached = lost(toms, portal)
        if reached.name is not V.UNREACHABLE:
            continue
        why = (toms, portal, reached)
        waits = "later" in reached.next or "Wait" in reached.next.replace("Waiting does not help", "")
        assert waits != bool({toms, portal} & fixable - ({toms} if portal is Cause.STATE_SERVICE else set())), why
        assert ("Waiting does not help" in reached.next) != waits, why
        assert ("CalTAC" in reached.next) <= (toms in (*CAUSES, O.UNREACHABLE) or portal is Cause.STATE_SERVICE), why
        assert ("service is down" in reached.caller) <= (
            toms in (Cause.DOWN, Cause.BUSY, Cause.STATE_SERVICE) or portal is Cause.STATE_SERVICE
        ), why
        assert ("The credentials work" in reached.sentence) <= (toms in WORKS), why


def test_a_portal_that_is_down_is_said_also_where_no_parent_account_is_set_up() -> None:
    for toms in (O.PROVED, O.SKIPPED, O.NOT_UNDERSTOOD):
        reached = lost(toms, O.SKIPPED, look=Cause.DOWN)
        assert (reached.name, reached.headline) == (V.UNREACHABLE, "SchoolWise is down or under maintenance.")
    assert lost(O.PROVED, O.PROVED, look=Cause.DOWN).name is V.WORKING, "a parent has just opened a report"


def test_what_works_is_said_beside_what_could_not_be_reached() -> None:
    reached = lost(O.PROVED, Cause.DOWN, school=O.PROVED)
    assert f"Score reports open at {SCHOOL}" in reached.sentence
    reached = lost(Cause.DOWN, O.NOT_UNDERSTOOD)
    assert "SchoolWise works." in reached.sentence


# The share of places.


@pytest.mark.parametrize(
    ("inheriting", "name", "headline", "caller"),
    [
        (0, V.PORTAL_DIFFERS, f"do not open, except at {SCHOOL}.", f"except at {SCHOOL}"),
        (5, V.PORTAL_DIFFERS, f"do not open, except at {SCHOOL}.", f"except at {SCHOOL}"),
        (1, V.SCHOOL_DIFFERS, "do not open at schools that use the district's setting.", f"They open at {SCHOOL}."),
    ],
)
def test_the_headline_names_the_larger_part(inheriting: int, name: VerdictName, headline: str, caller: str) -> None:
    reached = verdict(O.PROVED, O.REFUSED, O.PROVED, replace(YOUNG, look=Look(inheriting=("A school",) * inheriting)))
    assert reached.name is name and headline in reached.headline and caller in reached.caller
    assert (reached.command, EXIT_CODES[reached.name]) == ("ssrcred upload[lea]", 7)


def test_many_schools_with_a_wrong_setting_of_their_own_are_the_larger_part() -> None:
    schools = [Proof(Probe.PORTAL, O.REFUSED, START, f"School {number}") for number in range(4)]
    proofs = (Proof(Probe.TOMS, O.PROVED, START), Proof(Probe.PORTAL, O.PROVED, START, DISTRICT), *schools)
    most = judge(proofs, replace(YOUNG, look=Look(inheriting=("A", "B"))))
    assert most.name is V.PORTAL_DIFFERS and "except at schools that use the district's setting" in most.headline
    assert most.command == "ssrcred schools[lea]", "upload leaves alone what it does not know"
    assert judge(proofs, replace(YOUNG, look=Look(inheriting=tuple("ABCDEFGHI")))).name is V.SCHOOL_DIFFERS


def test_a_caller_is_told_at_which_school_and_that_others_work() -> None:
    reached = verdict(O.PROVED, O.PROVED, O.REFUSED)
    assert f"Score reports at {SCHOOL} are not available right now" in reached.caller
    assert reached.caller.endswith("At other schools they open.")
    seen = verdict(O.PROVED, O.PROVED, known=looked(YOUNG, Shows.SAME_USERNAME, Shows.OTHER))
    assert f"at {SCHOOL}" in seen.caller and seen.caller.endswith("At other schools they open.")
    open_one = Proof(Probe.PORTAL, O.UNREACHABLE, START, "Third School")
    proofs = (Proof(Probe.PORTAL, O.PROVED, START, DISTRICT), Proof(Probe.PORTAL, O.REFUSED, START, SCHOOL), open_one)
    assert "At other schools" not in judge(proofs, YOUNG).caller, "at one of them nobody knows"


# What the next rotation would fail at.


@pytest.mark.parametrize("toms", [O.PROVED, O.NO_REPORT])
def test_a_rejected_office_is_said_although_reports_open(toms: Outcome) -> None:
    known = replace(YOUNG, look=Look(reason="made up", cause=Cause.LOGIN_REFUSED))
    reached = verdict(toms, O.SKIPPED if toms is O.NO_REPORT else O.PROVED, known=known)
    assert reached.name is (V.NO_REPORT if toms is O.NO_REPORT else V.WORKING)
    assert (reached.blocked, reached.exit_code, reached.who) == (True, 6, Who.IT)
    assert "works, but the next rotation will fail" in reached.headline
    assert reached.command == "ssrcred secret set schoolwise[lea]" and reached.command in reached.next
    assert "Score reports" in reached.caller, "a parent has nothing to do with it"


def test_a_rejected_sign_in_takes_nothing_from_a_worse_verdict_and_is_said_beside_it() -> None:
    known = replace(OVER, look=Look(reason="made up", cause=Cause.LOGIN_REFUSED))
    reached = verdict(O.REFUSED, O.REFUSED, known=known)
    assert (reached.name, reached.blocked, reached.exit_code) == (V.EXPIRED, True, 7)
    assert reached.command == "ssrcred rotate[lea]"
    for toms, places, one in EVERY:
        free = verdict(toms, *places, one)
        assert not free.blocked and free.exit_code == EXIT_CODES[free.name]


# A student without a report.


def test_enrolled_elsewhere_and_no_report_are_two_things_where_the_service_tells_them_apart() -> None:
    elsewhere = judge((Proof(Probe.TOMS, O.NO_REPORT, START, cause=Cause.NOT_ENROLLED),), YOUNG)
    none = judge((Proof(Probe.TOMS, O.NO_REPORT, START),), YOUNG)
    assert elsewhere.name is none.name is V.NO_REPORT
    assert "enrolled in another LEA" in elsewhere.headline and "enrolled" not in none.sentence
    assert "has no score report" in none.headline and "has no score report" not in elsewhere.sentence
    assert "another district" in elsewhere.caller and "another district" not in none.caller


@pytest.mark.parametrize("known", [YOUNG, NEVER, OVER])
@pytest.mark.parametrize(
    ("direct", "through", "own_rotation"),
    [
        (O.REFUSED, O.REFUSED, True),
        (O.REFUSED, O.UNREACHABLE, True),
        (O.REFUSED, O.SKIPPED, True),
        (O.SKIPPED, O.REFUSED, True),
        (O.UNREACHABLE, O.REFUSED, True),
        (O.PROVED, O.REFUSED, False),  # the old pair works, so nobody has pressed the button yet
        (O.PROVED, O.PROVED, False),
        (O.REFUSED, O.PROVED, False),
        (O.UNREACHABLE, O.UNREACHABLE, False),
    ],
)
def test_a_refusal_while_a_rotation_waits_for_its_key_is_laid_to_that_rotation(
    direct: Outcome, through: Outcome, own_rotation: bool, known: Known
) -> None:
    proofs = [Proof(Probe.TOMS, direct, START), Proof(Probe.PORTAL, through, START, DISTRICT)]
    verdict = judge(proofs, replace(known, waiting_since=START, timezone="America/Los_Angeles"))
    named = verdict.sentence.startswith(
        "Your rotation of Saturday, November 21, 2026 stopped before the new key was stored;"
    )
    assert named is own_rotation and (verdict.command == "ssrcred resume[lea]") is own_rotation
    assert verdict.name is V.SUPERSEDED or not own_rotation
