"""A second round of portals on which a careful person would stop, or would look at the page once more first."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from html import escape

import pytest

from portal.contract.check import PAIR, stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import DISTRICT, NORTH, SOUTH, Asked, Reply, see
from portal.contract.test_unseen import why
from portal.contract.unseen_styles import BY_NUMBER, NUMBERS, EditPerRow, ListThatSends, Plain
from ssrcred.place import Took

HTTP = DRIVERS[0]


class Remembered(EditPerRow):
    """The form does not say whose pair it saves: the portal saves to the place that was looked at last."""

    def __init__(self) -> None:
        super().__init__()
        self.last = DISTRICT

    def form(self, place: str, more: str = "") -> str:
        return super().form(place).replace(f'<input type="hidden" name="id" value="{NUMBERS[place]}">', "")

    def settings(self, asked: Asked) -> str:
        if asked.path in ("/edit", "/caaspp"):
            self.last = BY_NUMBER[asked.query.get("id", "0")]
        return super().settings(asked)

    def took(self, asked: Asked) -> Reply | str:
        return self.save(self.last, asked.form["u"], asked.form["k"]) or see("/caaspp")


class SmallPrint(ListThatSends):
    """The page shows the place that was looked at last, which only a line of text names."""

    def __init__(self) -> None:
        super().__init__()
        self.last = DISTRICT

    def settings(self, asked: Asked) -> str:
        links = "".join(f'<li><a href="/edit?id={NUMBERS[place]}">{place}</a>' for place in (NORTH, SOUTH))
        if asked.path == "/edit":
            self.last = BY_NUMBER[asked.query["id"]]
        now = f"<p>Now editing: {self.last}</p>" if self.last != DISTRICT else ""
        return f"<h3>Schools</h3><ul>{links}</ul><h3>CAASPP Credentials</h3>{now}" + self.form(self.last).replace(
            f"<h3>{self.last}</h3>", ""
        )


class Header(Plain):
    """A list in the head of every page has the school chosen that the account works for; it has no name."""

    head = '<form action="/go"><select name="s" onchange="this.form.submit()"><option>District<option selected>North High</select></form>'
    at = NORTH

    def settings(self, asked: Asked) -> str:
        return self.head + "<h1>CAASPP Credentials</h1>" + self.form(self.at).replace(f"<h3>{self.at}</h3>", "")


class HeaderText(Header):
    """A line in the head of every page says so."""

    head = "<div>Current school: North High</div>"


class OtherHeaderText(Header):
    """The same line in other words."""

    head = "<div>School: <b>North High</b></div>"


class HeadingAbove(Header):
    """The page's first heading says so."""

    head = "<h1>North High</h1>"

    def settings(self, asked: Asked) -> str:
        return super().settings(asked).replace("<h1>CAASPP Credentials</h1>", "<h2>CAASPP Credentials</h2>")


class HeadingBoth(Header):
    """The heading of the page has the school behind its own words."""

    head = ""

    def settings(self, asked: Asked) -> str:
        return super().settings(asked).replace("CAASPP Credentials</h1>", "CAASPP Credentials - North High</h1>")


class BoxAfter(Plain):
    """A box for all schools is on; its words stand behind it and are no label."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(place, '<p><input type="checkbox" name="all" checked> Apply to all schools</p>')


class Boxes(Plain):
    """A box with the name of another school is on."""

    def form(self, place: str, more: str = "") -> str:
        other = SOUTH if place != SOUTH else NORTH
        return super().form(
            place, f'<p>Save for: <label><input type="checkbox" name="to" value="23" checked> {other}</label></p>'
        )


class Several(Plain):
    """A list of the places to save for has two chosen."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(
            place,
            f'<select name="to" multiple><option selected>{place}<option selected>{SOUTH if place != SOUTH else NORTH}</select>',
        )


class SeveralDistrict(Several):
    """The same, beside a pair that nothing else names."""

    def settings(self, asked: Asked) -> str:
        return self.form(DISTRICT).replace("<h3>District</h3>", "")


class FallsBack(EditPerRow):
    """A school without a pair of its own shows the district's form, under the district's name."""

    def settings(self, asked: Asked) -> str:
        if asked.path == "/edit" and asked.query["id"] == "17":
            return f"<p>North High has no pair of its own and uses this one:</p>{self.form(DISTRICT)}"
        return super().settings(asked)


class FallsBackNameless(FallsBack):
    """The same without the district's name above."""

    def settings(self, asked: Asked) -> str:
        if asked.path == "/edit" and asked.query["id"] == "17":
            return "<p>North High has no pair of its own and uses this one:</p>" + self.form(DISTRICT).replace(
                "<h3>District</h3>", ""
            )
        return super().settings(asked)


