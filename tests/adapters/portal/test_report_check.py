"""The button View CAASPP/ELPAC: what each page behind it proves, and that nothing of it is kept."""

from __future__ import annotations

import re
from contextlib import closing

import httpx
import pytest

from adapters.portal.home_made_portal import NOW, HomeMade
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.report_check import report_in
from ssrcred.adapters.web.answer import Answer
from ssrcred.domain.errors import LoginRefused, PersonNeeded
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe

FAMILY = "<p>Welcome, Pat Nobody</p><a href=/about.pdf>Handbook (PDF)</a><a href=/view>View CAASPP/ELPAC</a>"
PDF = b"%PDF-1.4 made up " + b"0" * 3000 + b"\n%%EOF\n"
PRIVATE = ("Pat Nobody", "9999999999", "secret-link")


def family(page: str | httpx.Response, report: httpx.Response | None = None, first: str = FAMILY) -> HomeMade:
    def answering(request: httpx.Request, form: dict[str, str]) -> httpx.Response | str | None:
        if request.url.path == "/view":
            return page
        return report if request.url.path.startswith("/ssr/") else None

    return HomeMade({"/": first}, answering)


def link(address: str = "/ssr/secret-link?ssid=9999999999", words: str = "Score report (PDF), 2024-25") -> str:
    return f"<h1>Pat Nobody</h1><a href={address}>{words}</a>"


CASES = [
    (link(), httpx.Response(200, content=PDF), Outcome.PROVED, "a PDF of 3,024 bytes"),
    (httpx.Response(200, headers={"Content-Type": "application/pdf"}, content=PDF), None, Outcome.PROVED, "a PDF"),
    (link(), httpx.Response(200, html="<h1>Hello, Pat Nobody</h1>"), Outcome.NOT_UNDERSTOOD, "led to no report"),
    (link(), httpx.Response(200, html="<h1>Score report of Pat Nobody</h1>"), Outcome.PROVED, "a web page of"),
    (link(), httpx.Response(404, content=PDF), Outcome.NOT_UNDERSTOOD, "led to no report"),
    (link(), httpx.Response(502), Outcome.UNREACHABLE, "did not open"),
    (link(), httpx.Response(200, content=PDF[:-10]), Outcome.NOT_UNDERSTOOD, "led to no report"),
    (link("/ssr/secret-link.PDF", "English"), httpx.Response(200, content=PDF), Outcome.PROVED, "a PDF"),
    (link("https://state.example/secret-link"), None, Outcome.ACCEPTED, "not opened, which is normal"),
    ("<p>The CAASPP credentials are invalid.</p>", None, Outcome.REFUSED, "message on the page"),
    ("<p>No score reports were found for Pat Nobody.</p>", None, Outcome.NO_REPORT, "no score report"),
    ("<p>The service is temporarily unavailable.</p>", None, Outcome.UNREACHABLE, "did not answer"),
    ("<p>The site is under maintenance</p>", None, Outcome.UNREACHABLE, "down or under"),
    ("<p>Invalid credentials, try again later</p>", None, Outcome.NOT_UNDERSTOOD, "more than one message"),
    (link() + "<p>Access denied</p>", None, Outcome.NOT_UNDERSTOOD, "links and an error"),
    ("<p>Pat Nobody, 9999999999</p>", None, Outcome.NOT_UNDERSTOOD, "neither"),
    (httpx.Response(200, headers={"Content-Type": "application/pdf"}, content=b"x"), None, Outcome.NOT_UNDERSTOOD, ""),
    (httpx.Response(500), None, Outcome.UNREACHABLE, "is down"),
    (httpx.Response(302, headers={"Location": "https://a.example"}), None, Outcome.NOT_UNDERSTOOD, "another site"),
]


@pytest.mark.parametrize(("page", "report", "outcome", "detail"), CASES)
def test_tells_what_the_button_led_to(
    page: str | httpx.Response, report: httpx.Response | None, outcome: Outcome, detail: str
) -> None:
    made = family(page, report)
    with closing(made.portal()) as portal:
        proof = portal.prove("district")

    assert (proof.probe, proof.outcome, proof.at, proof.place) == (Probe.PORTAL, outcome, NOW, "district")
    assert detail in proof.detail
    assert not [word for word in PRIVATE if word in repr(proof)]


BUTTON = "the button View CAASPP/ELPAC"
OPENED = f"{BUTTON}, then one report"


