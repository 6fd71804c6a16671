"""Collects a bundle for a vendor's ticket: versions, settings, the doctor's findings and the last events."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

from ssrcred import __version__
from ssrcred.adapters.atomic_file import save_new, taken
from ssrcred.adapters.config import Lea, whole_path
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.app.doctor.all_checks import AllChecks
from ssrcred.app.session import Session, remembered
from ssrcred.domain.errors import ConfigInvalid, LedgerDamaged, UsageWrong
from ssrcred.domain.event import Event, Step
from ssrcred.domain.evidence import Known
from ssrcred.domain.verdict import judge
from ssrcred.output.bundle import Bundle, Memory
from ssrcred.workflows import verification

# The newest events of each LEA that are told: two rotations with some schools.
EVENTS: Final = 40
# A ticket is about few LEAs; beyond, --lea has to say which.
MOST_LEAS: Final = 20
LIBRARIES: Final = (
    *("typer", "rich", "keyring", "SecretStorage", "pyrage", "httpx", "certifi", "cryptography", "platformdirs"),
    *("filelock", "aiohttp", "playwright"),
)


def free_path(session: Session, path: Path | None) -> Path:
    """Return the path of the bundle: `path`, or a name with the date. Raises UsageWrong if it exists already."""
    target = path or whole_path(f"ssrcred-support-{session.environment.now():%Y%m%d-%H%M%S}.md")
    if os.path.lexists(target):
        raise taken(target)
    return target


def save(path: Path, text: str) -> None:
    """Save the bundle, for this account only. Raises UsageWrong."""
    save_new(path, text.encode(), refused=UsageWrong)


def bundle(session: Session, wanted: str | None) -> Bundle:
    """Return what a vendor may know of this computer and of one LEA, or of all. Raises UsageWrong for too many."""
    config = None
    with suppress(ConfigInvalid):  # the doctor's findings say it
        config = session.config()
    wanted = wanted or session.environment.environ.get("SSRCRED_LEA") or None
    if config is not None and wanted is None and len(config.leas) > MOST_LEAS:
        raise UsageWrong(
            f"config.toml has {len(config.leas)} LEAs, and a ticket is about one.",
            state="Nothing was written.",
            hint="Choose one: ssrcred support --lea NAME",
        )
    leas = [] if config is None else session.leas(wanted, config, every=wanted is None)
    return Bundle(
        at=session.environment.now(),
        system=system(),
        versions={"ssrcred": __version__, **versions()},
        vault=config.backend if config else "",
        settings={lea.key: _settings(lea) for lea in leas},
        chart=AllChecks(session, wanted, rehearse=None, scheduled=False).run(),
        memories=[memory for lea in leas if (memory := _memory(session, lea)) is not None],
    )


def _settings(lea: Lea) -> dict[str, str]:
    told = {
        "CDS code": lea.cds,
        "lifetime of credentials in days": str(lea.lifetime_days),
        "time zone": lea.timezone,
        "direct check": "on" if lea.toms.enabled else "off",
        "state's service": lea.toms.api,
        "API profile": lea.toms.profile,
        "reminders at days": ", ".join(map(str, lea.remind.days)),
    }
    if (sis := lea.schoolwise) is not None:
        told |= {"portal": sis.url, "driver": sis.driver, "portal map": sis.map}
        told |= {"browser": sis.browser} if sis.browser else {}
        told |= {"parent accounts": str(len(sis.parents) + bool(sis.parent))}
        told |= {"schools with credentials of their own": str(len(sis.schools))}
        told |= {f"limit {name}": str(value) for name, value in sis.limits.items()}
    return told


def _memory(session: Session, lea: Lea) -> Memory | None:
    try:
        with Ledger.readonly(session.environment.home.ledger) as ledger:
            standing = remembered(ledger, lea.key)
            newest = [one.event for one in ledger.events(lea.key, EVENTS, newest_first=True)]
    except LedgerDamaged:
        return None  # the doctor's findings say it
    condition = session.condition(lea, standing)
    # The tests of the last check, in their order: each way once, with nothing else in between.
    last: dict[tuple[str, str], Event] = {}
    for event in newest:
        way = event.place, event.detail.get("probe", "")
        if event.step is Step.PROVE and way not in last:
            last[way] = event
        elif last:
            break
    tried = verification.proofs(list(last.values())[::-1])
    known = Known(condition.days_left, standing.proved_at, timezone=condition.timezone)
    since = takewhile(lambda event: event.step is not Step.PROVE, newest)
    if any(event.step is Step.ABANDON for event in since):
        known = Known(None)  # a canceled rotation: the credentials that were tested last are not the current ones
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


def versions(names: Iterable[str] = LIBRARIES) -> dict[str, str]:
    """Return the installed version of each library, or "not installed"."""
    # Dear to import (headless.md, *Start-up*), and only a bundle for a vendor asks.
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def system() -> dict[str, str]:
    """Return the kind of computer: system, release, processor, Python. Not its name, nor its user's."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "processor": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
