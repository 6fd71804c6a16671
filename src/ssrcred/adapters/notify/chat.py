"""Sends a message to the channel behind an Apprise address, in a process of its own.

A process, because the libraries below know no limit for a whole message, and log and raise texts with the address in
them: there, both streams lead nowhere, and the end comes in time. The address goes through a pipe, so that it is in no
argument and no environment.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

from ssrcred.adapters.installation import how_to_install
from ssrcred.adapters.notify import LIMIT_S, Message
from ssrcred.adapters.notify.relay import Said
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import ConfigInvalid, SsrcredError, Unreachable, UsageWrong

NOT_SENT: Final = "The message was not sent."
RELAY: Final = "import sys; from ssrcred.adapters.notify.relay import main; sys.exit(main())"


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
        try:
            ended = subprocess.run(
                # -P: the folder that a job happens to start in is no place to look for libraries.
                [sys.executable, "-P", "-c", RELAY],
                input=json.dumps(order).encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._limit,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._problem(f"did not take the message within {self._limit:g} seconds") from None
        if ended.returncode != Said.SENT:
            raise self.problem_of(ended.returncode)

    def problem_of(self, code: int) -> SsrcredError:
        """What it means that the other process ended with this code."""
        if code == Said.NOT_INSTALLED:
            return UsageWrong(
                "Reminders to a chat need a part that is not installed.",
                state=NOT_SENT,
                hint=how_to_install("notify"),
            )
        faults = {
            Said.NOT_UNDERSTOOD: "is not one that Apprise understands",
            Said.UNVERIFIED: "switches the check of certificates off (verify=no), which ssrcred does not do",
            Said.IN_THE_CLEAR: "is not encrypted on its way; most services have the same address with an s, as jsons://",
        }
        if code in faults:
            return ConfigInvalid(
                f"The address of the channel {self._name} {faults[Said(code)]}.",
                state=f"{NOT_SENT} The address is not shown here, since it can hold a password.",
                hint=f"Give it again: ssrcred secret set notify:{self._name}. How addresses look: appriseit.com.",
            )
        if code == Said.LOGGED_IN_NOT_TAKEN:
            return LogInDoubtful(
                f"The channel {self._name} did not take the message. Either it cannot be reached now, or the password "
                "in its address is refused.",
                state=NOT_SENT,
                hint="It is tried again once a day, since services lock accounts. "
                f"Give the address again, the same one too, for a try at once: ssrcred secret set notify:{self._name}",
            )
        return self._problem("did not take the message")

    def _problem(self, what: str) -> Unreachable:
        return Unreachable(
            f"The channel {self._name} {what}. Either it cannot be reached now, or its address is no longer good.",
            state=NOT_SENT,
            hint="It is sent at the next run of: ssrcred remind. "
            f"If it lasts, make a new address and give it: ssrcred secret set notify:{self._name}",
        )
