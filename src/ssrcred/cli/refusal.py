"""Keeps a log-in that a portal refused in one run from being sent again in a later one, whichever driver is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ssrcred.errors import LedgerDamaged, LoginRefused

if TYPE_CHECKING:
    from ssrcred.cli.driver import OpenPortal
    from ssrcred.cli.session import Session
    from ssrcred.config import Lea
    from ssrcred.credential import Credential
    from ssrcred.evidence import Proof
    from ssrcred.ledger.refusal import Refusals
    from ssrcred.place import Reading, Saved

OFFICE = "schoolwise"
"""The secret that holds the password of the office account."""


@dataclass
class CarefulPortal:
    """A portal that sends no log-in which was refused before and whose password has not been set anew since.

    `office` names the secret that `whole` logs in with for its places ("": it does not log in itself), `parents` by
    place the one for its proof. `held_back` is given each refusal that kept a log-in from being sent, once a run.
    """

    whole: OpenPortal
    lea: Lea
    memory: Refusals
    office: str
    parents: Mapping[str, str]
    clock: Callable[[], datetime]
    held_back: Callable[[LoginRefused], None]
    _known: dict[str, LoginRefused | None] = field(default_factory=dict, init=False)
    _ended: set[str] = field(default_factory=set, init=False)

    @classmethod
    def around(
        cls, whole: OpenPortal, session: Session, lea: Lea, office: str, parents: Mapping[str, str]
    ) -> CarefulPortal:
        """The one of a command's run, with its ledger and clock."""
        from ssrcred.ledger.refusal import Refusals

        memory = Refusals(session.home.ledger)
        return cls(whole, lea, memory, office, parents, session.machine.now, session.held_back.append)

    def places(self) -> tuple[Reading, ...]:
        """What every place holds. Raises LoginRefused without a request if the office account was refused before."""
        with self._as(self.office):
            return self.whole.places()

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save one place. Raises LoginRefused without a request if the office account was refused before."""
        with self._as(self.office):
            saved = self.whole.write(place, credential)
        if saved.log_in_refused:
            self._remember(self.office)
        return saved

    def prove(self, place: str) -> Proof:
        """Press the button as the place's parent. Raises LoginRefused without a request if refused before."""
        with self._as(self.parents.get(place, "")):
            return self.whole.prove(place)

    def found(self) -> dict[str, tuple[str, str]]:
        """By place, the words that its two fields were found by; {} for a driver that knows none."""
        from ssrcred.portal.visit import VisitedPortal

        return self.whole.found() if isinstance(self.whole, VisitedPortal) else {}

    def close(self) -> None:
        """Close the portal."""
        self.whole.close()

    @contextmanager
    def _as(self, account: str) -> Iterator[None]:
        """Do something as an account, unless it was refused in an earlier run; remember it if it is refused in this."""
        if (before := self._before(account)) is not None:
            raise LoginRefused(before.message, state=before.state, hint=before.hint)
        try:
            yield
        except LoginRefused as refusal:
            # The driver says the same at every later call of this run; what it said first is what counts.
            if account not in self._ended and not refusal.was_in:
                self._remember(account, refusal)
            self._ended.add(account)
            raise

    def _before(self, account: str) -> LoginRefused | None:
        """The refusal of an earlier run; what happens in this one is the driver's own to remember."""
        if account and account not in self._known:
            at = self.memory.refused_at(self.lea.key, account)
            self._known[account] = None if at is None else _refused(self.lea, account, at)
            if (found := self._known[account]) is not None:
                self.held_back(found)
        return self._known.get(account)

    def _remember(self, account: str, refusal: LoginRefused | None = None) -> None:
        if not account:
            return
        try:
            self.memory.remember(self.lea.key, account, self.clock())
        except LedgerDamaged as damage:
            said = refusal.message if refusal is not None else "The portal refused the log-in."
            raise LedgerDamaged(
                damage.message,
                state=f"{said} That could not be remembered, so another run would send the log-in again.",
                hint=f"{damage.hint} Run nothing that logs in before: portals lock accounts.",
            ) from None


def _refused(lea: Lea, account: str, at: datetime) -> LoginRefused:
    from zoneinfo import ZoneInfo

    who = "the office account" if account == OFFICE else "a parent account"
    day = f"{at.astimezone(ZoneInfo(lea.timezone)):%Y-%m-%d}"
    return LoginRefused(
        f"The portal refused the log-in of {who} on {day}, and its password has not been set anew since.",
        state="The log-in was not sent again: portals lock accounts. Nothing was written.",
        hint="Log in by hand in a browser to see why. Then set the password, the same one too, for one more try: "
        f"ssrcred secret set {account} --lea {lea.key}",
    )


def forget_refusal(session: Session, lea: str, secret: str) -> None:
    """Let the account whose password was just kept as `secret` log in again. Raises LedgerDamaged."""
    from ssrcred.ledger.refusal import Refusals

    if secret == OFFICE or secret.partition(":")[0] == "parent":
        Refusals(session.home.ledger).forget(lea, secret)
