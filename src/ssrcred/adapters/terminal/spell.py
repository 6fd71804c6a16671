"""A stored key told character by character, by position and name, for eyes at the person's own terminal only.

What this gives is as secret as the key: it is shown on a screen that is erased afterwards, and goes nowhere else.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from ssrcred.domain import paste_check

if TYPE_CHECKING:
    from ssrcred.domain.credential import SecretKey

SIGNS: Final = (
    *("exclamation mark", "straight double quotation mark", "number sign", "dollar sign", "percent sign"),
    *("ampersand, the and sign", "apostrophe, the key left of Enter", "opening round bracket", "closing round bracket"),
    *("asterisk, the star", "plus sign", "comma", "hyphen, the minus sign", "full stop"),
    *("slash, the key with the question mark", "colon", "semicolon", "less-than sign", "equals sign"),
    *("greater-than sign", "question mark", "at sign", "opening square bracket", "backslash, the key above Enter"),
    *("closing square bracket", "caret, on the key 6", "underscore, on the key of the hyphen"),
    *("backtick, the key under Esc", "opening curly bracket", "vertical bar, on the key of the backslash"),
    *("closing curly bracket", "tilde, on the key of the backtick"),
)
# What each sign of an American keyboard is called, and where its key is if it may be taken for another.
NAMES: Final = {" ": "space", **dict(zip(string.punctuation, SIGNS, strict=True))}

# The spelling alphabet of radio and telephone (ITU Radio Regulations, appendix 14).
ALPHABET: Final = (
    *("alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo", "lima"),
    *("mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey"),
    *("x-ray", "yankee", "zulu"),
)
DIGITS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def spelled(text: SecretKey) -> tuple[str, ...]:
    """One line for each character: its place, the character and its name: "7: `  backtick, the key under Esc"."""
    signs = text.reveal()
    width = len(str(len(signs)))
    return tuple(f"{number:>{width}}: {sign}  {_named(sign)}" for number, sign in enumerate(signs, 1))


def easily_mistaken(key: SecretKey) -> tuple[paste_check.LookAlike, ...]:
    """The kinds of easily mistaken characters in a key, with their places."""
    return paste_check.look_alikes(key.reveal())


def _named(sign: str) -> str:
    if sign in string.ascii_lowercase:
        return f"small {sign}, {ALPHABET[ord(sign) - ord('a')]}"
    if sign in string.ascii_uppercase:
        return f"capital {sign}, {ALPHABET[ord(sign) - ord('A')].upper()}"
    if sign in string.digits:
        return f"digit {DIGITS[int(sign)]}"
    return NAMES.get(sign, "a character that an American keyboard does not have")
