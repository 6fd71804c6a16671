"""Which pair on a page is the district's: pages that call two pairs alike, and pages that name a school in passing.

Every page is made up, in markup that other people's frameworks write; `OLD` is the pair to be found.
"""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from ssrcred.adapters.portal.html.page import Frame, Page, read
from ssrcred.errors import PageNotUnderstood
from ssrcred.place import KeySeen
from ssrcred.portal.map import load
from ssrcred.portal.setting import save_request, settings_on
from ssrcred.web import Answer

MAPS = [load("schoolwise"), load("generic")]
TITLE = "<h1>CAASPP Credentials</h1>"


def page(markup: str) -> Page:
    return read(Answer(200, "https://portal.example/x", {"Content-Type": "text/html; charset=utf-8"}, markup.encode()))


def form(user: str = "OLD", before: str = "", after: str = "") -> str:
    return f"<form method=post action=/save>{before}<p><label>CALPADS API Username <input name=u value='{user}'></label><p><label>CALPADS API Password <input type=password name=k></label>{after}<button>Save</button></form>"


def cards(*titled: tuple[str, str]) -> str:
    return "".join(
        f"<div class=card><div class=card-header>{title}</div><div class=card-body>{form(user)}</div></div>"
        for title, user in titled
    )


def panels(*titled: tuple[str, str]) -> str:
    tabs = "".join(f"<li><a role=tab href='#t{at}'>{title}</a>" for at, (title, _) in enumerate(titled))
    shown = "".join(f"<div id=t{at} role=tabpanel>{form(user)}</div>" for at, (_, user) in enumerate(titled))
    return f"<ul role=tablist>{tabs}</ul>{shown}"


def accordion(*titled: tuple[str, str]) -> str:
    return "".join(
        f"<h2 class=accordion-header><button type=button>{title}</button></h2><div>{form(user)}</div>"
        for title, user in titled
    )


def rows(*lines: tuple[str, str]) -> str:
    """A table of pairs; each line has the cells before the fields, and the user name."""
    shown = "".join(
        f"<tr>{cells}<td><input name=u{at} value='{user}'><td><input type=password name=k{at}>"
        for at, (cells, user) in enumerate(lines)
    )
    return f"<form method=post action=/save><table><tr><th>#<th>Place<th>CALPADS API Username<th>CALPADS API Password{shown}</table><button>Save</button></form>"


FOUND = {
    "one legend of the page's own words": f"<fieldset><legend>CAASPP Credentials</legend>{form()}</fieldset>",
    "one heading of words that name no school": f"<h2>State Score Report Connection</h2>{form()}",
    "the heading names the district": f"<h1>CAASPP Credentials - Lincoln USD</h1>{form()}",
    "the heading names the whole district": f"<h1>CAASPP Credentials: Lincoln Unified School District</h1>{form()}",
    "a pair for tests has the same words": f"{TITLE}<h2>Sandbox</h2>{form('TEST')}<h2>CAASPP Credentials</h2>{form()}",
    "a pair for tests has it beside the words": "<form method=post action=/save><label>CALPADS API Username (sandbox) <input name=a value=TEST></label><label>CALPADS API Password (sandbox) <input type=password name=b></label><label>CALPADS API Username <input name=u value=OLD></label><label>CALPADS API Password <input type=password name=k></label><button>Save</button></form>",
    "another system has the same words": f"<h1>Set District Options</h1><h2>SFTP upload</h2>{form('SFTP')}<h2>CAASPP Credentials</h2>{form()}",
    "tabs, and one is another system's": panels(("SFTP upload", "SFTP"), ("CAASPP Credentials", "OLD")),
    "cards": cards(("LDAP", "LDAP"), ("CAASPP Credentials", "OLD")),
    "accordion": TITLE + accordion(("District", "OLD"), ("Lincoln", "L"), ("Adams", "A")),
    "rows with numbers": rows(("<td>1<td>District", "OLD"), ("<td>2<td>Lincoln", "L")),
    "rows with what to do": rows(
        ("<td><a href=/x>Update</a> <a href=/y>Cancel</a><td>District", "OLD"),
        ("<td><a href=/z>Edit</a><td>Lincoln", "L"),
    ),
    "a legend over two, and headings in it": f"<fieldset><legend>CAASPP Credentials</legend><h3>District</h3>{form()}<h3>Lincoln</h3>{form('L')}</fieldset>",
    "both in one row under their words": "<form method=post action=/save><table><tr><td>CALPADS API Username<td><input name=u value=OLD><td>CALPADS API Password<td><input type=password name=k></table><button>Save</button></form>",
    "grades beside it": TITLE
    + form(after="<label>Grades <select name=g multiple><option selected>3<option selected>4</select></label>"),
    "kinds of schools beside it": TITLE
    + form(after="<select name=g><option>Elementary (TK-5)<option selected>High School (9-12)</select>"),
    "kinds of schools ticked beside it": TITLE
    + form(after="<label><input type=checkbox name=g checked> Middle School</label>"),
    "a row of the district's whole name": rows(("<td>1<td>Eagle USD", "OLD"), ("<td>2<td>Lincoln", "L")),
    "the name of the tests": f"<h2>California Assessment of Student Performance and Progress</h2>{form()}",
    "a bold label over a field before it": TITLE
    + form(before="<p><b>Comments</b><br><textarea name=c></textarea></p>"),
    "the district marked in a list": f"<ul><li class=active>District<li>Lincoln</ul>{TITLE}{form()}",
    "a box to show the key": TITLE + form(after="<label><input type=checkbox> Show CALPADS API Password</label>"),
    "how long it may be, behind the words": form().replace("Username <", "Username (20 characters at most) <"),
    "a school year chosen beside it": TITLE
    + form(after="<select name=schoolYear><option>2025-26<option selected>2026-27</select>"),
    "the district chosen in a choice": TITLE
    + form(
        before="<label><input type=radio name=s value=0 checked> District</label><label><input type=radio name=s value=1> Lincoln</label>"
    ),
    "a line that names the district": TITLE
    + "<p>School: District Office</p><table><tr><td>Site<td>Lincoln USD</table>"
    + form(),
    "a line that edits settings": "<p>You are editing CAASPP Credentials</p>" + form(),
    "the district chosen in a list of schools": "<select name=schoolId><option selected>District Office<option>Lincoln</select>"
    + TITLE
    + form(),
}