class SetsDelete(Plain):
    """The button's script says what is done; without it, the form deletes."""

    def form(self, place: str, more: str = "") -> str:
        return (
            super()
            .form(place, '<input type="hidden" name="act" value="delete">')
            .replace("<button>Save", "<button onclick=\"this.form.act.value='save'\">Save")
        )

    def took(self, asked: Asked) -> Reply | str:
        if asked.form.get("act") != "save":
            self.strange.append("deleted")
            return see("/caaspp")
        return super().took(asked)


class OnSubmit(SetsDelete):
    """The form's script says what is done."""

    def form(self, place: str, more: str = "") -> str:
        return (
            super()
            .form(place, more)
            .replace(" onclick=\"this.form.act.value='save'\"", "")
            .replace("<form ", "<form onsubmit=\"this.act.value = 'save'\" ")
        )


class Environment(Plain):
    """A list says which portal the pair is for, and has the one for tests chosen."""

    def settings(self, asked: Asked) -> str:
        return self.form(
            DISTRICT, '<label>Environment <select name="env"><option selected>Test<option>Production</select></label>'
        )


class EnvironmentRadio(Environment):
    """The same as a choice of two."""

    def settings(self, asked: Asked) -> str:
        return self.form(
            DISTRICT,
            "<label><input type=radio name=env value=t checked> Test</label><label><input type=radio name=env value=p> Production</label>",
        )


class Draft(Plain):
    """Refuses, and shows what was typed on every page until the session ends."""

    key_shown = "clear"

    def __init__(self) -> None:
        super().__init__()
        self.draft: dict[str, tuple[str, str]] = {}

    def took(self, asked: Asked) -> Reply | str:
        self.draft[BY_NUMBER[asked.form["id"]]] = (asked.form["u"], asked.form["k"])
        return "<p>Your changes could not be saved.</p>" + self.settings(asked)

    def user(self, place: str) -> str:
        return escape(self.draft.get(place, self.pairs[place])[0])

    def key(self, place: str) -> str:
        return escape(self.draft.get(place, self.pairs[place])[1])


class DraftPage(Draft):
    """Tells of the draft only on the page that is shown afterwards."""

    def took(self, asked: Asked) -> Reply | str:
        super().took(asked)
        return see("/caaspp")

    def settings(self, asked: Asked) -> str:
        said = "<p>You have unsaved changes.</p>" if self.draft else ""
        return said + super().settings(asked)


class TemplateRow(Plain):
    """A row that scripts copy stands in the form, in a template."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(
            place,
            '<template><label>CALPADS API Username <input name="u" value="clone"></label><label>CALPADS API Password <input type=password name="k" value="clone"></label><input type=hidden name=id value=0></template>',
        )


class HiddenRow(Plain):
    """A form for a new entry stands under the others, hidden."""

    def settings(self, asked: Asked) -> str:
        return (
            super().settings(asked)
            + '<form action="/new" method=post><div hidden><label>CALPADS API Username <input name="row[__INDEX__][u]"></label><label>CALPADS API Password <input type=password name="row[__INDEX__][k]"></label></div><button>Save Changes</button></form>'
        )


class TwoSaves(Plain):
    """Buttons that do something else stand before the one that saves."""

    def form(self, place: str, more: str = "") -> str:
        return (
            super()
            .form(place, more)
            .replace(
                "<p>",
                '<button name="do" value="reset">Reset</button><button name="do" value="test">Test connection</button><input type="image" alt="Copy to all schools" name="copy"><p>',
                1,
            )
        )

    def took(self, asked: Asked) -> Reply | str:
        if "do" in asked.form or "copy.x" in asked.form:
            self.strange.append("wrong button")
        return super().took(asked)


class ExpiresAtWrite(EditPerRow):
    """The session ends with the save, and the log-in page that is answered holds what was typed."""

    def answer(self, asked: Asked) -> Reply:
        if asked.method == "POST" and asked.path == "/save":
            self.asked.append(asked)
            return Reply(
                self.log_in_page("<p>Session timed out</p>").replace(
                    "<button>", f'<input type=hidden name=u value="{escape(asked.form["u"])}"><button>'
                )
            )
        return super().answer(asked)


class NamesOneSchool(Plain):
    """The form of a school's pair, and one thing on the page that tells that it is a school's."""

    told = ""
    more = ""

    def settings(self, asked: Asked) -> str:
        return self.told + self.form(NORTH, self.more).replace(f"<h3>{NORTH}</h3>", "")


class Title(NamesOneSchool):
    """The page's title tells it."""

    told = "<title>North High - CAASPP Credentials</title>"


class Crumb(NamesOneSchool):
    """A link on the way to the page tells it."""

    told = '<nav><a href="/home">Home</a> &gt; <a href="/s/17">North High</a> &gt; CAASPP Credentials</nav>'


class Sentence(NamesOneSchool):
    """A sentence tells it."""

    told = "<p>You are working in <b>North High</b>. Ask at South Middle for help.</p>"


