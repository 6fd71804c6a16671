"""How far a save reaches: the other places that its form would carry the pair to, and whose a nameless pair may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ssrcred.portal.chance import is_told_by, looks_random
from ssrcred.portal.control import POST_BACK, own_text
from ssrcred.portal.label import BREAKS, text_in
from ssrcred.portal.school import CUTS, LONGEST_NAME, SCHOOLS, is_school
from ssrcred.portal.script import HIDES, LEADS, PRESS, TEXT
from ssrcred.portal.spot import parsed
from ssrcred.portal.tree import LISTED, Node
from ssrcred.portal.words import beside, normal, same, says, squeeze

if TYPE_CHECKING:
    from ssrcred.portal.control import Control
    from ssrcred.portal.form import Form, Request
    from ssrcred.portal.map import PortalMap
    from ssrcred.portal.page import Field, Page

TRIALS: Final = ("test", "testing", "sandbox", "staging", "training", "trial", "demo", "practice", "stage", "uat")
AT_WORK: Final = ("production", "live", "prod", "operational")
CURRENT: Final = ("current", "selected", "active", "editing", "showing", "viewing", "working", "school", "site")
"""Words before a colon, after which a page says which school it is at."""
WHOSE: Final = ("current school", "selected school", "active school", "your school", "current site", "selected site")
TOLD: Final = (
    "you are",
    "working",
    "now",
    "currently",
    "showing",
    "editing",
    "viewing",
    "settings for",
    "credentials for",
)
PLACED: Final = re.compile(r"\b(?:in|at|for|as|editing|viewing|showing)\s+((?:[A-Z0-9][\w'.-]*\s+){1,6}[A-Z][a-z]+)")
MARKS: Final = frozenset({"active", "current", "selected"})
ENDS: Final = frozenset({"delete", "remove", "destroy", "erase", "clear", "reset", "purge"})
WHAT: Final = (
    "pair",
    "credential",
    "credentials",
    "password",
    "user name",
    "username",
    "key",
    "this",
    "entry",
    "record",
)
BIDS: Final = re.compile(
    r"(?:change|switch|select|choose|pick|find|search|add)(?: (?:a|an|another|the|my|your))*(?: new)? school"
)
"""What a menu offers to do, in words that end as the names of schools do."""
NO_SCHOOL: Final = ("none", "none selected", "not selected", "no school selected", "n/a")
TOPS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
SETS: Final = re.compile(
    r"\.(?:value|action|checked|disabled|name|method|selectedindex)\s*=(?!=)|\.(?:val|attr|prop|setattribute)\("
)
"""What a script says that changes what is sent, or where to."""
ENDS_IN_NO: Final = re.compile(r"(?:^|[;{}\s])return\s+false[\s;}]*$")
CHECKS: Final = re.compile(r"\bif\b|[?]|&&|[|][|]")
"""What makes a script's *return false* depend on something, such as what was typed."""
ASKS: Final = re.compile(rf"\bconfirm\(\s*{TEXT}", re.IGNORECASE)
ASKED: Final = ("data-confirm", "data-turbo-confirm", "data-confirm-message")
"""Where frameworks keep what is asked before a form is sent."""


def wider(page: Page, form: Form, place: str, words: PortalMap, *, alone: bool) -> str:
    """The words of a box, or of a list's choice, that is on in the form and would carry the pair to other places.

    `alone` tells that the form holds no other pair, so that a box beside the pair can only be about this one.
    """
    for item in page.fields():
        if item.form is not form or item.control.disabled:
            continue
        boxed = item.control.kind in ("checkbox", "radio") and item.control.on
        said = [*item.names, words_after(item.control.node)] if boxed else []
        chosen = chosen_in(item)
        if found := next((text for text in [*said, *chosen] if says(text, words.save.wider)), ""):
            return found
        others = [text for text in (said if alone else []) if is_school(text) and normal(text) != normal(place)]
        if len(chosen) > 1 and any(same(text, words.fields.district) or is_school(text) for text in chosen):
            others = [text for text in chosen if normal(text) != normal(place)]
        if others:
            return others[0]
    return ""


