"""One item of the vault: its name, its text, and what no keyring on every platform gives back unchanged.

One item holds user name and secret key together, as compact JSON: a kill between two writes cannot part them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused

# UTF-16 units in one item: Windows Credential Manager holds 2,560 bytes (headless.md).
MOST_UNITS: Final = 1280

# Characters in the name of an LEA, a slot or a secret: with what is added it still fits into a file's name.
LONGEST_NAME: Final = 64

SHORTEST_PASSPHRASE: Final = 12

LINE_BREAKS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
BOM: Final = "\ufeff"
SURROGATES: Final = range(0xD800, 0xE000)


def slot_name(lea: str, slot: str) -> str:
    """A credential's name, `ssrcred:LEA:SLOT`. Raises InputRefused for a name that could be mistaken for another."""
    # These two would be the names of the canary and of named secrets.
    if slot in {"canary", "secret"}:
        raise _name_refused("slot")
    return f"ssrcred:{_plain(lea, 'LEA')}:{_plain(slot, 'slot')}"


def secret_name(lea: str, name: str) -> str:
    """The item's name for a named secret, `ssrcred:LEA:secret:NAME`; NAME may hold colons, as `notify:NAME` does."""
    _plain(name.replace(":", "-"), "secret")
    return f"ssrcred:{_plain(lea, 'LEA')}:secret:{name}"


def lea_of(item: str) -> str | None:
    """Whose an item is by its name; None for a name that is not one of ours."""
    parts = item.split(":")
    return parts[1] if len(parts) > 2 and parts[0] == "ssrcred" else None


def of_lea(item: str, lea: str) -> str:
    """The name that an item has under another LEA."""
    ours, _, rest = item.split(":", 2)
    return f"{ours}:{_plain(lea, 'LEA')}:{rest}"


def is_secret(item: str) -> bool:
    """Whether an item's name is that of a named secret, which may be replaced; a credential never is."""
    return item.split(":")[2:3] == ["secret"]


def is_canary(item: str) -> bool:
    """Whether an item's name is that of a canary, which a killed run may have left."""
    return item.split(":")[2:] == ["canary"]


def canary_name(lea: str) -> str:
    """The item's name for the canary, `ssrcred:LEA:canary`."""
    return f"ssrcred:{_plain(lea, 'LEA')}:canary"


def _plain(name: str, whose: str) -> str:
    # A colon would let one LEA's item pass for another's.
    if not name or len(name) > LONGEST_NAME or ":" in name or not (name.isascii() and name.isprintable()):
        raise _name_refused(whose)
    return name


def _name_refused(whose: str) -> InputRefused:
    return InputRefused(
        f"This name of a {whose} cannot be used in the vault.",
        state="Nothing was stored or changed.",
        hint=f"Choose a name of 1 to {LONGEST_NAME} plain letters, digits, hyphens, underscores or dots.",
    )


def fit(text: str, what: str) -> None:
    """Refuse (InputRefused) a text that some keyring would change, cut or split; `what` names it: "The secret key".

    The rule is the same on every platform (headless.md, *Other platforms*): nothing empty, no NUL, line break, lone
    surrogate or leading BOM, at most MOST_UNITS. The text is never repaired, only refused, and never quoted.
    """
    if not text:
        raise _refused(f"{what} is empty.")
    if text[0] == BOM:
        raise _refused(f"{what} starts with a byte order mark, which some programs put before a text.")
    for position, character in enumerate(text, start=1):
        if character == "\0":
            raise _refused(f"{what} has a NUL at character {position}.")
        if character in LINE_BREAKS:
            raise _refused(f"{what} has a line break at character {position}.")
        if ord(character) in SURROGATES:
            raise _refused(f"{what} has half a character at character {position}: it was damaged on the way here.")
    # Units and not characters: Windows counts those beyond the first 65,536 twice.
    units = len(text.encode("utf-16-le")) // 2
    if units > MOST_UNITS:
        raise _refused(f"{what} is too long for the vault: {units:,} units, and {MOST_UNITS:,} fit.")


def fit_passphrase(passphrase: SecretKey) -> None:
    """Refuse (InputRefused) a new passphrase that is too short to protect anything, or that cannot be typed again."""
    fit(passphrase.reveal(), "The passphrase")
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise InputRefused(
            f"The passphrase is too short: {len(passphrase)} characters.",
            state="Nothing was stored or changed.",
            hint=f"Choose at least {SHORTEST_PASSPHRASE} characters; four words that nobody would guess do well.",
        )


def _refused(message: str) -> InputRefused:
    return InputRefused(
        message,
        state="Nothing was stored or changed.",
        hint="Copy it again from where it is shown, without anything before or after it, and try again.",
    )


def pack(credential: Credential) -> str:
    """The item's text for a credential: JSON with `username`, `secret` and `generated_at` (ISO 8601, UTC).

    Raises InputRefused for a user name or key that `fit` refuses, or when both together are too long.
    """
    fit(credential.username, "The user name")
    fit(credential.secret.reveal(), "The secret key")
    if credential.generated_at.tzinfo is None:
        raise ValueError("generated_at has no time zone")
    fields = {
        "username": credential.username,
        "secret": credential.secret.reveal(),
        "generated_at": credential.generated_at.astimezone(UTC).isoformat(),
    }
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    fit(text, "The entry with the credentials")
    return text


def unpack(text: str) -> Credential | None:
    """The credential in an item's text, or None when the text is not what `pack` makes.

    None and not an exception: a parser's exception carries the text that it could not read.
    """
    try:
        fields = json.loads(text)
        username, secret, moment = fields["username"], fields["secret"], fields["generated_at"]
        generated_at = datetime.fromisoformat(moment)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not (isinstance(username, str) and isinstance(secret, str) and username and secret):
        return None
    if generated_at.tzinfo is None:
        return None
    return Credential(username, SecretKey(secret), generated_at.astimezone(UTC))
