"""A stage for every test of the schedulers."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.schedule.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A machine without any scheduler yet."""
    return Stage(tmp_path)
