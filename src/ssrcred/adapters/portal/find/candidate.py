"""Two fields of a page that can be a user name and a key, with all that a person needs to say whose they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as made
from functools import cached_property
from itertools import product, takewhile
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.html.form import WRITABLE
from ssrcred.adapters.portal.html.label import LONGEST_TEXT, chosen_text, row_name, row_of, text_in, words_around
from ssrcred.adapters.portal.html.page import LEADS, METHOD, TAG, WHOLE, Button, Field, Page
from ssrcred.adapters.portal.html.text_comparison import beside, fingerprint, has_moment, normal, same, says, squeeze
from ssrcred.adapters.portal.html.tree import CELL, LISTED, Node
from ssrcred.adapters.portal.map import FieldWords, PortalMap, Words
from ssrcred.adapters.portal.visit.setting_form import BUTTON, CLOSE, LEAVE, LINK, Save
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.place import DISTRICT, KeySeen, Kind, Reading

USERNAME_KINDS: Final = WRITABLE | {"number"}
NUMBERED: Final = re.compile(r"(?<=[/_.-])(?=[\w-]*\d)[\w-]+(?=$|[/.])|\d+")
NAME_LIKE: Final = re.compile(r"[A-Za-z0-9._@ -]+\Z")
BLANK: Final = "blank"
MASKS: Final = frozenset("*\u2022\u25cf\u2219\u00b7\u204e\uff0a\u25a0\u26ab")
KEY_PIECE: Final = 8


@dataclass(frozen=True)
class Other:
    """Another control of the same form: what it is called, its name, its kind, and what may be told of its content."""

    label: str
    field: str
    kind: str
    holds: str
    control: Field | None = made(default=None, repr=False, compare=False)
    near: bool = False  # in the row, fieldset or section of the two fields


@dataclass(frozen=True, eq=False, repr=False)
class Candidate:
    page: Page
    username: Field
    key: Field
    way: tuple[str, ...]  # leads to their page
    names: tuple[str, ...]  # the words around them, the nearest first
    labels: tuple[str, str]  # their own
    by_words: bool  # the labels are the map's
    copies: Copies
    words: FieldWords

    @property
    def name(self) -> str:
        """The word nearest to the fields; of a school's fields it is the school's name."""
        return next(iter(self.names), "")

    @property
    def nodes(self) -> tuple[Node, Node]:
        return self.username.control.node, self.key.control.node

    @property
    def controls(self) -> tuple[str, str]:
        return self.username.control.name, self.key.control.name

    @property
    def kinds(self) -> tuple[str, str]:
        return self.username.control.kind, self.key.control.kind

    @property
    def form(self) -> str:
        """How and where the form is sent, as in a route: "POST /office/options"; "" where there is no form."""
        form = self.key.form
        if not form.method or WHOLE in form.node.attributes:
            return ""
        path = urlsplit(form.node.attributes.get(LEADS, form.action)).path or "/"
        method = form.node.attributes.get(METHOD, form.method).strip().upper()
        return f"{'POST' if method == 'POST' else 'GET'} {path}"

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that stay the same from one run to the next."""
        return fingerprint((*self.way, self.form, *self.names, *self.labels, *self.kinds))

    @property
    def holds(self) -> tuple[str, str]:
        """What may be shown of what the two hold: never a piece of the key, nor a user name that could be one."""
        # Keys are 20 characters (reported) with punctuation (domain.md).
        name, key = self.username.control.value, self.key.control.value
        mixed = any(sign.isupper() for sign in name) and any(sign.islower() for sign in name)
        random = len(name) >= 20 and mixed and any(sign.isdigit() for sign in name)
        shown = self.by_words and NAME_LIKE.match(name) is not None and not random
        return name if shown else length_of(name), length_of(key)

    def reading(self, place: str, filled: str = "") -> Reading:
        """What the fields show, as the setting of `place`; `filled` is how the key's field looks once it is filled."""
        shown, value, node = self.username.control.value, self.key.control.value, self.key.control.node
        kind = Kind.DISTRICT if place == DISTRICT else Kind.SCHOOL
        if value and not is_masked(value) and filled not in ("same", "cut"):  # what these show is no key
            return Reading(place, kind, shown, KeySeen.CLEAR, SecretKey(value))
        # The words around the key's field, as far out as they can only be about it.
        *_, around = node, *takewhile(lambda part: len(list(part.walk(*LISTED))) == 1, node.ancestors())
        hint = f"{text_in(around)} {node.attributes.get('placeholder', '')}"
        blank = not value and (says(hint, self.words.missing) or (not shown and not says(hint, self.words.kept)))
        return Reading(place, kind, shown, KeySeen.BLANK if blank else KeySeen.HIDDEN)

    @property
    def likely(self) -> bool:
        """Whether the labels are the map's words, or the key right behind the user name is a password or in its row."""
        username, key = self.username.control, self.key.control
        fields = [item.control.node for item in self.page.fields]
        follows = fields.index(key.node) == fields.index(username.node) + 1 and username.kind != "password"
        return self.by_words or (follows and (key.kind == "password" or row_of(username.node, key.node) is not None))

    @cached_property
    def others(self) -> tuple[Other, ...]:
        """The other controls of their form, the hidden ones last."""
        fields = (item for item in self.page.fields if item.form.node is self.key.form.node)
        hidden = (Other("", item.name, "hidden", "") for item in self.key.form.controls if item.kind == "hidden")
        return (*(self.other(item) for item in fields if item.control.node not in self.nodes), *hidden)

    @cached_property
    def _shared(self) -> Node:
        return self.username.control.node.shared_with(self.key.control.node)

    @cached_property
    def _inside(self) -> set[Node]:
        """The elements in the row, fieldset or section of the two fields."""
        parts = (node for node in self._shared.outward() if node.tag in ("tr", "fieldset", "section"))
        return set(next(parts, self._shared).walk())

    def other(self, item: Field) -> Other:
        """What may be shown of another field of the page; no label repeats a field's content."""
        label, control = self.copies.removed(item.names[0]) if item.names else "", item.control
        near = control.node in self._inside and item.form.node is self.key.form.node
        return Other(label, control.name, control.kind, holds_of(item), item, near)

    def control_called(self, name: str, kinds: Collection[str]) -> Other | None:
        """The other control that is called `name`, or has it as its control's name; the nearest of several."""
        fitting = [item for item in self.others if item.kind in kinds and name in (item.label, item.field)]
        return min(fitting, key=lambda item: not item.near, default=None)

    @cached_property
    def saves(self) -> tuple[Save, ...]:
        """What could save, those of the same form first, then the nearest; the last one is leaving the field."""
        form, around = self.key.form.node, list(self._shared.outward())

        def distance(button: Button) -> tuple[bool, int]:
            """How far out the smallest part of the page is that holds the two fields and a button."""
            above = set(button.control.node.outward())
            steps = (number for number, part in enumerate(around) if part in above)
            return button.form.node is not form, next(steps, len(around))

        # A save button above a long form and the same one below it are one choice.
        listed: dict[tuple[str, str, str], Button] = {}
        for button in sorted(self.page.buttons, key=distance):
            control, attributes = button.control, button.control.node.attributes
            if button.form.node is form or TAG in attributes:
                effect = (normal(button.words), control.name, control.value + attributes.get("formaction", ""))
                listed.setdefault(effect, button)
        saves: list[Save] = []
        for button in list(listed.values())[:30]:
            label, tag = self.copies.removed(button.words), button.control.node.attributes.get(TAG)
            if label or tag is None:  # else text that becomes a field, and no button
                kind = LINK if "a" in (button.control.node.tag, tag) else BUTTON
                if normal(label).partition(" ")[0] == "close" or label.strip() in tuple("x\u00d7\u2715\u2716\u2573"):
                    kind = CLOSE
                saves.append(Save(len(saves) + 1, label, kind, button))
        return (*saves, Save(len(saves) + 1, "", LEAVE))


