"""A desk for every test of the commands, searched for secrets when the test is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.desk import Desk, LeftDesk


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


@pytest.fixture(scope="session")
def set_up_once(tmp_path_factory: pytest.TempPathFactory) -> LeftDesk:
    """A desk that is set up, with every secret in its keyring, as every test may take it over."""
    desk = Desk(tmp_path_factory.mktemp("set-up"))
    with desk.beside():
        desk.set_up()
        return desk.left()


@pytest.fixture(scope="session")
def rotated_once(set_up_once: LeftDesk, tmp_path_factory: pytest.TempPathFactory) -> LeftDesk:
    """A desk on which the yearly job was done today, as every test may take it over."""
    desk = Desk(tmp_path_factory.mktemp("rotated"))
    with desk.beside():
        desk.take_over(set_up_once)
        desk.rotated()
        return desk.left()


@pytest.fixture
def ready(desk: Desk, set_up_once: LeftDesk) -> Desk:
    """A desk that is set up, with every secret in its keyring."""
    desk.take_over(set_up_once)
    return desk


@pytest.fixture
def rotated(desk: Desk, rotated_once: LeftDesk) -> Desk:
    """A desk on which the yearly job was done today."""
    desk.take_over(rotated_once)
    return desk
