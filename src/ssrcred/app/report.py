"""A county's page about all its LEAs, from what the history and config.toml say; no keyring, no network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from ssrcred.adapters.ledger.auxiliary_store import Refusals
from ssrcred.app.lea_cache import Entry, check_groups, picked
from ssrcred.app.lea_conditions import survey, unreadable
from ssrcred.app.portal import signing_in
from ssrcred.app.session import Session
from ssrcred.app.status_files import export_page
from ssrcred.domain.lea_status import SKEW, WARN_DAYS, Condition, Filter, State, worst_first
from ssrcred.domain.reminder import concerns, in_state_since
from ssrcred.output import document
from ssrcred.output.reminder_text import Subject, advice
from ssrcred.output.report import GENERATOR, Row, leas, page, summary


def write_report(session: Session, path: Path, only: Filter, *, force: bool) -> None:
    """Write the page about all LEAs that `only` lets through, and answer with what it says.

    Raises UsageWrong, unless `force`, where another file than an earlier page is in the way; and what `survey` raises.
    """
    environment, now = session.environment, session.environment.now()

    def chosen(entries: Mapping[str, Entry]) -> list[str]:
        check_groups(only, entries)
        return picked(entries, {}, all_of_them=True)

    every = list(survey(environment.environ, chosen, now))
    config, refusals = session.config(), Refusals(environment.home.ledger)
    rows = []
    for one in worst_first(filter(only.fits, every)):
        if (lea := config.leas.get(one.lea)) is not None:
            one.sis, one.rejected = lea.other_sis, refusals.of(one.lea, signing_in(lea))
        rows.append(row(one, now))
    export_page(path, page(rows, now, only, len(every)).encode(), GENERATOR, force=force)
    session.result.answer(document.report(path, rows, len(every)))
    if not session.result.json:
        environment.stdout.write(
            f"{leas(len(rows))}: {summary(rows) or 'none fits --state, --due-within and --group'}\n"
        )
    session.terminal.say(
        f"Saved: {path}. It has no secret in it, but it tells where parents may not see score reports."
    )


def row(one: Condition, now: datetime) -> Row:
    """Return what the page says of an LEA. Raises LedgerDamaged for what another version has recorded."""
    try:
        return Row(one, in_state_since(one), _steps(one, now))
    except (KeyError, TypeError, ValueError):
        raise unreadable(one.lea) from None


def _steps(one: Condition, now: datetime) -> list[tuple[str, str]]:
    if one.misconfigured:
        return [
            (f"{one.why}. Until this is fixed, nothing else is known. To see every mistake, type:", "ssrcred doctor")
        ]
    # A rotation that was just begun is open, too: a page is looked at for days, unlike a reminder.
    steps = advice(Subject(one, concerns(one, (WARN_DAYS,), now, patience=timedelta())), now)
    if one.state is State.UNKNOWN and one.days_left is not None:
        ahead = one.last_at is not None and one.last_at > now + SKEW
        command = "ssrcred doctor" if ahead else f"ssrcred verify --lea {one.lea}"
        steps.insert(0, (f"It is not known whether the credentials work: {one.why}. To find out, type:", command))
    return steps
