"""How far one act in a window leads: redirects, pages that go on by themselves, and frames in the page that is shown.

A browser follows all three without being asked, and without end; the bounds are those of a visit over HTTP.
"""

from __future__ import annotations

from typing import Final

from ssrcred.adapters.portal.visit.arrival import MOST

REDIRECTS: Final = "sends from one address to the next without end"
ONWARD: Final = "sends from one page to the next without end"
FRAMES: Final = "holds more frames than any page of a portal does"
MOST_KEPT: Final = 200


class Course:
    """What the window's act has asked for so far; `most_hops` bounds the redirects of a page, and the pages."""

    def __init__(self, most_hops: int) -> None:
        self._most_hops = most_hops
        self._hops: dict[str, int] = {}
        self._pages = self._frames = 0
        self.endless = ""

    def begin(self) -> None:
        """Count from here on, for a new act. `endless` then says why its page was not followed any further."""
        self._pages = self._frames = 0
        self.endless = ""

    def hop(self, network: str) -> int:
        """Which hop of one request this is, by the protocol's name for it; 0 for the first."""
        if len(self._hops) > MOST_KEPT:
            self._hops.clear()
        self._hops[network] = self._hops.get(network, -1) + 1
        return self._hops[network] if network else 0

    def refuses(self, hop: int, *, document: bool, framed: bool) -> str:
        """Why a request of the portal itself is not sent any more, or nothing. Frames too many just stay empty.

        `document` tells of a request for a page and not for a part of one; `framed`, that it is not for the window.
        """
        if hop > self._most_hops:
            self.endless = self.endless or (REDIRECTS if document and not framed else "")
            return REDIRECTS
        if not document or hop:
            return ""
        if framed:
            self._frames += 1
            return FRAMES if self._frames > MOST else ""
        self._pages, self._frames = self._pages + 1, 0
        if self._pages > self._most_hops + 1:
            self.endless = ONWARD
        return self.endless
