"""Who gets messages about an LEA: mailboxes and chats, by what config.toml names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from ssrcred.adapters.config import Config, Lea

# What a recipient's key in the history begins with.
MAIL: Final = "mail:"
CHAT: Final = "chat:"


@dataclass(frozen=True)
class Recipient:
    """Somebody who gets reminders: `key` in the history, `shown` for people, and the LEAs that they hear of."""

    key: str
    shown: str
    leas: tuple[Lea, ...]


def recipients(config: Config, leas: Iterable[Lea]) -> list[Recipient]:
    """Return everybody who gets reminders of one of these LEAs, each once; the LEAs in their order."""
    by_key: dict[str, Recipient] = {}
    for lea in leas:
        addresses = {f"{MAIL}{one.casefold()}": one for one in (*config.everyone.mail, *lea.remind.mail)}
        names = {f"{CHAT}{one}": one for one in (*config.everyone.channels, *lea.remind.channels)}
        for key, shown in {**addresses, **names}.items():
            known = by_key.get(key, Recipient(key, shown, ()))
            by_key[key] = replace(known, leas=(*known.leas, lea))
    return list(by_key.values())
