"""The command verify: whether the pair works, the way a parent would see it, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from ssrcred import __version__
from ssrcred.adapters.config import Config
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.terminal.spell import easily_mistaken
from ssrcred.app.all_leas import over_all
from ssrcred.app.export import export_checks, group_number
from ssrcred.app.session import Session, Work, addressee, remembered
from ssrcred.app.terminal import Terminal
from ssrcred.cli.command import WITH_PORTAL, command
from ssrcred.cli.option import All, LeaName, file_path
from ssrcred.domain import errors
from ssrcred.domain.event import Event
from ssrcred.domain.evidence import EXIT_CODES, Known, Probe, Proof, Shows, Verdict, VerdictName
from ssrcred.domain.local_time import local_day
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.standing import slot_number
from ssrcred.domain.verdict import judge
from ssrcred.output import document, person
from ssrcred.output.addressee import addressed
from ssrcred.output.fold import plainly_folded
from ssrcred.output.published import Published, published
from ssrcred.output.ticket import ticket as plain
from ssrcred.workflows import recovery, rotation, verification

Wait = Annotated[
    int | None, typer.Option("--wait", min=1, max=120, metavar="MINUTES", help="Try again for so long until it works.")
]
Publish = Annotated[
    Path | None,
    typer.Option(
        "--publish", metavar="FILE", parser=file_path, help="Write what a help desk may read: FILE, and FILE.json."
    ),
]
PublishGroup = Annotated[
    str | None, typer.Option("--publish-group", metavar="GROUP", help="With --publish: the group that may read it.")
]
Ticket = Annotated[bool, typer.Option("--ticket", help="Plain words to copy into a ticket, without personal data.")]


LOOK_AHEAD: Final = 10
"""How many slots after the last one known a check looks into: enough for some years, and quick over a thousand LEAs."""
FIRST_S: Final = 10
GROWTH: Final = 1.5
LONGEST_S: Final = 120
"""Seconds between two tries with --wait: at first, growing by so much, and at most."""


@dataclass(frozen=True)
class Checked:
    """What one LEA's check came to.

    Its key and name, the verdict, what each way of trying saw, what the portal's page showed, and what was known of the
    pair before.
    """

    lea: str
    name: str
    verdict: Verdict
    proofs: tuple[Proof, ...]
    known: Known

    @property
    def exit_code(self) -> int:
        """What `verify` exits with for this LEA alone."""
        return self.verdict.exit_code

    def document(self) -> dict[str, Any]:
        """Its entry among the document's `leas`."""
        return document.verdict(self.lea, self.verdict, self.proofs, self.known.look)


@dataclass(frozen=True)
class Publication:
    """What a help desk may read: the file, and the number of the group whose members may read it (None: not said)."""

    path: Path
    group: int | None

    @classmethod
    def of(cls, path: Path | None, group: str | None) -> Publication | None:
        """What the options ask for, found out before anything is tried. Raises UsageWrong."""
        if path is None and group is None:
            return None
        if path is None or not path.parent.is_dir():
            raise errors.UsageWrong(
                "--publish-group says who may read the file that --publish names."
                if path is None
                else f"There is no folder {path.parent}.",
                state="Nothing was checked.",
                hint="Name a file in a folder that exists: ssrcred verify --publish FILE --publish-group GROUP",
            )
        return cls(path, None if group is None else group_number(group))

    def write(
        self, session: Session, config: Config, found: Sequence[tuple[str, Verdict | errors.SsrcredError]]
    ) -> None:
        """Publish what the checks of these LEAs, by key, came to. An LEA that config.toml does not tell is left out."""
        now = session.environment.now()
        with Ledger.readonly(session.environment.home.ledger) as ledger:
            entries = [
                Published(session.condition(lea, remembered(ledger, key)), came, now)
                for key, came in found
                if (lea := config.leas.get(key)) is not None
            ]
        beside = export_checks(self.path, *published(entries), self.group)
        session.terminal.say(f"Published for the help desk: {self.path} and {beside.name}")


