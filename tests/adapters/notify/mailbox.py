"""A mail server of one page on 127.0.0.1 for tests: takes what it is told to take, and keeps it in memory.

The real one is in test_real_mail.py. This one is for what a real one does not do when it is asked to, and for speed.
All addresses are made up.
"""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What was taken, and what the server is to do: `answers` overrules its answer to a command, by its first word."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    logged_in: list[tuple[str, str]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    refuses: str = ""
    password_answer: str = "235 welcome"
    speaks: threading.Event = field(default_factory=threading.Event)
    when_taken: Callable[[], None] | None = None

    @property
    def titles(self) -> list[str]:
        """To whom, and the subject of each mail."""
        return [f"{mail['To']}: {mail['Subject']}" for mail in self.mails]

    def text(self, number: int = -1) -> str:
        """The text of one mail."""
        content = self.mails[number].get_content()
        assert isinstance(content, str)
        return content.replace("\r\n", "\n")


class _Talk(socketserver.StreamRequestHandler):
    @property
    def box(self) -> Mailbox:
        assert isinstance(self.server, _Server)
        return self.server.box

    def handle(self) -> None:
        self.box.speaks.wait()
        self.say("220 made-up ready")
        while line := self.rfile.readline():
            words = line.decode("utf-8").strip()
            verb = words.partition(" ")[0].upper()
            self.box.heard.append(verb)
            if verb in self.box.answers:
                self.say(self.box.answers[verb])
                if self.box.answers[verb].startswith("421"):
                    return
            elif verb == "QUIT":
                self.say("221 bye")
                return
            elif verb == "EHLO":
                lines = ("made-up", *self.box.offers)
                for one in lines[:-1]:
                    self.say(f"250-{one}")
                self.say(f"250 {lines[-1]}")
            elif verb == "AUTH":
                self.log_in(words)
            elif verb == "RCPT" and self.box.refuses and self.box.refuses in words:
                self.say("550 there is no such mailbox")
            elif verb == "DATA":
                self.take()
            else:
                self.say("250 fine")

    def log_in(self, words: str) -> None:
        _, way, *first = words.split(" ")
        if way == "PLAIN":
            _, name, secret = base64.b64decode(first[0]).decode().split("\0")
        else:
            self.say("334 VXNlcm5hbWU6")
            name = base64.b64decode(self.rfile.readline()).decode()
            self.say("334 UGFzc3dvcmQ6")
            secret = base64.b64decode(self.rfile.readline()).decode()
        self.box.logged_in.append((name, secret))
        self.say(self.box.password_answer)

    def take(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        if "." in self.box.answers:
            self.say(self.box.answers["."])
            return
        self.box.raw.append(b"".join(lines))
        self.box.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        if self.box.when_taken is not None:
            self.box.when_taken()
        self.say("250 taken")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.box = Mailbox(self.server_address[1])
        self.box.speaks.set()


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server while the block lasts."""
    with _Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.box
        server.shutdown()
