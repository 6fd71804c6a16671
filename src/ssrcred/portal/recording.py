"""The recorded way through a portal, as it stands in a map: each step, and where each fresh value is found.

[[recording.steps]]  in the order of the visit; exactly one `log-in`, and behind it one `save`
  id*  does*       a name of its own · look, log-in or save
  method* address* GET, POST, PUT, PATCH · a path on the portal itself, with slots (template.py)
  lands  answer    the path that the answer came from in the end · page, data or other
  headers          names and values that a script added
  form             the id of the step whose page holds the form that is sent: then everything that is not in `fields`
                   goes out as the page has it, and nothing without that form
  button where     the button that is pressed · fields by which this form is told from others like it
  labels           the words at the fields of the pair: if they have changed, nothing is sent
  sends            without a form: form, multipart or json
  fields  json     names and values, with slots · the JSON that is sent, slots in its texts
  expects          of a log-in: JSON pointers that the answer has to have, and what has to be there
                   ("" = anything, "{}" = an object or list that is not empty)
[[recording.fresh]]  name kind at on: what a slot is filled with; see spot.py
[[recording.shape]]  on at names: the names that an object has to have still, because a save sends it back whole
[recording.stored]   username, key: where the stored pair is shown, as { kind, at, on }; kind "form" is the save's own
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ssrcred.portal.spot import JAR, Spot, parsed
from ssrcred.portal.template import ACCOUNT, CLOCK, FRESH, PAIR, is_whole, slots, slots_of_json

LOOK: Final = "look"
LOG_IN: Final = "log-in"
SAVE: Final = "save"
OWN_FORM: Final = "form"
METHODS: Final = ("GET", "POST", "PUT", "PATCH")
CHOICES: Final = {
    "does": (LOOK, LOG_IN, SAVE),
    "method": METHODS,
    "answer": ("page", "data", "other"),
    "sends": ("", "form", "multipart", "json"),
}
MOST_STEPS: Final = 40
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")
OWN_HEADERS: Final = frozenset({"cookie", "host", "content-length", "connection", "transfer-encoding", "referer"})
"""Headers that follow from the visit itself and are never taken from a map."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Step:
    """One request of the way; the docstring of this module says what each part means."""

    id: str
    does: str
    method: str
    address: str
    lands: str = ""
    answer: str = "other"
    headers: Pairs = ()
    form: str = ""
    button: tuple[str, ...] = ()
    where: Pairs = ()
    labels: Pairs = ()
    sends: str = ""
    fields: Pairs = ()
    json: str = ""
    expects: Pairs = ()

    def slots(self) -> Iterator[tuple[str, str]]:
        """The name of each slot, and of the part of the step that it stands in."""
        yield from ((name, "address") for name in slots(self.address))
        yield from ((name, "lands") for name in slots(self.lands))
        yield from ((name, "headers") for _, value in self.headers for name in slots(value))
        yield from ((name, "fields") for _, value in self.fields for name in slots(value))
        data = parsed(self.json)
        yield from ((name, "json") for name in (slots_of_json(data[0]) if data else ()))


@dataclass(frozen=True)
class Fresh:
    """A value that is new at each visit: its `name` in slots, and where it is found."""

    name: str
    spot: Spot


@dataclass(frozen=True)
class Shape:
    """The `names` in an object of a step's answer, or the numbers of an array's items."""

    on: str
    at: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Recording:
    """A whole recorded way. `username` and `key` say where the stored pair is shown, or None."""

    steps: tuple[Step, ...]
    fresh: tuple[Fresh, ...] = ()
    shapes: tuple[Shape, ...] = ()
    username: Spot | None = None
    key: Spot | None = None

    def step(self, does: str) -> Step:
        """The step that logs in, or that saves."""
        return next(step for step in self.steps if step.does == does)


