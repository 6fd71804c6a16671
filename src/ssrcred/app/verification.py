"""What `verify` finds out of one LEA or of all: every test that is set up, and what follows for an open rotation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ssrcred.adapters.config import Config
from ssrcred.adapters.terminal.spell import easily_mistaken
from ssrcred.app.all_leas import AllLeas, over_all
from ssrcred.app.announcement import tell_outcome
from ssrcred.app.session import Session, Work, addressee
from ssrcred.app.status_files import export_checks, group_number
from ssrcred.domain import errors
from ssrcred.domain.errors import addressed
from ssrcred.domain.event import Event
from ssrcred.domain.evidence import EXIT_CODES, Known, Probe, Proof, Shows, Verdict, VerdictName
from ssrcred.domain.local_time import local_day
from ssrcred.domain.paste_check import LookAlike
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.standing import slot_number
from ssrcred.domain.verdict import judge
from ssrcred.output import document
from ssrcred.output.verdict import Published, published
from ssrcred.workflows import rotation, verification

# How many slots after the last one known a check looks into: enough for some years, and quick over a thousand LEAs.
LOOK_AHEAD: Final = 10


@dataclass(frozen=True)
class Checked:
    """What one LEA's check came to: the verdict, what each test saw, and what was known before."""

    lea: str
    name: str
    verdict: Verdict
    proofs: tuple[Proof, ...]
    known: Known
    sis: str = ""  # the LEA's system, if it is not SchoolWise

    @property
    def exit_code(self) -> int:
        """What `verify` exits with for this LEA alone."""
        return self.verdict.exit_code

    def document(self) -> dict[str, Any]:
        """Its entry among the document's `leas`."""
        return document.verdict(self.lea, self.verdict, self.proofs, self.known.look)


def check(session: Session, work: Work) -> Checked:
    """Test one LEA's newest credentials every way that is set up. Records each event, prints nothing.

    Raises CredentialMissing without any, and what the vault raises. Every other trouble is in the verdict.
    """
    workflow = work.workflow
    with suppress(errors.KeyringFailed):  # told below, where the credentials themselves are read
        if (slot := rotation.unheard_of(workflow)) is not None:
            work.record([rotation.stored(workflow, slot)])
    standing = workflow.standing
    try:
        tried = verification.proofs(work.record(verification.probe(workflow)))
    except errors.CredentialMissing as missing:
        raise _without_credentials(work, missing) from None
    looked = verification.look(workflow, tried)
    work.record(verification.recognized(workflow, tried, looked))
    newest, under_way, sis = standing.newest_slot, standing.rotation, work.lea.schoolwise
    sites = {Probe.TOMS: work.lea.toms.api, Probe.PORTAL: "" if sis is None else sis.url}
    later = [] if newest is None else [slot_number(slot) - slot_number(newest) for slot in standing.bad]
    known = Known(
        session.condition(work.lea, standing).days_left,
        standing.proved_at,
        looked,
        work.lea.timezone,
        refused_again=any(steps < 0 for steps in later),
        newer_refused=any(steps > 0 for steps in later),
        # As it is now: these tests may have shown that a save in doubt was made.
        unwritten=workflow.ports.portal is not None and not workflow.standing.given_newest(DISTRICT),
        waiting_since=under_way.started_at if under_way is not None and standing.waiting else None,
        hosts={way: urlsplit(url).hostname or "" for way, url in sites.items()},
    )
    return Checked(work.lea.key, work.lea.name, _judged(work, tried, known), tried, known, work.lea.other_sis)


