"""Forms that only a script can send rightly, and questions that a script asks first: over HTTP no script is run."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

import pytest

from portal.contract.check import stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import DISTRICT, NORTH
from portal.contract.test_unseen import why
from portal.contract.unseen_styles import Plain

HTTP = DRIVERS[0]


class Nameless(Plain):
    """A field that only a script sends, as pages of Angular and React have them."""

    field = ' name="k"'

    def fields(self, place: str) -> str:
        return super().fields(place).replace(self.field, "")


class NamelessUser(Nameless):
    """The same with the user name's field."""

    field = ' name="u"'


class Scripted(Plain):
    """The form, its button, or both have scripts; `form_script` and `button_script` are those."""

    form_script, button_script = "", ""

    def form(self, place: str, more: str = "") -> str:
        found = super().form(place, more).replace("<button>", f"<button {self.button_script}>")
        return found.replace("<form ", f"<form {self.form_script} ")


class HeldBack(Scripted):
    """PrimeFaces: the button's script sends what it likes, and the form is never sent as such."""

    button_script = "onclick=\"PrimeFaces.ab({s:'f:save',f:'f'});return false;\""


class Prevented(Scripted):
    """A script keeps the form from being sent."""

    form_script = 'onsubmit="event.preventDefault(); save(this)"'


class AsksOfAll(Scripted):
    """A question before the form is sent tells that it is about every school."""

    button_script = "onclick=\"return confirm('This replaces what all schools have. Go on?')\""


class AsksOfAllInRails(Scripted):
    """The same, as Rails writes it."""

    button_script = 'data-confirm="Copy to all schools?"'


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        (Nameless, "a field of the pair without a name"),
        (NamelessUser, "a field of the pair without a name"),
        (HeldBack, "or sends it itself"),
        (Prevented, "or sends it itself"),
        (AsksOfAll, "it asks “This replaces what all schools have"),
        (AsksOfAllInRails, "it asks “Copy to all schools?”"),
    ],
)
@pytest.mark.parametrize("place", ["district", NORTH])
def test_stops_where_a_form_alone_would_not_do_what_the_page_does(style: type[Plain], reason: str, place: str) -> None:
    with stage(style, HTTP) as on:
        assert reason in why(on, place)


class Checks(Scripted):
    """Scripts that only look whether the fields are filled, and ask about nothing more than the save."""

    form_script = 'onsubmit="if (!this.u.value) { alert(1); return false; }"'
    button_script = "onclick=\"return confirm('Save?')\" data-disable-with=Saving"


class WebFormsChecks(Scripted):
    """The checks of Web Forms."""

    form_script = 'onsubmit="javascript:return WebForm_OnSubmit();"'
    button_script = """onclick='javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("b", "", true, "", "", false, false))'"""


@pytest.mark.parametrize("style", [Checks, WebFormsChecks])
def test_a_script_that_only_checks_does_not_stop_it(style: type[Plain]) -> None:
    with stage(style, HTTP) as on:
        on.saves(DISTRICT)
        on.untouched(DISTRICT)
