"""The credentials that TOMS shows once; nothing here can print the secret key."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

# Characters that end the value of a field if a page did not escape it (HTML, *attribute value states*).
ENDS: Final = frozenset("\"'")

_SIGNS: Final = re.compile(r"[!-,/:-?\[-^`{-~]")
_SIGNED_LENGTH: Final = 16


def looks_like_key(text: str) -> bool:
    """Whether a text that stands where a user name should is a secret key: a long one with at least three signs."""
    return len(text) >= _SIGNED_LENGTH and len(_SIGNS.findall(text)) >= 3


class SecretKey:
    """A text that cannot be printed, formatted, pickled, hashed or compared by accident.

    Only adapters call `reveal()`; tests/test_map.py holds the list of them.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the adapter that has to send or save it."""
        return self._text

    def matches(self, other: SecretKey) -> bool:
        """Whether both hold the same text; takes the same time wherever they differ."""
        return hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), other._text.encode("utf-8", "surrogatepass")
        )

    def may_show_as(self, shown: SecretKey) -> bool:
        """Whether `shown` can be this text on a page that escapes it wrongly.

        Not at all: it ends at a quotation mark. Twice: its signs stand as HTML writes them.
        """
        from html import unescape  # only a save needs it

        start, rest = SecretKey(self._text[: len(shown)]), self._text[len(shown) :]
        cut = bool(shown) and rest[:1] in ENDS and start.matches(shown)
        return cut or SecretKey(unescape(self._text)).matches(SecretKey(unescape(shown._text)))

    def __len__(self) -> int:
        return len(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return f"<secret key, {len(self._text)} characters>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("compare secret keys with .matches()")

    __hash__ = None  # type: ignore[assignment]  # a set or a dict of keys would compare them

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret key cannot be pickled or copied")


@dataclass(frozen=True, eq=False)
class Credential:
    """User name and secret key as TOMS issued them, and the moment of their generation (aware UTC)."""

    username: str
    secret: SecretKey
    generated_at: datetime

    def matches(self, other: Credential) -> bool:
        """Whether user name and secret key are the same; the moment does not count."""
        return self.username == other.username and self.secret.matches(other.secret)

    def check_digits(self) -> str:
        """Return eight hex digits by which two people find out whether they have the same credentials.

        They are the first of SHA-256 over the user name, a line feed and the secret key, in UTF-8. Of a key of 20
        random characters (131 bits) these 32 bits give nothing away that would help to guess it.
        """
        from hashlib import sha256  # only storing and telling needs it

        return sha256(f"{self.username}\n{self.secret._text}".encode("utf-8", "surrogatepass")).hexdigest()[:8]


def fingerprint(public_key: str) -> str:
    """Return 16 hex digits of SHA-256 over a public key, in fours, by which a person sees that it is another one."""
    from hashlib import sha256

    digits = sha256(public_key.encode()).hexdigest()[:16]
    return "-".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def announced_digits(text: str) -> str | None:
    """Return check digits as somebody wrote them, in lower case without spaces; None if they are not."""
    digits = "".join(text.split()).lower()
    return digits if re.fullmatch("[0-9a-f]{8}", digits) else None
