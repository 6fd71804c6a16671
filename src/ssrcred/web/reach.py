"""Whether a page answers at all, found out without a sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssrcred.errors import PageNotUnderstood, Unreachable
from ssrcred.web.bound import Limits
from ssrcred.web.site import Site

if TYPE_CHECKING:
    import httpx

LIMITS: Final = Limits(connect_seconds=5, read_seconds=8, total_seconds=10, visit_seconds=15)
"""Short: a person waits, and it is only a warning."""


def reach(url: str, name: str, *, transport: httpx.BaseTransport | None = None) -> None:
    """Raise Unreachable when the page does not answer, or answers with an error of its own (500 and above)."""
    with Site(url, limits=LIMITS, transport=transport) as site:
        try:
            answer = site.get(url)
        except PageNotUnderstood:
            return  # it answered, which is all that was asked
    if answer.status >= 500:
        raise Unreachable(
            f"{name} returned an error ({answer.status}).", state="Nothing was changed.", hint="Try again later."
        )
