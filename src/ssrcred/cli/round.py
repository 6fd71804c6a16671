"""One round of the reminders: what is due for whom, written, sent, and remembered at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ssrcred.cli.channel import Post, Recipient, recipients
from ssrcred.cli.driver import signing_in
from ssrcred.cli.session import Session, remembered
from ssrcred.config import Config, Lea
from ssrcred.errors import ConfigInvalid, SsrcredError
from ssrcred.notify import Message
from ssrcred.output import document, letter
from ssrcred.reminder import Told, after, concerns, due
from ssrcred.roll import unconfirmed
from ssrcred.state import Condition

if TYPE_CHECKING:
    from ssrcred.ledger.memory import Reminders, Unreached

DEAD: Final = timedelta(days=3)
"""For so long nothing has to reach somebody before the others are told; a mail server is down for a day or two."""


@dataclass(frozen=True)
class Letter:
    """One message to one recipient, the LEAs that it tells of, and the problem that kept it from them."""

    recipient: Recipient
    message: Message
    leas: tuple[str, ...]
    problem: SsrcredError | None = None


@dataclass
class Round:
    """One run over the LEAs: their conditions, the letters, and everything that kept it from being a good run."""

    conditions: list[Condition]
    letters: list[Letter] = field(default_factory=list)
    problems: list[SsrcredError] = field(default_factory=list)
    heartbeat: str | None = None

    def document(self, *, plan: bool) -> dict[str, Any]:
        """The body of the JSON document; with `plan` nothing was sent."""
        return {
            "leas": [{"lea": one.lea, "state": one.state.value, "days_left": one.days_left} for one in self.conditions],
            "messages": [
                {
                    "to": one.recipient.shown,
                    "leas": list(one.leas),
                    "title": one.message.title,
                    "sent": one.problem is None and not plan,
                    **(document.error(one.problem) if one.problem is not None else {"error": None}),
                }
                for one in self.letters
            ],
            "problems": [one.message for one in self.problems],
            "heartbeat": self.heartbeat,
            "plan": plan,
        }


def go_round(session: Session, config: Config, leas: Sequence[Lea], *, plan: bool) -> Round:
    """Find out what is due for whom and send it, one message for each recipient, while no other run does."""
    from ssrcred.ledger import Ledger
    from ssrcred.ledger.memory import Refusals, Reminders
    from ssrcred.ledger.run_lock import reminding

    now = session.machine.now()
    memory = Reminders(session.home.ledger)
    with reminding(session.home.locks):
        with Ledger.readonly(session.home.ledger) as ledger:
            conditions = {lea.key: session.condition(lea, remembered(ledger, lea.key)) for lea in leas}
        refusals = Refusals(session.home.ledger)
        for lea in leas:
            conditions[lea.key].rejected = refusals.of(lea.key, signing_in(lea))
            conditions[lea.key].unconfirmed = lea.needs_route and unconfirmed(str(session.home.config), lea.key)
        done = Round(list(conditions.values()), problems=_unheard(config, leas))
        post = Post(session, config)
        everybody = recipients(config, leas)
        for recipient in everybody:
            told = {lea: Told.from_json(record) for lea, record in memory.told(recipient.key).items()}
            written = _written(recipient, conditions, told, _unreached(memory, everybody, recipient, now), now)
            if written is None:
                continue
            if not plan:
                written = _sent(post, written, conditions, told, memory, now)
            done.letters.append(written)
            if not plan:
                session.partial = done.document(plan=False)  # for somebody who stops it in between
    done.problems += [one.problem for one in done.letters if one.problem is not None]
    return done


def _unheard(config: Config, leas: Sequence[Lea]) -> list[SsrcredError]:
    """A problem for the LEAs of which nobody would hear."""
    heard = {lea.key for recipient in recipients(config, leas) for lea in recipient.leas}
    silent = [lea.key for lea in leas if lea.key not in heard]
    if not silent:
        return []
    names = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
    return [
        ConfigInvalid(
            f"Nobody is named who is to be reminded of: {names}.",
            state="Nobody will hear when that credential expires. The reminders of other LEAs are not held up by this.",
            hint=f"Name somebody, a role mailbox among them: ssrcred remind --setup --lea {silent[0]}",
            problems=tuple(f"lea.{key}.remind: names nobody" for key in silent),
        )
    ]


def _written(
    recipient: Recipient,
    conditions: Mapping[str, Condition],
    told: Mapping[str, Told],
    unreached: Mapping[str, Unreached],
    now: datetime,
) -> Letter | None:
    """The one message to a recipient about all LEAs of which something is due; None when nothing is."""
    subjects = [
        letter.Subject(conditions[lea.key], concerns(conditions[lea.key], lea.remind.days, now))
        for lea in recipient.leas
        if due(conditions[lea.key], lea.remind.days, told.get(lea.key, Told()), now)
    ]
    if not subjects:
        return None
    title, text = letter.digest(subjects, now, unreached)
    return Letter(recipient, Message(title, text, now), tuple(one.condition.lea for one in subjects))


def _unreached(
    memory: Reminders, everybody: Sequence[Recipient], recipient: Recipient, now: datetime
) -> dict[str, Unreached]:
    """Who else should hear of a recipient's LEAs and has not for days: so somebody is told of a dead mailbox."""
    failed = {key: one for key, one in memory.unreached().items() if now - one.since >= DEAD}
    mine = {lea.key for lea in recipient.leas}
    others = (one for one in everybody if one.key != recipient.key and one.key in failed)
    return {one.shown: failed[one.key] for one in others if mine & {lea.key for lea in one.leas}}


def _sent(
    post: Post,
    written: Letter,
    conditions: Mapping[str, Condition],
    told: Mapping[str, Told],
    memory: Reminders,
    now: datetime,
) -> Letter:
    """Send it, and remember at once that it was; a kill between the two sends it once more and loses none."""
    recipient = written.recipient
    try:
        post.send(recipient, written.message)
    except SsrcredError as problem:
        memory.failed(recipient.key, now, problem.message)
        return Letter(recipient, written.message, written.leas, problem)
    days = {lea.key: lea.remind.days for lea in recipient.leas}
    record = {key: after(conditions[key], days[key], told.get(key, Told()), now).to_json() for key in written.leas}
    memory.reached(recipient.key, record)
    return written
