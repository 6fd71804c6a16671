"""The real Secret Service in its moods: no bus, no service, never set up, locked, dismissed, stopped, killed."""

from __future__ import annotations

import gc
import os
import signal
import socket
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.vault.three_lines import check
from keyring_moods import PATIENT
from secret_service import daemon_pid, lock, secret_service
from ssrcred.adapters.vault import Vault
from ssrcred.adapters.vault.agefile import init, open_age_vault
from ssrcred.adapters.vault.move import move
from ssrcred.adapters.vault.oskeyring import find_bus, open_os_keyring
from ssrcred.domain.errors import KeyringFailed, KeyringLocked, KeyringMissing, KeyringSilent

real = pytest.mark.real("secret-service")

OTHER = "import keyring; keyring.set_password('another program', 'somebody', 'made up')"

# keyring leaves its connection open when it fails to unlock; nothing of ours does.
leaky = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture
def swept() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sets and unsets the bus's address: keyring reads it from nowhere but this process's environment."""
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    return monkeypatch


def at(environment: dict[str, str], bus: pytest.MonkeyPatch) -> None:
    bus.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])


def unattended(limit: float = PATIENT) -> Vault:
    return Vault(open_os_keyring(limit=limit, platform="linux"), "lincoln")


def attended(limit: float = PATIENT) -> Vault:
    return Vault(open_os_keyring(limit=limit, waiting=lambda line: None, platform="linux"), "lincoln")


@pytest.mark.parametrize(
    "address",
    ["unix:path=/nowhere/at/all", "garbage", "tcp:host=localhost,port=1", "unix:abstract=made-up-no-such-bus"],
)
def test_a_bus_that_is_not_there_is_no_session(address: str, bus: pytest.MonkeyPatch) -> None:
    bus.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    for vault in (unattended(), attended()):
        with pytest.raises(KeyringMissing, match="no D-Bus session bus was found") as caught:
            vault.canary()
        check(caught.value)
        assert "ssrcred vault init" in caught.value.hint


def test_no_bus_at_all_is_no_session(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bus.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(KeyringMissing, match="no D-Bus session bus was found"):
        unattended().canary()


@real
def test_a_bus_without_a_keyring_has_no_service(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with secret_service(tmp_path, "none") as environment:
        at(environment, bus)
        for vault in (unattended(), attended()):
            with pytest.raises(KeyringMissing, match="no Secret Service answers") as caught:
                vault.canary()
            check(caught.value)


@real
@leaky
@pytest.mark.usefixtures("swept")
def test_a_keyring_that_was_never_set_up_is_not_set_up_by_us(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with secret_service(tmp_path, "never set up") as environment:
        at(environment, bus)
        with pytest.raises(KeyringMissing, match="never set up") as caught:
            unattended().canary()
        check(caught.value)
        # With somebody at a terminal it may ask; without a display its question cannot be shown.
        with pytest.raises(KeyringLocked, match="dismissed or could not be shown") as asked:
            attended().canary()
        check(asked.value)


@real
@leaky
@pytest.mark.usefixtures("swept")
def test_a_locked_keyring_is_not_asked_when_nobody_is_there(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with secret_service(tmp_path) as environment:
        at(environment, bus)
        unattended().canary()
        attended().canary()
        lock(environment)
        with pytest.raises(KeyringLocked, match="nobody can be asked") as caught:
            unattended().canary()
        check(caught.value)
        with pytest.raises(KeyringLocked, match="dismissed or could not be shown") as asked:
            attended().canary()
        check(asked.value)


@real
@leaky
@pytest.mark.usefixtures("swept")
def test_a_stopped_daemon_is_given_up_and_a_killed_one_is_told(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with secret_service(tmp_path) as environment:
        at(environment, bus)
        os.kill(daemon_pid(environment), signal.SIGSTOP)
        with pytest.raises(KeyringSilent) as caught:
            unattended(limit=0.2).canary()
        check(caught.value)
        os.kill(daemon_pid(environment), signal.SIGCONT)
        unattended().canary()
        os.kill(daemon_pid(environment), signal.SIGKILL)
        with pytest.raises(KeyringFailed) as killed:
            unattended().canary()
        check(killed.value)


@real
def test_a_bus_that_the_environment_does_not_name_is_found(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a cron job of a user who is logged in."""
    with secret_service(tmp_path) as environment:
        path = environment["DBUS_SESSION_BUS_ADDRESS"].partition("path=")[2].partition(",")[0]
        runtime = tmp_path / "run, with a comma"
        runtime.mkdir()
        (runtime / "bus").symlink_to(path)
        # So that the address which is found is taken back after the test.
        bus.setenv("DBUS_SESSION_BUS_ADDRESS", "")
        bus.setenv("XDG_RUNTIME_DIR", str(runtime))
        vault = unattended()
        vault.canary()
        assert f"session bus found at {runtime / 'bus'}" in vault.description


def test_only_a_socket_of_this_user_is_taken_for_the_bus(tmp_path: Path) -> None:
    assert find_bus({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/elsewhere", "XDG_RUNTIME_DIR": str(tmp_path)}) is None
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert find_bus(environ) is None
    (tmp_path / "bus").write_text("no socket")
    assert find_bus(environ) is None
    assert list(environ) == ["XDG_RUNTIME_DIR"]
    (tmp_path / "bus").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "bus"))
        assert find_bus(environ) == tmp_path / "bus"
    assert environ["DBUS_SESSION_BUS_ADDRESS"] == f"unix:path={tmp_path / 'bus'}"


@real
@leaky
@pytest.mark.usefixtures("swept")
def test_what_it_holds_can_be_listed_without_being_read(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with secret_service(tmp_path) as environment:
        at(environment, bus)
        ring = open_os_keyring(limit=PATIENT, platform="linux")
        assert ring.names() == []
        ring.write("ssrcred:lincoln:pair-0001", "made-up pair")
        ring.write("ssrcred:lincoln:secret:parent:Ä b", "made-up password")
        with subprocess.Popen(
            [sys.executable, "-c", OTHER], env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)}
        ) as program:
            assert program.wait() == 0
        assert ring.names() == ["ssrcred:lincoln:pair-0001", "ssrcred:lincoln:secret:parent:Ä b"]
        lock(environment)
        with pytest.raises(KeyringLocked):
            ring.names()


@real
@leaky
@pytest.mark.usefixtures("swept")
def test_everything_is_moved_out_of_a_real_keyring_and_back(bus: pytest.MonkeyPatch, tmp_path: Path) -> None:
    init(tmp_path / "vault", key_file=tmp_path / "vault.key")
    file = open_age_vault(tmp_path / "vault", environ={})
    with secret_service(tmp_path) as environment:
        at(environment, bus)
        ring = open_os_keyring(limit=PATIENT, platform="linux")
        made_up = {f"ssrcred:lincoln:pair-{number:04d}": f"made-up {string.punctuation} {number}" for number in (1, 2)}
        for name, text in made_up.items():
            ring.write(name, text)
        assert len(list(move(ring.names() or (), ring, file, lambda: None))) == 5
        assert ring.names() == [] and {name: file.read(name) for name in file.names()} == made_up
        assert len(list(move(file.names(), file, ring, lambda: None))) == 5
        assert file.names() == [] and {name: ring.read(name) for name in ring.names() or ()} == made_up
