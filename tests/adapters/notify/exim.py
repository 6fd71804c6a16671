"""A real mail server, exim, on free ports of 127.0.0.1: takes mail for lincoln.example and leaves it in its queue.

Its certificate is of a made-up authority, which only those trust who are told to. All accounts are made up.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from waiting import until

PASSWORD = "made-up-password-of-dana"

CONFIG = """
keep_environment =
primary_hostname = localhost
spool_directory = FOLDER/spool
log_file_path = FOLDER/%slog
pid_file_path = FOLDER/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = PLAIN : TLS
tls_on_connect_ports = TLS
tls_advertise_hosts = *
tls_certificate = FOLDER/cert.pem
tls_privatekey = FOLDER/key.pem
domainlist local_domains = lincoln.example
host_lookup =
rfc1413_query_timeout = 0s
queue_only = true
acl_smtp_rcpt = check
begin acl
check:
  deny    message = no such mailbox
          local_parts = nobody
  defer   local_parts = later
  accept  domains = +local_domains
  accept  authenticated = *
  deny    message = no relay
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{dana}}{eq{$auth3}{PASSWORD}}}}
  server_advertise_condition = ${if def:tls_in_cipher}
"""


@dataclass
class Exim:
    """One that runs: its ports, its certificate's authority, and what it took."""

    folder: Path
    port: int
    tls_port: int

    @property
    def authority(self) -> Path:
        """The certificate to trust."""
        return self.folder / "cert.pem"

    def queue(self) -> list[str]:
        """Headers and text of every mail that it took, oldest first."""
        heads = sorted((self.folder / "spool" / "input").glob("*-H"), key=lambda path: path.stat().st_mtime)
        return [head.read_text() + head.with_name(f"{head.name[:-2]}-D").read_text() for head in heads]


@contextmanager
def exim() -> Iterator[Exim]:
    """A mail server while the block lasts."""
    # Not below pytest's own folder: started by root, it becomes another user, who may not enter there.
    folder = Path(tempfile.mkdtemp(prefix="exim-"))
    server = Exim(folder, _free_port(), _free_port())
    _certificate(folder)
    text = CONFIG.replace("PASSWORD", PASSWORD).replace("FOLDER", str(folder))
    (folder / "conf").write_text(
        text.replace("PLAIN : TLS", f"{server.port} : {server.tls_port}").replace(
            "ports = TLS", f"ports = {server.tls_port}"
        )
    )
    folder.chmod(0o777)
    log = (folder / "out").open("wb")
    process = subprocess.Popen(["/usr/sbin/exim4", "-C", str(folder / "conf"), "-bdf"], stdout=log, stderr=log)
    try:
        _until_it_answers(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        log.close()
        shutil.rmtree(folder)


def _until_it_answers(server: Exim, process: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        assert process.poll() is None, (server.folder / "out").read_text()
        with closing(socket.socket()) as probe:
            return not probe.connect_ex(("127.0.0.1", server.port))

    until(answers, "exim's port")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def _certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=made-up authority of a test", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "key.pem").chmod(0o644)  # a made-up key, read by whoever the server becomes
