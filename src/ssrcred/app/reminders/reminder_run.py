"""Sends the reminders that are due, one message for each recipient, and records what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ssrcred.adapters.config import Config, Lea
from ssrcred.adapters.config.value import ping_address
from ssrcred.adapters.ledger.auxiliary_store import Refusals, Reminders
from ssrcred.adapters.ledger.run_lock import REMINDERS, lock
from ssrcred.adapters.notify import Message
from ssrcred.adapters.toml_file import Unfit
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.request_log import doing
from ssrcred.adapters.web.site import Site
from ssrcred.app.lea_cache import confirmed
from ssrcred.app.portal import signing_in
from ssrcred.app.reminders.delivery import Delivery, Recipient, recipients, test_message
from ssrcred.app.session import Session
from ssrcred.domain import errors
from ssrcred.domain.lea_status import Condition
from ssrcred.domain.reminder import Told, Unreached, after, concerns, due
from ssrcred.output import document
from ssrcred.output import reminder_text as letter

# Seconds for the monitoring service's address.
PING_S: Final = 20.0
# After so long without a delivery to somebody the others are told; a mail server may be down for a day or two.
DEAD: Final = timedelta(days=3)


@dataclass
class Letter:
    """One message to one recipient, the LEAs that it is about, and the problem that stopped it."""

    recipient: Recipient
    message: Message
    leas: tuple[str, ...] = ()
    problem: errors.SsrcredError | None = None


@dataclass
class ReminderRun:
    """The result of a run: the LEAs' conditions, the letters, and every problem.

    With `plan` nothing was sent.
    """

    plan: bool = False
    conditions: list[Condition] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    problems: list[errors.SsrcredError] = field(default_factory=list)
    heartbeat: str | None = None

    def document(self) -> dict[str, Any]:
        """The body of the JSON document."""
        return {
            "leas": [{"lea": one.lea, "state": one.state.value, "days_left": one.days_left} for one in self.conditions],
            "messages": [
                {
                    "to": one.recipient.shown,
                    "leas": list(one.leas),
                    "title": one.message.title,
                    "sent": one.problem is None and not self.plan,
                    **(document.error(one.problem) if one.problem is not None else {"error": None}),
                }
                for one in self.letters
            ],
            "problems": [one.message for one in self.problems],
            "heartbeat": self.heartbeat,
            "plan": self.plan,
        }

    @property
    def error(self) -> errors.SsrcredError | None:
        """One problem for all: the first that somebody has to fix, or else one that may pass by itself."""
        lasting = (one for one in self.problems if not isinstance(one, errors.Unreachable))
        return next(lasting, self.problems[0] if self.problems else None)


def run_reminders(
    session: Session, wanted: str | None, *, every: bool, heartbeat: str | None, plan: bool, test: str | None
) -> ReminderRun:
    """Send what is due of an LEA or of all; only show it with `plan`; or `test` one recipient, or "all".

    The history records how a run ended, for status and the doctor.
    """
    config = session.config(reminders=True)
    leas = session.leas(wanted, config, every=every, state="Nothing was sent.")
    address = _given_heartbeat(heartbeat) or config.everyone.heartbeat
    if test is not None:
        return _send_test(session, config, leas, test)
    # With --all the problems of those whose settings cannot be understood.
    wrong = list(config.wrong.values()) if every and not session.only.leaves_out_unknown else []
    if plan:
        run = _send_due(session, config, leas, plan=True)
        run.problems += wrong
        return run
    memory = Reminders(session.environment.home.ledger)

    def note(code: int) -> None:
        memory.ended((lea.key for lea in leas), session.environment.now(), code)

    try:
        run = _send_due(session, config, leas, plan=False)
        run.problems += wrong
        if not wrong:  # whom an LEA names whose settings cannot be understood is not known
            # Those who are not named any more: their closed mailboxes are nobody's problem.
            memory.forget_others({one.key for one in recipients(config, config.leas.values())})
        if not run.problems and address:
            _ping(run, address)
    except errors.LockHeld:
        raise  # another run sends: this one has done nothing, and leaves it to the other to tell its end
    except BaseException as error:
        kind = errors.Interrupted if isinstance(error, KeyboardInterrupt) else errors.SsrcredError
        # What went wrong is what has to be told, and not that it could not be remembered.
        with suppress(errors.LedgerDamaged):
            note(error.exit_code if isinstance(error, errors.SsrcredError) else kind.exit_code)
        raise
    if run.error is None:
        note(0)
    else:
        with suppress(errors.LedgerDamaged):
            note(run.error.exit_code)
    return run


def _given_heartbeat(given: str | None) -> str | None:
    try:
        return None if given is None else ping_address(given)
    except Unfit as reason:
        raise errors.UsageWrong(
            f"The address after --heartbeat {reason}.",
            state="Nothing was sent.",
            hint="Copy the address from your monitoring service, with https:// in front.",
        ) from None


def _send_test(session: Session, config: Config, leas: Sequence[Lea], who: str) -> ReminderRun:
    """Send a test message to one recipient or to all; a delivery clears the record that they were not reached."""
    everybody = recipients(config, leas)
    meant = [one for one in everybody if who == "all" or one.shown.casefold() == who.casefold()]
    if not meant:
        known = ", ".join(one.shown for one in everybody) or "nobody yet (to add somebody: ssrcred remind --setup[lea])"
        raise errors.UsageWrong(
            f"config.toml has no recipient '{who}'.", state="Nothing was sent.", hint=f"Recipients: {known}."
        )
    delivery, run = Delivery(session, config), ReminderRun()
    for recipient in meant:
        written = Letter(recipient, test_message(session.environment))
        run.letters.append(written)
        _send(delivery, written)
        if written.problem is not None:
            run.problems.append(written.problem)
        elif session.environment.home.ledger.exists():  # else nobody was ever not reached
            Reminders(session.environment.home.ledger).reached(recipient.key, {})
    return run


def _send(delivery: Delivery, written: Letter) -> None:
    try:
        delivery.send(written.recipient, written.message)
    except errors.SsrcredError as problem:
        written.problem = problem


def _send_due(session: Session, config: Config, leas: Sequence[Lea], *, plan: bool) -> ReminderRun:
    """Find out what is due for whom and send it, while no other run does."""
    # Each delivery is recorded at once: a run that is killed in between repeats one message and loses none.
    now, home = session.environment.now(), session.environment.home
    memory, refusals = Reminders(home.ledger), Refusals(home.ledger)
    with lock(home.locks, run=session.run, kind=REMINDERS):
        conditions = session.conditions(leas)
        routed = confirmed(str(home.config), conditions)
        for lea in leas:
            conditions[lea.key].rejected = refusals.of(lea.key, signing_in(lea))
            conditions[lea.key].sis = lea.other_sis
            conditions[lea.key].unconfirmed = lea.needs_route and lea.key not in routed
        everybody = recipients(config, leas)
        run = ReminderRun(plan, list(conditions.values()), problems=_unheard(everybody, leas))
        delivery = Delivery(session, config)
        for recipient in everybody:
            told = {lea: Told.from_json(record) for lea, record in memory.told(recipient.key).items()}
            days = {lea.key: lea.remind.days for lea in recipient.leas}
            subjects = [
                letter.Subject(conditions[key], concerns(conditions[key], days[key], now))
                for key in days
                if due(conditions[key], days[key], told.get(key, Told()), now)
            ]
            if not subjects:
                continue
            title, text = letter.digest(subjects, now, _unreached(memory, everybody, recipient, now))
            written = Letter(recipient, Message(title, text, now), tuple(one.condition.lea for one in subjects))
            run.letters.append(written)
            if plan:
                continue
            _send(delivery, written)
            if written.problem is not None:
                memory.failed(recipient.key, now, written.problem.message)
            else:
                known = {key: after(conditions[key], days[key], told.get(key, Told()), now) for key in written.leas}
                memory.reached(recipient.key, {key: one.to_json() for key, one in known.items()})
            session.result.partial = run.document()  # for somebody who stops it in between
    run.problems += [one.problem for one in run.letters if one.problem is not None]
    return run


def _unheard(everybody: Sequence[Recipient], leas: Sequence[Lea]) -> list[errors.SsrcredError]:
    """Return a problem for the LEAs that nobody gets reminders of."""
    heard = {lea.key for recipient in everybody for lea in recipient.leas}
    silent = [lea.key for lea in leas if lea.key not in heard]
    if not silent:
        return []
    names = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
    return [
        errors.ConfigInvalid(
            f"Nobody gets reminders for: {names}.",
            state="Nobody is told before those credentials expire. Reminders of other LEAs are sent as usual.",
            hint=f"Add somebody, and a role mailbox: ssrcred remind --setup --lea {silent[0]}",
            problems=tuple(f"lea.{key}.remind: names nobody" for key in silent),
        )
    ]


def _unreached(
    memory: Reminders, everybody: Sequence[Recipient], recipient: Recipient, now: datetime
) -> Mapping[str, Unreached]:
    """Return who else should get reminders of a recipient's LEAs and has not for days, so that somebody hears of it."""
    failed = {key: one for key, one in memory.unreached().items() if now - one.since >= DEAD}
    mine = {lea.key for lea in recipient.leas}
    others = (one for one in everybody if one.key != recipient.key and one.key in failed)
    return {one.shown: failed[one.key] for one in others if mine & {lea.key for lea in one.leas}}


@doing("call the heartbeat address")
def _ping(run: ReminderRun, address: str) -> None:
    """Call the monitoring service; no answer is a problem of the run, after everything was sent."""
    run.heartbeat = "failed"
    try:
        with Site(address, limits=Limits(total_seconds=PING_S)) as site:
            status = site.get(address).status
        # A monitor answers an address that it does not know, too, and would never raise an alarm for it.
        if 200 <= status < 300:
            run.heartbeat = "sent"
            return
        what = f"returned an error ({status})"
    except errors.SsrcredError:
        what = "did not answer"
    run.problems.append(
        errors.Unreachable(
            f"The heartbeat address {what}.",
            state="The reminders were sent. Only the call to the monitoring service failed.",
            hint="ssrcred calls it after the next successful run. If it fails again, compare the address with your "
            "monitoring service.",
        )
    )
