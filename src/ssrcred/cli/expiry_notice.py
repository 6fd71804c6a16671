"""The line with which every command at a terminal begins once credentials are about to expire, or have expired.

It is read where `status` reads, without keyring or network, and only where somebody sees it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from ssrcred.app.lea_conditions import survey
from ssrcred.domain.errors import SsrcredError
from ssrcred.domain.local_time import local_day
from ssrcred.output.fold import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO


# How long it waits for a ledger that another run is writing: a notice is not worth more.
PATIENCE_S: Final = 0.2


def show_expiry_notice(words: Sequence[str], environ: Mapping[str, str], now: datetime, stderr: TextIO) -> None:
    """Write the line for the LEA with the fewest days left; nothing without a terminal, with --json or --quiet.

    Never in the way: what cannot be read is told by the command itself, or by `status`.
    """
    if not stderr.isatty() or {"--json", "--quiet", "--help", "-h"} & set(words):
        return
    try:
        known = list(survey(environ, sorted, now, patience_s=PATIENCE_S))
    except SsrcredError:
        return
    # From `terminal_days` before the end (0: never before it), and once it is over.
    if due := [one for one in known if one.days_left is not None and one.days_left <= (one.terminal_days or -1)]:
        worst = min(due, key=lambda one: (one.days_left, one.lea))
        days = worst.days_left or 0
        near = {1: "expire tomorrow", 0: "expire today", -1: "expired yesterday"}
        when = near.get(days, f"expire in {days} days" if days > 0 else f"expired {-days} days ago")
        if worst.expires_at is not None:
            when += f" ({local_day(worst.expires_at, worst.timezone)})"
        begun = (worst.record or {}).get("rotation") is not None
        command = f"ssrcred {'resume' if begun else 'rotate'}" + (f" --lea {worst.lea}" if len(known) > 1 else "")
        said = f"{worst.name}: the credentials {when}. Next: {command}"
        if others := len(due) - 1:
            said += f" ({others} other LEA{'s' if others > 1 else ''} expiring or expired: ssrcred status --all)"
        stderr.write(f"{harmless(said)}\n")