def misfits(recording: Recording) -> list[str]:
    """What does not fit together, though each part is well formed."""
    steps, problems = recording.steps, list[str]()
    does = [step.does for step in steps]
    if does.count(LOG_IN) != 1 or does.count(SAVE) != 1 or does.index(LOG_IN) > does.index(SAVE):
        problems.append("recording.steps: one step that does log-in and behind it one that does save are needed")
    if len(steps) > MOST_STEPS:
        problems.append(f"recording.steps: at most {MOST_STEPS} steps are followed")
    spots = {item.name: item.spot for item in recording.fresh}
    if len(spots) != len(recording.fresh):
        problems.append("recording.fresh: two have the same name")
    seen: dict[str, str] = {}
    for at, step in enumerate(steps, 1):
        problems += [f"recording.steps[{at}].{problem}" for problem in _misfits_of(step, seen, spots)]
        seen[step.id] = step.answer
    needs = [(f"fresh.{item.name}", item.spot.on) for item in recording.fresh if item.spot.kind not in JAR]
    needs += [("shape", item.on) for item in recording.shapes]
    shown = [spot for spot in (recording.username, recording.key) if spot is not None]
    needs += [("stored", spot.on) for spot in shown if spot.kind not in (*JAR, OWN_FORM)]
    problems += [f"recording.{what}.on: there is no step {on}" for what, on in needs if on not in seen]
    saves = [step for step in steps if step.does == SAVE]
    if any(spot.kind == OWN_FORM for spot in shown) and not any(step.form for step in saves):
        problems.append("recording.stored: the step that saves sends no form")
    return problems


def _misfits_of(step: Step, seen: dict[str, str], spots: dict[str, Spot]) -> Iterator[str]:
    if not NAME.fullmatch(step.id) or step.id in seen:
        yield "id: a name of its own, of letters, digits, - and _, is needed"
    for part in ("address", "lands"):
        text = getattr(step, part)
        if (text or part == "address") and not _is_path(text):
            yield f"{part}: a path on the portal itself is needed, such as /settings"
    if step.method == "GET" and (step.does != LOOK or step.form or step.sends):
        yield "method: GET only looks and sends nothing; a log-in or a save is no GET"
    if step.does == LOOK and step.method not in ("GET", "POST"):
        yield "method: only a save may use this"
    if step.form and seen.get(step.form) != "page":
        yield "form: an earlier step whose answer is a page is needed"
    if (step.form and step.sends) or bool(step.json) != (step.sends == "json") or (step.json and step.fields):
        yield "sends: either a form of a page, or fields, or json is sent"
    if step.json and parsed(step.json) is None:
        yield "json: a JSON object or list is needed"
    for name, value in step.headers:
        if not HEADER.fullmatch(name) or name.lower() in OWN_HEADERS or not value.isprintable():
            yield "headers: a header has a name that is not set by the visit itself, and a value on one line"
    if not all(is_whole(text) for text in (step.address, step.lands, *(value for _, value in step.headers))):
        yield "address or headers: {{ opens a slot such as {{fresh.csrf}}"
    yield from _misplaced(step, seen, spots)


def _misplaced(step: Step, seen: dict[str, str], spots: dict[str, Spot]) -> Iterator[str]:
    """Slots that are unknown or stand where they must not: a secret belongs in the body of its own step."""
    found = list(step.slots())
    for name, part in found:
        in_body = part in ("fields", "json")
        if name.startswith(FRESH):
            spot = spots.get(name.removeprefix(FRESH))
            if spot is None or (spot.kind not in JAR and spot.on not in seen):
                yield f"{part}: nothing tells where {name} is found before this step"
        elif name in PAIR:
            if step.does != SAVE or not in_body:
                yield f"{part}: {name} belongs in what the save sends, and nowhere else"
        elif name == ACCOUNT[1]:
            if step.does != LOG_IN or not in_body:
                yield f"{part}: {name} belongs in what the log-in sends, and nowhere else"
        elif name != ACCOUNT[0] and name not in CLOCK:
            yield f"{part}: {name} is not a known slot"
    needed = {SAVE: PAIR, LOG_IN: ACCOUNT}.get(step.does, ())
    for name in needed:
        if name not in [slot for slot, _ in found]:
            yield f"fields: {name} is sent nowhere"


def _is_path(text: str) -> bool:
    return text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
