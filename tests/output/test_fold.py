"""Lines are folded at words, under their own indent, and nothing is lost by it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from ssrcred.output.fold import NARROWEST, folded, plainly_folded


def console(columns: int) -> Console:
    return Console(file=io.StringIO(), width=columns)


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("  - one word after another and more", ["  - one word after", "    another and more"]),
        ("    12 digits", ["    12 digits"]),
        ("  ✓ /a/path/that/is/longer/than/a/line stays", ["  ✓ /a/path/that/is/longer/than/a/line", "    stays"]),
        ("two\nlines, both longer than any of them may be", ["two", "lines, both longer than any of them may be"]),
        ("", [""]),
    ],
)
def test_what_follows_stands_under_the_first_word(line: str, lines: list[str]) -> None:
    assert folded(console(24), Text(line)).plain.splitlines() == (lines if line else [])


@given(st.text(alphabet="ab ✓-", max_size=200), st.integers(1, 120))
def test_no_word_is_lost_or_broken(line: str, columns: int) -> None:
    done = folded(console(columns), Text(line)).plain
    assert done.split() == line.split()
    if columns >= 2 * NARROWEST and not line.startswith(" " * NARROWEST):
        assert all(len(one) <= columns or " " not in one.strip() for one in done.splitlines()[1:])


def test_a_log_is_not_folded() -> None:
    line = "a line that is whole can be searched for"
    assert folded(Console(file=io.StringIO(), width=24, soft_wrap=True), Text(line)).plain == line
    assert plainly_folded(line, io.StringIO()) == line


@given(st.text() | st.sampled_from(["a\nb", "a\r\nb", "a\u2028b", "a\x85b"]))
def test_a_line_with_a_name_from_outside_stays_one_line(line: str) -> None:
    assert len(plainly_folded(f"error: '{line}'.", io.StringIO()).splitlines()) == 1


def test_a_style_is_kept_on_every_line() -> None:
    done = folded(console(24), Text("one word after another and more of them", style="red"))
    assert {str(span.style) for span in done.spans} == {"red"} and len(done.plain.splitlines()) == 2
