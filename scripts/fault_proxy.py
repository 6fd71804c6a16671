"""Stands before the sites of a practice district and lets a chosen request go wrong, over TLS.

Every request comes over a connection of its own, so the nth connection is the nth request. Linux only: a socket that
was shut down keeps its port there and can listen again.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST: Final = "127.0.0.1"
CUT_AFTER: Final = 40  # bytes of an answer that is cut
FOREIGN: Final = b"<!DOCTYPE html><title>Guest network</title><h1>Welcome</h1><p>Please accept the terms of use.</p>"
# What a request meets. The first three last until the end of the run, as a network's faults do; the others do not.
LASTING: Final = ("refused", "no answer", "TLS of another site")
UNSEEN: Final = {  # the site never sees the request
    "401": b"HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\n\r\n<h1>Unauthorized</h1>",
    "404": b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<h1>Not Found</h1>",
    "429": b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Type: text/html\r\n\r\n<h1>Slow down</h1>",
    "503": b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\n\r\n<h1>Service Unavailable</h1>",
    "wrong content": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + FOREIGN,
    "redirect away": b"",
    "reset before it arrives": b"",
}
SEEN: Final = (  # the site has done what it was asked for
    *("500 after it was done", "reset before the answer", "reset in the answer", "reset after the answer"),
    *("slow drip", "endless"),
)
KINDS: Final = (*LASTING, *UNSEEN, *SEEN)
ERROR: Final = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\n\r\n<h1>Server Error</h1>"


class RequestFault(NamedTuple):
    """The request with that `number` (from 1) to a `site` goes wrong as `kind` says."""

    site: str
    number: int
    kind: str


class Front:
    """One site's address, in place of its own at `port`. Each connection is served in a thread."""

    def __init__(self, site: str, port: int, ours: ssl.SSLContext, foreign: ssl.SSLContext, decoy: Decoy) -> None:
        self.site, self.count = site, 0
        self._real, self._ours, self._foreign, self._decoy = (HOST, port), ours, foreign, decoy
        self._fault: RequestFault | None = None
        self._over = threading.Event()  # lets go of every connection that is held
        with socket.create_server((HOST, 0)) as free:
            self.port = int(free.getsockname()[1])
        self._listener = socket.create_server((HOST, self.port))  # only a port that was named is kept while it refuses
        self._admits = threading.Event()
        self._admits.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, fault: RequestFault | None) -> None:
        """Begin to count anew, with a fault or none."""
        self._over.set()
        self._over = threading.Event()
        self._fault, self.count = fault, 0
        if not self._admits.is_set():
            self._listener.listen()
            self._admits.set()
        self._refuse_if_next()

    def _refuse_if_next(self) -> None:
        if self._fault is not None and self._fault.kind == "refused" and self.count + 1 >= self._fault.number:
            self._admits.clear()
            self._listener.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            self._admits.wait()
            try:
                connection, _ = self._listener.accept()
            except OSError:  # it was shut down
                continue
            self.count += 1
            threading.Thread(target=self._serve, args=(connection, self.count, self._fault), daemon=True).start()

    def _serve(self, raw: socket.socket, number: int, fault: RequestFault | None) -> None:
        hit = fault is not None and (number == fault.number or (number > fault.number and fault.kind in LASTING))
        kind = fault.kind if fault is not None and hit else ""
        raw.settimeout(60)
        with suppress(OSError), raw:
            context = self._foreign if kind == "TLS of another site" else self._ours
            with context.wrap_socket(raw, server_side=True) as connection:
                self._answer(connection, kind, _received(connection))

    def _answer(self, connection: ssl.SSLSocket, kind: str, request: bytes) -> None:
        if kind in UNSEEN:
            answer = UNSEEN[kind]
            if kind == "redirect away":
                answer = b"HTTP/1.1 302 Found\r\nLocation: https://%s:%d/\r\n\r\n" % (HOST.encode(), self._decoy.port)
            connection.sendall(answer) if answer else _reset(connection)
            return
        if kind == "no answer":
            self._over.wait()
            return
        answer = self._passed_on(request)
        self._refuse_if_next()
        if kind == "500 after it was done":
            connection.sendall(ERROR)
        elif kind in ("reset before the answer", "reset in the answer", "reset after the answer"):
            sent = {"reset before the answer": 0, "reset in the answer": CUT_AFTER}.get(kind, len(answer))
            connection.sendall(answer[:sent])
            _reset(connection)
        elif kind == "slow drip":
            for place in range(len(answer)):
                connection.sendall(answer[place : place + 1])
                if self._over.wait(1):
                    return
        elif kind == "endless":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
            while not self._over.is_set():
                connection.sendall(b"<p>and so on</p>\n" * 4096)
        else:
            connection.sendall(answer)

    def _passed_on(self, request: bytes) -> bytes:
        with socket.create_connection(self._real, timeout=60) as onward:
            onward.sendall(request)
            answer = b"".join(iter(lambda: onward.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        ours = f"{HOST}:{self.port}".encode()
        body = body.replace(b"http://" + ours, b"https://" + ours)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


class Decoy:
    """Another site, where redirects lead to: `visits` says how often somebody came."""

    def __init__(self) -> None:
        self.visits = 0
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            self.visits += 1
            connection.close()


class Fronts:
    """All fronts of a district by the name of their site; `certificate` is the file to trust."""

    def __init__(self, ports: Mapping[str, int], folder: Path) -> None:
        self.decoy, self.certificate = Decoy(), folder / "front.pem"
        ours, foreign = _context(self.certificate), _context(folder / "foreign.pem")
        self.by_site = {site: Front(site, port, ours, foreign, self.decoy) for site, port in ports.items()}

    def arm(self, *faults: RequestFault) -> None:
        """Begin to count anew, with these faults; one for each site at most."""
        for site, front in self.by_site.items():
            front.arm(next((one for one in faults if one.site == site), None))


def _received(connection: ssl.SSLSocket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        part = connection.recv(65536)
        if not part:
            return request
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.close(connection)  # not SSLSocket's own words of farewell


def _context(path: Path) -> ssl.SSLContext:
    """Return the TLS of a server with a certificate of its own making, which is written to `path`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.stem)])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=900))
        .not_valid_after(now + timedelta(days=900))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
