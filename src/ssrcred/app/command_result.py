"""What a command has come to so far: its events, and the one JSON document in which they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from ssrcred.domain.errors import Interrupted, PortalFailed
from ssrcred.domain.event import Event
from ssrcred.output import document


@dataclass
class Result:
    """One command's result; with `json` it is answered as a document on `stdout`.

    `held_back` are the rejections of earlier runs because of which a sign-in was not sent in this one.
    `partial` is what an error's document shows in place of the events: what a command over many LEAs came to so far.
    `stopped` is what Ctrl-C ends in from now on, for a command that knows better than the program what that leaves.
    """

    command: str
    stdout: TextIO
    json: bool = False
    events: list[Event] = field(default_factory=list)
    held_back: list[PortalFailed] = field(default_factory=list)
    partial: Mapping[str, Any] = field(default_factory=dict)
    stopped: Interrupted | None = None

    def answer(self, body: Mapping[str, Any]) -> None:
        """The one JSON document, if it was asked for."""
        if self.json:
            document.show(self.command, body, self.stdout)

    def answer_events(self, *, finished: bool) -> None:
        """The document of a command that does things."""
        self.answer(document.events(self.events, finished=finished))
