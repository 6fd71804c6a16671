"""The practice TOMS, walked through by HTTP."""

from __future__ import annotations

import html
import re
import string
from typing import TYPE_CHECKING

import pytest
from coordinator import Browser, Lost, regenerate

from practice.current_pair import current_pair
from ssrcred.practice import running
from ssrcred.practice.district import NASTY

if TYPE_CHECKING:
    import httpx

    from practice.conftest import LogOn, Visit, Visitor
    from ssrcred.practice import Practice

KEY = re.compile(r'id="secret-key">([^\n]*?)</code>')
WHOLE = set(string.ascii_letters + string.digits + string.punctuation)


def code_in(mailbox: str) -> str:
    found: list[str] = re.findall(r"log-on code is (\d{6})", mailbox)
    return found[0]


def to_the_pop_up(toms: Visitor) -> str:
    toms.get("/credentialing")
    return toms.post("/credentialing/proceed", authorize="yes")


def generate(toms: Visitor) -> str:
    to_the_pop_up(toms)
    return toms.post("/credentialing/generate", proceed=toms.hidden("proceed"))


def test_the_coordinator_walks_from_log_on_to_the_shown_key(district: Practice, visitor: Visit) -> None:
    toms, mailbox = visitor(district.toms_url), visitor(district.control_url)
    assert "Log On" in toms.get("/")
    dana = district.accounts.coordinator
    assert "Enter the code" in toms.post("/logon", username=dana.username, password=dana.password)
    assert "Choose a role" in toms.post("/code", code=code_in(mailbox.get("/mailbox")))
    assert "MyTOMS Home" in toms.post("/role", role="CAASPP Coordinator")
    page = toms.get("/credentialing")
    assert "Authorization to Release Student Data to Vendors" in page
    assert "No credentials have been generated" in page
    assert "Generate Credentials" in page and "Regenerate" not in page
    page = toms.post("/credentialing/proceed", authorize="yes")
    assert "Proceed with generating credentials?" in page
    assert "Cancel" in page and "Yes, Generate Credentials" in page
    page = toms.post("/credentialing/generate", proceed=toms.hidden("proceed"))
    assert "SHOW SECRET KEY" in page and current_pair(district).username in page
    assert current_pair(district).secret not in page
    assert "365 days left" in page
    page = toms.post("/credentialing/key", key="show")
    assert "HIDE SECRET KEY" in page
    shown = KEY.search(toms.page)
    assert shown and html.unescape(shown[1]) == current_pair(district).secret
    page = toms.post("/credentialing/key", key="hide")
    assert "SHOW SECRET KEY" in page and current_pair(district).secret not in page


@pytest.mark.parametrize("elsewhere", ["/credentialing", "/credentialing/key", "/home", "/role", "/nowhere"])
def test_the_key_is_gone_after_leaving_its_screen(district: Practice, in_toms: LogOn, elsewhere: str) -> None:
    toms = in_toms(district)
    generate(toms)
    toms.get(elsewhere)
    page = toms.get("/credentialing")
    assert "SHOW SECRET KEY" not in page and current_pair(district).secret not in page
    page = toms.post("/credentialing/key", key="show")
    assert "can no longer be shown" in page and current_pair(district).secret not in page


def test_sending_the_pop_up_again_neither_shows_the_key_nor_makes_another(district: Practice, in_toms: LogOn) -> None:
    toms = in_toms(district)
    generate(toms)
    first = district.pair
    page = toms.post("/credentialing/generate", proceed="")
    assert "can no longer be shown" in page and district.pair == first


def test_the_box_must_be_ticked_before_anything_is_generated(district: Practice, in_toms: LogOn) -> None:
    toms = in_toms(district)
    toms.get("/credentialing")
    assert "Tick the box" in toms.post("/credentialing/proceed")
    assert district.pair is None


def test_cancel_leaves_the_old_pair_alone(started: Practice, in_toms: LogOn) -> None:
    toms, old = in_toms(started), started.pair
    assert 'href="/credentialing">Cancel' in to_the_pop_up(toms)
    page = toms.get("/credentialing")
    assert started.pair == old and "Regenerate Credentials" in page


def test_the_old_pair_dies_at_the_click(started: Practice, in_toms: LogOn, http: httpx.Client) -> None:
    toms, old = in_toms(started), current_pair(started)
    to_the_pop_up(toms)
    assert http.post(f"{started.service_url}/token", auth=(old.username, old.secret)).status_code == 200
    toms.post("/credentialing/generate", proceed=toms.hidden("proceed"))
    assert http.post(f"{started.service_url}/token", auth=(old.username, old.secret)).status_code == 401
    assert (
        http.post(
            f"{started.service_url}/token", auth=(current_pair(started).username, current_pair(started).secret)
        ).status_code
        == 200
    )


def test_two_coordinators_kill_each_others_pair(district: Practice) -> None:
    one = regenerate(district.toms_url, district.control_url, district.accounts.coordinator)
    other = regenerate(
        district.toms_url, district.control_url, district.accounts.second_coordinator, role="ELPAC Coordinator"
    )
    assert one.secret != other.secret and district.pair == other
    assert one.username == other.username


def test_a_wrong_password_goes_no_further(district: Practice, visitor: Visit) -> None:
    toms = visitor(district.toms_url)
    toms.get("/")
    assert "not correct" in toms.post("/logon", username=district.accounts.coordinator.username, password="no")
    assert "Log On" in toms.get("/code")
    assert "Log On" in toms.get("/role")