def _without_credentials(work: Work, missing: errors.CredentialMissing) -> errors.CredentialMissing:
    """Say why there is nothing to test; if newer credentials are stored, how to go on with those."""
    standing = work.workflow.standing
    if standing.newest_slot is None and standing.waiting:
        message = "Your rotation stopped before the new key was stored, so there are no credentials to test."
        state, hint = "Nothing was sent.", "Type: ssrcred resume[lea]"
    elif standing.newest_slot is None and standing.bad:
        message = "The state's service rejected the only credentials that were stored here, so there are none to test."
        state = "Nothing was sent. Parents cannot see score reports until credentials work."
        hint = (
            "If TOMS still shows them, copy user name and secret key again: ssrcred store[lea]. If not, regenerate: "
            "ssrcred rotate[lea]."
        )
    elif rotation.lost_slot(work.workflow, LOOK_AHEAD) is not None:
        message = f"{missing.message} Newer credentials are stored, which the history does not know."
        state = (
            "Nothing was changed. The newer credentials are safe. Perhaps an older copy of the history was restored."
        )
        hint = f"To go on with the newer credentials: ssrcred resume --lea {work.lea.key}. Do not regenerate in TOMS."
    else:
        return missing
    return errors.CredentialMissing(message, state=state, hint=hint)


def _judged(work: Work, tried: tuple[Proof, ...], known: Known) -> Verdict:
    """The verdict, with the LEA's name in what is typed next where there are several, and its system's."""
    lea, sis = addressee(work.lea.key, work.config)
    return judge(tried, known).with_texts(lambda text: addressed(text, lea, sis))


FIRST_S: Final = 10
GROWTH: Final = 1.5
# Seconds between two tests with --wait: at first, growing by so much, and at most.
LONGEST_S: Final = 120


def pauses(minutes: int) -> Iterator[int]:
    """Seconds between two tests, growing, that together are `minutes`."""
    left, pause = minutes * 60, FIRST_S
    while left > 0:
        # What would be left over is waited for in one go: a test a second after another is of no use.
        chosen = left if left < pause + FIRST_S else pause
        yield chosen
        left -= chosen
        pause = min(LONGEST_S, int(pause * GROWTH))


def check_until(session: Session, work: Work, minutes: int) -> Checked:
    """The check, made again for as long as it may come to another end and is not fine. Ctrl-C ends the waiting."""
    first = last = check(session, work)
    terminal, workflow, left = session.terminal, work.workflow, minutes * 60
    if session.by_hand(work.lea):
        terminal.say("With --driver hand there is no waiting. Click the button again later, then: ssrcred verify[lea].")
    elif EXIT_CODES[last.verdict.name] != 0 and not verification.may_change(last.proofs):
        terminal.say("Waiting would not change the result, so there is none.")
    else:
        try:
            for pause in pauses(minutes):
                if EXIT_CODES[last.verdict.name] == 0 or not verification.may_change(last.proofs):
                    break
                _count_down(session, pause, left)
                left -= pause
                later = verification.proofs(work.record(verification.again(workflow, last.proofs)))
                tried = verification.merged(last.proofs, later)
                last = replace(last, verdict=_judged(work, tried, last.known), proofs=tried)
        except KeyboardInterrupt:
            terminal.say("You stopped the waiting. This is the result so far:")
    if last is not first and any(sight.shows in (Shows.OTHER, Shows.BLANK) for sight in last.known.look.sights):
        # Somebody may have changed the settings meanwhile: what they showed before must not contradict what works now.
        known = replace(last.known, look=verification.look(workflow, last.proofs))
        last = replace(last, verdict=_judged(work, last.proofs, known), known=known)
    work.record(verification.recognized(workflow, last.proofs, last.known.look))
    return last


def _count_down(session: Session, seconds: int, left: int) -> None:
    sleep, stderr = session.environment.sleep, session.environment.stderr
    if not session.terminal.is_watched:
        sleep(seconds)
        return
    shown = 0
    try:
        # Drawn anew each second: a terminal that stands still for minutes looks as if it hung.
        for second in range(seconds, 0, -1):
            minutes, rest = divmod(left - seconds + second, 60)
            line = f"  Not yet. The next test is in {second} s; {minutes} min {rest:02} s left. Ctrl-C ends it."
            stderr.write(f"\r{line.ljust(shown)}")
            stderr.flush()
            shown = len(line)
            sleep(1)
    finally:
        stderr.write(f"\r{' ' * shown}\r")
        stderr.flush()


