"""What a person confirmed about one LEA's settings, how its test save went, and its file `portals/LEA.toml`.

The names are the keys of the file; docs/reference/route.md explains each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from ssrcred.adapters.toml_file import Reader, Word, Words, invalid, one_of, read_toml, write_toml
from ssrcred.domain.place import DISTRICT

# Stands in what saves a school of a group for the school's own name.
THE_SCHOOL: Final = "{school}"


@dataclass(frozen=True)
class FieldLook:
    """One of the two fields: what it is called, its kind (text, password, …), and how it looks once it is filled."""

    label: str
    kind: Word
    # same: one text whatever is stored; cut: up to a quotation mark; text: text until it is clicked
    filled: Annotated[str, one_of("", "shown", "stars", "blank", "same", "cut", "text")] = ""


@dataclass(frozen=True)
class SaveControl:
    kind: Annotated[str, one_of("button", "link", "close", "leave")]
    label: str = ""
    then: str = ""  # the second button to press, if any
    asks: str = ""  # the question that the page asks when it is pressed; accepted only word for word
    early: Words = ()  # what the page sends of what is typed by itself, before that, as "POST /autosave"


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
    """One setting: the words that name it, nearest first, and its fields."""

    names: Words
    fields: Fields = field(metadata={"key": ""})
    control: tuple[str, ...] = ()  # the two controls' names then; they only decide between two that fit alike


@dataclass(frozen=True)
class GroupRoute:
    """Schools that are each a row, a link or a choice of a list; `heading` is what the list is called."""

    kind: Annotated[str, one_of("rows", "links", "choices")]
    heading: str
    fields: Fields = field(metadata={"key": ""})
    names: Words = ()  # the words around every member beside its own name
    members: Words = ()  # the schools that were there when it was confirmed


@dataclass(frozen=True)
class Route:
    driver: Annotated[str, one_of("http", "browser")]
    confirmed_by: str
    confirmed_at: datetime
    rehearsed: Annotated[str, one_of("same", "browser_only", "no_browser")]
    places: Mapping[str, PlaceRoute] = field(default_factory=dict, metadata={"key": "place"})
    groups: tuple[GroupRoute, ...] = field(default=(), metadata={"key": "group"})
    address: str = ""  # where the way begins, under the portal's own
    attended: bool = False  # a person has to sign in

    @property
    def ordered(self) -> list[tuple[str, PlaceRoute]]:
        """The settings by name, the district's first: every other school's depends on it."""
        return sorted(self.places.items(), key=lambda item: (item[0] != DISTRICT, item[0]))

    @property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """The ways to the pages of all settings, each once, the district's first."""
        fields = [*(place.fields for _, place in self.ordered), *(group.fields for group in self.groups)]
        return tuple(dict.fromkeys(item.way for item in fields))

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
            if len(value) >= 4:  # a shorter one may stand in a word by chance
                text = text.replace(value, f"{{{word}}}")
        return text


class Rehearsed(StrEnum):
    """What a test save came to (portal.md, *JSON*)."""

    SAME = "same"  # the form alone sends the same: plain requests may be used
    BROWSER_ONLY = "browser_only"
    REFUSED = "refused"
    NOTHING_SENT = "nothing_sent"
    NO_BROWSER = "no_browser"


@dataclass(frozen=True)
class Rehearsal:
    outcome: Rehearsed
    why: str = ""  # the outcome is not `same`
    changed: int = 0  # fields that change
    unchanged: int = 0  # fields that go back as they are
    asks: str = ""  # what the page asks when save is pressed
    offers: tuple[str, ...] = ()  # the messages and buttons that are new where nothing left
    early: tuple[str, ...] = ()  # what the page sends of the texts by itself before that, as "POST /autosave"