@command(*WITH_PORTAL)
def verify(
    session: Session,
    lea: LeaName = None,
    every: All = False,
    wait: Wait = None,
    ticket: Ticket = False,
    publish: Publish = None,
    publish_group: PublishGroup = None,
) -> None:
    """Find out whether the pair works, the way a parent would see it, and say what to do next."""
    if (every and (ticket or wait)) or (ticket and session.result.json):
        raise errors.UsageWrong(
            "--ticket is for one LEA and for people, and --wait for one LEA: --all excludes both, --json the first.",
            state="Nothing was done.",
            hint="Choose one of them, with --lea NAME where there are several LEAs.",
        )
    publication = Publication.of(publish, publish_group)
    if every:
        raise typer.Exit(_verify_all(session, lea, publication))
    try:
        code = _verify(session, lea, wait, publication, ticket=ticket)
    except errors.SsrcredError as problem:
        # Published as a check that could not run: an old verdict would look like the last word.
        if publication is not None and not isinstance(
            problem, errors.UsageWrong | errors.ConfigInvalid | errors.LedgerDamaged
        ):
            config = session.config()
            publication.write(session, config, [(session.lea(lea, config).key, problem)])
        raise
    raise typer.Exit(code)


def _verify(
    session: Session, lea: str | None, wait: int | None, publication: Publication | None, *, ticket: bool
) -> int:
    with session.open(lea, forgiving=True) as work:
        checked = check(session, work)
        if wait is not None:
            checked = _waited(session, work, checked, wait)
            work.follow(verification.recognized(work.workflow, checked.proofs, checked.known.look), quiet)
        _show(session, checked, ticket=ticket)
        if not ticket:
            _say_look_alikes(session.terminal, work, checked)
        for refusal in session.result.held_back:
            session.terminal.say(f"{refusal.message} {refusal.state}")
            session.terminal.say(refusal.hint)
        remark = settle(work, quiet if ticket else None)
        if remark and checked.verdict.name is not VerdictName.SUPERSEDED:  # which says it of one that waits
            session.terminal.say(remark)
        if publication is not None:
            publication.write(session, work.config, [(checked.lea, checked.verdict)])
        # Last, because an old pair that does not go from the keyring is an error with a document of its own.
        session.result.answer({"leas": [checked.document()]})
    return checked.exit_code


def _verify_all(session: Session, lea: str | None, publication: Publication | None) -> int:
    """Check every LEA in config.toml and show them, worst first; gives the worst one's exit code.

    Raises what `over_all` raises, and Interrupted after Ctrl-C, when what was done until then has been shown.
    """

    def task(work: Work) -> Checked:
        checked = check(session, work)
        settle(work, quiet)
        return checked

    # Among pairs that are refused, the ones that no parent can use come before a single school's.
    all_leas = over_all(session, lea, task, lambda checked: list(VerdictName).index(checked.verdict.name))
    if not session.result.json:
        console = session.terminal.console(answer=True)
        all_leas.show(
            session.terminal,
            "not checked",
            "the credentials work",
            lambda name, one: person.verdict(console, name, one.verdict, one.proofs, one.known.look),
        )
    ends = [(end.lea, end.outcome) for end in all_leas.ends]
    if publication is not None and not all_leas.stopped:
        found = [(key, came.verdict if isinstance(came, Checked) else came) for key, came in ends]
        publication.write(session, all_leas.config, found)
    unknown: dict[str, Any] = {"verdict": VerdictName.UNKNOWN.value, "blocked": None, "probes": []}
    entries = [
        came.document()
        if isinstance(came, Checked)
        else {"lea": key, **unknown, "next": came.hint, **document.error(came)}
        for key, came in ends
    ]
    return all_leas.answer(session.result, {"leas": entries})


