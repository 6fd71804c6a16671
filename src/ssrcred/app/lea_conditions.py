"""The condition of every LEA that is asked for, from the ledger and the list of LEAs alone: no keyring, no network."""

from __future__ import annotations

import os

from ssrcred.adapters.ledger.reader import PATIENCE_S, glance
from ssrcred.app import lea_cache
from ssrcred.domain.errors import LedgerDamaged
from ssrcred.domain.lea_status import USUAL, Condition, Limits, judged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    Choose = Callable[[Mapping[str, lea_cache.Entry]], list[str]]


def survey(
    environ: Mapping[str, str],
    choose: Choose,
    now: datetime,
    limits: Limits = USUAL,
    *,
    patience_s: float = PATIENCE_S,
) -> Iterator[Condition]:
    """The conditions at `now` of the LEAs whose keys `choose` picks from the list, and sorts; one at a time.

    One whose section in config.toml has a mistake is unknown, unless it is the only one that was asked for.
    Answer nothing before the end: until then it may raise ConfigInvalid, LedgerDamaged (also for another version's
    record), and what `choose` raises.
    """
    config, ledger = files(environ)
    entries = lea_cache.read(config, os.path.join(os.path.dirname(ledger), lea_cache.NAME), _load, now.timestamp())
    keys = choose(entries)
    confirmed = lea_cache.confirmed(config, keys)
    begun = os.path.lexists(ledger)
    for key, (record, last_at) in zip(keys, glance(ledger, keys, patience_s=patience_s), strict=True):
        entry = entries[key]
        one = Condition(key, entry.name, entry.lifetime_days, entry.timezone)
        one.terminal_days = entry.terminal_days
        one.unconfirmed = entry.needs_route and key not in confirmed
        if entry.wrong is not None:
            # Among others it is shown as unknown: a slip in one section must not hide all of them.
            if len(keys) == 1:
                raise entry.wrong
            one.misconfigured = True
            one.why = entry.wrong.message.rstrip(".")
        else:
            one.groups = entry.groups
            try:
                judged(one, record, last_at, now, limits)
            except (KeyError, TypeError, ValueError):
                raise unreadable(key) from None
            if not begun:
                one.why = "no credentials are stored yet"
        yield one


def unreadable(lea: str) -> LedgerDamaged:
    """The error for a standing that another version has recorded."""
    return LedgerDamaged(
        f"What is stored about {lea} cannot be read by this version of ssrcred.",
        state="Nothing was changed. The credentials in the keyring were not changed.",
        hint="Update ssrcred to the newest version and try again.",
    )


def files(environ: Mapping[str, str]) -> tuple[str, str]:
    """Where config.toml and the ledger are."""
    known = lea_cache.files(environ)
    if known is not None:
        return known
    from ssrcred.adapters.config import home

    found = home(environ)
    return str(found.config), str(found.ledger)


def _load(path: str) -> Iterable[lea_cache.Entry]:
    from pathlib import Path

    from ssrcred.adapters.config import load_sound

    # One that has a mistake in its section hides no other.
    config = load_sound(Path(path), reminders=False)
    sound = [
        lea_cache.Entry(
            one.key,
            one.name,
            one.lifetime_days,
            one.timezone,
            None,
            one.remind.terminal_days,
            one.needs_route,
            one.groups,
        )
        for one in config.leas.values()
    ]
    return [*sound, *(lea_cache.Entry(key, key, 0, "UTC", problem) for key, problem in config.wrong.items())]
