"""Asks who gets reminders, and saves only the addresses and channels that a test message reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ssrcred.adapters.config import Config, Lea, Smtp, set_remind
from ssrcred.adapters.config.schema import PORTS, Remind
from ssrcred.adapters.config.value import RESERVED, channel_name, mail_address, mail_host
from ssrcred.adapters.notify import Channel
from ssrcred.adapters.notify.chat import Chat
from ssrcred.adapters.notify.mail import LogInRefused
from ssrcred.adapters.toml_file import Unfit, whole
from ssrcred.app.reminders.delivery import mail_to, save_secret, shared_secret, test_message
from ssrcred.app.session import Session, shared_lock
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import InputRefused, SsrcredError

T = TypeVar("T")

WHY_TWO: Final = (
    "Name two: the person who does the rotation, and a role mailbox that somebody reads when that person is away or "
    "has left (caaspp@…). Credentials usually expire because the only reminder went to one person's mailbox."
)
CHATS: Final = (
    "ssrcred can also post to Teams, Slack, Google Chat and many others, by an Apprise address. The address is a "
    "secret: what you paste is not shown. For the format of addresses: appriseit.com"
)
QUESTIONS: Final = (
    "Mail address of the person who does the rotation",
    "Mail address of a role mailbox (Enter for none)",
)


@dataclass
class Interview:
    """The questions, and the answers that passed a test: addresses, channels and the server, with their secrets.

    Nothing is saved before `save`.
    """

    session: Session
    config: Config
    server: Smtp | None = None
    password: SecretKey | None = None
    mail: list[str] = field(default_factory=list)
    channels: dict[str, SecretKey] = field(default_factory=dict)

    def ask_for_mail(self) -> None:
        """Ask for the mail server and the addresses, until one works or the person stops."""
        terminal, server, password = self.session.terminal, self.config.smtp, None
        while True:
            if server is None or not terminal.ask_yes_no(
                f"Use the mail server {server.host}, as before?", default=True
            ):
                server, password = self._server()
            elif server.username:
                password = shared_secret(self.session, self.config, RESERVED)
            try:
                for question in QUESTIONS:
                    address = self._answer(question, self._another_address)
                    if address and self._arrived(mail_to(server, address, password)):
                        self.mail.append(address)
            except LogInRefused as problem:
                self._tell(problem)  # the other address would send the same password again
            if self.mail or not terminal.ask_yes_no("Enter other answers?", default=True):
                break
            server = None
        if self.mail:
            self.server, self.password = server, password
        if len(self.mail) == 1:
            terminal.say("Only one mailbox gets reminders. If nobody reads it, nobody is reminded.")

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

        security = self._answer(f"Encryption: {', '.join(PORTS)}", known, "starttls")
        port = self._answer("Port", number, str(PORTS[security]))
        sender = self._answer("Sender address", mail_address)
        username = terminal.ask("User name (Enter if the server needs none)").strip()
        password = terminal.ask_hidden(f"Password of {username}") if username else None
        return Smtp(host, sender, port, security, username or None), password

    def _another_address(self, answer: str) -> str:
        if answer and mail_address(answer).casefold() in (one.casefold() for one in self.mail):
            raise Unfit("is the first address again; the second mailbox is for days when nobody reads the first")
        return answer

    def ask_for_chats(self) -> None:
        """Ask for the addresses of channels, until an empty name."""
        self.session.terminal.say(CHATS)
        question = "A short name for the channel, such as team (Enter to finish)"
        while name := self._answer(question, lambda answer: answer and channel_name(answer)):
            address = self.session.terminal.ask_hidden(f"Apprise address of {name}")
            if address and self._arrived(Chat(name, address)):
                self.channels[name] = address

    def _arrived(self, way: Channel) -> bool:
        """Whether a test message was sent, and the person saw it. Raises LogInRefused."""
        terminal = self.session.terminal
        try:
            way.send(test_message(self.session.environment))
        except LogInRefused:
            raise
        except SsrcredError as problem:
            self._tell(problem)
            return False
        # A server that accepts a mail may still filter it, and only the reader can tell.
        if terminal.ask_yes_no("A test message was sent. Did it arrive? It can take a minute", default=True):
            return True
        terminal.say("  Then it is not saved. Check the junk folder, and ask IT whether such mail is blocked.")
        return False

    def _tell(self, problem: SsrcredError) -> None:
        self.session.terminal.say(f"  {problem.message}")
        self.session.terminal.say(f"  {problem.hint}")

    def _answer(self, question: str, fit: Callable[[str], T], default: str = "") -> T:
        return self.session.terminal.ask_parsed(question, fit, Unfit, told="This {}.", default=default)

    def save(self, lea: Lea) -> None:
        """Store the secrets first, so that all that config.toml names exists; then replace who gets reminders."""
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
        self.session.terminal.say(f"Saved: {self.session.environment.home.config}")
        self.session.terminal.say("Next, to run it every day: ssrcred schedule --install")
        self.session.result.answer({"lea": lea.key, "mail": self.mail, "channels": sorted(self.channels)})


def set_up(session: Session, wanted: str | None) -> None:
    """Ask who gets reminders for the LEA, and save it."""
    terminal = session.terminal
    with shared_lock(session):
        config = session.config(reminders=True)
        lea = session.lea(wanted, config)
        interview = Interview(session, config)
        terminal.say(f"Who should get reminders for {lea.name}? {WHY_TWO}")
        if terminal.ask_yes_no(
            "Send reminders by mail?", default=True, option="an editor in config.toml, [lea.NAME.remind]"
        ):
            interview.ask_for_mail()
        if terminal.ask_yes_no("Post reminders in a chat?", default=False):
            interview.ask_for_chats()
        if not interview.mail and not interview.channels:
            raise InputRefused(
                "No address or channel passed the test, so there is nothing to save.",
                state="config.toml and the stored secrets are unchanged.",
                hint="Try again: ssrcred remind --setup[lea]",
            )
        interview.save(lea)
