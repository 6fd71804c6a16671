"""Which hosts are this computer: nothing else may be sent a password without encryption, or go past the proxy."""

from __future__ import annotations

import pytest

from ssrcred.domain.loopback import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.1.1", "::1"])
def test_this_computer_is_known_by_its_name_and_numbers(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "127.0.0.1.example.org", "127.example.org", "127.0.0", "127.0.0.1\n", "localhost.example", "10.0.0.1"]
)
def test_a_host_that_only_begins_like_it_is_another(host: str) -> None:
    assert not is_loopback(host)
