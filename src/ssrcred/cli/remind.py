"""The command remind: send what is due, once, to everybody who should hear it, and say whom it did not reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ssrcred.cli.channel import Post, Recipient, recipients, test_message
from ssrcred.cli.option import All, Json, LeaName, NoInput
from ssrcred.cli.session import Session, remembered
from ssrcred.config import Config, Lea, load_sound
from ssrcred.errors import ConfigInvalid, SsrcredError, Unreachable, UsageWrong
from ssrcred.notify import Message
from ssrcred.output import document, letter
from ssrcred.reminder import Told, after, concerns, due
from ssrcred.state import Condition

if TYPE_CHECKING:
    from ssrcred.ledger.reminder import Reminders


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


def remind(
    context: typer.Context,
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
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Send the reminders that are due: 60, 30, 14, 7, 3 and 1 days before the end, and daily after it. For cron."""
    session = Session.of(context, json=json, no_input=no_input)
    if setup:
        from ssrcred.cli.enrolment import set_up

        return set_up(session, lea)
    config, leas, wrong = _chosen(session, lea, every)
    address = _heartbeat(heartbeat) or config.everyone.heartbeat
    if test is not None:
        return _test(session, config, leas, test)
    done = _go_round(session, config, leas, plan=plan)
    done.problems += wrong
    if plan:
        return _show_plan(session, done)
    if not done.problems and address:
        _ping(done, address)
    _show(session, done)
    return None


def _chosen(session: Session, lea: str | None, every: bool) -> tuple[Config, list[Lea], list[ConfigInvalid]]:
    """The LEAs that are meant, and with --all the problems of those whose settings cannot be understood."""
    if not every:
        config = session.config()
        return config, [session.lea(lea, config)], []
    if lea is not None:
        raise UsageWrong(
            "--all and --lea exclude each other.", state="Nothing was sent.", hint="Leave one of them out."
        )
    config, wrong = load_sound(session.home.config)
    return config, [config.leas[key] for key in sorted(config.leas)], list(wrong.values())


def _heartbeat(given: str | None) -> str | None:
    from ssrcred.config.address import ping_address
    from ssrcred.config.section import Unfit

    try:
        return None if given is None else ping_address(given)
    except Unfit as reason:
        raise UsageWrong(
            f"The address after --heartbeat {reason}.",
            state="Nothing was sent.",
            hint="Copy the address from your monitoring service as it shows it, with https:// in front.",
        ) from None


def _go_round(session: Session, config: Config, leas: Sequence[Lea], *, plan: bool) -> Round:
    """Find out what is due for whom and send it, one message for each recipient, while no other run does."""
    from ssrcred.ledger import Ledger
    from ssrcred.ledger.reminder import Reminders, reminding

    now = session.machine.now()
    with reminding(session.home.locks), Reminders(session.home.ledger) as memory:
        with Ledger.readonly(session.home.ledger) as ledger:
            conditions = {lea.key: session.condition(lea, remembered(ledger, lea.key)) for lea in leas}
        done = Round(list(conditions.values()), problems=_unheard(config, leas))
        post = Post(session, config)
        for recipient in recipients(config, leas):
            told = {lea: Told.from_json(record) for lea, record in memory.told(recipient.key).items()}
            written = _written(recipient, conditions, told, memory, now)
            if written is None:
                continue
            if not plan:
                written = _sent(post, written, conditions, told, memory, now)
            done.letters.append(written)
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
    memory: Reminders,
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
    others = {key.partition(":")[2]: one for key, one in memory.unreached().items() if key != recipient.key}
    title, text = letter.digest(subjects, now, others)
    return Letter(recipient, Message(title, text, now), tuple(one.condition.lea for one in subjects))


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
        post.way(recipient).send(written.message)
    except SsrcredError as problem:
        memory.failed(recipient.key, now, problem.message)
        return Letter(recipient, written.message, written.leas, problem)
    days = {lea.key: lea.remind.days for lea in recipient.leas}
    record = {key: after(conditions[key], days[key], told.get(key, Told()), now).to_json() for key in written.leas}
    memory.reached(recipient.key, record)
    return written


