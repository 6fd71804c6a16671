"""The commands remind, which sends what is due to everybody who should hear it, and calendar, which writes it down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from ssrcred.adapters.config import Config, Lea
from ssrcred.adapters.config.value import ping_address
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.memory import Refusals, Reminders
from ssrcred.adapters.ledger.run_lock import reminding
from ssrcred.adapters.notify import Message
from ssrcred.adapters.toml_file import Unfit
from ssrcred.app.export import export_calendar
from ssrcred.app.lea_list import unconfirmed
from ssrcred.app.portal import signing_in
from ssrcred.app.reminders.channel import Post, Recipient, recipients, set_up, test_message
from ssrcred.app.session import Session, remembered
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import All, LeaName, file_path
from ssrcred.domain import errors
from ssrcred.domain.local_time import day_in_words
from ssrcred.domain.reminder import Told, Unreached, after, concerns, due
from ssrcred.domain.rotation_day import rotation_day
from ssrcred.domain.state import Condition
from ssrcred.output import document, letter
from ssrcred.output.calendar import Dates

PING_S: Final = 20.0
"""Seconds that the monitor's address may take."""
DEAD: Final = timedelta(days=3)
"""For so long nothing has to reach somebody before the others are told; a mail server is down for a day or two."""


@dataclass(frozen=True)
class Letter:
    """One message to one recipient, the LEAs that it tells of, and the problem that kept it from them."""

    recipient: Recipient
    message: Message
    leas: tuple[str, ...] = ()
    problem: errors.SsrcredError | None = None


@dataclass
class Round:
    """One run over the LEAs: their conditions, the letters, and everything that kept it from being a good run."""

    conditions: list[Condition] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    problems: list[errors.SsrcredError] = field(default_factory=list)
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


@command(*USUAL)
def remind(
    session: Session,
    lea: LeaName = None,
    every: All = False,
    heartbeat: Annotated[
        str | None, typer.Option("--heartbeat", metavar="URL", help="Call this address after each good run.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be sent now; send nothing.")] = False,
    test: Annotated[
        str | None, typer.Option("--test", metavar="WHO", help="Send a test message: an address, a channel, or all.")
    ] = None,
    setup: Annotated[bool, typer.Option("--setup", help="Ask who is to be reminded, and by which way.")] = False,
) -> None:
    """Send the reminders that are due: 60, 30, 14, 7, 3 and 1 days before the end, and daily after it. For cron."""
    if setup:
        return set_up(session, lea)
    config = session.config(reminders=True)
    leas = session.leas(lea, config, every=every, state="Nothing was sent.")
    # With --all the problems of those whose settings cannot be understood.
    wrong = list(config.wrong.values()) if every else []
    address = _heartbeat(heartbeat) or config.everyone.heartbeat
    if test is not None:
        return _test(session, config, leas, test)
    if plan:
        done = _go_round(session, config, leas, plan=True)
        done.problems += wrong
        return _show(session, done, plan=True)
    with _noted(session, leas):
        done = _go_round(session, config, leas, plan=False)
        done.problems += wrong
        if not wrong:  # whom an LEA names whose settings cannot be understood is not known
            # Those who are not named any more: their closed mailboxes are nobody's problem.
            named = {one.key for one in recipients(config, config.leas.values())}
            Reminders(session.environment.home.ledger).forget_others(named)
        if not done.problems and address:
            _ping(done, address)
        _show(session, done)
    return None


@contextmanager
def _noted(session: Session, leas: Sequence[Lea]) -> Iterator[None]:
    """Remember in the ledger how a run ended, so that somebody who looks sees when there was one last.

    A run that found another one sending has done nothing, and leaves it to the other to tell its end.
    """

    def note(code: int) -> None:
        Reminders(session.environment.home.ledger).ended((lea.key for lea in leas), session.environment.now(), code)

    try:
        yield
    except errors.LockHeld:
        raise
    except BaseException as error:
        kind = errors.Interrupted if isinstance(error, KeyboardInterrupt) else errors.SsrcredError
        # What went wrong is what has to be told, and not that it could not be remembered.
        with suppress(errors.LedgerDamaged):
            note(error.exit_code if isinstance(error, errors.SsrcredError) else kind.exit_code)
        raise
    note(0)


