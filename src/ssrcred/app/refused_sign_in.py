"""Keeps a sign-in that a portal refused in one run from being sent again in a later one, whichever driver is used.

One that waited for a person (a code, a new password) is not sent again by a run that has nobody either: each would have
another code sent. One that did not get through (429, a block page) is not remembered: it says nothing of the password.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from ssrcred.adapters.web.request_log import doing
from ssrcred.domain.errors import CredentialMissing, LedgerDamaged, LoginRefused, PersonNeeded, PortalFailed, UsageWrong
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.domain.local_time import local_day
from ssrcred.domain.place import Extent
from ssrcred.workflows.workflow import Portal

if TYPE_CHECKING:
    from ssrcred.adapters.config import Lea
    from ssrcred.adapters.ledger.auxiliary_store import Refusals
    from ssrcred.adapters.portal.find.search import Found, Stopped
    from ssrcred.adapters.portal.route.route import Rehearsal
    from ssrcred.adapters.portal.route_follower import ConfirmedPortal
    from ssrcred.app.environment import Environment
    from ssrcred.domain.credential import Credential
    from ssrcred.domain.place import Reading, Saved

# What is waited for while settings are read.
SETTINGS: Final = "SchoolWise to show its settings"
# The secret that holds the password of the office account.
OFFICE = "schoolwise"
# Before an account's name in the memory of refusals: its sign-in waited for a person then, and was not refused.
WAITS: Final = "waits:"


class OpenPortal(Portal, Protocol):
    """A portal that has to be closed."""

    def close(self) -> None: ...


@dataclass
class CarefulPortal:
    """A portal that sends no sign-in again that was rejected, until its password is stored again.

    `attended` tells that a person is here: then one that waited for a person before is sent again.

    `office` names the secret that `whole` signs in with to its settings ("": a person does), `parents` by
    place the one for its test. `held_back` is given each rejection that kept a sign-in from being sent, once a run, and
    `say` what a person has to know of schools that may be missing. `needs_person`: the office account's sign-in was
    confirmed as one that a person does. `no_office` is why nobody signs in with office rights: then nothing is read and
    nothing saved; `lost` are the places whose parent's password is not stored: their test is skipped.

    What a workflow asks for is done `within` a context, given what is waited for, in words, and of which place.
    """

    whole: OpenPortal
    lea: Lea
    memory: Refusals
    office: str
    parents: Mapping[str, str]
    clock: Callable[[], datetime]
    held_back: Callable[[PortalFailed], None]
    attended: bool = True
    needs_person: bool = False
    say: Callable[[str], None] = lambda text: None
    no_office: CredentialMissing | None = None
    lost: frozenset[str] = frozenset()
    within: Callable[[str, str], AbstractContextManager[None]] = lambda what, place: nullcontext()
    _told: bool = field(default=False, init=False)
    _known: dict[str, LoginRefused | PersonNeeded | None] = field(default_factory=dict, init=False)
    _ended: set[str] = field(default_factory=set, init=False)
    _waited: set[str] = field(default_factory=set, init=False)

    @doing("read the settings")
    def places(self) -> tuple[Reading, ...]:
        """What every place holds. Raises LoginRefused without a request if the office account was refused before."""
        with self.within(SETTINGS, ""), self._as_office():
            found = self.whole.places()
        self._accepted(self.office)
        if self.confirmed is not None and not self._told:
            self._told, extent = True, self.extent
            for name in extent.twins:
                self.say(
                    f"{self.lea.name}: More than one school is named {name}. They are not read and not saved, because "
                    "they cannot be told apart. Give each its own name in SchoolWise, or save there by hand."
                )
            if not extent.complete and not extent.twins:
                what = "There may be more schools. This result is about the schools that the page shows."
                self.say(f"{self.lea.name}: {what}")
        return found

    @property
    def extent(self) -> Extent:
        """Which schools the last reading covers."""
        read = self.confirmed
        return Extent() if read is None else read.extent

    @doing("save a setting")
    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save one place. Raises LoginRefused without a request if the office account was refused before."""
        with self.within("SchoolWise to save the setting of {}", place), self._as_office():
            saved = self.whole.write(place, credential)
        if saved.log_in_refused:
            self._remember(self.office)
        return saved

    @doing("test as a parent")
    def prove(self, place: str) -> Proof:
        """Press the button as the place's parent. Raises LoginRefused without a request if refused before."""
        if place in self.lost:
            reason = "the password of its parent account is not stored"
            return Proof(Probe.PORTAL, Outcome.SKIPPED, self.clock(), place, reason)
        account = self.parents.get(place, "")
        with self.within("SchoolWise to show score reports ({})", place), self._as(account):
            proof = self.whole.prove(place)
        if proof.outcome not in (Outcome.UNREACHABLE, Outcome.NOT_UNDERSTOOD, Outcome.SKIPPED):
            self._accepted(account)
        return proof

    @property
    def confirmed(self) -> ConfirmedPortal | None:
        """The portal as it follows what was confirmed; None for a driver that does not."""
        from ssrcred.adapters.portal.route_follower import ConfirmedPortal

        return self.whole if isinstance(self.whole, ConfirmedPortal) else None

    def sign_in(self) -> None:
        """Test the office account, as ConfirmedPortal does. Raises LoginRefused without a request if refused before."""
        with self._as_office():
            if self.confirmed is not None:
                self.confirmed.sign_in()
            else:
                self.whole.places()
        self._accepted(self.office)

    @doing("find the settings")
    def search(self, go: Sequence[str], *, every_field: bool) -> tuple[list[Found], Stopped | None]:
        """The fields that can hold credentials. Raises LoginRefused without a request if refused before, and
        UsageWrong for a driver that cannot look for them.
        """
        if self.confirmed is None:
            raise UsageWrong(
                "Fields are looked for with the drivers http and browser only.",
                state="Nothing was read from the portal or written to it.",
                hint="Name one: ssrcred portal find --driver http",
            )
        with self._as_office():
            return self.confirmed.search(go, every_field=every_field)

    @doing("test the save")
    def rehearse_again(self, places: Sequence[str]) -> Mapping[str, Rehearsal]:
        """The test saves of what was confirmed. Raises LoginRefused without a request if refused before."""
        if self.confirmed is None:
            raise TypeError("a test save is of what was confirmed")
        with self._as_office():
            return self.confirmed.rehearse_again(places)

    def close(self) -> None:
        """Close the portal."""
        self.whole.close()

    @contextmanager
    def _as_office(self) -> Iterator[None]:
        if (none := self.no_office) is not None:
            raise type(none)(none.message, state=none.state, hint=none.hint)
        with self._as(self.office):
            yield

    @contextmanager
    def _as(self, account: str) -> Iterator[None]:
        """Do something as an account, unless it was refused in an earlier run; remember it if it is refused in this."""
        # How the sign-in ended in an earlier run; what happens in this one is the driver's own to remember.
        if account and account not in self._known:
            ended: LoginRefused | PersonNeeded | None = None
            if (at := self.memory.refused_at(self.lea.key, account)) is not None:
                ended = _held_back(self.lea, account, at, waits=False)
            elif account == self.office and self.needs_person and not self.attended:
                ended = PersonNeeded(
                    f"The sign-in to SchoolWise for {self.lea.key} needs a person (single sign-on, or a code), and "
                    "nobody is at the terminal.",
                    state="It was skipped. Nothing was sent, and no code was requested. Nothing was written.",
                    hint="Run it in a terminal, where a browser opens for the sign-in: ssrcred schools --lea "
                    f"{self.lea.key}",
                    asked=False,
                )
            elif (at := self.memory.refused_at(self.lea.key, WAITS + account)) is not None:
                self._waited.add(account)
                ended = None if self.attended else _held_back(self.lea, account, at, waits=True)
            self._known[account] = ended
            if ended is not None:
                self.held_back(ended)
        if (before := self._known.get(account)) is not None:
            raise before
        try:
            yield
        except (LoginRefused, PersonNeeded) as stop:
            # The driver says the same at every later call of this run; what it said first is what counts.
            if account not in self._ended and not (isinstance(stop, LoginRefused) and stop.was_in):
                self._remember(account, stop)
            self._ended.add(account)
            if account:
                # The adapter knows whether it was a parent, and not which parent's password has to be set.
                named = f"ssrcred secret set {account} --lea {self.lea.key}"
                for secret in (OFFICE, "parent"):
                    stop.hint = stop.hint.replace(f"ssrcred secret set {secret}[lea]", named)
            raise

    def _accepted(self, account: str) -> None:
        """Forget that a sign-in waited for a person once: a person has passed it, or it waits no more."""
        if account in self._waited:
            self.memory.forget(self.lea.key, WAITS + account)
            self._waited.discard(account)

    def _remember(self, account: str, refusal: LoginRefused | PersonNeeded | None = None) -> None:
        if account:
            name = WAITS + account if isinstance(refusal, PersonNeeded) else account
            said = refusal.message if refusal is not None else "SchoolWise rejected the sign-in."
            warning = "Until then, run no other ssrcred command that signs in: SchoolWise can lock the account."
            remember(self.memory, self.lea.key, name, self.clock(), said, warning)


