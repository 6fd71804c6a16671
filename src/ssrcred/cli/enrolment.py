"""Asks who is to be reminded and by which way, and keeps a way only after a test message went through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from ssrcred.cli.channel import chat, mail, may_log_in, shared_secret, shared_turn, shared_vault, test_message
from ssrcred.cli.session import Session
from ssrcred.config import Config, Lea, Smtp, set_remind
from ssrcred.config.lea import Remind
from ssrcred.config.section import Unfit, text, whole
from ssrcred.config.table import PORTS
from ssrcred.config.value import RESERVED, channel_name, mail_address, mail_host
from ssrcred.credential import SecretKey
from ssrcred.errors import InputRefused, SsrcredError
from ssrcred.notify import Channel
from ssrcred.notify.mail import LogInRefused
from ssrcred.season import Span

WHY_TWO: Final = (
    "Name two: the person who does the rotation, and a role mailbox that somebody reads when that person is away or "
    "has left (caaspp@…). A credential usually lapses because the only reminder went to one person's mailbox."
)
CHAT: Final = (
    "Teams, Slack, Google Chat and many others can be told too, by an Apprise address. It is a secret: what you paste "
    "is not shown. How addresses look: appriseit.com."
)


QUESTIONS: Final = ("Mail address of the person who does the rotation", "Mail address of a role mailbox (empty: none)")


@dataclass
class Enrolment:
    """What was seen to work: addresses, channels with their secrets, and the mail server with its password."""

    server: Smtp | None = None
    password: SecretKey | None = None
    mail: list[str] = field(default_factory=list)
    channels: dict[str, SecretKey] = field(default_factory=dict)


def set_up(session: Session, wanted: str | None) -> None:
    """The interview. Nothing is written before its end, and then only what a test message went through."""
    with shared_turn(session):
        _interview(session, wanted)


def _interview(session: Session, wanted: str | None) -> None:
    config = session.config(reminders=True)
    lea = session.lea(wanted, config)
    found = Enrolment()
    session.say(f"Who is to be reminded for {lea.name}? {WHY_TWO}")
    if session.asker.yes("Remind by mail?", default=True, option="an editor in config.toml, [lea.NAME.remind]"):
        _mail(session, config, found)
    if session.asker.yes("Remind in a chat?", default=False):
        session.say(CHAT)
        _chats(session, found)
    if not found.mail and not found.channels:
        raise InputRefused(
            "No way to anybody was seen to work, so there is nothing to write.",
            state="config.toml and the secrets are as they were.",
            hint="Run it again with what is missing: ssrcred remind --setup",
        )
    _keep(session, config, lea, found)


def _mail(session: Session, config: Config, found: Enrolment) -> None:
    server, password = config.smtp, None
    while True:
        if server is None or not session.asker.yes(f"By the mail server {server.host}, as before?", default=True):
            server, password = _server(session)
        elif server.username:
            password = shared_secret(session, config, RESERVED)
        try:
            for question in QUESTIONS:
                _address(session, server, password, question, found)
        except LogInRefused as problem:
            _tell(session, problem)  # the other address would send the same log-in again
        if found.mail or not session.asker.yes("Try other answers?", default=True):
            break
        server = None
    if found.mail:
        found.server, found.password = server, password
    if len(found.mail) == 1:
        session.say("Only one mailbox will hear. When nobody reads it, nobody is told.")


def _server(session: Session) -> tuple[Smtp, SecretKey | None]:
    host = _answer(session, "Mail server, such as mail.lincoln.k12.ca.us", mail_host)
    security = _answer(session, f"Its encryption: {', '.join(PORTS)}", _one_of(tuple(PORTS)), "starttls")
    port = int(_answer(session, "Its port", _number, str(PORTS[security])))
    sender = _answer(session, "The address that the mail comes from", mail_address)
    username = session.asker.line("User name there (empty: it wants no log-in)").strip()
    password = session.asker.hidden(f"Password of {username}") if username else None
    return Smtp(host, port, sender, security, username or None), password


def _address(session: Session, server: Smtp, password: SecretKey | None, question: str, found: Enrolment) -> None:
    """Ask for one address and send it a test message; keep it if the server took it and the person saw it."""

    def fit(answer: str) -> None:
        if answer and mail_address(answer).casefold() in (one.casefold() for one in found.mail):
            raise Unfit("is the first one again; a second mailbox is for the day on which nobody reads that one")

    address = _answer(session, question, fit)
    if not address:
        return
    if _tried(session, mail(server, address, password)) and _arrived(session):
        found.mail.append(address)


def _chats(session: Session, found: Enrolment) -> None:
    while True:
        name = session.asker.line("A short name for the channel, such as team (empty: no more)").strip()
        if not name:
            return
        try:
            channel_name(name)
        except Unfit as reason:
            session.say(f"  This {reason}.")
            continue
        address = session.asker.hidden(f"Apprise address of {name}")
        if address and _tried(session, chat(name, address)) and _arrived(session):
            found.channels[name] = address


def _tried(session: Session, way: Channel) -> bool:
    """Whether a test message went that way. Raises LogInRefused."""
    try:
        way.send(test_message(session))
    except LogInRefused:
        raise
    except SsrcredError as problem:
        _tell(session, problem)
        return False
    return True


def _tell(session: Session, problem: SsrcredError) -> None:
    session.say(f"  {problem.message}")
    session.say(f"  {problem.hint}")


def _arrived(session: Session) -> bool:
    if session.asker.yes("A test message was sent. Has it arrived? It can take a minute", default=True):
        return True
    session.say("  Then it is not kept. Look into the junk folder, and ask IT whether such mail is held back.")
    return False


def _keep(session: Session, config: Config, lea: Lea, found: Enrolment) -> None:
    """The secrets first, so that what config.toml names is there."""
    kept = shared_vault(session, config)
    secrets = {**found.channels, **({RESERVED: found.password} if found.password is not None else {})}
    for name, value in secrets.items():
        kept.keep_secret(f"notify:{name}", value)
        may_log_in(session, found.server, name)
        session.say(f"Kept notify:{name} in the {kept.description}.")
    set_remind(session.home.config, _smtp_table(found.server), lea.key, _remind_table(lea, found))
    session.say(f"Written: {session.home.config}")
    session.say("Next, let it run every day: ssrcred schedule --install")
    session.answer({"lea": lea.key, "mail": found.mail, "channels": sorted(found.channels)})


def _smtp_table(server: Smtp | None) -> dict[str, object] | None:
    if server is None:
        return None
    table: dict[str, object] = {"host": server.host, "port": server.port, "security": server.security}
    table["from"] = server.sender
    return table | ({"username": server.username} if server.username else {})


def _remind_table(lea: Lea, found: Enrolment) -> dict[str, object]:
    """The section as it was, with who hears in place of those before."""
    before = lea.remind
    lists: dict[str, Any] = {
        "mail": found.mail or list(before.mail),
        "channels": sorted(found.channels) or list(before.channels),
        "testing": _spans(before.testing),
        "release": _spans(before.release),
    }
    kept: dict[str, Any] = {"days": list(before.days), "terminal_days": before.terminal_days}
    if before.terminal_days == Remind.terminal_days:
        del kept["terminal_days"]
    return {**kept, **{key: value for key, value in lists.items() if value}}


def _spans(spans: tuple[Span, ...]) -> list[str]:
    return [f"{span.first}/{span.last}" for span in spans]


def _answer(session: Session, question: str, fit: Callable[[str], object], default: str = "") -> str:
    def objection(answer: str) -> str | None:
        try:
            fit(answer)
        except Unfit as reason:
            return f"This {reason}."
        return None

    return session.asker.until_good(question, objection, default=default)


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def fit(answer: str) -> str:
        if answer not in words:
            raise Unfit(f"must be one of: {', '.join(words)}")
        return text(answer)

    return fit


def _number(answer: str) -> int:
    if not (answer.isascii() and answer.isdigit()):
        raise Unfit("must be a number")
    return whole(1, 65535)(int(answer))