@pytest.mark.parametrize("layout", FOUND)
def test_finds_the_districts_pair(layout: str) -> None:
    for words in MAPS:
        first = settings_on(page(FOUND[layout]), words)[0]
        assert (first.reading.place, first.reading.username) == ("district", "OLD")


MAY_BE_A_SCHOOLS = "may be that of a school"
FOR_TESTS = "not the portal at work"
EITHER = "names no school: either may be"
UNNAMED = "no place for the district's pair"
STOPS = {
    "the heading ends in a school": (f"<h1>CAASPP Credentials for Lincoln</h1>{form()}", MAY_BE_A_SCHOOLS),
    "the heading begins with a school": (f"<h1>Lincoln: CAASPP Credentials</h1>{form()}", MAY_BE_A_SCHOOLS),
    "the heading has another system": (
        f"<h1>District LDAP Options for CAASPP Credentials</h1>{form()}",
        MAY_BE_A_SCHOOLS,
    ),
    "a card of a school": (TITLE + cards(("Lincoln", "L")), UNNAMED),
    "an accordion of a school": (TITLE + accordion(("Lincoln", "L")), UNNAMED),
    "a tab of a school": (TITLE + panels(("Lincoln", "L")), UNNAMED),
    "a part that says whose it is": (f"{TITLE}<section aria-label=Lincoln>{form('L')}</section>", UNNAMED),
    "a list of schools without a label": (
        f"<select name=schoolId><option>District Office<option selected>Lincoln</select>{TITLE}{form('L')}",
        MAY_BE_A_SCHOOLS,
    ),
    "a list of schools without a label beside the pair": (
        TITLE + form("L", "<select name=school><option value=1>Lincoln<option value=2>Adams</select>"),
        "says whose it is",
    ),
    "a choice of the district or a school": (
        TITLE
        + form(
            "L",
            "<label><input type=radio name=s> District</label><label><input type=radio name=s checked> Lincoln</label>",
        ),
        MAY_BE_A_SCHOOLS,
    ),
    "a choice of schools": (
        TITLE
        + form(
            "L",
            "<label><input type=radio name=school checked> Lincoln</label><label><input type=radio name=school> Adams</label>",
        ),
        MAY_BE_A_SCHOOLS,
    ),
    "a field called School": (
        TITLE + form("L", "<label>School <input name=s value=Lincoln readonly></label>"),
        MAY_BE_A_SCHOOLS,
    ),
    "a cell called School": (f"<table><tr><td>School<td>Lincoln</table>{TITLE}{form('L')}", MAY_BE_A_SCHOOLS),
    "a term called School": (f"<dl><dt>School<dd>Lincoln</dl>{TITLE}{form('L')}", MAY_BE_A_SCHOOLS),
    "a line that edits a school": (f"{TITLE}<p>You are editing Lincoln</p>{form('L')}", MAY_BE_A_SCHOOLS),
    "a bold line": (TITLE + form("L", "<div><strong>Lincoln</strong></div>"), UNNAMED),
    "a school marked in a list with the district": (
        f"<ul><li class=active>Lincoln<li>Adams<li>District</ul>{TITLE}{form('L')}",
        MAY_BE_A_SCHOOLS,
    ),
    "a list of schools of no form": (
        f"<label for=s>School</label><select id=s><option>District<option selected>Lincoln</select>{TITLE}{form('L')}",
        MAY_BE_A_SCHOOLS,
    ),
    "a school behind its fields": (
        TITLE
        + "<form method=post action=/save><table><tr><th>CALPADS API Username<th>CALPADS API Password<th>School<tr><td><input name=u value=L><td><input type=password name=k><td>Lincoln</table><button>Save</button></form>",
        UNNAMED,
    ),
    "a menu that has the district's name": (
        f"<nav><h3>District</h3><a href=/x>Mail</a></nav><div>Lincoln</div>{TITLE}<p>School: Lincoln</p>{form('L')}",
        MAY_BE_A_SCHOOLS,
    ),
    "a bar at the side that has it": (
        f"<div class=sidebar><h3>District</h3></div><p>School: Lincoln</p>{form('L')}",
        MAY_BE_A_SCHOOLS,
    ),
    "a title of a pair for tests": (
        f"<h1>CAASPP Credentials (Sandbox)</h1>{form('T')}<h2>Live</h2>{form()}",
        FOR_TESTS,
    ),
    "only a pair for tests": (f"<h2>Test environment</h2><h3>CAASPP Credentials</h3>{form('T')}", FOR_TESTS),
    "only a legend for tests": (
        f"<fieldset><legend>Sandbox</legend><h4>CAASPP Credentials</h4>{form('T')}</fieldset>",
        FOR_TESTS,
    ),
    "only a tab for tests": (TITLE + panels(("Sandbox", "T")), FOR_TESTS),
    "only a row for tests": (rows(("<td>District<td>Test environment", "T")), FOR_TESTS),
    "a pair at work under the title's": (f"{TITLE}<div>Sandbox</div>{form('T')}<h2>Production</h2>{form()}", EITHER),
    "a pair of a purpose under the title's": (
        f"{TITLE}<p>Drop box</p>{form('S')}<h2>Score reports</h2>{form()}",
        EITHER,
    ),
    "tabs at work and for tests": (TITLE + panels(("Sandbox", "T"), ("Production", "OLD")), UNNAMED),
    "tabs without titles": (
        f"{TITLE}<div class=tab-pane>{form('T')}</div><div class=tab-pane>{form()}</div>",
        "more than one place",
    ),
    "two programs": (
        f"<fieldset><legend>CAASPP</legend>{form()}</fieldset><fieldset><legend>ELPAC</legend>{form('E')}</fieldset>",
        UNNAMED,
    ),
}


