"""The drivers that every portal check runs with; a new driver is one more line here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import pytest

from ssrcred.credential import Credential, SecretKey
from ssrcred.place import Reading, Saved
from ssrcred.portal import FormPortal, PortalMap
from ssrcred.web import Limits

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


class OpenPortal(Protocol):
    """What a story asks of a portal, as far as these checks go."""

    def places(self) -> tuple[Reading, ...]: ...
    def write(self, place: str, credential: Credential | None) -> Saved: ...


class Opening(Protocol):
    """A driver's way in: the portal at an address for one office account, closed afterwards."""

    def __call__(
        self, base_url: str, username: str, password: SecretKey, words: PortalMap, *, limits: Limits | None = None
    ) -> AbstractContextManager[OpenPortal]: ...


@dataclass(frozen=True)
class Driver:
    """One driver: `name` as in config.toml, how it is opened, and the real part of the machine that it needs."""

    name: str
    open: Opening
    real: str = ""


@contextmanager
def over_http(
    base_url: str, username: str, password: SecretKey, words: PortalMap, *, limits: Limits | None = None
) -> Iterator[OpenPortal]:
    """The http driver."""
    with closing(FormPortal(base_url, username, password, words, limits=limits, clock=lambda: NOW)) as portal:
        yield portal


DRIVERS = (Driver("http", over_http),)


def every_driver() -> list[object]:
    """One parameter for each driver, marked with the real part that it needs."""
    return [
        pytest.param(driver, id=driver.name, marks=[pytest.mark.real(driver.real)] if driver.real else [])
        for driver in DRIVERS
    ]
