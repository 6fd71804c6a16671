"""The command doctor: what is wrong with this computer or the set-up, and the command that mends each thing."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ssrcred.adapters.schedule.host import RunResult
from ssrcred.app.session import Session, Work, optional_secret
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import SomeLea
from ssrcred.domain.errors import ConfigInvalid, PageNotUnderstood, PairRefused, SsrcredError, UsageWrong
from ssrcred.domain.finding import Chart, Finding, Result, worst

if TYPE_CHECKING:
    from ssrcred.adapters.reports.discovery import Result as SearchResult
    from ssrcred.adapters.reports.discovery import Tried

SCHEDULED: Final = "--scheduled-run"
LIMIT_S: Final = 1200.0
"""Seconds for the scheduler's run, beyond what all of its own limits amount to for a county of a thousand LEAs."""


@command(*USUAL)
def doctor(
    session: Session,
    lea: SomeLea = None,
    as_scheduled: Annotated[
        bool, typer.Option("--as-scheduled", help="Look with the eyes of the scheduler that runs the jobs.")
    ] = False,
    no_practice: Annotated[
        bool, typer.Option("--no-practice", help="Leave out the rehearsal with the practice district.")
    ] = False,
    find_api: Annotated[
        bool, typer.Option("--find-api", help="Find out how the state's service is talked to; asks first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --find-api: the answer to its question.")] = False,
    scheduled_run: Annotated[bool, typer.Option(SCHEDULED, hidden=True)] = False,
) -> None:
    """Look at everything that the yearly job needs, change nothing, and say what mends each problem."""
    if find_api:
        if as_scheduled or no_practice:
            raise UsageWrong(
                "--find-api is a job of its own.",
                state="Nothing was done.",
                hint="Run it without --as-scheduled and --no-practice: ssrcred doctor --find-api",
            )
        session.result.command = "doctor find-api"  # another document than the chart's
        search_api(session, lea, yes=yes)
        return
    if yes:
        raise UsageWrong(
            "--yes answers the question of --find-api, and that is not here.",
            state="Nothing was done.",
            hint="ssrcred doctor asks nothing: leave --yes out.",
        )
    if session.environment.stderr.isatty() and not session.result.json:
        session.terminal.say("Looking at this computer, its network and what is remembered; this takes a few seconds.")
    if as_scheduled:
        chart = as_the_scheduler(session, lea, practice=not no_practice)
    else:
        from ssrcred.app.doctor.checkup import Checkup
        from ssrcred.cli.commands.practice import rehearse

        rehearsal = None if no_practice else partial(rehearse, session.environment.now)
        chart = Checkup(session, lea, rehearse=rehearsal, scheduled=scheduled_run).run()
    if session.result.json:
        session.result.answer(chart.to_json())
    else:
        from ssrcred.output import findings

        findings.show(session.terminal.console(answer=True), chart)
    raise typer.Exit(worst(chart.all()))


