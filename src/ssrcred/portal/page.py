"""What a person sees on a page: its links, buttons, fields and headings, each by its visible words."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final
from urllib.parse import urldefrag

from ssrcred.portal.control import Control
from ssrcred.portal.form import Form, base_of, codec, forms, join
from ssrcred.portal.label import BREAKS, UNSEEN, hides, labels_of, names_of, words_in
from ssrcred.portal.token import Start, tokens
from ssrcred.portal.tree import Node, parse
from ssrcred.portal.words import same, squeeze
from ssrcred.web import Answer

BYTE_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))

MOST_SHOWN: Final = 12
LONGEST_SHOWN: Final = 40


@dataclass(frozen=True, eq=False, repr=False)
class Link:
    """A link: its visible words, its absolute address, and the part of this same page that it shows."""

    words: str
    url: str
    shows: str


@dataclass(frozen=True, eq=False, repr=False)
class Button:
    """A button: its visible words, its control, its form, and the part of this same page that it shows."""

    words: str
    control: Control
    form: Form
    shows: str


@dataclass(frozen=True, eq=False, repr=False)
class Field:
    """A field a person can see: every name it goes by, the surest first, its control and its form."""

    names: tuple[str, ...]
    control: Control
    form: Form

    def is_called(self, alternatives: Iterable[str]) -> bool:
        """Whether one of its names is one of the alternatives."""
        wanted = tuple(alternatives)
        return any(same(name, wanted) for name in self.names)


@dataclass(frozen=True, eq=False, repr=False)
class Page:
    """One page as it came: `status`, `url` (confidential), tree, forms, and the ids of parts that chosen tabs show."""

    status: int
    url: str
    root: Node
    forms: tuple[Form, ...]
    shown: frozenset[str] = field(default_factory=frozenset)

    def __repr__(self) -> str:
        return f"<Page {self.status}, {len(self.forms)} forms>"

    def showing(self, part: str) -> Page:
        """The same page after a tab or link that shows its part `part` was chosen."""
        return replace(self, shown=self.shown | {part})

    def seen(self, node: Node) -> bool:
        """Whether an element can be seen, as far as the page itself tells."""
        for part in (node, *node.ancestors()):
            if part.attributes.get("id", "") in self.shown:
                return True
            if part.tag in UNSEEN - {"select", "textarea"} or hides(part):
                return False
        return True

    @property
    def base(self) -> str:
        """What addresses on the page start from."""
        return base_of(self.root, self.url)

    def links(self) -> list[Link]:
        """The links that can be seen, in order."""
        here, base, found = urldefrag(self.url).url, self.base, []
        for node in self.root.walk():
            address = node.attributes.get("href", "")
            if node.tag in ("a", "area") and address and self.seen(node):
                absolute = join(base, address)
                bare, part = urldefrag(absolute)
                found.append(Link(words_in(node), absolute, (shows(node) or part) if bare == here else ""))
        return found

    def buttons(self) -> list[Button]:
        """The buttons of forms that can be seen and pressed, in order."""
        return [
            Button(words_in(item.node) or item.value, item, form, shows(item.node))
            for item, form in self._controls
            if item.button and not item.disabled
        ]

    def fields(self) -> list[Field]:
        """The fields of forms that can be seen, in order, disabled ones included."""
        return self._fields

    @cached_property
    def _fields(self) -> list[Field]:
        labels = labels_of(self.root)
        return [
            Field(names_of(item.node, labels), item, form)
            for item, form in self._controls
            if not item.button and item.kind != "hidden"
        ]

    def blocks(self) -> list[str]:
        """The text that can be seen, one block after another, without what stands in fields."""
        found: list[str] = []
        line: list[str] = []
        stack: list[Node | str | None] = [self.root]
        while stack:
            child = stack.pop()
            if child is None:
                found.append("".join(line))
                line = []
            elif isinstance(child, str):
                line.append(child)
            elif child.tag not in UNSEEN and not (hides(child) and child.attributes.get("id", "") not in self.shown):
                ends = [None] if child.tag in BREAKS else []
                stack += [*ends, *reversed(child.children), *ends]
        return [said for text in [*found, "".join(line)] if (said := squeeze(text))]

    @cached_property
    def _controls(self) -> list[tuple[Control, Form]]:
        owned = {item.node: (item, form) for form in self.forms for item in form.controls}
        return [owned[node] for node in self.root.walk() if node in owned and self.seen(node)]


def read(answer: Answer) -> Page:
    """The page that an answer holds, whatever it holds."""
    charset = _charset(answer)
    text = answer.body.decode(codec(charset) or "cp1252", "replace").removeprefix("\ufeff")
    root = parse(text)
    return Page(answer.status, answer.url, root, forms(root, answer.url, charset))


def overview(page: Page) -> str:
    """A sentence with some of the words on an office page, for the person who has to find out what is different.

    Only what links, buttons and fields are called; never what a field holds.
    """
    called = [item.words for item in page.buttons()] + [item.words for item in page.links()]
    called = [name for item in page.fields() for name in item.names[:1]] + called
    shown = [name if len(name) <= LONGEST_SHOWN else name[: LONGEST_SHOWN - 1] + "…" for name in called if name]
    listed = list(dict.fromkeys(shown))[:MOST_SHOWN]
    return f"The page shows: {', '.join(listed)}." if listed else "The page shows no links, buttons or fields."


def shows(node: Node) -> str:
    """The id of the part of the page that a tab says it shows."""
    attributes = node.attributes
    target = attributes.get("data-bs-target") or attributes.get("data-target") or attributes.get("aria-controls") or ""
    return target.removeprefix("#")


def _charset(answer: Answer) -> str:
    """A byte order mark, the answer's header, the page's own word, else windows-1252 (WHATWG HTML, 13.2.3)."""
    for mark, name in BYTE_MARKS:
        if answer.body.startswith(mark):
            return name
    if codec(answer.charset):
        return answer.charset
    for token in tokens(answer.body[:1024].decode("latin-1")):
        if isinstance(token, Start) and token.tag == "meta":
            said = (
                token.attributes.get("charset") or token.attributes.get("content", "").lower().partition("charset=")[2]
            )
            name = said.strip().strip("\"'")
            if codec(name):
                return "utf-8" if name.lower().startswith("utf-16") else name
    return "windows-1252"
