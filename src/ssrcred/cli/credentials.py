"""The commands that bring credentials to their places: rotate, resume, abandon, store, upload, schools, handover."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.terminal.spell import spelled
from ssrcred.cli.every import over_all
from ssrcred.cli.mint import Mint, Source, answering, who_breaks
from ssrcred.cli.option import All, AnyLength, LeaName, Replace, Unverified, file_path
from ssrcred.cli.refusal import careful
from ssrcred.cli.session import USUAL, WITH_PORTAL, Session, Work, addressee, command, remembered
from ssrcred.domain import errors
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.event import Done, Event
from ssrcred.domain.evidence import WORKS
from ssrcred.domain.standing import Standing
from ssrcred.output import document, person
from ssrcred.output.addressee import address
from ssrcred.output.sentence import local_day
from ssrcred.workflows import handover as handovers
from ssrcred.workflows import rotation
from ssrcred.workflows import upload as places


@command(*WITH_PORTAL)
def rotate(
    session: Session,
    source: Source,
    lea: LeaName = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Try all that can fail and stop there; nothing is written.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Generate new ones although these are not due yet.")] = False,
    replace: Replace = False,
    unverified: Unverified = False,
) -> None:
    """Make a new pair in TOMS and bring it everywhere: the yearly job, step by step."""
    taken = (replace, unverified)
    try:
        _rotate(session, lea, source, *taken, plan=plan, force=force)
    except (errors.NotConfirmed, errors.PageChanged) as stop:  # nothing was begun yet
        from ssrcred.cli.confirm import confirm_again

        confirm_again(session, lea, stop)
        _rotate(session, lea, source, *taken, plan=plan, force=True)


def _rotate(
    session: Session, lea: str | None, source: Source, replace: bool, unverified: bool, *, plan: bool, force: bool
) -> None:
    with session.open(lea) as work:
        rotation.refuse_second(work.story)
        if plan:
            _plan(session, work, replace=replace)
            return
        source.needs_somebody(session)  # before anything is begun that would have to be resumed
        if not force:
            _ask_if_young(session, work)
        with Mint(session, work, source, walk=True) as mint:
            happening = rotation.rotate(
                work.story, mint.capture, mint.emergency.hold, replace=replace, taken=mint.taken(unverified=unverified)
            )
            _to_the_end(session, work, mint, happening)


@command(*WITH_PORTAL)
def resume(
    session: Session, source: Source, lea: LeaName = None, replace: Replace = False, unverified: Unverified = False
) -> None:
    """Go on with a rotation that was interrupted, from wherever it stopped."""
    # A key that is on the screen is stored first, opening nothing but the vault: what else is wrong can wait.
    with session.open(lea, portal=False, reports=False) as work, Mint(session, work, source, walk=True) as mint:
        pressed = False
        if work.story.standing.waiting:
            if mint.at_hand():
                mint.follow(rotation.store(work.story, mint.capture, mint.emergency.hold, mint.taken()))
            pressed = mint.pressed
    with session.open(lea) as work, Mint(session, work, source, walk=True) as mint:
        mint.pressed = pressed
        happening = rotation.resume(
            work.story, mint.capture, mint.emergency.hold, replace=replace, taken=mint.taken(unverified=unverified)
        )
        _to_the_end(session, work, mint, happening)


@command(*USUAL)
def abandon(session: Session, lea: LeaName = None) -> None:
    """Close a rotation that was interrupted, without its pair becoming the current one. Nothing is deleted."""
    with session.open(lea, portal=False, reports=False) as work:
        before = work.story.standing.rotation
        work.follow(rotation.abandon(work.story))
        if before is not None and not before.stored and before.reached is not Done.PREPARED:
            session.say(
                "If Yes, Generate Credentials was pressed in TOMS, the old credentials stopped working then, and "
                "parents may be locked out already. To test them: ssrcred verify."
            )
        session.say("To see where things stand: ssrcred status.")
        session.answer_events(finished=True)


def _plan(session: Session, work: Work, *, replace: bool) -> None:
    narrator = session.narrator()
    for event in rotation.prepare(work.story, replace=replace):
        session.events.append(event)
        narrator.tell(event)
    if work.story.doors.rehearse is not None and not any(map(rotation.is_test_save, session.events)):
        session.say("The test save was left out: no browser is installed here.")
    session.say("")
    for line in who_breaks(work.lea):
        session.say(line)
    if session.condition(work.lea, work.story.standing).young:
        session.say("New credentials are not due yet: ssrcred rotate would ask before it replaces these.")
    session.say("This was a plan only: nothing was written and nothing has to be resumed.")
    session.answer_events(finished=False)


def _ask_if_young(session: Session, work: Work) -> None:
    """Ask before young credentials are replaced. Raises NotDue where nobody can be asked, Interrupted for a no."""
    lea = work.lea
    today = session.condition(lea, work.story.standing)
    if not today.young or today.days_left is None:
        return
    age = lea.lifetime_days - today.days_left
    told = f"These credentials are {age} day{'' if age == 1 else 's'} old and good for {today.days_left} more."
    if session.asker.no_input:
        raise errors.NotDue(
            f"{told} New ones are not due yet.",
            state="Nothing was changed.",
            hint="To replace them all the same: ssrcred rotate --force.",
        )
    session.say(told)
    for line in who_breaks(lea):
        session.say(line)
    if not session.asker.yes("Generate new ones all the same?", default=False):
        raise errors.Interrupted(
            "You stopped before anything was done: new credentials are not due yet.",
            state="Nothing was changed.",
            hint="To see whether these work: ssrcred verify.",
        )


def _to_the_end(session: Session, work: Work, mint: Mint, happening: Iterator[Event]) -> None:
    mint.follow(happening)
    if session.events:
        today = session.condition(work.lea, work.story.standing)
        if today.expires_at is not None:
            day = local_day(today.expires_at, work.lea.timezone)
            session.say("")
            session.say(f"The pair is good for {today.days_left} days, until {day}.", style="bold")
        say_open(session, work.story.standing)
        session.say("To see where things stand at any time: ssrcred status.")
    else:
        session.say("Nothing has to be resumed: no rotation is under way. To see where things stand: ssrcred status.")
        say_open(session, work.story.standing)
    session.answer_events(finished=True)


OTHER_LINES: Final = 4
"""Lines of a screen that are not characters of the pair: two above, the question below, and where Enter leads."""
LEAST_LINES: Final = 5
ANSWERS: Final = {"SIGTSTP": signal.SIG_IGN, "SIGQUIT": signal.default_int_handler}
r"""While it is shown, Ctrl-Z does nothing, and Ctrl-\ ends the program as Ctrl-C does: both would leave it there."""


@command(*USUAL)
def store(
    session: Session,
    source: Source,
    lea: LeaName = None,
    spell: Annotated[
        bool, typer.Option("--spell", help="Store nothing: read the stored pair back, then erase the screen.")
    ] = False,
) -> None:
    """Put a pair that was generated already into the keyring; upload and verify go on from there."""
    if spell:
        if source != Source():
            raise errors.UsageWrong(
                "--spell reads the stored pair back, so it takes no other one.",
                state="Nothing was shown and nothing was stored.",
                hint="Use it alone: ssrcred store --spell.",
            )
        _read_back(session, lea)
        return
    with session.open(lea, portal=False, reports=False) as work, Mint(session, work, source, walk=False) as mint:
        source.needs_somebody(session)
        mint.follow(rotation.store(work.story, mint.capture, mint.emergency.hold, mint.taken()))
    session.say("Next: ssrcred upload, then: ssrcred verify.")
    session.answer_events(finished=False)


def _read_back(session: Session, lea: str | None) -> None:
    """Show the pair page by page and erase it. Raises UsageWrong without a fit terminal, CredentialMissing."""
    console = session.console(answer=True)
    erasable = console.is_terminal and not console.is_dumb_terminal and not console.legacy_windows
    if session.asker.no_input or not session.machine.stdout.isatty() or not erasable:
        raise errors.UsageWrong(
            "A pair is read back only to somebody at a terminal whose screen can be erased afterwards.",
            state="Nothing was shown.",
            hint="Run it yourself in a terminal, without --json, --no-input or a redirection: ssrcred store --spell.",
        )
    with session.open(lea, portal=False, reports=False) as work:
        standing, key = work.story.standing, work.lea.key
        if standing.rotation is None and standing.bad:  # refused while it was new: perhaps it was mistyped
            words, pair = f"The pair that the state's service refused ({key})", work.vault.read(standing.bad[-1])
        else:
            words, pair = f"The newest stored pair ({key})", work.story.newest()[1]
        height = max(LEAST_LINES, console.size.height - OTHER_LINES)
        halves = (("User Name", spelled(SecretKey(pair.username))), ("Secret key", spelled(pair.secret)))
        pages = [
            (f"{half}, {len(lines)} characters. Nobody else should see this screen.", *lines[at : at + height])
            for half, lines in halves
            for at in range(0, len(lines), height)
        ]
        with answering(ANSWERS):
            # A screen beside the one with what was said before; it has no memory, and is erased however it is left.
            console.set_alt_screen(True)
            try:
                for number, page in enumerate(pages, 1):
                    console.clear()
                    for line in (words, *page):
                        # One line each, however narrow it is: what scrolls away cannot be erased.
                        console.print(line, no_wrap=True, overflow="ellipsis", soft_wrap=False)
                    last = number == len(pages)
                    session.asker.wait("Press Enter to erase it" if last else "Press Enter for what comes next")
            finally:
                console.clear()
                console.set_alt_screen(False)
        session.say("The pair was shown and the screen erased. Nothing was changed.")


@command(*WITH_PORTAL)
def upload(session: Session, lea: LeaName = None, every: All = False, any_length: AnyLength = False) -> None:
    """Write the stored pair to the district's settings, and to schools that hold the old one."""
    if every:
        raise typer.Exit(_upload_all(session, lea))
    with session.open(lea) as work:
        needs_portal(work)
        check_written(work.follow(places.write(work.story, any_length=any_length)))
    session.say("Next: ssrcred verify.")
    session.answer_events(finished=work.story.standing.rotation is None)


