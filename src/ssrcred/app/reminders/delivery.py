"""Delivers messages to mail addresses and chat channels, and stores the secrets that this needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ssrcred.adapters.config import Config, Lea, Smtp
from ssrcred.adapters.config.value import RESERVED
from ssrcred.adapters.ledger.auxiliary_store import Refusals
from ssrcred.adapters.notify import Message
from ssrcred.adapters.notify.chat import Chat, LogInDoubtful
from ssrcred.adapters.notify.mail import LogInRefused, Mail, Server, ServerSilent
from ssrcred.app.environment import Environment
from ssrcred.app.refused_sign_in import remember
from ssrcred.app.session import SHARED, Session, shared_vault
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import CredentialMissing, KeyringFailed, SsrcredError, UsageWrong
from ssrcred.domain.local_time import local_moment
from ssrcred.output import reminder_text as letter

# Between two tries. Less than a day, because a daily job does not start in the same minute every day.
AGAIN: Final = timedelta(hours=20)
# What a recipient's key in the history begins with.
MAIL: Final = "mail:"
CHAT: Final = "chat:"


@dataclass(frozen=True)
class Recipient:
    """Somebody who gets reminders: `key` in the history, `shown` for people, and the LEAs that they hear of."""

    key: str
    shown: str
    leas: tuple[Lea, ...]


def recipients(config: Config, leas: Iterable[Lea]) -> list[Recipient]:
    """Return everybody who gets reminders of one of these LEAs, each once; the LEAs in their order."""
    by_key: dict[str, Recipient] = {}
    for lea in leas:
        addresses = {f"{MAIL}{one.casefold()}": one for one in (*config.everyone.mail, *lea.remind.mail)}
        names = {f"{CHAT}{one}": one for one in (*config.everyone.channels, *lea.remind.channels)}
        for key, shown in {**addresses, **names}.items():
            known = by_key.get(key, Recipient(key, shown, ()))
            by_key[key] = replace(known, leas=(*known.leas, lea))
    return list(by_key.values())


class Delivery:
    """Sends messages as config.toml says; the vault is only opened where a secret is needed.

    After a rejected password, later runs try it once a day until it is stored again.
    """

    # A portal's password waits for a person instead (refused_sign_in.py). A mail server may reject for an hour what it
    # accepts again without a new password, and a reminder that waits for somebody to notice helps nobody.

    def __init__(self, session: Session, config: Config) -> None:
        self._session, self._config = session, config
        self._refusals = Refusals(session.environment.home.ledger)
        self._password: SecretKey | None = None
        self._no_mail: SsrcredError | None = None
        self._no_vault: KeyringFailed | None = None

    def send(self, recipient: Recipient, message: Message) -> None:
        """Send a message to a recipient. Raises SsrcredError."""
        # After a mail server did not answer, or rejected the password, no other mail is tried in this run: the waits
        # would add up, and so would the wrong passwords.
        by_mail, server = recipient.key.startswith(MAIL), self._config.smtp
        if by_mail and self._no_mail is not None:
            raise self._no_mail
        account = mail_account(server) if by_mail else f"notify:{recipient.shown}"
        # When the password was rejected (aware UTC), if that is too recent for another try; None if it may be sent.
        at = self._refusals.refused_at(SHARED, account) if account else None
        # One that is yet to come is of a clock that was wrong, and must not silence anybody until then.
        refused_at = at if at is not None and timedelta(0) <= self._session.environment.now() - at < AGAIN else None
        try:
            if refused_at is not None:
                raise _held_back(recipient, server, refused_at)
            if not by_mail:
                Chat(recipient.shown, self._secret(recipient.shown)).send(message)
                return
            if server is None:
                raise no_server()
            if server.username and self._password is None:
                self._password = self._secret(RESERVED)
            mail_to(server, recipient.shown, self._password).send(message)
        except ServerSilent as problem:
            self._no_mail = problem
            raise
        except (LogInRefused, LogInDoubtful) as problem:
            if by_mail:
                self._no_mail = problem
            if refused_at is None:
                warning = "Stop scheduled reminders until then: mail servers lock mailboxes."
                remember(self._refusals, SHARED, account, self._session.environment.now(), problem.message, warning)
            raise

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
    """Return the key of a sign-in to the mail server, by server and user name; "" where none is needed."""
    return f"notify:{RESERVED} {server.username} {server.host}" if server is not None and server.username else ""


def _held_back(recipient: Recipient, server: Smtp | None, at: datetime) -> SsrcredError:
    """Return the error in place of a sign-in that is not repeated yet."""
    moment = local_moment(at, "UTC")
    state = "The message was not sent. This run did not try to sign in, because servers lock accounts."
    again = (
        "ssrcred tries again once a day. To try now, store {} again, even if unchanged: ssrcred secret set notify:{}"
    )
    if recipient.key.startswith(MAIL) and server is not None:
        return LogInRefused(
            f"The mail server {server.host} rejected the password of {server.username} on {moment}, and nobody has "
            "stored a new one since.",
            state=state,
            hint=f"{again.format('the password', RESERVED)}. Microsoft 365 and Gmail: ssrcred help mail",
        )
    return LogInDoubtful(
        f"The channel {recipient.shown} rejected a message on {moment}. The password in its address may be wrong.",
        state=state,
        hint=again.format("its address", recipient.shown),
    )


def shared_secret(session: Session, config: Config, name: str) -> SecretKey:
    """Return the password of the mail server, or the address of a channel. Raises KeyringFailed."""
    kept = shared_vault(session, config)
    try:
        return kept.secret(f"notify:{name}")
    except CredentialMissing:
        what = "password of the mail server" if name == RESERVED else f"address of the channel {name}"
        raise CredentialMissing(
            f"The {what} is not stored in the {kept.description}.",
            state="Nothing was sent there.",
            hint=f"To store it: ssrcred secret set notify:{name}",
        ) from None


def mail_to(server: Smtp, to: str, password: SecretKey | None) -> Mail:
    """Return what sends mail to one address."""
    return Mail(Server(server.host, server.port, server.sender, server.security, server.username, password), to)


def test_message(environment: Environment) -> Message:
    """Return the message that tests a delivery."""
    title, text = letter.test()
    return Message(title, text, environment.now())


def test_and_save(session: Session, config: Config, name: str, value: SecretKey, *, untested: bool = False) -> None:
    """Store the secret of a channel, or of the mail server, after a successful test; raises what the test raises.

    The mail server's is stored `untested` where a test could lock the account.
    """
    if name == RESERVED:
        if config.smtp is None or not config.smtp.username:
            raise no_server()
        if not untested:
            mail_to(config.smtp, "", value).send(None)
            session.terminal.say(f"{config.smtp.host} accepted this password.")
    else:
        Chat(name, value).send(test_message(session.environment))
        session.terminal.say(f"A test message was sent to the channel {name}.")
    save_secret(session, config, config.smtp, name, value)
    used = {*config.everyone.channels, *(one for lea in config.leas.values() for one in lea.remind.channels)}
    if name not in {RESERVED, *used}:
        session.terminal.say(f'To use it, add this line to config.toml, under [lea.NAME.remind]: channels = ["{name}"]')


def save_secret(session: Session, config: Config, server: Smtp | None, name: str, value: SecretKey) -> None:
    """Store the secret of a channel, or of the mail server, and forget that the former one was rejected."""
    kept = shared_vault(session, config)
    kept.keep_secret(f"notify:{name}", value)
    if account := mail_account(server) if name == RESERVED else f"notify:{name}":
        Refusals(session.environment.home.ledger).forget(SHARED, account)
    session.terminal.say(f"Stored notify:{name} in the {kept.description}.")


def no_server() -> UsageWrong:
    """Return the error for a config.toml without a mail server, or with one that needs no password."""
    return UsageWrong(
        "config.toml has no mail server that needs a password.",
        state="Nothing was sent or stored.",
        hint="Add host, from and username to the section [smtp], or: ssrcred remind --setup[lea]",
    )