def as_the_scheduler(session: Session, lea: str | None, *, practice: bool) -> Chart:
    """The chart of a doctor that the scheduler of this machine ran; a run without one is itself a problem.

    The scheduler is the one that our jobs are set up with, else the one that `ssrcred schedule` would use.
    Raises UsageWrong or ConfigInvalid where that scheduler cannot be asked.
    """
    from ssrcred.adapters.schedule import run_once
    from ssrcred.adapters.schedule.scheduler import program
    from ssrcred.app.doctor.checkup import scheduler_in_use

    environ = session.environment.environ
    lea = lea or environ.get("SSRCRED_LEA")  # which no scheduler hands on
    words = ["doctor", "--json", "--no-input", SCHEDULED, *(["--lea", lea] if lea else [])]
    words += [] if practice else ["--no-practice"]
    kind, _ = scheduler_in_use(session.environment)
    done = run_once(kind, program(*words), environ=environ, limit_seconds=LIMIT_S)
    manner = f"Run once the way {kind} runs a job: {done.how}."
    try:
        chart = Chart.from_json(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        return Chart((_nothing_came(done),), manner=manner)
    return Chart(chart.computer, chart.leas, manner)


def _nothing_came(done: RunResult) -> Finding:
    """The finding for a run that gave no chart: its own error's words where it has some."""
    try:
        error = json.loads(done.stdout)["error"]
        words, mend, code = str(error["message"]), str(error["hint"]), int(error["exit"])
    except (ValueError, KeyError, TypeError):
        first = next((line.strip() for line in done.stderr.splitlines() if line.strip()), "it said nothing")
        words = f"The scheduler's run gave no findings (exit {done.exit_code}): {first[:200]}"
        mend, code = "ssrcred doctor --as-scheduled", SsrcredError.exit_code
    return Finding("schedule", Result.PROBLEM, words, mend, code, {"run_exit": str(done.exit_code)})


PAGE: Final = "docs/how-to/api-profile.md"


def search_api(session: Session, lea: str | None, *, yes: bool) -> None:
    """Try the usual shapes of the service with the stored pair of `lea`, after asking, unless `yes` says so already.

    Writes the profile that worked beside config.toml and says which line to set. Raises UsageWrong where nobody is
    there to be asked and `yes` is not set, PairRefused, PageNotUnderstood when no shape fits, Unreachable, and what the
    vault, the config and the lock raise.
    """
    from ssrcred.adapters.reports import load_profile
    from ssrcred.adapters.reports.discovery import Search

    def go_on() -> bool:
        if yes or session.terminal.no_input:
            return False
        session.terminal.say("It gives the same answer to somebody without a pair, so it may not have seen ours.")
        return session.terminal.ask_yes_no("If a parent can open a report now, the pair is good. Go on?", default=False)

    with session.open(lea, portal=False, reports=False) as work:
        toms = work.lea.toms
        if not toms.enabled:
            raise ConfigInvalid(
                "The direct check is switched off for this LEA, so the state's service is not asked anything.",
                state="Nothing was sent.",
                hint=f"If the LEA wants it: enabled = true under [lea.{work.lea.key}.toms] in config.toml.",
            )
        _, pair = work.workflow.newest()
        ssid = optional_secret(work.vault, "test-ssid")
        search = Search(toms.api, load_profile("ets-ssr").report.words, clock=session.environment.now, go_on=go_on)
        session.terminal.say(f"This tries how {toms.api} wants to be asked, in the usual ways, one after the other.")
        session.terminal.say(
            f"At most {search.result.most} requests, at most {search.result.most_with_pair} of them with the stored "
            "pair, and only where something answers. It stops at the first answer that refuses the pair, because "
            "nobody outside knows when the service locks."
        )
        session.terminal.say(f"Whoever holds the state's specification needs none of this: {PAGE}.")
        if ssid is None:
            session.terminal.say(
                "No test SSID is stored, so only the way to a token is looked for: ssrcred secret set test-ssid."
            )
        if not yes and not session.terminal.ask_yes_no("Try it?", default=False, option="--yes"):
            session.terminal.say("Nothing was sent.")
            session.result.answer({"lea": work.lea.key, "profile": None, "requests": 0, "tries": []})
            return
        tries = []
        for tried in search.run(pair, ssid):
            tries.append(tried)
            session.terminal.say(_line(tried))
        _end(session, work, search.result, tries, student=ssid is not None)


def _line(tried: Tried) -> str:
    from ssrcred.adapters.reports.discovery import Ended

    words = {
        Ended.NOT_THERE: "not there, so no pair was sent",
        Ended.NOT_UNDERSTOOD: "this shape is not understood",
        Ended.REFUSED: "the pair is refused" if tried.sure else "this may be a refusal of the pair",
        Ended.TOKEN: "a token was given",
        Ended.FOUND: "works",
    }
    detail = f" ({tried.detail})" if tried.detail and tried.ended is not Ended.NOT_THERE else ""
    return f"  {tried.shape}: {words[tried.ended]}{detail}."


def _end(session: Session, work: Work, result: SearchResult, tries: list[Tried], *, student: bool) -> None:
    sent = f"{result.requests} requests were made, {result.with_pair} of them with the pair."
    if result.tables is None and result.refused:
        last = tries[-1]
        why = (
            "It says the same to somebody without a pair, so it may only want to be asked in another way."
            if last.unseen
            else "It says something else to somebody without a pair, so it did look at ours."
        )
        raise PairRefused(
            f"The pair {'was refused' if last.sure else 'may have been refused'}: {last.shape} ({last.detail}). {why}",
            state=f"The search stopped there, and nothing was written. {sent}",
            hint="Press View CAASPP/ELPAC as a parent. If a report opens, the pair is good: write the profile from the "
            f"state's specification ({PAGE}). If not: ssrcred verify.",
        )
    if result.tables is None:
        none = "The requests that were promised are used up, and no shape is"
        raise PageNotUnderstood(
            f"{none if result.enough else 'None of the usual shapes is'} understood by the service. Nothing is known "
            "about the pair.",
            state=f"Nothing was written. {sent}",
            hint=f"Write the profile from the state's specification: {PAGE}.",
        )
    from ssrcred.adapters.reports.profile import save_profile

    today = session.environment.now()
    said = f"Found by ssrcred doctor --find-api on {today:%Y-%m-%d}. Every key is explained in\n{PAGE}."
    path = save_profile(session.environment.home.config.parent, f"{work.lea.key}-ssr", result.tables, said)
    session.terminal.say(f"{sent} The profile is in {path}.")
    if result.elsewhere:
        session.terminal.say(
            f"The reports' links lead to {result.elsewhere}. If the state's specification names that host, write into "
            f'the profile, under [report]: hosts = ["{result.elsewhere}"]'
        )
    elif not result.complete:
        session.terminal.say(
            "Only the way to a token is known now. How a student's reports are asked for has to come from the state's "
            f"specification: {PAGE}."
            if student
            else "How a student's reports are asked for was not tried."
        )
    session.terminal.say(f"To use it, write into config.toml, under [lea.{work.lea.key}.toms]:")
    session.terminal.say(f'  profile = "{path.name}"')
    session.terminal.say("Then: ssrcred verify.")
    session.result.answer(
        {
            "lea": work.lea.key,
            "profile": str(path),
            "complete": result.complete,
            "requests": result.requests,
            "tries": [{"shape": tried.shape, "ended": tried.ended.value} for tried in tries],
        }
    )
