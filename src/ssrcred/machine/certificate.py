"""Looks at the certificate that a site shows here, and says who has issued it. Nothing is sent after the greeting."""

from __future__ import annotations

import base64
import http.client
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ssrcred.errors import Unreachable
from ssrcred.machine.network import Proxy

LONGEST: Final = 80
NO_KNOWN_ROOT: Final = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's x509_vfy.h: no issuer found, self-signed, self-signed in the chain, no local issuer, first not verified."""


@dataclass(frozen=True)
class Certificate:
    """A certificate as it was shown: who issued it ("" if unreadable), and whether a public authority did.

    Public is what Mozilla's list (certifi) leads to. The certificate need not be for this name, nor in date.
    """

    issuer: str
    public: bool


def shown(
    host: str, port: int, *, proxy: Proxy | None = None, seconds: float = 8.0, authorities: Path | None = None
) -> Certificate:
    """The certificate that `host` shows on `port`, through `proxy` if there is one. `authorities`: the public list.

    Raises Unreachable, also for a proxy that is not spoken to in plain HTTP. What a private authority has issued is
    looked at without believing it, and the connection is closed at once.
    """
    import certifi

    public = ssl.create_default_context(cafile=authorities or certifi.where())
    public.check_hostname = False  # the question is only who issued it; web.py holds the name against it
    try:
        return Certificate(_issuer(_greet(host, port, proxy, seconds, public)), public=True)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code not in NO_KNOWN_ROOT:
            return Certificate(_unbelieved(host, port, proxy, seconds), public=True)
    except (OSError, http.client.HTTPException):
        raise _unseen(host) from None
    return Certificate(_unbelieved(host, port, proxy, seconds), public=False)


def _unbelieved(host: str, port: int, proxy: Proxy | None, seconds: float) -> str:
    looking = ssl.create_default_context()
    looking.check_hostname = False
    looking.verify_mode = ssl.CERT_NONE
    try:
        return _issuer(_greet(host, port, proxy, seconds, looking))
    except (OSError, http.client.HTTPException):
        raise _unseen(host) from None


def _greet(host: str, port: int, proxy: Proxy | None, seconds: float, context: ssl.SSLContext) -> bytes:
    """The certificate in its binary form."""
    if proxy is None:
        connection = http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
    elif proxy.scheme != "http":
        raise _unseen(host)
    else:
        connection = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=seconds, context=context)
        login = base64.b64encode(proxy.login.encode()).decode("ascii")
        connection.set_tunnel(host, port, {"Proxy-Authorization": f"Basic {login}"} if login else {})
    try:
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)  # noqa: S101 - what HTTPSConnection.connect promises
        return connection.sock.getpeercert(binary_form=True) or b""
    finally:
        connection.close()


def _issuer(certificate: bytes) -> str:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        name = x509.load_der_x509_certificate(certificate).issuer
        kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        parts = [str(found[0].value) for kind in kinds if (found := name.get_attributes_for_oid(kind))]
    except ValueError:
        return ""
    text = ", ".join(dict.fromkeys(parts))
    return "".join(character for character in text if character.isprintable())[:LONGEST].strip()


def _unseen(host: str) -> Unreachable:
    return Unreachable(
        f"The certificate of {host} could not be looked at.",
        state="Nothing was sent.",
        hint="IT looks at the network, the firewall and the proxy.",
    )
