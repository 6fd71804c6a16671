"""The file of a confirmed route, `portals/LEA.toml`: read, checked with every problem at once, written whole."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.portal.route.route import FieldLook, Fields, GroupRoute, PlaceRoute, Route, SaveControl, Variables
from ssrcred.atomic_file import replace_file
from ssrcred.errors import ConfigInvalid

HEAD: Final = (
    "# What was confirmed; no secret is a legal key here. Written by `ssrcred portal confirm`; made to be edited.\n"
)
DRIVERS: Final = ("http", "browser")
OUTCOMES: Final = ("same", "browser_only", "no_browser")
SAVES: Final = ("button", "link", "close", "leave")
KINDS: Final = ("rows", "links", "choices")
LOOKS: Final = ("", "shown", "stars", "blank", "same", "cut", "text")
TOP: Final = {
    "driver", "way", "address", "form", "confirmed_by", "confirmed_at", "rehearsed", "attended", "place", "group",
}  # fmt: skip
COMMON: Final = {"username", "key", "repeat", "boxes", "save", "watch", "way", "form"}
MOST_BYTES: Final = 1_000_000


def path_of(folder: Path, lea: str) -> Path:
    """Where the route of an LEA is; `folder` is SSRCRED_HOME."""
    return folder / "portals" / f"{lea}.toml"


def read(path: Path, variables: Variables) -> Route | None:
    """The route in a file, with the LEA's own values in it; None if there is no such file. Raises ConfigInvalid."""
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise _invalid(path, ("the file is larger than any route",))
        table = tomllib.loads(content.decode("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _invalid(path, (f"the file cannot be read: {error.strerror}",)) from None
    except UnicodeDecodeError:
        raise _invalid(path, ("the file is not UTF-8",)) from None
    except tomllib.TOMLDecodeError as error:
        raise _invalid(path, (f"the file is not TOML: {error}",)) from None
    return parse(table, variables, path)


def parse(table: Mapping[str, Any], variables: Variables, path: Path) -> Route:
    """The route in a table that was read from TOML. Raises ConfigInvalid with every problem at once."""
    check = _Check(variables.put_in)
    check.known(table, TOP, "")
    way, form = check.texts(table, "way", ""), check.text(table, "form", "")
    places: dict[str, PlaceRoute] = {}
    for name, found in check.table(table, "place", "").items():
        at = f"place.{name}"
        if not isinstance(found, dict):
            check.problems.append(f"{at}: a section [{at}] is needed")
            continue
        check.known(found, COMMON | {"names", "control"}, at)
        control = check.texts(found, "control", at)
        pair = (control[0], control[1]) if len(control) == 2 else ("", "")
        places[name] = PlaceRoute(check.texts(found, "names", at), check.fields(found, at, way, form), pair)
    groups: list[GroupRoute] = []
    listed = table.get("group", [])
    for number, found in enumerate(listed if isinstance(listed, list) else [listed]):
        at = f"group[{number}]"
        if not isinstance(found, dict):
            check.problems.append(f"{at}: a section [[group]] is needed")
            continue
        check.known(found, COMMON | {"kind", "heading", "names", "members"}, at)
        kind = check.one_of(found, "kind", at, KINDS)
        district = next(iter(places.values()), None)
        fields = check.fields(found, at, way, form, district.fields.save if district is not None else None)
        names, members = check.texts(found, "names", at), check.texts(found, "members", at)
        groups.append(GroupRoute(kind, check.text(found, "heading", at), fields, names, members))
    if not places and not groups:
        check.problems.append("place: no setting is confirmed")
    moment = table.get("confirmed_at")
    if not isinstance(moment, datetime):
        check.problems.append("confirmed_at: a date and time is needed, such as 2026-11-30T18:04:00Z")
        moment = datetime(1970, 1, 1, tzinfo=UTC)
    route = Route(
        check.one_of(table, "driver", "", DRIVERS),
        check.text(table, "confirmed_by", ""),
        moment if moment.tzinfo else moment.replace(tzinfo=UTC),
        check.one_of(table, "rehearsed", "", OUTCOMES, usual="no_browser"),
        places,
        tuple(groups),
        check.text(table, "address", ""),
        bool(table.get("attended", False)),
    )
    if check.problems:
        raise _invalid(path, tuple(check.problems))
    return route


class _Check:
    """Takes values out of tables and collects what is wrong with them, each by its dotted key."""

    def __init__(self, put_in: Callable[[str], str]) -> None:
        self.problems: list[str] = []
        self._put_in = put_in

    def known(self, table: Mapping[str, Any], names: set[str], at: str) -> None:
        for key in table:
            if key not in names:
                close = difflib.get_close_matches(key, sorted(names), n=1)
                meant = f"; did you mean {close[0]}?" if close else ""
                self.problems.append(f"{_dotted(at, key)}: not a known key{meant}")

    def text(self, table: Mapping[str, Any], key: str, at: str, usual: str = "") -> str:
        found = table.get(key, usual)
        if not isinstance(found, str):
            self.problems.append(f"{_dotted(at, key)}: a text is needed")
            return usual
        return self._put_in(found)

    def texts(self, table: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
        found = table.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            self.problems.append(f"{_dotted(at, key)}: a list of texts is needed")
            return ()
        return tuple(self._put_in(item) for item in found)

    def one_of(
        self, table: Mapping[str, Any], key: str, at: str, allowed: tuple[str, ...], usual: str | None = None
    ) -> str:
        found = table.get(key, usual)
        if found not in allowed:
            self.problems.append(f"{_dotted(at, key)}: one of {', '.join(filter(None, allowed))} is needed")
            return allowed[0]
        return str(found)

    def table(self, table: Mapping[str, Any], key: str, at: str) -> Mapping[str, Any]:
        found = table.get(key, {})
        if not isinstance(found, dict):
            self.problems.append(f"{_dotted(at, key)}: a section is needed")
            return {}
        return found

    def fields(
        self, table: Mapping[str, Any], at: str, way: tuple[str, ...], form: str, usual: SaveControl | None = None
    ) -> Fields:
        """The fields of a setting; of a group that says nothing of what saves, it is `usual`."""
        save = self.table(table, "save", at)
        self.known(save, {"kind", "label", "then", "asks", "early"}, f"{at}.save")
        watch = self.table(table, "watch", at)
        for label, value in watch.items():
            if not isinstance(value, str):
                self.problems.append(f"{at}.watch.{label}: a text is needed")
        return Fields(
            self._look(table, "username", at),
            self._look(table, "key", at),
            usual
            if usual is not None and "save" not in table
            else SaveControl(
                self.one_of(save, "kind", f"{at}.save", SAVES),
                self.text(save, "label", f"{at}.save"),
                self.text(save, "then", f"{at}.save"),
                self.text(save, "asks", f"{at}.save"),
                self.texts(save, "early", f"{at}.save"),
            ),
            self.text(table, "repeat", at),
            self.texts(table, "boxes", at),
            {self._put_in(label): self._put_in(str(value)) for label, value in watch.items()},
            self.texts(table, "way", at) if "way" in table else way,
            self.text(table, "form", at) if "form" in table else form,
        )

    def _look(self, table: Mapping[str, Any], key: str, at: str) -> FieldLook:
        found = self.table(table, key, at)
        here = _dotted(at, key)
        self.known(found, {"label", "kind", "filled"}, here)
        if "label" not in found or not found.get("kind"):
            self.problems.append(f"{here}: label and kind are needed")
        look = self.one_of(found, "filled", here, LOOKS, usual="")
        return FieldLook(self.text(found, "label", here), self.text(found, "kind", here), look)


def write(path: Path, route: Route, variables: Variables) -> None:
    """Write a route whole, readable by its owner only, in one step: a kill leaves the old file or the new one.

    Raises ConfigInvalid when it cannot be written.
    """
    import tomli_w

    content = (HEAD + tomli_w.dumps(as_table(route, variables))).encode()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise ConfigInvalid(
            f"{path} cannot be written ({os.strerror(error.errno or 0)}).",
            state="Nothing was confirmed; what was confirmed before is as it was.",
            hint="See that this account may write there and that the disk has room, then confirm again.",
            problems=("the file cannot be written",),
        ) from None


def as_table(route: Route, variables: Variables) -> dict[str, Any]:
    """A route as it stands in its file."""
    out = variables.taken_out
    first = route.ways[0] if route.ways else ()
    every = [*(place.fields for place in route.places.values()), *(group.fields for group in route.groups)]
    form = next((fields.form for fields in every if fields.way == first), "")
    table: dict[str, Any] = {"driver": route.driver, "way": [out(step) for step in first]}
    if route.address:
        table["address"] = route.address
    table |= {
        "form": form,
        "confirmed_by": route.confirmed_by,
        "confirmed_at": route.confirmed_at.astimezone(UTC).replace(microsecond=0),
        "rehearsed": route.rehearsed,
    }
    if route.attended:
        table["attended"] = True
    if route.places:
        table["place"] = {name: _place(place, out, first, form) for name, place in route.places.items()}
    if route.groups:
        table["group"] = [_group(group, out, first, form) for group in route.groups]
    return table


def _place(place: PlaceRoute, out: Callable[[str], str], way: tuple[str, ...], form: str) -> dict[str, Any]:
    table: dict[str, Any] = {"names": [out(name) for name in place.names]}
    if any(place.control):
        table["control"] = list(place.control)
    return table | _fields(place.fields, out, way, form)


def _group(group: GroupRoute, out: Callable[[str], str], way: tuple[str, ...], form: str) -> dict[str, Any]:
    table: dict[str, Any] = {"kind": group.kind, "heading": out(group.heading)}
    if group.names:
        table["names"] = [out(name) for name in group.names]
    if group.members:
        table["members"] = list(group.members)
    return table | _fields(group.fields, out, way, form)


def _fields(fields: Fields, out: Callable[[str], str], way: tuple[str, ...], form: str) -> dict[str, Any]:
    texts = {name: getattr(fields.save, name) for name in ("kind", "label", "then", "asks")}
    save: dict[str, Any] = {name: out(text) for name, text in texts.items() if text}
    if fields.save.early:
        save["early"] = list(fields.save.early)
    table: dict[str, Any] = {
        "username": _look(fields.username, out),
        "key": _look(fields.key, out),
        "repeat": fields.repeat,
        "boxes": list(fields.boxes),
        "save": save,
        "watch": {out(label): out(value) for label, value in fields.watch.items()},
    }
    if fields.way != way:
        table["way"] = [out(step) for step in fields.way]
    if fields.form != form:
        table["form"] = fields.form
    return table


def _look(look: FieldLook, out: Callable[[str], str]) -> dict[str, str]:
    table = {"label": out(look.label), "kind": look.kind}
    return {**table, "filled": look.filled} if look.filled else table


def _dotted(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _invalid(path: Path, problems: tuple[str, ...]) -> ConfigInvalid:
    return ConfigInvalid(
        f"{path} cannot be used: {'; '.join(problems)}.",
        state="Nothing was read from the portal or written to it.",
        hint="Correct the file, or confirm the settings again: ssrcred portal confirm",
        problems=problems,
    )
