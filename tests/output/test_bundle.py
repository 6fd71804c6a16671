"""A bundle for a vendor: whatever stands in the settings, the findings and the memory, only what is listed gets in.

Every text that a person, a portal or a service could have put somewhere is drawn at random here, with made-up secrets,
students, accounts and links among them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as some

from ssrcred.domain.event import TEST_OUTCOMES, Event, Outcome, Step
from ssrcred.domain.evidence import Probe, Sure, VerdictName
from ssrcred.domain.finding import Chart, Finding, LeaChart, Result
from ssrcred.domain.lea_status import State
from ssrcred.output.bundle import SETTINGS, Bundle, Memory

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
PRIVATE = (
    "*XxXxXx>()(XxXxXx*",
    "9000000017",
    "Maria Rivera",
    "maria-rivera",
    "rivera_parent_1",
    "https://ssr.example/r/17?signature=made-up",
    "lincoln_usd_1964733",
    "/home/mrivera/.config/ssrcred/config.toml",
    "Bearer made-up-token",
)
text = some.sampled_from(PRIVATE) | some.sampled_from(PRIVATE).map(lambda one: f"made-up words about {one} there")
words = text | some.sampled_from(["", "district", "http", "pair-0001", "2025-26", "yes", "892", "application/pdf"])
keys = some.sampled_from(
    ["slot", "probe", "size", "looks_like_pdf", "year", "generated_at", "reason", "username", "type", "content_type",
     "asked", "proved", "what", "kind", "issuer_of", "host", "status", "free", "at", "reached", "zones", "leas"]
)  # fmt: skip
facts = some.dictionaries(keys | text, words, max_size=6)
events = some.builds(
    Event, some.sampled_from(Step), some.sampled_from(Outcome), some.just(NOW), words, some.dictionaries(keys, words)
)
findings = some.builds(
    Finding, words | some.sampled_from(["disk", "portal_tls"]), some.sampled_from(Result), text, text,
    some.sampled_from([0, 3, 8]), facts,
)  # fmt: skip
KEY = "maria-rivera"
# Whatever stands at any label, and at one that is not listed.
values = words | some.sampled_from(
    ["https://caaspp-aws.ets.org/api/v1/Maria Rivera", "https://9000000017@x.example/maria-rivera?Rivera", "9000000017"]
)
lea_settings = some.dictionaries(some.sampled_from(list(SETTINGS)) | text, values, max_size=len(SETTINGS))
memories = some.builds(
    Memory,
    key=some.just(KEY),
    state=some.sampled_from(State),
    days_left=some.none() | some.just(12),
    verdict=some.none() | some.sampled_from(VerdictName),
    sure=some.none() | some.sampled_from(Sure),
    outcomes=some.lists(some.tuples(some.sampled_from(Probe), words, some.sampled_from(TEST_OUTCOMES)), max_size=3),
    events=some.lists(events, max_size=5),
)
charts = some.builds(
    Chart,
    some.lists(findings, max_size=4).map(tuple),
    some.lists(
        some.builds(LeaChart, some.just(KEY), text, some.lists(findings, max_size=3).map(tuple)), max_size=1
    ).map(tuple),
    text,
)
bundles = some.builds(
    Bundle,
    at=some.just(NOW),
    system=some.just({"system": "Linux", "release": "6.1", "processor": "x86_64", "python": "CPython 3.11.7"}),
    versions=some.just({"ssrcred": "0.1.0"}),
    vault=words,
    settings=some.dictionaries(some.just(KEY), lea_settings, max_size=1),
    chart=charts,
    memories=some.lists(memories, max_size=1),
)


@settings(max_examples=80, deadline=None)
@given(bundles)
def test_nothing_private_gets_in_wherever_it_stood(bundle: Bundle) -> None:
    told = bundle.text().casefold()
    for private in (*PRIVATE, "rivera", "9000000017", "signature", "made-up words", "/home"):
        assert private.casefold() not in told
    assert not re.search(r"\b[0-9]{10}\b", told)  # nothing that could be an SSID


def bundle(**more: object) -> str:
    given = {
        "at": NOW,
        "system": {},
        "versions": {},
        "vault": "keyring",
        "settings": {},
        "chart": Chart(()),
        "memories": [],
    }
    return Bundle(**(given | more)).text()  # type: ignore[arg-type]


def test_what_a_vendor_needs_is_there() -> None:
    event = Event(
        Step.PROVE,
        Outcome.REFUSED,
        NOW,
        "Rivera High School",
        {
            "probe": "portal",
            "reason": "no token was given (HTTP status 401)",
            "content_type": "text/html",
            "size": "81",
        },
    )
    tls = Finding("portal_tls", Result.FINE, "w", facts={"issuer": "Made-up Filter, Made-up Root", "public": "no"})
    told = bundle(
        chart=Chart((tls,)),
        memories=[
            Memory(
                KEY, State.REFUSED, 12, VerdictName.SCHOOL_DIFFERS, Sure.INFERRED,
                [(Probe.PORTAL, "Rivera High School", Outcome.REFUSED)], [event, event],
            )
        ],
    )  # fmt: skip
    assert "- SchoolWise, certificate: fine; issuer Made-up Filter, Made-up Root, public no" in told
    assert "last verdict: school_differs (inferred)" in told
    assert "portal, school 1: refused" in told
    assert (
        "2026-11-21T20:00:00Z prove refused at school 1; "
        "probe portal, size 81, content type text/html, HTTP status 401" in told
    )


def test_an_address_that_is_none_is_not_told() -> None:
    values = {"CDS code": "x", "time zone": "x", "state's service": "https://[", "portal": "https://a.example:99999"}
    files = {"API profile": "own", "driver": "hand", "browser": "/x", "portal map": "own"}
    told = bundle(settings={KEY: values | files})
    assert told.count(": not shown") >= 4 and "browser: a program of its own" in told and "API profile: a file" in told
