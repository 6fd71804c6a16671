"""A page as it stands once a browser has done what it does by itself: refreshes followed, frames filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import urldefrag

from ssrcred.adapters.portal.html.form import join
from ssrcred.adapters.portal.html.inline_script import is_script
from ssrcred.adapters.portal.html.page import Frame, Page, read
from ssrcred.adapters.portal.html.tree import SPACE, Node
from ssrcred.errors import PageNotUnderstood
from ssrcred.web import Answer

LONGEST_WAIT: Final = 5
"""Seconds. A page that goes on later than that is one to be read, or one that ends a session by itself."""
DEEPEST: Final = 3
MOST: Final = 12
"""How deep frames may stand in frames, and how many there may be in one page."""
PAGES: Final = ("text/html", "application/xhtml+xml", "")
FAILED: Final = 400

Fetch = Callable[[str, Page], Answer]
"""The answer at an address that a page names."""


def refresh_of(page: Page) -> str:
    """Where a page sends the browser on to within a few seconds, or nothing (HTML, *declarative refresh*).

    A page that only loads itself again goes nowhere, and what stands in `noscript` is for browsers without scripts.
    """
    for node in page.root.walk():
        if node.tag == "meta" and node.attributes.get("http-equiv", "").lower() == "refresh":
            if node.within("noscript") is not None:
                continue
            address = _address_in(node.attributes.get("content", ""))
            target = join(page.base, address) if address else ""
            return "" if urldefrag(target).url == urldefrag(page.url).url else target
    return ""


def with_frames(page: Page, covers: Callable[[str], bool], fetch: Fetch, depth: int = 0) -> Page:
    """The page with every frame of it that can be seen and comes from the portal itself; others stay empty."""
    frames: list[Frame] = []
    for node in page.root.walk():
        if node.tag not in ("frame", "iframe") or len(frames) == MOST or depth == DEEPEST:
            continue
        if (
            node.tag == "iframe" and "srcdoc" in node.attributes and page.seen(node)
        ):  # wins over src, and is not asked for
            frames.append(Frame(_name(node), with_frames(_written_in(node, page), covers, fetch, depth + 1)))
            continue
        source = node.attributes.get("src", "").strip(SPACE)
        address = join(page.base, source)
        if not source or is_script(source) or not covers(address) or not page.seen(node):
            continue
        try:
            answer = fetch(address, page)
        except PageNotUnderstood:
            continue  # it went on to another site, or is no page; what is looked for may be elsewhere
        if answer.status < FAILED and answer.content_type in PAGES:
            frames.append(Frame(_name(node), with_frames(read(answer), covers, fetch, depth + 1)))
    return replace(page, frames=tuple(frames)) if frames else page


def _written_in(node: Node, page: Page) -> Page:
    """The page that stands in an attribute of the frame itself (HTML, *iframe srcdoc document*)."""
    body = node.attributes["srcdoc"].encode("utf-8", "replace")
    return read(Answer(page.status, page.base, {"Content-Type": "text/html; charset=utf-8"}, body))


def opened(page: Page, node: Node, target: str, fresh: Page) -> Page:
    """What is shown after `node` on `page` opened the page `fresh` in the frame called `target`, "" for its own."""
    aim = "" if target.lower() == "_self" else target
    if aim.lower() in ("_top", "_parent", "_blank"):
        return fresh
    return _in_frames(page, aim, list(node.ancestors())[-1], fresh) or fresh


def _in_frames(page: Page, aim: str, root: Node, fresh: Page) -> Page | None:
    """The page with `fresh` in the frame called `aim`, or that shows `root`; None if it has no such frame."""
    for at, frame in enumerate(page.frames):
        here = frame.name == aim if aim else frame.page.root is root
        inner = fresh if here else _in_frames(frame.page, aim, root, fresh)
        if inner is not None:
            frames = (*page.frames[:at], Frame(frame.name, inner), *page.frames[at + 1 :])
            return replace(page, frames=frames)
    return None


def _name(node: Node) -> str:
    return node.attributes.get("name", "") or node.attributes.get("id", "")


def _address_in(content: str) -> str:
    """The address in a refresh, if its time comes soon."""
    seconds, sign, rest = content.strip(SPACE).replace(",", ";", 1).partition(";")
    whole = seconds.strip(SPACE).partition(".")[0]
    if not sign or not (whole.isascii() and whole.isdigit()) or int(whole[:6]) > LONGEST_WAIT:
        return ""
    rest = rest.strip(SPACE)
    if rest[:3].lower() == "url" and rest[3:].lstrip(SPACE).startswith("="):
        rest = rest[3:].lstrip(SPACE)[1:].strip(SPACE)
    if rest[:1] in ("'", '"'):
        rest = rest[1:].partition(rest[0])[0]
    return rest
