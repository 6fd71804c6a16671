"""The practice SchoolWise, walked through by HTTP."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from ssrcred.practice import Pair, running
from ssrcred.practice.schoolwise import CAASPP, TABS

if TYPE_CHECKING:
    from practice.conftest import LogIn, Visit, Visitor
    from ssrcred.practice import Practice

NEW = Pair("new_name", "a`b'c\"d\\e<f&g%h+i#j$")


def tab_of(office: Visitor, key: str) -> str:
    return office.get(f"/office/options?tab={key}")


def as_shown(district: Practice, key: str) -> dict[str, list[str]]:
    """The settings of a tab, as a browser would send them back."""
    return {
        name.split(".")[1]: list(values)
        for name, values in district.settings.items()
        if name.startswith(f"{key}.") and name.count(".") == 1 and "Password" not in name
    }


def save_district(office: Visitor, district: Practice, username: str, secret: str, **changed: str | list[str]) -> str:
    tab_of(office, "caaspp")
    fields = as_shown(district, "caaspp") | {
        "RowVersion": office.hidden("RowVersion"),
        "DistrictCalpadsApiUsername": username,
        "DistrictCalpadsApiPassword": secret,
    }
    return office.post("/office/options/caaspp", **(fields | changed))


def save_school(office: Visitor, school: str, username: str, secret: str, **changed: str | list[str]) -> str:
    tab_of(office, "caaspp")
    code = office.page[: office.page.index(f"CALPADS API Username for {school}")].rsplit('for="school-', 1)[1][:14]
    stamp = office.hidden("RowVersion", after=f'name="SchoolCode" value="{code}"')
    fields = {"SchoolCode": code, "RowVersion": stamp, "ShowAtSchool": "yes"}
    fields |= {"CalpadsApiUsername": username, "CalpadsApiPassword": secret}
    return office.post("/office/options/school", **(fields | changed))


def test_the_menus_lead_to_the_caaspp_credentials_tab(district: Practice, in_schoolwise: LogIn) -> None:
    office = in_schoolwise(district, district.accounts.office)
    words = ["School Office Menu", "Set District Options", "CAASPP Credentials", "CALPADS API Username"]
    pages = ["/home", "/office", "/office/options", "/office/options?tab=caaspp"]
    for path, (here, onward) in zip(pages, pairwise(["", *words]), strict=True):
        page = office.get(path)
        assert here in page and onward in page
    assert "Saved" not in office.page
    for tab in TABS:
        assert tab.title in office.page
    assert "The practice district has none" in office.get("/office/not-here")


def test_a_log_in_is_accepted_refused_and_recorded(district: Practice, visitor: Visit) -> None:
    browser, office = visitor(district.schoolwise_url), district.accounts.office
    assert "Web Log In" in browser.get("/")
    assert "not correct" in browser.post("/login", UserName=office.username, Password="no")
    assert "not correct" in browser.post("/login", UserName="nobody", Password="no")
    assert "Main Menu" in browser.post("/login", UserName=office.username, Password=office.password)
    assert "Main Menu" in browser.get("/")
    assert district.log_ins == [(office.username, False), ("nobody", False), (office.username, True)]
    log = browser.get("/users/log")
    assert "nobody" in log and "refused" in log and "accepted" in log


def test_the_account_locks_after_three_bad_passwords(district: Practice, visitor: Visit) -> None:
    browser, office = visitor(district.schoolwise_url), district.accounts.office
    browser.get("/login")
    assert district.lock_after == 3
    assert "not correct" in browser.post("/login", UserName=office.username, Password="1")
    assert "not correct" in browser.post("/login", UserName=office.username, Password="2")
    assert "locked" in browser.post("/login", UserName=office.username, Password="3")
    assert "locked" in browser.post("/login", UserName=office.username, Password=office.password)
    district.unlock()
    assert "Main Menu" in browser.post("/login", UserName=office.username, Password=office.password)


def test_a_good_log_in_sets_the_count_of_bad_ones_back(district: Practice, visitor: Visit) -> None:
    browser, office = visitor(district.schoolwise_url), district.accounts.office
    for password in ("1", "2", office.password, "1", "2"):
        browser.get("/login")
        page = browser.post("/login", UserName=office.username, Password=password)
    assert "not correct" in page


def test_nobody_gets_in_without_logging_in_or_with_the_wrong_role(
    district: Practice, visitor: Visit, in_schoolwise: LogIn
) -> None:
    stranger = visitor(district.schoolwise_url)
    assert "Web Log In" in stranger.get("/office/options?tab=caaspp")
    assert stranger.http.post("/login", data={"UserName": "itstaff"}).status_code == 403
    assert "Web Log In" in visitor(district.schoolwise_url).post("/login", UserName="itstaff")
    parent = in_schoolwise(district, district.accounts.parent)
    assert "no access" in parent.get("/office/options?tab=caaspp")
    assert parent.http.get("/users/parent").status_code == 403
    assert district.log_ins == [(district.accounts.parent.username, True)]


def test_a_session_times_out_when_idle_and_ends_on_log_out(district: Practice, in_schoolwise: LogIn) -> None:
    office = in_schoolwise(district, district.accounts.office)
    district.advance(minutes=19)
    assert "School Office Menu" in office.get("/office")
    district.advance(minutes=21)
    assert "timed out" in office.get("/office")
    office = in_schoolwise(district, district.accounts.office)
    office.get("/home")
    assert "Web Log In" in office.post("/logout")
    assert "Web Log In" in office.get("/home")


def test_a_save_after_the_time_out_stores_nothing(district: Practice, in_schoolwise: LogIn) -> None:
    office = in_schoolwise(district, district.accounts.office)
    tab_of(office, "caaspp")
    version = office.hidden("RowVersion")
    district.advance(minutes=21)
    page = office.post(
        "/office/options/caaspp", RowVersion=version, DistrictCalpadsApiUsername="u", DistrictCalpadsApiPassword="s"
    )
    assert "timed out" in page and district.stored("district") is None


def test_a_form_without_the_token_or_with_anothers_is_refused(district: Practice, in_schoolwise: LogIn) -> None:
    office, other = (in_schoolwise(district, district.accounts.office) for _ in range(2))
    tab_of(office, "caaspp")
    tab_of(other, "caaspp")
    fields = {"RowVersion": "1", "DistrictCalpadsApiUsername": "u", "DistrictCalpadsApiPassword": "s"}
    for token in ({}, other.token, {"__RequestVerificationToken": "ü"}):
        answer = office.http.post("/office/options/caaspp", data=fields | token)
        assert answer.status_code == 403 and "out of date" in answer.text
    assert district.stored("district") is None


def test_the_districts_pair_is_saved_and_the_password_never_comes_back(
    district: Practice, in_schoolwise: LogIn
) -> None:
    office = in_schoolwise(district, district.accounts.office)
    assert "No password stored." in tab_of(office, "caaspp")
    page = save_district(office, district, NEW.username, NEW.secret)
    assert "Saved." in page and "A password is stored" in page
    assert NEW.username in page and NEW.secret not in page
    assert district.stored("district") == NEW
    assert "Saved." not in tab_of(office, "caaspp")


def test_a_blank_password_keeps_the_stored_one_while_the_user_name_is_the_same(
    district: Practice, in_schoolwise: LogIn
) -> None:
    district.put("district", NEW)
    office = in_schoolwise(district, district.accounts.office)
    assert "Saved." in save_district(office, district, NEW.username, "")
    assert district.stored("district") == NEW
    assert "Enter the CALPADS API Password" in save_district(office, district, "another", "")
    assert "Enter a CALPADS API Username" in save_district(office, district, "", "secret")
    assert district.stored("district") == NEW
    assert "Saved." in save_district(office, district, "", "")
    assert district.stored("district") is None


def test_a_schools_own_pair_overrides_and_blank_inherits(district: Practice, in_schoolwise: LogIn) -> None:
    district.put("district", district.generate())
    office = in_schoolwise(district, district.accounts.office)
    school = district.schools[2]
    page = save_school(office, school, NEW.username, NEW.secret)
    assert f"saved for {school}" in page and page.count("Has its own credentials") == 1
    assert district.stored(school) == NEW and district.stored("district") == district.pair
    parent = in_schoolwise(district, district.accounts.parents[school])
    parent.get("/family")
    assert "credentials are wrong" in parent.post("/family/reports", student="9000000003")
    assert "Saved." in save_school(office, school, "", "")
    assert district.stored(school) is None
    assert "Score report (PDF)" in parent.post("/family/reports", student="9000000003")


def test_a_refused_school_save_names_the_school_and_an_unknown_school_is_not_found(
    district: Practice, in_schoolwise: LogIn
) -> None:
    office = in_schoolwise(district, district.accounts.office)
    assert f"{district.schools[1]}: Enter a CALPADS" in save_school(office, district.schools[1], "", "s")
    assert "Page not found" in save_school(office, district.schools[1], "u", "s", SchoolCode="1")
    assert all(district.stored(place) is None for place in ("district", *district.schools))


def test_saving_the_pair_leaves_every_other_setting_as_it_was(district: Practice, in_schoolwise: LogIn) -> None:
    before = district.settings
    office = in_schoolwise(district, district.accounts.office)
    save_district(office, district, NEW.username, NEW.secret)
    save_school(office, district.schools[0], NEW.username, NEW.secret)
    assert district.settings == before


@pytest.mark.parametrize("left_out", [setting.name for setting in CAASPP.settings])
def test_a_field_that_is_not_sent_back_is_lost(district: Practice, in_schoolwise: LogIn, left_out: str) -> None:
    office = in_schoolwise(district, district.accounts.office)
    assert "Saved." in save_district(office, district, "u", "s", **{left_out: []})
    assert district.settings[f"caaspp.{left_out}"] == ()


def test_an_old_form_is_refused_after_somebody_else_saved(district: Practice, in_schoolwise: LogIn) -> None:
    office = in_schoolwise(district, district.accounts.office)
    save_district(office, district, "u", "s")
    assert "changed by someone else" in save_district(office, district, "v", "t", RowVersion="1")
    assert "changed by someone else" in save_district(office, district, "v", "t", RowVersion=[])
    assert district.stored("district") == Pair("u", "s")


@pytest.mark.parametrize("key", [tab.key for tab in TABS if tab is not CAASPP])
def test_the_other_tabs_save_their_own_settings_and_hide_their_passwords(
    district: Practice, in_schoolwise: LogIn, key: str
) -> None:
    before = district.settings
    office = in_schoolwise(district, district.accounts.office)
    page = tab_of(office, key)
    assert "practice`1" not in page and "<practice>" not in page
    page = office.post(f"/office/options/{key}", RowVersion=office.hidden("RowVersion"), **as_shown(district, key))
    assert "Saved." in page and district.settings == before
    assert district.stored("district") is None


def test_a_tab_that_does_not_exist_is_not_found(district: Practice, in_schoolwise: LogIn) -> None:
    office = in_schoolwise(district, district.accounts.office)
    assert "Page not found" in tab_of(office, "nothing")


def test_an_administrator_finds_a_parents_account(district: Practice, in_schoolwise: LogIn) -> None:
    office, parent = in_schoolwise(district, district.accounts.office), district.accounts.parent
    assert "Parents" in office.get("/users")
    assert "Display User Credentials" in office.get("/users/parent")
    page = office.get(f"/users/{parent.username}/credentials")
    assert parent.username in page and parent.password in page
    assert "student1" in office.get("/users/student")
    assert "Display User Credentials" not in office.get("/users/office")
    for hidden in ("itstaff", "nobody"):
        assert "Page not found" in office.get(f"/users/{hidden}/credentials")


def view(family: Visitor, ssid: str) -> str:
    assert "View CAASPP/ELPAC" in family.get("/family")
    return family.post("/family/reports", student=ssid)


@pytest.mark.parametrize("who", ["parent", "student"])
def test_parents_and_students_see_links_that_open(started: Practice, in_schoolwise: LogIn, who: str) -> None:
    family = in_schoolwise(started, getattr(started.accounts, who))
    page = view(family, started.test_ssid)
    assert 'ask for "scores"' in page
    link = page.split('<a href="http')[1].split('"')[0]
    assert family.http.get(f"http{link}").content.startswith(b"%PDF-")
    assert ("service", "POST", "/api/v1/token") in started.requests


def test_every_school_has_a_parent_who_sees_reports(started: Practice, in_schoolwise: LogIn) -> None:
    assert set(started.accounts.parents) == set(started.schools)
    for number, school in enumerate(started.schools, start=1):
        page = view(in_schoolwise(started, started.accounts.parents[school]), f"900000000{number}")
        assert "Score report (PDF)" in page and school in started.schools


def test_the_portal_says_what_is_wrong(started: Practice, in_schoolwise: LogIn) -> None:
    accounts = started.accounts
    assert "no score reports" in view(
        in_schoolwise(started, accounts.parent_without_report), started.ssid_without_report
    )
    assert "no access to this student" in view(
        in_schoolwise(started, accounts.parent_elsewhere), started.ssid_elsewhere
    )
    parent = in_schoolwise(started, accounts.parent)
    started.generate()
    assert "credentials are wrong" in view(parent, started.test_ssid)
    started.put("district", None)
    assert "no CAASPP credentials were entered" in view(parent, started.test_ssid)


@pytest.mark.parametrize("kind", ["down", "refusing", "resetting", "maintenance"])
def test_the_portal_says_that_the_service_is_unavailable(started: Practice, in_schoolwise: LogIn, kind: str) -> None:
    parent = in_schoolwise(started, started.accounts.parent)
    started.fault("service", kind)
    assert "service is unavailable" in view(parent, started.test_ssid)
    started.clear_faults()
    assert "Score report (PDF)" in view(parent, started.test_ssid)


def test_a_parent_sees_nobody_elses_student(started: Practice, in_schoolwise: LogIn) -> None:
    parent = in_schoolwise(started, started.accounts.parent)
    parent.get("/family")
    assert "not yours" in parent.post("/family/reports", student="9000000002")
    parent.get("/family")
    assert "not yours" in parent.post("/family/reports", student="1")


def test_families_see_no_button_where_reports_are_switched_off(started: Practice, in_schoolwise: LogIn) -> None:
    office = in_schoolwise(started, started.accounts.office)
    parent = in_schoolwise(started, started.accounts.parent)
    save_school(office, started.schools[0], "", "", ShowAtSchool=[])
    assert "not shown at this school" in parent.get("/family")
    parent.post("/family/reports", student=started.test_ssid)
    assert "not shown at this school" in parent.page


def test_the_lock_and_the_idle_limit_can_be_set(visitor: Visit) -> None:
    with running(lock_after=1, idle_minutes=1) as practice:
        browser = visitor(practice.schoolwise_url)
        browser.get("/login")
        assert "locked" in browser.post("/login", UserName="parent1", Password="no")
        practice.advance(minutes=2)
        assert "timed out" in browser.get("/login")


def test_a_place_that_does_not_exist_cannot_be_set(district: Practice) -> None:
    with pytest.raises(ValueError, match="no place 'Elsewhere'"):
        district.put("Elsewhere", NEW)
