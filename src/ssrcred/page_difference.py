"""One thing on a portal's page that is not as it was confirmed: what it is, what it was, what it is now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """What differs (portal.md, *JSON*)."""

    WAY = "way"  # a link, tab or menu item that leads to the page
    WORDS = "words"  # the words that name the setting
    LABEL = "label"  # what a field is called
    FIELD = "field"  # a field's kind, or that it can be typed into
    FORM = "form"  # how and where the form is sent
    SAVE = "save"  # what saves
    CHOICE = "choice"  # a choice that says whose settings these are
    GROUP = "group"  # the list of schools


@dataclass(frozen=True)
class Difference:
    """`place` is the setting ("" for the page as a whole); `was` and `is_now` are labels, never what a field holds."""

    place: str
    what: What
    was: str
    is_now: str

    def as_json(self) -> dict[str, str]:
        """The keys that scripts rely on."""
        return {"place": self.place, "what": self.what.value, "was": self.was, "is": self.is_now}
