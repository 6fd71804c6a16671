"""The text for the coordinators: whatever an LEA or a person is called, it is plain, folded, and names no LEA key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.domain.announcement import News
from ssrcred.output.announcement_text import Announcement
from ssrcred.output.reminder_text import COLUMNS

ZONE = "America/Los_Angeles"
# What config.toml takes for a name: one line, and not of spaces alone.
NAME = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1).filter(str.strip)
MOMENT = st.datetimes(datetime(2015, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


@given(st.sampled_from(News), NAME, NAME, st.sampled_from(["", "ab12cd34"]), st.none() | MOMENT)
def test_whatever_somebody_is_called_it_is_one_title_and_a_folded_text(
    news: News, name: str, who: str, digits: str, generated_at: datetime | None
) -> None:
    title, text = Announcement(news, name, who, ZONE, digits, generated_at).text()
    assert "\n" not in title and title.startswith(f"SSR credentials of {name}: ")
    assert "[lea]" not in text.replace(name, "").replace(who, "") and "None" not in text.replace(name, "")
    longest = max(len(word) for word in (*name.split(), *who.split()))
    assert all(len(line) <= max(COLUMNS, longest + 1) or line.startswith("    ") for line in text.splitlines()[1:])
    assert news is not News.FINISHED or ("--announced" in text) == bool(digits)


@pytest.mark.parametrize("news", News)
def test_every_text_says_what_it_is_about_in_words_of_its_own(news: News) -> None:
    title, text = Announcement(
        news, "Lincoln", "dana", ZONE, "ab12cd34", datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    ).text()
    others = [Announcement(one, "Lincoln", "dana", ZONE).text()[0] for one in News if one is not news]
    assert title not in others and "dana" in text
    if news is not News.STOPPED:
        assert "check digits ab12cd34" in " ".join(text.split()), "which is what both compare"
        assert "Saturday, November 21, 2026" in " ".join(text.split()), "the day in the LEA's time zone"