def length_of(value: str) -> str:
    """BLANK, or how many characters stand in a field."""
    return BLANK if not value else f"{len(value)} characters"


def holds_of(item: Field) -> str:
    """What may be told of a control: what a list, a radio button or a box has on; of a text only how long it is."""
    control = item.control
    if control.kind == "select":
        return chosen_text(control.node)
    if control.kind in ("checkbox", "radio"):
        return "on" if control.on else "off"
    return length_of(control.value)


def address_shape(address: str) -> str:
    """An address with `*` for each part that counts or numbers: what the forms or links of a list have in common."""
    return NUMBERED.sub("*", address)


def is_masked(value: str) -> bool:
    """Whether the text of a secret's field is a mask: stars or dots, or one repeated character."""
    again = len(value) >= 6 and len(set(value)) == 1
    return again or (len(value) >= 3 and set(value) <= MASKS)


def candidates_on(page: Page, words: PortalMap, way: Sequence[str], *, every_field: bool = False) -> list[Candidate]:
    """The candidates of a page: those labeled with the map's words; with `every_field` any two that take typed text."""
    fields = [_with_row_head(item) for item in page.fields if item.control.kind in USERNAME_KINDS]
    users = [item for item in fields if _match(item, words.fields.username)]
    keys = [item for item in fields if item.control.kind in WRITABLE and _match(item, words.fields.key)]
    pairs = _matched(users, keys, page)
    more = [pair for pair in _any_two(fields) if pair not in pairs][:300] if every_field else []  # more nobody reads
    copies, found = Copies(page), []
    for user, key in (*pairs, *more):
        holder, labels, names = page.holding(key.control.node), list[str](), list[str]()
        for item, alternatives in ((user, words.fields.username), (key, words.fields.key)):
            cell = item.control.node.within(*CELL)
            head = holder.labels.above.get(cell) if cell is not None else None
            label, beside_words = item.names[0] if item.names else "", ""
            if (match := _match(item, alternatives)) is not None:
                label, beside_words = match
            elif head is not None and row_of(user.control.node, key.control.node) is not None:
                # In a table with a row for each school the column's header is the label; the row's words are the name.
                label = text_in(head)
            labels.append(label if match else copies.removed(label))
            if beside_words and beside_words not in names and not copies.in_text(beside_words):
                names.append(beside_words)
        around = naming_words(holder, user.control.node, key.control.node, labels, copies)
        names += [word for word in around if not same(word, names)]
        own, by_words = (labels[0], labels[1]), (user, key) in pairs
        found.append(Candidate(holder, user, key, tuple(way), tuple(names), own, by_words, copies, words.fields))
    return found


