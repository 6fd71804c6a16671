"""Completes a page as a browser does by itself: follows refreshes, loads frames."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import urldefrag

from ssrcred.adapters.portal.html.form import join
from ssrcred.adapters.portal.html.page import Frame, Page, is_script, read_page
from ssrcred.adapters.portal.html.tree import SPACE, Node
from ssrcred.adapters.web.answer import Answer
from ssrcred.domain.errors import PageNotUnderstood

REFRESH: Final = re.compile(r"""\s*(\d{1,9})[.\d]*\s*[;,]\s*(?:url\s*=\s*)?(["']?)(.*)""", re.ASCII | re.I | re.S)
"""Seconds and address of a refresh (HTML, *shared declarative refresh steps*)."""
LONGEST_WAIT: Final = 5
"""Seconds. A page that goes on later than that is one to be read, or one that ends a session by itself."""
DEEPEST: Final = 3
MOST: Final = 12
"""How deep frames may stand in frames, and how many there may be in one page."""
PAGES: Final = ("text/html", "application/xhtml+xml", "")
FAILED: Final = 400


def refresh_of(page: Page) -> str:
    """Return where a page sends the browser within a few seconds, or "" (HTML, *declarative refresh*).

    A page that only loads itself again goes nowhere, and what stands in `noscript` is for browsers without scripts.
    """
    for node in page.root.walk():
        if node.tag != "meta" or node.attributes.get("http-equiv", "").lower() != "refresh" or node.within("noscript"):
            continue
        said = REFRESH.match(node.attributes.get("content", ""))
        if said is None or int(said[1]) > LONGEST_WAIT:
            return ""
        address = said[3].partition(said[2])[0] if said[2] else said[3].rstrip(SPACE)
        target = join(page.base, address) if address else ""
        return "" if urldefrag(target).url == urldefrag(page.url).url else target
    return ""


def with_frames(
    page: Page, covers: Callable[[str], bool], fetch: Callable[[str, Page], Answer], depth: int = 0
) -> Page:
    """Return the page with its visible frames that come from the portal itself; others stay empty.

    `fetch` gives the answer at an address that a page names.
    """
    frames: list[Frame] = []
    for node in page.root.walk():
        if node.tag not in ("frame", "iframe") or len(frames) == MOST or depth == DEEPEST or not page.seen(node):
            continue
        if node.tag == "iframe" and "srcdoc" in node.attributes:  # wins over src, and is not asked for
            body = node.attributes["srcdoc"].encode("utf-8", "replace")
            answer = Answer(page.status, page.base, {"Content-Type": "text/html; charset=utf-8"}, body)
        else:
            source = node.attributes.get("src", "").strip(SPACE)
            address = join(page.base, source)
            if not source or is_script(source) or not covers(address):
                continue
            try:
                answer = fetch(address, page)
            except PageNotUnderstood:
                continue  # it went on to another site, or is no page; what is looked for may be elsewhere
            if answer.status >= FAILED or answer.content_type not in PAGES:
                continue
        name = node.attributes.get("name", "") or node.attributes.get("id", "")
        frames.append(Frame(name, with_frames(read_page(answer), covers, fetch, depth + 1)))
    return replace(page, frames=tuple(frames)) if frames else page


def opened(page: Page, node: Node, target: str, fresh: Page) -> Page:
    """Return what is shown after `node` on `page` opened `fresh` in the frame called `target` ("": its own)."""
    aim = "" if target.lower() == "_self" else target
    root = list(node.ancestors())[-1]

    def in_frames(holder: Page) -> Page | None:
        """Return the page with `fresh` in the frame that is meant; None without such a frame."""
        for at, frame in enumerate(holder.frames):
            here = frame.name == aim if aim else frame.page.root is root
            if (inner := fresh if here else in_frames(frame.page)) is not None:
                frames = (*holder.frames[:at], Frame(frame.name, inner), *holder.frames[at + 1 :])
                return replace(holder, frames=frames)
        return None

    return fresh if aim.lower() in ("_top", "_parent", "_blank") else in_frames(page) or fresh
