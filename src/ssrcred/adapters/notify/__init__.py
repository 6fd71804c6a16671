"""Sends messages to people by mail or chat, with a time limit and without showing an address that is a secret.

`mail` is the standard library's SMTP and always there; `chat` is Apprise, which knows a hundred services, as an extra.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

__all__ = ["LIMIT_S", "Channel", "Message"]

# Seconds that one message may take, log-in and all.
LIMIT_S: Final = 60.0


@dataclass(frozen=True)
class Message:
    """A title of one line and a text of several, for people; `at` is when it was written (aware)."""

    title: str
    text: str
    at: datetime


class Channel(Protocol):
    """Sends messages to one recipient."""

    def send(self, message: Message) -> None:
        """Send it once, and return when the other side has accepted it.

        Raises Unreachable when it was not accepted and may be later, ConfigInvalid when somebody has to fix something
        first (UsageWrong: install something), and nothing that quotes a secret or the other side's own words.
        """
