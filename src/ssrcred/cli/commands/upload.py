"""The command upload: writes the stored credentials to SchoolWise."""

from __future__ import annotations

import typer

from ssrcred.app.session import Session
from ssrcred.app.upload import Uploaded, upload_all, upload_one
from ssrcred.cli.option import WITH_PORTAL, All, AnyLength, DueWithin, Group, LeaName, OnlyState, command, filter_of
from ssrcred.output import document, person


@command(*WITH_PORTAL)
def upload(
    session: Session,
    lea: LeaName = None,
    every: All = False,
    states: OnlyState = None,
    due_within: DueWithin = None,
    group: Group = None,
    any_length: AnyLength = False,
) -> None:
    """Save the stored credentials in the district's setting, and in schools that have the old ones."""
    session.only = filter_of(states, due_within, group, every=every)
    if every:
        raise typer.Exit(_upload_all(session, lea))
    with session.open(lea) as work:
        upload_one(work, any_length=any_length)
    session.terminal.say("Next: ssrcred verify[lea].")
    session.result.answer_events(finished=work.workflow.standing.rotation is None)


def _upload_all(session: Session, lea: str | None) -> int:
    """Show what did not succeed; gives the worst exit code. Raises Interrupted once what was done has been shown."""

    def tell(name: str, done: Uploaded) -> None:
        if done.problem is not None:
            person.undone(session.terminal.console(answer=True), name, undone, done.problem)

    undone = "not saved everywhere"
    every = upload_all(session, lea)
    if not session.result.json:
        every.show(session.terminal, undone, "every setting has the credentials", tell)
    leas, events = [], []
    for end in every.ends:
        done = end.outcome if isinstance(end.outcome, Uploaded) else Uploaded("", (), end.outcome, finished=False)
        failure = {} if done.problem is None else document.error(done.problem)
        leas.append({"lea": end.lea, "finished": done.finished, **failure})
        told = document.events(done.events, finished=False)["events"]
        events += [{"lea": end.lea, **event} for event in told]
    finished = all(one["finished"] for one in leas)
    return every.answer(session.result, {"leas": leas, "events": events, "finished": finished})
