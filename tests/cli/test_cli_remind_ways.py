"""How the ways to people come in and go: the interview, a chat's address, and the sign of life after a good run."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import tomli_w

from adapters.notify.exim import PASSWORD as EXIM_PASSWORD
from adapters.notify.exim import exim
from adapters.notify.mailbox import Mailbox, mailbox
from adapters.notify.webhook import Webhook, webhook
from cli.desk import LEA, Desk
from cli.test_cli_remind import DANA, ROLE, configure, on
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.app.session import SHARED

PASSWORD = "made-up password of the mail server"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


def config(desk: Desk) -> dict[str, Any]:
    return tomllib.loads((desk.home / "config.toml").read_text("utf-8"))


def mail_answers(box: Mailbox, **changed: str) -> list[tuple[str, Any]]:
    """The interview's questions about mail, with good answers."""
    answers = {
        "Send reminders by mail?": "y",
        "Mail server": "127.0.0.1",
        "Encryption": "none",
        "Port": str(box.port),
        "Sender address": "ssrcred@lincoln.example",
        "User name (Enter": "",
        "person who does the rotation": DANA,
        "Did it arrive?": "y",
        "role mailbox": ROLE,
    }
    return [*(answers | changed).items(), ("Did it arrive?", "y")]


def test_the_interview_asks_for_two_and_writes_what_a_test_message_went_through(ready: Desk, box: Mailbox) -> None:
    ran = ready.sit("remind", "--setup", script=[*mail_answers(box), ("Post reminders in a chat?", "n")])
    assert ran.code == 0, ran.screen
    assert "Credentials usually expire because the only reminder went to one person's mailbox." in " ".join(
        ran.screen.split()
    )
    assert box.titles == [f"{who}: ssrcred: test message, no action needed" for who in (DANA, ROLE)]
    written = config(ready)
    assert written["smtp"] == {
        "host": "127.0.0.1",
        "port": box.port,
        "security": "none",
        "from": "ssrcred@lincoln.example",
    }
    assert written["lea"][LEA]["remind"] == {"days": [60, 30, 14, 7, 3, 1], "mail": [DANA, ROLE]}
    ready.rotated()
    ready.at += timedelta(days=335)
    assert ready.run("remind").code == 0 and len(box.mails) == 4


def test_an_address_that_the_server_refuses_or_nobody_saw_is_not_written(ready: Desk, box: Mailbox) -> None:
    box.refuses = DANA
    script = [
        *[one for one in mail_answers(box) if one[0] != "Did it arrive?"],
        ("Did it arrive?", "n"),
        ("Enter other answers?", "n"),
        ("Post reminders in a chat?", "n"),
    ]
    before = (ready.home / "config.toml").read_text("utf-8")
    ran = ready.sit("remind", "--setup", script=script)
    assert ran.code == 4 and "No address or channel passed the test" in ran.screen
    assert "does not accept mail to dana@lincoln.example (550)" in ran.screen and "junk folder" in ran.screen
    assert (ready.home / "config.toml").read_text("utf-8") == before


def test_one_mailbox_alone_is_taken_with_a_warning(ready: Desk, box: Mailbox) -> None:
    script = [*mail_answers(box, **{"role mailbox": ""})[:-1], ("Post reminders in a chat?", "")]
    ran = ready.sit("remind", "--setup", script=script)
    assert ran.code == 0 and "Only one mailbox gets reminders." in ran.screen
    assert config(ready)["lea"][LEA]["remind"]["mail"] == [DANA]


def test_the_password_is_kept_with_the_rest_and_serves_again(ready: Desk, box: Mailbox) -> None:
    box.offers = ("AUTH LOGIN",)
    ready.secret("mail password", PASSWORD)
    script = mail_answers(box, **{"User name (Enter": "dana"})
    script.insert(6, ("Password of dana", PASSWORD))
    assert ready.sit("remind", "--setup", script=[*script, ("Post reminders in a chat?", "n")]).code == 0
    again = [
        ("Send reminders by mail?", ""),
        ("Use the mail server 127.0.0.1, as before?", ""),
        ("person who does the rotation", "robin@lincoln.example"),
        ("Did it arrive?", ""),
        ("role mailbox", ROLE),
        ("Did it arrive?", ""),
        ("Post reminders in a chat?", "n"),
    ]
    ran = ready.sit("remind", "--setup", script=again)
    assert ran.code == 0, ran.screen
    assert config(ready)["lea"][LEA]["remind"]["mail"] == ["robin@lincoln.example", ROLE]
    assert box.logged_in == [("dana", PASSWORD)] * 4


