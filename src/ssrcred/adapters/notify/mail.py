"""Sends one mail over SMTP, encrypted unless config.toml says otherwise, with at most one sign-in.

The certificate is always checked (system certificates, SSL_CERT_FILE). A server without the encryption of [smtp] is
not used. Of a server's answer only the number is passed on: its text can quote an address or a name.
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final

from ssrcred.adapters.notify import LIMIT_S, Message
from ssrcred.adapters.web.connection_settings import trusted_apart
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import ConfigInvalid, SsrcredError, Unreachable
from ssrcred.domain.loopback import is_loopback
from ssrcred.domain.time_limit import Task

# Seconds for one answer of the server.
STEP_S: Final = 20.0
NOT_SENT: Final = "The mail was not sent."
# Refusals that RFC 5321 (4.2.1) calls transient.
MAY_BE_BETTER_LATER: Final = range(400, 500)


# What providers answer to any password of an account, by their own codes: what that means, and what to do instead.
# Microsoft (techcommunity.microsoft.com/blog/exchange, 4114750 and 4489835; learn.microsoft.com, SMTP AUTH): 5.7.139
# with other words than that the credentials are incorrect, and 5.7.30. Google (support.google.com/mail/answer/185833):
# 5.7.9, and 5.7.8 for the account's own password, which is what people try first. The words, because these numbers
# mean other things elsewhere (RFC 4954, RFC 8689).
MICROSOFT: Final = re.compile(rb"5\.7\.139\b(?!.*\bincorrect\b)|5\.7\.30\b.*basic auth", re.DOTALL | re.IGNORECASE)
GOOGLE: Final = re.compile(rb"5\.7\.[89]\b.*\b(?:google|gsmtp)\b", re.DOTALL)
# Ways to sign in with a token and no password: RFC 7628, and what Google and Microsoft had before it.
BY_TOKEN: Final = frozenset({"XOAUTH2", "OAUTHBEARER"})


class ServerSilent(Unreachable):
    """The server does not work, whoever the mail is for."""


class LogInRefused(ConfigInvalid):
    """The server rejected the password. Trying it again for the next mail could lock the account."""


@dataclass(frozen=True)
class Server:
    """A mail server: `security` is `starttls`, `tls` or `none`; `password` goes with `username`."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    username: str | None = None
    password: SecretKey | None = None


class Mail:
    """Sends mail to one address by one server; `limit` is in seconds for each call."""

    def __init__(self, server: Server, to: str, *, limit: float = LIMIT_S) -> None:
        self._server = server
        self._to = to
        self._limit = limit

    def send(self, message: Message | None) -> None:
        """Send one mail to the address; None only connects and signs in."""
        server, mail = self._server, None if message is None else _mail(message, self._server.sender, self._to)
        # config.toml cannot say so either.
        if server.security == "none" and server.username and server.password and not is_loopback(server.host):
            raise ConfigInvalid(
                f"The mail server {server.host} would get the password of {server.username} without encryption.",
                state=f"{NOT_SENT} No password was sent.",
                hint="Set smtp.security in config.toml to starttls or tls, or remove smtp.username.",
            )

        def talk() -> None:
            client = _connected(server)
            try:
                if server.username and server.password is not None:
                    _log_in(client, server.username, server.password)
                if mail is not None:
                    client.send_message(mail, server.sender, [self._to])
            finally:
                # The mail is taken, or not; a server that hangs up instead of saying good-bye changes neither.
                with suppress(OSError, smtplib.SMTPException):
                    client.quit()

        # Aside, so that a server that sends a byte now and then cannot keep the program alive.
        sending = Task(talk, "ssrcred-mail")
        if not sending.done_within(self._limit):
            raise _silent(server, f"did not accept the mail within {self._limit:g} seconds")
        if (error := sending.exception()) is not None:
            raise _explained(error, server, self._to) from None


def _connected(server: Server) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=STEP_S, context=trusted_apart())
    client = smtplib.SMTP(server.host, server.port, timeout=STEP_S)
    try:
        if server.security == "starttls":
            client.starttls(context=trusted_apart())
    except BaseException:
        client.close()
        raise
    return client


def _log_in(client: smtplib.SMTP, username: str, password: SecretKey) -> None:
    """Sign in once, by the first method that the server offers."""
    # Not smtplib's login: it tries all methods, which the server counts as so many failures, and knows ASCII only,
    # where RFC 4616 has UTF-8.
    client.ehlo_or_helo_if_needed()
    offered = client.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        code, answer = client.docmd("AUTH", "PLAIN " + _base64(f"\0{username}\0{password.reveal()}"))
    elif "LOGIN" in offered:
        code, answer = client.docmd("AUTH", "LOGIN")
        for word in (username, password.reveal()):
            if code == 334:  # the server asks for the next word
                code, answer = client.docmd(_base64(word))
    elif BY_TOKEN.issuperset(offered) and offered:
        raise _no_password(username, "it takes a sign-in by token only")
    else:
        raise smtplib.SMTPNotSupportedError
    if code != 235:  # authentication succeeded (RFC 4954)
        raise smtplib.SMTPAuthenticationError(code, answer)