@pytest.mark.parametrize(
    ("page", "report", "expected"),
    [
        (link(), httpx.Response(200, content=PDF), (OPENED, "", 3024, True, "2024-25", "")),
        (
            link(words="Score report of Pat Nobody, ELPAC, 2023-24"),
            httpx.Response(200, content=PDF, headers={"Content-Type": "application/pdf"}),
            (OPENED, "application/pdf", 3024, True, "2023-24", "ELPAC"),
        ),
        (
            link(words="Score report of CAASPPat 120245-256 No2024-25"),
            httpx.Response(200, content=PDF, headers={"Content-Type": "9999999999/Pat Nobody"}),
            (OPENED, "another type", 3024, True, "2024-25", ""),
        ),
        (link(), httpx.Response(200, html="Hello, Pat"), (OPENED, "text/html", 10, False, "2024-25", "")),
        (
            link("https://state.example/secret-link", "Score report: Smarter Balanced, 2024 - 2025"),
            None,
            (BUTTON, "text/html", 108, None, "2024-2025", "Smarter Balanced"),
        ),
        ("<p>Access denied</p>", None, (BUTTON, "text/html", 20, None, "", "")),
    ],
)
def test_tells_what_class_of_answer_came_and_no_word_of_it(
    page: str, report: httpx.Response | None, expected: tuple[str, str, int, bool | None, str, str]
) -> None:
    with closing(family(page, report).portal()) as portal:
        proof = portal.prove("district")

    told = (proof.asked, proof.content_type, proof.size, proof.looks_like_pdf, proof.year, proof.type)
    assert told == expected
    assert not [word for word in PRIVATE if word in repr(proof)]


def test_no_trouble_names_the_parent() -> None:
    made = HomeMade({"/": "<p>Enter the verification code.</p><form><input></form>"})
    with closing(made.portal()) as portal, pytest.raises(PersonNeeded) as caught:
        portal.prove("district")
    assert "asks the account for another sign-in step" in caught.value.message
    assert not re.search(r"\bmom\b", str(caught.value.__dict__))


def test_a_family_without_the_button_is_not_understood_and_not_quoted() -> None:
    with closing(family("", first="<a href=/x>Pat Nobody</a>").portal()) as portal:
        proof = portal.prove("district")

    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert proof.detail.startswith("there is no button called View CAASPP/ELPAC")


def test_of_two_children_the_first_is_looked_at() -> None:
    form = "<form method=post action={}><button>View CAASPP/ELPAC</button></form>"
    made = family(link("https://state.example/"), first=form.format("/view") + form.format("/other"))
    with closing(made.portal()) as portal:
        assert portal.prove("district").outcome is Outcome.ACCEPTED
    made = family(link("https://state.example/"), first=FAMILY + FAMILY.replace("/view", "/other"))
    with closing(made.portal()) as portal:
        assert portal.prove("district").outcome is Outcome.ACCEPTED


def test_a_place_without_an_account_is_skipped_without_a_request() -> None:
    made = HomeMade()
    with closing(made.portal()) as portal:
        assert portal.prove("South High").outcome is Outcome.SKIPPED
    assert not made.asked


def test_one_account_for_two_places_logs_in_once() -> None:
    made = family("<p>Access denied</p>")
    with closing(made.portal()) as portal:
        assert {portal.prove(place).outcome for place in ("district", "North High")} == {Outcome.REFUSED}
    assert made.asked.count(("POST", "/login")) == 1


def test_a_refused_family_account_is_never_tried_again() -> None:
    made = family("")
    made.refuses = True
    with closing(made.portal()) as portal:
        for place in ("district", "North High", "district"):
            with pytest.raises(LoginRefused, match="for mom"):
                portal.prove(place)
            asked = len(made.asked)
    assert asked == len(made.asked) == 2


def test_a_report_has_both_ends() -> None:
    words = load_map("schoolwise").proof

    def found(body: bytes) -> str | None:
        return report_in(Answer(200, "", {"Content-Type": "application/pdf"}, body), words)

    assert found(PDF) == "a PDF of 3,024 bytes"
    assert found(b"\xef\xbb\xbf" + PDF + b"\n") == "a PDF of 3,028 bytes"
    assert found(PDF.replace(b"%PDF-", b"%PPF-")) is None
    assert found(PDF + b"0" * 2000) is None
    assert found(b"") is None
