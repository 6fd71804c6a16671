"""Who is told, by which way, and how a new way comes in: only after a test message went through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from ssrcred.adapters.config import Config, Lea, Smtp, set_remind
from ssrcred.adapters.config.lea import PORTS, Remind
from ssrcred.adapters.config.value import RESERVED, channel_name, mail_address, mail_host
from ssrcred.adapters.ledger.memory import Refusals
from ssrcred.adapters.notify import Channel, Message
from ssrcred.adapters.notify.chat import Chat, LogInDoubtful
from ssrcred.adapters.notify.mail import LogInRefused, Mail, Server, ServerSilent
from ssrcred.adapters.toml_file import Unfit, whole
from ssrcred.app.environment import Environment
from ssrcred.app.refused_sign_in import remember
from ssrcred.app.session import SHARED, Session, shared_turn, shared_vault
from ssrcred.app.terminal import Terminal
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import CredentialMissing, InputRefused, KeyringFailed, SsrcredError, UsageWrong
from ssrcred.domain.local_time import local_moment
from ssrcred.output import letter

T = TypeVar("T")

MAIL: Final = "mail:"
CHAT: Final = "chat:"
AGAIN: Final = timedelta(hours=20)
"""Between two tries. Less than a day, because the job of every day does not start in the same minute on each."""


@dataclass(frozen=True)
class Recipient:
    """Somebody who is told: `key` as the ledger knows them, `shown` for people, and the LEAs that they hear of."""

    key: str
    shown: str
    leas: tuple[Lea, ...]


def recipients(config: Config, leas: Iterable[Lea]) -> list[Recipient]:
    """Everybody who hears of one of these LEAs, each once; the LEAs in their order."""
    found: dict[str, Recipient] = {}
    for lea in leas:
        addresses = {f"{MAIL}{one.casefold()}": one for one in (*config.everyone.mail, *lea.remind.mail)}
        names = {f"{CHAT}{one}": one for one in (*config.everyone.channels, *lea.remind.channels)}
        for key, shown in {**addresses, **names}.items():
            known = found.get(key, Recipient(key, shown, ()))
            found[key] = replace(known, leas=(*known.leas, lea))
    return list(found.values())


class Post:
    """The ways to recipients, as config.toml and the vault say; the vault is only opened where a secret is needed.

    A log-in that was refused is not sent by a later run either, but for one a day, before its secret is set anew. Not
    so with a portal (refusal.py), where it waits for a person: a mail server may refuse for an hour what it takes again
    without a new password, and a reminder that waits for somebody to notice helps nobody.
    """

    def __init__(self, session: Session, config: Config) -> None:
        self._session, self._config = session, config
        self._refusals = Refusals(session.environment.home.ledger)
        self._password: SecretKey | None = None
        self._no_mail: SsrcredError | None = None
        self._no_vault: KeyringFailed | None = None

    def send(self, recipient: Recipient, message: Message) -> None:
        """Send a message to a recipient. Raises SsrcredError.

        After a mail server that did not answer, or refused the log-in, no other mail is tried in this run: the wait
        would add up, and so would the wrong passwords.
        """
        by_mail = recipient.key.startswith(MAIL)
        if by_mail and self._no_mail is not None:
            raise self._no_mail
        account = mail_account(self._config.smtp) if by_mail else f"notify:{recipient.shown}"
        refused_at = self._refused_at(account)
        try:
            if refused_at is not None:
                raise _held_back(recipient, self._config.smtp, refused_at)
            self._way(recipient, by_mail=by_mail).send(message)
        except ServerSilent as problem:
            self._no_mail = problem
            raise
        except (LogInRefused, LogInDoubtful) as problem:
            if by_mail:
                self._no_mail = problem
            if refused_at is None:
                warning = "Let no job send reminders before: mail servers lock mailboxes."
                remember(self._refusals, SHARED, account, self._session.environment.now(), problem.message, warning)
            raise

    def _refused_at(self, account: str) -> datetime | None:
        """When the log-in was refused (aware UTC), if that is too short ago for another try; None if it may be sent."""
        at = self._refusals.refused_at(SHARED, account) if account else None
        # One that is yet to come is of a clock that was wrong, and must not silence anybody until then.
        return at if at is not None and timedelta(0) <= self._session.environment.now() - at < AGAIN else None

    def _way(self, recipient: Recipient, *, by_mail: bool) -> Channel:
        if not by_mail:
            return Chat(recipient.shown, self._secret(recipient.shown))
        server = self._config.smtp
        if server is None:
            raise no_server()
        if server.username and self._password is None:
            self._password = self._secret(RESERVED)
        return mail(server, recipient.shown, self._password)

    def _secret(self, name: str) -> SecretKey:
        """The secret; a vault that could not be asked is asked once a run, for each try may take as long as it may."""
        if self._no_vault is not None:
            raise self._no_vault
        try:
            return shared_secret(self._session, self._config, name)
        except CredentialMissing:
            raise
        except KeyringFailed as problem:
            self._no_vault = problem
            raise


def mail_account(server: Smtp | None) -> str:
    """How a log-in to the mail server is remembered: another server or user name is another one. "" without any."""
    return f"notify:{RESERVED} {server.username} {server.host}" if server is not None and server.username else ""


def _held_back(recipient: Recipient, server: Smtp | None, at: datetime) -> SsrcredError:
    """What is said in place of a log-in that is not sent again."""
    moment = local_moment(at, "UTC")
    state = "The message was not sent, and no log-in was tried in this run: accounts are locked by that."
    again = "It is tried once a day. For a try at once give {}, the same one too: ssrcred secret set notify:{}"
    if recipient.key.startswith(MAIL) and server is not None:
        return LogInRefused(
            f"The mail server {server.host} refused the log-in of {server.username} on {moment}, and its password has "
            "not been set anew since.",
            state=state,
            hint=again.format("the password again", RESERVED),
        )
    return LogInDoubtful(
        f"The channel {recipient.shown} took no message on {moment}, perhaps because of the password in its address.",
        state=state,
        hint=again.format("its address again", recipient.shown),
    )


def shared_secret(session: Session, config: Config, name: str) -> SecretKey:
    """The password of the mail server, or the address of a channel. Raises KeyringFailed."""
    kept = shared_vault(session, config)
    try:
        return kept.secret(f"notify:{name}")
    except CredentialMissing:
        what = "password of the mail server" if name == RESERVED else f"address of the channel {name}"
        raise CredentialMissing(
            f"The {what} is not in the {kept.description}.",
            state="Nothing was sent there.",
            hint=f"Put it in with: ssrcred secret set notify:{name}",
        ) from None


def mail(server: Smtp, to: str, password: SecretKey | None) -> Mail:
    """The way to one mail address."""
    return Mail(Server(server.host, server.port, server.sender, server.security, server.username, password), to)


def test_message(environment: Environment) -> Message:
    """The message that shows whether a way works."""
    title, text = letter.test()
    return Message(title, text, environment.now())


def keep(session: Session, config: Config, name: str, value: SecretKey) -> None:
    """Keep the secret of a channel, or of the mail server, once it was seen to work; raises what trying it raises."""
    if name == RESERVED:
        if config.smtp is None or not config.smtp.username:
            raise no_server()
        mail(config.smtp, "", value).send(None)
        session.terminal.say(f"{config.smtp.host} takes this password.")
    else:
        Chat(name, value).send(test_message(session.environment))
        session.terminal.say(f"A test message was sent to the channel {name}.")
    _keep_secret(session, config, config.smtp, name, value)
    used = {*config.everyone.channels, *(one for lea in config.leas.values() for one in lea.remind.channels)}
    if name not in {RESERVED, *used}:
        session.terminal.say(f'To use it, write into config.toml, under [lea.NAME.remind]: channels = ["{name}"]')


def _keep_secret(session: Session, config: Config, server: Smtp | None, name: str, value: SecretKey) -> None:
    """Keep the secret of a channel, or of the mail server, and forget that a log-in with the former one was refused."""
    kept = shared_vault(session, config)
    kept.keep_secret(f"notify:{name}", value)
    if account := mail_account(server) if name == RESERVED else f"notify:{name}":
        Refusals(session.environment.home.ledger).forget(SHARED, account)
    session.terminal.say(f"Kept notify:{name} in the {kept.description}.")


def no_server() -> UsageWrong:
    """What is said where config.toml names no mail server, or none that asks for a password."""
    return UsageWrong(
        "There is no mail server in config.toml that wants a log-in.",
        state="Nothing was sent and nothing was kept.",
        hint="Name it in the section [smtp] with host, from and username, or type: ssrcred remind --setup",
    )


WHY_TWO: Final = (
    "Name two: the person who does the rotation, and a role mailbox that somebody reads when that person is away or "
    "has left (caaspp@…). A credential usually lapses because the only reminder went to one person's mailbox."
)
CHATS: Final = (
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
        config = session.config(reminders=True)
        lea = session.lea(wanted, config)
        found = Enrolment()
        session.terminal.say(f"Who is to be reminded for {lea.name}? {WHY_TWO}")
        if session.terminal.ask_yes_no(
            "Remind by mail?", default=True, option="an editor in config.toml, [lea.NAME.remind]"
        ):
            _mail(session, config, found)
        if session.terminal.ask_yes_no("Remind in a chat?", default=False):
            session.terminal.say(CHATS)
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
        if server is None or not session.terminal.ask_yes_no(
            f"By the mail server {server.host}, as before?", default=True
        ):
            server, password = _server(session)
        elif server.username:
            password = shared_secret(session, config, RESERVED)
        try:
            for question in QUESTIONS:
                _address(session, server, password, question, found)
        except LogInRefused as problem:
            _tell(session.terminal, problem)  # the other address would send the same log-in again
        if found.mail or not session.terminal.ask_yes_no("Try other answers?", default=True):
            break
        server = None
    if found.mail:
        found.server, found.password = server, password
    if len(found.mail) == 1:
        session.terminal.say("Only one mailbox will hear. When nobody reads it, nobody is told.")


def _server(session: Session) -> tuple[Smtp, SecretKey | None]:
    host = _answer(session.terminal, "Mail server, such as mail.lincoln.k12.ca.us", mail_host)

    def known(answer: str) -> str:
        if answer not in PORTS:
            raise Unfit(f"must be one of: {', '.join(PORTS)}")
        return answer

    def number(answer: str) -> int:
        if not (answer.isascii() and answer.isdigit()):
            raise Unfit("must be a number")
        return whole(1, 65535)(int(answer))

    security = _answer(session.terminal, f"Its encryption: {', '.join(PORTS)}", known, "starttls")
    port = _answer(session.terminal, "Its port", number, str(PORTS[security]))
    sender = _answer(session.terminal, "The address that the mail comes from", mail_address)
    username = session.terminal.ask("User name there (empty: it wants no log-in)").strip()
    password = session.terminal.ask_hidden(f"Password of {username}") if username else None
    return Smtp(host, sender, port, security, username or None), password


def _address(session: Session, server: Smtp, password: SecretKey | None, question: str, found: Enrolment) -> None:
    """Ask for one address and send it a test message; keep it if the server took it and the person saw it."""

    def fit(answer: str) -> str:
        if answer and mail_address(answer).casefold() in (one.casefold() for one in found.mail):
            raise Unfit("is the first one again; a second mailbox is for the day on which nobody reads that one")
        return answer

    address = _answer(session.terminal, question, fit)
    if address and _arrived(session, mail(server, address, password)):
        found.mail.append(address)


def _chats(session: Session, found: Enrolment) -> None:
    question = "A short name for the channel, such as team (empty: no more)"
    while name := _answer(session.terminal, question, lambda answer: answer and channel_name(answer)):
        address = session.terminal.ask_hidden(f"Apprise address of {name}")
        if address and _arrived(session, Chat(name, address)):
            found.channels[name] = address


def _arrived(session: Session, way: Channel) -> bool:
    """Whether a test message went that way, and the person saw it. Raises LogInRefused."""
    try:
        way.send(test_message(session.environment))
    except LogInRefused:
        raise
    except SsrcredError as problem:
        _tell(session.terminal, problem)
        return False
    if session.terminal.ask_yes_no("A test message was sent. Has it arrived? It can take a minute", default=True):
        return True
    session.terminal.say("  Then it is not kept. Look into the junk folder, and ask IT whether such mail is held back.")
    return False


def _tell(terminal: Terminal, problem: SsrcredError) -> None:
    terminal.say(f"  {problem.message}")
    terminal.say(f"  {problem.hint}")


def _keep(session: Session, config: Config, lea: Lea, found: Enrolment) -> None:
    """The secrets first, so that what config.toml names is there."""
    secrets = {**found.channels, **({RESERVED: found.password} if found.password is not None else {})}
    for name, value in secrets.items():
        _keep_secret(session, config, found.server, name, value)
    smtp: dict[str, object] | None = None
    if (server := found.server) is not None:
        smtp = {"host": server.host, "port": server.port, "security": server.security, "from": server.sender}
        smtp |= {"username": server.username} if server.username else {}
    set_remind(session.environment.home.config, smtp, lea.key, _remind_table(lea, found))
    session.terminal.say(f"Written: {session.environment.home.config}")
    session.terminal.say("Next, let it run every day: ssrcred schedule --install")
    session.result.answer({"lea": lea.key, "mail": found.mail, "channels": sorted(found.channels)})


def _remind_table(lea: Lea, found: Enrolment) -> dict[str, object]:
    """The section as it was, with who hears in place of those before."""
    before = lea.remind
    usual = before.terminal_days == Remind.terminal_days
    table: dict[str, Any] = {
        "days": list(before.days),
        "terminal_days": None if usual else before.terminal_days,
        "mail": found.mail or list(before.mail),
        "channels": sorted(found.channels) or list(before.channels),
        "testing": [f"{span.first}/{span.last}" for span in before.testing],
        "release": [f"{span.first}/{span.last}" for span in before.release],
    }
    return {key: value for key, value in table.items() if value or key == "days" or value == 0}


def _answer(terminal: Terminal, question: str, fit: Callable[[str], T], default: str = "") -> T:
    return terminal.ask_parsed(question, fit, Unfit, told="This {}.", default=default)
