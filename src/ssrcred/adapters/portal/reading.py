"""What the two fields of a setting show: the user name, and of the key what can be seen."""

from __future__ import annotations

from itertools import takewhile
from typing import Final

from ssrcred.adapters.portal.html.label import text_in
from ssrcred.adapters.portal.html.page import Field
from ssrcred.adapters.portal.html.tree import LISTED
from ssrcred.adapters.portal.html.wording import says
from ssrcred.adapters.portal.map import FieldWords
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.place import KeySeen, Kind, Reading

MASKS: Final = frozenset("*\u2022\u25cf\u2219\u00b7\u204e\uff0a\u25a0\u26ab")
SHORTEST_MASK: Final = 3
SHORTEST_REPEATED: Final = 6
NO_KEY: Final = frozenset({"same", "cut"})
"""Looks of a filled key field (route.FieldLook) whose text is no key."""


def reading_of(place: str, kind: Kind, username: Field, key: Field, words: FieldWords, filled: str = "") -> Reading:
    """What is seen of one setting; `filled` is how the key's field looks once it is filled, "" where nobody knows."""
    shown, value = username.control.value, key.control.value
    if value and not is_masked(value) and filled not in NO_KEY:
        return Reading(place, kind, shown, KeySeen.CLEAR, SecretKey(value))
    # The words around the key's field, as far out as they can only be about it.
    node = key.control.node
    around = [node, *takewhile(lambda part: sum(one.tag in LISTED for one in part.walk()) == 1, node.ancestors())]
    hint = text_in(around[-1]) + " " + node.attributes.get("placeholder", "")
    if not value and (says(hint, words.missing) or (not shown and not says(hint, words.kept))):
        return Reading(place, kind, shown, KeySeen.BLANK)
    return Reading(place, kind, shown, KeySeen.HIDDEN)


def is_masked(value: str) -> bool:
    """Whether the text of a field for a secret stands for another: stars or dots, or one sign again and again."""
    again = len(value) >= SHORTEST_REPEATED and len(set(value)) == 1
    return again or (len(value) >= SHORTEST_MASK and set(value) <= MASKS)
