"""The command verify: whether the pair works, the way a parent would see it, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from ssrcred import recovery, rotation, verification
from ssrcred.cli import waiting
from ssrcred.cli.option import All, Driver, Json, LeaName, NoInput, ShowBrowser, file_path
from ssrcred.cli.publication import Publication
from ssrcred.cli.session import Session, Work, addressee
from ssrcred.errors import (
    ConfigInvalid,
    CredentialMissing,
    KeyringFailed,
    LedgerDamaged,
    PairRefused,
    SsrcredError,
    Unfinished,
    UsageWrong,
)
from ssrcred.event import Event
from ssrcred.evidence import EXIT_CODES, Known, Probe, Proof, Shows, Verdict, VerdictName
from ssrcred.ladder import judge
from ssrcred.output import document
from ssrcred.output.addressee import addressed
from ssrcred.place import DISTRICT
from ssrcred.standing import slot_number

Wait = Annotated[
    int | None,
    typer.Option("--wait", min=1, max=120, metavar="MINUTES", help="Try again for so long until it works."),
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
    def fine(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return EXIT_CODES[self.verdict.name] == 0


def verify(
    context: typer.Context,
    lea: LeaName = None,
    every: All = False,
    wait: Wait = None,
    ticket: Ticket = False,
    json: Json = False,
    no_input: NoInput = False,
    driver: Driver = None,
    show_browser: ShowBrowser = False,
    publish: Publish = None,
    publish_group: PublishGroup = None,
) -> None:
    """Find out whether the pair works, the way a parent would see it, and say what to do next."""
    session = Session.of(context, json=json, no_input=no_input, driver=driver, show_browser=show_browser)
    _refuse_together(every=every, ticket=ticket, wait=wait is not None, json=json)
    publication = Publication.of(publish, publish_group)
    if every:
        from ssrcred.cli.verify_all import verify_all

        raise typer.Exit(verify_all(session, lea, publication))
    with _told_to_the_help_desk(session, lea, publication), session.open(lea, forgiving=True) as work:
        checked = check(session, work)
        if wait is not None:
            checked = _waited(session, work, checked, wait)
            work.follow(verification.recognized(work.story, checked.proofs, checked.known.look), quiet)
        _show(session, checked, ticket=ticket)
        if not ticket:
            _say_look_alikes(session, work, checked)
        for refusal in session.held_back:
            session.say(f"{refusal.message} {refusal.state}")
            session.say(refusal.hint)
        remark = settle(work, quiet if ticket else None)
        if remark and checked.verdict.name is not VerdictName.SUPERSEDED:  # which says it of one that waits
            session.say(remark)
        if publication is not None:
            publication.write(session, work.config, [(checked.lea, checked.verdict)])
        # Last, because an old pair that does not go from the keyring is an error with a document of its own.
        found = document.verdict(checked.lea, checked.verdict, checked.proofs, checked.known.look)
        session.answer({"leas": [found]})
    raise typer.Exit(checked.verdict.exit_code)


@contextmanager
def _told_to_the_help_desk(session: Session, lea: str | None, publication: Publication | None) -> Iterator[None]:
    """Have a check that could not run be published as that: an old verdict would look like the last word."""
    try:
        yield
    except SsrcredError as problem:
        if publication is not None and not isinstance(problem, UsageWrong | ConfigInvalid | LedgerDamaged):
            config = session.config()
            publication.write(session, config, [(session.lea(lea, config).key, problem)])
        raise


def _refuse_together(*, every: bool, ticket: bool, wait: bool, json: bool) -> None:
    if not ((every and (ticket or wait)) or (ticket and json)):
        return
    raise UsageWrong(
        "--ticket is for one LEA and for people, and --wait for one LEA: --all excludes both, --json the first.",
        state="Nothing was done.",
        hint="Choose one of them, with --lea NAME where there are several LEAs.",
    )


def check(session: Session, work: Work) -> Checked:
    """Try one LEA's newest pair every way that is set up. Records each event, prints nothing.

    Raises CredentialMissing without a pair, and what the vault raises. Every other trouble is in the verdict.
    """
    slot = None
    with suppress(KeyringFailed):  # told below, where the pair itself is read
        slot = recovery.unheard_of(work.story)
    if slot is not None:
        work.follow([recovery.stored(work.story, slot)], quiet)
    standing = work.story.standing
    try:
        tried = verification.proofs(work.follow(verification.probe(work.story), quiet))
    except CredentialMissing as missing:
        raise _without_a_pair(work, missing) from None
    looked = verification.look(work.story, tried)
    work.follow(verification.recognized(work.story, tried, looked), quiet)
    newest, under_way = standing.newest_slot, standing.rotation
    later = [] if newest is None else [slot_number(slot) - slot_number(newest) for slot in standing.bad]
    known = Known(
        session.condition(work.lea, standing).days_left,
        standing.proved_at,
        looked,
        work.lea.timezone,
        refused_again=any(steps < 0 for steps in later),
        newer_refused=any(steps > 0 for steps in later),
        unwritten=work.story.doors.portal is not None and not work.story.standing.given_newest(DISTRICT),
        waiting_since=under_way.started_at if under_way is not None and standing.waiting else None,
        hosts=_hosts(work),
    )
    return Checked(work.lea.key, work.lea.name, _judged(work, tried, known), tried, known)


def _hosts(work: Work) -> dict[Probe, str]:
    """The hosts that a verdict may name: of the state's service and of the portal."""
    sis = work.lea.schoolwise
    found = {Probe.TOMS: work.lea.toms.api, Probe.PORTAL: "" if sis is None else sis.url}
    return {way: urlsplit(url).hostname or "" for way, url in found.items()}


