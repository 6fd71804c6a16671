"""What the answers of a visit showed, by step: the values at each spot, and the site's cookies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from ssrcred.portal.chance import looks_random
from ssrcred.portal.spot import JAR, Scalar, Sheet, Spot, escaped, json_of, sheet, text_of, within
from ssrcred.web import Answer, Site

FILLED: Final = "{}"
"""What a recording wants where an object or a list has to be that is not empty."""
ACCEPTED: Final = frozenset({"ok", "success", "succeeded", "authenticated", "accepted", "granted"})
"""What an answer says when a log-in is accepted, and nothing says of one that is not."""


class Memory:
    """The last answer of every step."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._answers: dict[str, Answer] = {}
        self._sheets: dict[str, Sheet] = {}

    def note(self, step: str, answer: Answer) -> None:
        """Remember a step's answer in place of the one before."""
        self._answers[step] = answer
        self._sheets.pop(step, None)

    def answer(self, step: str) -> Answer | None:
        """The last answer of a step, or None before the first."""
        return self._answers.get(step)

    def values(self, spot: Spot) -> tuple[Scalar, ...]:
        """The different values at a spot: one, if it can be relied on."""
        if spot.kind in JAR:
            found = self._site.cookies(spot.at)
            return tuple(unquote(value) if spot.kind == "cookie-text" else value for value in found)
        answer = self._answers.get(spot.on)
        if answer is None:
            return ()
        if spot.kind == "header":
            value = answer.header(spot.at)
            return (value,) if value else ()
        if spot.on not in self._sheets:
            self._sheets[spot.on] = sheet(answer)
        return self._sheets[spot.on].at(spot.kind, spot.at)

    def names(self, step: str, pointer: str) -> set[str]:
        """The names in an object of a step's answer, the numbers of a list's items; none if neither is there."""
        answer = self._answers.get(step)
        data = json_of(answer) if answer is not None else None
        try:
            found = within(data[0], pointer) if data is not None else None
        except KeyError:
            return set()
        if isinstance(found, Mapping):
            return set(found)
        return {str(number) for number in range(len(found))} if isinstance(found, list) else set()


def is_at(data: tuple[object] | None, pointer: str, wanted: str) -> bool:
    """Whether JSON has something at a pointer, and the wanted text or truth if one is wanted ("{}": more below it)."""
    try:
        found = within(data[0], pointer) if data is not None else None
    except KeyError:
        return False
    if data is None or not wanted:
        return data is not None
    if wanted == FILLED:
        return isinstance(found, dict | list) and bool(found)
    return (found is None or isinstance(found, str | int | float)) and text_of(found) == wanted


def expected(data: tuple[object] | None) -> tuple[tuple[str, str], ...]:
    """What the answer to a log-in has to have again: its names, and what is true or false in it."""
    found = []
    for name, value in data[0].items() if data is not None and isinstance(data[0], dict) else ():
        if looks_random(name):
            continue
        at = f"/{escaped(name)}"
        told = isinstance(value, bool) or (isinstance(value, str) and value.lower() in ACCEPTED)
        found.append((at, text_of(value) if told else (FILLED if value and isinstance(value, dict | list) else "")))
        while isinstance(value, dict) and len(value) == 1:  # GraphQL wraps what it answers in two of these
            name, value = next(iter(value.items()))
            at += f"/{escaped(name)}"
            if value and isinstance(value, dict | list) and not looks_random(name):
                found.append((at, FILLED))
    return tuple(found)
