"""Keeps a log-in that was refused from being sent again by every run of the reminders: mail servers lock mailboxes.

Another one than of a portal (refusal.py), whose log-in waits for a person: a mail server may refuse for an hour what it
takes again without a new password, and a reminder that waits for somebody to notice helps nobody. So there is one try
a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ssrcred.errors import LedgerDamaged, SsrcredError

if TYPE_CHECKING:
    from ssrcred.cli.session import Session

AGAIN: Final = timedelta(hours=20)
"""Between two tries. Less than a day, because the job of every day does not start in the same minute on each."""


class Restraint:
    """What the ledger remembers of the refused log-ins of `owner`, each by a name for it that holds no secret.

    Every method may raise LedgerDamaged.
    """

    def __init__(self, session: Session, owner: str) -> None:
        from ssrcred.ledger.memory import Refusals

        self._memory = Refusals(session.home.ledger)
        self._owner = owner
        self._now = session.machine.now

    def refused_at(self, account: str) -> datetime | None:
        """When the log-in was refused (aware UTC), if that is too short ago for another try; None if it may be sent."""
        at = self._memory.refused_at(self._owner, account)
        # One that is yet to come is of a clock that was wrong, and must not silence anybody until then.
        return at if at is not None and timedelta(0) <= self._now() - at < AGAIN else None

    def remember(self, account: str, refusal: SsrcredError) -> None:
        """Record that the log-in was refused now, as `refusal` tells."""
        try:
            self._memory.remember(self._owner, account, self._now())
        except LedgerDamaged as damage:
            raise LedgerDamaged(
                damage.message,
                state=f"{refusal.message} That could not be remembered, so another run would send the log-in again.",
                hint=f"{damage.hint} Let no job send reminders before: mail servers lock mailboxes.",
            ) from None

    def forget(self, account: str) -> None:
        """Let it be sent again at once: its password was set anew. Safe to repeat."""
        self._memory.forget(self._owner, account)
