"""A recording written down as the tables of a map, and read back with every problem at once."""

from __future__ import annotations

from dataclasses import fields
from typing import cast

from ssrcred.portal.recording import CHOICES, NAME, OWN_FORM, Fresh, Recording, Shape, Step, misfits
from ssrcred.portal.spot import JAR, KINDS, Spot


def parse(table: object, problems: list[str]) -> Recording | None:
    """The recording in a table that was read from TOML, or None with every problem, dotted keys and all, added."""
    before = len(problems)
    if not isinstance(table, dict):
        problems.append("recording: a section [recording] is needed")
        return None
    known = {"steps", "fresh", "shape", "stored"}
    problems += [f"recording.{key}: not a known key" for key in table if key not in known]
    steps = [
        _step(item, f"recording.steps[{at}]", problems) for at, item in _tables(table, "steps", "recording", problems)
    ]
    fresh, shapes = [], []
    for at, item in _tables(table, "fresh", "recording", problems):
        key = f"recording.fresh[{at}]"
        name = item.pop("name", None)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            problems.append(f"{key}.name: a name of letters, digits, - and _ is needed")
        spot = _spot(item, key, problems)
        if spot is not None and isinstance(name, str):
            fresh.append(Fresh(name, spot))
    for at, item in _tables(table, "shape", "recording", problems):
        shape = _shape(item, f"recording.shape[{at}]", problems)
        shapes += [shape] if shape is not None else []
    stored = table.get("stored", {})
    if not isinstance(stored, dict):
        problems.append("recording.stored: a section [recording.stored] is needed")
        stored = {}
    problems += [f"recording.stored.{key}: not a known key" for key in stored if key not in ("username", "key")]
    shown = {
        half: _spot(stored[half], f"recording.stored.{half}", problems, (OWN_FORM,))
        for half in ("username", "key")
        if half in stored
    }
    if len(problems) > before:
        return None
    found = Recording(
        tuple(step for step in steps if step is not None),
        tuple(fresh),
        tuple(shapes),
        shown.get("username"),
        shown.get("key"),
    )
    problems += misfits(found)
    return found if len(problems) == before else None


def table_of(recording: Recording) -> dict[str, object]:
    """The recording as the table that `parse` reads."""
    steps = []
    for step in recording.steps:
        row: dict[str, object] = {}
        for item in fields(step):
            value = getattr(step, item.name)
            if value not in ("", ()):
                row[item.name] = (
                    [list(part) if isinstance(part, tuple) else part for part in value]
                    if isinstance(value, tuple)
                    else value
                )
        steps.append(row)
    table: dict[str, object] = {"steps": steps}
    if recording.fresh:
        table["fresh"] = [{"name": item.name, **_row(item.spot)} for item in recording.fresh]
    if recording.shapes:
        table["shape"] = [{"on": item.on, "at": item.at, "names": list(item.names)} for item in recording.shapes]
    shown = {"username": recording.username, "key": recording.key}
    stored = {half: _row(spot) for half, spot in shown.items() if spot is not None}
    return {**table, "stored": stored} if stored else table


def _row(spot: Spot) -> dict[str, str]:
    return {key: value for key, value in spot._asdict().items() if value}


def _tables(table: dict[str, object], key: str, above: str, problems: list[str]) -> list[tuple[int, dict[str, object]]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        problems.append(f"{above}.{key}: a list of sections [[{above}.{key}]] is needed")
        return []
    return [(at, dict(item)) for at, item in enumerate(found, 1)]


def _step(item: dict[str, object], key: str, problems: list[str]) -> Step | None:
    known = {part.name: part for part in fields(Step)}
    before, values = len(problems), dict[str, object]()
    for name, value in item.items():
        if name not in known:
            problems.append(f"{key}.{name}: not a known key; known: {', '.join(known)}")
        elif name == "button":
            values[name] = tuple(_texts(value, 2, f"{key}.{name}", problems))
        elif known[name].type == "Pairs":
            rows = value if isinstance(value, list) else [None]
            values[name] = tuple(tuple(_texts(row, 2, f"{key}.{name}", problems)) for row in rows)
        elif not isinstance(value, str):
            problems.append(f"{key}.{name}: a text is needed")
        elif name in CHOICES and value not in CHOICES[name]:
            problems.append(f"{key}.{name}: one of {', '.join(word for word in CHOICES[name] if word)} is needed")
        else:
            values[name] = value
    problems += [f"{key}.{name}: is missing" for name in ("id", "does", "method", "address") if name not in item]
    return Step(**values) if len(problems) == before else None  # type: ignore[arg-type]  # each was checked above


def _texts(value: object, size: int, key: str, problems: list[str]) -> list[str]:
    if isinstance(value, list) and len(value) == size and all(isinstance(part, str) for part in value):
        return cast("list[str]", value)
    problems.append(f"{key}: pairs of texts are needed, name and value")
    return []


def _spot(item: object, key: str, problems: list[str], more: tuple[str, ...] = ()) -> Spot | None:
    kinds = (*KINDS, *more)
    parts = item if isinstance(item, dict) else {}
    kind, at, on = (parts.get(name, "") for name in ("kind", "at", "on"))
    before = len(problems)
    problems += [f"{key}.{name}: not a known key" for name in parts if name not in ("kind", "at", "on")]
    if kind not in kinds:
        problems.append(f"{key}.kind: one of {', '.join(kinds)} is needed")
    if not isinstance(at, str) or (not at and kind != "json"):
        problems.append(f"{key}.at: a text is needed")
    if not isinstance(on, str) or (not on and kind not in (*JAR, OWN_FORM)):
        problems.append(f"{key}.on: the id of a step is needed")
    return Spot(cast(str, kind), cast(str, at), cast(str, on)) if len(problems) == before else None


def _shape(item: dict[str, object], key: str, problems: list[str]) -> Shape | None:
    names, at, on = item.get("names"), item.get("at", ""), item.get("on")
    texts = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if set(item) <= {"on", "at", "names"} and isinstance(at, str) and isinstance(on, str) and texts:
        return Shape(on, at, tuple(cast("list[str]", names)))
    problems.append(f"{key}: on and at are texts and names is a list of texts; nothing else belongs here")
    return None
