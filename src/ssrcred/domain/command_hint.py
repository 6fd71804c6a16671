"""Names the LEA in each command that a person is told to type, where config.toml has several of them.

A text says itself where: `ssrcred resume[lea]` is a command for one LEA, which refuses to guess which one is meant.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssrcred.domain.errors import SsrcredError


def addressed(text: str, lea: str = "") -> str:
    """`text` with ` --lea NAME` for each `[lea]`, and without them where `lea` is "": there is nothing to choose."""
    return text.replace("[lea]", f" --lea {lea}" if lea else "")


def lines(problem: SsrcredError) -> tuple[str, str, str]:
    """The message, the state and the hint of what went wrong, for the LEA that it is about."""
    return (
        addressed(problem.message, problem.lea),
        addressed(problem.state, problem.lea),
        addressed(problem.hint, problem.lea),
    )
