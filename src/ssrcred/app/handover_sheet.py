"""What somebody who takes over an LEA has to know: collected from config.toml and the history, without a secret."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Final

from ssrcred.adapters.atomic_file import save_new
from ssrcred.adapters.config import Config, Lea
from ssrcred.adapters.ledger.auxiliary_store import Reminders
from ssrcred.adapters.portal.route.route import route_path
from ssrcred.app.portal import accounts, route_of
from ssrcred.app.schedule import scheduler_in_use
from ssrcred.app.session import Session, addressee
from ssrcred.app.status_files import calendar_dates
from ssrcred.domain.credential import fingerprint
from ssrcred.domain.errors import ConfigInvalid, UsageWrong, addressed
from ssrcred.domain.lea_status import Condition, systems_updated
from ssrcred.domain.local_time import day_in_words, local_day
from ssrcred.output.handover_sheet import Section, as_html, as_markdown

INTRODUCTION: Final = (
    "This page is for the person who takes over. It has no password and no key. Print it, or keep it where the next "
    "person finds it, and make a new one after every change."
)


def write_sheet(session: Session, wanted: str | None, file: Path | None, *, html: bool) -> None:
    """Write the page about an LEA to a new file, or on standard output. Raises UsageWrong and InputRefused."""
    config = session.config()
    lea = session.lea(wanted, config)
    condition = session.conditions([lea])[lea.key]
    sections = [
        _dates(session, lea, condition),
        _storage(session, config, lea),
        _messages(session, config, lea),
        _systems(lea, condition),
        _steps(lea, *addressee(lea.key, config)),
    ]
    title = f"Score report credentials of {lea.name}"
    day = local_day(session.environment.now(), lea.timezone)
    text = (as_html if html else as_markdown)(title, f"{INTRODUCTION} Made on {day}.", sections)
    if file is None:
        if not session.result.json:
            session.environment.stdout.write(text)
    else:
        save_new(file, text.encode())
        session.terminal.say(f"Saved: {file}. It has no secret in it.")
    told = {section.heading: dict(section.rows) for section in sections if section.rows}
    session.result.answer({"lea": lea.key, "file": None if file is None else str(file), "sheet": told})


def _dates(session: Session, lea: Lea, condition: Condition) -> Section:
    days = ", ".join(map(str, lea.remind.days))
    rows = [("State", f"{condition.state}{f': {condition.why}' if condition.why else ''}")]
    if condition.generated_at is not None and condition.expires_at is not None:
        rows.append(("Generated in TOMS on", local_day(condition.generated_at, lea.timezone)))
        rows.append(
            ("They expire on", f"{local_day(condition.expires_at, lea.timezone)} ({condition.days_left} days left)")
        )
    for dates in calendar_dates(session, [lea]):
        good = dates.rotation_day
        rows.append(("Suggested day for the next rotation", day_in_words(good) if good else "none; do it now"))
    if condition.proved_at is not None:
        rows.append(("Last worked on", local_day(condition.proved_at, lea.timezone)))
    rows.append(("Reminders", f"{days} days before, then every day until new credentials are in use"))
    return Section("When things are due", rows)


def _storage(session: Session, config: Config, lea: Lea) -> Section:
    environment = session.environment
    account = f"the account {environment.account} on the computer {platform.node()}"
    place = f"the keyring of {account}"
    if config.backend == "file":
        place = f"encrypted files in {environment.home.vault}, which belong to {account}"
    rows = [("Credentials and passwords", place), ("Settings", str(environment.home.config))]
    if lea.schoolwise is not None:
        rows += [
            (lea.schoolwise.sis, lea.schoolwise.url),
            ("Office account there", f"{lea.schoolwise.username} (its password is the secret schoolwise)"),
        ]
        rows += [
            (f"Parent account for tests ({school})", f"{name} (its password is the secret {secret})")
            for school, (name, secret) in accounts(lea).items()
        ]
        try:
            route = route_of(environment, lea)
        except ConfigInvalid:
            route = None
        confirmed = "not confirmed yet"
        if route is not None:
            day = local_day(route.confirmed_at, lea.timezone)
            confirmed = f"{route_path(environment.home.config.parent, lea.key)}, confirmed on {day}"
            confirmed += f" by {route.confirmed_by}" if route.confirmed_by else ""
        rows.append(("Confirmed fields", confirmed if lea.needs_route else "not needed: a person works there"))
    rows += [
        ("Test student", "the SSID is the secret test-ssid, if one is stored"),
        ("History", str(environment.home.ledger)),
        ("TOMS", "each LEA coordinator's own log-on; ssrcred has none"),
    ]
    return Section("What is stored where, and under whose account", rows)


def _messages(session: Session, config: Config, lea: Lea) -> Section:
    remind, everyone = lea.remind, config.everyone
    nobody = addressed("nobody: ssrcred remind --setup[lea]", *addressee(lea.key, config))
    coordinators = {"CAASPP": lea.coordinators.caaspp, "ELPAC": lea.coordinators.elpac}
    rows = [
        ("Mail", ", ".join((*remind.mail, *everyone.mail)) or nobody),
        ("Chats", ", ".join((*remind.channels, *everyone.channels)) or "none"),
        *((f"{test} coordinator", address) for test, address in coordinators.items() if address),
        ("Mail server", config.smtp.host if config.smtp else "none"),
    ]
    try:
        kind, present = scheduler_in_use(session.environment)
    except (ConfigInvalid, UsageWrong):
        kind, present = "", False
    rows.append(
        ("Scheduled jobs", f"{kind}, under this account" if present else "none are set up: ssrcred schedule --install")
    )
    ran = Reminders(session.environment.home.ledger).last_runs().get(lea.key)
    rows.append(("Reminders last ran on", local_day(ran.ended_at, lea.timezone) if ran else "never"))
    return Section("Who gets messages, and what sends them", rows)


def _systems(lea: Lea, condition: Condition) -> Section:
    standing = condition.standing
    rows = []
    for vendor in dict.fromkeys((*lea.vendors, *standing.handovers)):
        state = "has the current credentials" if vendor in standing.updated else "not recorded"
        if vendor in standing.handovers:
            state = f"pending since {local_day(standing.handovers[vendor].since, lea.timezone)}"
        if vendor in standing.recipients:
            state += f"; its age key has the fingerprint {fingerprint(standing.recipients[vendor])}"
        rows.append((vendor, state))
    updated = systems_updated(condition.record)
    return Section(
        f"Other systems that use the credentials{f' ({updated})' if updated else ''}", rows or [("None", "-")]
    )


def _steps(lea: Lea, named: str, sis: str) -> Section:
    steps = [("See how things are:", "ssrcred status[lea]"), ("Check this computer:", "ssrcred doctor")]
    if lea.schoolwise is not None:
        words = "Ask for a SchoolWise office account of your own, write its user name into config.toml, and store its "
        steps.append((f"{words}password:", f"ssrcred secret set schoolwise --lea {lea.key}"))
    words = (
        "If the job moves to another account or computer, first move the credentials to encrypted files, which can be "
    )
    steps += [
        ("Put your mailbox in place of the former one:", "ssrcred remind --setup[lea]"),
        (f"{words}copied:", "ssrcred vault move file --key-file FILE"),
        ("Tell the other systems' help desks that you are the contact now. To see them:", "ssrcred handover[lea]"),
        ("On the suggested day, with your own log-on to TOMS:", "ssrcred rotate[lea]"),
        ("If a rotation is interrupted:", "ssrcred resume[lea]"),
        ("When a parent calls:", "ssrcred verify[lea]"),
        ("See what happened so far, and who did it:", f"ssrcred history --lea {lea.key}"),
    ]
    return Section(
        "How to go on", steps=[(addressed(text, sis=sis), addressed(command, named)) for text, command in steps]
    )
