"""How far a save reaches: the other places that its form would carry the pair to, and what else it would do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.html.control import POST_BACK
from ssrcred.adapters.portal.html.inline_script import HIDES, LEADS, PRESS, TEXT
from ssrcred.adapters.portal.html.label import BREAKS, text_in
from ssrcred.adapters.portal.html.tree import LISTED, Node
from ssrcred.adapters.portal.html.wording import same, says, squeeze
from ssrcred.portal.chance import is_told_by, looks_random
from ssrcred.portal.heading import TRIAL, TRIALS
from ssrcred.portal.school import is_general, is_school, same_school
from ssrcred.portal.spot import parsed

if TYPE_CHECKING:
    from ssrcred.adapters.portal.html.control import Control
    from ssrcred.adapters.portal.html.form import Form, Request
    from ssrcred.adapters.portal.html.page import Field, Page
    from ssrcred.portal.map import PortalMap

AT_WORK: Final = ("production", "live", "prod", "operational")
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
OF_SCHOOLS: Final = frozenset(
    [
        *("year", "years", "type", "level", "levels", "grade", "grades", "term", "calendar", "logo", "status", "kind"),
        "mode",
    ]
)
"""With these, *school* in a name tells of something else than which school."""
MOST_BEYOND: Final = 20
"""How many parts of a page behind a box may come before the words that it has."""
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
        said = _words_of_box(item) if boxed else []
        chosen = chosen_in(item)
        if found := next((text for text in [*said, *chosen] if says(text, words.save.wider)), ""):
            return found
        others = [text for text in (said if alone else []) if is_school(text) and not same_school(text, place)]
        schools = is_called_school(item.control) or item.is_called((*words.schools.list, *words.schools.choice))
        if len(chosen) > 1 and (
            schools or any(same(text, words.fields.district) or is_school(text) for text in chosen)
        ):
            others = [text for text in chosen if not same_school(text, place)]
        if boxed and item.control.kind == "checkbox" and schools and item.control.name.endswith("[]"):
            others += [text for text in said if text and not same_school(text, place) and not is_general(text)]
        if others:
            return others[0]
    return ""


def is_called_school(control: Control) -> bool:
    """Whether a control is sent under a name, or has an id, that says that it is about schools."""
    said = f"{control.name} {control.node.attributes.get('id', '')}"
    words = {word.lower() for word in WORD.findall(said)}
    return bool(words & {"school", "schools", "site", "sites", "campus"}) and not words & OF_SCHOOLS


def trial(page: Page, form: Form) -> str:
    """What is on beside a pair and says that it is for tests, *Test* only where the one at work is offered; else ""."""
    radios: dict[str, list[tuple[str, bool]]] = {}
    for item in page.fields():
        if item.form is not form or item.control.disabled:
            continue
        ticked = _words_of_box(item) if item.control.kind == "checkbox" and item.control.on else []
        if found := next((text for text in ticked if says(text, TRIAL)), ""):
            return found
        if item.control.kind == "radio":
            named = [*item.names[:1], words_after(item.control.node)]
            radios.setdefault(item.control.name, []).append((next(filter(None, named), ""), item.control.on))
        elif item.control.kind == "select":
            offered = [(text_in(node), _is_chosen(node, item)) for node in options_of(item)]
            radios[f"select {len(radios)}"] = offered
    for offered in radios.values():
        found = next((text for text, on in offered if on and says(text, TRIALS)), "")
        if found and (says(found, TRIAL) or any(says(text, AT_WORK) for text, _ in offered)):
            return found
    return ""


def undoes(page: Page, form: Form) -> str:
    """The words of what is on in a form and says that the pair is deleted; else nothing."""
    for item in page.fields():
        if item.form is not form or item.control.disabled:
            continue
        boxed = item.control.kind in ("checkbox", "radio") and item.control.on
        for text in [*chosen_in(item), *(_words_of_box(item) if boxed else [])]:
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
    return [text_in(node) for node in options_of(field) if _is_chosen(node, field)]


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


def _words_of_box(item: Field) -> list[str]:
    """Every text that says what a box is for; one with none around it says so in what comes next."""
    node = item.control.node
    return [said for said in (*item.names, words_after(node)) if said] or [_next_words(node)]


def _next_words(node: Node) -> str:
    """The first words that come after an element on its page, if no control comes before them."""
    for below in (node, *node.ancestors()):
        beyond = below.parent.children if below.parent is not None else []
        at = next((place for place, child in enumerate(beyond) if child is below), 0)
        stack: list[Node | str] = list(reversed(beyond[at + 1 : at + MOST_BEYOND]))
        while stack:
            child = stack.pop()
            if isinstance(child, str):
                if said := squeeze(child):
                    return said
            elif child.tag in LISTED:
                return ""
            elif child.tag not in ("script", "style"):
                stack += reversed(child.children)
    return ""


def options_of(field: Field) -> Iterator[Node]:
    """The options of a list."""
    return (node for node in field.control.node.walk() if node.tag == "option")


def _is_chosen(option: Node, field: Field) -> bool:
    return option.attributes.get("value", text_in(option)) in field.control.choices
