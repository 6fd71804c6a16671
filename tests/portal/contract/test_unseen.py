"""Portals on which a careful person would stop: each stop has its reason, and nothing is sent that was not to be."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest

from portal.contract.check import KEY, PAIR, Stage, stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import DISTRICT, NORTH, SOUTH, Asked, PretendPortal, Reply
from portal.contract.unseen_styles import EditPerRow, Plain, PostedBackList
from ssrcred.adapters.portal.html.inline_script import PostBack, on_choice
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.errors import PageNotUnderstood
from ssrcred.place import Took
from ssrcred.portal.map import PortalMap, SchoolsWords, load

HTTP = DRIVERS[0]


def why(on: Stage, place: str) -> str:
    """The reason why a place is not read or written; nothing was saved, and no secret is in it."""
    with pytest.raises(PageNotUnderstood) as caught:
        on.portal.write(place, PAIR)
    assert "othing was" in caught.value.state
    assert KEY not in repr(caught.value.__dict__)
    assert on.server.saves == []
    on.untouched()
    return f"{caught.value.message} {caught.value.state} {caught.value.hint}"


class Box(Plain):
    """A box that puts the pair into every school, and is on."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(
            place, '<label><input type="checkbox" name="all" checked> Overwrite what the schools have</label>'
        )


class Choice(Plain):
    """A list that puts the pair into every school, and has that chosen."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(
            place, '<label>Apply to <select name="to"><option>This only<option selected>All schools</select></label>'
        )


class Offered(Choice):
    """The same list and box, with the narrow choice made."""

    def form(self, place: str, more: str = "") -> str:
        return Choice.form(self, place).replace(" selected", "") + "<input type=checkbox name=all> All schools"


@pytest.mark.parametrize("style", [Box, Choice])
@pytest.mark.parametrize("place", ["district", NORTH])
def test_does_not_save_where_a_choice_carries_the_pair_to_other_places(style: type[PretendPortal], place: str) -> None:
    with stage(style, HTTP) as on:
        assert "would save more than one place's pair" in why(on, place)


def test_saves_beside_a_wider_choice_that_is_not_made() -> None:
    with stage(Offered, HTTP) as on:
        on.saves(NORTH)
        on.untouched(NORTH)


class OneAtATime(Plain):
    """One form for all schools, and a list in it that says whose pair it shows and saves."""

    def settings(self, asked: Asked) -> str:
        offered = "".join(
            f'<option value="{at}"{" selected" if at == 2 else ""}>{place}' for at, place in enumerate(self.shown())
        )
        return f'<form action="/save" method="post"><label>School <select name="id">{offered}</select></label>{self.fields(SOUTH)}<button>Save</button></form>'


class Unnamed(OneAtATime):
    """The same list without a word beside it."""

    def settings(self, asked: Asked) -> str:
        return super().settings(asked).replace("School <", "<")


@pytest.mark.parametrize("words", ["schoolwise", "generic", "without lists"])
@pytest.mark.parametrize("style", [OneAtATime, Unnamed])
def test_a_school_that_a_list_has_chosen_is_not_taken_for_the_district(style: type[Plain], words: str) -> None:
    class Portal(style):  # type: ignore[valid-type, misc]
        def map(self) -> PortalMap:
            found = load("generic" if words == "without lists" else words)
            return replace(found, schools=SchoolsWords()) if words == "without lists" else found

    with stage(Portal, HTTP) as on:
        reason = "says whose it is" if style is Unnamed else "chooses the school"
        assert reason in why(on, "district")


class AnothersPage(EditPerRow):
    """The school's link leads to the page of another, beside a list of all names."""

    def settings(self, asked: Asked) -> str:
        if asked.path == "/edit":
            return f"<p>Schools: {DISTRICT}, {NORTH}, {SOUTH}</p>{self.form(SOUTH)}"
        return super().settings(asked)


class LongerName(EditPerRow):
    """Two schools, one called as the other and a word more; both links lead to the page of the longer name."""

    def settings(self, asked: Asked) -> str:
        if asked.path == "/edit":
            return self.form(SOUTH).replace(SOUTH, f"{NORTH} Annex")
        return super().settings(asked).replace(f"<td>{SOUTH}", f"<td>{NORTH} Annex")


