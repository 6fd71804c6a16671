"""Reminders as the job of every day sends them: what is due, once, to whom, and what happens when it cannot be sent."""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import tomli_w

from adapters.notify.mailbox import Mailbox, mailbox
from cli.desk import LEA, Desk
from ssrcred.adapters.ledger.auxiliary_store import Reminders, RemindRun
from ssrcred.adapters.ledger.run_lock import REMINDERS, lock
from ssrcred.domain.credential import SecretKey

DANA = "dana@lincoln.example"
ROLE = "caaspp@lincoln.example"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def configure(desk: Desk, box: Mailbox | None, **remind: Any) -> None:
    """Put a mail server and [lea.lincoln.remind] into config.toml, as an editor would."""
    path = desk.home / "config.toml"
    tables = tomllib.loads(path.read_text("utf-8"))
    if box is not None:
        tables["smtp"] = {"host": "127.0.0.1", "port": box.port, "security": "none", "from": "ssrcred@lincoln.example"}
    tables["lea"][LEA]["remind"] = remind or {"mail": [DANA, ROLE]}
    path.write_text(tomli_w.dumps(tables), "utf-8")


def with_log_in(desk: Desk) -> None:
    """The mail server wants a log-in."""
    path = desk.home / "config.toml"
    text = path.read_text("utf-8").replace('security = "none"', 'security = "none"\nusername = "dana"')
    path.write_text(text, "utf-8")


@pytest.fixture
def reminded(rotated: Desk, box: Mailbox) -> Desk:
    """A desk on which the yearly job was done today, and two mailboxes are to hear."""
    configure(rotated, box)
    return rotated


def on(desk: Desk, days_left: int) -> None:
    """Go to the day that leaves so many days."""
    from cli.desk import TODAY

    desk.at = TODAY + timedelta(days=365 - days_left)


def test_nothing_is_sent_and_nothing_is_said_while_nothing_is_due(reminded: Desk, box: Mailbox) -> None:
    ran = reminded.run("remind")
    assert (ran.code, ran.out, ran.err, box.heard) == (0, "", "", [])
    assert "No reminders are due today." in reminded.sit("remind").screen


def test_both_hear_once_at_a_threshold_with_the_next_command(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 60)
    ran = reminded.run("remind")
    assert ran.code == 0, ran.err
    title = "SSR credentials of Lincoln Unified School District: expire in 60 days"
    assert box.titles == [f"{DANA}: {title}", f"{ROLE}: {title}"]
    assert "Sunday, November 21, 2027" in box.text() and "    ssrcred rotate --lea lincoln\n" in box.text()
    assert box.mails[0]["From"] == "ssrcred@lincoln.example" and box.mails[0]["Auto-Submitted"] == "auto-generated"
    for later in (0, 1, 8):
        reminded.at += timedelta(hours=later * 24)
        assert reminded.run("remind").code == 0
    assert len(box.mails) == 2


def test_a_day_on_which_the_machine_was_off_is_made_up_once_and_by_the_newest_threshold(
    reminded: Desk, box: Mailbox
) -> None:
    configure(reminded, box, mail=[DANA])
    for days in (13, 12, 8, 7):
        on(reminded, days)
        reminded.run("remind")
    assert [title.rpartition(" expire ")[2] for title in box.titles] == ["in 13 days", "in 7 days"]


def test_an_expired_one_is_said_every_day_until_it_is_renewed(reminded: Desk, box: Mailbox) -> None:
    configure(reminded, box, mail=[DANA])
    for days in (0, -1, -1, -2):
        on(reminded, days)
        assert reminded.run("remind").code == 0
    assert [title.rpartition(": ")[2] for title in box.titles] == ["expire today", "have expired", "have expired"]
    reminded.rotated()
    assert reminded.run("remind").code == 0 and len(box.mails) == 3
    reminded.at += timedelta(days=305)
    reminded.run("remind")
    assert box.titles[-1].endswith("expire in 60 days")