def test_wrong_answers_are_objected_to_at_once(ready: Desk, box: Mailbox) -> None:
    good = mail_answers(box)
    wrong = [
        ("Mail server", "https://mail.lincoln.example"),
        ("Encryption", "ssl"),
        ("Port", "smtp"),
        ("Port", "70000"),
        ("Sender address", "ssrcred"),
    ]
    script: list[tuple[str, Any]] = []
    for question, answer in good:
        script += [one for one in wrong if one[0] == question]
        wrong = [one for one in wrong if one[0] != question]
        script.append((question, answer))
    ran = ready.sit("remind", "--setup", script=[*script, ("Post reminders in a chat?", "n")])
    assert ran.code == 0
    for words in ("server's name alone", "must be one of: starttls, tls, none", "must be a number", "from 1 to 65535"):
        assert words in ran.screen


def test_the_same_mailbox_twice_is_no_second_one_and_other_answers_may_be_tried(ready: Desk, box: Mailbox) -> None:
    box.refuses = "nobody"
    wrong = mail_answers(box, **{"person who does the rotation": "nobody@lincoln.example", "role mailbox": ""})[1:]
    script = [
        ("Send reminders by mail?", "y"),
        *[one for one in wrong if one[0] != "Did it arrive?"],
        ("Enter other answers?", "y"),
        *mail_answers(box)[1:],
        ("Post reminders in a chat?", "n"),
    ]
    again = next(number for number, one in enumerate(script) if one == ("role mailbox", ROLE))
    script.insert(again, ("role mailbox", DANA.upper()))
    ran = ready.sit("remind", "--setup", script=script)
    assert ran.code == 0 and "This is the first address again" in ran.screen
    assert config(ready)["lea"][LEA]["remind"]["mail"] == [DANA, ROLE]


def test_a_password_that_is_gone_from_the_keyring_is_asked_for_by_name(ready: Desk, box: Mailbox) -> None:
    configure(ready, box)
    path = ready.home / "config.toml"
    path.write_text(
        path.read_text("utf-8").replace('security = "none"', 'security = "none"\nusername = "dana"'), "utf-8"
    )
    ran = ready.sit("remind", "--setup", script=[("Send reminders by mail?", "y"), ("as before?", "y")])
    assert ran.code == 5 and ran.error["hint"] == "To store it: ssrcred secret set notify:smtp"


def test_a_chat_is_set_up_by_the_interview(ready: Desk, hook: Webhook) -> None:
    address = f"json://127.0.0.1:{hook.port}/made-up-token-of-a-chat"
    ready.secret("chat address", address)
    ran = ready.sit(
        "remind",
        "--setup",
        script=[
            ("Send reminders by mail?", "n"),
            ("Post reminders in a chat?", "y"),
            ("A short name", "Our Team"),
            ("A short name", "team"),
            ("Apprise address of team", "nosuchservice://made-up"),
            ("A short name", "team"),
            ("Apprise address of team", address),
            ("Did it arrive?", "y"),
            ("A short name", ""),
        ],
    )
    assert ran.code == 0, ran.screen
    assert config(ready)["lea"][LEA]["remind"]["channels"] == ["team"] and "smtp" not in config(ready)
    assert "is not a valid Apprise address" in ran.screen
    ran = ready.run("remind", "--json")
    assert ran.code == 0 and ran.document["messages"][0]["to"] == "team"
    assert [posted["title"].rpartition(": ")[2] for posted in hook.posted][-1] == "none are stored"
    assert len(hook.posted) == 2


def test_the_interview_waits_for_no_other_run_that_changes_secrets(ready: Desk) -> None:
    with lock(ready.home / "locks", SHARED):
        ran = ready.sit("remind", "--setup")  # not one question is asked
    assert ran.code == 9 and "the secrets of mail and chat" in ran.error["error"]


