"""What a site answered, in a form that shows neither address nor content by accident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class Answer:
    """What a site answered: `status`, `url` (the last one, for links; confidential), `content_type`, `charset`, `body`.

    Its repr shows neither address nor body, so that a traceback cannot show a link, a token or a student's page.
    """

    __slots__ = ("_headers", "body", "charset", "content_type", "status", "url")

    def __init__(self, status: int, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.url = url
        self.body = body
        self._headers = {name.lower(): value for name, value in headers.items()}
        kind, _, rest = self._headers.get("content-type", "").partition(";")
        self.content_type = kind.strip().lower()
        self.charset = ""
        for parameter in rest.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset" and not self.charset:
                self.charset = value.strip().strip("\"'").lower()

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name, or None."""
        return self._headers.get(name.lower())

    def retry_after(self, now: datetime) -> float | None:
        """The seconds from `now` (aware) that the site asks to be left alone for, or None if it says none."""
        said = (self.header("retry-after") or "").strip()
        if said.isascii() and said.isdigit():
            return float(said[:9])
        try:
            moment = parsedate_to_datetime(said)
            return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
        except (ValueError, OverflowError):
            return None

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.content_type or 'no type'}, {len(self.body)} bytes>"