def look_alikes(work: Work, checked: Checked) -> tuple[LookAlike, ...]:
    """Which characters of a refused key are easily mistaken: for the person's own terminal, and nowhere else.

    Of credentials that never worked only: a key that worked was not mistyped.
    """
    if checked.verdict.name is not VerdictName.REFUSED:
        return ()
    return easily_mistaken(work.workflow.newest()[1].secret)


def settle(session: Session, work: Work, *, quiet: bool) -> str:
    """Finish a rotation that only this check was missing for, or close the one of credentials that are refused.

    Tells the coordinators how it stands now, if they know of it. Gives a sentence for the person, "" if there is
    nothing to say. Raises KeyringFailed when old credentials stay.
    """
    tell = (lambda event: None) if quiet else work.terminal.narrator().tell
    remark = _settled(work, tell)
    tell_outcome(session, work, tell)
    return remark


def _settled(work: Work, tell: Callable[[Event], None]) -> str:
    under_way = work.workflow.standing.rotation
    if under_way is None:
        return ""
    if work.workflow.standing.waiting:
        since = local_day(under_way.started_at, work.lea.timezone)
        return f"The rotation of {since} is still waiting for its new key: ssrcred resume[lea]."
    try:
        work.follow(rotation.close_if_refused(work.workflow), tell)
        work.follow(rotation.finish(work.workflow, unverified=False), tell)
    except errors.CredentialRefused:
        return ""  # the verdict says it
    except errors.Unfinished as open_end:
        return f"The rotation is not finished. {open_end.message}"
    return ""


def check_all(session: Session, lea: str | None) -> AllLeas[Checked]:
    """Check every LEA in config.toml and settle its rotation. Raises what `over_all` raises."""

    def task(work: Work) -> Checked:
        checked = check(session, work)
        settle(session, work, quiet=True)
        return checked

    # Among credentials that are refused, those that no parent can use come before a single school's.
    return over_all(session, lea, task, lambda checked: list(VerdictName).index(checked.verdict.name))


@dataclass(frozen=True)
class Publication:
    """What a help desk may read: the file, and the number of the group whose members may read it (None: not said)."""

    path: Path
    group: int | None

    @classmethod
    def of(cls, path: Path | None, group: str | None) -> Publication | None:
        """What the options ask for, found out before anything is tested. Raises UsageWrong."""
        if path is None and group is None:
            return None
        if path is None or not path.parent.is_dir():
            raise errors.UsageWrong(
                "--publish-group says who may read the file that --publish names."
                if path is None
                else f"There is no folder {path.parent}.",
                state="Nothing was checked.",
                hint="Name a file in a folder that exists: ssrcred verify[lea] --publish FILE --publish-group GROUP",
            )
        return cls(path, None if group is None else group_number(group))

    def write(
        self, session: Session, config: Config, found: Sequence[tuple[str, Checked | errors.SsrcredError]]
    ) -> None:
        """Publish what the checks of these LEAs, by key, came to. An LEA that config.toml does not tell is left out."""
        now = session.environment.now()
        known = session.conditions(config.leas[key] for key, _ in found if key in config.leas)
        entries = [
            Published(known[key], came.verdict if isinstance(came, Checked) else came, now)
            for key, came in found
            if key in known
        ]
        beside = export_checks(self.path, *published(entries), self.group)
        session.terminal.say(f"Published for the help desk: {self.path} and {beside.name}")

    def write_failure(self, session: Session, lea: str | None, problem: errors.SsrcredError) -> None:
        """Publish that the check could not be made: an old verdict would look like the last word."""
        if not isinstance(problem, errors.UsageWrong | errors.ConfigInvalid | errors.LedgerDamaged):
            config = session.config()
            self.write(session, config, [(session.lea(lea, config).key, problem)])