def trial(page: Page, form: Form) -> str:
    """The choice beside a pair that says it is one for tests, where the same list offers the one at work; else ""."""
    radios: dict[str, list[tuple[str, bool]]] = {}
    for item in page.fields():
        if item.form is not form or item.control.disabled:
            continue
        if item.control.kind == "radio":
            named = [*item.names[:1], words_after(item.control.node)]
            radios.setdefault(item.control.name, []).append((next(filter(None, named), ""), item.control.on))
        elif item.control.kind == "select":
            offered = [(text_in(node), _is_chosen(node, item)) for node in _options(item)]
            radios[f"select {len(radios)}"] = offered
    for offered in radios.values():
        found = next((text for text, on in offered if on and says(text, TRIALS)), "")
        if found and any(says(text, AT_WORK) for text, _ in offered):
            return found
    return ""


def stranger(page: Page, key: Field, words: PortalMap, labels: Iterable[str]) -> str:
    """The words on a page which say that its nameless pair is a school's and not the district's; else nothing.

    A choice in a list beside it or at the head of the page, a heading above it, or a line such as "School: …".
    `labels` are the words that name pairs; they say nothing of the others.
    """
    named = {normal(label) for label in labels}
    own = [word for step in words.settings.steps for word in step]
    for item in page.fields():
        if item.control.kind != "select":
            continue
        if said := _chosen_school(item, words, named, beside_pair=item.form is key.form):
            return said
    for said in _headings_above(page, key.control.node):
        rest = beside(said, own)
        known = normal(said) in named or same(said, own + list(words.fields.district)) or _is_a_district(said)
        if not known and is_school(said if rest is None else rest):
            return said
    for item in page.fields():
        if item.form is key.form and item.control.kind in ("text", "search") and is_school(item.control.value):
            return squeeze(item.control.value)
    blocks = page.blocks()
    for block in blocks:
        told = [found[1] for found in PLACED.finditer(block)] if says(block, TOLD) else []
        if any(is_school(name) for name in told) and normal(block) not in named:
            return block
        head, colon, rest = block.partition(":")
        rest = squeeze(rest)
        if not (colon and rest) or normal(block) in named or says(rest, words.fields.district):
            continue
        if same(rest, NO_SCHOOL):
            continue
        whose = same(head, (*words.schools.choice, *WHOSE)) and len(rest.split()) <= LONGEST_NAME
        if whose or (says(head, CURRENT) and is_school(rest)):
            return block
    return _only_school(page, blocks, words, named)


def _only_school(page: Page, blocks: list[str], words: PortalMap, named: set[str]) -> str:
    """The school that a tab or link marks as the one shown, or the only school that a page names by itself."""
    said = list(blocks)
    for inner in page.whole():
        for node in inner.root.walk():
            if node.tag == "title":
                said.append(own_text(node))
            elif node.tag in ("a", "li", "b", "strong", "span", "button") and inner.seen(node):
                text = text_in(node)
                if _is_marked(node) and is_school(text):
                    return text
                said.append(text)
    pieces = {normal(piece): squeeze(piece) for text in said for piece in CUTS.split(squeeze(text)) if is_school(piece)}
    strange = [
        text for piece, text in pieces.items() if not (same(text, words.fields.district) or BIDS.fullmatch(piece))
    ]
    return strange[0] if len(strange) == 1 and normal(strange[0]) not in named else ""


def _is_a_district(said: str) -> bool:
    """Whether words are one name that ends as the names of districts do."""
    return len(CUTS.split(squeeze(said))) == 1 and normal(said).endswith("school district")


def _is_marked(node: Node) -> bool:
    attributes = node.attributes
    current = attributes.get("aria-current", "false").lower() not in ("", "false")
    chosen = attributes.get("aria-selected", "").lower() == "true"
    return current or chosen or bool(MARKS & set(attributes.get("class", "").lower().split()))


def undoes(page: Page, form: Form) -> str:
    """The words of what is on in a form and says that the pair is deleted; else nothing."""
    for item in page.fields():
        if item.form is not form or item.control.disabled:
            continue
        boxed = item.control.kind in ("checkbox", "radio") and item.control.on
        for text in [*chosen_in(item), *([*item.names, words_after(item.control.node)] if boxed else [])]:
            if says(text, ENDS) and (len(text.split()) == 1 or says(text, WHAT)):
                return text
    return ""