def check(session: Session, work: Work) -> Checked:
    """Try one LEA's newest pair every way that is set up. Records each event, prints nothing.

    Raises CredentialMissing without a pair, and what the vault raises. Every other trouble is in the verdict.
    """
    slot = None
    with suppress(errors.KeyringFailed):  # told below, where the pair itself is read
        slot = recovery.unheard_of(work.workflow)
    if slot is not None:
        work.follow([recovery.stored(work.workflow, slot)], quiet)
    standing = work.workflow.standing
    try:
        tried = verification.proofs(work.follow(verification.probe(work.workflow), quiet))
    except errors.CredentialMissing as missing:
        raise _without_a_pair(work, missing) from None
    looked = verification.look(work.workflow, tried)
    work.follow(verification.recognized(work.workflow, tried, looked), quiet)
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
        unwritten=work.workflow.ports.portal is not None and not work.workflow.standing.given_newest(DISTRICT),
        waiting_since=under_way.started_at if under_way is not None and standing.waiting else None,
        hosts={way: urlsplit(url).hostname or "" for way, url in sites.items()},
    )
    return Checked(work.lea.key, work.lea.name, _judged(work, tried, known), tried, known)


def _without_a_pair(work: Work, missing: errors.CredentialMissing) -> errors.CredentialMissing:
    """Why there is no pair to try; where the keyring has a newer one, the way to that, and not to a click in TOMS."""
    standing = work.workflow.standing
    if standing.newest_slot is None and standing.waiting:
        message = "Your rotation stopped before the new key was stored, so there are no credentials to test."
        state, hint = "Nothing was sent.", "Type: ssrcred resume"
    elif standing.newest_slot is None and standing.bad:
        message = "The only pair that was stored here is refused by the state's service, so there is none to try."
        state = "Nothing was sent. Parents cannot see score reports until a pair works."
        hint = (
            "If TOMS still shows that pair, copy both halves again: ssrcred store. If not, regenerate: ssrcred rotate."
        )
    elif recovery.lost_slot(work.workflow, LOOK_AHEAD) is not None:
        message = f"{missing.message} It holds a newer one, of which the ledger knows nothing."
        state = "Nothing was changed. The newer pair is safe. Perhaps an older copy of the ledger was put back."
        hint = f"To go on with the newer pair: ssrcred resume --lea {work.lea.key}. Do not regenerate in TOMS."
    else:
        return missing
    return errors.CredentialMissing(message, state=state, hint=hint)


def _judged(work: Work, tried: tuple[Proof, ...], known: Known) -> Verdict:
    """The verdict, with the LEA's name in what is typed next where there are several."""
    reached, lea = judge(tried, known), addressee(work.lea.key, work.config)
    return replace(
        reached,
        headline=addressed(reached.headline, lea),
        details=addressed(reached.details, lea),
        next=addressed(reached.next, lea),
        command=addressed(reached.command, lea),
    )


def pauses(minutes: int) -> Iterator[int]:
    """Seconds between two tries, growing, that together are `minutes`."""
    left, pause = minutes * 60, FIRST_S
    while left > 0:
        # What would be left over is waited for in one go: a try a second after another is of no use.
        chosen = left if left < pause + FIRST_S else pause
        yield chosen
        left -= chosen
        pause = min(LONGEST_S, int(pause * GROWTH))


