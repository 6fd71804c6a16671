"""Brings every item from one backend, or one LEA's name, to another; what config.toml names always holds them all.

Nothing of the source is touched until each copy was read back and compared and config.toml names the target. A run
that was killed is gone on with by another: what is there already is left, and what is gone already is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ssrcred.adapters.vault import Backend
from ssrcred.adapters.vault.item import is_secret, of_lea
from ssrcred.domain.errors import KeyringFailed, KeyringUnfaithful

AGAIN: Final = "Then run the same command again: it continues from here."


class Deed(StrEnum):
    """What was done with an item, or, without one, to config.toml."""

    COPIED = "copied"
    THERE = "there"
    SWITCHED = "switched"
    DELETED = "deleted"


@dataclass(frozen=True)
class Step:
    """One deed, on the item of that name ("" for SWITCHED)."""

    deed: Deed
    name: str = ""


def move(
    names: Iterable[str], source: Backend, target: Backend, switch: Callable[[], None] | None = None
) -> Generator[Step, None, None]:
    """Move each of `names` that the source holds, telling each step once it is done.

    `switch` makes config.toml name the target. None says that it does so already: then a secret that differs there is
    the newer one, and stays. A credential never replaces another. Raises KeyringFailed and what `switch` raises.
    """
    unswitched = f"Nothing is lost: everything is still in the {source.description}, which config.toml names."
    switched = (
        f"Nothing is lost: config.toml names the {target.description}, which holds everything. Some is still in the "
        f"{source.description} as well."
    )

    def kept(name: str, text: str, there: str | None) -> bool:
        return there == text or (there is not None and switch is None and is_secret(name))

    found: dict[str, str] = {}
    for name in names:
        with _stopped(unswitched if switch is not None else switched):
            text = source.read(name)
            if text is None:
                continue
            found[name], deed = text, Deed.THERE
            there = target.read(name)
            if not kept(name, text, there):
                deed = Deed.COPIED
                if there is not None and not is_secret(name):
                    raise _odd(name, target, "holds other credentials under the same name")
                if there is not None:
                    # As in Vault.keep_secret: Windows would leave the one before it behind under another name.
                    target.delete(name)
                target.write(name, text)
                if target.read(name) != text:
                    raise _odd(name, target, "reported that it saved it, but returned something else")
        yield Step(deed, name)
    if switch is not None:
        switch()
        yield Step(Deed.SWITCHED)
    for name, text in found.items():
        with _stopped(switched):
            if source.read(name) != text:
                raise _odd(name, source, "holds something else now than a moment ago")
            if not kept(name, text, target.read(name)):
                raise _odd(name, target, "no longer holds what was saved in it")
            _delete(name, source)
        yield Step(Deed.DELETED, name)


class UnderName:
    """One LEA's items in a backend, read and written under the name that is the LEA's now or will be."""

    def __init__(self, backend: Backend, lea: str) -> None:
        self._backend, self._lea = backend, lea
        self.description = f"{backend.description}, under {lea},"

    def read(self, name: str) -> str | None:
        """The text under a name, or None. Raises KeyringFailed."""
        return self._backend.read(of_lea(name, self._lea))

    def write(self, name: str, text: str) -> None:
        """Save the text under the name. Raises KeyringFailed."""
        self._backend.write(of_lea(name, self._lea), text)

    def delete(self, name: str) -> None:
        """Delete what is under the name; nothing there is fine. Raises KeyringFailed."""
        self._backend.delete(of_lea(name, self._lea))


def delete(names: Iterable[str], source: Backend) -> Generator[Step, None, None]:
    """Delete each of `names` that the source holds, telling each once it is gone. Raises KeyringFailed."""
    for name in names:
        with _stopped("Some of it is deleted, and the rest is still stored."):
            if source.read(name) is None:
                continue
            _delete(name, source)
        yield Step(Deed.DELETED, name)


def _delete(name: str, source: Backend) -> None:
    source.delete(name)
    if source.read(name) is not None:
        raise _odd(name, source, "reported that it deleted it, but still holds it")


def _odd(name: str, where: Backend, what: str) -> KeyringUnfaithful:
    return KeyringUnfaithful(
        f"{name}: the {where.description} {what}.",
        state="The move stopped there.",
        hint="Look at it there, and find out who else uses it.",
    )


@contextmanager
def _stopped(state: str) -> Iterator[None]:
    """Tell a failure with the state that all of the move is in, in place of the one item's."""
    try:
        yield
    except KeyringFailed as failed:
        failed.state, failed.hint = state, f"{failed.hint} {AGAIN}"
        raise
