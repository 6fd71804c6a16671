"""The line with which every command at a terminal begins once credentials are about to expire, or have expired.

It is read where `status` reads, without keyring or network, and only where somebody sees it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ssrcred.errors import SsrcredError
from ssrcred.output.fold import harmless
from ssrcred.survey import survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from ssrcred.state import Condition

PATIENCE_S: Final = 0.2
"""How long it waits for a ledger that another run is writing: a notice is not worth more."""


def show_expiry_notice(words: Sequence[str], environ: Mapping[str, str], now: datetime, stderr: TextIO) -> None:
    """Write the line for the LEA with the fewest days left; nothing where `stderr` is no terminal, or with --json.

    Never in the way: what cannot be read is told by the command itself, or by `status`.
    """
    if not stderr.isatty() or {"--json", "--help", "-h"} & set(words):
        return
    try:
        known = survey(environ, sorted, now, patience_s=PATIENCE_S)
    except SsrcredError:
        return
    if due := [one for one in known if one.days_left is not None and is_due(one.days_left, one.terminal_days)]:
        worst = min(due, key=lambda one: (one.days_left, one.lea))
        stderr.write(f"{harmless(line(worst, len(due) - 1, several=len(known) > 1))}\n")


def is_due(days_left: int, terminal_days: int) -> bool:
    """Whether the line is shown: from `terminal_days` before the end (0: never before it), and once it is over."""
    return days_left < 0 or (terminal_days > 0 and days_left <= terminal_days)


def line(worst: Condition, others: int, *, several: bool) -> str:
    """The sentence about the LEA `worst`, and how many `others` there are; `several` LEAs need a name in a command."""
    begun = (worst.record or {}).get("rotation") is not None
    command = f"ssrcred {'resume' if begun else 'rotate'}" + (f" --lea {worst.lea}" if several else "")
    said = f"{worst.name}: the credentials {_when(worst)}. Next: {command}"
    if others:
        said += f" ({others} other LEA{'s' if others > 1 else ''} expiring or expired: ssrcred status --all)"
    return said


def _when(one: Condition) -> str:
    days = one.days_left or 0
    near = {1: "expire tomorrow", 0: "expire today", -1: "expired yesterday"}
    words = near.get(days, f"expire in {days} days" if days > 0 else f"expired {-days} days ago")
    if one.expires_at is None:
        return words
    local = one.expires_at.astimezone(ZoneInfo(one.timezone))
    return f"{words} ({local:%A, %B} {local.day}, {local.year})"
