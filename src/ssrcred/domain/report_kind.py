"""The kinds of reports that the credentials open, and which of them were listed for the test student."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReportKind(StrEnum):
    """What a report is, by the words of its type; where those are not known, nothing is assumed."""

    SSR = "ssr"
    LEXILE_QUANTILE = "lexile_quantile"
    UNKNOWN = "unknown"


_MEASURES: Final = re.compile(r"lexile|quantile", re.IGNORECASE)
_SCORES: Final = re.compile(
    r"smarter|caaspp|elpac|assessment|score ?report|(?<![a-z])(?:ssr|cast|caa|csa)(?![a-z])", re.IGNORECASE
)


def kind_of(words: str) -> ReportKind:
    """The kind that these words name: a report's type, or the words of a link to it."""
    if _MEASURES.search(words):
        return ReportKind.LEXILE_QUANTILE
    return ReportKind.SSR if _SCORES.search(words) else ReportKind.UNKNOWN


@dataclass(frozen=True)
class ListedReports:
    """The reports of one kind: the years that were listed, in that order, and whether one of them was opened."""

    kind: ReportKind
    years: tuple[str, ...] = ()
    opened: bool = False

    def __str__(self) -> str:
        """As an event records it: `ssr 2024-25 2023-24 opened`."""
        return " ".join((self.kind, *self.years, *(("opened",) if self.opened else ())))


def by_kind(reports: Iterable[tuple[ReportKind, str]], opened: Collection[ReportKind]) -> tuple[ListedReports, ...]:
    """The reports, each a kind and a year ("" if unknown), as one entry for each kind."""
    years: dict[ReportKind, dict[str, None]] = {}
    for kind, year in reports:
        years.setdefault(kind, {}).update({year: None} if year else {})
    return tuple(ListedReports(kind, tuple(years[kind]), kind in opened) for kind in ReportKind if kind in years)


def recorded(text: str) -> tuple[ListedReports, ...]:
    """What an event recorded, each kind ended by a semicolon."""
    entries = (entry.split() for entry in text.split(";") if entry.strip())
    return tuple(
        ListedReports(ReportKind(kind), tuple(word for word in words if word != "opened"), "opened" in words)
        for kind, *words in entries
    )