def _base64(word: str) -> str:
    return base64.b64encode(word.encode()).decode("ascii")


def _mail(message: Message, sender: str, to: str) -> EmailMessage:
    # A name with ñ would be sent as 8-bit, which not every server takes (RFC 6152).
    mail = EmailMessage(policy.default.clone(cte_type="7bit"))
    mail.set_content(message.text)
    # Python folds a long title right behind "Subject:", which some readers show as a space; 998 is what may be sent.
    mail.policy = mail.policy.clone(max_line_length=900)
    mail["From"], mail["To"], mail["Subject"] = sender, to, message.title
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # So that no absence assistant answers it (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _explained(error: BaseException, server: Server, to: str) -> BaseException:
    """The error in our own words; one that nobody foresaw is given back as it is."""
    said = error.smtp_error if isinstance(error, smtplib.SMTPResponseException) else b""
    said = said if isinstance(said, bytes) else said.encode()
    match error:
        case smtplib.SMTPResponseException() if MICROSOFT.search(said):
            return _no_password(server.username or server.sender, f"Microsoft 365 refused it ({error.smtp_code})")
        case smtplib.SMTPAuthenticationError() if GOOGLE.search(said):
            return LogInRefused(
                f"Gmail needs an app password for {server.username}, not the account's own ({error.smtp_code}).",
                state=NOT_SENT,
                hint="Create one at myaccount.google.com/apppasswords (2-Step Verification must be on), and store it: "
                "ssrcred secret set notify:smtp. A relay needs none: ssrcred help mail",
            )
        case ssl.SSLCertVerificationError():
            return ServerSilent(
                f"This machine does not trust the certificate of the mail server {server.host}.",
                state=NOT_SENT,
                hint="IT adds the certificate of its issuer to the system's store, or sets SSL_CERT_FILE to its file.",
            )
        case smtplib.SMTPAuthenticationError(smtp_code=code) if code in MAY_BE_BETTER_LATER:
            return _silent(server, f"could not check the password ({code})")
        case smtplib.SMTPAuthenticationError(smtp_code=code):
            return LogInRefused(
                f"The mail server {server.host} rejected the password of {server.username} ({code}).",
                state=NOT_SENT,
                hint="Fix smtp.username in config.toml, or store the password again: ssrcred secret set notify:smtp",
            )
        case smtplib.SMTPNotSupportedError():
            known = "a sign-in method that ssrcred supports"
            if server.security == "starttls":
                known = f"encryption by STARTTLS or {known}" if server.username else "encryption by STARTTLS"
            return ConfigInvalid(
                f"The mail server {server.host}, port {server.port}, does not offer {known}.",
                state=f"{NOT_SENT} No password was sent.",
                hint='Correct smtp.security ("starttls", "tls" or "none") or smtp.port in config.toml. IT knows both.',
            )
        case smtplib.SMTPRecipientsRefused():
            code = next((code for code, _ in error.recipients.values()), 550)
            return _refused(server, f"mail to {to}", code)
        case smtplib.SMTPSenderRefused():
            return _refused(server, f"mail from {server.sender}", error.smtp_code)
        case smtplib.SMTPResponseException():
            return _refused(server, "the mail", error.smtp_code)
        case ssl.SSLError():
            return _silent(server, f"does not use the encryption of config.toml (smtp.security = {server.security!r})")
        case OSError():  # smtplib's own, the network's and the name service's
            return _silent(server, "did not answer")
    return error


def _no_password(username: str, why: str) -> LogInRefused:
    return LogInRefused(
        f"The mail server accepts no password of {username} from a program: {why}.",
        state=NOT_SENT,
        hint="Ask IT for a mail relay that needs no sign-in: the best way. Else use a chat channel to Office 365 "
        "(Apprise), or let IT allow the password for this one mailbox as long as Microsoft does. All three, step by "
        "step: ssrcred help mail",
    )


def _refused(server: Server, what: str, code: int) -> SsrcredError:
    if code in MAY_BE_BETTER_LATER or code < 0:
        return _silent(server, f"did not accept {what} now ({code})", Unreachable)
    return ConfigInvalid(
        f"The mail server {server.host} does not accept {what} ({code}).",
        state=NOT_SENT,
        hint="Correct the address in config.toml, or ask IT to allow this machine to send mail.",
    )


def _silent(server: Server, what: str, kind: type[Unreachable] = ServerSilent) -> Unreachable:
    return kind(
        f"The mail server {server.host}, port {server.port}, {what}.",
        state=NOT_SENT,
        hint="ssrcred remind sends it in its next run. If it fails again, IT checks the mail server and the network.",
    )
