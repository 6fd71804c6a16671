"""A picture of a page beside a question, for as long as the question is open; only this user can read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept(picture: bytes | None) -> Iterator[str]:
    """The path of a picture in a private temporary folder, which is removed again; "" without one, or without room."""
    from ssrcred.adapters.portal.browser.temporary_folder import Scratch

    if picture is None:
        yield ""
        return
    try:
        folder = Scratch()
    except OSError:
        yield ""
        return
    try:
        yield _written(picture, str(folder.path / "page.png"))
    finally:
        folder.remove()


def _written(picture: bytes, path: str) -> str:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(picture)
    except OSError:
        return ""
    return path