def _waited(session: Session, work: Work, checked: Checked, minutes: int) -> Checked:
    """The check after trying again, for as long as it may come to another end and is not fine. Ctrl-C ends it."""
    if session.by_hand(work.lea):
        session.terminal.say("By hand there is no waiting: press the button again in a while, and run ssrcred verify.")
        return checked
    if EXIT_CODES[checked.verdict.name] != 0 and not verification.may_change(checked.proofs):
        session.terminal.say("There is no waiting: it would not change what follows.")
    last, left = checked, minutes * 60
    try:
        for pause in pauses(minutes):
            if EXIT_CODES[last.verdict.name] == 0 or not verification.may_change(last.proofs):
                break
            _count_down(session, pause, left)
            left -= pause
            later = verification.proofs(work.follow(verification.again(work.workflow, last.proofs), quiet))
            tried = verification.merged(last.proofs, later)
            last = replace(last, verdict=_judged(work, tried, last.known), proofs=tried)
    except KeyboardInterrupt:
        session.terminal.say("You ended the waiting. This is what is known:")
    if last is checked or not any(sight.shows in (Shows.OTHER, Shows.BLANK) for sight in last.known.look.sights):
        return last
    # Somebody may have changed the settings meanwhile: what they showed before must not contradict what works now.
    known = replace(last.known, look=verification.look(work.workflow, last.proofs))
    return replace(last, verdict=_judged(work, last.proofs, known), known=known)


def _count_down(session: Session, seconds: int, left: int) -> None:
    sleep, stderr = session.environment.sleep, session.environment.stderr
    if not session.terminal.is_watched:
        sleep(seconds)
        return
    shown = 0
    try:
        for second in range(seconds, 0, -1):
            minutes, rest = divmod(left - seconds + second, 60)
            line = f"  Not yet. The next try is in {second} s; {minutes} min {rest:02} s left. Ctrl-C ends it."
            stderr.write(f"\r{line.ljust(shown)}")
            stderr.flush()
            shown = len(line)
            sleep(1)
    finally:
        stderr.write(f"\r{' ' * shown}\r")
        stderr.flush()


def _show(session: Session, checked: Checked, *, ticket: bool) -> None:
    if ticket:
        known = checked.known
        text = plain(checked.name, checked.verdict, checked.proofs, known.look, known.days_left, __version__)
        stdout = session.environment.stdout
        # A terminal would cut words; a file or a pipe gets whole lines.
        stdout.write("".join(f"{plainly_folded(line, stdout)}\n" for line in text.splitlines()))
    elif not session.result.json:
        console = session.terminal.console(answer=True)
        person.verdict(console, checked.name, checked.verdict, checked.proofs, checked.known.look)


def _say_look_alikes(terminal: Terminal, work: Work, checked: Checked) -> None:
    """Where the refused key has characters that are easily mistaken; to the person's own terminal, and nowhere else.

    Of a pair that was never seen to work only: one that worked was not mistyped.
    """
    if checked.verdict.name is not VerdictName.REFUSED or not terminal.is_watched:
        return
    kinds = easily_mistaken(work.workflow.newest()[1].secret)
    if not kinds:
        return
    terminal.say("")
    terminal.say("If somebody typed the key: these of its characters are easily mistaken. Do not pass this on.")
    for kind in kinds:
        terminal.say(f"  - {kind.words}: at {', '.join(map(str, kind.positions))}.")
    terminal.say("To compare the whole key with TOMS, character by character: ssrcred store --spell.")


def settle(work: Work, tell: Callable[[Event], None] | None = None) -> str:
    """Finish a rotation that only this proof was missing for, or close the one of a pair proved bad.

    `tell` is given each event (None: told on stderr). Gives a sentence for the person, "" if there is nothing to say.
    Raises KeyringFailed when an old pair does not go.
    """
    under_way = work.workflow.standing.rotation
    if under_way is None:
        return ""
    if work.workflow.standing.waiting:
        since = local_day(under_way.started_at, work.lea.timezone)
        return f"The rotation of {since} is still waiting for its new key: ssrcred resume."
    try:
        work.follow(rotation.close_if_refused(work.workflow), tell)
        work.follow(rotation.finish(work.workflow, unverified=False), tell)
    except errors.PairRefused:
        return ""  # the verdict says it
    except errors.Unfinished as open_end:
        return f"The rotation is not finished. {open_end.message}"
    return ""


def quiet(event: Event) -> None:
    """A check shows its verdict, not each event."""
