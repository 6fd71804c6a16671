"""The small rules behind frames, refreshes, script links and lists of schools."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssrcred.adapters.portal.html.label import labels_of, names_of
from ssrcred.adapters.portal.html.page import Page, PostBack, has_scripts, read_page, script_effect
from ssrcred.adapters.portal.html.tree import parse_tree
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.web.answer import Answer

URL = "https://portal.example/dir/page"


def page(markup: str) -> Page:
    return read_page(Answer(200, URL, {"Content-Type": "text/html; charset=utf-8"}, markup.encode()))


@pytest.mark.parametrize(
    ("content", "address"),
    [
        ("0;url=/next", "https://portal.example/next"),
        ("5; URL = 'next'", "https://portal.example/dir/next"),
        ('0,url="next"x', "https://portal.example/dir/next"),
        ("0.5; next", "https://portal.example/dir/next"),
        ("6;url=/next", ""),
        ("soon;url=/next", ""),
        ("0", ""),
        ("0;url=", ""),
        ("0;url=page#part", ""),
    ],
)
def test_goes_on_within_a_few_seconds_only(content: str, address: str) -> None:
    quoted = content.replace('"', "&quot;")
    assert page(f'<meta charset=utf-8><meta http-equiv=REFRESH content="{quoted}">').refresh == address


def test_a_refresh_for_browsers_without_scripts_is_not_followed() -> None:
    assert page('<noscript><meta http-equiv=refresh content="0;url=/no"></noscript>').refresh == ""


@pytest.mark.parametrize(
    ("markup", "sent"),
    [
        ("<a href=\"javascript:__doPostBack('a$b','1')\">", PostBack("a$b", "1")),
        ("<a href='javascript:__doPostBack(%22a%22,%22%22)'>", PostBack("a", "")),
        ("<a href=# onclick=\"__doPostBack('a\\'\\x41\\u0042\\n','');return false\">", PostBack("a'AB\n", "")),
        ("<a href=\"javascript:__doPostBack('a',''); __doPostBack('b','')\">", None),
        ('<a href="javascript:__doPostBack(a,b)">', None),
        ('<a href="/x">', None),
    ],
)
def test_reads_what_a_script_link_sends_back(markup: str, sent: PostBack | None) -> None:
    assert script_effect(next(node for node in parse_tree(markup).walk() if node.tag == "a")) == (sent or False)


@pytest.mark.parametrize(
    ("script", "address"),
    [
        ("location='/x'", "/x"),
        ("window.location.href = '/x'; return false;", "/x"),
        ("javascript:document.location='x?a=1'", "x?a=1"),
        ("if (confirm('Delete?')) location='/x'", ""),
        ("save(); location='/x'", ""),
        ("location = place", ""),
    ],
)
def test_follows_a_script_that_only_goes_somewhere(script: str, address: str) -> None:
    *_, button = parse_tree(f'<button onclick="{script}">').walk()
    assert script_effect(button) == (address or False)


def test_a_disabled_button_and_a_script_that_cannot_be_read_lead_nowhere() -> None:
    found = page(
        "<button disabled onclick=\"location='/a'\">A</button><a href='javascript:go()'>B</a>"
        "<a href=# onclick=\"location='/c'\">C</a><a href=#part onclick='x()'>D</a>"
    )
    assert [(link.words, link.url, link.shows) for link in found.links] == [
        ("C", "https://portal.example/c", ""),
        ("D", f"{URL}#part", "part"),
    ]


def test_a_handler_of_the_whole_page_is_a_script() -> None:
    assert has_scripts(page("<body onload='fill()'><form>"))
    assert not has_scripts(page("<body class=a><form>"))


def test_two_forms_that_could_be_sent_back_are_none() -> None:
    form = "<form method=post><input name=__EVENTTARGET><input name=__EVENTARGUMENT></form>"
    link = "<a href=\"javascript:__doPostBack('a','')\">A</a>"
    assert [button.words for button in page(form + link).buttons] == ["A"]
    assert page(form + form + link).buttons == []


def test_a_tab_shows_its_part_in_frames_too() -> None:
    assert replace(page(""), frames=(page("<p>main"),)).showing("part").frames[0].shown == {"part"}


@pytest.mark.parametrize(
    ("markup", "names"),
    [
        ("<div><span>One</span></div><div><input id=f></div>", ("One",)),
        ("<p>One</p><p><input id=f></p>", ("One",)),
        ("<fieldset><legend>One</legend><div><input id=f></div></fieldset>", ("One",)),
        ("<div><h4>One</h4><input id=f></div>", ("One",)),
        ("<div><h4 hidden>No</h4><input id=f></div>", ()),
        ("<h4>Over two</h4><div><input></div><div><input id=f></div>", ()),
        ("<p>" + "long " * 20 + "</p><p><input id=f></p>", ()),
        ("<p hidden>No</p>text<p><input id=f></p>", ("text",)),
        ("<table><tr><td>One<td>Two<tr><td><input><td><input id=f></table>", ("Two",)),
        ("<table><tr><th>Head<th>Two<tr><td>a<td>b<tr><td><input><td><input id=f></table>", ("Two",)),
        ("<label for=f>One</label><input id=f><label for=f>One</label><input id=f>", ("One",)),
    ],
)
def test_words_near_a_field_name_it_if_nothing_surer_does(markup: str, names: tuple[str, ...]) -> None:
    root = parse_tree(f"<form>{markup}")
    field = [node for node in root.walk() if node.attributes.get("id") == "f" and node.tag == "input"][-1]
    assert names_of(field, labels_of(root)) == names


def test_both_maps_that_come_along_can_be_loaded() -> None:
    assert load_map("generic").schools.list
    assert load_map("schoolwise").schools == load_map("generic").schools
