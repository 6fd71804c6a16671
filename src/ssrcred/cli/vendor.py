"""Asks which systems beside SchoolWise use the pair, so that nobody is surprised when they stop at the click."""

from __future__ import annotations

from collections.abc import Sequence

from ssrcred.cli.session import Session
from ssrcred.config import check_lea

QUESTION = "Which other systems use the pair, such as SIRAS, SEIS or CERS? Commas between them, Enter for none"


def vendors(session: Session, key: str, given: Sequence[str] | None) -> list[str]:
    """The names that options gave, as they are, else those of the answer; none without a person."""
    if given or session.asker.no_input:
        return list(given or ())

    def objection(answer: str) -> str | None:
        where = f"lea.{key}.vendors:"
        found = [one for one in check_lea(key, {"vendors": _split(answer)}) if one.startswith(where)]
        return f"It {found[0].removeprefix(where).strip()}." if found else None

    return _split(session.asker.until_good(QUESTION, objection))


def _split(answer: str) -> list[str]:
    return [name for one in answer.split(",") if (name := one.strip())]