def test_microsofts_refusal_names_the_ways_without_a_password(ready: Desk, box: Mailbox) -> None:
    box.offers = ("AUTH LOGIN XOAUTH2",)
    box.password_answer = "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [MADEUP]"
    ready.secret("mail password", PASSWORD)
    script = mail_answers(box, **{"User name (Enter": "dana"})[:7]
    script.insert(6, ("Password of dana", PASSWORD))
    ran = ready.sit(
        "remind", "--setup", script=[*script, ("Enter other answers?", "n"), ("Post reminders in a chat?", "n")]
    )
    assert ran.code == 4 and box.heard.count("AUTH") == 1
    assert (
        "  The mail server accepts no password of dana from a program: Microsoft 365 refused it (535).\n" in ran.screen
    )
    for words in ("mail relay that needs no sign-in", "channel to Office 365 (Apprise)", "ssrcred help mail"):
        assert words in " ".join(ran.screen.split())
    assert ready.run("help", "mail").out.startswith("# Send mail by Microsoft 365 or Gmail")


def test_a_password_that_is_refused_is_sent_once_for_both_addresses(ready: Desk, box: Mailbox) -> None:
    box.offers, box.answers = ("AUTH PLAIN",), {"AUTH": "535 no"}
    ready.secret("mail password", PASSWORD)
    script = mail_answers(box, **{"User name (Enter": "dana"})[:7]
    script.insert(6, ("Password of dana", PASSWORD))
    ran = ready.sit(
        "remind", "--setup", script=[*script, ("Enter other answers?", "n"), ("Post reminders in a chat?", "n")]
    )
    assert ran.code == 4 and "rejected the password of dana (535)" in ran.screen
    assert box.heard.count("AUTH") == 1


def test_without_a_person_the_interview_says_where_to_write(ready: Desk) -> None:
    ran = ready.run("remind", "--setup")
    assert ran.code == 2 and "[lea.NAME.remind]" in ran.error["hint"]


def test_the_address_of_a_chat_is_kept_only_after_a_test_message(rotated: Desk, hook: Webhook) -> None:
    address = f"json://127.0.0.1:{hook.port}/made-up-token-of-a-chat"
    rotated.secret("chat address", address)
    hook.status = 500
    ran = rotated.run("secret", "set", "notify:team", "--stdin", given=f"{address}\n")
    assert ran.code == 8 and not any("notify" in str(name) for name in rotated.ring.items)
    hook.status = 200
    ran = rotated.run("secret", "set", "notify:team", "--stdin", given=f"{address}\n")
    assert ran.code == 0 and 'channels = ["team"]' in ran.err
    assert [posted["title"] for posted in hook.posted] == ["ssrcred: test message, no action needed"] * 2
    configure(rotated, None, channels=["team"])
    on(rotated, 30)
    assert rotated.run("remind").code == 0 and hook.posted[-1]["title"].endswith("expire in 30 days")
    assert rotated.run("secret", "drop", "notify:team").code == 0
    on(rotated, 14)
    ran = rotated.run("remind")
    assert ran.code == 5 and ran.error["hint"] == "To store it: ssrcred secret set notify:team"


def test_a_chat_that_logs_in_with_a_password_is_tried_once_a_day_while_it_takes_nothing(
    rotated: Desk, hook: Webhook
) -> None:
    tokens, password = f"json://127.0.0.1:{hook.port}/", f"json://dana:made-up-password@127.0.0.1:{hook.port}/"
    for name, address in (("free", tokens), ("mine", password)):
        assert rotated.run("secret", "set", f"notify:{name}", "--stdin", given=f"{address}\n").code == 0
    configure(rotated, None, channels=["free", "mine"])
    on(rotated, 30)
    hook.status, tried = 403, len(hook.posted)
    assert rotated.run("remind").code == 8 and len(hook.posted) == tried + 2
    ran = rotated.run("remind")
    assert ran.code == 8 and len(hook.posted) == tried + 3, "only the one without a password is tried again"
    assert "The channel mine rejected a message on Friday, October 22, 2027, 8:00 PM UTC" in ran.err
    hook.status = 200
    sent = [(one["to"], one["sent"]) for one in rotated.run("remind", "--json").document["messages"]]
    assert sent == [("free", True), ("mine", False)]
    assert rotated.run("secret", "set", "notify:mine", "--stdin", given=f"{password}\n").code == 0
    assert rotated.run("remind").code == 0