def _without_a_pair(work: Work, missing: CredentialMissing) -> CredentialMissing:
    """Why there is no pair to try; where the keyring has a newer one, the way to that, and not to a click in TOMS."""
    standing = work.story.standing
    if standing.newest_slot is None and standing.waiting:
        return CredentialMissing(
            "Your rotation stopped before the new key was stored, so there are no credentials to test.",
            state="Nothing was sent.",
            hint="Type: ssrcred resume",
        )
    if standing.newest_slot is None and standing.bad:
        return CredentialMissing(
            "The only pair that was stored here is refused by the state's service, so there is none to try.",
            state="Nothing was sent. Parents cannot see score reports until a pair works.",
            hint="If TOMS still shows that pair, copy both halves again: ssrcred store. If not, regenerate: "
            "ssrcred rotate.",
        )
    if recovery.lost_slot(work.story, LOOK_AHEAD) is None:
        return missing
    return CredentialMissing(
        f"{missing.message} It holds a newer one, of which the ledger knows nothing.",
        state="Nothing was changed. The newer pair is safe. Perhaps an older copy of the ledger was put back.",
        hint=f"To go on with the newer pair: ssrcred resume --lea {work.lea.key}. Do not regenerate in TOMS.",
    )


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


def _waited(session: Session, work: Work, checked: Checked, minutes: int) -> Checked:
    """The check after trying again, for as long as it may come to another end and is not fine."""
    if _by_hand(session, work):
        session.say("By hand there is no waiting: press the button again in a while, and run ssrcred verify.")
        return checked

    def retry(last: Checked) -> Checked:
        later = verification.proofs(work.follow(verification.again(work.story, last.proofs), quiet))
        tried = verification.merged(last.proofs, later)
        return replace(last, verdict=_judged(work, tried, last.known), proofs=tried)

    def hopeful(last: Checked) -> bool:
        return not last.fine and bool(verification.may_change(last.proofs))

    if not checked.fine and not hopeful(checked):
        session.say("There is no waiting: it would not change what follows.")
    last = waiting.wait(session, minutes, checked, hopeful, retry)
    if last is checked or not any(sight.shows in (Shows.OTHER, Shows.BLANK) for sight in last.known.look.sights):
        return last
    # Somebody may have changed the settings meanwhile: what they showed before must not contradict what works now.
    known = replace(last.known, look=verification.look(work.story, last.proofs))
    return replace(last, verdict=_judged(work, last.proofs, known), known=known)


def _by_hand(session: Session, work: Work) -> bool:
    sis = work.lea.schoolwise
    return sis is not None and (session.driver or sis.driver) == "hand"


def _show(session: Session, checked: Checked, *, ticket: bool) -> None:
    from ssrcred import __version__
    from ssrcred.output import person
    from ssrcred.output.fold import plainly_folded
    from ssrcred.output.ticket import ticket as plain

    if ticket:
        known = checked.known
        text = plain(checked.name, checked.verdict, checked.proofs, known.look, known.days_left, __version__)
        stdout = session.machine.stdout
        # A terminal would cut words; a file or a pipe gets whole lines.
        stdout.write("".join(f"{plainly_folded(line, stdout)}\n" for line in text.splitlines()))
    elif not session.json:
        console = session.console(answer=True)
        person.verdict(console, checked.name, checked.verdict, checked.proofs, checked.known.look)


def _say_look_alikes(session: Session, work: Work, checked: Checked) -> None:
    """Where the refused key has characters that are easily mistaken; to the person's own terminal, and nowhere else.

    Of a pair that was never seen to work only: one that worked was not mistyped.
    """
    if checked.verdict.name is not VerdictName.REFUSED or not session.terminal or session.json:
        return
    from ssrcred.capture import easily_mistaken

    kinds = easily_mistaken(work.story.newest()[1].secret)
    if not kinds:
        return
    session.say("")
    session.say("If somebody typed the key: these of its characters are easily mistaken. Do not pass this on.")
    for kind in kinds:
        session.say(f"  - {kind.words}: at {', '.join(map(str, kind.positions))}.")
    session.say("To compare the whole key with TOMS, character by character: ssrcred store --spell.")


def settle(work: Work, tell: Callable[[Event], None] | None = None) -> str:
    """Finish a rotation that only this proof was missing for, or close the one of a pair proved bad.

    `tell` is given each event (None: told on stderr). Gives a sentence for the person, "" if there is nothing to say.
    Raises KeyringFailed when an old pair does not go.
    """
    under_way = work.story.standing.rotation
    if under_way is None:
        return ""
    if work.story.standing.waiting:
        since = under_way.started_at.astimezone(ZoneInfo(work.lea.timezone))
        return f"The rotation of {since:%B} {since.day}, {since.year} is still waiting for its new key: ssrcred resume."
    try:
        work.follow(rotation.close_if_refused(work.story), tell)
        work.follow(rotation.finish(work.story, unverified=False), tell)
    except PairRefused:
        return ""  # the verdict says it
    except Unfinished as open_end:
        return f"The rotation is not finished. {open_end.message}"
    return ""


def quiet(event: Event) -> None:
    """A check shows its verdict, not each event."""
