"""How the district's fields are found on every made-up page: the table in docs/explanation/portals.md.

UPDATE_TABLE=1 writes it anew; then read what changed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from adapters.portal.contract.driver import over_http
from adapters.portal.contract.pretend_portal import OFFICE, OLD_KEY, PASSWORD, running
from adapters.portal.contract.style import STYLES
from adapters.portal.pages import page_server
from adapters.portal.pages.catalogue import PAGES
from adapters.portal.test_confirmed_portal import opened
from ssrcred.adapters.portal.find.search import Found
from ssrcred.adapters.portal.route_follower import ConfirmedPortal
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import PortalFailed
from ssrcred.domain.place import DISTRICT

DOCS: Final = Path(__file__).parents[3] / "docs/explanation/portals.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->"
RIGHT, FOUND, LED, NOT_FOUND = "proposed right", "among the fields found", "led by the person", "not found"


def how(portal: ConfirmedPortal, way: Sequence[str], username: str, shown: Sequence[str] = ()) -> str:
    """How the district's fields are found: by the map's words, or as a person leads by `way`."""

    def own(go: Sequence[str], *, every_field: bool) -> list[Found]:
        try:
            found, _ = portal.search(go, every_field=every_field)
        except PortalFailed:
            return []
        fields = [item for item in found if item.group is None and item.id]
        return [item for item in fields if item.candidate.username.control.value == username]

    by_words = own((), every_field=False)
    if any(item.proposed == DISTRICT for item in by_words):
        return RIGHT
    if by_words:
        return FOUND
    return LED if way and own(way, every_field=True) else NOT_FOUND


def rows() -> dict[str, str]:
    """Each page and how its fields are found over HTTP."""
    found = {}
    for style in STYLES:
        server = style()
        server.elsewhere = "http://elsewhere.example"
        with running(server) as base, over_http(base, OFFICE, SecretKey(PASSWORD), server.map()) as portal:
            found[style.style] = how(portal, (), "OLD")
        assert server.saves == [] and server.pairs["District"] == ("OLD", OLD_KEY)
    for drawn in PAGES:
        page = drawn()
        with page_server.serving(page) as base, opened(base, None) as portal, closing(portal):
            found[f"*{drawn.__name__}*"] = how(portal, page.way, page.pairs[DISTRICT][0])
        assert page.saves == []
    return found


@pytest.mark.ci
def test_the_table_tells_how_the_fields_of_every_page_are_found() -> None:
    found = rows()
    counts = ", ".join(f"{list(found.values()).count(one)} {one}" for one in (RIGHT, FOUND, LED, NOT_FOUND))
    lines = ["| page | the district's fields over HTTP |", "|---|---|"]
    lines += [f"| {name} | {one} |" for name, one in found.items()]
    table = "\n".join([*lines, "", f"Of {len(found)} pages: {counts}.", ""])
    text = DOCS.read_text("utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    if os.environ.get("UPDATE_TABLE"):
        DOCS.write_text(text[:start] + table + text[end:], "utf-8")
    else:
        assert text[start:end] == table
