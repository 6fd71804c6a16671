"""A page is held against what was confirmed: what changes by itself fits, and every other difference is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.portal.contract.framework_styles import Rails
from ssrcred.adapters.portal.find.candidate import candidates_on
from ssrcred.adapters.portal.html.page import Page, read_page
from ssrcred.adapters.portal.route.page_comparison import Setting, fit_on
from ssrcred.adapters.portal.route.route import FieldLook, Fields, SaveControl
from ssrcred.adapters.web.answer import Answer
from ssrcred.domain.place import What

WORDS = Rails().map()
PAGE = """<title>Options 2026-27</title><h1>CAASPP Credentials</h1>
<form method="post" action="/office/options?year=2026"><input type="hidden" name="token" value="made-up-1">
<label>Editing <select name="who"><option selected>Made-up Unified</option><option>Pine High</option></select></label>
<label>CALPADS API Username <input name="u1" value="madeup_usd"></label>
<label>CALPADS API Password <input name="k1" type="password" value=""></label>
<label>Change password <input type="checkbox" name="change"></label>
<label>Repeat password <input type="password" name="again"></label>
<label>Fax <input name="fax" value="555-0100"></label><button name="save">Save Changes</button></form>"""
FIELDS = Fields(
    FieldLook("CALPADS API Username", "text"),
    FieldLook("CALPADS API Password", "password"),
    SaveControl("button", "Save Changes"),
    repeat="Repeat password",
    boxes=("Change password",),
    watch={"Editing": "Made-up Unified"},
    form="POST /office/options",
)


def page_of(markup: str) -> Page:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return read_page(Answer(200, "http://madeup.example/office", headers, markup.encode()))


def names() -> tuple[str, ...]:
    (candidate,) = candidates_on(page_of(PAGE), WORDS, ())
    return candidate.names


def test_the_page_as_it_was_fits_and_is_ready_to_be_filled() -> None:
    found = fit_on(page_of(PAGE), "district", names(), FIELDS, WORDS)
    assert isinstance(found, Setting)
    typed = found.filling.values("new_name", "made-up`key'")
    assert {node.attributes["name"]: text for node, text in typed.items()} == {
        "u1": "new_name",
        "k1": "made-up`key'",
        "again": "made-up`key'",
    }
    assert [node.attributes["name"] for node in found.filling.ticked] == ["change"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-27", "2027-28"),
        ("?year=2026", "?year=2027"),
        ('name="u1"', 'name="u2"'),
        ('name="k1"', 'name="k9"'),
        ("made-up-1", "made-up-2"),
        ("madeup_usd", "other_name"),
        ('value="555-0100"', 'value="555-0199"'),
        ("<h1>", "<p>A notice for all users.</p><h1>"),
        ('<label>Fax <input name="fax" value="555-0100"></label>', ""),
    ],
)
def test_what_changes_by_itself_in_a_year_still_fits(before: str, after: str) -> None:
    assert before in PAGE
    assert isinstance(fit_on(page_of(PAGE.replace(before, after)), "district", names(), FIELDS, WORDS), Setting)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("<h1>CAASPP Credentials</h1>", "<h1>Mail server</h1>", What.WORDS),
        ("<form", "<h2>Test environment</h2><form", What.WORDS),
        ("CALPADS API Password", "State key", What.LABEL),
        ('name="k1" type="password"', 'name="k1" type="text"', What.FIELD),
        ("/office/options", "/office/elsewhere", What.FORM),
        ("Save Changes", "Send", What.SAVE),
        ("Repeat password", "Something else", What.FIELD),
        ("Change password", "Another box", What.FIELD),
        ("<option selected>Made-up Unified", "<option>Made-up Unified</option><option selected>Elm", What.CHOICE),
    ],
)  # fmt: skip
def test_every_other_difference_is_named(before: str, after: str, what: What) -> None:
    assert before in PAGE
    found = fit_on(page_of(PAGE.replace(before, after)), "district", names(), FIELDS, WORDS)
    assert not isinstance(found, Setting)
    assert what in [item.what for item in found]
    told = " ".join(item.was + item.is_now for item in found)
    assert "madeup_usd" not in told and "555-0100" not in told


def test_two_that_fit_alike_are_told_apart_by_their_controls_names_only_then() -> None:
    twice = PAGE + PAGE.replace("u1", "u2").replace("k1", "k2")
    assert not isinstance(fit_on(page_of(twice), "district", names(), FIELDS, WORDS), Setting)
    found = fit_on(page_of(twice), "district", names(), FIELDS, WORDS, ("u2", "k2"))
    assert isinstance(found, Setting) and found.filling.key.name == "k2"


def test_a_field_that_is_shorter_than_the_key_or_switched_off_is_objected_to() -> None:
    short = fit_on(page_of(PAGE.replace('name="k1"', 'name="k1" maxlength="10"')), "district", names(), FIELDS, WORDS)
    assert isinstance(short, Setting)
    assert "takes at most 10 characters" in short.filling.objection("name", "x" * 20)
    off = fit_on(page_of(PAGE.replace('name="k1"', 'name="k1" readonly')), "district", names(), FIELDS, WORDS)
    assert isinstance(off, Setting)
    assert "does not let this account change" in off.filling.objection("name", "key")


def test_the_form_of_a_member_may_have_its_own_number() -> None:
    numbered = replace(FIELDS, form="POST /schools/17/options")
    page = page_of(PAGE.replace("/office/options", "/schools/23/options"))
    assert isinstance(fit_on(page, "North High", names(), numbered, WORDS), Setting)


def test_what_says_that_it_deletes_is_never_what_saves() -> None:
    page = page_of(PAGE.replace("Save Changes", "Delete"))
    fields = replace(FIELDS, save=SaveControl("button", "Delete"))
    found = fit_on(page, "district", names(), fields, WORDS)
    assert isinstance(found, Setting)
    assert "deletes" in found.filling.objection("new_name", "made-up key")
