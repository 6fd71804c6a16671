"""Mail against a server of one page that misbehaves on purpose: it is left in time, and told nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapters.notify.mailbox import Mailbox, mailbox
from ssrcred.adapters.notify import Message
from ssrcred.adapters.notify.mail import LogInRefused, Mail, Server
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import ConfigInvalid, SsrcredError, Unreachable

MESSAGE = Message("A title", "A text.\n", datetime(2026, 11, 21, 20, 0, tzinfo=UTC))
DANA = "dana@lincoln.example"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def way(box: Mailbox, *, password: str | None = None, security: str = "none", limit: float = 60.0) -> Mail:
    secret = None if password is None else SecretKey(password)
    username = None if password is None else "dana"
    return Mail(Server("127.0.0.1", box.port, "ssrcred@lincoln.example", security, username, secret), DANA, limit=limit)


@pytest.mark.parametrize(
    ("verb", "answer", "kind", "words"),
    [
        ("MAIL", "550 no", ConfigInvalid, "does not accept mail from ssrcred@lincoln.example (550)"),
        ("MAIL", "452 full", Unreachable, "did not accept mail from ssrcred@lincoln.example now (452)"),
        ("RCPT", "553 no", ConfigInvalid, "does not accept mail to dana@lincoln.example (553)"),
        ("RCPT", "450 busy", Unreachable, "did not accept mail to dana@lincoln.example now (450)"),
        ("DATA", "554 no", ConfigInvalid, "does not accept the mail (554)"),
        (".", "554 spam", ConfigInvalid, "does not accept the mail (554)"),
        (".", "451 later", Unreachable, "did not accept the mail now (451)"),
        ("MAIL", "421 bye", Unreachable, "now (421)"),
    ],
)
def test_each_refusal_is_said_by_its_number_and_not_by_its_words(
    box: Mailbox, verb: str, answer: str, kind: type[SsrcredError], words: str
) -> None:
    box.answers[verb] = f"{answer} made-up-words-of-a-server"
    with pytest.raises(SsrcredError) as caught:
        way(box).send(MESSAGE)
    assert type(caught.value) is kind and words in caught.value.message
    assert "made-up-words" not in f"{caught.value.message}{caught.value.state}{caught.value.hint}"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("535 no", ConfigInvalid, "rejected the password of dana (535)"),
        ("454 busy", Unreachable, "could not check the password (454)"),
    ],
)
@pytest.mark.parametrize("offers", ["AUTH PLAIN LOGIN CRAM-MD5", "AUTH LOGIN"])
def test_a_refused_log_in_is_not_tried_another_way(
    box: Mailbox, offers: str, answer: str, kind: type[SsrcredError], words: str
) -> None:
    box.offers, box.answers["AUTH"] = (offers,), answer
    with pytest.raises(kind) as caught:
        way(box, password="made-up").send(MESSAGE)
    assert words in caught.value.message and box.heard.count("AUTH") == 1 and "MAIL" not in box.heard


# As their users report them; the tail names a server of theirs, here a made-up one.
TENANT = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
TENANT += "https://aka.ms/smtp_auth_disabled for more information. [MADEUP.prod.outlook.com]"
CRITERIA = "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated "
CRITERIA += "successfully. Contact your administrator. [MADEUP.prod.outlook.com]"
WRONG = "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [MADEUP.prod.outlook.com]"
RETIRED = "550 5.7.30 Basic authentication is not supported for Client Submission."
APP = "534-5.7.9 Application-specific password required. For more information, go to\r\n"
APP += "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor made-up - gsmtp"
BAD = "535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
BAD += "535 5.7.8  https://support.google.com/mail/?p=BadCredentials made-up - gsmtp"


@pytest.mark.parametrize(
    ("offers", "answer", "words", "hint"),
    [
        ("AUTH LOGIN XOAUTH2", TENANT, "accepts no password of dana from a program", "ssrcred help mail"),
        ("AUTH LOGIN XOAUTH2", CRITERIA, "accepts no password of dana from a program", "relay that needs no sign-in"),
        ("AUTH LOGIN XOAUTH2", RETIRED, "Microsoft 365 refused it (550)", "ssrcred help mail"),
        ("AUTH LOGIN XOAUTH2", WRONG, "rejected the password of dana (535)", "store the password again"),
        ("AUTH PLAIN XOAUTH2", APP, "Gmail needs an app password for dana", "myaccount.google.com/apppasswords"),
        ("AUTH PLAIN XOAUTH2", BAD, "Gmail needs an app password for dana", "myaccount.google.com/apppasswords"),
        (
            "AUTH LOGIN",
            "534 5.7.9 too weak",
            "rejected the password of dana (534)",
            "store the password again",
        ),
        ("AUTH LOGIN", "535 5.7.8 bad credentials", "rejected the password of dana (535)", "store the password again"),
        ("AUTH XOAUTH2 OAUTHBEARER", "", "it takes a sign-in by token only", "ssrcred help mail"),
    ],
)
def test_a_provider_that_takes_no_password_of_an_account_is_told_from_a_wrong_password(
    box: Mailbox, offers: str, answer: str, words: str, hint: str
) -> None:
    box.offers, box.password_answer = (offers,), answer
    with pytest.raises(LogInRefused) as caught:
        way(box, password="made-up").send(MESSAGE)
    assert words in caught.value.message and hint in caught.value.hint
    assert "MADEUP" not in f"{caught.value.message}{caught.value.hint}" and box.heard.count("AUTH") == (answer != "")


def test_microsofts_refusal_may_come_with_the_mail_and_not_with_the_sign_in(box: Mailbox) -> None:
    box.offers, box.answers = ("AUTH LOGIN",), {"MAIL": RETIRED}
    with pytest.raises(LogInRefused, match="accepts no password of dana"):
        way(box, password="made-up").send(MESSAGE)


@pytest.mark.parametrize("offers", ["AUTH PLAIN", "AUTH LOGIN"])
def test_a_password_in_any_script_arrives_as_it_is(box: Mailbox, offers: str) -> None:
    box.offers = (offers,)
    way(box, password="made-up pässwörd ✓").send(MESSAGE)
    assert box.logged_in == [("dana", "made-up pässwörd ✓")] and len(box.mails) == 1


def test_no_password_goes_to_a_server_without_encryption_that_was_asked_for(box: Mailbox) -> None:
    box.offers = ("AUTH PLAIN",)
    with pytest.raises(ConfigInvalid, match="does not offer encryption by STARTTLS") as caught:
        way(box, password="made-up", security="starttls").send(MESSAGE)
    assert "AUTH" not in box.heard and "No password was sent." in caught.value.state


def test_no_password_crosses_a_network_in_the_clear() -> None:
    # Nobody listens there: one that was spoken to would be "did not answer".
    server = Server("nowhere.invalid", 25, "ssrcred@lincoln.example", "none", "dana", SecretKey("made-up"))
    with pytest.raises(ConfigInvalid, match="password of dana without encryption") as caught:
        Mail(server, DANA).send(MESSAGE)
    assert "made-up" not in f"{caught.value.message}{caught.value.state}{caught.value.hint}"
    with pytest.raises(ConfigInvalid, match="password of dana without encryption"):
        Mail(server, "").send(None)


def test_a_server_that_says_nothing_is_left_in_time(box: Mailbox) -> None:
    box.speaks.clear()
    with pytest.raises(Unreachable, match=r"did not accept the mail within 0\.2 seconds"):
        way(box, limit=0.2).send(MESSAGE)
    box.speaks.set()


def test_a_server_that_is_not_there(box: Mailbox) -> None:
    with pytest.raises(Unreachable, match="did not answer"):
        Mail(Server("127.0.0.1", 9, "ssrcred@lincoln.example", "none"), DANA).send(MESSAGE)
    with pytest.raises(Unreachable, match="did not answer"):
        Mail(Server("nowhere.invalid", 25, "ssrcred@lincoln.example", "none"), DANA).send(MESSAGE)


def test_a_server_that_hangs_up_after_taking_the_mail_has_taken_it(box: Mailbox) -> None:
    box.answers["QUIT"] = "421 bye"
    way(box).send(MESSAGE)
    assert len(box.mails) == 1


def test_a_bug_is_no_mail_that_was_sent(box: Mailbox) -> None:
    server = Server("127.0.0.1", box.port, "ssrcred@lincoln.example", "none", "dana", SecretKey("\ud800"))
    box.offers = ("AUTH PLAIN",)
    with pytest.raises(UnicodeEncodeError):  # not foreseen: the keyring keeps no such text
        Mail(server, DANA).send(MESSAGE)
    assert not box.mails


def test_a_title_in_any_script_and_length_arrives_in_one_piece(box: Mailbox) -> None:
    title = f"{'Núñez ' * 30}expires in 30 days"
    way(box).send(Message(title, "A text.\n", MESSAGE.at))
    assert str(box.mails[0]["Subject"]) == title
    way(box).send(Message("A" * 120 + " long title", "A text.\n", MESSAGE.at))
    assert str(box.mails[1]["Subject"]) == "A" * 120 + " long title"


def test_a_text_in_any_script_arrives_as_seven_bits(box: Mailbox) -> None:
    # A server that does not offer 8BITMIME may refuse more, or wipe it out (RFC 6152).
    for text in ("Núñez Unified: läuft ab ✓\n", f"{'a long line of a command ' * 60}\n", "Plain.\n"):
        way(box).send(Message("Peña", text, MESSAGE.at))
        raw = box.raw[-1]
        assert raw.isascii() and max(map(len, raw.splitlines())) <= 998
        assert b"8bit" not in raw
        assert box.text() == text
