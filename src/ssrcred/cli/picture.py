"""A picture of a page beside a question, for as long as the question is open; only this user can read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def kept(picture: bytes | None) -> Iterator[str]:
    """The path of a picture in a private temporary folder, which is removed again; "" without one, or without room."""
    from ssrcred.adapters.portal.browser.temporary_folder import temporary_folder

    with ExitStack() as stack:
        path = ""
        with suppress(OSError):
            if picture is not None:
                path = _written(picture, str(stack.enter_context(temporary_folder()) / "page.png"))
        yield path


def _written(picture: bytes, path: str) -> str:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(picture)
    return path
