"""The file of a confirmed route, `portals/LEA.toml`: read, checked with every problem at once, written whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.atomic_file import replace_file
from ssrcred.adapters.portal.route.route import Route, Variables
from ssrcred.adapters.portal.table import Reader
from ssrcred.domain.errors import ConfigInvalid

HEAD: Final = (
    "# What was confirmed; no secret is a legal key here. Written by `ssrcred portal confirm`; made to be edited.\n"
)
COMMON: Final = ("way", "form")
"""What stands once at the top, and in a setting only where that has another."""
WITH_VARIABLES: Final = frozenset({"way", "names", "heading", "label", "then", "asks", "watch"})
ALWAYS: Final = frozenset({"way", "form", "confirmed_by", "heading", "label", "repeat", "boxes", "watch"})
"""What is written even where there is nothing, for the person who edits it."""


def path_of(folder: Path, lea: str) -> Path:
    """Where the route of an LEA is; `folder` is SSRCRED_HOME."""
    return folder / "portals" / f"{lea}.toml"


def read(path: Path, variables: Variables) -> Route | None:
    """The route in a file, with the LEA's own values in it; None if there is no such file. Raises ConfigInvalid."""
    table = _reader(path).table(path)
    return None if table is None else parse(table, variables, path)


def parse(table: Mapping[str, Any], variables: Variables, path: Path) -> Route:
    """The route in a table that was read from TOML. Raises ConfigInvalid with every problem at once."""
    reader, whole = _reader(path), {"confirmed_by": "", "rehearsed": "no_browser", **_changed(table, variables.put_in)}
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
    route = reader.made(Route, whole)
    if not places and not groups:
        reader.problems.append("place: no setting is confirmed")
    if reader.problems:
        raise reader.invalid(*reader.problems)
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
    names = {"places": "place", "groups": "group"}
    return {"driver": route.driver, **common, **{names.get(key, key): value for key, value in table.items()}}


def _reader(path: Path) -> Reader:
    return Reader(str(path), "Correct the file, or confirm the settings again: ssrcred portal confirm")
