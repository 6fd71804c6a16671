"""What Windows and macOS say of a script that chooses the proxy: their registry and scutil are made up here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssrcred.adapters.machine.proxy_script import BY_NETWORK, KEYS, proxy_script

# As `scutil --proxy` prints them; the layout is that of its manual's examples and of reports with its output.
MAC = """<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  FTPPassive : 1
  HTTPSEnable : 0
  ProxyAutoConfigEnable : 1
  ProxyAutoConfigURLString : http://dana:made-up@pac.lincoln.example:8080/proxy.pac?key=made-up
  ProxyAutoDiscoveryEnable : 0
}
"""
SHOWN = "http://pac.lincoln.example:8080/proxy.pac"


def registry(where: tuple[str, str], value: str) -> Callable[[str, str, str], str]:
    def read(hive: str, key: str, name: str) -> str:
        if (hive, key) != where or name != "AutoConfigURL":
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return value

    return read


@pytest.mark.parametrize("where", KEYS)
def test_the_script_of_windows_is_found_where_a_person_or_a_policy_wrote_it(where: tuple[str, str]) -> None:
    address = "http://dana:made-up@pac.lincoln.example:8080/proxy.pac?key=made-up"
    assert proxy_script("win32", registry=registry(where, address)) == SHOWN
    assert proxy_script("win32", registry=registry(where, " ")) is None
    assert proxy_script("win32", registry=registry(("", ""), address)) is None


def test_the_script_of_macos_is_found_when_it_is_switched_on() -> None:
    assert proxy_script("darwin", scutil=lambda: MAC) == SHOWN
    off = MAC.replace("ConfigEnable : 1", "ConfigEnable : 0")
    assert proxy_script("darwin", scutil=lambda: off) is None
    assert proxy_script("darwin", scutil=lambda: off.replace("yEnable : 0", "yEnable : 1")) == BY_NETWORK


def test_where_no_system_says_so_there_is_no_script() -> None:
    def gone() -> str:
        raise FileNotFoundError

    assert proxy_script("linux") is None and proxy_script("darwin", scutil=gone) is None


@settings(max_examples=40)
@given(st.text(), st.text(alphabet=st.characters(codec="utf-8")))
def test_whatever_is_written_there_shows_no_user_and_no_control_character(printed: str, address: str) -> None:
    for found in (
        proxy_script("darwin", scutil=lambda: printed),
        proxy_script("win32", registry=registry(KEYS[0], f"http://u:made-up-secret@host/{address}")),
    ):
        assert found is None or (found.isprintable() and "made-up-secret" not in found)
