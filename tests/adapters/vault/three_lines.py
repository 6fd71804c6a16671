"""Checks what a person is told when the vault fails, and that no secret is anywhere in it."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from ssrcred.domain.errors import SsrcredError

MADE_UP_KEY = "*MadeUp>()(`key'\"\\<&%+#$"
MADE_UP_USER = "made-up-user-7"


def check(error: SsrcredError, *secrets: str) -> None:
    """Fail unless the error has three full sentences, and none of `secrets` in it or in anything that hangs on it."""
    for line in (error.message, error.state, error.hint):
        assert line and line[0] not in "abcdefghijklmnopqrstuvwxyz", line
        assert "\n" not in line
    assert error.message.endswith(".") and error.state.endswith(".")
    told = "\n".join([*_texts(error), *traceback.format_exception(error)])
    for secret in (MADE_UP_KEY, *secrets):
        # Not `assert secret not in told`: pytest would print both.
        if secret in told or repr(secret)[1:-1] in told:
            raise AssertionError("a secret is in the error")


def each(*deeds: Callable[[], object]) -> tuple[Callable[[], object], ...]:
    """Several things to try, one after another."""
    return deeds


def _texts(error: BaseException | None) -> list[str]:
    """Everything that can be read off an exception and off those behind it, whether shown or suppressed."""
    texts: list[str] = []
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        texts += [str(link), repr(link), repr(link.args), repr(vars(link)), repr(getattr(link, "doc", ""))]
        texts += [repr(getattr(link, "object", "")), repr(getattr(link, "__notes__", ""))]
        waiting += [link.__cause__, link.__context__]
    return texts
