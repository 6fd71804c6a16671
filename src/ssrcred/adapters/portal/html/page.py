"""What a person sees on a page: its links, buttons, fields and headings, each by its visible words.

No script is ever run: what a link or button does by script counts where that can be read from its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import unquote, urldefrag

from ssrcred.adapters.portal.html.form import POST_BACK, Control, Form, base_of, decode, forms, join
from ssrcred.adapters.portal.html.label import (
    UNSEEN,
    Labels,
    blocks_in,
    hides,
    is_value,
    labels_of,
    names_of,
    shows,
    words_in,
)
from ssrcred.adapters.portal.html.text_comparison import same
from ssrcred.adapters.portal.html.tree import SPACE, Node, parse_tree
from ssrcred.adapters.web.answer import Answer
from ssrcred.domain.errors import PageNotUnderstood

# In the names of a row that a script copies for a new entry, hidden from people (Django, *empty_form*).
TEMPLATE_ROW: Final = "__prefix__"
TARGET: Final = "__EVENTTARGET"
# The hidden fields that `__doPostBack` sets before it sends their form (ASP.NET Web Forms, client script).
ARGUMENT: Final = "__EVENTARGUMENT"
# How deep frames may stand in frames, and how many there may be in one page.
DEEPEST_FRAME: Final = 3
MOST_FRAMES: Final = 12

# Attributes in the tree of a page in a browser window (snapshot.py), where scripts run:
LIVE: Final = "data-at"  # the number of an element that is shown now
LEADS: Final = "data-leads"  # where a form, or a button that says so itself, would be sent; an absolute address
HIDES: Final = "data-hides"  # what a form sends unseen: names and values, as JSON
METHOD: Final = "data-method"  # the method of a form, as its own markup has it
TAG: Final = "data-tag"  # which element a button or link stands for
WHOLE: Final = "data-whole"  # marks the element that stands for the whole page: its controls belong to no form
PRESS: Final = "click:"  # the scheme of an address that is an element to press, not a place to go to

TEXT: Final = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
BEFORE: Final = r"(?:javascript:|return\b|void\s*\(|\s)*"
AFTER: Final = r"(?:\s|;|\)|return\s+(?:false|true))*"
CALLS_BACK: Final = re.compile(
    rf"\b(?:__doPostBack|WebForm_DoPostBackWithOptions\(\s*new\s+WebForm_PostBackOptions)\(\s*{TEXT}\s*,\s*{TEXT}\s*"
    r"(?:\)|,\s*(?:true|false)\s*,\s*(?:''|\"\")\s*,\s*(?:''|\"\")\s*,)"
)
GOES_TO: Final = re.compile(
    rf"{BEFORE}(?:(?:window|document|self|this)\.)?location(?:\.href)?\s*=\s*{TEXT}{AFTER}", re.IGNORECASE
)
# A script that only sends its own form, without a button.
SENDS: Final = re.compile(rf"{BEFORE}(?:this\.)?form\.submit\(\s*\){AFTER}", re.IGNORECASE)
LATER: Final = re.compile(rf"(?:javascript:|\s)*setTimeout\(\s*{TEXT}\s*,\s*\d+\s*\)[\s;]*", re.IGNORECASE)
ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


class PostBack(NamedTuple):
    """The target and the argument that an ASP.NET page is sent back with."""

    target: str
    argument: str


def script_effect(node: Node) -> PostBack | str | bool:
    """What an element does by script when it is chosen: send the page back, go to an address, send its form (True)."""
    address, event = node.attributes.get("href", ""), "onchange" if node.tag == "select" else "onclick"
    scripts = [node.attributes.get(event, "").strip(), unquote(address).strip() if is_script(address) else ""]
    # As Web Forms writes it for a list: a moment later.
    scripts = [_unescaped(later[1]) if (later := LATER.fullmatch(text)) else text for text in scripts]
    calls = {PostBack(*map(_unescaped, texts)) for text in scripts for texts in CALLS_BACK.findall(text)}
    if calls:  # one that says it twice cannot be told
        return calls.pop() if len(calls) == 1 else False
    goes = next(filter(None, map(GOES_TO.fullmatch, scripts)), None)
    return any(map(SENDS.fullmatch, scripts)) if goes is None else _unescaped(goes[1])


def is_script(address: str) -> bool:
    """Whether an address is a script rather than a place."""
    return address.strip().lower().startswith("javascript:")


def _unescaped(literal: str) -> str:
    """A text of a script without its quotes and escapes."""
    letters = {"n": "\n", "r": "\r", "t": "\t"}
    return ESCAPE.sub(
        lambda sign: chr(int(sign[1] or sign[2], 16)) if sign[1] or sign[2] else letters.get(sign[3], sign[3]),
        literal[1:-1],
    )


@dataclass(frozen=True, eq=False, repr=False)
class Link:
    """A link: its visible words, its absolute address, the part of this same page that it shows, and its element."""

    words: str
    url: str
    shows: str
    node: Node


@dataclass(frozen=True, eq=False, repr=False)
class Button:
    """A button: its visible words, its control, its form, and the part of this same page that it shows.

    A choice of a list is one too: it sets the list before it sends, by a button or by itself.
    """

    words: str
    control: Control
    form: Form
    shows: str
    sets: Mapping[Node, str] = field(default_factory=dict)  # what is filled before it sends: hidden fields, a list

    @property
    def submitter(self) -> Control | None:
        """The control that is sent along; a script that sends the form sends none."""
        return None if self.control.kind == POST_BACK else self.control

    @property
    def chooses_in(self) -> Node | None:
        return next((node for node in self.sets if node.tag == "select"), None)


@dataclass(frozen=True, eq=False, repr=False)
class Field:
    """A field a person can see: every name it goes by, the surest first, its control and its form."""

    names: tuple[str, ...]
    control: Control
    form: Form

    def is_called(self, alternatives: Collection[str]) -> bool:
        return any(same(name, alternatives) for name in self.names)


@dataclass(frozen=True, eq=False, repr=False)
class Page:
    """One page as it came: `status`, `url` (confidential), tree, forms, and the ids of parts that chosen tabs show."""

    status: int
    url: str
    root: Node
    forms: tuple[Form, ...]
    shown: frozenset[str] = field(default_factory=frozenset)
    frames: tuple[Page, ...] = ()  # shown inside it: a person sees all of them

    def showing(self, part: str) -> Page:
        """The same page after a tab or link that shows its part `part` was chosen."""
        return replace(self, shown=self.shown | {part}, frames=tuple(frame.showing(part) for frame in self.frames))

    def seen(self, node: Node) -> bool:
        """Whether an element can be seen, as far as the page itself tells."""
        # Style sheets are not read: what they hide counts as seen, and a person says that it is not what they see.
        for part in node.outward():
            if part.attributes.get("id", "") in self.shown:
                return True
            if part.tag in UNSEEN - {"select", "textarea"} or hides(part):
                return False
        return True

    def holding(self, node: Node) -> Page:
        """The page, this one or one in its frames, that contains an element."""
        root = list(node.outward())[-1]
        return next((page for page in self.whole() if page.root is root), self)

    def whole(self) -> list[Page]:
        """This page and all that are shown inside it."""
        return [self, *(inner for frame in self.frames for inner in frame.whole())]

    @cached_property
    def base(self) -> str:
        return base_of(self.root, self.url)

    def blocks(self, *, links: bool = True) -> list[str]:
        """The text that can be seen, block after block, but not in fields; that of links and buttons if `links`."""
        without = () if links else ("a", "button")
        return [block for page in self.whole() for block in blocks_in(page.root, without, page.shown)]

    @property
    def refresh(self) -> str:
        """Where it sends the browser within a few seconds, or "" (HTML, *shared declarative refresh steps*)."""
        # What stands in `noscript` is for browsers without scripts.
        metas = (node for node in self.root.walk("meta") if node.within("noscript") is None)
        stated = (one.attributes for one in metas if one.attributes.get("http-equiv", "").lower() == "refresh")
        content = next((attributes.get("content", "") for attributes in stated), "")
        parts = re.match(r"""\s*(\d{1,9})[.\d]*\s*[;,]\s*(?:url\s*=\s*)?(["']?)(.*)""", content, re.ASCII | re.I | re.S)
        # A page that goes on later is one to be read, or one that ends a session by itself.
        if parts is None or int(parts[1]) > 5:
            return ""
        address = parts[3].partition(parts[2])[0] if parts[2] else parts[3].rstrip(SPACE)
        target = join(self.base, address) if address else ""
        return "" if urldefrag(target).url == urldefrag(self.url).url else target

    @cached_property
    def labels(self) -> Labels:
        return labels_of(self.root)

    @cached_property
    def _controls(self) -> list[tuple[Control, Form]]:
        """The controls that can be seen, in order, each with its form."""
        owned = {item.node: (item, form) for form in self.forms for item in form.controls}
        return [owned[node] for node in self.root.walk() if node in owned and self.seen(node)]

    @cached_property
    def fields(self) -> list[Field]:
        """The fields that can be seen, disabled ones too: those of forms in order, then those of none."""
        controls = sorted(self._controls, key=lambda pair: not pair[1].method)
        shown = ((item, form) for item, form in controls if not item.button and item.kind != "hidden")
        own = [
            Field(names_of(item.node, self.labels), item, form) for item, form in shown if TEMPLATE_ROW not in item.name
        ]
        return own + [item for frame in self.frames for item in frame.fields]

    @cached_property
    def links(self) -> list[Link]:
        """The links that can be seen, in order, and what leads somewhere by a script that says where."""
        here, found = urldefrag(self.url).url, []
        for node in self.root.walk():
            # A tab need not be a link: what it shows is on the page already.
            address = _leads_to(node)
            is_tab = node.attributes.get("role", "").lower() == "tab" and node.tag not in ("a", "area", "input")
            part = shows(node) if is_tab else ""
            if not (address or part) or not self.seen(node):
                continue
            absolute = join(self.base, address) if address else here
            bare, fragment = urldefrag(absolute)
            within = (part or shows(node) or fragment) if bare == here else ""
            found.append(Link(words_in(node), absolute, within, node))
        return found + [link for frame in self.frames for link in frame.links]

    @cached_property
    def buttons(self) -> list[Button]:
        """The buttons of forms that can be seen and pressed, in order, and links that send a form by script."""
        found = []
        for item, form in self._controls:
            # Buttons that post the page back are added below, with the values that their script fills in.
            is_sent_back = item.kind == "button" and item.node in self._sent_back
            if item.button and form.method and not item.disabled and not is_sent_back:
                private = is_value(item.node, item.node.attributes.get(TAG, "button"), self.labels)
                words = "" if private else words_in(item.node) or item.value
                found.append(Button(words, item, form, shows(item.node)))
        return [*found, *self._sent_back.values(), *(button for frame in self.frames for button in frame.buttons)]

    @cached_property
    def _sent_back(self) -> dict[Node, Button]:
        """What sends the page back by `__doPostBack`, if it is clear which form that is."""
        asked = [
            form for form in self.forms if form.method and {TARGET, ARGUMENT} <= {item.name for item in form.controls}
        ]
        if len(asked) != 1:  # `__doPostBack` sends one form, and which one is not in its text
            return {}
        hidden, found = {item.name: item.node for item in asked[0].controls}, {}
        for node in self.root.walk("a", "li", "td", "span", "button", "input"):
            kind = node.attributes.get("type", "").lower()
            submits = node.tag in ("button", "input") and kind not in ("button", "reset")
            script = False if submits or "disabled" in node.attributes else script_effect(node)
            if isinstance(script, PostBack) and self.seen(node):
                sets = {hidden[TARGET]: script.target, hidden[ARGUMENT]: script.argument}
                found[node] = Button(words_in(node), Control(node, POST_BACK, "", ""), asked[0], "", sets)
        return found


def read_page(answer: Answer) -> Page:
    text, charset = decode(answer.body, answer.charset)
    root = parse_tree(text)
    return Page(answer.status, answer.url, root, forms(root, answer.url, charset))


def with_frames(
    page: Page, covers: Callable[[str], bool], fetch: Callable[[str, Page], Answer], depth: int = 0
) -> Page:
    """The page with its visible frames that come from the portal itself, by `fetch`; others stay empty."""
    frames: list[Page] = []
    for node in page.root.walk("frame", "iframe"):
        if len(frames) == MOST_FRAMES or depth == DEEPEST_FRAME or not page.seen(node):
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
            if answer.status >= 400 or answer.content_type not in ("text/html", "application/xhtml+xml", ""):
                continue
        frames.append(with_frames(read_page(answer), covers, fetch, depth + 1))
    return replace(page, frames=tuple(frames)) if frames else page


def has_scripts(page: Page) -> bool:
    """Whether a page, or one shown inside it, has any script: then only a browser knows what a save sends."""
    return any(
        (node.tag == "script" and not node.attributes.get("type", "").lower().endswith("json"))  # data is not run
        or any(name.startswith("on") or is_script(value) for name, value in node.attributes.items())
        for inner in page.whole()
        for node in inner.root.walk()
    )


def _leads_to(node: Node) -> str:
    """The address behind a link, or behind a button or link whose script does nothing but go to one."""
    attributes, address = node.attributes, node.attributes.get("href", "")
    link = node.tag in ("a", "area")
    if link and not is_script(address) and ("onclick" not in attributes or (address and not address.startswith("#"))):
        return address
    pressed = node.tag == "button" or (node.tag == "input" and attributes.get("type", "").lower() == "button")
    effect = script_effect(node) if link or (pressed and "disabled" not in attributes) else False
    if isinstance(effect, str) and effect:
        return effect
    return "" if not link or is_script(address) or isinstance(effect, PostBack) else address