def _with_row_head(item: Field) -> Field:
    """The field with the head of its row among its names: where schools stand side by side it is the only one."""
    row = item.control.node.within("tr")
    head = row_name(row) if row is not None else ""
    return replace(item, names=(*item.names, head)) if head and head not in item.names else item


def _match(item: Field, alternatives: Words) -> tuple[str, str] | None:
    """The map's words as one of a field's names has them, and what it says beside them, perhaps a school's name."""
    # The whole name first; the longest words next: *CALPADS API Password* contains *API Password*.
    for name in item.names:
        if same(name, alternatives):
            return squeeze(name), ""
    for name, wanted in product(item.names, sorted(alternatives, key=len, reverse=True)):
        rest, at = beside(name, wanted), name.casefold().find(wanted.casefold())
        if rest is not None and len(rest) < len(name):
            return (name[at : at + len(wanted)] if at >= 0 else wanted), rest
    return None


def _matched(users: Sequence[Field], keys: Sequence[Field], page: Page) -> list[tuple[Field, Field]]:
    """Return each key with the nearest user name in the same form."""
    at = {item.control.node: number for number, item in enumerate(page.fields)}
    pairs: dict[Field, Field] = {}  # each user name is used once: a second key gets the next one
    for number, key in enumerate(keys):
        node, around = key.control.node, list(key.control.node.outward())
        free = [
            (around.index(other.shared_with(node)), abs(place - number), abs(at[node] - at[other]), user)
            for place, user in enumerate(users)
            for other in (user.control.node,)
            if user not in pairs and user.form.node is key.form.node
        ]
        if free:
            pairs[min(free, key=lambda item: item[:3])[3]] = key
    return list(pairs.items())


