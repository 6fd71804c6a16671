"""Links that scroll name no fields, and fields that the map names are called by its words as they stand."""

from __future__ import annotations

from ssrcred.adapters.portal.find.candidate import Candidate, candidates_on
from ssrcred.adapters.portal.html.page import read_page
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.web.answer import Answer

FORM = """<form method="post" action="/save">
<p><label for="u">TOMS User Name</label> <input id="u" name="u" value="OLD"></p>
<p><label for="k">TOMS Secret Key</label> <input id="k" name="k" type="password"></p>
<p><label for="g">Usual group</label> <input id="g" name="g" value="user"></p>
<button>Save</button></form>"""


def only_one(markup: str) -> Candidate:
    answer = Answer(200, "http://madeup.example/", {"Content-Type": "text/html; charset=utf-8"}, markup.encode())
    (found,) = candidates_on(read_page(answer), load_map("generic"), ())
    return found


def test_links_that_scroll_are_no_tabs_and_name_nothing() -> None:
    found = only_one(
        f"""<div id="top"><ul><li><a href="#content">skip to content</a></li></ul>
<div id="content"><h1>Configuration</h1>{FORM}</div>
<ul><li><a href="#top">Back to top</a></li><li><a href="/edit">Edit</a></li></ul></div>"""
    )
    assert found.names == ("Configuration",)


def test_a_tab_in_a_list_names_its_part() -> None:
    found = only_one(
        f"""<ul><li><a href="#one">District Options</a></li><li><a href="#two">Import</a></li></ul>
<div id="one">{FORM}</div><div id="two"></div>"""
    )
    assert found.names == ("District Options",)


def test_the_maps_own_words_are_a_label_whatever_stands_in_another_field() -> None:
    found = only_one(FORM)
    assert found.labels == ("TOMS User Name", "TOMS Secret Key")
