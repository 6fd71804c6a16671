"""What every way of capturing ends in: one checked pair."""

from __future__ import annotations

from dataclasses import dataclass

from ssrcred import hygiene
from ssrcred.credential import SecretKey


@dataclass(frozen=True, eq=False)
class Captured:
    """A new pair as it was given, cleaned and checked; `typed` when a person may have typed it by hand."""

    username: str
    secret: SecretKey
    typed: bool

    def remarks(self) -> tuple[str, ...]:
        """Sentences about what is unusual, and on look-alikes when it may have been typed; they quote no character."""
        key = self.secret.reveal()
        kinds = hygiene.look_alikes(key) if self.typed else ()
        return (*hygiene.warnings(self.username, key), *(_if_typed(kind) for kind in kinds))


def _if_typed(kind: hygiene.LookAlike) -> str:
    *before, last = (str(position) for position in kind.positions)
    which = f"characters {', '.join(before)} and {last} are each" if before else f"character {last} is"
    return f"If you typed the key, look again: {which} {kind.words}."