@pytest.mark.parametrize("layout", STOPS)
def test_takes_no_other_pair_for_the_districts(layout: str) -> None:
    markup, reason = STOPS[layout]
    for words in MAPS:
        with pytest.raises(PageNotUnderstood) as caught:
            settings_on(page(markup), words)
        assert reason in caught.value.message


REACHES = {
    "a box before a block": "<div><input type=checkbox name=all checked><div>Apply to all schools</div></div>",
    "a switch drawn by a style sheet": "<label><input type=checkbox name=all checked><span></span></label> Override school credentials",
    "a list of schools by its label": "<label>Schools <select name=s multiple><option selected>Lincoln<option selected>Adams</select></label>",
    "boxes of schools by their name": "<label><input type=checkbox name='school_ids[]' checked> Lincoln</label><label><input type=checkbox name='school_ids[]'> Adams</label>",
}


@pytest.mark.parametrize("layout", REACHES)
def test_a_save_that_would_reach_schools_is_not_made(layout: str) -> None:
    for words in MAPS:
        (found,) = settings_on(page(TITLE + form(after=REACHES[layout])), words)
        with pytest.raises(PageNotUnderstood) as caught:
            save_request(found, words, "NEW", "made-up key")
        assert "would save more than one place's pair" in caught.value.message


