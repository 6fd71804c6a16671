"""The command support: a bundle for a vendor's ticket, shown before it is written."""

from __future__ import annotations

import os
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Final

import typer

from ssrcred import __version__, ladder, verification
from ssrcred.cli.checkup import Checkup
from ssrcred.cli.option import Json, NoInput, file_path
from ssrcred.cli.session import Session, remembered
from ssrcred.config import Config, Lea, whole_path
from ssrcred.errors import ConfigInvalid, LedgerDamaged, UsageWrong
from ssrcred.event import Event, Step
from ssrcred.evidence import Known
from ssrcred.output.bundle import Bundle, Memory, Settings
from ssrcred.standing import Standing
from ssrcred.state import Condition

EVENTS: Final = 40
"""The newest events of each LEA that are told: two rotations with some schools."""
MOST_LEAS: Final = 20
"""A ticket is about few LEAs; beyond, --lea has to say which."""


def support(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(parser=file_path, metavar="FILE", help="Where it goes; a name with the date.")
    ] = None,
    lea: Annotated[str | None, typer.Option("--lea", metavar="NAME", help="Only this LEA; otherwise all.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Write a text for a vendor's ticket: versions, settings, findings, last events. No secret, no name, no student."""
    session = Session.of(context, json=json, no_input=no_input)
    target = file or whole_path(f"ssrcred-support-{session.machine.now():%Y%m%d-%H%M%S}.md")
    _refuse_early(session, target, yes=yes)
    text = _bundle(session, lea).text()
    if not json:
        # On stderr, because whoever redirects stdout has to see it too before it is written.
        session.machine.stderr.write(f"{text}\n")
    if not yes and not session.asker.yes(f"Write this to {target}?", default=False, option="--yes"):
        session.say("Nothing was written.")
        return
    from ssrcred.machine.disk import save_new

    save_new(target, text)
    session.say("Written, for this account only. Read it once more before you send it to somebody.")
    if json:
        session.answer({"file": str(target), "text": text})
    else:
        session.machine.stdout.write(f"{target}\n")


def _refuse_early(session: Session, path: Path, *, yes: bool) -> None:
    """Raise UsageWrong for what would come to nothing after a minute of looking."""
    if os.path.lexists(path):
        raise UsageWrong(
            f"There is something at {path} already.",
            state="It was left as it is, and nothing was written.",
            hint="Give another name: ssrcred support FILE",
        )
    if not yes and session.asker.no_input:
        raise UsageWrong(
            "What is written has to be seen and agreed to, and nobody is here to do so.",
            state="Nothing was written.",
            hint="Run it in a terminal, or agree beforehand: ssrcred support --yes",
        )


def _bundle(session: Session, wanted: str | None) -> Bundle:
    from ssrcred.machine import library

    config = _config(session)
    wanted = wanted or session.machine.environ.get("SSRCRED_LEA") or None
    leas = [] if config is None else _chosen(session, config, wanted)
    return Bundle(
        at=session.machine.now(),
        system=library.system(),
        versions={"ssrcred": __version__, **library.versions()},
        vault=config.backend if config else "",
        settings=[_settings(lea) for lea in leas],
        chart=Checkup(session, wanted, practice=False, scheduled=False).run(),
        memories=[memory for lea in leas if (memory := _memory(session, lea)) is not None],
    )


def _config(session: Session) -> Config | None:
    try:
        return session.config()
    except ConfigInvalid:
        return None  # the doctor's findings say it


def _chosen(session: Session, config: Config, wanted: str | None) -> list[Lea]:
    if wanted is not None:
        return [session.lea(wanted, config)]
    if len(config.leas) > MOST_LEAS:
        raise UsageWrong(
            f"There are {len(config.leas)} LEAs in config.toml, and a ticket is about one.",
            state="Nothing was written.",
            hint="Say which one: ssrcred support --lea NAME",
        )
    return [config.leas[key] for key in sorted(config.leas)]


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
    from ssrcred.ledger import Ledger

    try:
        with Ledger.readonly(session.home.ledger) as ledger:
            standing = remembered(ledger, lea.key)
            newest = [one.event for one in ledger.events(lea.key, EVENTS, newest_first=True)]
    except LedgerDamaged:
        return None  # the doctor's findings say it
    condition = session.condition(lea, standing)
    tried = verification.proofs(_last_run(newest))
    reached = ladder.judge(tried, _known(condition, standing, newest))
    return Memory(
        lea.key,
        condition.state,
        condition.days_left,
        reached.name if tried else None,
        reached.sure if tried else None,
        [(proof.probe, proof.place, proof.outcome) for proof in tried],
        newest[::-1],
    )


def _known(condition: Condition, standing: Standing, newest: list[Event]) -> Known:
    """What was known of the pair that was tried last, which is not the current one if it was given up since."""
    since = takewhile(lambda event: event.step is not Step.PROVE, newest)
    if any(event.step is Step.ABANDON for event in since):
        return Known(None)
    return Known(condition.days_left, standing.proved_at, timezone=condition.timezone)


def _last_run(newest: list[Event]) -> list[Event]:
    """The proofs that were made last, one after the other, in the order in which they were made."""
    found: list[Event] = []
    for event in newest:
        if event.step is Step.PROVE and not any(one.place == event.place and _way(one) == _way(event) for one in found):
            found.append(event)
        elif found:
            break
    return found[::-1]


def _way(event: Event) -> str:
    return event.detail.get("probe", "")
