"""Remembers what happened, by whom and in which order, so that a kill loses nothing and an edited past shows.

`Ledger` (book.py) records and reads. `row.py` reads what each LEA stands at and nothing else, for what runs every
minute; because `check_ssrcred` can afford only that, the names below are fetched when they are first used.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssrcred.ledger.book import Ledger, Recorded
    from ssrcred.ledger.run_lock import lock

__all__ = ["Ledger", "Recorded", "lock"]

_WHERE = {"Ledger": "book", "Recorded": "book", "lock": "run_lock"}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
