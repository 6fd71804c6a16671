"""Asks who is to be reminded, and saves only the ways that a test message went through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ssrcred.adapters.config import Config, Lea, Smtp, set_remind
from ssrcred.adapters.config.lea import PORTS, Remind
from ssrcred.adapters.config.value import RESERVED, channel_name, mail_address, mail_host
from ssrcred.adapters.notify import Channel
from ssrcred.adapters.notify.chat import Chat
from ssrcred.adapters.notify.mail import LogInRefused
from ssrcred.adapters.toml_file import Unfit, whole
from ssrcred.app.reminders.delivery import mail_to, save_secret, shared_secret, test_message
from ssrcred.app.session import Session, shared_turn
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import InputRefused, SsrcredError

T = TypeVar("T")

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
class Interview:
    """The questions, and what was seen to work: addresses, channels with their secrets, the server with its password.

    Nothing is written before its end.
    """

    session: Session
    config: Config
    server: Smtp | None = None
    password: SecretKey | None = None
    mail: list[str] = field(default_factory=list)
    channels: dict[str, SecretKey] = field(default_factory=dict)

    def ask_for_mail(self) -> None:
        """Ask for the mail server and the addresses, until one works or the person gives up."""
        terminal, server, password = self.session.terminal, self.config.smtp, None
        while True:
            if server is None or not terminal.ask_yes_no(f"By the mail server {server.host}, as before?", default=True):
                server, password = self._server()
            elif server.username:
                password = shared_secret(self.session, self.config, RESERVED)
            try:
                for question in QUESTIONS:
                    address = self._answer(question, self._another_address)
                    if address and self._arrived(mail_to(server, address, password)):
                        self.mail.append(address)
            except LogInRefused as problem:
                self._tell(problem)  # the other address would send the same log-in again
            if self.mail or not terminal.ask_yes_no("Try other answers?", default=True):
                break
            server = None
        if self.mail:
            self.server, self.password = server, password
        if len(self.mail) == 1:
            terminal.say("Only one mailbox will hear. When nobody reads it, nobody is told.")

    def _server(self) -> tuple[Smtp, SecretKey | None]:
        terminal = self.session.terminal
        host = self._answer("Mail server, such as mail.lincoln.k12.ca.us", mail_host)

        def known(answer: str) -> str:
            if answer not in PORTS:
                raise Unfit(f"must be one of: {', '.join(PORTS)}")
            return answer

        def number(answer: str) -> int:
            if not (answer.isascii() and answer.isdigit()):
                raise Unfit("must be a number")
            return whole(1, 65535)(int(answer))

        security = self._answer(f"Its encryption: {', '.join(PORTS)}", known, "starttls")
        port = self._answer("Its port", number, str(PORTS[security]))
        sender = self._answer("The address that the mail comes from", mail_address)
        username = terminal.ask("User name there (empty: it wants no log-in)").strip()
        password = terminal.ask_hidden(f"Password of {username}") if username else None
        return Smtp(host, sender, port, security, username or None), password

    def _another_address(self, answer: str) -> str:
        if answer and mail_address(answer).casefold() in (one.casefold() for one in self.mail):
            raise Unfit("is the first one again; a second mailbox is for the day on which nobody reads that one")
        return answer

    def ask_for_chats(self) -> None:
        """Ask for the addresses of channels, until an empty name."""
        self.session.terminal.say(CHATS)
        question = "A short name for the channel, such as team (empty: no more)"
        while name := self._answer(question, lambda answer: answer and channel_name(answer)):
            address = self.session.terminal.ask_hidden(f"Apprise address of {name}")
            if address and self._arrived(Chat(name, address)):
                self.channels[name] = address

    def _arrived(self, way: Channel) -> bool:
        """Whether a test message went that way, and the person saw it. Raises LogInRefused."""
        terminal = self.session.terminal
        try:
            way.send(test_message(self.session.environment))
        except LogInRefused:
            raise
        except SsrcredError as problem:
            self._tell(problem)
            return False
        # A server that takes a mail may still have a filter behind it, of which only the reader can tell.
        if terminal.ask_yes_no("A test message was sent. Has it arrived? It can take a minute", default=True):
            return True
        terminal.say("  Then it is not kept. Look into the junk folder, and ask IT whether such mail is held back.")
        return False

    def _tell(self, problem: SsrcredError) -> None:
        self.session.terminal.say(f"  {problem.message}")
        self.session.terminal.say(f"  {problem.hint}")

    def _answer(self, question: str, fit: Callable[[str], T], default: str = "") -> T:
        return self.session.terminal.ask_parsed(question, fit, Unfit, told="This {}.", default=default)

    def save(self, lea: Lea) -> None:
        """Save the secrets first, so that what config.toml names is there; then who hears, in place of those before."""
        secrets = {**self.channels, **({RESERVED: self.password} if self.password is not None else {})}
        for name, value in secrets.items():
            save_secret(self.session, self.config, self.server, name, value)
        smtp: dict[str, object] | None = None
        if (server := self.server) is not None:
            smtp = {"host": server.host, "port": server.port, "security": server.security, "from": server.sender}
            smtp |= {"username": server.username} if server.username else {}
        before = lea.remind
        usual = before.terminal_days == Remind.terminal_days
        table: dict[str, Any] = {
            "days": list(before.days),
            "terminal_days": None if usual else before.terminal_days,
            "mail": self.mail or list(before.mail),
            "channels": sorted(self.channels) or list(before.channels),
            "testing": [f"{span.first}/{span.last}" for span in before.testing],
            "release": [f"{span.first}/{span.last}" for span in before.release],
        }
        # No reminder before the end (days = []) and none in a terminal (0) are answers too; the rest is left out.
        kept = {key: value for key, value in table.items() if value or key == "days" or value == 0}
        set_remind(self.session.environment.home.config, smtp, lea.key, kept)
        self.session.terminal.say(f"Written: {self.session.environment.home.config}")
        self.session.terminal.say("Next, let it run every day: ssrcred schedule --install")
        self.session.result.answer({"lea": lea.key, "mail": self.mail, "channels": sorted(self.channels)})


def set_up(session: Session, wanted: str | None) -> None:
    """Ask who is to be reminded for the LEA, and save it."""
    terminal = session.terminal
    with shared_turn(session):
        config = session.config(reminders=True)
        lea = session.lea(wanted, config)
        interview = Interview(session, config)
        terminal.say(f"Who is to be reminded for {lea.name}? {WHY_TWO}")
        if terminal.ask_yes_no("Remind by mail?", default=True, option="an editor in config.toml, [lea.NAME.remind]"):
            interview.ask_for_mail()
        if terminal.ask_yes_no("Remind in a chat?", default=False):
            interview.ask_for_chats()
        if not interview.mail and not interview.channels:
            raise InputRefused(
                "No way to anybody was seen to work, so there is nothing to write.",
                state="config.toml and the secrets are as they were.",
                hint="Run it again with what is missing: ssrcred remind --setup[lea]",
            )
        interview.save(lea)