def _ping(done: Round, address: str) -> None:
    """Call the monitor's address; what does not answer is a problem of the run, after everything was sent."""
    from ssrcred.web import Site

    done.heartbeat = "failed"
    try:
        with Site(address) as site:
            status = site.get(address).status
        if 200 <= status < 300:
            done.heartbeat = "sent"
            return
        what = f"answered with the status {status}"
    except SsrcredError:
        what = "could not be called"
    done.problems.append(
        Unreachable(
            f"The address of the heartbeat {what}.",
            state="The reminders were sent and remembered; only the sign of life is missing.",
            hint="It is sent after the next good run. If it lasts, compare the address with your monitoring service.",
        )
    )


def _test(session: Session, config: Config, leas: Sequence[Lea], who: str) -> None:
    """Send a test message to one recipient or to all; nothing is remembered of it."""
    everybody = recipients(config, leas)
    meant = [one for one in everybody if who == "all" or one.shown.casefold() == who.casefold()]
    if not meant:
        known = ", ".join(one.shown for one in everybody) or "nobody yet; see ssrcred remind --setup"
        raise UsageWrong(
            f"Nobody is named '{who}' in config.toml.", state="Nothing was sent.", hint=f"There are: {known}."
        )
    post = Post(session, config)
    done = Round([])
    for recipient in meant:
        written = Letter(recipient, test_message(session), ())
        try:
            post.way(recipient).send(written.message)
        except SsrcredError as problem:
            done.problems.append(problem)
            written = Letter(recipient, written.message, (), problem)
        done.letters.append(written)
    _show(session, done)


def _show(session: Session, done: Round) -> None:
    """The answer, and the error that stands for all problems; without a person, nothing due is nothing said."""
    body = _document(done, plan=False)
    if session.json and not done.problems:
        session.answer(body)
    if not session.json:
        for one in done.letters:
            if one.problem is None:
                session.console(answer=True).print(
                    f"Sent to {one.recipient.shown}: {one.message.title}", soft_wrap=True
                )
            else:
                session.say(f"Not sent to {one.recipient.shown}. {one.problem.message}")
        if not done.letters and not done.problems and session.machine.stdout.isatty():
            session.console(answer=True).print("Nothing is due today.")
    if done.problems:
        session.partial = body
        raise _problem(done.problems)


def _problem(problems: Sequence[SsrcredError]) -> SsrcredError:
    """One problem for all: the first that somebody has to mend, or else one that may pass by itself."""
    first = next((one for one in problems if not isinstance(one, Unreachable)), problems[0])
    if len(problems) > 1:
        others = f"There {'are' if len(problems) > 2 else 'is'} {len(problems) - 1} more like this."
        first = type(first)(f"{first.message} {others}", state=first.state, hint=first.hint)
    return first


def _show_plan(session: Session, done: Round) -> None:
    session.answer(_document(done, plan=True))
    if session.json:
        return
    console = session.console(answer=True)
    for one in done.letters:
        console.print(f"To {one.recipient.shown}: {one.message.title}\n\n{one.message.text}", soft_wrap=True)
    if not done.letters:
        console.print("Nothing is due today.")
    for problem in done.problems:
        session.say(problem.message)


def _document(done: Round, *, plan: bool) -> dict[str, Any]:
    return {
        "leas": [{"lea": one.lea, "state": one.state.value, "days_left": one.days_left} for one in done.conditions],
        "messages": [
            {
                "to": one.recipient.shown,
                "leas": list(one.leas),
                "title": one.message.title,
                "sent": one.problem is None and not plan,
                **(document.error(one.problem) if one.problem is not None else {"error": None}),
            }
            for one in done.letters
        ],
        "heartbeat": done.heartbeat,
        "plan": plan,
    }
