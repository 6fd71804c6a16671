"""The practice district as a whole: its faults, its control page, its life as a program."""

from __future__ import annotations

import ast
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import ssrcred.practice
from practice.current_pair import current_pair
from ssrcred.practice import Pair, running, serve
from waiting import HUNG_S, until

if TYPE_CHECKING:
    from practice.conftest import LogIn, LogOn, Visit, Visitor
    from ssrcred.practice import Practice

PAIR = Pair("u", "s")
SITES = ("toms", "schoolwise", "service")


def url(district: Practice, service: str) -> str:
    return {"toms": district.toms_url, "schoolwise": f"{district.schoolwise_url}/login"}.get(
        service, f"{district.service_url}/token"
    )


def save(office: Visitor) -> str:
    office.get("/office/options?tab=caaspp")
    return office.post(
        "/office/options/caaspp",
        RowVersion=office.hidden("RowVersion"),
        DistrictCalpadsApiUsername="u",
        DistrictCalpadsApiPassword="s",
    )


def save_school(office: Visitor) -> str:
    office.get("/office/options?tab=caaspp")
    code = office.hidden("SchoolCode")
    stamp = office.hidden("RowVersion", after=f'name="SchoolCode" value="{code}"')
    return office.post(
        "/office/options/school", RowVersion=stamp, SchoolCode=code, CalpadsApiUsername="u", CalpadsApiPassword="s"
    )


@pytest.mark.parametrize("service", SITES)
def test_a_service_that_is_down_answers_503(district: Practice, service: str, http: httpx.Client) -> None:
    district.fault(service, "down")
    answer = http.get(url(district, service))
    assert answer.status_code == 503 and "maintenance" in answer.text and "PRACTICE" in answer.text
    district.clear_faults()
    assert http.get(url(district, service)).status_code != 503


@pytest.mark.parametrize("service", SITES)
def test_a_service_in_maintenance_answers_200_with_another_page(
    district: Practice, service: str, http: httpx.Client
) -> None:
    district.fault(service, "maintenance")
    answer = http.get(url(district, service))
    assert answer.status_code == 200 and "Scheduled maintenance" in answer.text


@pytest.mark.parametrize("service", SITES)
def test_a_service_that_refuses_has_nobody_listening_and_comes_back_on_its_port(
    district: Practice, service: str
) -> None:
    with httpx.Client() as kept_open:
        kept_open.get(url(district, service))
        district.fault(service, "refusing")
        district.fault(service, "refusing")
        with pytest.raises(httpx.TransportError):
            kept_open.get(url(district, service))
        with pytest.raises(httpx.ConnectError):
            kept_open.get(url(district, service))
        district.clear_faults()
        assert kept_open.get(url(district, service)).status_code < 500


@pytest.mark.parametrize("service", SITES)
def test_a_service_that_resets_breaks_the_answer_off(district: Practice, service: str, http: httpx.Client) -> None:
    district.fault(service, "resetting")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        http.get(url(district, service))


def test_a_reset_comes_after_the_work_was_done(district: Practice, in_toms: LogOn) -> None:
    toms = in_toms(district)
    toms.get("/credentialing")
    toms.post("/credentialing/proceed", authorize="yes")
    district.fault("toms", "resetting")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        toms.post("/credentialing/generate", proceed=toms.hidden("proceed"))
    assert district.pair is not None


def test_a_slow_service_waits_before_it_answers(district: Practice, http: httpx.Client) -> None:
    district.fault("service", "slow", seconds=0.01)
    assert http.get(url(district, "service")).status_code == 401
    district.fault("service", "slow", seconds=HUNG_S)
    with pytest.raises(httpx.ReadTimeout):
        http.get(url(district, "service"), timeout=0.1)


def test_a_slow_answer_comes_once_the_fault_is_cleared(district: Practice, http: httpx.Client) -> None:
    district.fault("service", "slow", seconds=10 * HUNG_S)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(http.get, url(district, "service"))
        until(lambda: district.requests, "the request")
        district.clear_faults()
        assert answer.result().status_code == 401


def test_a_slow_answer_does_not_hold_up_the_end() -> None:
    others = set(threading.enumerate())  # another test's district may be at work in this process
    with running() as practice, httpx.Client() as client:
        practice.fault("service", "slow", seconds=10 * HUNG_S)
        with pytest.raises(httpx.ReadTimeout):
            client.get(url(practice, "service"), timeout=0.1)
    assert "practice district" not in {thread.name for thread in set(threading.enumerate()) - others}


