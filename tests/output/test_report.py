"""The county's page: whatever an LEA is called, it is text; every expiration is in the time line, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_picture import NOW, county

from ssrcred.app.report import row
from ssrcred.domain.lea_status import Condition, Filter, condition, worst_first
from ssrcred.domain.standing import Standing
from ssrcred.output.fold import harmless
from ssrcred.output.report import page


class Elements(HTMLParser):
    """The tags of a page, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def written(conditions: list[Condition], now: datetime = NOW) -> str:
    return page([row(one, now) for one in worst_first(conditions)], now, Filter(), len(conditions))


def lea(days_left: int, name: str = "Made-up LEA") -> Condition:
    generated = NOW - timedelta(days=365 - days_left)
    standing = Standing(current="pair-0001", generated_at=generated)
    return condition("lincoln", name, 365, "America/Los_Angeles", standing, NOW)


PLAIN = Elements(written([lea(9)]))


@given(
    st.text(max_size=60) | st.sampled_from(["<script>alert(1)</script>", '"><img src=//x onerror=y>', "</title><b>"])
)
def test_a_name_is_text_whatever_signs_are_in_it(name: str) -> None:
    found = Elements(written([lea(9, name)]))
    assert found.tags == PLAIN.tags
    # A parser makes line ends alike.
    assert harmless(name) in "".join(found.texts)


def test_the_page_has_no_script_and_no_address_and_may_load_nothing() -> None:
    found = Elements(written(county(60, NOW)))
    names = {name for _, attributes in found.tags for name in attributes}
    assert not names & {"src", "href", "style", "onclick", "action"} and "script" not in dict(found.tags)
    policy = next(one["content"] for tag, one in found.tags if tag == "meta" and "http-equiv" in one)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not any(word in "".join(found.texts) for word in ("url(", "@import"))


@pytest.mark.parametrize(
    ("days_left", "months"),
    [
        ([-400, -1], "Expired: 2"),
        ([0, 9, 10], "November 2026: 2; December 2026: 1"),
        ([365], "November 2027: 1"),
        ([365, 410], "November 2027: 1; Later: 1"),
        ([], "none is known"),
    ],
)
def test_the_time_line_has_each_expiration_in_its_month_drawn_and_in_words(days_left: list[int], months: str) -> None:
    conditions = [lea(days) for days in days_left] or [condition("new", "New", 365, "UTC", Standing(), NOW)]
    found = Elements(written(conditions))
    assert f"LEAs whose credentials expire, by month. {months}." in found.texts
    drawn = [float(str(one["height"])) for tag, one in found.tags if tag == "rect" and one.get("x")]
    assert bool(drawn) == bool(days_left) and all(height > 0 for height in drawn)
    assert ("Later" in found.texts) == ("Later" in months)


def test_the_months_are_those_of_each_leas_own_calendar() -> None:
    new_year = datetime(2027, 1, 1, 3, 0, tzinfo=UTC)  # the evening before in California
    standing = Standing(current="pair-0001", generated_at=new_year - timedelta(days=10))
    for zone, month in (("America/Los_Angeles", "December 2026"), ("UTC", "January 2027")):
        one = condition("lincoln", "Made-up", 10, zone, standing, NOW)
        assert f"by month. {month}: 1." in written([one])


def test_every_cell_of_a_table_has_its_headers_and_every_table_its_caption() -> None:
    found = Elements(written(county(60, NOW))).tags
    assert [tag for tag, _ in found].count("table") == [tag for tag, _ in found].count("caption") == 4
    assert all(one.get("scope") in {"row", "col"} for tag, one in found if tag == "th")
    rows = [tag for tag, _ in found if tag in {"tr", "th", "td"}]
    assert all(after == "th" for before, after in pairwise(rows) if before == "tr")


def test_long_lists_are_cut_where_the_last_table_has_them_all() -> None:
    text = written(county(1000, NOW))
    assert ", and 1" in text and "1,000 LEAs" in text
    assert text.count("<code>alder-unified</code>") == 2  # to be done, and in the list of all