def _go_round(session: Session, config: Config, leas: Sequence[Lea], *, plan: bool) -> Round:
    """Find out what is due for whom and send it, one message for each recipient, while no other run does.

    What was sent is remembered at once: a kill between the two sends it once more and loses none.
    """
    now, memory = session.environment.now(), Reminders(session.environment.home.ledger)
    with reminding(session.environment.home.locks):
        with Ledger.readonly(session.environment.home.ledger) as ledger:
            conditions = {lea.key: session.condition(lea, remembered(ledger, lea.key)) for lea in leas}
        refusals = Refusals(session.environment.home.ledger)
        for lea in leas:
            conditions[lea.key].rejected = refusals.of(lea.key, signing_in(lea))
            conditions[lea.key].unconfirmed = lea.needs_route and unconfirmed(
                str(session.environment.home.config), lea.key
            )
        everybody = recipients(config, leas)
        done = Round(list(conditions.values()), problems=_unheard(everybody, leas))
        post = Post(session, config)
        for recipient in everybody:
            told = {lea: Told.from_json(record) for lea, record in memory.told(recipient.key).items()}
            written = _written(recipient, conditions, told, _unreached(memory, everybody, recipient, now), now)
            if written is None:
                continue
            if not plan:
                written = _sent(post, written)
                if written.problem is not None:
                    memory.failed(recipient.key, now, written.problem.message)
                else:
                    days = {lea.key: lea.remind.days for lea in recipient.leas}
                    known = {key: after(conditions[key], days[key], told.get(key, Told()), now) for key in written.leas}
                    memory.reached(recipient.key, {key: one.to_json() for key, one in known.items()})
            done.letters.append(written)
            if not plan:
                session.result.partial = done.document(plan=False)  # for somebody who stops it in between
    done.problems += [one.problem for one in done.letters if one.problem is not None]
    return done


def _sent(post: Post, written: Letter) -> Letter:
    try:
        post.send(written.recipient, written.message)
    except errors.SsrcredError as problem:
        return replace(written, problem=problem)
    return written


