"""The inspecting proxy, started once for all tests here, and a desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.conftest import bare, desk, ready
from network.inspector import Inspector, inspecting

__all__ = ["bare", "desk", "ready"]


@pytest.fixture(scope="session")
def running_inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    """One for all tests, because it takes a second to start."""
    with inspecting(tmp_path_factory.mktemp("inspector")) as inspector:
        yield inspector


@pytest.fixture
def inspector(running_inspector: Inspector, monkeypatch: pytest.MonkeyPatch) -> Inspector:
    """The inspecting proxy in the environment, with its log-in; its authority is not believed yet."""
    monkeypatch.setenv("HTTPS_PROXY", running_inspector.with_login)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return running_inspector


@pytest.fixture
def believed(inspector: Inspector, monkeypatch: pytest.MonkeyPatch) -> Inspector:
    """The inspecting proxy, whose authority the administrator has named."""
    monkeypatch.setenv("SSL_CERT_FILE", str(inspector.authority))
    return inspector
