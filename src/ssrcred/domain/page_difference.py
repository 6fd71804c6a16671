"""One thing on a portal's page that is not as it was confirmed: what it is, what it was, what it is now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ssrcred.domain.place import DISTRICT


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


CALLED: Final = {
    What.WAY: "the way to the page",
    What.WORDS: "the words near the fields",
    What.LABEL: "the label of a field",
    What.FIELD: "a field",
    What.FORM: "where the page sends the fields",
    What.SAVE: "what saves the fields",
    What.CHOICE: "a choice",
    What.GROUP: "the list of schools",
}


@dataclass(frozen=True)
class Difference:
    """`place` is the setting ("" for the page as a whole); `was` and `is_now` are labels, never what a field holds."""

    place: str
    what: What
    was: str
    is_now: str

    @property
    def change(self) -> str:
        """What it was and what it is now, in words."""
        return f"{CALLED[self.what]} was {self.was}, is now {self.is_now}"

    def __str__(self) -> str:
        return {"": "", DISTRICT: "the district: "}.get(self.place, f"{self.place}: ") + self.change

    def as_json(self) -> dict[str, str]:
        """The keys that scripts rely on."""
        return {"place": self.place, "what": self.what.value, "was": self.was, "is": self.is_now}
