"""Who is told, by which way, and how a new way comes in: only after a test message went through it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ssrcred.cli.restraint import Restraint
from ssrcred.cli.session import Session
from ssrcred.config import Config, Lea, Smtp
from ssrcred.config.section import Unfit
from ssrcred.config.value import RESERVED, channel_name
from ssrcred.credential import SecretKey
from ssrcred.errors import CredentialMissing, KeyringFailed, LockHeld, SsrcredError, UsageWrong
from ssrcred.notify import Channel, Message
from ssrcred.output import letter

if TYPE_CHECKING:
    from ssrcred.notify.mail import Mail
    from ssrcred.vault import Vault

SHARED: Final = "_shared"
"""Whose the secrets of mail and chat are: no LEA's, so that a county gives each once. No LEA can have this name."""
MAIL: Final = "mail:"
CHAT: Final = "chat:"


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
    """The ways to recipients, as config.toml and the vault say; the vault is only opened where a secret is needed."""

    def __init__(self, session: Session, config: Config) -> None:
        self._session = session
        self._config = config
        self._restraint = Restraint(session, SHARED)
        self._password: SecretKey | None = None
        self._no_mail: SsrcredError | None = None
        self._no_vault: KeyringFailed | None = None

    def send(self, recipient: Recipient, message: Message) -> None:
        """Send a message to a recipient. Raises SsrcredError.

        After a mail server that did not answer, or refused the log-in, no other mail is tried in this run: the wait
        would add up, and so would the wrong passwords. A log-in that was refused is not sent by a later run either,
        but for one a day, before its secret is set anew.
        """
        from ssrcred.notify.chat import LogInDoubtful
        from ssrcred.notify.mail import LogInRefused, ServerSilent

        by_mail = recipient.key.startswith(MAIL)
        if by_mail and self._no_mail is not None:
            raise self._no_mail
        account = self._account(recipient)
        try:
            self._hold_back(recipient, account)
            self._way(recipient).send(message)
        except ServerSilent as problem:
            self._no_mail = problem
            raise
        except (LogInRefused, LogInDoubtful) as problem:
            if by_mail:
                self._no_mail = problem
            if self._restraint.refused_at(account) is None:
                self._restraint.remember(account, problem)
            raise

    def _hold_back(self, recipient: Recipient, account: str) -> None:
        """Raise LogInRefused or LogInDoubtful if the log-in was refused so lately that it is too early for another."""
        if account and (at := self._restraint.refused_at(account)) is not None:
            raise _held_back(recipient, self._config.smtp, at)

    def _account(self, recipient: Recipient) -> str:
        if recipient.key.startswith(MAIL):
            return mail_account(self._config.smtp)
        return f"notify:{recipient.shown}"

    def _way(self, recipient: Recipient) -> Channel:
        if recipient.key.startswith(MAIL):
            return mail(self._server(), recipient.shown, self._password)
        return chat(recipient.shown, self._secret(recipient.shown))

    def _server(self) -> Smtp:
        server = self._config.smtp
        if server is None:
            raise no_server()
        if server.username and self._password is None:
            self._password = self._secret(RESERVED)
        return server

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
    from ssrcred.notify.chat import LogInDoubtful
    from ssrcred.notify.mail import LogInRefused

    moment = f"{at:%Y-%m-%d at %H:%M} UTC"
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
    from ssrcred.notify.mail import Mail, Server

    return Mail(Server(server.host, server.port, server.sender, server.security, server.username, password), to)


def chat(name: str, address: SecretKey) -> Channel:
    """The way to the channel of this name."""
    from ssrcred.notify.chat import Chat

    return Chat(name, address)


def shared_vault(session: Session, config: Config) -> Vault:
    """Where the secrets of mail and chat are, whatever the LEA."""
    return session.vault(config, Lea(SHARED, "", ""))


@contextmanager
def shared_turn(session: Session) -> Iterator[None]:
    """Keep other runs from changing or moving the secrets of mail and chat while the block lasts. Raises LockHeld."""
    from ssrcred.ledger import lock

    with ExitStack() as stack:
        try:
            stack.enter_context(lock(session.home.locks, SHARED))
        except LockHeld:
            raise LockHeld(
                "Another run of ssrcred changes the secrets of mail and chat, or moves all of them.",
                state="This run has done nothing; the other one goes on.",
                hint="Let the other run end, in its window, and run this one again.",
            ) from None
        yield


def test_message(session: Session) -> Message:
    """The message that shows whether a way works."""
    title, text = letter.test()
    return Message(title, text, session.machine.now())


def check_name(name: str) -> None:
    """Raise UsageWrong for what cannot be a channel's name; NAME of `secret set notify:NAME`."""
    try:
        if name != RESERVED:
            channel_name(name)
    except Unfit as reason:
        raise UsageWrong(
            f"The name of the channel {reason}.",
            state="Nothing was kept.",
            hint="Choose a short name like: ssrcred secret set notify:team.",
        ) from None


def keep(session: Session, config: Config, name: str, value: SecretKey) -> None:
    """Keep the secret of a channel, or of the mail server, once it was seen to work; raises what trying it raises."""
    if name == RESERVED:
        if config.smtp is None or not config.smtp.username:
            raise no_server()
        mail(config.smtp, "", value).try_log_in()
        session.say(f"{config.smtp.host} takes this password.")
    else:
        chat(name, value).send(test_message(session))
        session.say(f"A test message was sent to the channel {name}.")
    kept = shared_vault(session, config)
    kept.keep_secret(f"notify:{name}", value)
    may_log_in(session, config.smtp, name)
    session.say(f"Kept notify:{name} in the {kept.description}.")
    used = {*config.everyone.channels, *(one for lea in config.leas.values() for one in lea.remind.channels)}
    if name not in {RESERVED, *used}:
        session.say(f'To use it, write into config.toml, under [lea.NAME.remind]: channels = ["{name}"]')


def may_log_in(session: Session, server: Smtp | None, name: str) -> None:
    """Forget that the log-in with this channel's secret, or the mail server's, was refused: it was set anew."""
    account = mail_account(server) if name == RESERVED else f"notify:{name}"
    if account:
        Restraint(session, SHARED).forget(account)


def no_server() -> UsageWrong:
    """What is said where config.toml names no mail server, or none that asks for a password."""
    return UsageWrong(
        "There is no mail server in config.toml that wants a log-in.",
        state="Nothing was sent and nothing was kept.",
        hint="Name it in the section [smtp] with host, from and username, or type: ssrcred remind --setup",
    )