def remember(memory: Refusals, owner: str, account: str, at: datetime, said: str, warning: str) -> None:
    """Record that a sign-in was rejected, as `said` tells. Raises LedgerDamaged, with a `warning` about another run."""
    try:
        memory.remember(owner, account, at)
    except LedgerDamaged as damage:
        damage.state = f"{said} That could not be recorded, so another run would send the sign-in again."
        damage.hint = f"{damage.hint} {warning}"
        raise


def _held_back(lea: Lea, account: str, at: datetime, *, waits: bool) -> LoginRefused | PersonNeeded:
    """What stands for a sign-in that is not sent again: it waited for a person at that time, or was refused."""
    who = "the office account" if account == OFFICE else "a parent account"
    day = local_day(at, lea.timezone)
    command = f"ssrcred secret set {account} --lea {lea.key}"
    if waits:
        return PersonNeeded(
            f"On {day} the sign-in of {who} waited for a code or a new password, which only a person can give.",
            state="It was skipped, because each attempt sends another code. Nothing was written.",
            hint="Sign in by hand in a browser. Once a password alone is enough, store it, even if it is unchanged: "
            f"{command}",
            asked=False,
        )
    return LoginRefused(
        f"SchoolWise rejected the password of {who} on {day}. It has not been stored again since.",
        state="The sign-in was not sent again, because SchoolWise locks accounts. Nothing was written.",
        hint=f"Sign in by hand in a browser to see why. Then store the password, even if it is unchanged: {command}",
    )


def forget_refusal(environment: Environment, lea: str, secret: str) -> None:
    """Let the account whose password was just stored as `secret` sign in again. Raises LedgerDamaged."""
    from ssrcred.adapters.ledger.auxiliary_store import Refusals

    if secret == OFFICE or secret.partition(":")[0] == "parent":
        memory = Refusals(environment.home.ledger)
        memory.forget(lea, secret)
        memory.forget(lea, WAITS + secret)
