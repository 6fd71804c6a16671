"""The kinds of reports, by their words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.domain.report_kind import ListedReports, ReportKind, by_kind, kind_of, recorded

SSR, MEASURES, UNKNOWN = ReportKind.SSR, ReportKind.LEXILE_QUANTILE, ReportKind.UNKNOWN


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Smarter Balanced ELA and Mathematics", SSR),
        ("Summative ELPAC", SSR),
        ("CAASPP_SSR", SSR),
        ("StudentScoreReport", SSR),
        ("California Alternate Assessment", SSR),
        ("CAST", SSR),
        ("Lexile/Quantile Measures Report", MEASURES),
        ("LEXILE", MEASURES),
        ("quantileMeasures", MEASURES),
        ("CAASPP Lexile Measures", MEASURES),
        ("", UNKNOWN),
        ("Broadcast", UNKNOWN),
        ("17", UNKNOWN),
    ],
)
def test_a_kind_is_known_by_its_words_and_nothing_else_is_assumed(words: str, kind: ReportKind) -> None:
    assert kind_of(words) is kind


def test_reports_are_told_by_kind_with_each_year_once_in_their_order() -> None:
    listed = [(MEASURES, "2024-25"), (SSR, "2024-25"), (SSR, "2023-24"), (SSR, "2024-25"), (UNKNOWN, "")]
    assert by_kind(listed, {SSR}) == (
        ListedReports(SSR, ("2024-25", "2023-24"), opened=True),
        ListedReports(MEASURES, ("2024-25",)),
        ListedReports(UNKNOWN),
    )


years = st.from_regex(r"20[0-9]{2}-[0-9]{2}", fullmatch=True)
kinds = st.builds(ListedReports, st.sampled_from(ReportKind), st.lists(years).map(tuple), st.booleans())


@given(st.lists(kinds))
def test_what_an_event_records_is_read_again(listed: list[ListedReports]) -> None:
    assert recorded("; ".join(map(str, listed))) == tuple(listed)
