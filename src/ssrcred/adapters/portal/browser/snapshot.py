"""Reads what a browser shows now as a page, with the number of each element that can be clicked or typed into.

snapshot.js reads every document of the portal that is shown, frames and open shadow trees included, and changes none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ssrcred.adapters.portal.html.form import forms
from ssrcred.adapters.portal.html.page import DEEPEST_FRAME, LIVE, MOST_FRAMES, PRESS, WHOLE, Page
from ssrcred.adapters.portal.html.tree import LISTED, Node

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle, Frame, JSHandle
    from playwright.sync_api import Page as LivePage

SCRIPT: Final = Path(__file__).with_suffix(".js").read_text("utf-8")


class TooMuch(Exception):
    """A page holds more than any page of a portal does."""


class Snapshot:
    """`page` as it is read elsewhere, the `live` one, and the addresses of its frames, its own first."""

    def __init__(self, page: Page, live: LivePage, elements: dict[int, JSHandle]) -> None:
        self.page, self.live, self._elements = page, live, elements
        self.urls = tuple(frame.url for frame in live.frames)
        self.links = {  # the numbers of links by address, of several the first's
            node.attributes["href"]: node.attributes[LIVE]
            for node in reversed(list(page.root.walk()))
            if node.tag == "a" and LIVE in node.attributes
        }

    def element(self, at: str) -> ElementHandle | None:
        """Return the live element of a number, as in `data-at` or a `click:` address."""
        frame, _, number = at.removeprefix(PRESS).partition(".")
        handle = self._elements.get(int(frame))
        return handle.get_property(number).as_element() if handle is not None else None


def take(live: LivePage, status: int, covers: Callable[[str], bool], most: int, seconds: float) -> Snapshot:
    """Return what a page shows now, read within `seconds`. Raises TooMuch beyond `most` characters."""
    end = time.monotonic() + seconds
    root = Node("#root")
    root.children.append(whole := Node("form", {"method": "post", WHOLE: ""}, parent=root))
    elements: dict[int, JSHandle] = {}
    taken: dict[Frame, tuple[int, int]] = {}  # the number of each frame, and how deep it is
    places: dict[str, Node] = {}  # by the number of the element that shows a frame
    for at, frame in enumerate(live.frames):
        above, deep = taken.get(frame.parent_frame, (0, DEEPEST_FRAME)) if frame.parent_frame is not None else (0, -1)
        place = None if at else whole
        ours = covers(frame.url) or frame.url in ("about:blank", "about:srcdoc")
        if at and ours and deep < DEEPEST_FRAME and not frame.is_detached():
            shown_by = frame.frame_element()
            number = elements[above].evaluate("(elements, frame) => elements.indexOf(frame)", shown_by)
            place = places.get(f"{above}.{number}")
        if place is None or len(taken) > MOST_FRAMES:
            continue
        # Waits while the document is being replaced, which an evaluation would not survive.
        left = max(end - time.monotonic(), 0.001) * 1000
        found = frame.wait_for_function(SCRIPT, arg={"frame": at, "most": most}, timeout=left)
        rows = found.get_property("rows").json_value()
        if not rows:
            raise TooMuch  # snapshot.js stops by itself beyond the limit
        most -= len(rows)
        elements[at], taken[frame] = found.get_property("elements"), (at, deep + 1)
        _grow(place, json.loads(rows), whole, places)
    return Snapshot(Page(status, live.url, root, forms(root, live.url, "utf-8")), live, elements)


def _grow(place: Node, rows: list[list[Any]], whole: Node, places: dict[str, Node]) -> None:
    """Add the rows of one document under `place`; a control without a form belongs to the whole page."""
    nodes: list[Node] = []
    owned: list[tuple[Node, int]] = []
    for above, content, *rest in rows:
        parent = place if above < 0 else nodes[above]
        if not rest:
            parent.children.append(content)
            nodes.append(parent)
            continue
        node = Node(content, {name: str(value) for name, value in rest[0].items()}, parent=parent)
        parent.children.append(node)
        nodes.append(node)
        if node.tag in LISTED:
            owned.append((node, rest[1]))
        elif LIVE in node.attributes:
            places[node.attributes[LIVE]] = node
    for node, form in owned:
        node.given_form = nodes[form] if form >= 0 else whole
