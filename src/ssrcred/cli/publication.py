"""Where and for whom `verify` leaves what a help desk may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ssrcred.errors import SsrcredError, UsageWrong
from ssrcred.output.published import Published, group_number, publish

if TYPE_CHECKING:
    from ssrcred.cli.session import Session
    from ssrcred.config import Config
    from ssrcred.evidence import Verdict


@dataclass(frozen=True)
class Publication:
    """The file, and the number of the group whose members may read it (None: not said)."""

    path: Path
    group: int | None

    @classmethod
    def of(cls, path: Path | None, group: str | None) -> Publication | None:
        """What the options ask for, found out before anything is tried. Raises UsageWrong."""
        if path is None and group is None:
            return None
        if path is None or not path.parent.is_dir():
            raise UsageWrong(
                "--publish-group says who may read the file that --publish names."
                if path is None
                else f"There is no folder {path.parent}.",
                state="Nothing was checked.",
                hint="Name a file in a folder that exists: ssrcred verify --publish FILE --publish-group GROUP",
            )
        return cls(path, None if group is None else group_number(group))

    def write(self, session: Session, config: Config, found: Sequence[tuple[str, Verdict | SsrcredError]]) -> None:
        """Publish what the checks of these LEAs, by key, came to. An LEA that config.toml does not tell is left out."""
        from ssrcred.cli.session import remembered
        from ssrcred.ledger import Ledger

        now: datetime = session.machine.now()
        entries = []
        with Ledger.readonly(session.home.ledger) as ledger:
            for key, came in found:
                if (lea := config.leas.get(key)) is not None:
                    entries.append(Published(session.condition(lea, remembered(ledger, key)), came, now))
        beside = publish(self.path, entries, self.group)
        session.say(f"Published for the help desk: {self.path} and {beside.name}")
