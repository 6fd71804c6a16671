"""Whether a page's own script changed any other field while two were typed into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle, Frame, JSHandle

VALUES: Final = """(own) => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      if (/^(input|select|textarea)$/.test(element.localName) && !own.includes(element))
        found.push([element, value(element)]);
    }
  };
  const value = (element) =>
    element.localName === "select" ? Array.from(element.selectedOptions, (option) => option.value).join("\\n")
    : /^(checkbox|radio)$/.test(element.type) ? String(element.checked)
    : element.value;
  look(document);
  return { found, value };
}"""
CHANGED: Final = """({ found, value }) =>
  found.some(([element, before]) => !element.isConnected || value(element) !== before)"""


class Others:
    """Every field of some frames but those in `own`, hidden ones too, with the values that they hold now."""

    def __init__(self, frames: Sequence[Frame], own: Sequence[ElementHandle]) -> None:
        self._before: list[JSHandle] = []
        for frame in frames:
            here = [element for element in own if element.owner_frame() is frame]
            self._before.append(frame.evaluate_handle(VALUES, here))

    def changed(self) -> bool:
        """Whether one holds something else, or is gone."""
        return any(before.evaluate(CHANGED) for before in self._before)
