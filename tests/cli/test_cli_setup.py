"""The set-up: the interview, what it refuses and why, the secrets, and the dry try of each door."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w

from cli.desk import LEA, Desk, Script
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.app.session import SHARED


def config(desk: Desk) -> dict[str, Any]:
    return tomllib.loads((desk.home / "config.toml").read_text("utf-8"))


def interview(desk: Desk, **answers: str) -> list[tuple[str, Any]]:
    """The questions of a whole interview, with good answers but for those that are given."""
    accounts = desk.district.accounts
    given = {
        "short name": LEA,
        "full name": desk.district.district_name,
        "CDS code": desk.district.cds,
        "The student information system": "",
        "SchoolWise address": desk.district.schoolwise_url,
        "office account": accounts.office.username,
        "A parent account": accounts.parent.username,
        "Mail address of the CAASPP coordinator": "dana@lincoln.example",
        "Mail address of the ELPAC coordinator": "",
        "Which other systems": "",
        "Check the credentials directly": "",
        "Password of itstaff": accounts.office.password,
        "Password of the parent account": accounts.parent.password,
        "SSID of a test student": desk.district.test_ssid,
        "Find the fields": "n",
        "Test the connections": "",
    }
    return list((given | answers).items())


def with_wrong_first(script: Script, question: str, wrong: str) -> Script:
    """The script with one more answer before the good one."""
    place = next(number for number, (words, _) in enumerate(script) if words == question)
    return [*script[:place], (question, wrong), *script[place:]]


def test_the_interview_ends_with_a_config_the_secrets_and_open_doors(desk: Desk) -> None:
    ran = desk.sit("setup", "--toms-api", desk.district.service_url, script=interview(desk))
    assert ran.code == 0, ran.screen
    assert config(desk)["lea"][LEA]["toms"] == {"enabled": True, "api": desk.district.service_url}
    assert config(desk)["lea"][LEA]["coordinators"] == {"caaspp": "dana@lincoln.example"}
    for name, value in desk.named_secrets().items():
        if name in ("schoolwise", "parent", "test-ssid"):
            assert len(desk.vault.secret(name)) == len(value)
    for door in (
        "HonestKeyring",
        "the state's service",
        "SchoolWise, office account",
        "SchoolWise, parent account (district)",
    ):
        assert f"  {door}: fine\n" in ran.screen


def test_the_interview_says_why_the_direct_check_is_a_choice(desk: Desk) -> None:
    ran = desk.sit(
        "setup", script=interview(desk, **{"Check the credentials directly": "no", "Test the connections": "n"})
    )
    before, _, _ = ran.screen.partition("Check the credentials directly as well?")
    assert "ETS says that they are for SIS vendors" in " ".join(before.split())
    assert "this is your LEA's choice" in " ".join(before.split())
    assert config(desk)["lea"][LEA]["toms"] == {"enabled": False}
    assert "To test the connections at any time: ssrcred rotate --plan" in ran.screen
    desk.confirm()
    desk.without_browser()
    assert "the state's service" not in desk.sit("rotate", "--plan").screen.partition("At the click")[0]


@pytest.mark.parametrize(
    ("question", "wrong", "reason"),
    [
        ("full name", "", "This is needed."),
        ("CDS code", "1964733000000", "must be 14 digits (2 county, 5 district, 7 school) and has 13"),
        ("CDS code", "99647330000000", "begins with 99, and California's counties are 01 to 58"),
        ("CDS code", "19-64733-0000000", "write it without: 19647330000000"),
        ("SchoolWise address", "https://www.lincoln.schoolwise.com", "must not have www. in front"),
        ("SchoolWise address", "http://lincoln.schoolwise.com", "must begin with https://"),
        ("SchoolWise address", "lincoln.schoolwise.com", "must begin with https://"),
        ("SchoolWise address", "https://made-up:password@lincoln.schoolwise.com", "must not have a user name or a"),
        ("SchoolWise address", "https://schoolwise.com", "must be the LEA's own site"),
        ("Check the credentials directly", "maybe", "Please answer y or n."),
        ("Mail address of the ELPAC coordinator", "eli at lincoln", "is not a mail address"),
        ("SSID of a test student", "123456789", "An SSID has 10 digits; this has 9 characters."),
    ],
)
def test_a_wrong_answer_is_objected_to_at_once(desk: Desk, question: str, wrong: str, reason: str) -> None:
    script = with_wrong_first(interview(desk, **{"Test the connections": "n"}), question, wrong)
    ran = desk.sit("setup", script=script)
    assert ran.code == 0
    after = ran.screen.partition(question)[2]
    assert reason in after.partition(question)[0]


def test_a_county_that_does_not_exist_is_refused_wherever_it_is_entered_and_not_where_it_is_already(desk: Desk) -> None:
    code = "99647330000000"
    words = [code if word == desk.district.cds else word for word in desk.setup_options()]
    for given in (words, ["lea", "add", LEA, "--name", "Lincoln", "--cds", code]):
        ran = desk.run(*given, "--no-input")
        assert ran.code == 3 and "cds: begins with 99, and California's counties are 01 to 58" in ran.error["error"]
        assert not desk.config.exists()
    desk.home.mkdir(exist_ok=True)
    desk.config.write_text(f'[lea.{LEA}]\nname = "Lincoln"\ncds = "{code}"\n', "utf-8")
    assert "no credentials are stored" in desk.run("status").out


@pytest.mark.parametrize("wrong", ["Lincoln Unified", "", "lincoln.usd"])
def test_a_short_name_that_cannot_be_is_asked_for_again(desk: Desk, wrong: str) -> None:
    script = with_wrong_first(interview(desk, **{"Test the connections": "n"}), "short name", wrong)
    ran = desk.sit("setup", script=script)
    assert ran.code == 0
    refused = desk.run("setup", "--no-input", "--lea", wrong or "a b")
    assert refused.code == 3 and refused.error["state"] == "Nothing was written."
    assert refused.error["error"].startswith("The short name '") and "dots" not in refused.error["hint"]
    assert "cannot be used. It must be a short name of 1 to 32 lower-case letters" in refused.error["error"]


def test_ctrl_c_among_the_passwords_says_what_is_there_and_how_to_give_the_rest(desk: Desk) -> None:
    def stop() -> str:
        raise KeyboardInterrupt

    script = list(interview(desk))
    last = next(number for number, (words, _) in enumerate(script) if "parent account" in words and "Password" in words)
    ran = desk.sit("setup", script=[*script[:last], (script[last][0], stop)])
    assert ran.code == 130 and "config.toml is saved" in ran.error["state"]
    assert ran.error["hint"].endswith(f"ssrcred doctor --lea {LEA}")
    assert f"ssrcred secret set parent --lea {LEA}" in " ".join(
        desk.run("doctor", "--no-practice", "--lea", LEA).out.split()
    )


def test_secrets_may_be_left_for_later(desk: Desk) -> None:
    left = {"Password of itstaff": "", "Password of the parent account": "", "SSID of a test student": ""}
    ran = desk.sit("setup", script=interview(desk, **left, **{"Test the connections": "n"}))
    assert ran.code == 0
    assert "skipped; to store it later: ssrcred secret set schoolwise --lea lincoln" in ran.screen
    assert not desk.ring.items


def test_without_a_person_options_say_it_all_and_the_secrets_come_by_pipe(desk: Desk) -> None:
    ran = desk.run(
        *desk.setup_options(), "--lifetime-days", "90", "--timezone", "America/New_York", "--no-direct-check"
    )
    assert ran.code == 0
    section = config(desk)["lea"][LEA]
    assert (section["lifetime_days"], section["timezone"]) == (90, "America/New_York")
    assert section["schoolwise"]["parents"] == {desk.district.schools[1]: "parent2"}
    assert section["toms"]["enabled"] is False
    for name in desk.named_secrets():
        assert f"ssrcred secret set {name} --lea lincoln --stdin" in ran.err
    assert ran.out == ""


def test_without_a_person_the_lea_must_be_named(desk: Desk) -> None:
    ran = desk.run("setup", "--no-input")
    assert ran.code == 2 and ran.error["hint"] == "Use --lea."


def test_all_problems_are_named_at_once_and_nothing_is_written(bare: Desk) -> None:
    ran = bare.run(
        *("setup", "--lea", LEA, "--cds", "12", "--url", "http://www.lincoln.schoolwise.com", "--driver", "telepathy"),
        *("--lifetime-days", "0", "--timezone", "California", "--own-pair", "A", "--own-pair", "a", "--no-input"),
    )
    assert ran.code == 3
    for key in ("name", "cds", "lifetime_days", "timezone", "schoolwise.url", "schoolwise.username"):
        assert f"lea.lincoln.{key}: " in ran.error["error"]
    assert "schoolwise.driver: is not known" in ran.error["error"]
    assert "schoolwise.schools: lists something twice" in ran.error["error"]
    assert ran.error["state"] == "Nothing was written."
    assert not bare.home.exists()


def test_the_problems_are_a_list_in_json(bare: Desk) -> None:
    ran = bare.run("setup", "--lea", LEA, "--json")
    assert ran.code == 3 and ran.document["schema"] == "ssrcred.setup/1"
    assert "lea.lincoln.name: is empty" in ran.document["error"]["problems"]


@pytest.mark.parametrize(
    ("option", "code", "words"),
    [
        (("--lea", "Lincoln Unified"), 3, "lower-case letters"),
        (("--lea", LEA, "--parent-of", "Lincoln High School"), 2, "is not of the form SCHOOL=ACCOUNT"),
        (("--lea", LEA, "--parent-of", "=parent2"), 2, "is not of the form SCHOOL=ACCOUNT"),
        (("--lea", LEA, "--password", "made-up"), 2, "--password"),
        (("--lea", LEA, "--lifetime-days", "a year"), 2, "a year"),
    ],
)
def test_an_option_that_cannot_be_is_refused(bare: Desk, option: tuple[str, ...], code: int, words: str) -> None:
    ran = bare.run("setup", *option, "--no-input")
    assert ran.code == code and words in ran.error["error"]
    assert not bare.home.exists()


def test_an_lea_that_is_there_is_left_alone_without_replace(desk: Desk) -> None:
    desk.set_up()
    before = (desk.home / "config.toml").read_bytes()
    ran = desk.sit("setup", "--lea", LEA)  # not one question is asked
    assert ran.code == 3 and ran.error["error"] == "The LEA lincoln is already in config.toml."
    assert ran.error["hint"].endswith("ssrcred setup --lea lincoln --replace")
    assert (desk.home / "config.toml").read_bytes() == before
    assert desk.run(*desk.setup_options(), "--replace", "--lifetime-days", "90").code == 0
    assert config(desk)["lea"][LEA]["lifetime_days"] == 90
    assert (desk.home / "config.toml.old").read_bytes() == before


def test_one_broken_door_does_not_hide_the_others(desk: Desk) -> None:
    desk.district.fault("service", "down")
    desk.set_up()
    desk.vault.keep_secret("parent", desk.vault.secret("test-ssid"))  # not the parent's password
    ran = desk.run(*desk.setup_options(), "--replace", "--try", "--no-input")
    assert ran.code == 0
    for line in ("  HonestKeyring: fine", "  SchoolWise, office account: fine"):
        assert line in ran.err.splitlines()
    assert "SchoolWise, parent account (Franklin Middle School): fine" in ran.err
    assert "SchoolWise, parent account (district): SchoolWise rejected the sign-in for parent1." in ran.err
    assert "the state's service: " in ran.err and "the state's service: fine" not in ran.err
    assert "prove" not in " ".join(desk.events())


def test_a_dry_try_writes_nothing(desk: Desk) -> None:
    desk.set_up()
    before = desk.district.settings, desk.district.stored("district")
    assert desk.run(*desk.setup_options(), "--replace", "--try", "--no-input", "--json").document["lea"] == LEA
    assert (desk.district.settings, desk.district.stored("district")) == before
    assert desk.events() == []


def test_doors_that_are_not_wanted_are_not_tried(desk: Desk) -> None:
    desk.set_up("--no-direct-check", secrets=False)
    tables = config(desk)
    del tables["lea"][LEA]["schoolwise"]
    (desk.home / "config.toml").write_text(tomli_w.dumps(tables), "utf-8")
    ran = desk.run("rotate", "--plan")
    assert ran.code == 0 and "The portal lets us in" not in ran.err and "- SchoolWise, until" not in ran.err
    assert desk.district.requests == [("toms", "GET", "/")], "where the person is going next"
    ran = desk.run("upload")
    assert ran.code == 3 and ran.error["error"].startswith("No portal is set up for lincoln")


# secret


def test_a_secret_is_kept_from_a_hidden_prompt_and_from_a_pipe(desk: Desk) -> None:
    desk.set_up(secrets=False)
    password = desk.district.accounts.office.password
    ran = desk.sit("secret", "set", "schoolwise", script=[("Secret schoolwise", password)])
    assert ran.code == 0 and "Stored schoolwise in the" in ran.screen
    ran = desk.run("secret", "set", "parent", "--stdin", given=f"{desk.district.accounts.parent.password}\r\n")
    assert ran.code == 0
    assert len(desk.vault.secret("schoolwise")) == len(password)


def test_a_dropped_secret_is_gone(ready: Desk) -> None:
    ran = ready.run("secret", "drop", "parent")
    assert ran.code == 0 and ran.err == "Deleted parent.\n"
    ran = ready.run("upload")  # verify would go on with what there is
    assert ran.code == 5 and ran.error["hint"] == "To store it: ssrcred secret set parent --lea lincoln"
    assert ready.run("secret", "drop", "parent").code == 0


@pytest.mark.parametrize("name", ["password", "parent:", "schoolwise:x", "other:x", "PARENT", ""])
@pytest.mark.parametrize("deed", ["set", "drop"])
def test_a_name_that_is_not_one_is_refused(ready: Desk, deed: str, name: str) -> None:
    before = dict(ready.ring.items)
    ran = ready.run("secret", deed, name)
    assert ran.code == 2 and "There is no secret named" in ran.error["error"]
    assert "schoolwise, parent, test-ssid, parent:ACCOUNT" in ran.error["hint"]
    assert ready.ring.items == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("123456789\n", "An SSID has 10 digits; this has 9 characters."),
        ("", "The input has no text; one line was expected."),
        ("1234567890\n1234567891\n", "The input has 2 lines; one line was expected."),
        (b"\xff\xff12345678\n", "Byte 1 of the input is not UTF-8 text."),
        (b"\xff\xfe1\x002\x00", "The input is UTF-16 text."),
        ("12345\t6789\n", "Character 6 of the input is a control character"),
    ],
)
def test_a_pipe_that_cannot_be_the_ssid_is_refused(ready: Desk, given: str | bytes, words: str) -> None:
    before = dict(ready.ring.items)
    ran = ready.run("secret", "set", "test-ssid", "--stdin", given=given)
    assert ran.code == 4 and words in ran.error["error"]
    assert ready.ring.items == before


def test_a_secret_is_never_waited_for_without_a_person(ready: Desk) -> None:
    ran = ready.run("secret", "set", "parent")
    assert ran.code == 2 and ran.error["hint"] == "Use --stdin or --file FILE."
    ran = ready.sit("secret", "set", "parent", "--no-input")
    assert ran.code == 2
    ran = ready.sit("secret", "set", "parent", script=[("Secret parent", None)])
    assert ran.code == 4 and ran.error["error"] == "The input ended before the secret was entered."


def test_an_empty_secret_is_refused(ready: Desk) -> None:
    assert ready.sit("secret", "set", "parent", script=[("Secret parent", "")]).code == 4


def test_keyring_calls_are_patient_only_with_a_person(ready: Desk) -> None:
    ready.keyring_limits.clear()
    ready.run("secret", "drop", "parent")
    ready.sit("secret", "drop", "parent")
    (short, told), (long, says) = ready.keyring_limits
    assert short < long and not told and says


@pytest.mark.parametrize("deed", ["set", "drop"])
@pytest.mark.parametrize(("name", "busy"), [("schoolwise", LEA), ("notify:team", SHARED)])
def test_no_secret_comes_or_goes_while_another_run_is_at_work(ready: Desk, deed: str, name: str, busy: str) -> None:
    before = dict(ready.ring.items)
    with lock(ready.home / "locks", busy):
        ran = ready.sit("secret", deed, name)  # and nobody is asked
    assert ran.code == 9 and ran.error["state"] == "This run did nothing; the other one continues."
    assert SHARED not in ran.screen and ready.ring.items == before
    with lock(ready.home / "locks", "adams"):
        assert ready.run("secret", "drop", name).code == 0


def test_a_secret_of_one_kind_waits_for_no_work_of_the_other(ready: Desk) -> None:
    with lock(ready.home / "locks", SHARED):
        assert ready.run("secret", "drop", "schoolwise").code == 0
    with lock(ready.home / "locks", LEA):
        assert ready.run("secret", "drop", "notify:team").code == 0


def test_a_set_up_beside_another_run_writes_the_settings_and_says_that_the_secrets_are_missing(ready: Desk) -> None:
    before = dict(ready.ring.items)
    script = [one for one in interview(ready) if one[0] not in ("short name", "Find the fields")]
    until = next(number for number, (words, _) in enumerate(script) if words.startswith("Password"))
    with lock(ready.home / "locks", LEA):
        ran = ready.sit("setup", "--lea", LEA, "--replace", script=script[:until])
    assert ran.code == 9 and ran.error["state"] == "config.toml is saved, and no password was stored."
    assert ran.error["hint"].endswith("ssrcred secret set NAME --lea lincoln")
    assert ready.ring.items == before