def deletes(request: Request, form: Form, button: Control) -> bool:
    """Whether where a form leads to, or the method that it says it stands for, is one that deletes."""
    own = button.node.attributes.get(LEADS) or form.node.attributes.get(LEADS)
    pressed = request.url.startswith(PRESS)  # in a window, whose forms say where they lead
    parts = urlsplit((own or "") if pressed else request.url)
    words = {word.lower() for word in WORD.findall(f"{parts.path}?{parts.query}")}
    method = next((value for name, value in _hidden(form) if name == "_method"), "")
    return bool(ENDS & words) or method.lower() == "delete"


def target(form: Form) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Where a form saves to, as far as it says so itself: its address and what it hides that is not new each time."""
    told = (pair for pair in _hidden(form) if not is_told_by(pair[0]) and not looks_random(pair[1]))
    return form.node.attributes.get(LEADS) or form.action, tuple(told)


def _hidden(form: Form) -> list[tuple[str, str]]:
    """What a form sends unseen; a window tells it beside the form (snapshot.js)."""
    found = [(item.name, item.value) for item in form.controls if item.kind == "hidden"]
    told = () if found else parsed(form.node.attributes.get(HIDES, "")) or ()
    pairs = told[0] if told and isinstance(told[0], list) else []
    return found or [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) > 1]


def sets_what_is_sent(form: Form, button: Control) -> bool:
    """Whether a script of a form or its button changes a field, or where the form leads, or sends it in its own way."""
    if button.kind == POST_BACK:
        return False
    return any(SETS.search(script.lower()) or _holds_back(script) for script in _scripts(form, button))


def asked_before(form: Form, button: Control) -> str:
    """What a script asks the person before it lets a form be sent, as far as its text shows it."""
    said = [found[1] or found[2] or "" for script in _scripts(form, button) for found in ASKS.finditer(script)]
    said += [node.attributes.get(name, "") for node in (button.node, form.node) for name in ASKED]
    return next(filter(None, said), "")


def _scripts(form: Form, button: Control) -> tuple[str, str]:
    return form.node.attributes.get("onsubmit", ""), button.node.attributes.get("onclick", "")


def _holds_back(script: str) -> bool:
    """Whether a script keeps a browser from sending a form, whatever was typed: what is sent then is the script's."""
    return "preventDefault(" in script or (ENDS_IN_NO.search(script) is not None and CHECKS.search(script) is None)


def chosen_in(field: Field) -> list[str]:
    """The words of what is chosen in a list."""
    return [text_in(node) for node in _options(field) if _is_chosen(node, field)]


def words_after(node: Node) -> str:
    """The words right behind a control, up to a line break or the control after it."""
    beyond = node.parent.children if node.parent is not None else []
    at = next((place for place, child in enumerate(beyond) if child is node), 0)
    parts: list[str] = []
    for child in beyond[at + 1 :]:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag in BREAKS - {"label"} or any(part.tag in LISTED for part in child.walk()):
            break
        else:
            parts.append(text_in(child))
    return squeeze(" ".join(parts))


def _chosen_school(field: Field, words: PortalMap, named: set[str], *, beside_pair: bool) -> str:
    """The school that a list has chosen. Far from the pair, only a choice that the page itself marks counts."""
    options = list(_options(field))
    offers = any(same(text_in(node), words.fields.district) or says(text_in(node), SCHOOLS) for node in options)
    if beside_pair:
        strange = [said for said in chosen_in(field) or [""] if not same(said, words.fields.district)]
        return (strange[0] or "no choice") if offers and strange else ""
    marked = [text_in(node) for node in options if "selected" in node.attributes]
    schools = (said for said in marked if is_school(said) and not BIDS.fullmatch(normal(said)))
    return next((said for said in schools if normal(said) not in named), "")


def _headings_above(page: Page, key: Node) -> Iterator[str]:
    for inner in page.whole():
        for node in inner.root.walk():
            if node is key:
                return
            if node.tag in TOPS and inner.seen(node):
                yield text_in(node)


def _options(field: Field) -> Iterator[Node]:
    return (node for node in field.control.node.walk() if node.tag == "option")


def _is_chosen(option: Node, field: Field) -> bool:
    return option.attributes.get("value", text_in(option)) in field.control.choices
