"""A real mitmproxy as a school has it: it inspects what is encrypted, and asks for a user name and a password.

Its authority, names and password are made up for the run.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from waiting import until

PASSWORD = "p@ss/w#rd-100%"


@dataclass
class Inspector:
    """The proxy: where it listens, the file with its authority's certificate, and the file with what it says."""

    port: int
    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that an administrator would put into the system's store."""
        return self.folder / "mitmproxy-ca-cert.pem"

    @property
    def address(self) -> str:
        """What an administrator would put into HTTPS_PROXY, without a log-in."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def with_login(self) -> str:
        """The same with the log-in."""
        return f"http://school:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}"

    def steer(self, **ports: int) -> None:
        """Send what is for NAME_example to a port of this computer; an underscore stands for a dot."""
        named = {name.replace("_", "."): port for name, port in ports.items()}
        (self.folder / "steer.json").write_text(json.dumps(named), "utf-8")


@contextmanager
def inspecting(folder: Path) -> Iterator[Inspector]:
    """Start mitmproxy with an authority of its own in `folder`, and stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [
        *("mitmdump", "--listen-host", "127.0.0.1", "--listen-port", str(port), "--proxyauth", f"school:{PASSWORD}"),
        *("--set", f"confdir={folder}", "--set", "connection_strategy=lazy", "--set", "upstream_cert=false"),
        *("--scripts", str(Path(__file__).with_name("steer.py"))),
    ]
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "STEER": str(folder), "PYTHONUNBUFFERED": "1"}
    with (folder / "said").open("wb") as said:
        running = subprocess.Popen(arguments, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=environ)
        try:
            _await(port, running)
            yield Inspector(port, folder)
        finally:
            running.terminate()
            running.wait(10)


def _await(port: int, running: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        assert running.poll() is None, "mitmproxy ended"
        with closing(socket.socket()) as probe:
            return not probe.connect_ex(("127.0.0.1", port))

    until(answers, "mitmproxy's port")
