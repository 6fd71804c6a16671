"""Names the LEA in each command that a person is told to type, where config.toml has several of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ssrcred.domain.errors import SsrcredError

# The commands that are for one LEA and refuse to guess, unless their sentence names an LEA, or all, already.
COMMAND: Final = re.compile(
    r"ssrcred (?:"
    r"(?:rotate|resume|abandon|store|upload|verify|schools|status|calendar|handover)\b"
    r"|secret set(?: (?!notify)\w[\w-]*(?::\w[\w-]*)*)?(?! notify)"
    r"|portal test|remind --setup|doctor --find-api"
    r")(?![^.;()]*--(?:lea|all)\b)"
)


def addressed(text: str, lea: str) -> str:
    """`text` with ` --lea NAME` in each such command; as it is where `lea` is "": there is nothing to choose."""
    return COMMAND.sub(lambda found: f"{found[0]} --lea {lea}", text) if lea else text


def address(problem: SsrcredError, lea: str) -> None:
    """The same for the three lines of what went wrong."""
    for line in ("message", "state", "hint"):
        setattr(problem, line, addressed(getattr(problem, line), lea))
