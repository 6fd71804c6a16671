"""Sends a message to the channel behind an Apprise address, in a process of its own.

A process, because the libraries below know no limit for a whole message, and log and raise texts with the address in
them: there, both streams lead nowhere, and the end comes in time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from enum import IntEnum
from typing import BinaryIO, Final

from ssrcred.adapters.installation import how_to_install
from ssrcred.adapters.notify import LIMIT_S, Message
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import ConfigInvalid, SsrcredError, Unreachable, UsageWrong

NOT_SENT: Final = "The message was not sent."


class Outcome(IntEnum):
    """How the other process ended, as its exit code. A bug or a crash is another number, and counts as not sent."""

    SENT = 0
    NOT_INSTALLED = 3
    NOT_UNDERSTOOD = 4
    UNVERIFIED = 5
    IN_THE_CLEAR = 6
    NOT_TAKEN = 7
    LOGGED_IN_NOT_TAKEN = 8


# What is wrong with an address, before anything is sent to it.
FAULTS: Final = {
    Outcome.NOT_UNDERSTOOD: "is not one that Apprise understands",
    Outcome.UNVERIFIED: "switches the check of certificates off (verify=no), which ssrcred does not do",
    Outcome.IN_THE_CLEAR: "is not encrypted on its way; most services have the same address with an s, as jsons://",
}


class LogInDoubtful(Unreachable):
    """Not taken, and the address logs in with a password: trying it again and again could lock that account."""


class Chat:
    """The way to a channel `name` by its Apprise address; `limit` is in seconds for each message."""

    def __init__(self, name: str, address: SecretKey, *, limit: float = LIMIT_S) -> None:
        self._name = name
        self._address = address
        self._limit = limit

    def send(self, message: Message) -> None:
        """Send it to the channel. A service answers Apprise with yes or no only, so there is no reason to pass on."""
        order = {"address": self._address.reveal(), "title": message.title, "text": message.text}
        send = "import sys; from ssrcred.adapters.notify.chat import send_by_apprise; sys.exit(send_by_apprise())"
        try:
            ended = subprocess.run(
                # -P: the folder that a job happens to start in is no place to look for libraries.
                [sys.executable, "-P", "-c", send],
                # Through a pipe, so that the address is in no argument and no environment.
                input=json.dumps(order).encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._limit,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._problem(f"did not take the message within {self._limit:g} seconds") from None
        if ended.returncode != Outcome.SENT:
            raise self.problem_of(ended.returncode)

    def problem_of(self, code: int) -> SsrcredError:
        """What it means that the other process ended with this code."""
        set_again = f"ssrcred secret set notify:{self._name}"
        if code == Outcome.NOT_INSTALLED:
            words = "Reminders to a chat need a part that is not installed."
            return UsageWrong(words, state=NOT_SENT, hint=how_to_install("notify"))
        if code in FAULTS:
            return ConfigInvalid(
                f"The address of the channel {self._name} {FAULTS[Outcome(code)]}.",
                state=f"{NOT_SENT} The address is not shown here, since it can hold a password.",
                hint=f"Give it again: {set_again}. How addresses look: appriseit.com.",
            )
        if code == Outcome.LOGGED_IN_NOT_TAKEN:
            return LogInDoubtful(
                f"The channel {self._name} did not take the message. Either it cannot be reached now, or the password "
                "in its address is refused.",
                state=NOT_SENT,
                hint="It is tried again once a day, since services lock accounts. "
                f"Give the address again, the same one too, for a try at once: {set_again}",
            )
        return self._problem("did not take the message")

    def _problem(self, what: str) -> Unreachable:
        return Unreachable(
            f"The channel {self._name} {what}. Either it cannot be reached now, or its address is no longer good.",
            state=NOT_SENT,
            hint="It is sent at the next run of: ssrcred remind. "
            f"If it lasts, make a new address and give it: ssrcred secret set notify:{self._name}",
        )


def send_by_apprise(stdin: BinaryIO | None = None) -> Outcome:
    """The other process: send what standard input asks for, JSON with `address`, `title` and `text`."""
    order = json.load(stdin or sys.stdin.buffer)
    address = order["address"].strip()  # Apprise overlooks a space in front, behind which no scheme would be seen
    try:
        import apprise
        import truststore
    except ImportError:
        return Outcome.NOT_INSTALLED
    # Its libraries would write the keys of each connection there, and with them the address could be read.
    os.environ.pop("SSLKEYLOGFILE", None)
    # Apprise's libraries know a list of their own only; a school's proxy is trusted by the system's.
    truststore.inject_into_ssl()
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if not isinstance(service, apprise.NotifyBase):
        return Outcome.NOT_UNDERSTOOD
    if not service.verify_certificate:
        return Outcome.UNVERIFIED
    # Each is one scheme, several, or none. A service without a secure one, as a local program, has nothing to encrypt.
    secure: list[str]
    plain: list[str]
    secure, plain = (
        [schemes] if isinstance(schemes, str) else list(schemes or ())
        for schemes in (service.secure_protocol, service.protocol)
    )
    scheme = address.partition("://")[0].lower()
    encrypted = scheme in secure or getattr(service, "secure_mode", "insecure") != "insecure"
    near = str(service.host) in ("localhost", "127.0.0.1", "::1")
    if secure and scheme in plain and not encrypted and not near:
        return Outcome.IN_THE_CLEAR
    # Another host would get what is in the headers, and its page would pass for a message that was taken.
    service.redirects = False
    sender = apprise.Apprise()
    sender.add(service)
    if sender.notify(body=order["text"], title=order["title"], body_format=apprise.NotifyFormat.TEXT):
        return Outcome.SENT
    return Outcome.LOGGED_IN_NOT_TAKEN if service.password else Outcome.NOT_TAKEN