def test_a_wrong_code_is_refused_and_the_third_time_ends_the_log_on(district: Practice, visitor: Visit) -> None:
    toms, dana = visitor(district.toms_url), district.accounts.coordinator
    toms.get("/")
    toms.post("/logon", username=dana.username, password=dana.password)
    assert "not the code" in toms.post("/code", code="x")
    assert "not the code" in toms.post("/code", code="x")
    assert "no longer valid" in toms.post("/code", code="x")


def test_a_code_stops_working_after_a_quarter_of_an_hour(district: Practice, visitor: Visit) -> None:
    toms, dana = visitor(district.toms_url), district.accounts.coordinator
    toms.get("/")
    toms.post("/logon", username=dana.username, password=dana.password)
    code = code_in(visitor(district.control_url).get("/mailbox"))
    district.advance(minutes=16)
    assert "no longer valid" in toms.post("/code", code=code)


def test_pages_behind_the_role_need_a_role(district: Practice, visitor: Visit) -> None:
    toms, dana = visitor(district.toms_url), district.accounts.coordinator
    toms.get("/")
    toms.post("/logon", username=dana.username, password=dana.password)
    toms.post("/code", code=code_in(visitor(district.control_url).get("/mailbox")))
    assert "Choose a role" in toms.get("/home")
    assert "Choose one of your roles" in toms.post("/role", role="Superintendent")


def test_a_role_without_credentialing_has_no_tab_and_no_access(started: Practice, in_toms: LogOn) -> None:
    toms = in_toms(started, role="CAASPP Test Administrator")
    assert "Credentialing" not in toms.get("/home")
    assert "no access" in toms.get("/credentialing")


def test_a_form_without_its_token_is_refused(district: Practice, in_toms: LogOn) -> None:
    toms = in_toms(district)
    answer = toms.http.post("/credentialing/proceed", data={"authorize": "yes"})
    assert answer.status_code == 403 and "out of date" in answer.text


def test_the_session_ends_when_idle_and_on_log_off(district: Practice, in_toms: LogOn) -> None:
    toms = in_toms(district)
    district.advance(minutes=21)
    assert "session has ended" in toms.get("/home")
    toms = in_toms(district)
    toms.get("/home")
    assert "Log On" in toms.post("/logoff")
    assert "Log On" in toms.get("/home")


def test_my_toms_home_announces_from_14_days_before_until_regenerated(district: Practice, in_toms: LogOn) -> None:
    assert "There are no announcements" in in_toms(district).get("/home")
    district.generate()
    district.advance(days=350)
    toms = in_toms(district)
    assert "There are no announcements" in toms.get("/home")
    assert "15 days left" in toms.get("/credentialing")
    district.advance(days=1)
    toms = in_toms(district)
    assert "expire in 14 days" in toms.get("/home")
    district.advance(days=13)
    assert "expire in 1 day," in in_toms(district).get("/home")
    district.advance(days=1)
    toms = in_toms(district)
    assert "expired on" in toms.get("/home")
    assert "Expired. The credentials expired on" in toms.get("/credentialing")
    district.generate()
    assert "There are no announcements" in toms.get("/home")


def test_reminders_arrive_14_7_3_and_1_days_before(district: Practice, visitor: Visit) -> None:
    mailbox = visitor(district.control_url)
    assert "The mailbox is empty" in mailbox.get("/mailbox")
    district.generate()
    seen = []
    for days in (350, 1, 7, 4, 2, 1):
        district.advance(days=days)
        seen.append(len(re.findall("expire in", mailbox.get("/mailbox"))))
    assert seen == [0, 2, 4, 6, 8, 8]


def test_keys_are_20_characters_and_always_hold_several_nasty_ones() -> None:
    with running(seed=1) as practice:
        keys = [practice.generate().secret for _ in range(300)]
    assert all(len(key) == 20 and set(key) <= WHOLE for key in keys)
    assert all(len(set(key) & set(NASTY)) >= 6 for key in keys)
    assert set("".join(keys)) == WHOLE


def test_the_same_seed_draws_the_same_keys_and_another_seed_draws_others() -> None:
    def first(seed: int) -> str:
        with running(seed=seed) as practice:
            return practice.generate().secret

    assert first(5) == first(5) != first(6)


def test_the_user_name_may_change_each_time() -> None:
    with running(new_username_each_time=True) as practice:
        assert practice.generate().username != practice.generate().username


def test_a_printed_pair_does_not_show_its_key(district: Practice) -> None:
    pair = district.generate()
    assert pair.secret not in repr(pair)
    assert district.accounts.office.password not in repr(district.accounts)


def test_the_pretend_coordinator_goes_to_the_practice_district_only(district: Practice) -> None:
    with pytest.raises(Lost, match="practice district only"):
        regenerate("https://mytoms.ets.org", district.control_url, district.accounts.coordinator)


def test_the_pretend_coordinator_says_what_is_missing_on_a_page(district: Practice) -> None:
    browser = Browser()
    page = browser.open(district.toms_url)
    with pytest.raises(Lost, match="no link 'Credentialing'"):
        browser.follow(page, "Credentialing")
    with pytest.raises(Lost, match="no button 'Yes'"):
        browser.press(page, "Yes")


def test_the_pretend_coordinator_needs_a_message_with_a_code(district: Practice) -> None:
    with pytest.raises(Lost, match="no message with a code for itstaff"):
        regenerate(district.toms_url, district.control_url, district.accounts.office)
    regenerate(district.toms_url, district.control_url, district.accounts.coordinator)
    with pytest.raises(Lost, match="no message with a code for itstaff"):
        regenerate(district.toms_url, district.control_url, district.accounts.office)
