"""The practice SSR service, asked by HTTP as a SIS does."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING

import pypdf
import pytest

from ssrcred.practice.ssr_service import one_page

if TYPE_CHECKING:
    import httpx

    from ssrcred.practice import Pair, Practice


def token(http: httpx.Client, district: Practice, pair: Pair | None = None, method: str = "POST") -> httpx.Response:
    pair = pair or district.pair or district.generate()
    return http.request(method, f"{district.service_url}/token", auth=(pair.username, pair.secret))


def reports(http: httpx.Client, district: Practice, ssid: str, bearer: str | None = None) -> httpx.Response:
    bearer = bearer or token(http, district).json()["token"]
    return http.get(f"{district.service_url}/scorereports/{ssid}", headers={"Authorization": f"Bearer {bearer}"})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_right_pair_gets_a_token(district: Practice, method: str, http: httpx.Client) -> None:
    answer = token(http, district, method=method)
    assert answer.status_code == 200
    assert answer.json()["token"] and answer.json()["expiresIn"] == 3600


def test_expired_replaced_and_mistyped_pairs_are_refused_alike(district: Practice, http: httpx.Client) -> None:
    replaced, current = district.generate(), district.generate()
    mistyped = type(current)(current.username, current.secret[:-1])
    answers = [token(http, district, pair) for pair in (replaced, mistyped)]
    district.advance(days=365)
    answers.append(token(http, district, current))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(name for name in answer.headers) for answer in answers}) == 1


def test_a_pair_works_until_the_end_of_its_last_day(district: Practice, http: httpx.Client) -> None:
    district.generate()
    district.advance(days=365, minutes=-1)
    assert token(http, district).status_code == 200


@pytest.mark.parametrize(
    "header",
    [None, "Bearer x", "Basic !", "Basic " + b64encode(b"no colon").decode(), "Basic " + b64encode(b"\xff:").decode()],
)
def test_anything_that_is_not_a_pair_is_refused(district: Practice, header: str, http: httpx.Client) -> None:
    headers = {"Authorization": header} if header else {}
    assert http.post(f"{district.service_url}/token", headers=headers).status_code == 401


def test_a_student_has_reports_with_type_year_language_and_links(district: Practice, http: httpx.Client) -> None:
    answer = reports(http, district, district.test_ssid).json()
    assert answer["notice"] == "PRACTICE"
    definitions = answer["scoreReports"]
    assert len(definitions) == 9
    assert {one["year"] for one in definitions} == {"2024-25", "2023-24", "2022-23"}
    assert {one["language"] for one in definitions} == {"English", "Spanish"}
    assert all(one["reportType"] and one["link"] and one["htmlLink"] for one in definitions)
    assert not any(district.test_ssid in one["link"] for one in definitions)


def test_a_student_without_reports_has_an_empty_list(district: Practice, http: httpx.Client) -> None:
    answer = reports(http, district, district.ssid_without_report)
    assert answer.status_code == 200 and answer.json()["scoreReports"] == []


@pytest.mark.parametrize(
    ("ssid", "status"), [("9000000099", 403), ("9999999999", 404), ("12", 400), ("90000000O1", 400)]
)
def test_other_students_are_refused(district: Practice, ssid: str, status: int, http: httpx.Client) -> None:
    assert reports(http, district, ssid).status_code == status


def test_reports_need_a_token_that_lives_and_whose_pair_lives(district: Practice, http: httpx.Client) -> None:
    bearer = token(http, district).json()["token"]
    assert reports(http, district, district.test_ssid, "made-up").status_code == 401
    assert http.get(f"{district.service_url}/scorereports/1", headers={"Authorization": bearer}).status_code == 401
    district.advance(minutes=61)
    assert reports(http, district, district.test_ssid, bearer).status_code == 401
    bearer = token(http, district).json()["token"]
    district.generate()
    assert reports(http, district, district.test_ssid, bearer).status_code == 401


def test_the_links_open_without_a_token_and_die_after_30_minutes(district: Practice, http: httpx.Client) -> None:
    one = reports(http, district, district.test_ssid).json()["scoreReports"][0]
    district.advance(minutes=30)
    assert http.get(one["link"]).headers["content-type"] == "application/pdf"
    page = http.get(one["htmlLink"])
    assert page.status_code == 200 and "PRACTICE Student Score Report" in page.text
    district.advance(minutes=1)
    assert http.get(one["link"]).status_code == 403
    assert http.get(one["htmlLink"]).json()["error"] == "link_expired"


def test_a_link_cannot_be_changed(district: Practice, http: httpx.Client) -> None:
    first, second = reports(http, district, district.test_ssid).json()["scoreReports"][:2]
    for link in (
        first["link"].replace("expires=1", "expires=2"),
        first["link"].replace(".pdf", ".html"),
        first["link"].split("?")[0],
        second["link"].split("?")[0] + "?" + first["link"].split("?")[1],
    ):
        assert http.get(link).status_code == 403


def test_the_pdf_is_real_and_says_practice(district: Practice, http: httpx.Client) -> None:
    link = reports(http, district, district.test_ssid).json()["scoreReports"][0]["link"]
    document = pypdf.PdfReader(io.BytesIO(http.get(link).content), strict=True)
    text = document.pages[0].extract_text()
    assert len(document.pages) == 1
    assert "PRACTICE" in text and district.test_ssid in text and "2024-25" in text


def test_a_pdf_holds_brackets_backslashes_and_accents() -> None:
    document = pypdf.PdfReader(io.BytesIO(one_page(["(a) \\ b)", "é ü"])), strict=True)
    assert document.pages[0].extract_text().splitlines() == ["(a) \\ b)", "é ü"]


def test_addresses_that_do_not_exist_are_answered_in_json(district: Practice, http: httpx.Client) -> None:
    base = district.service_url
    assert http.get(f"{base}/nothing").json() == {"error": "not_found"}
    assert http.delete(f"{base}/token").status_code == 405