NOT_AT_WORK = {
    "a ticked box": "<label><input type=checkbox name=t checked> Use the sandbox</label>",
    "a ticked box for a mode": "<input type=checkbox name=t checked> Test mode",
    "a list without the word for the other": "<select name=t><option selected>Sandbox<option>TOMS</select>",
}


@pytest.mark.parametrize("layout", NOT_AT_WORK)
def test_a_pair_that_is_set_to_be_for_tests_is_not_written(layout: str) -> None:
    (found,) = settings_on(page(TITLE + form(after=NOT_AT_WORK[layout])), MAPS[0])
    with pytest.raises(PageNotUnderstood) as caught:
        save_request(found, MAPS[0], "NEW", "made-up key")
    assert FOR_TESTS in caught.value.message


MASKED = [
    "<textarea name=t>********</textarea>",
    "<input type=tel name=t value='\u2022\u2022\u2022\u2022'>",
    "<input type=password name=t value=XXXXXXXX>",
    "<input type=password name=t value=........>",
]


@pytest.mark.parametrize("other", MASKED)
def test_what_stands_for_another_secret_is_never_sent_back(other: str) -> None:
    (found,) = settings_on(page(TITLE + form(after=other)), MAPS[0])
    with pytest.raises(PageNotUnderstood) as caught:
        save_request(found, MAPS[0], "NEW", "made-up key")
    assert "another password as stars" in caught.value.message


def test_one_sign_again_and_again_is_no_key() -> None:
    (found,) = settings_on(
        page(TITLE + form().replace("type=password name=k", "type=password name=k value=xxxxxxxx")), MAPS[0]
    )
    assert (found.reading.key_seen, found.reading.key) == (KeySeen.HIDDEN, None)


NEAR_IT = {
    "a box with words of its own": "<label for=x>Enabled</label><input id=x type=checkbox name=x checked><p>This does not change all schools.</p>",
    "a box about a school's picture": "<label><input type=checkbox name=show_school_logo checked> Show the logo</label>",
    "grades": "<label>Grades <select name=g multiple><option selected>3<option selected>4</select></label>",
}


@pytest.mark.parametrize("layout", NEAR_IT)
def test_what_stands_beside_the_pair_is_sent_as_it_stands(layout: str) -> None:
    sent = {"grades": [("g", "3"), ("g", "4")], "a box about a school's picture": [("show_school_logo", "on")]}
    for words in MAPS:
        (found,) = settings_on(page(TITLE + form(after=NEAR_IT[layout])), words)
        asked = save_request(found, words, "NEW", "made-up key")
        assert parse_qsl((asked.content or b"").decode()) == [
            ("u", "NEW"),
            ("k", "made-up key"),
            *sent.get(layout, [("x", "on")]),
        ]


def test_the_name_of_a_row_is_whole() -> None:
    found = settings_on(page(rows(("<td>District<td>", "OLD"), ("<td>Lincoln <b>High</b><td>", "L"))), MAPS[0])
    assert [item.reading.place for item in found] == ["district", "Lincoln High"]


def in_frames(outer: str, *inner: str) -> Page:
    return replace(page(outer), frames=tuple(Frame(str(at), page(markup)) for at, markup in enumerate(inner)))


def test_a_menu_in_a_frame_names_no_pair_in_another() -> None:
    with pytest.raises(PageNotUnderstood) as caught:
        settings_on(
            in_frames("", "<h3>District</h3><a href=/x>Mail</a>", f"<p>School: Lincoln</p>{form('L')}"), MAPS[0]
        )
    assert MAY_BE_A_SCHOOLS in caught.value.message


def test_what_stands_over_a_frame_names_the_pair_in_it() -> None:
    with pytest.raises(PageNotUnderstood) as caught:
        settings_on(in_frames("<h1>Lincoln</h1>", "<h3>Menu</h3>", form("L")), MAPS[0])
    assert "“Lincoln”" in caught.value.message
    (found,) = settings_on(in_frames("<h1>CAASPP Credentials</h1>", "<h3>Lincoln</h3>", form()), MAPS[0])
    assert found.reading.username == "OLD"


def test_two_systems_halves_are_no_pair() -> None:
    halves = "<form method=post><label>CALPADS API Username <input name=u value=C></label><label>TOMS Secret Key <input type=password name=k></label><button>Save</button></form>"
    with pytest.raises(PageNotUnderstood) as caught:
        settings_on(page(halves), load("generic"))
    assert "the user name of one system and the password of another" in caught.value.message
