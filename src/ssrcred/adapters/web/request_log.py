"""A log of the requests of one run, for a ticket: what for, method, host, the path's shape, status and time.

Never a query, a header, a body, or a value of a page. Of a path only words that any web service may have are shown:
what else stands there may be a name, a number of a student, or a token.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ssrcred.domain.errors import UsageWrong, system_reason

LOG: Final = logging.getLogger("ssrcred.requests")
LOG.propagate = False
LOG.addHandler(logging.NullHandler())  # without one, Python would print what is worse than INFO
# Words of a path that say nothing about anybody.
SHOWN: Final = re.compile(
    "|v[0-9]{1,2}|api|auth|login|logon|signin|logout|oauth2?|token|session|account|home|index|main|menu|office"
    "|students?|parents?|teachers?|schools?|districts?|settings|options|credentials|setup|users|reports?|scorereports"
    "|results|pdf|files|download|caaspp|elpac|toms",
    re.IGNORECASE,
)
# Of a thread and not of a context: a browser's requests arrive in a greenlet, which has a context of its own.
_thread: Final = threading.local()


@contextmanager
def doing(purpose: str) -> Iterator[None]:
    """Name what the requests of this thread are for, as long as the block lasts."""
    before, _thread.purpose = getattr(_thread, "purpose", "-"), purpose
    try:
        yield
    finally:
        _thread.purpose = before


def shape(url: str) -> str:
    """Return an address as host and path, with every part that may be a value replaced by what it is made of."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return "(no address)"
    return f"{host} {'/'.join(map(_part, parts.path.split('/'))) or '/'}"


def _part(text: str) -> str:
    if SHOWN.fullmatch(text):
        return text
    kind = "digits" if text.isdigit() else "letters" if text.isalpha() else "characters"
    return f"{{{len(text)} {kind}}}"


def note(method: str, url: str, ended: str, seconds: float) -> None:
    """Log one request, and how it `ended`: its status, or why there is none."""
    if LOG.isEnabledFor(logging.INFO):
        LOG.info(
            "%-36s %-4s %s  %s  %.0f ms", getattr(_thread, "purpose", "-"), method, shape(url), ended, seconds * 1000
        )


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Add what is logged to a file of this account alone, as long as the block lasts. Raises UsageWrong."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # One that was there already may be open to others. What is no file, as /dev/stderr, has no mode of ours.
        with suppress(AttributeError, PermissionError):
            if stat.S_ISREG(os.fstat(number).st_mode):
                os.fchmod(number, 0o600)
    except OSError as error:
        raise UsageWrong(
            f"The log cannot be written to {path} ({system_reason(error)}).",
            state="Nothing was done.",
            hint="Use a folder that this account can write to, or leave out --log.",
        ) from None
    handler = logging.StreamHandler(open(number, "a", encoding="utf-8", errors="replace"))  # noqa: SIM115
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03dZ  %(message)s", "%Y-%m-%dT%H:%M:%S"))
    handler.formatter.converter = time.gmtime  # type: ignore[union-attr]
    handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk stops no rotation
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOG.setLevel(logging.NOTSET)
        LOG.removeHandler(handler)
        with suppress(OSError):
            handler.stream.close()