@pytest.mark.parametrize(
    ("style", "reason"), [(AnothersPage, f"names {SOUTH} beside the pair"), (LongerName, "does not name it")]
)
def test_another_schools_page_is_not_taken_for_the_one_that_was_chosen(style: type[PretendPortal], reason: str) -> None:
    with stage(style, HTTP) as on:
        assert reason in why(on, NORTH)


class Refusing(Plain):
    """Says what it does not take, and shows what was typed once more, as if it were stored."""

    key_shown = "clear"

    def took(self, asked: Asked) -> Reply | str:
        place = {number: place for place, number in (("district", "0"), (NORTH, "17"), (SOUTH, "23"))}[asked.form["id"]]
        typed = self.form(NORTH).replace('name="u" value=""', f'name="u" value="{asked.form["u"]}"')
        return f"<p>The password may not contain any of &lt; &gt; `</p><h2>{place}</h2>{typed}"


class Expired(Plain):
    """Wants a token that only its script would send."""

    def took(self, asked: Asked) -> Reply | str:
        return Reply("<h1>419</h1>", 419)


@pytest.mark.parametrize(
    ("style", "said"), [(Refusing, "says that it did not save"), (Expired, "did not take the form")]
)
def test_a_save_that_was_turned_down_is_told_as_that(style: type[PretendPortal], said: str) -> None:
    with stage(style, HTTP) as on:
        saved = on.portal.write(NORTH, PAIR)
        assert saved.took is Took.DID_NOT_TAKE
        assert said in saved.detail
        on.untouched()


class Advice(Plain):
    """Tells the rules of its own beside every form."""

    def settings(self, asked: Asked) -> str:
        return "<p>A password may not contain blanks.</p>" + super().settings(asked)


def test_what_the_page_said_before_says_nothing_of_the_save() -> None:
    with stage(Advice, HTTP) as on:
        saved = on.portal.write(NORTH, PAIR)
        assert (saved.took, "did not save" in saved.detail) == (on.seen, False)


class NoHeads(Plain):
    """Columns, and nothing over them."""

    def settings(self, asked: Asked) -> str:
        users = "".join(f'<td><input name="u{place}">' for place in self.shown())
        keys = "".join(f'<td><input type="password" name="k{place}">' for place in self.shown())
        return f'<form action="/save" method="post"><table><tr><td>CALPADS API Username{users}<tr><td>CALPADS API Password{keys}</table><button>Save</button></form>'


class Apart(NoHeads):
    """Columns with heads, whose user names and passwords are in different forms."""

    def settings(self, asked: Asked) -> str:
        heads = "<tr><th>" + "".join(f"<th>{place}" for place in self.shown())
        page = super().settings(asked).replace("<table>", f"<table>{heads}", 1)
        return '<form id="f" action="/mail" method="post"></form>' + page.replace("<input name", '<input form="f" name')


@pytest.mark.parametrize(("style", "reason"), [(NoHeads, "columns without a name"), (Apart, "do not belong together")])
def test_columns_that_do_not_say_whose_they_are_stop_it(style: type[PretendPortal], reason: str) -> None:
    with stage(style, HTTP) as on:
        assert reason in why(on, "district")


@pytest.mark.parametrize(
    ("script", "does"),
    [
        ("this.form.submit()", True),
        ("javascript:return form.submit();", True),
        ("__doPostBack('list','')", PostBack("list", "")),
        ("javascript:setTimeout('__doPostBack(\\'a$list\\',\\'\\')', 0)", PostBack("a$list", "")),
        ("__doPostBack('a','');__doPostBack('b','')", False),
        ("document.other.submit()", False),
        ("if (sure()) this.form.submit()", False),
        ("", False),
    ],
)
def test_tells_what_a_list_does_by_itself(script: str, does: PostBack | bool) -> None:
    assert on_choice(Node("select", {"onchange": script})) == does


class SendsThePair(OneAtATime):
    """The list sends the form of the pair, and nothing tells that it was the list and not the button."""

    def settings(self, asked: Asked) -> str:
        return super().settings(asked).replace("<select", '<select onchange="this.form.submit()"')


