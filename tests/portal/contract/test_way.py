"""The way to the settings in menus as other products draw them."""

from __future__ import annotations

from typing import ClassVar

import pytest

from portal.contract.check import stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import Asked, Reply
from portal.contract.unseen_styles import Plain

HTTP = DRIVERS[0]


class Menu(Plain):
    """The first page's menu in the style's own words, over pages that are as ever."""

    menu: ClassVar[str] = ""

    def page(self, asked: Asked) -> Reply | str:
        return self.menu if asked.path == "/home" else super().page(asked)


class Badge(Menu):
    """A number behind the words counts what there is to see."""

    menu = '<a href="/office">School Office Menu <span class="badge">3</span></a>'


class Counted(Menu):
    """The same in brackets."""

    menu = '<a href="/office">School Office Menu (12)</a>'


class Twice(Menu):
    """The same place twice, once with a part of it."""

    menu = '<a href="/office#top">School Office Menu</a> <a href="/office">School Office Menu</a>'


class Icon(Menu):
    """A picture of a font, whose name is no word of the menu."""

    menu = '<a href="/office"><i class="material-icons">settings</i> School Office Menu</a>'


class Integration(Menu):
    """Other words for the same."""

    menu = '<a href="/options">Integration Settings</a>'


@pytest.mark.parametrize("style", [Badge, Counted, Twice, Icon, Integration])
def test_finds_the_way_through_menus_as_they_are_drawn(style: type[Menu]) -> None:
    with stage(style, HTTP) as on:
        assert on.portal.places()[0].place == "district"
        assert {asked.method for asked in on.server.asked if asked.path != "/login"} == {"GET"}
        on.untouched()
