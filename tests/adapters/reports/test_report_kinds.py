"""Score reports and Lexile/Quantile Measures Reports: which kinds and years the credentials opened."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from adapters.reports.test_ssr_service import API, DEFAULT, NOW, PAGE, PDF, SSID, Pretend, answer
from ssrcred.adapters.reports import SsrService
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.event import Outcome
from ssrcred.domain.report_kind import ListedReports, ReportKind
from ssrcred.practice import running

SSR, MEASURES = ReportKind.SSR, ReportKind.LEXILE_QUANTILE


def one(kind: str, year: str = "2024-25", name: str = "1.pdf") -> dict[str, Any]:
    return {"reportType": kind, "year": year, "language": "eng", "link": f"{API}/files/{name}"}


def listing(*entries: dict[str, Any]) -> httpx.Response:
    return answer({"scoreReports": list(entries)})


def test_one_report_of_each_kind_is_opened_and_the_score_report_is_the_proof() -> None:
    service = Pretend(reports=listing(one("Lexile/Quantile", name="m.pdf"), one("ELPAC"), one("ELPAC", "2023-24")))
    proof = service.prove()
    assert (proof.outcome, proof.type) == (Outcome.PROVED, "ELPAC")
    assert proof.reports == (
        ListedReports(SSR, ("2024-25", "2023-24"), opened=True),
        ListedReports(MEASURES, ("2024-25",), opened=True),
    )
    assert [request.url.path for request in service.requests[2:]] == ["/api/v1/files/1.pdf", "/api/v1/files/m.pdf"]
    assert proof.asked.endswith("then one report, then one Lexile/Quantile Measures Report")


@pytest.mark.parametrize(
    "file",
    [
        answer(b"", 500),
        answer(b"", 403),
        answer(b"<html>sign in <input type=password>", content_type="text/html"),
        httpx.ConnectError("made up"),
    ],
)
def test_measures_that_do_not_open_decide_nothing_about_the_credentials(file: httpx.Response | Exception) -> None:
    class Both(Pretend):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            self.file = file if request.url.path.endswith("m.pdf") else answer(PDF, content_type="application/pdf")
            return super().__call__(request)

    proof = Both(reports=listing(one("ELPAC"), one("Quantile", name="m.pdf"))).prove()
    assert (proof.outcome, proof.status, proof.looks_like_pdf) == (Outcome.PROVED, None, True)
    assert proof.content_type == "application/pdf" and proof.size == len(PDF)
    assert proof.reports == (ListedReports(SSR, ("2024-25",), opened=True), ListedReports(MEASURES, ("2024-25",)))


def test_measures_alone_show_that_the_credentials_are_accepted_and_no_score_report() -> None:
    proof = Pretend(reports=listing(one("Lexile Measures"))).prove()
    assert (proof.outcome, proof.detail) == (
        Outcome.ACCEPTED,
        "only Lexile/Quantile Measures Reports are listed; one was opened",
    )
    assert proof.reports == (ListedReports(MEASURES, ("2024-25",), opened=True),)


def test_a_score_report_that_does_not_open_is_not_made_up_for_by_measures() -> None:
    service = Pretend(reports=listing(one("ELPAC"), one("Lexile", name="m.pdf")), file=answer(b"", 404))
    proof = service.prove()
    assert proof.outcome is Outcome.NOT_UNDERSTOOD
    assert len(service.requests) == 3 and not any(listed.opened for listed in proof.reports)


def test_a_type_that_is_not_known_is_said_as_unknown_and_no_word_of_it_leaves_the_adapter() -> None:
    proof = Pretend(reports=listing(one("Robin Garcia"))).prove()
    assert proof.outcome is Outcome.PROVED
    assert proof.reports == (ListedReports(ReportKind.UNKNOWN, ("2024-25",), opened=True),)
    assert "Robin" not in repr(proof)


def test_a_web_page_of_measures_is_a_report() -> None:
    page = PAGE.replace(b"Student Score Report", b"Lexile Measures").replace(b"ELPAC", b"")
    proof = Pretend(reports=listing(one("Lexile")), file=answer(page, content_type="text/html")).prove()
    assert proof.outcome is Outcome.ACCEPTED and proof.reports[0].opened


def test_a_service_that_lists_nothing_has_no_kinds() -> None:
    assert Pretend(reports=listing()).prove().reports == ()
    assert Pretend(token=answer({}, 401)).prove().reports == ()
    assert Pretend().prove(ssid=None).reports == ()


def test_the_practice_service_offers_both_kinds() -> None:
    with running(seed=7, started=True, measures=True) as practice:
        assert practice.pair is not None
        credential = Credential(practice.pair.username, SecretKey(practice.pair.secret), NOW)
        service = SsrService(practice.service_url, DEFAULT, clock=lambda: NOW, sleep=lambda seconds: None)
        proof = service.prove(credential, SecretKey(practice.test_ssid))
    years = ("2024-25", "2023-24", "2022-23")
    assert proof.reports == (ListedReports(SSR, years, opened=True), ListedReports(MEASURES, years, opened=True))
    assert SSID not in repr(proof) and practice.test_ssid not in repr(proof)
