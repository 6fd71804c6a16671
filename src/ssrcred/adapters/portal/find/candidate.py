"""Two fields of a page that can be a user name and a key, with all that a person needs to say whose they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.find.naming import Copies, common_ancestor, naming_words, row_of
from ssrcred.adapters.portal.find.steady_text import fingerprint, steady
from ssrcred.adapters.portal.html.control import WRITABLE
from ssrcred.adapters.portal.html.form import Form
from ssrcred.adapters.portal.html.inline_script import LEADS, METHOD, TAG, WHOLE
from ssrcred.adapters.portal.html.label import Labels, chosen_text, labels_of, row_name, text_in
from ssrcred.adapters.portal.html.page import Button, Field, Page
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import beside, normal, same, squeeze
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.visit.filling import BUTTON, CLOSE, LEAVE, LINK, Save

USERNAME_KINDS: Final = WRITABLE | {"number"}
KEY_KINDS: Final = WRITABLE
MOST_PAIRS: Final = 300
"""With every field: pairs beyond these are not listed; that many no person reads."""
NUMBERED: Final = re.compile(r"(?<=[/_.-])(?=[\w-]*\d)[\w-]+(?=$|[/.])|\d+")
ANY: Final = "*"
MOST_SAVES: Final = 30
NAME_LIKE: Final = re.compile(r"[A-Za-z0-9._@ -]+\Z")
KEY_LENGTH: Final = 20
BLANK: Final = "blank"
CROSSES: Final = frozenset({"\u00d7", "x", "\u2715", "\u2716", "\u2573"})


@dataclass(frozen=True)
class Other:
    """Another control of the same form: what it is called, its name, its kind, and what may be told of its content."""

    label: str
    field: str
    kind: str
    holds: str
    control: Field | None = made(default=None, repr=False, compare=False)
    near: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Candidate:
    """Two fields that can be a user name and a key.

    `way` leads to their page, `names` are the words around them, the nearest first. `holds` tell of the user name what
    may be shown, and of the key only how long it is.
    """

    page: Page
    username: Field
    key: Field
    way: tuple[str, ...]
    names: tuple[str, ...]
    username_label: str
    key_label: str
    form: str
    others: tuple[Other, ...]
    saves: tuple[Save, ...]
    by_words: bool

    def __repr__(self) -> str:
        return f"<Candidate {self.names[:1]}>"

    @property
    def kinds(self) -> tuple[str, str]:
        """What kinds of controls the two fields are."""
        return self.username.control.kind, self.key.control.kind

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that stay the same from one run to the next."""
        return fingerprint((*self.way, self.form, *self.names, self.username_label, self.key_label, *self.kinds))

    @property
    def username_holds(self) -> str:
        """What may be shown of the field of the user name."""
        value = self.username.control.value
        return value if self.by_words and value and cannot_be_a_key(value) else length_of(value)

    @property
    def key_holds(self) -> str:
        """What may be told of the field of the key: never a piece of it."""
        return length_of(self.key.control.value)

    @property
    def likely(self) -> bool:
        """Whether the labels are the map's words, or else the key stands right behind the user name, as a field for a
        password or in the same row.
        """
        if self.by_words:
            return True
        username, key = self.username.control, self.key.control
        fields = [item.control.node for item in self.page.every_field()]
        behind = fields.index(key.node) == fields.index(username.node) + 1
        return (
            behind
            and username.kind != "password"
            and (key.kind == "password" or row_of(username.node, key.node) is not None)
        )

    def called(self, member: str) -> bool:
        """Whether the nearest word names a member of a group."""
        return bool(self.names) and normal(self.names[0]) == normal(member)


def length_of(value: str) -> str:
    """BLANK, or how many characters stand in a field."""
    return BLANK if not value else f"{len(value)} characters"


def cannot_be_a_key(text: str) -> bool:
    """Whether a text is surely no key: keys are 20 characters (reported) with punctuation (domain.md)."""
    mixed = any(sign.isupper() for sign in text) and any(sign.islower() for sign in text)
    random = len(text) >= KEY_LENGTH and mixed and any(sign.isdigit() for sign in text)
    return NAME_LIKE.match(text) is not None and not random


def candidates_on(page: Page, words: PortalMap, way: Sequence[str], *, every_field: bool = False) -> list[Candidate]:
    """The candidates of a page: first those whose labels are the map's words; with `every_field` any two that a person
    could type into.
    """
    copies = Copies(page)
    fields = [_with_row_head(item) for item in page.every_field() if item.control.kind in USERNAME_KINDS]
    users = [item for item in fields if calls(item, words.fields.username)]
    keys = [item for item in fields if item.control.kind in KEY_KINDS and calls(item, words.fields.key)]
    pairs = _matched(users, keys, page)
    found = [_candidate(page, user, key, words, way, copies, by_words=True) for user, key in pairs]
    if every_field:
        known = {(user.control.node, key.control.node) for user, key in pairs}
        more = [pair for pair in _any_two(fields) if (pair[0].control.node, pair[1].control.node) not in known]
        found += [_candidate(page, user, key, words, way, copies, by_words=False) for user, key in more[:MOST_PAIRS]]
    return found