def test_what_could_not_be_sent_is_an_error_and_is_sent_at_the_next_run(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    box.refuses = ROLE
    ran = reminded.run("remind")
    assert ran.code == 3 and "does not accept mail to caaspp@lincoln.example (550)" in ran.error["error"]
    assert "no such mailbox" not in ran.err
    on(reminded, 29)
    box.refuses = ""
    assert reminded.run("remind").code == 0
    assert [title.partition(": ")[0] for title in box.titles] == [DANA, ROLE]
    assert box.titles[1].endswith("expire in 29 days")


def test_a_mailbox_that_nothing_reaches_is_named_to_the_others(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    box.refuses = ROLE
    reminded.run("remind")
    on(reminded, 14)
    reminded.run("remind")
    assert f"Reminders have not reached {ROLE} since Friday, October 22, 2027." in box.text().replace("\n", " ")
    box.refuses = ""
    on(reminded, 7)
    reminded.run("remind")
    on(reminded, 3)
    reminded.run("remind")
    assert "have not reached" not in box.text()


def unreached(desk: Desk) -> list[str]:
    """Whom the ledger remembers as not reached."""
    memory = Reminders(desk.home / "ledger.sqlite")
    return sorted(memory.unreached())


def test_a_mailbox_that_is_named_no_more_is_nobodys_problem(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    box.refuses = ROLE
    assert reminded.run("remind").code == 3 and unreached(reminded) == [f"mail:{ROLE}"]
    path = reminded.home / "config.toml"
    before = path.read_text("utf-8")
    path.write_text(before.replace(ROLE, "robin@lincoln.example") + '\n[lea.adams]\nname = "Adams"\n', "utf-8")
    assert reminded.run("remind", "--all").code == 3
    assert unreached(reminded) == [f"mail:{ROLE}"], "the LEA that is not understood may still name it"
    path.write_text(before.replace(ROLE, "robin@lincoln.example"), "utf-8")
    assert reminded.run("remind").code == 0 and unreached(reminded) == []


def test_a_test_message_that_arrives_says_that_its_mailbox_can_be_reached_again(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    box.refuses = ROLE
    reminded.run("remind")
    assert reminded.run("remind", "--test", "all").code == 3 and unreached(reminded) == [f"mail:{ROLE}"]
    box.refuses = ""
    assert reminded.run("remind", "--test", ROLE).code == 0 and unreached(reminded) == []
    assert reminded.run("remind").code == 0 and box.titles[-1].startswith(f"{ROLE}: SSR"), "the reminder is still due"


def test_a_server_that_does_not_answer_is_worth_another_try(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    box.answers["MAIL"] = "421 come back later"
    ran = reminded.run("remind", "--json")
    assert ran.code == 8
    assert [(one["to"], one["sent"], one["error"]["code"]) for one in ran.document["messages"]] == [
        (DANA, False, "unreachable"),
        (ROLE, False, "unreachable"),
    ]
    assert ran.document["schema"] == "ssrcred.remind/1" and ran.document["error"]["exit"] == 8
    box.answers.clear()
    assert reminded.run("remind").code == 0 and len(box.mails) == 2


def test_an_unfinished_rotation_is_said_once_somebody_had_time_for_it(reminded: Desk, box: Mailbox) -> None:
    configure(reminded, box, mail=[DANA])
    reminded.district.fault("schoolwise", "down")
    reminded.at += timedelta(days=1)
    assert reminded.run("store", "--stdin", given=reminded.pair_lines).code == 0
    reminded.district.clear_faults()
    assert reminded.run("remind").code == 0 and not box.mails
    for _ in range(3):
        reminded.at += timedelta(hours=12)
        assert reminded.run("remind").code == 0
    assert len(box.mails) == 2 and box.titles[0].endswith("a rotation is not finished")
    assert "    ssrcred resume --lea lincoln" in box.text()


def test_a_refused_proof_is_said_every_day_until_a_check_succeeds(reminded: Desk, box: Mailbox) -> None:
    configure(reminded, box, mail=[DANA])
    reminded.click()
    assert reminded.run("verify").code == 7
    for _ in range(2):
        assert reminded.run("remind").code == 0
        reminded.at += timedelta(days=1)
    assert len(box.mails) == 2 and box.titles[0].endswith("a check was rejected")
    assert "ssrcred verify --lea lincoln" in box.text()
    reminded.rotated()
    reminded.run("remind")
    assert len(box.mails) == 2


def test_a_rejected_password_of_the_office_is_said_although_reports_open(reminded: Desk, box: Mailbox) -> None:
    reminded.vault.keep_secret("schoolwise", SecretKey("a made-up wrong password"))
    assert reminded.run("verify").code == 6
    assert reminded.run("remind").code == 0 and len(box.mails) == 2
    assert reminded.run("remind").code == 0 and len(box.mails) == 2, "not twice in a week"
    told = box.text()
    assert "the next rotation will fail" in told.replace("\n", " ")
    assert "ssrcred secret set schoolwise --lea lincoln" in told
    password = reminded.district.accounts.office.password
    reminded.run("secret", "set", "schoolwise", "--stdin", given=f"{password}\n")
    reminded.at += timedelta(days=8)
    assert reminded.run("remind").code == 0 and len(box.mails) == 2


def test_an_lea_without_a_pair_is_said_once(ready: Desk, box: Mailbox) -> None:
    configure(ready, box, mail=[DANA])
    for _ in range(3):
        assert ready.run("remind").code == 0
        ready.at += timedelta(days=1)
    assert box.titles == [f"{DANA}: SSR credentials of Lincoln Unified School District: none are stored"]


def test_one_message_tells_a_recipient_of_all_their_leas_the_worst_first(reminded: Desk, box: Mailbox) -> None:
    path = reminded.home / "config.toml"
    tables = tomllib.loads(path.read_text("utf-8"))
    tables["lea"]["adams"] = {"name": "Adams Elementary", "cds": "19647330000001", "remind": {"mail": [DANA.upper()]}}
    tables["lea"]["bare"] = {"name": "Bare Charter", "cds": "19647330000002"}
    path.write_text(tomli_w.dumps(tables), "utf-8")
    on(reminded, -3)
    ran = reminded.run("remind", "--all")
    assert ran.code == 3 and "Nobody gets reminders for: bare." in ran.error["error"]
    assert len(box.mails) == 2
    assert box.titles[0].endswith("Lincoln Unified School District: have expired (and 1 more)")
    assert box.text(0).startswith(
        "2 LEAs need somebody, the worst first:\n\n"
        "    Lincoln Unified School District: have expired\n"
        "    Adams Elementary: none are stored\n\n"
        "Lincoln Unified School District (lincoln)\n"
    )
    assert box.text(0).index("Lincoln") < box.text(0).index("Adams Elementary (adams)")
    assert "Adams" not in box.text(1)
    tables["remind"] = {"mail": ["county@county.example"]}
    path.write_text(tomli_w.dumps(tables), "utf-8")
    ran = reminded.run("remind", "--all", "--json")
    assert ran.code == 0
    assert [(one["to"], one["leas"]) for one in ran.document["messages"]] == [
        ("county@county.example", ["adams", "bare", "lincoln"])
    ]
    assert ran.document["leas"][2] == {"lea": "lincoln", "state": "expired", "days_left": -3}
    tables["lea"]["adams"]["group"] = "north"
    path.write_text(tomli_w.dumps(tables), "utf-8")
    on(reminded, -4)
    [sent] = reminded.run("remind", "--all", "--group", "north", "--plan", "--json").document["leas"]
    assert sent["lea"] == "adams"


def test_settings_of_one_lea_that_are_wrong_keep_no_other_from_being_reminded(reminded: Desk, box: Mailbox) -> None:
    path = reminded.home / "config.toml"
    path.write_text(path.read_text("utf-8") + '\n[lea.adams]\nname = "Adams"\ncds = "12"\n', "utf-8")
    on(reminded, 30)
    ran = reminded.run("remind", "--all")
    assert ran.code == 3 and "lea.adams.cds" in ran.error["error"]
    assert len(box.mails) == 2


def test_every_problem_is_told_where_there_are_several(reminded: Desk, box: Mailbox) -> None:
    path = reminded.home / "config.toml"
    path.write_text(path.read_text("utf-8") + '\n[lea.adams]\nname = "Adams"\ncds = "12"\n', "utf-8")
    box.answers["RCPT"] = "450 made up"
    on(reminded, 30)
    for more in ((), ("--plan",), ("--json",)):
        ran = reminded.run("remind", "--all", *more)
        assert ran.code == 3
        if "--plan" not in more:
            assert ran.err.count("Not sent to") == 2 and "[lea.adams" not in ran.out
            assert "lea.adams.cds" in ran.err and "now (450)" in ran.err
    told = ran.document["problems"]
    assert len(told) == 3 and "There are 2 more, listed above." in ran.document["error"]["message"]
    assert ran.document["error"]["problems"] == [
        "lea.adams.cds: must be 14 digits (2 county, 5 district, 7 school) and has 2"
    ]


def test_ctrl_c_between_two_mails_says_that_one_is_sent(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    box.when_taken = lambda: _thread.interrupt_main() if len(box.mails) > 1 else None
    ran = reminded.run("remind", "--json")
    box.when_taken = None
    assert ran.code == 130 and ran.document["error"]["state"] == "What is listed above is done."
    assert [one["sent"] for one in ran.document["messages"]] == [True]
    assert reminded.run("remind").code == 0


def test_how_the_last_run_ended_is_remembered_for_each_lea(reminded: Desk, box: Mailbox) -> None:
    ledger = reminded.home / "ledger.sqlite"
    for words in (("--plan",), ("--test", "all")):
        assert reminded.run("remind", *words).code == 0
    assert Reminders(ledger).last_runs() == {}, "neither is a run"
    assert reminded.run("remind").code == 0
    assert Reminders(ledger).last_runs() == {LEA: RemindRun(reminded.at, 0)}
    on(reminded, 30)
    box.refuses = ROLE
    path = reminded.home / "config.toml"
    path.write_text(path.read_text("utf-8") + '\n[lea.adams]\nname = "Adams"\ncds = "12"\n', "utf-8")
    assert reminded.run("remind", "--all").code == 3
    assert Reminders(ledger).last_runs() == {LEA: RemindRun(reminded.at, 3)}, "of the other one nothing was found out"


def test_a_run_that_was_stopped_is_remembered_as_such_and_one_that_did_nothing_is_not(
    reminded: Desk, box: Mailbox
) -> None:
    ledger = reminded.home / "ledger.sqlite"
    on(reminded, 30)
    box.when_taken = _thread.interrupt_main
    assert reminded.run("remind").code == 130
    box.when_taken = None
    stopped = {LEA: RemindRun(reminded.at, 130)}
    assert Reminders(ledger).last_runs() == stopped
    reminded.at += timedelta(hours=1)
    with lock(reminded.home / "locks", kind=REMINDERS):
        assert reminded.run("remind").code == 9
    assert Reminders(ledger).last_runs() == stopped


def test_two_runs_at_once_send_nothing_twice(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    with lock(reminded.home / "locks", kind=REMINDERS):
        ran = reminded.run("remind")
    assert ran.code == 9 and ran.error["error"] == "Another run of ssrcred is sending reminders."
    assert not box.mails


def test_a_kill_when_the_mail_is_taken_sends_it_once_more_and_loses_nothing(ready: Desk, box: Mailbox) -> None:
    configure(ready, box)
    running: list[subprocess.Popen[bytes]] = []
    box.when_taken = lambda: running[0].kill()
    running.append(subprocess.Popen([sys.executable, "-m", "ssrcred", "remind"], env={**os.environ, **ready.environ}))
    assert running[0].wait(30) == -signal.SIGKILL
    box.when_taken = None
    for _ in range(2):
        assert ready.run("remind").code == 0
    assert [title.partition(":")[0] for title in box.titles] == [DANA, DANA, ROLE]


def test_a_plan_shows_the_messages_and_sends_none(reminded: Desk, box: Mailbox) -> None:
    assert "No reminders are due today." in reminded.run("remind", "--plan").out
    on(reminded, 30)
    ran = reminded.run("remind", "--plan")
    assert ran.code == 0 and not box.heard
    assert f"To {ROLE}: SSR credentials of Lincoln Unified School District: expire in 30 days" in ran.out
    document = reminded.run("remind", "--plan", "--json").document
    assert document["plan"] and not any(one["sent"] for one in document["messages"])
    reminded.run("remind")
    assert len(box.mails) == 2


def test_a_test_message_goes_to_one_or_to_all_and_is_no_reminder(reminded: Desk, box: Mailbox) -> None:
    on(reminded, 30)
    assert reminded.run("remind", "--test", ROLE.upper()).code == 0
    assert box.titles == [f"{ROLE}: ssrcred: test message, no action needed"]
    assert reminded.run("remind", "--test", "all").code == 0 and len(box.mails) == 3
    ran = reminded.run("remind", "--test", "nobody@lincoln.example")
    assert ran.code == 2 and ran.error["hint"] == f"Recipients: {DANA}, {ROLE}."
    box.refuses = DANA
    assert reminded.run("remind", "--test", "all").code == 3
    assert reminded.run("remind").code == 3  # still due, to both


def test_nobody_to_remind_is_an_error_and_no_silence(rotated: Desk) -> None:
    for plan in ((), ("--plan",)):
        ran = rotated.run("remind", *plan)
        assert ran.code == 3 and ran.error["hint"].endswith("ssrcred remind --setup --lea lincoln")
    assert rotated.run("remind", "--plan", "--json").document["messages"] == []


def test_the_password_of_the_mail_server_comes_from_the_keyring_and_only_when_it_is_needed(
    reminded: Desk, box: Mailbox
) -> None:
    box.offers = ("AUTH LOGIN PLAIN",)
    path = reminded.home / "config.toml"
    path.write_text(
        path.read_text("utf-8").replace('security = "none"', 'security = "none"\nusername = "dana"'), "utf-8"
    )
    reminded.secret("mail password", "made-up pässword of the mail server")
    ring_was_asked = len(reminded.keyring_limits)
    assert reminded.run("remind").code == 0 and len(reminded.keyring_limits) == ring_was_asked
    on(reminded, 30)
    ran = reminded.run("remind")
    assert ran.code == 5 and ran.error["hint"] == "To store it: ssrcred secret set notify:smtp"
    ran = reminded.run("secret", "set", "notify:smtp", "--stdin", given="made-up pässword of the mail server\n")
    assert ran.code == 0, ran.err
    assert reminded.run("remind").code == 0
    assert set(box.logged_in) == {("dana", "made-up pässword of the mail server")} and len(box.mails) == 2


def test_a_password_that_the_mail_server_refuses_is_not_kept(reminded: Desk, box: Mailbox) -> None:
    box.offers, box.answers = ("AUTH PLAIN",), {"AUTH": "535 no"}
    reminded.secret("mail password", "made-up wrong password")
    ran = reminded.run("secret", "set", "notify:smtp", "--stdin", given="made-up wrong password\n")
    assert ran.code == 2 and "config.toml has no mail server that needs a password" in ran.error["error"]
    path = reminded.home / "config.toml"
    path.write_text(
        path.read_text("utf-8").replace('security = "none"', 'security = "none"\nusername = "dana"'), "utf-8"
    )
    ran = reminded.run("secret", "set", "notify:smtp", "--stdin", given="made-up wrong password\n")
    assert ran.code == 3 and "rejected the password of dana (535)" in ran.error["error"]
    assert box.heard.count("AUTH") == 1
    assert not any("notify" in str(name) for name in reminded.ring.items)
