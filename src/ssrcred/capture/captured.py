"""What every way of capturing ends in: one checked pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
        # One line and no positions: most people paste, and where which character stands narrows the key down.
        word = (f"{IF_TYPED} {', or '.join(kind.words for kind in kinds)}.",) if kinds else ()
        return (*hygiene.warnings(self.username, key), *word)


IF_TYPED: Final = "If you typed the key instead of pasting it, compare it with the TOMS screen: it has"