class MarkedTab(NamesOneSchool):
    """Of two tabs, the one that is marked tells it."""

    told = '<ul><li><a href="/caaspp?s=23">South Middle</a><li><a href="/caaspp?s=17" aria-current="page">North High</a></ul>'


class TypedName(NamesOneSchool):
    """A field beside the pair tells it."""

    more = '<label>For <input name="school" value="North High" readonly></label>'


class Marked(NamesOneSchool):
    """One of two radio buttons tells it."""

    more = '<label><input type="radio" name="w" value="0"> District</label><label><input type="radio" name="w" value="17" checked> North High</label>'


class NamesBelow(Plain):
    """The names of the places stand under their forms, and words that name none at the top."""

    def settings(self, asked: Asked) -> str:
        forms = (
            self.form(place).removeprefix(f"<h3>{place}</h3>") + f"<h3>{place}</h3>"
            for place in (NORTH, SOUTH, DISTRICT)
        )
        return f"<h3>CAASPP Credentials</h3>{''.join(forms)}"


class TickedDelete(Plain):
    """A box that deletes the pair is on."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(place, '<label><input type="checkbox" name="del" checked> Delete this pair</label>')


class ChosenDelete(Plain):
    """A list says what is done, and has Delete chosen."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(place, '<select name="act"><option>Save<option selected>Delete</select>')


class LeadsToDelete(Plain):
    """The only form asks whether to delete."""

    def settings(self, asked: Asked) -> str:
        return self.form(DISTRICT).replace('"/save"', '"/deleteCredential"').replace("Save Changes", "OK")


class StandsForDelete(Plain):
    """The form says that it stands for a DELETE."""

    def form(self, place: str, more: str = "") -> str:
        return super().form(place, '<input type="hidden" name="_method" value="delete">')


DISTRICTS = "may be that of a school"
WIDER = "would save more than one place's pair"
STOPS: list[tuple[type[Plain], str, str]] = [
    (SmallPrint, "district", DISTRICTS),
    (SmallPrint, NORTH, DISTRICTS),
    *((style, "district", DISTRICTS) for style in (Header, HeaderText, OtherHeaderText, HeadingAbove, HeadingBoth)),
    *((style, place, WIDER) for style in (BoxAfter, Boxes, Several) for place in ("district", NORTH)),
    (SeveralDistrict, "district", "says whose it is, and not the district's"),
    (FallsBack, NORTH, "no place called North High"),
    (FallsBackNameless, NORTH, "no place called North High"),
    *((style, place, "changes what is sent") for style in (SetsDelete, OnSubmit) for place in ("district", NORTH)),
    (Environment, "district", "has “Test” chosen"),
    (EnvironmentRadio, "district", "has “Test” chosen"),
    *((style, "district", DISTRICTS) for style in (Title, Crumb, Sentence, MarkedTab, TypedName, Marked)),
    *((NamesBelow, place, "under the last pair") for place in ("district", NORTH)),
    *((style, NORTH, "chosen beside the pair") for style in (TickedDelete, ChosenDelete)),
    *((style, "district", "deletes and does not save") for style in (LeadsToDelete, StandsForDelete)),
]


@pytest.mark.parametrize(("style", "place", "reason"), STOPS)
def test_stops_before_a_save_that_would_reach_another_place(style: type[Plain], place: str, reason: str) -> None:
    with stage(style, HTTP) as on:
        assert reason in why(on, place)


@pytest.mark.parametrize(
    ("style", "place"),
    [
        *((style, place) for style in (Remembered, TemplateRow, HiddenRow, TwoSaves) for place in (DISTRICT, NORTH)),
        (FallsBack, DISTRICT),
        (FallsBack, SOUTH),
        (FallsBackNameless, SOUTH),
    ],
)
def test_saves_the_place_that_was_asked_for_and_no_other(style: type[Plain], place: str) -> None:
    with stage(style, HTTP) as on:
        on.portal.places()
        saved = on.portal.write("district" if place == DISTRICT else place, PAIR)
        assert (saved.took, on.server.saves, on.holds_new(place)) == (on.seen, [place], True)
        on.untouched(place)


@pytest.mark.parametrize("style", [Draft, DraftPage])
def test_a_draft_that_the_portal_shows_is_not_taken_for_the_pair_in_force(style: type[Plain]) -> None:
    with stage(style, HTTP) as on:
        saved = on.portal.write(NORTH, PAIR)
        assert (saved.took, "did not save" in saved.detail) == (Took.DID_NOT_TAKE, True)
        on.untouched()


def test_a_log_in_page_that_answers_the_save_is_not_taken_for_the_pair() -> None:
    with stage(ExpiresAtWrite, HTTP) as on:
        assert on.portal.write(NORTH, PAIR).took is Took.DID_NOT_TAKE
        assert [asked.path for asked in on.server.asked if asked.method == "POST"] == ["/login", "/save"]
        on.untouched()