@pytest.mark.parametrize("saving", [save, save_school])
def test_a_save_can_say_saved_and_store_nothing(
    district: Practice, in_schoolwise: LogIn, saving: Callable[[Visitor], str]
) -> None:
    office, before = in_schoolwise(district, district.accounts.office), district.settings
    district.fault("schoolwise", "saves_nothing")
    assert "Saved." in saving(office)
    assert not any(district.stored(place) for place in ("district", *district.schools))
    assert district.settings == before


@pytest.mark.parametrize("saving", [save, save_school])
def test_a_save_can_store_and_answer_500(
    district: Practice, in_schoolwise: LogIn, saving: Callable[[Visitor], str]
) -> None:
    office = in_schoolwise(district, district.accounts.office)
    district.fault("schoolwise", "save_500")
    assert "Something went wrong" in saving(office)
    assert PAIR in [district.stored(place) for place in ("district", district.schools[0])]


@pytest.mark.parametrize("saving", [save, save_school])
def test_a_save_can_store_and_lose_its_answer(
    district: Practice, in_schoolwise: LogIn, saving: Callable[[Visitor], str]
) -> None:
    office = in_schoolwise(district, district.accounts.office)
    district.fault("schoolwise", "save_lost")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        saving(office)
    assert PAIR in [district.stored(place) for place in ("district", district.schools[0])]
    district.clear_faults()
    assert "A password is stored" in office.get("/office/options?tab=caaspp")


@pytest.mark.parametrize(("service", "kind"), [("toms", "save_500"), ("printer", "down"), ("toms", "tired")])
def test_a_fault_that_makes_no_sense_is_refused(district: Practice, service: str, kind: str) -> None:
    with pytest.raises(ValueError, match="can't have the fault"):
        district.fault(service, kind)


def test_faults_may_be_set_from_any_thread(district: Practice, http: httpx.Client) -> None:
    thread = threading.Thread(target=district.fault, args=("toms", "down"))
    thread.start()
    thread.join()
    assert http.get(district.toms_url).status_code == 503


def test_every_request_is_noted_in_order_without_its_query(district: Practice, http: httpx.Client) -> None:
    http.get(f"{district.schoolwise_url}/login?x=1")
    http.post(f"{district.service_url}/token")
    assert district.requests == [("schoolwise", "GET", "/login"), ("service", "POST", "/api/v1/token")]


def test_the_control_page_starts_and_clears_faults(district: Practice, visitor: Visit, http: httpx.Client) -> None:
    control = visitor(district.control_url)
    assert "Everything works" in control.get("/")
    page = control.post("/fault", service="schoolwise", kind="refusing", seconds="")
    assert "SchoolWise: refusing connections" in page
    with pytest.raises(httpx.ConnectError):
        http.get(district.schoolwise_url)
    assert "slow, 0.1 seconds" in control.post("/fault", service="toms", kind="slow", seconds="0.1")
    assert "Everything works" in control.post("/clear")
    assert http.get(f"{district.schoolwise_url}/login").status_code == 200


@pytest.mark.parametrize(
    ("service", "kind", "seconds"),
    [
        ("toms", "save_500", "0"),
        ("x", "down", "0"),
        ("toms", "slow", "soon"),
        ("toms", "slow", "-1"),
        ("toms", "slow", "nan"),
    ],
)
def test_the_control_page_refuses_what_makes_no_sense(
    district: Practice, visitor: Visit, service: str, kind: str, seconds: str
) -> None:
    control = visitor(district.control_url)
    assert "Choose a service" in control.post("/fault", service=service, kind=kind, seconds=seconds)
    assert "Everything works" in control.get("/")


def test_the_control_page_moves_the_clock(started: Practice, visitor: Visit) -> None:
    control = visitor(started.control_url)
    page = control.get("/")
    assert "November 21, 2025" in page and "15 days left" in page
    assert "14 days left" in control.post("/clock", days="1", minutes="0")
    assert "expired" in control.post("/clock", days="20", minutes="5")
    assert "Give days and minutes" in control.post("/clock", days="1e9", minutes="0")


def test_the_control_page_shows_who_can_log_in_and_what_places_hold_but_no_key(
    started: Practice, visitor: Visit
) -> None:
    control = visitor(started.control_url)
    page = control.get("/")
    assert page.count("holds the current credentials") == 2 and page.count("holds nothing") == 3
    assert started.accounts.office.password in page and current_pair(started).secret not in page
    started.generate()
    assert control.get("/").count("holds other credentials") == 2
    assert "never generated" not in page