def _with_row_head(item: Field) -> Field:
    """The field with the head of its row among its names: where schools stand side by side it is the only one."""
    row = item.control.node.within("tr")
    head = row_name(row) if row is not None else ""
    return replace(item, names=(*item.names, head)) if head and head not in item.names else item


def calls(item: Field, alternatives: Iterable[str]) -> bool:
    """Whether one of a field's names is one of the alternatives, perhaps with a school's name beside it."""
    return _match(item, tuple(alternatives)) is not None


def _match(item: Field, alternatives: Sequence[str]) -> tuple[str, str] | None:
    """The field's name that is one of the alternatives, and what it says beside that."""
    for name in item.names:
        if same(name, alternatives):
            return name, ""
    for name in item.names:
        rest = beside(name, alternatives)
        if rest is not None and len(rest) < len(name):
            return name, rest
    return None


def _matched(users: Sequence[Field], keys: Sequence[Field], page: Page) -> list[tuple[Field, Field]]:
    """Each key with the user name that stands nearest to it in the same form."""
    at = {item.control.node: number for number, item in enumerate(page.every_field())}
    taken: set[int] = set()
    pairs = []
    for key_number, key in enumerate(keys):
        same_form = [
            (number, user) for number, user in enumerate(users) if _same_form(user, key) and id(user) not in taken
        ]
        if not same_form:
            continue

        def distance(item: tuple[int, Field], key: Field = key, key_number: int = key_number) -> tuple[int, int, int]:
            number, user = item
            shared = common_ancestor(user.control.node, key.control.node)
            depth = next(
                (up for up, node in enumerate((key.control.node, *key.control.node.ancestors())) if node is shared), 99
            )
            return depth, abs(number - key_number), abs(at[key.control.node] - at[user.control.node])

        user = min(same_form, key=distance)[1]
        taken.add(id(user))
        pairs.append((user, key))
    return pairs


def _any_two(fields: Sequence[Field]) -> Iterator[tuple[Field, Field]]:
    """Any two fields of one form, neighbors first, each way round; a row with two of its own stands for itself."""
    rows = Counter(item.control.node.within("tr") for item in fields)
    for gap in range(1, len(fields)):
        for number in range(len(fields) - gap):
            one, other = fields[number], fields[number + gap]
            if not _same_form(one, other) or not (one.control.writable and _may_be_typed_into(other)):
                continue
            row, other_row = one.control.node.within("tr"), other.control.node.within("tr")
            if row is not other_row and any(part is not None and rows[part] > 1 for part in (row, other_row)):
                continue
            yield one, other
            if other.control.kind != "password" and other.control.writable:
                yield other, one


def _may_be_typed_into(item: Field) -> bool:
    """Whether a person could type into a field, perhaps once a box of its form is on."""
    if item.control.writable or not item.control.disabled:
        return item.control.writable
    return item.control.kind in KEY_KINDS and any(other.kind == "checkbox" for other in item.form.controls)


def _same_form(one: Field, other: Field) -> bool:
    return one.form.node is other.form.node


def _candidate(
    page: Page, user: Field, key: Field, words: PortalMap, way: Sequence[str], copies: Copies, *, by_words: bool
) -> Candidate:
    holder = next((inner for inner in page.whole() if _stands_on(inner, key.control.node)), page)
    labels = labels_of(holder.root)
    user_label, user_rest = _label(user, key, words.fields.username, labels, copies)
    key_label, key_rest = _label(key, user, words.fields.key, labels, copies)
    own = (user_label, key_label)
    names = [rest for rest in dict.fromkeys((user_rest, key_rest)) if rest and not copies.in_text(rest)]
    nearby = naming_words(holder, user.control.node, key.control.node, labels, own, copies)
    names += [word for word in nearby if not any(normal(word) == normal(known) for known in names)]
    return Candidate(
        holder,
        user,
        key,
        tuple(way),
        tuple(names),
        user_label,
        key_label,
        form_address(key.form),
        tuple(_others(holder, user, key, words, copies)),
        tuple(saves_on(holder, user, key, copies)),
        by_words,
    )


def _stands_on(page: Page, node: Node) -> bool:
    return page.root is node or page.root is list(node.ancestors())[-1]


