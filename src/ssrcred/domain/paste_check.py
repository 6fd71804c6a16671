"""Checks whether pasted texts can be what TOMS showed, and finds characters that are easily mistaken.

Nothing here repairs a text. A key that was changed on its way is rejected and the changed character named: a guess
would be stored, saved everywhere and only then found to be wrong. The alphabet, the reported length, and what mail and
Word do to a key are facts of domain.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ssrcred.domain.credential import Credential, SecretKey, looks_like_key
from ssrcred.domain.errors import InputRefused

USER_NAME: Final = "User Name"
SECRET_KEY: Final = "secret key"  # noqa: S105  its name, as TOMS calls it
REPORTED_LENGTH: Final = 20
# Characters of a user name or a key. Windows stores 1,280 UTF-16 units for both together (headless.md).
LONGEST: Final = 500

STATE: Final = "Nothing was stored. The key that TOMS shows is still valid: leave its screen open."
_BOM: Final = "\ufeff"
_LINE_END: Final = re.compile(r"(?:\r\n|\n|\r)\Z")
_PASTE_MARKS: Final = ("\x1b[200~", "\x1b[201~")
_NAME_LIKE: Final = re.compile(r"[A-Za-z0-9._@-]+\Z")
_KEY_LENGTH: Final = 16
# Half a key is as secret as a whole one; a shorter text with a sign in it is a typing error.
_SHORTEST_KEY: Final = 8

# The same character this many times, and nothing else, is a hidden key (dots or stars), not a key.
_MASK_LENGTH: Final = 4
# Names of the buttons and fields of the TOMS screen (domain.md).
_LABELS: Final = (
    *("user name", "username", "secret key", "show secret key", "hide secret key", "credentials", "credentialing"),
    *("generate credentials", "regenerate credentials", "yes, generate credentials", "copy", "cancel", "password"),
    "authorization to release student data to vendors",
)
_LABEL_IN_FRONT: Final = re.compile(
    r"(?:(?:show |hide )?secret ?key|user ?name|password|key)(?:\s*[:=]\s*|\s+)\S", re.IGNORECASE
)

# Plain names for control characters, which have none in Unicode; others are named by their keys (CONTROL-V).
_CONTROLS: Final[dict[int, str]] = {
    0x00: "NUL",
    0x08: "BACKSPACE",
    0x09: "TAB",
    0x0A: "LINE BREAK",
    0x0D: "CARRIAGE RETURN",
    0x1B: "ESCAPE",
    0x7F: "DELETE",
}

_INSTEAD: Final = {
    character: instead
    for characters, instead in (
        ("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bc\u00b4", "the apostrophe"),
        ("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", "the straight quotation mark"),
        ("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "the hyphen"),
        ("\u2026", "three full stops"),
        ("\u02cb\u2035", "the backtick"),
        ("\u02c6", "the caret"),
        ("\u02dc\u223c", "the tilde"),
        ("\u2044\u2215", "the slash"),
        ("\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", "no such space"),
        ("\u200b\u200c\u200d\u2060\u00ad\ufeff\u200e\u200f", "no invisible characters"),
    )
    for character in characters
}

_LOOK_ALIKES: Final = (
    ("`'", "a backtick or an apostrophe"),
    ("lI1|", "a small L, a capital I, a one or a vertical bar"),
    ("O0", "a capital O or a zero"),
    ("-_~", "a hyphen, an underscore or a tilde"),
    (",.;:", "a comma, a full stop, a semicolon or a colon"),
)


@dataclass(frozen=True)
class LookAlike:
    """Where (1-based) a key has characters that are easily mistaken for each other; never which one it is."""

    words: str
    positions: tuple[int, ...]


def clean(text: str) -> str:
    """Return the text without a byte-order mark in front and one line end (CR LF, LF or CR) behind."""
    return _LINE_END.sub("", text.removeprefix(_BOM), count=1)


def check_username(text: str) -> None:
    """Raise InputRefused when a cleaned text cannot be the User Name that TOMS shows: see `check_credential`."""
    _check_half(text, USER_NAME)


def check_secret(text: str, spent: Sequence[Credential] = ()) -> None:
    """Raise InputRefused when a cleaned text cannot be a new secret key: see `check_credential`."""
    _check_half(text, SECRET_KEY)
    key = SecretKey(text)
    if any(key.matches(credential.secret) for credential in spent):
        raise InputRefused(
            "This secret key is stored already; it is not a new one.",
            state="Nothing was stored or changed.",
            hint="Copy the new key: the one that TOMS shows after you click Yes, Generate Credentials.",
        )


def check_credential(username: str, secret: str, spent: Sequence[Credential] = ()) -> None:
    """Raise InputRefused when two cleaned texts cannot be new credentials as TOMS showed them.

    Rejected: an empty or hidden text, a label of the TOMS screen, anything but printable ASCII, surrounding spaces, one
    text twice, user name and key swapped, a key of `spent` credentials. No error quotes a text.
    """
    check_username(username)
    check_secret(secret, spent)
    if username == secret:
        raise refused(
            "The User Name and the secret key are the same text.",
            "Copy the User Name first, then the secret key, each from its own line on the TOMS screen.",
        )
    # A key without punctuation is possible, and so is a strange User Name; only both together mean *swapped*.
    known = any(secret == credential.username or SecretKey(username).matches(credential.secret) for credential in spent)
    if known or (looks_like_key(username) and _NAME_LIKE.match(secret) is not None):
        raise refused(
            "The User Name and the secret key seem to be swapped.",
            "Give the User Name first, then the secret key, as the TOMS screen shows them.",
        )


def look_alikes(secret: str) -> tuple[LookAlike, ...]:
    """Return the kinds of easily mistaken characters in a key, with their positions, for somebody who typed it."""
    return tuple(
        LookAlike(words, positions)
        for characters, words in _LOOK_ALIKES
        if (positions := tuple(number for number, character in enumerate(secret, 1) if character in characters))
    )


def may_be_key(text: str, spent: Sequence[Credential] = ()) -> bool:
    """Whether a cleaned text that was given as a User Name may be a secret key, and is better not shown.

    A key is drawn from all of printable ASCII (domain.md); a text of letters, digits and a few signs is a User Name.
    """
    if any(SecretKey(text).matches(credential.secret) for credential in spent):
        return True
    mixed = all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]")) and text.isalnum()
    return len(text) >= _SHORTEST_KEY and (_NAME_LIKE.match(text) is None or (len(text) >= _KEY_LENGTH and mixed))


def usual_length(spent: Sequence[Credential] = ()) -> int:
    """Return how many characters a new key should have: as many as the one before, else the reported number.

    Another number is a reason to ask, never to reject a key (domain.md).
    """
    return len(spent[0].secret) if spent else REPORTED_LENGTH


def unusual_length(length: int, spent: Sequence[Credential] = ()) -> str:
    """Return a sentence about a key of this many characters, "" if that is usual."""
    if length == usual_length(spent):
        return ""
    had = f"the last key had {len(spent[0].secret)}" if spent else f"keys of {REPORTED_LENGTH} have been reported"
    return f"The secret key has {length} character{'' if length == 1 else 's'}; {had}."


def warnings(username: str, secret: str) -> tuple[str, ...]:
    """Sentences about what is unusual in accepted credentials; none of them is a reason to refuse them."""
    spaced = [part for part, text in ((USER_NAME, username), (SECRET_KEY, secret)) if " " in text]
    return tuple(f"The {part} has a space inside. Compare it with the TOMS screen." for part in spaced)


def _check_half(text: str, half: str) -> None:
    again = f"Copy the {half} again, with the mouse and from the TOMS screen itself, not from mail or Word."
    if not text:
        raise refused(f"The {half} is empty.", again)
    if len(text) > LONGEST:
        raise refused(f"The {half} has {len(text):,} characters: that is too long.", again)
    if what := _label_or_mask(text.strip()):
        show = "On the TOMS screen, click SHOW SECRET KEY, then copy the key alone."
        alone = "Copy the User Name alone. For the secret key, click SHOW SECRET KEY on the TOMS screen first."
        raise refused(f"The {half} {what}.", show if half == SECRET_KEY else alone)
    for mark in _PASTE_MARKS:
        if mark in text:
            raise refused(
                f"From character {text.index(mark) + 1} on, the {half} has a mark that a terminal adds around a paste "
                "(bracketed paste).",
                "Paste in another way, with the mouse for instance, or use: --clipboard.",
            )
    if text != text.strip(" "):
        where = "begins" if text.startswith(" ") else "ends"
        raise refused(f"The {half} {where} with a space.", f"{again} Select it without the space.")
    for number, character in enumerate(text, 1):
        if not " " <= character <= "~":
            raise refused(f"Character {number} of the {half} is {_named(character)}.", again)


def _label_or_mask(text: str) -> str:
    """Say what a text is that stands beside a value on the TOMS screen, or in its place; "" for a value."""
    if len(text) >= _MASK_LENGTH and len(set(text)) == 1:
        return "is one character repeated: TOMS still hides the key"
    if text.rstrip(" :").casefold() in _LABELS:
        return "is the name of a field or a button on the TOMS screen, not its content"
    return "has the name of the field in front of it" if _LABEL_IN_FRONT.match(text) else ""


def _named(character: str) -> str:
    number = ord(character)
    name = unicodedata.name(character, f"NAMELESS CHARACTER U+{number:04X}")
    name = _CONTROLS.get(number, name if number >= ord(" ") else f"CONTROL-{chr(number + ord('@'))}")
    article = "an" if name[0] in "AEIOU" else "a"
    if "\uff01" <= character <= "\uff5e":
        return f"{article} {name}; TOMS uses characters of the ordinary width"
    if character in "\r\n\u2028\u2029\x85":
        return f"{article} {name}; it must be on one line"
    instead = _INSTEAD.get(character, "only the letters, digits and punctuation of an American keyboard")
    return f"{article} {name}; TOMS uses {instead}"


def refused(message: str, hint: str) -> InputRefused:
    """Return the error for a text that cannot be a user name or key; the key that TOMS shows is still valid."""
    return InputRefused(message, state=STATE, hint=hint)