HEAD: Final = (
    "# What was confirmed; no secret is a legal key here. Written by `ssrcred portal confirm`; made to be edited.\n"
)
STATE: Final = "Nothing was read from the portal or written to it."
HINT: Final = "Correct the file, or confirm the settings again: ssrcred portal confirm"
# Keys written once at the top, and in a setting only if its value differs.
COMMON: Final = ("way", "form")
WITH_VARIABLES: Final = frozenset({"way", "names", "heading", "label", "then", "asks", "watch"})
# Keys written even if empty, for the person who edits the file.
ALWAYS: Final = frozenset({"way", "form", "confirmed_by", "heading", "label", "repeat", "boxes", "watch"})


def route_path(folder: Path, lea: str) -> Path:
    """Where the route of an LEA is; `folder` is SSRCRED_HOME."""
    return folder / "portals" / f"{lea}.toml"


def read_route(path: Path, variables: Variables) -> Route | None:
    """The route in a file, with the LEA's own values in it; None if there is no such file. Raises ConfigInvalid."""
    try:
        return parse_route(read_toml(path, called=str(path), state=STATE, hint=HINT), variables, path)
    except FileNotFoundError:
        return None


def parse_route(table: Mapping[str, Any], variables: Variables, path: Path) -> Route:
    """The route in a table that was read from TOML. Raises ConfigInvalid with every problem at once."""
    reader = Reader(no_secrets=True)
    whole = {"confirmed_by": "", "rehearsed": "no_browser", **_changed(table, variables.put_in)}
    if isinstance(whole.get("group"), dict):  # one group, written as [group]
        whole["group"] = [whole["group"]]
    common = {key: whole.pop(key) for key in COMMON if key in whole}
    places, groups = _tables_in(whole.get("place")), _tables_in(whole.get("group"))
    for place in places:
        place.update({"names": [], **common, **place})
    # A group without what saves is saved as the settings around it are.
    saves = {"save": places[0]["save"]} if places and "save" in places[0] else {}
    for group in groups:
        group.update({"heading": "", **common, **saves, **group})
    route = reader.section(Route, whole)
    if not places and not groups:
        reader.problems.append("place: no setting is confirmed")
    if reader.problems:
        raise invalid(str(path), reader.problems, state=STATE, hint=HINT)
    # TOML allows a time without a zone, as a person may type it.
    moment = route.confirmed_at
    return route if moment.tzinfo else replace(route, confirmed_at=moment.replace(tzinfo=UTC))


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    """A value of a table with every text in it changed, those that are keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): _changed(item, change) for key, item in value.items()}
    return [_changed(item, change) for item in value] if isinstance(value, list | tuple) else value


def _tables_in(found: object) -> list[dict[str, Any]]:
    """The tables below a key, as far as there are any."""
    below = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return [table for table in below if isinstance(table, dict)]


def write_route(path: Path, route: Route, variables: Variables) -> None:
    """Write a route, readable by its owner only, in one step. Raises ConfigInvalid when it cannot be written."""
    import tomli_w

    content = (HEAD + tomli_w.dumps(as_table(route, variables))).encode()
    state = "Nothing was confirmed. What was confirmed before is unchanged."
    hint = "Check that this account can write there and that the disk has free space. Then: ssrcred portal confirm"
    write_toml(path, content, state=state, hint=hint)


def as_table(route: Route, variables: Variables) -> dict[str, Any]:
    """Return a route as the table of its file."""

    def stated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table: dict[str, Any] = {
            key: _changed(value, variables.taken_out) if key in WITH_VARIABLES else value
            for key, value in pairs
            if value or key in ALWAYS
        }
        fields: dict[str, Any] = table.pop("fields", {})
        return table | fields

    moment = route.confirmed_at.astimezone(UTC).replace(microsecond=0)
    table = asdict(replace(route, confirmed_at=moment), dict_factory=stated)
    settings = [*table.get("places", {}).values(), *table.get("groups", ())]
    common = {key: settings[0][key] for key in COMMON}
    for setting in settings:
        for key in COMMON:
            if setting[key] == common[key]:
                del setting[key]
    # The driver and what is common stand first: they are what a person looks for.
    names = {"places": "place", "groups": "group"}
    return {"driver": route.driver, **common, **{names.get(key, key): value for key, value in table.items()}}
