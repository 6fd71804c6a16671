"""The commands support, a bundle for a vendor's ticket that is shown before it is written, and history."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Final

import typer

from ssrcred import __version__
from ssrcred.adapters.config import Lea, whole_path
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.machine.disk import save_new
from ssrcred.app.doctor.all_checks import AllChecks
from ssrcred.app.session import Session, remembered
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import SomeLea, file_path
from ssrcred.domain.errors import ConfigInvalid, LedgerDamaged, UsageWrong
from ssrcred.domain.event import Event, Step
from ssrcred.domain.evidence import Known
from ssrcred.domain.verdict import judge
from ssrcred.output import document, person
from ssrcred.output.bundle import Bundle, Memory, Settings
from ssrcred.workflows import verification

EVENTS: Final = 40
"""The newest events of each LEA that are told: two rotations with some schools."""
MOST_LEAS: Final = 20
"""A ticket is about few LEAs; beyond, --lea has to say which."""


@command(*USUAL)
def support(
    session: Session,
    file: Annotated[
        Path | None, typer.Argument(parser=file_path, metavar="FILE", help="Where it goes; a name with the date.")
    ] = None,
    lea: SomeLea = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
) -> None:
    """Write a text for a vendor's ticket: versions, settings, findings, last events. No secret, no name, no student."""
    target = file or whole_path(f"ssrcred-support-{session.environment.now():%Y%m%d-%H%M%S}.md")
    # What would come to nothing after a minute of looking is refused before it.
    if os.path.lexists(target):
        raise UsageWrong(
            f"There is something at {target} already.",
            state="It was left as it is, and nothing was written.",
            hint="Give another name: ssrcred support FILE",
        )
    if not yes and session.terminal.no_input:
        raise UsageWrong(
            "What is written has to be seen and agreed to, and nobody is here to do so.",
            state="Nothing was written.",
            hint="Run it in a terminal, or agree beforehand: ssrcred support --yes",
        )
    text = _bundle(session, lea).text()
    if not session.result.json:
        # On stderr, because whoever redirects stdout has to see it too before it is written.
        session.environment.stderr.write(f"{text}\n")
    if not yes and not session.terminal.ask_yes_no(f"Write this to {target}?", default=False, option="--yes"):
        session.terminal.say("Nothing was written.")
        return
    save_new(target, text)
    session.terminal.say("Written, for this account only. Read it once more before you send it to somebody.")
    if session.result.json:
        session.result.answer({"file": str(target), "text": text})
    else:
        session.environment.stdout.write(f"{target}\n")


def _bundle(session: Session, wanted: str | None) -> Bundle:
    from ssrcred.adapters.machine import library

    config = None
    with suppress(ConfigInvalid):  # the doctor's findings say it
        config = session.config()
    wanted = wanted or session.environment.environ.get("SSRCRED_LEA") or None
    if config is not None and wanted is None and len(config.leas) > MOST_LEAS:
        raise UsageWrong(
            f"There are {len(config.leas)} LEAs in config.toml, and a ticket is about one.",
            state="Nothing was written.",
            hint="Say which one: ssrcred support --lea NAME",
        )
    leas = [] if config is None else session.leas(wanted, config, every=wanted is None)
    return Bundle(
        at=session.environment.now(),
        system=library.system(),
        versions={"ssrcred": __version__, **library.versions()},
        vault=config.backend if config else "",
        settings=[_settings(lea) for lea in leas],
        chart=AllChecks(session, wanted, rehearse=None, scheduled=False).run(),
        memories=[memory for lea in leas if (memory := _memory(session, lea)) is not None],
    )


def _settings(lea: Lea) -> Settings:
    sis = lea.schoolwise
    return Settings(
        key=lea.key,
        cds=lea.cds,
        lifetime_days=lea.lifetime_days,
        timezone=lea.timezone,
        direct_check=lea.toms.enabled,
        api=lea.toms.api,
        profile=lea.toms.profile,
        portal=sis.url if sis else "",
        driver=sis.driver if sis else "",
        browser=(sis.browser or "") if sis else "",
        map=sis.map if sis else "",
        parents=len(sis.parents) + bool(sis.parent) if sis else 0,
        own_pairs=len(sis.schools) if sis else 0,
        limits=sis.limits if sis else {},
        remind_days=lea.remind.days,
    )


def _memory(session: Session, lea: Lea) -> Memory | None:
    try:
        with Ledger.readonly(session.environment.home.ledger) as ledger:
            standing = remembered(ledger, lea.key)
            newest = [one.event for one in ledger.events(lea.key, EVENTS, newest_first=True)]
    except LedgerDamaged:
        return None  # the doctor's findings say it
    condition = session.condition(lea, standing)
    tried = verification.proofs(_last_run(newest))
    known = Known(condition.days_left, standing.proved_at, timezone=condition.timezone)
    since = takewhile(lambda event: event.step is not Step.PROVE, newest)
    if any(event.step is Step.ABANDON for event in since):
        known = Known(None)  # the pair that was tried last was given up since, and is not the current one
    reached = judge(tried, known)
    return Memory(
        lea.key,
        condition.state,
        condition.days_left,
        reached.name if tried else None,
        reached.sure if tried else None,
        [(proof.probe, proof.place, proof.outcome) for proof in tried],
        newest[::-1],
    )


def _last_run(newest: list[Event]) -> list[Event]:
    """The proofs that were made last, one after the other, in the order in which they were made."""
    found: dict[tuple[str, str], Event] = {}
    for event in newest:
        way = event.place, event.detail.get("probe", "")
        if event.step is Step.PROVE and way not in found:
            found[way] = event
        elif found:
            break
    return list(found.values())[::-1]


@command("json")
def history(
    session: Session,
    lea: SomeLea = None,
    last: Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="Only the newest N events.")] = None,
) -> None:
    """Show what happened, when and by whom, and check that nobody has edited it."""
    with Ledger.readonly(session.environment.home.ledger) as ledger:
        ledger.check()
        happened = list(ledger.events(lea, limit=last, newest_first=True))
    happened.reverse()
    if session.result.json:
        session.result.answer(document.history(happened))
    elif not happened:
        session.terminal.say("Nothing is recorded yet.")
    else:
        person.history(session.terminal.console(answer=True), happened)
        count = "1 event" if len(happened) == 1 else f"{len(happened)} events"
        session.terminal.say(f"{count}. The chain holds: no event was edited since it was recorded.")
