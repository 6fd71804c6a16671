"""Secret keys as TOMS draws them: 20 printable ASCII characters, always with several that careless software breaks.

The length is reported (domain.md, 2019) and the alphabet follows the guide's example; that every key holds at
least six of the nasty characters is made up, so that no rehearsal is lucky.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from random import Random

NASTY = "`'\"\\<&%+#$"
ALPHABET = string.ascii_letters + string.digits + string.punctuation
LENGTH = 20
NASTY_EACH = 6


@dataclass(frozen=True)
class Pair:
    """A user name and a secret key; printing it doesn't print the key."""

    username: str
    secret: str = field(repr=False)


def draw_key(random: Random) -> str:
    """A new secret key: six different nasty characters and fourteen of any kind, shuffled."""
    characters = random.sample(NASTY, NASTY_EACH) + random.choices(ALPHABET, k=LENGTH - NASTY_EACH)
    random.shuffle(characters)
    return "".join(characters)


def draw_suffix(random: Random) -> str:
    """A short tail that makes one user name differ from the last."""
    return "".join(random.choices(string.digits, k=4))
