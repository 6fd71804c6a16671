"""Texts with slots, `{{fresh.csrf}}`, that are filled anew at each visit.

account.username account.password   who logs in          pair.username pair.key   what is saved
now.ms now.s    the time since 1970                       fresh.NAME   what was found on the way; see spot.py
A slot that ends in `|number` is filled with a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

from ssrcred.portal.spot import Scalar, leaves, text_of

SLOT: Final = re.compile(r"\{\{([a-z]+\.[A-Za-z0-9_-]+)(\|number)?\}\}")
OPENING: Final = "{{"
ACCOUNT: Final = ("account.username", "account.password")
PAIR: Final = ("pair.username", "pair.key")
CLOCK: Final = ("now.ms", "now.s")
FRESH: Final = "fresh."

Values = Callable[[str], Scalar]


def slot(name: str, *, number: bool = False) -> str:
    """The slot called `name`."""
    return f"{{{{{name}{'|number' if number else ''}}}}}"


def slots(text: str) -> list[str]:
    """The names of the slots in a text, in order."""
    return [found[1] for found in SLOT.finditer(text)]


def is_whole(text: str) -> bool:
    """Whether every `{{` in a text opens a slot."""
    return OPENING not in SLOT.sub("", text)


def filled(text: str, values: Values) -> str:
    """The text with every slot filled."""
    return SLOT.sub(lambda found: text_of(values(found[1])), text)


def filled_json(text: str, values: Values) -> str:
    """A JSON text whose texts hold slots, filled: a text that is one slot becomes what was found, a number or not.

    Raises ValueError if a slot for a number is given something else.
    """
    return json.dumps(_filled(json.loads(text), values), ensure_ascii=False, separators=(",", ":"))


def slots_of_json(data: object) -> Iterator[str]:
    """The names of the slots in the texts of JSON data."""
    for _, value in leaves(data):
        yield from slots(value) if isinstance(value, str) else ()


def _filled(data: object, values: Values) -> object:
    if isinstance(data, dict):
        return {name: _filled(value, values) for name, value in data.items()}
    if isinstance(data, list):
        return [_filled(value, values) for value in data]
    if not isinstance(data, str):
        return data
    whole = SLOT.fullmatch(data)
    if whole is None:
        return filled(data, values)
    value = values(whole[1])
    return int(text_of(value)) if whole[2] else value