class SendsAsTheButton(OneAtATime):
    """The same, told under another name than the list's."""

    def settings(self, asked: Asked) -> str:
        hidden = '<input type="hidden" name="__EVENTTARGET"><input type="hidden" name="__EVENTARGUMENT">'
        list_ = "<select onchange=\"__doPostBack('save','')\""
        return super().settings(asked).replace("<select", f"{hidden}{list_}")


@pytest.mark.parametrize("style", [SendsThePair, SendsAsTheButton])
def test_a_list_that_may_save_when_a_choice_is_made_is_left_alone(style: type[PretendPortal]) -> None:
    with stage(style, HTTP) as on:
        assert "chooses the school in the form that saves" in why(on, NORTH)
        assert not [asked for asked in on.server.asked if asked.method == "POST" and asked.path != "/login"]


class SendsItsPage(PostedBackList):
    """A list of Web Forms without the hidden fields that its script would fill."""

    def settings(self, asked: Asked) -> str:
        return super().settings(asked).replace("__EVENTARGUMENT", "other")


def test_a_page_that_cannot_be_sent_back_is_not_sent() -> None:
    with stage(SendsItsPage, HTTP) as on:
        assert "chooses the school" in why(on, NORTH)


class AsksAgain(Plain):
    """Shows what it would save and wants another press."""

    def took(self, asked: Asked) -> Reply | str:
        held = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.entries)
        return (
            f'<h1>Is this right?</h1><form action="/save/yes" method="post">{held}<button>Yes, save it</button></form>'
        )


def test_a_save_that_wants_another_press_is_told_and_not_pressed() -> None:
    with stage(AsksAgain, HTTP) as on:
        saved = on.portal.write(NORTH, PAIR)
        assert (saved.took, on.server.saves) == (Took.DID_NOT_TAKE, [])
        assert "asks for another press, on Yes, save it" in saved.detail
        assert [asked.path for asked in on.server.asked if asked.method == "POST"] == ["/login", "/save"]


class TwoPrograms(Plain):
    """A pair for each of two programs, called the same."""

    def settings(self, asked: Asked) -> str:
        programs = (
            f"<fieldset><legend>{name} credentials</legend>{self.form(DISTRICT)}</fieldset>"
            for name in ("CAASPP", "ELPAC")
        )
        return "".join(programs).replace(f"<h3>{DISTRICT}</h3>", "")


class TwoLanguages(Plain):
    """Every label in two languages, so that something stands beside the words."""

    def fields(self, place: str) -> str:
        return super().fields(place).replace("Username", "Username / Usuario").replace("Password", "Password / Clave")


class Scripts(Plain):
    """A page that its script would build."""

    def settings(self, asked: Asked) -> str:
        return '<div id="root"></div><script src="/app.js"></script>'


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        (
            TwoPrograms,
            "no place for the district's pair; the words beside the pairs are “CAASPP credentials” and “ELPAC",
        ),
        (TwoLanguages, "names two places beside one pair, “Usuario” and another"),
        (Scripts, 'A script builds that page. Set driver = "browser"'),
    ],
)
def test_a_stop_says_what_stood_there(style: type[PretendPortal], reason: str) -> None:
    with stage(style, HTTP) as on:
        assert reason in why(on, "district")


class NameFirst(Plain):
    """Asks for the user name on a page of its own."""

    def log_in_page(self, notice: str) -> str:
        return '<form action="/name" method="post"><label>User Name <input name="username"></label><button>Next</button></form>'


def test_a_log_in_in_two_steps_is_told_as_that() -> None:
    with stage(NameFirst, HTTP) as on:
        assert "asks for the user name first" in why(on, "district")
        assert {asked.method for asked in on.server.asked} == {"GET"}


class ShowsTheKey(Plain):
    """Shows the key that it has in words, beside the field for a new one."""

    def settings(self, asked: Asked) -> str:
        return self.form(DISTRICT).replace("API Password", f"API Password (now: {self.pairs[DISTRICT][1]})")


def test_a_key_that_stands_among_the_words_is_not_quoted() -> None:
    with stage(ShowsTheKey, HTTP) as on:
        reason = why(on, "district")
        assert "has words beside a password that are not beside its user name" in reason
        assert "The page shows: CALPADS API Username, CALPADS API Password, Save" in reason
        assert "made-up" not in reason
