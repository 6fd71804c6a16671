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
from ssrcred.domain.loopback import is_loopback

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


# Errors of an address, found before anything is sent to it.
FAULTS: Final = {
    Outcome.NOT_UNDERSTOOD: "is not a valid Apprise address",
    Outcome.UNVERIFIED: "turns off certificate checks (verify=no), which ssrcred does not allow",
    Outcome.IN_THE_CLEAR: "is not encrypted; most services have the same address with an s, as in jsons://",
}


class LogInDoubtful(Unreachable):
    """Not accepted, and the address has a password: repeated tries could lock that account."""


class Chat:
    """Sends to the channel `name` by its Apprise address; `limit` is in seconds for each message."""

    def __init__(self, name: str, address: SecretKey, *, limit: float = LIMIT_S) -> None:
        self._name = name
        self._address = address
        self._limit = limit

    def send(self, message: Message) -> None:
        """Send it to the channel. Apprise reports success or failure only, so there is no reason to pass on."""
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
            raise self._problem(f"did not accept the message within {self._limit:g} seconds") from None
        if ended.returncode != Outcome.SENT:
            raise self.problem_of(ended.returncode)

    def problem_of(self, code: int) -> SsrcredError:
        """What it means that the other process ended with this code."""
        set_again = f"ssrcred secret set notify:{self._name}"
        if code == Outcome.NOT_INSTALLED:
            words = "Chat reminders need an extra that is not installed."
            return UsageWrong(words, state=NOT_SENT, hint=how_to_install("notify"))
        if code in FAULTS:
            return ConfigInvalid(
                f"The address of the channel {self._name} {FAULTS[Outcome(code)]}.",
                state=f"{NOT_SENT} The address is not shown here, because it can contain a password.",
                hint=f"Store it again: {set_again}. For the format of addresses: appriseit.com",
            )
        # Apprise does not tell a wrong password from a service that is down, so it is held back like a wrong one.
        if code == Outcome.LOGGED_IN_NOT_TAKEN:
            return LogInDoubtful(
                f"The channel {self._name} did not accept the message. It may be down, or it rejected the password in "
                "its address.",
                state=NOT_SENT,
                hint="ssrcred tries again once a day, because services lock accounts. "
                f"To try now, store the address again, even if unchanged: {set_again}",
            )
        return self._problem("did not accept the message")

    def _problem(self, what: str) -> Unreachable:
        return Unreachable(
            f"The channel {self._name} {what}. It may be down, or its address is no longer valid.",
            state=NOT_SENT,
            hint="ssrcred remind sends it in its next run. "
            f"If it fails again, create a new address and store it: ssrcred secret set notify:{self._name}",
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
    if secure and scheme in plain and not encrypted and not is_loopback(str(service.host)):
        return Outcome.IN_THE_CLEAR
    # Another host would get what is in the headers, and its page would pass for a message that was taken.
    service.redirects = False
    sender = apprise.Apprise()
    sender.add(service)
    if sender.notify(body=order["text"], title=order["title"], body_format=apprise.NotifyFormat.TEXT):
        return Outcome.SENT
    return Outcome.LOGGED_IN_NOT_TAKEN if service.password else Outcome.NOT_TAKEN