def _unheard(everybody: Sequence[Recipient], leas: Sequence[Lea]) -> list[errors.SsrcredError]:
    """A problem for the LEAs of which nobody would hear."""
    heard = {lea.key for recipient in everybody for lea in recipient.leas}
    silent = [lea.key for lea in leas if lea.key not in heard]
    if not silent:
        return []
    names = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
    return [
        errors.ConfigInvalid(
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


def _heartbeat(given: str | None) -> str | None:
    try:
        return None if given is None else ping_address(given)
    except Unfit as reason:
        raise errors.UsageWrong(
            f"The address after --heartbeat {reason}.",
            state="Nothing was sent.",
            hint="Copy the address from your monitoring service as it shows it, with https:// in front.",
        ) from None


def _ping(done: Round, address: str) -> None:
    """Call the monitor's address; what does not answer is a problem of the run, after everything was sent."""
    from ssrcred.adapters.web.bound import Limits
    from ssrcred.adapters.web.site import Site

    done.heartbeat = "failed"
    try:
        with Site(address, limits=Limits(total_seconds=PING_S)) as site:
            status = site.get(address).status
        if 200 <= status < 300:
            done.heartbeat = "sent"
            return
        what = f"answered with the status {status}"
    except errors.SsrcredError:
        what = "could not be called"
    done.problems.append(
        errors.Unreachable(
            f"The address of the heartbeat {what}.",
            state="The reminders were sent and remembered; only the sign of life is missing.",
            hint="It is sent after the next good run. If it lasts, compare the address with your monitoring service.",
        )
    )


def _test(session: Session, config: Config, leas: Sequence[Lea], who: str) -> None:
    """Send a test message to one recipient or to all; of it is only remembered that they can be reached again."""
    everybody = recipients(config, leas)
    meant = [one for one in everybody if who == "all" or one.shown.casefold() == who.casefold()]
    if not meant:
        known = ", ".join(one.shown for one in everybody) or "nobody yet; see ssrcred remind --setup"
        raise errors.UsageWrong(
            f"Nobody is named '{who}' in config.toml.", state="Nothing was sent.", hint=f"There are: {known}."
        )
    post = Post(session, config)
    done = Round()
    for recipient in meant:
        written = _sent(post, Letter(recipient, test_message(session.environment)))
        done.letters.append(written)
        if written.problem is not None:
            done.problems.append(written.problem)
        elif session.environment.home.ledger.exists():  # else nobody was ever not reached
            Reminders(session.environment.home.ledger).reached(recipient.key, {})
    _show(session, done)


def _show(session: Session, done: Round, *, plan: bool = False) -> None:
    """The answer, and the error that stands for all problems; without a person, nothing due is nothing said."""
    if not session.result.json:
        console = session.terminal.console(answer=True)
        for one in done.letters:
            if plan:
                console.print(f"To {one.recipient.shown}: {one.message.title}\n\n{one.message.text}", soft_wrap=True)
            elif one.problem is None:
                console.print(f"Sent to {one.recipient.shown}: {one.message.title}", soft_wrap=True)
        if not done.letters and (plan or (not done.problems and session.environment.stdout.isatty())):
            console.print("Nothing is due today.")
    body = done.document(plan=plan)
    if not done.problems:
        return session.result.answer(body)
    session.result.partial = body
    if len(done.problems) > 1:
        unsent = [(one.recipient.shown, one.problem) for one in done.letters if one.problem is not None]
        for shown, problem in unsent:
            session.terminal.say(f"Not sent to {shown}. {problem.message}")
        for problem in done.problems:
            if not any(problem is one for _, one in unsent):
                session.terminal.say(problem.message)
    # One for all: the first that somebody has to mend, or else one that may pass by itself.
    first = next((one for one in done.problems if not isinstance(one, errors.Unreachable)), done.problems[0])
    if (others := len(done.problems) - 1) > 0:
        first.message += f" There {'are' if others > 1 else 'is'} {others} more, named above."
    raise first


@command("json")
def calendar(
    session: Session,
    file: Annotated[
        Path, typer.Argument(parser=file_path, metavar="FILE.ics", help="The file to write; replaced if it is there.")
    ],
    lea: LeaName = None,
    every: All = False,
) -> None:
    """Write the last day with its alarms, and a quiet day for the rotation, as a file that any calendar imports."""
    config = session.config()
    chosen = session.leas(lea, config, every=every, state="No file was written.")
    session.say_aside(config)
    with Ledger.readonly(session.environment.home.ledger) as ledger:
        known = [(one, session.condition(one, remembered(ledger, one.key)).days_left) for one in chosen]
    found = []
    for mine, days_left in known:
        if days_left is not None:
            today = session.environment.now().astimezone(ZoneInfo(mine.timezone)).date()
            last_day = today + timedelta(days=days_left)
            good_day = rotation_day(last_day, today, (*mine.remind.testing, *mine.remind.release))
            found.append(Dates(mine.key, mine.name, mine.cds, last_day, good_day, mine.remind.days))
    unknown = sorted({one.key for one in chosen} - {dates.lea for dates in found})
    if not found:
        raise errors.CredentialMissing(
            "No pair is stored here yet, so there is no date to write.",
            state="No file was written.",
            hint="Make a pair with ssrcred rotate, or put in one that was generated already: ssrcred store",
        )
    export_calendar(file, found, session.environment.now())
    leas = [
        {
            "lea": one.lea,
            "expires_on": one.last_day.isoformat(),
            "rotate_on": None if one.rotation_day is None else one.rotation_day.isoformat(),
            "alarms": [(one.last_day - timedelta(days=days)).isoformat() for days in one.alarms],
        }
        for one in found
    ]
    session.result.answer({"file": str(file), "leas": leas, "unknown": unknown})
    if not session.result.json:
        console = session.terminal.console(answer=True)
        for one in found:
            good = "none is quiet before that" if one.rotation_day is None else day_in_words(one.rotation_day)
            line = f"{one.name}: expires on {day_in_words(one.last_day)}; proposed day for the rotation: {good}"
            console.print(line, soft_wrap=True)
    for name in unknown:
        session.terminal.say(f"{name}: no pair is stored here yet, so it has no date.")
    session.terminal.say(f"Written: {file}")