@dataclass(frozen=True)
class Uploaded:
    """One LEA's upload: its events, what did not take the pair (None: nothing), and whether all is finished."""

    name: str
    events: tuple[Event, ...]
    problem: errors.SsrcredError | None
    finished: bool

    @property
    def exit_code(self) -> int:
        """What `upload` would exit with for this LEA alone."""
        return 0 if self.problem is None else self.problem.exit_code


def _upload_all(session: Session, lea: str | None) -> int:
    """Write every LEA's stored pair to its places and show what did not succeed; gives the worst exit code.

    Raises what `over_all` raises, and Interrupted after Ctrl-C, when what was done until then has been shown.
    """

    def deed(work: Work) -> Uploaded:
        needs_portal(work)
        happened = tuple(work.follow(places.write(work.story), lambda event: None))
        problem = None
        try:
            check_written(happened)
        except errors.SsrcredError as failed:
            problem = failed
            address(failed, addressee(work.lea.key, work.config))
        return Uploaded(work.lea.name, happened, problem, work.story.standing.rotation is None)

    def tell(name: str, done: Uploaded) -> None:
        if done.problem is not None:
            person.undone(session.console(answer=True), name, undone, done.problem)

    undone = "not uploaded everywhere"
    county = over_all(session, lea, deed, forgiving=False)
    if not session.json:
        county.show(session, undone, "every place holds the pair", tell)
    leas, events = [], []
    for end in county.ends:
        done = end.outcome if isinstance(end.outcome, Uploaded) else Uploaded("", (), end.outcome, finished=False)
        failure = {} if done.problem is None else document.error(done.problem)
        leas.append({"lea": end.lea, "finished": done.finished, **failure})
        told = document.events(done.events, finished=False)["events"]
        events += [{"lea": end.lea, **event} for event in told]
    return county.answer(session, {"leas": leas, "events": events, "finished": all(one["finished"] for one in leas)})


