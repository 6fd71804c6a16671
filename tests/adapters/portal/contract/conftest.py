"""One browser for all the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.portal.contract.driver import BROWSER


@pytest.fixture(scope="module", autouse=True)
def one_browser() -> Iterator[None]:
    yield
    BROWSER.end()
