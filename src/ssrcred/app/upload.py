"""What an upload to one LEA's settings and one to every LEA's share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssrcred.app.all_leas import AllLeas, over_all
from ssrcred.app.portal import portal_of
from ssrcred.app.session import Session, Work, addressee
from ssrcred.domain import errors
from ssrcred.domain.event import Event, Outcome
from ssrcred.workflows import upload as places


@dataclass(frozen=True)
class Uploaded:
    """One LEA's upload: its events, what was not saved (None: nothing), and whether the rotation is finished."""

    name: str
    events: tuple[Event, ...]
    problem: errors.SsrcredError | None
    finished: bool

    @property
    def exit_code(self) -> int:
        """What `upload` would exit with for this LEA alone."""
        return 0 if self.problem is None else self.problem.exit_code


def upload_one(work: Work, *, any_length: bool) -> None:
    """Write one LEA's stored credentials, telling each event. Raises ConfigInvalid, and what `check_written` raises."""
    portal_of(work.lea)
    check_written(work.follow(places.write(work.workflow, any_length=any_length)))


def upload_all(session: Session, lea: str | None) -> AllLeas[Uploaded]:
    """Write every LEA's stored credentials. Raises what `over_all` raises."""

    def task(work: Work) -> Uploaded:
        portal_of(work.lea)
        happened = tuple(work.record(places.write(work.workflow)))
        problem = None
        try:
            check_written(happened)
        except errors.SsrcredError as failed:
            problem = failed
            failed.lea, failed.sis = addressee(work.lea.key, work.config)
        return Uploaded(work.lea.name, happened, problem, work.workflow.standing.rotation is None)

    return over_all(session, lea, task, forgiving=False)


def check_written(happened: Sequence[Event]) -> None:
    """Raise Unfinished or WriteNotConfirmed when a setting was not saved."""
    failed = [event for event in happened if event.outcome in (*places.NOT_WRITTEN, Outcome.UNCONFIRMED)]
    if not failed:
        return
    names = ", ".join(event.place for event in failed)
    done = any(event.outcome in (Outcome.WRITTEN, Outcome.SKIPPED) for event in happened)
    stopped = any(event.outcome in (Outcome.NOT_CONFIRMED, Outcome.PAGE_CHANGED) for event in failed)
    kind = errors.Unfinished if done or stopped else errors.WriteNotConfirmed
    raise kind(
        f"Not saved, or not confirmed: {names}. {failed[0].detail.get('reason', '')}".rstrip(),
        state=f"The credentials are stored.{' The other settings are done.' if done else ''}",
        hint="Fix the reason above, then: ssrcred upload[lea]. It saves only what is not done yet.",
    )