def needs_portal(work: Work) -> None:
    """Raise UsageWrong for an LEA without a portal."""
    if work.story.doors.portal is None:
        raise errors.UsageWrong(
            f"No portal is set up for {work.lea.key}, so there is nowhere to write.",
            state="Nothing was changed.",
            hint=f"Add [lea.{work.lea.key}.schoolwise] to config.toml, or run: ssrcred setup.",
        )


def check_written(happened: Sequence[Event]) -> None:
    """Raise Unfinished or WriteNotConfirmed when a place did not take the pair."""
    failed = [event for event in happened if event.outcome in (*places.NOT_WRITTEN, Done.UNCONFIRMED)]
    if not failed:
        return
    names = ", ".join(event.place for event in failed)
    done = any(event.outcome in (Done.WRITTEN, Done.SKIPPED) for event in happened)
    stopped = any(event.outcome in (Done.NOT_CONFIRMED, Done.PAGE_CHANGED) for event in failed)
    kind = errors.Unfinished if done or stopped else errors.WriteNotConfirmed
    raise kind(
        f"Not written, or not seen to be: {names}. {failed[0].detail.get('reason', '')}".rstrip(),
        state=f"The pair is safe in the keyring.{' The other places are done.' if done else ''}",
        hint="Look at the reason above, mend it, and run: ssrcred upload. It only writes what is not done yet.",
    )