def test_a_name_that_no_channel_can_have_is_refused(ready: Desk) -> None:
    for name in ("notify:", "notify:Our Team"):
        assert ready.run("secret", "set", name, "--stdin", given="x\n").code == 2


def test_a_sign_of_life_follows_a_good_run_and_no_other(rotated: Desk, box: Mailbox, hook: Webhook) -> None:
    configure(rotated, box)
    address = f"http://127.0.0.1:{hook.port}/ping/made-up-token?job=remind"
    ran = rotated.run("remind", "--heartbeat", address, "--json")
    assert ran.code == 0 and ran.document["heartbeat"] == "sent"
    assert hook.called == ["/ping/made-up-token?job=remind"]
    on(rotated, 30)
    box.refuses = DANA
    ran = rotated.run("remind", "--heartbeat", address, "--json")
    assert ran.code == 3 and ran.document["heartbeat"] is None and len(hook.called) == 1
    rotated.run("remind", "--plan", "--heartbeat", address)
    assert len(hook.called) == 1


def test_a_monitor_that_does_not_answer_is_an_error_and_sends_nothing_again(
    rotated: Desk, box: Mailbox, hook: Webhook
) -> None:
    configure(rotated, box)
    path = rotated.home / "config.toml"
    path.write_text(
        path.read_text("utf-8") + f'\n[remind]\nheartbeat = "http://127.0.0.1:{hook.port}/made-up-token"\n', "utf-8"
    )
    on(rotated, 30)
    hook.status = 404
    ran = rotated.run("remind")
    assert ran.code == 8 and ran.error["error"] == "The heartbeat address returned an error (404)."
    assert "made-up-token" not in ran.err and len(box.mails) == 2
    hook.status = 204
    assert rotated.run("remind").code == 0 and len(box.mails) == 2
    ran = rotated.run("remind", "--heartbeat", "http://127.0.0.1:9/made-up-token")
    assert ran.code == 8 and ran.error["error"] == "The heartbeat address did not answer."


@pytest.mark.parametrize("address", ["http://monitor.example/x", "monitor.example", "https://dana:pw@monitor.example"])
def test_a_heartbeat_that_is_not_private_is_refused_before_anything_is_sent(
    ready: Desk, box: Mailbox, address: str
) -> None:
    configure(ready, box)
    ran = ready.run("remind", "--heartbeat", address)
    assert ran.code == 2 and not box.heard


@pytest.mark.real("exim")
@pytest.mark.skipif(os.geteuid() != 0 and os.environ.get("CI") != "true", reason="exim is only started by root")
def test_a_reminder_goes_through_a_real_mail_server_with_encryption_and_a_log_in(
    rotated: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exim() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        path = rotated.home / "config.toml"
        tables = config(rotated)
        sender = {"from": "ssrcred@lincoln.example", "username": "dana"}
        tables["smtp"] = {"host": "localhost", "port": server.port, **sender}
        tables["lea"][LEA]["remind"] = {"mail": [DANA, "county@elsewhere.example", "nobody@lincoln.example"]}
        path.write_text(tomli_w.dumps(tables), "utf-8")
        rotated.secret("mail password", EXIM_PASSWORD)
        assert rotated.run("secret", "set", "notify:smtp", "--stdin", given="made-up wrong one\n").code == 3
        assert rotated.run("secret", "set", "notify:smtp", "--stdin", given=f"{EXIM_PASSWORD}\n").code == 0
        on(rotated, 30)
        ran = rotated.run("remind", "--json")
        assert ran.code == 3 and [one["sent"] for one in ran.document["messages"]] == [True, True, False]
        assert ["expire in 30 days" in mail for mail in server.queue()] == [True, True]
        on(rotated, 29)
        assert rotated.run("remind").code == 3 and len(server.queue()) == 2