def test_the_control_page_unlocks_accounts(district: Practice, visitor: Visit, in_schoolwise: LogIn) -> None:
    browser, control = visitor(district.schoolwise_url), visitor(district.control_url)
    browser.get("/login")
    for _ in range(3):
        browser.post("/login", UserName="parent1", Password="no")
    assert "(locked)" in control.get("/") and "never generated" in control.page
    assert "(locked)" not in control.post("/unlock")
    assert "My Students" in in_schoolwise(district, district.accounts.parent).get("/family")


def test_pages_that_do_not_exist_are_pages_of_the_site(district: Practice, http: httpx.Client) -> None:
    for site in (district.toms_url, district.schoolwise_url, district.control_url):
        answer = http.get(f"{site}/nothing")
        assert answer.status_code == 404 and "PRACTICE" in answer.text and 'lang="en"' in answer.text
        assert http.delete(f"{site}/").status_code == 405


def test_no_page_runs_a_script_or_is_kept(district: Practice, http: httpx.Client) -> None:
    answer = http.get(district.toms_url)
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_it_stops_and_gives_its_ports_back() -> None:
    with running() as practice:
        practice.fault("toms", "refusing")
        one, other = (int(url.split(":")[2].split("/")[0]) for url in (practice.toms_url, practice.service_url))
    with running(ports=(one, other, 0, 0)) as again:
        assert again.toms_url == practice.toms_url


def test_whoever_comes_in_at_the_last_moment_is_not_left_open() -> None:
    closed, visits = threading.Event(), list[socket.socket]()

    def come_again(port: int) -> None:
        while not closed.is_set():
            with suppress(OSError):
                visits.append(socket.create_connection(("127.0.0.1", port), HUNG_S))

    with running() as practice:
        port = int(practice.toms_url.rpartition(":")[2])
        visitors = [threading.Thread(target=come_again, args=(port,)) for _ in range(3)]
        for visitor in visitors:
            visitor.start()
        until(lambda: len(visits) > 10, "a visit")
    closed.set()
    for visitor in visitors:
        visitor.join()
    for visit in visits:
        visit.close()
    gc.collect()  # a connection that was left open is a warning now, and so an error


def test_a_port_in_use_is_an_error_and_leaves_nothing_behind() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError), running(ports=(0, port, 0, 0)):
            pass  # pragma: no cover


def test_a_started_district_holds_a_pair_that_is_350_days_old(started: Practice, http: httpx.Client) -> None:
    assert started.stored("district") == started.stored(started.schools[1]) == started.pair
    assert started.stored(started.schools[0]) is None
    assert (
        http.post(
            f"{started.service_url}/token", auth=(current_pair(started).username, current_pair(started).secret)
        ).status_code
        == 200
    )


def test_the_life_of_a_pair_is_a_setting(http: httpx.Client) -> None:
    with running(lifetime_days=90) as practice:
        pair = practice.generate()
        practice.advance(days=91)
        assert http.post(f"{practice.service_url}/token", auth=(pair.username, pair.secret)).status_code == 401


def test_it_serves_until_it_is_interrupted(http: httpx.Client) -> None:
    seen = []

    def ready(practice: Practice) -> None:
        seen.append((current_pair(practice).secret, http.get(practice.control_url).status_code))
        threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGINT]).start()

    serve((0, 0, 0, 0), on_ready=ready)
    serve((0, 0, 0, 0), on_ready=ready)
    assert [status for _, status in seen] == [200, 200]
    assert seen[0][0] != seen[1][0]


def test_a_form_that_breaks_off_is_no_news_and_not_counted(
    started: Practice, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    address = httpx.URL(started.schoolwise_url)
    stay = "; ".join(f"{name}={value}" for name, value in http.get(address.join("/login")).cookies.items())
    head = f"POST /login HTTP/1.1\r\nHost: {address.host}\r\nCookie: {stay}\r\nContent-Length: 1000"
    with socket.create_connection((address.host, address.port or 80), timeout=HUNG_S) as hung_up:
        hung_up.sendall(f"{head}\r\nExpect: 100-continue\r\n".encode())
        hung_up.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\n")
        assert b" 100 " in hung_up.recv(100)
        hung_up.sendall(b"username=")
    assert http.get(started.schoolwise_url, follow_redirects=True).status_code == 200
    assert ("schoolwise", "POST", "/login") not in started.requests
    assert not caplog.records


def test_it_imports_nothing_of_the_program_that_is_tested_against_it() -> None:
    for file in Path(ssrcred.practice.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ssrcred"):
                assert node.module.startswith("ssrcred.practice"), file.name
