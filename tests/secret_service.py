"""A real Secret Service (gnome-keyring) on a session bus of its own, for tests; it touches nobody's keyring.

The recipe is in headless.md, *Real Secret Service in CI*.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import secretstorage
from jeepney import DBusErrorResponse  # type: ignore[import-untyped]
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import Proxy, open_dbus_connection  # type: ignore[import-untyped]

from waiting import HUNG_S, until

NAME = "org.freedesktop.secrets"
PASSWORD = "made-up keyring password"  # protects an empty keyring in a temporary folder, nothing else

# The daemon is asked for first of all: whoever asks for a secret before it would start a locked one.
INSIDE = """
echo "$DBUS_SESSION_BUS_ADDRESS"
read -r password
printf %s "$password" | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 &
read -r until_the_end
"""
NOTHING_INSIDE = 'echo "$DBUS_SESSION_BUS_ADDRESS"; read -r password; read -r until_the_end'
NO_SERVICES = """<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>"""


@contextmanager
def secret_service(
    root: Path, keyring: Literal["unlocked", "never set up", "none"] = "unlocked"
) -> Iterator[dict[str, str]]:
    """Start a session in the folder `root` and yield the environment for programs that shall run in it.

    The bus is always there; the keyring on it is unlocked, or was never given a password, or there is none.
    Everything is killed afterwards. Start another one for a test that locks, stops or kills it.
    """
    environment = _environment(root)
    command = ["dbus-run-session"]
    if keyring == "none":
        config = root / "session.conf"
        config.write_text(NO_SERVICES)
        command.append(f"--config-file={config}")
    session = subprocess.Popen(
        [*command, "--", "sh", "-c", INSIDE if keyring == "unlocked" else NOTHING_INSIDE],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert session.stdin is not None and session.stdout is not None
        environment["DBUS_SESSION_BUS_ADDRESS"] = session.stdout.readline().strip()
        session.stdin.write(f"{PASSWORD}\n")
        session.stdin.flush()
        if keyring == "unlocked":
            _wait_for_owner(environment)
            _prove(environment)
        yield environment
    finally:
        # The daemon may have left the group, so it is asked for by the bus before the group is killed.
        with suppress(OSError, ValueError, DBusErrorResponse):
            os.kill(daemon_pid(environment), signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.killpg(session.pid, signal.SIGKILL)
        session.communicate()


def lock(environment: Mapping[str, str]) -> None:
    """Lock the default collection, as a desktop does when its user is away."""
    with closing(connect(environment)) as connection:
        secretstorage.Collection(connection).lock()


def daemon_pid(environment: Mapping[str, str]) -> int:
    """The process that answers as the Secret Service; SIGSTOP makes it silent, SIGCONT mends that."""
    with closing(connect(environment)) as connection:
        return int(_bus(connection).GetConnectionUnixProcessID(NAME)[0])


def connect(environment: Mapping[str, str]) -> Any:
    """A connection to the session's bus, without touching this process's own environment. Close it."""
    return open_dbus_connection(bus=environment["DBUS_SESSION_BUS_ADDRESS"])


def _environment(root: Path) -> dict[str, str]:
    unset = {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL", "SSH_AUTH_SOCK"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    for name, folder in (("HOME", "home"), ("XDG_DATA_HOME", "data"), ("XDG_RUNTIME_DIR", "run")):
        (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        environment[name] = str(root / folder)
    return environment


def _bus(connection: Any) -> Any:
    return Proxy(message_bus, connection, timeout=HUNG_S)


def _wait_for_owner(environment: Mapping[str, str]) -> None:
    with closing(connect(environment)) as connection:
        bus = _bus(connection)
        until(lambda: bus.NameHasOwner(NAME)[0], "gnome-keyring")


def _prove(environment: Mapping[str, str]) -> None:
    # --unlock exits 0 even when it failed, so only a write and a read tell.
    with closing(connect(environment)) as connection:
        item = secretstorage.Collection(connection).create_item("proof", {"proof": "1"}, b"made up")
        assert item.get_secret() == b"made up"
        item.delete()
