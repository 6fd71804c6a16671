"""What finding never does by itself: press a button, run a script, or follow what says that it deletes."""

from __future__ import annotations

import pytest

from ssrcred.adapters.portal.find.search import LINKS, lists_of_schools
from ssrcred.adapters.portal.html.page import Link, Page, read_page
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.visit.page_links import choices_of, lists_on
from ssrcred.adapters.web.answer import Answer

WORDS = load_map("schoolwise")
SCHOOLS = '<h2>Schools</h2><ul><li><a href="/s/1">Alder Creek</a></li><li><a href="/s/2">Pine Hill</a></li></ul>'


def page_of(markup: str) -> Page:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return read_page(Answer(200, "http://madeup.example/schools", headers, markup.encode()))


def followed(markup: str, chosen: str = "") -> list[str]:
    entries = [entry for found in lists_of_schools(page_of(markup), WORDS, LINKS, chosen) for entry in found.entries]
    assert all(isinstance(link, Link) for _, link in entries)
    return [name for name, _ in entries]


def test_a_plain_list_of_schools_is_followed() -> None:
    assert followed(SCHOOLS) == ["Alder Creek", "Pine Hill"]


@pytest.mark.parametrize(
    "entry",
    [
        '<form method="post" action="/reset"><button>Reset every school</button></form>',
        '<form method="post" action="/s/3"><input type="submit" value="Elm Street"></form>',
        '<a href="/s/1/delete">Take out Alder Creek</a>',
        '<a href="/s/3">Remove Elm Street</a>',
        '<a href="click:0.7">Elm Street</a>',
        '<a href="https://elsewhere.example/s/3">Elm Street</a>',
    ],
)
@pytest.mark.parametrize("chosen", ["", "Alder Creek"])
def test_nothing_in_it_that_could_change_something_or_is_elsewhere_is(entry: str, chosen: str) -> None:
    markup = SCHOOLS.replace("</ul>", f"<li>{entry}</li></ul>")
    assert followed(markup, chosen) == ["Alder Creek", "Pine Hill"]


@pytest.mark.parametrize("mark", ["", ' data-at="0.1"'])
def test_no_choice_is_made_in_a_form_that_holds_what_can_be_typed(mark: str) -> None:
    markup = f"""<form method="post" action="/options"><label>School
<select name="s" onchange="this.form.submit()"{mark}>
<option value="1">Alder Creek</option><option value="2">Pine Hill</option></select></label>
<input name="username" value="made-up"></form>"""
    page = page_of(markup)
    (chooser,) = lists_on(page)
    assert list(choices_of(page, chooser, WORDS.schools.go)) == []
