"""What a person confirmed about one LEA's settings: the way, the fields, what saves, and what says whose they are.

The names are the keys of its file (file.py); docs/reference/route.md explains each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Final

from ssrcred.adapters.portal.table import Word, Words, one_of
from ssrcred.domain.place import DISTRICT

THE_SCHOOL: Final = "{school}"
"""Stands in what saves a school of a group for the school's own name."""


@dataclass(frozen=True)
class FieldLook:
    """One of the two fields: what it is called, its kind (text, password, …), and how it looks once it is filled.

    `filled` is `shown`, `stars`, `blank`, `same` (one text whatever is stored), `cut` (up to a
    quotation mark) or `text` (text until it is clicked).
    """

    label: str
    kind: Word
    filled: Annotated[str, one_of("", "shown", "stars", "blank", "same", "cut", "text")] = ""


@dataclass(frozen=True)
class SaveControl:
    """What saves: `kind` is button, link, close or leave; `then` is what has to be pressed second, if anything.

    `asks` is the question that the page asks when it is pressed; it is accepted only word for word. `early` is what the
    page sends of what is typed by itself, before that, as "POST /autosave".
    """

    kind: Annotated[str, one_of("button", "link", "close", "leave")]
    label: str = ""
    then: str = ""
    asks: str = ""
    early: Words = ()


@dataclass(frozen=True)
class Fields:
    """What a setting and each member of a group have in common."""

    username: FieldLook
    key: FieldLook
    save: SaveControl
    repeat: str = ""
    boxes: Words = ()
    watch: Mapping[str, str] = field(default_factory=dict)
    way: Words = ()
    form: str = ""


@dataclass(frozen=True)
class PlaceRoute:
    """One setting: the words that name it, nearest first, and its fields. `control` are the two controls' names at
    confirmation, which only decide between two settings that fit alike.
    """

    names: Words
    fields: Fields = field(metadata={"key": ""})
    control: tuple[str, ...] = ()


@dataclass(frozen=True)
class GroupRoute:
    """Schools that are each a row, a link or a choice of a list; `heading` is what the list is called.

    `names` are the words around every member beside its own name, `members` the schools that were there then.
    """

    kind: Annotated[str, one_of("rows", "links", "choices")]
    heading: str
    fields: Fields = field(metadata={"key": ""})
    names: Words = ()
    members: Words = ()


@dataclass(frozen=True)
class Route:
    """One LEA's confirmed settings. `driver` is http or browser; `rehearsed` what the test save came to.

    `address` is where the way begins, under the portal's own; `attended` that a person has to sign in.
    """

    driver: Annotated[str, one_of("http", "browser")]
    confirmed_by: str
    confirmed_at: datetime
    rehearsed: Annotated[str, one_of("same", "browser_only", "no_browser")]
    places: Mapping[str, PlaceRoute] = field(default_factory=dict, metadata={"key": "place"})
    groups: tuple[GroupRoute, ...] = field(default=(), metadata={"key": "group"})
    address: str = ""
    attended: bool = False

    @property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """The ways to the pages of all settings, each once, the district's first."""
        fields = [self.places[name].fields for name in sorted(self.places, key=lambda name: (name != DISTRICT, name))]
        return tuple(dict.fromkeys(item.way for item in (*fields, *(group.fields for group in self.groups))))

    def with_look(self, fields: Fields, look: str) -> Route:
        """The route with the look of a key's field once it is filled, for the settings that have these fields."""
        filled = replace(fields, key=replace(fields.key, filled=look))
        places = {
            name: replace(place, fields=filled if place.fields == fields else place.fields)
            for name, place in self.places.items()
        }
        groups = (replace(one, fields=filled if one.fields == fields else one.fields) for one in self.groups)
        return replace(self, places=places, groups=tuple(groups))


@dataclass(frozen=True)
class Variables:
    """What a route may leave open, because it differs from one LEA to the next: name, CDS code, host."""

    name: str
    cds: str
    host: str

    def put_in(self, text: str) -> str:
        """A text of a route with this LEA's values in it."""
        return text.replace("{name}", self.name).replace("{cds}", self.cds).replace("{host}", self.host)

    def taken_out(self, text: str) -> str:
        """A text of a page with {name}, {cds} and {host} where this LEA's stand."""
        for word, value in vars(self).items():
            if len(value) >= 4:
                text = text.replace(value, f"{{{word}}}")
        return text
