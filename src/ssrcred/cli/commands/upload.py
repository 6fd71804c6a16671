"""The command upload: writes the stored credentials to SchoolWise."""

from __future__ import annotations

import typer

from ssrcred.app.all_leas import over_all
from ssrcred.app.session import Session, Work, addressee
from ssrcred.app.upload import Uploaded, check_written, needs_portal
from ssrcred.cli.command import WITH_PORTAL, command
from ssrcred.cli.option import All, AnyLength, LeaName
from ssrcred.domain import errors
from ssrcred.output import document, person
from ssrcred.output.addressee import address
from ssrcred.workflows import upload as places


@command(*WITH_PORTAL)
def upload(session: Session, lea: LeaName = None, every: All = False, any_length: AnyLength = False) -> None:
    """Write the stored pair to the district's settings, and to schools that hold the old one."""
    if every:
        raise typer.Exit(_upload_all(session, lea))
    with session.open(lea) as work:
        needs_portal(work)
        check_written(work.follow(places.write(work.workflow, any_length=any_length)))
    session.terminal.say("Next: ssrcred verify.")
    session.result.answer_events(finished=work.workflow.standing.rotation is None)


def _upload_all(session: Session, lea: str | None) -> int:
    """Write every LEA's stored pair to its places and show what did not succeed; gives the worst exit code.

    Raises what `over_all` raises, and Interrupted after Ctrl-C, when what was done until then has been shown.
    """

    def task(work: Work) -> Uploaded:
        needs_portal(work)
        happened = tuple(work.follow(places.write(work.workflow), lambda event: None))
        problem = None
        try:
            check_written(happened)
        except errors.SsrcredError as failed:
            problem = failed
            address(failed, addressee(work.lea.key, work.config))
        return Uploaded(work.lea.name, happened, problem, work.workflow.standing.rotation is None)

    def tell(name: str, done: Uploaded) -> None:
        if done.problem is not None:
            person.undone(session.terminal.console(answer=True), name, undone, done.problem)

    undone = "not uploaded everywhere"
    all_leas = over_all(session, lea, task, forgiving=False)
    if not session.result.json:
        all_leas.show(session.terminal, undone, "every place holds the pair", tell)
    leas, events = [], []
    for end in all_leas.ends:
        done = end.outcome if isinstance(end.outcome, Uploaded) else Uploaded("", (), end.outcome, finished=False)
        failure = {} if done.problem is None else document.error(done.problem)
        leas.append({"lea": end.lea, "finished": done.finished, **failure})
        told = document.events(done.events, finished=False)["events"]
        events += [{"lea": end.lea, **event} for event in told]
    return all_leas.answer(
        session.result, {"leas": leas, "events": events, "finished": all(one["finished"] for one in leas)}
    )
