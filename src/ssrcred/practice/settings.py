"""The practice SchoolWise's Set District Options: tabs, and the one that holds the pairs.

From domain.md: several tabs, CAASPP Credentials with CALPADS API Username and CALPADS API Password for the
district, and a school's own values that override it. Made up: one form for the district and one per school,
that the password comes back blank beside a text that says whether one is stored, the version stamp, and every
other field.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ssrcred.practice import people
from ssrcred.practice.fault import Faults, cut
from ssrcred.practice.options import CAASPP, DISTRICT_PLACE, TABS, Options, Refused, Tab
from ssrcred.practice.page import go
from ssrcred.practice.schoolwise import Door, Stay
from ssrcred.practice.session import first

ADDRESS = "/office/options"


class Settings:
    """The pages of Set District Options."""

    def __init__(self, door: Door, options: Options, faults: Faults) -> None:
        self._door = door
        self._options = options
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the settings."""
        return [web.get(ADDRESS, self._tab), web.post(ADDRESS + "/{tab}", self._save)]

    async def _tab(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "office")
        return self._show(stay, _tab(request.query.get("tab", TABS[0].key)))

    def _show(self, stay: Stay, tab: Tab) -> web.Response:
        facts: dict[str, Any] = {
            "tabs": TABS,
            "tab": tab,
            "values": self._options.values(tab),
            "version": self._options.version(tab.key),
        }
        if tab is not CAASPP:
            return self._door.show(stay, "schoolwise/options.html", **facts)
        schools = [
            (one, self._options.stored(one.name), self._options.ticked(one.name), self._options.version(one.name))
            for one in people.SCHOOLS
        ]
        pair = self._options.stored(DISTRICT_PLACE)
        return self._door.show(stay, "schoolwise/caaspp.html", pair=pair, schools=schools, **facts)

    async def _save(self, request: web.Request) -> web.Response:
        stay = self._door.stay(request, "office")
        form = await self._door.form(request, stay)
        school, tab = "", CAASPP
        if request.match_info["tab"] == "school":
            code = first(form, "SchoolCode")
            school = next((one.name for one in people.SCHOOLS if one.code == code), "")
            if not school:
                raise web.HTTPNotFound
        else:
            tab = _tab(request.match_info["tab"])
        try:
            self._options.save(tab, form, school, dry=self._faulty("saves_nothing"))
        except Refused as refusal:
            stay.problem = f"{school}: {refusal}" if school else str(refusal)
            return self._show(stay, tab)
        if self._faulty("save_lost"):
            return cut(request)
        if self._faulty("save_500"):
            raise web.HTTPInternalServerError
        stay.saved = f"{tab.title} was saved for {school or 'the district'}."
        return go(f"{ADDRESS}?tab={tab.key}")

    def _faulty(self, kind: str) -> bool:
        return self._faults.has("schoolwise", kind)


def _tab(key: str) -> Tab:
    tab = next((one for one in TABS if one.key == key), None)
    if tab is None:
        raise web.HTTPNotFound
    return tab