@command(*WITH_PORTAL)
def schools(
    session: Session,
    lea: LeaName = None,
    clear: Annotated[
        str | None, typer.Option("--clear", metavar="SCHOOL", help="Blank its own pair; it uses the district's then.")
    ] = None,
    give: Annotated[
        str | None, typer.Option("--set", metavar="SCHOOL", help="Write the stored pair to it, whatever it holds.")
    ] = None,
) -> None:
    """Show every place that can hold a pair and whose pair it holds; clear or set a school's own."""
    if clear is not None and give is not None:
        raise errors.UsageWrong(
            "--clear and --set exclude each other.", state="Nothing was changed.", hint="Do one after the other."
        )
    with session.open(lea, reports=give is not None) as work:
        needs_portal(work)
        if clear is not None:
            check_written(work.follow(places.clear(work.story, clear)))
        if give is not None:
            check_written(work.follow(places.write(work.story, frozenset({give}))))
            session.say("Next: ssrcred verify.")
        surveyed, extent = places.survey(work.story), careful(work.story.doors.portal).extent
        if session.json:
            session.answer(document.places(surveyed, extent=extent))
        else:
            tried, zone = work.story.standing.tried.items(), work.lea.timezone
            # By place, the day on which the last check there worked, by the LEA's calendar.
            worked = {name: person.local_minute(last.at, zone)[:10] for name, last in tried if last.outcome in WORKS}
            person.places(session.console(answer=True), surveyed, worked, extent)


To = Annotated[str | None, typer.Option("--to", metavar="NAME", help="Write the pair for this system into FILE.")]
For = Annotated[str | None, typer.Option("--for", metavar="age1...", help="With --to: the vendor's age public key.")]
DoneBy = Annotated[str | None, typer.Option("--done", metavar="NAME", help="Record that this system has the new pair.")]
File = Annotated[
    Path | None, typer.Argument(parser=file_path, metavar="FILE", help="With --to: a new file, for the encrypted pair.")
]


@command(*USUAL)
def handover(
    session: Session, file: File = None, to: To = None, recipient: For = None, done: DoneBy = None, lea: LeaName = None
) -> None:
    """Show which other systems wait for the new pair; encrypt it for one of them; record that it has it."""
    parts = (file, to, recipient)
    if (any(parts) and not all(parts)) or (done is not None and any(parts)):
        raise errors.UsageWrong(
            "A hand-over needs all of --to, --for and a file; --done stands alone.",
            state="Nothing was done.",
            hint="Write it with: ssrcred handover --to NAME --for age1... FILE. Then: ssrcred handover --done NAME",
        )
    if file and to and recipient:
        from ssrcred.adapters.vault import parcel

        key = recipient.strip()
        parcel.check(file, key)  # before the keyring asks for anything
        with session.open(lea, portal=False, reports=False) as work:
            (sealed,) = work.follow(handovers.seal(work.story, to, key, partial(parcel.send, file, recipient=key)))
            session.say(f"Send them the file {file}. They open it with: age -d -i KEY-FILE {file.name}")
            name = sealed.detail["vendor"]
            quoted = name if name.isalnum() else f'"{name}"'
            session.say(f"When they say that they use the new pair: ssrcred handover --done {quoted}")
            _answer(session, work.lea.key, work.story.standing, file=str(file))
    elif done is not None:
        with session.open(lea, portal=False, reports=False) as work:
            (closed,) = work.follow(handovers.close(work.story, done))
            say_open(session, work.story.standing)
            _answer(session, work.lea.key, work.story.standing, done=closed.detail["vendor"])
    else:
        _show(session, lea)


def _show(session: Session, wanted: str | None) -> None:
    lea = session.lea(wanted, session.config())
    with Ledger.readonly(session.home.ledger) as ledger:
        standing = remembered(ledger, lea.key)
    if session.json:
        _answer(session, lea.key, standing)
    elif standing.handovers:
        person.handovers(session.console(answer=True), standing, lea.timezone)
        for line in ("", *HOW):
            session.say(line)
    else:
        session.console(answer=True).print("No hand-over is open.")
        if not lea.vendors:
            session.say(
                "To be told of other systems that use the pair, name them in config.toml, "
                f'in [lea.{lea.key}]: vendors = ["SIRAS"]'
            )


HOW = (
    "A vendor that uses age sends you its public key (age1...): ssrcred handover --to NAME --for age1... FILE",
    "Where you enter the pair yourself, have it read back to you: ssrcred store --spell",
    "When the system works again: ssrcred handover --done NAME",
)


def say_open(session: Session, standing: Standing) -> None:
    """Say which hand-overs are open, if any."""
    if standing.handovers:
        session.say(f"Open hand-overs: {', '.join(standing.handovers)}.", style="bold")
        session.say("They do not work until they get the new pair. How to give it to them: ssrcred handover.")


def _answer(
    session: Session, lea: str, standing: Standing, *, file: str | None = None, done: str | None = None
) -> None:

    session.answer(document.handover(lea, standing, file=file, done=done))
