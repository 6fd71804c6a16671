"""A desk for every test of the commands, searched for secrets when the test is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.desk import Desk


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Desk]:
    """A desk on which nothing is set up, and no district beside it."""
    desk = Desk(tmp_path)
    yield desk
    desk.search_files()


@pytest.fixture
def desk(bare: Desk) -> Iterator[Desk]:
    """A desk on which nothing is set up yet, beside a district whose yearly job is due soon."""
    with bare.beside():
        yield bare


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """A desk that is set up, with every secret in its keyring."""
    desk.set_up()
    return desk


@pytest.fixture
def rotated(ready: Desk) -> Desk:
    """A desk on which the yearly job was done today."""
    ready.rotated()
    return ready