def _any_two(fields: Sequence[Field]) -> Iterator[tuple[Field, Field]]:
    """Any two fields of one form, neighbors first, each way round; a row with two is not mixed with others."""
    rows = Counter(item.control.node.within("tr") for item in fields)
    for gap in range(1, len(fields)):
        for one, other in zip(fields, fields[gap:], strict=False):
            # A field that is off may be what a box of its form switches on.
            waits = other.control.disabled and other.control.kind in WRITABLE
            waits = waits and any(item.kind == "checkbox" for item in other.form.controls)
            if one.form.node is not other.form.node or not one.control.writable:
                continue
            row, other_row = one.control.node.within("tr"), other.control.node.within("tr")
            crosses = row is not other_row and any(part is not None and rows[part] > 1 for part in (row, other_row))
            if crosses or not (other.control.writable or waits):
                continue
            # Which of two is the key no word tells here, but a password field never is the user name's.
            yield one, other
            if other.control.kind != "password" and other.control.writable:
                yield other, one


class Copies:
    """Detects copies of what is typed into a page's fields: they are never shown or taken for a name."""

    def __init__(self, page: Page) -> None:
        controls = [item for inner in page.whole() for form in inner.forms for item in form.controls]
        values = {(squeeze(item.value), item.kind == "password") for item in controls if item.kind in WRITABLE}
        long = sorted((item for item in values if len(item[0]) >= 3), key=lambda item: -len(item[0]))
        # A single word of letters, such as *charter*, is a copy only by itself: names contain such words too.
        self._words = {value for value, secret in long if not secret and value.isalpha()}
        self._whole = {
            value: re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
            for value, secret in long
            if secret or not value.isalpha()
        }

    def standing_in(self, texts: Iterable[str]) -> list[str]:
        """Return the contents of fields that one of the texts repeats."""
        every = list(texts)
        return [value for value, whole in self._whole.items() if any(map(whole.search, every))]

    def in_text(self, text: str) -> bool:
        """Whether a text is or contains a field's content, as whole words."""
        return squeeze(text) in self._words or bool(self.standing_in([text]))

    def removed(self, text: str) -> str:
        """Return the text with each copy of a field's content, or of eight characters of a key in a row, as `…`."""
        if squeeze(text) in self._words:
            return "…"
        for value, whole in self._whole.items():
            text = whole.sub("…", text)
            # A page may show a part of a key. A piece with punctuation and digits is no coincidence.
            for at in range(len(value) - KEY_PIECE + 1):
                piece = value[at : at + KEY_PIECE]
                signs = sum(not sign.isalnum() and not sign.isspace() for sign in piece)
                if signs >= 2 or (signs == 1 and any(sign.isdigit() for sign in piece)):
                    text = text.replace(piece, "…")
        return text


def naming_words(page: Page, one: Node, other: Node, own: Iterable[str], copies: Copies) -> list[str]:
    """The words that name the two fields `one` and `other`, nearest first; `own` are their own labels."""

    def names(texts: Iterable[str]) -> list[str]:
        found: dict[str, str] = {}
        for text in map(squeeze, texts):
            if len(text) > LONGEST_TEXT or not any(sign.isalnum() for sign in text):
                continue
            if not has_moment(text) and not copies.in_text(text) and not same(text, own):
                found.setdefault(normal(text), text)
        return list(found.values())

    # The page's title counts where nothing else does: around frames it is another one in a browser.
    title = map(text_in, page.root.walk("title"))
    return names(words_around(page.labels, one, other))[:8] or names(title)[:1]
