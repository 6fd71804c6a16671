"""The command remind: send what is due, once, to everybody who should hear it, and say whom it did not reach."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Annotated, Any, Final

import typer

from ssrcred.cli.channel import Post, Recipient, recipients, test_message
from ssrcred.cli.option import All, Json, LeaName, NoInput
from ssrcred.cli.round import Letter, Round, go_round
from ssrcred.cli.session import Session
from ssrcred.config import Config, Lea
from ssrcred.errors import (
    ConfigInvalid,
    Interrupted,
    LedgerDamaged,
    LockHeld,
    SsrcredError,
    Unreachable,
    UsageWrong,
)

PING_S: Final = 20.0
"""Seconds that the monitor's address may take."""


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
    if plan:
        done = go_round(session, config, leas, plan=True)
        done.problems += wrong
        return _show_plan(session, done)
    with _Noted(session, leas):
        done = go_round(session, config, leas, plan=False)
        done.problems += wrong
        if not wrong:  # whom an LEA names whose settings cannot be understood is not known
            _forget_others(session, config)
        if not done.problems and address:
            _ping(done, address)
        _show(session, done)
    return None


class _Noted:
    """A run whose end the ledger remembers, however it comes, so that somebody who looks sees when there was one last.

    A run that found another one sending has done nothing, and leaves it to the other to tell its end.
    """

    def __init__(self, session: Session, leas: Sequence[Lea]) -> None:
        self._session = session
        self._leas = leas

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._note(0)
        elif not isinstance(error, LockHeld):
            # What went wrong is what has to be told, and not that it could not be remembered.
            with suppress(LedgerDamaged):
                self._note(_code(error))

    def _note(self, code: int) -> None:
        from ssrcred.ledger.memory import Reminders

        memory = Reminders(self._session.home.ledger)
        memory.ended((lea.key for lea in self._leas), self._session.machine.now(), code)


def _code(error: BaseException) -> int:
    if isinstance(error, SsrcredError):
        return error.exit_code
    return Interrupted.exit_code if isinstance(error, KeyboardInterrupt) else SsrcredError.exit_code


def _chosen(session: Session, lea: str | None, every: bool) -> tuple[Config, list[Lea], list[ConfigInvalid]]:
    """The LEAs that are meant, and with --all the problems of those whose settings cannot be understood."""
    if not every:
        config = session.config(reminders=True)
        return config, [session.lea(lea, config)], []
    if lea is not None:
        raise UsageWrong(
            "--all and --lea exclude each other.", state="Nothing was sent.", hint="Leave one of them out."
        )
    config = session.config(reminders=True)
    return config, [config.leas[key] for key in sorted(config.leas)], list(config.wrong.values())


def _forget_others(session: Session, config: Config) -> None:
    """Let go of those who were not reached and are not named any more: their closed mailboxes are nobody's problem."""
    from ssrcred.ledger.memory import Reminders

    memory = Reminders(session.home.ledger)
    memory.forget_others({one.key for one in recipients(config, config.leas.values())})


def _heartbeat(given: str | None) -> str | None:
    from ssrcred.config.section import Unfit
    from ssrcred.config.value import ping_address

    try:
        return None if given is None else ping_address(given)
    except Unfit as reason:
        raise UsageWrong(
            f"The address after --heartbeat {reason}.",
            state="Nothing was sent.",
            hint="Copy the address from your monitoring service as it shows it, with https:// in front.",
        ) from None


def _ping(done: Round, address: str) -> None:
    """Call the monitor's address; what does not answer is a problem of the run, after everything was sent."""
    from ssrcred.web import Limits, Site

    done.heartbeat = "failed"
    try:
        with Site(address, limits=Limits(total_seconds=PING_S)) as site:
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
    """Send a test message to one recipient or to all; of it is only remembered that they can be reached again."""
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
            post.send(recipient, written.message)
        except SsrcredError as problem:
            done.problems.append(problem)
            written = Letter(recipient, written.message, (), problem)
        else:
            _arrived(session, recipient)
        done.letters.append(written)
    _show(session, done)


def _arrived(session: Session, recipient: Recipient) -> None:
    from ssrcred.ledger.memory import Reminders

    if session.home.ledger.exists():  # else nobody was ever not reached
        memory = Reminders(session.home.ledger)
        memory.reached(recipient.key, {})


def _show(session: Session, done: Round) -> None:
    """The answer, and the error that stands for all problems; without a person, nothing due is nothing said."""
    body = done.document(plan=False)
    if session.json and not done.problems:
        session.answer(body)
    if not session.json:
        for one in done.letters:
            if one.problem is None:
                session.console(answer=True).print(
                    f"Sent to {one.recipient.shown}: {one.message.title}", soft_wrap=True
                )
        if not done.letters and not done.problems and session.machine.stdout.isatty():
            session.console(answer=True).print("Nothing is due today.")
    _raise(session, done, body)


def _raise(session: Session, done: Round, body: dict[str, Any]) -> None:
    """Raise what stands for all problems, where there are any; each is told before it where there are several."""
    if not done.problems:
        return
    session.partial = body
    if len(done.problems) > 1:
        unsent = [one for one in done.letters if one.problem is not None]
        for one in unsent:
            session.say(f"Not sent to {one.recipient.shown}. {one.problem.message if one.problem else ''}")
        for problem in done.problems:
            if not any(problem is one.problem for one in unsent):
                session.say(problem.message)
    raise _problem(done.problems)


def _problem(problems: Sequence[SsrcredError]) -> SsrcredError:
    """One problem for all: the first that somebody has to mend, or else one that may pass by itself."""
    first = next((one for one in problems if not isinstance(one, Unreachable)), problems[0])
    if len(problems) == 1:
        return first
    others = f"There {'are' if len(problems) > 2 else 'is'} {len(problems) - 1} more, named above."
    whole = type(first)(f"{first.message} {others}", state=first.state, hint=first.hint)
    if isinstance(first, ConfigInvalid) and isinstance(whole, ConfigInvalid):
        whole.problems = first.problems
    return whole


def _show_plan(session: Session, done: Round) -> None:
    """What would be sent; what keeps somebody from being told is an error here as well."""
    body = done.document(plan=True)
    if not session.json:
        console = session.console(answer=True)
        for one in done.letters:
            console.print(f"To {one.recipient.shown}: {one.message.title}\n\n{one.message.text}", soft_wrap=True)
        if not done.letters:
            console.print("Nothing is due today.")
    _raise(session, done, body)
    session.answer(body)
