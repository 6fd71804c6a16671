"""The command upload for every LEA: each one's pair to its own places, and the reason where one did not take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ssrcred import upload as places
from ssrcred.cli.anyday import check_written, needs_portal
from ssrcred.cli.county import County, over_all
from ssrcred.cli.every import Ended, severity
from ssrcred.cli.session import addressee
from ssrcred.cli.verify import quiet
from ssrcred.errors import SsrcredError
from ssrcred.event import Event
from ssrcred.output import document, person
from ssrcred.output.addressee import address

if TYPE_CHECKING:
    from ssrcred.cli.session import Session, Work


@dataclass(frozen=True)
class Uploaded:
    """One LEA's upload: its events, what did not take the pair (None: nothing), and whether all is finished."""

    name: str
    events: tuple[Event, ...]
    problem: SsrcredError | None
    finished: bool


def upload_all(session: Session, lea: str | None) -> int:
    """Write every LEA's stored pair to its places and show what did not succeed; gives the worst exit code.

    Raises what `county.over_all` raises, and Interrupted after Ctrl-C, when what was done until then has been shown.
    """
    county = over_all(session, lea, _upload, lambda end: exit_code(end) != 0, forgiving=False)
    ordered = sorted(county.ends, key=lambda end: (-severity(exit_code(end)), end.lea))
    if not session.json:
        _show(session, county, ordered)
    body = {
        "leas": [_entry(end) for end in ordered],
        "events": [
            {"lea": end.lea, **event}
            for end in ordered
            if isinstance(end.outcome, Uploaded)
            for event in document.events(end.outcome.events, finished=False)["events"]
        ],
        "finished": all(isinstance(end.outcome, Uploaded) and end.outcome.finished for end in ordered),
    }
    return county.told(session, body, exit_code, "upload")


def _upload(work: Work) -> Uploaded:
    needs_portal(work)
    happened = tuple(work.follow(places.write(work.story), quiet))
    problem = None
    try:
        check_written(happened)
    except SsrcredError as failed:
        problem = failed
        address(failed, addressee(work.lea.key, work.config))
    return Uploaded(work.lea.name, happened, problem, work.story.standing.rotation is None)


def exit_code(end: Ended[Uploaded]) -> int:
    """What `upload` would exit with for this LEA alone."""
    problem = _problem(end)
    return 0 if problem is None else problem.exit_code


def _problem(end: Ended[Uploaded]) -> SsrcredError | None:
    return end.outcome.problem if isinstance(end.outcome, Uploaded) else end.outcome


def _entry(end: Ended[Uploaded]) -> dict[str, Any]:
    problem = _problem(end)
    finished = isinstance(end.outcome, Uploaded) and end.outcome.finished
    return {"lea": end.lea, "finished": finished, **(document.error(problem) if problem is not None else {})}


def _show(session: Session, county: County[Uploaded], ordered: list[Ended[Uploaded]]) -> None:
    console = session.console(answer=True)
    fine = []
    for end in ordered:
        problem = _problem(end)
        if problem is not None:
            person.undone(console, county.name(end.lea), "not uploaded everywhere", problem)
        elif isinstance(end.outcome, Uploaded):
            fine.append(end.outcome.name)
    person.fine(console, fine, len(ordered), "every place holds the pair")