def _label(item: Field, partner: Field, alternatives: Sequence[str], labels: Labels, copies: Copies) -> tuple[str, str]:
    """What a field is called, and what its name says beside the map's words."""
    found = _match(item, alternatives)
    if found is not None:
        name, rest = found
        return (squeeze(name), "") if not rest else (_without(name, rest, alternatives), rest)  # the map's words
    if row_of(item.control.node, partner.control.node) is not None:
        cell = item.control.node.within("td", "th")
        head = labels.above.get(cell) if cell is not None else None
        if head is not None:
            return copies.removed(text_in(head)), ""
    return copies.removed(item.names[0]) if item.names else "", ""


def _without(name: str, rest: str, alternatives: Sequence[str]) -> str:
    """The map's words as they stand in a name that says more."""
    for alternative in sorted(alternatives, key=len, reverse=True):
        if (at := name.casefold().find(alternative.casefold())) >= 0:
            return name[at : at + len(alternative)]
    return name.replace(rest, "").strip()


def form_address(form: Form) -> str:
    """How and where a form is sent, as in a route: "POST /office/options"; "" where there is no form."""
    if not form.method or WHOLE in form.node.attributes:
        return ""
    path = urlsplit(form.node.attributes.get(LEADS, form.action)).path or "/"
    method = form.node.attributes.get(METHOD, form.method).strip().upper()
    return f"{'POST' if method == 'POST' else 'GET'} {path}"


def address_shape(address: str) -> str:
    """An address with `*` for each part that counts or numbers: what the forms or links of a list have in common."""
    return NUMBERED.sub(ANY, address)


def _others(page: Page, user: Field, key: Field, words: PortalMap, copies: Copies) -> Iterator[Other]:
    shared = common_ancestor(user.control.node, key.control.node)
    around = next((node for node in (shared, *shared.ancestors()) if node.tag in ("tr", "fieldset", "section")), shared)
    inside = {id(node) for node in around.walk()}
    for item in page.every_field():
        if item.control.node in (user.control.node, key.control.node) or not _same_form(item, key):
            continue
        label = copies.removed(item.names[0]) if item.names else ""
        near = id(item.control.node) in inside
        yield Other(label, item.control.name, item.control.kind, holds_of(item), item, near)
    for control in key.form.controls:
        if control.kind == "hidden":
            yield Other("", control.name, "hidden", "")


def holds_of(item: Field) -> str:
    """What may be told of a control: what a list, a radio button or a box has on; of a text only how long it is."""
    control = item.control
    if control.kind == "select":
        return chosen_text(control.node)
    if control.kind in ("checkbox", "radio"):
        return "on" if control.on else "off"
    return length_of(control.value)


def saves_on(page: Page, user: Field, key: Field, copies: Copies) -> Iterator[Save]:
    """What could save, those of the same form first; the last one is leaving the field."""
    shared = common_ancestor(user.control.node, key.control.node)
    around = [shared, *shared.ancestors()]
    own = [item for item in page.buttons() if item.form.node is key.form.node]
    rest = [
        item for item in page.buttons() if item.form.node is not key.form.node and TAG in item.control.node.attributes
    ]
    listed: dict[tuple[str, str, str], Button] = {}
    for button in (*_by_nearness(own, around), *_by_nearness(rest, around)):
        control = button.control
        effect = (normal(button.words), control.name, control.value + control.node.attributes.get("formaction", ""))
        listed.setdefault(effect, button)
    number = 0
    for button in list(listed.values())[:MOST_SAVES]:
        label = copies.removed(button.words)
        if not label and TAG in button.control.node.attributes:
            continue  # text that becomes a field, and no button
        number += 1
        yield Save(number, label, _kind(button, label), button)
    yield Save(number + 1, "", LEAVE)


def _by_nearness(buttons: Iterable[Button], around: Sequence[Node]) -> list[Button]:
    return sorted(buttons, key=lambda item: _nearness(item.control.node, around))


def _kind(button: Button, label: str) -> str:
    if normal(label).partition(" ")[0] == "close" or label.strip() in CROSSES:
        return CLOSE
    node = button.control.node
    return LINK if node.tag == "a" or node.attributes.get(TAG) == "a" else BUTTON


def _nearness(node: Node, around: Sequence[Node]) -> int:
    """How far out the smallest part of the page is that holds the two fields and a button."""
    above = {id(part) for part in (node, *node.ancestors())}
    return next((number for number, part in enumerate(around) if id(part) in above), len(around))


def signature(candidate: Candidate) -> tuple[object, ...]:
    """What the members of one group have in common: all but the nearest word."""
    return (
        candidate.way,
        address_shape(candidate.form),
        steady(candidate.username_label),
        steady(candidate.key_label),
        candidate.kinds,
        tuple(steady(name) for name in candidate.names[1:]),
    )
