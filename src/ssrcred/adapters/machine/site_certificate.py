"""Looks up a site's addresses, and who issued the certificate that it shows here."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ssrcred.domain.errors import Unreachable

LONGEST: Final = 80
SECONDS: Final = 8.0
# OpenSSL's x509_vfy.h: no issuer found, self-signed, self-signed in the chain, no local issuer, first not verified.
NO_KNOWN_ROOT: Final = frozenset({2, 18, 19, 20, 21})


def addresses(host: str) -> tuple[str, ...]:
    """Return the first addresses that this computer finds for a name; none where it finds none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))[:4]


@dataclass(frozen=True)
class Certificate:
    """A certificate as it was shown: who issued it ("" if unreadable), if a public authority, and if it is believed.

    Public is what Mozilla's list (certifi) leads to. A public one need not be for this name, nor in date.
    """

    issuer: str
    public: bool
    trusted: bool


def shown(
    host: str,
    port: int,
    believed: ssl.SSLContext,
    *,
    through: tuple[str, int] | None = None,
    login: tuple[str, str] | None = None,
    authorities: Path | None = None,
) -> Certificate:
    """Return the certificate of a site, `through` a proxy (host, port) if there is one, with a `login` for it.

    `believed` is what decides here, `authorities` the public list. Raises Unreachable.
    """
    # Nothing is sent after the TLS greeting.
    import certifi

    def greet(context: ssl.SSLContext) -> bytes:
        """The certificate in its binary form."""
        connection = http.client.HTTPSConnection(*(through or (host, port)), timeout=SECONDS, context=context)
        if through is not None:
            coded = base64.b64encode(":".join(login).encode()).decode("ascii") if login else ""
            connection.set_tunnel(host, port, {"Proxy-Authorization": f"Basic {coded}"} if login else {})
        try:
            connection.connect()
            assert isinstance(connection.sock, ssl.SSLSocket)  # noqa: S101 - what HTTPSConnection.connect promises
            return connection.sock.getpeercert(binary_form=True) or b""
        finally:
            connection.close()

    public = ssl.create_default_context(cafile=authorities or certifi.where())
    public.check_hostname = False  # the question is only who issued it; `web` holds the name against it
    known = False
    try:
        # Who is public is asked first: a school's proxy that this computer believes is not.
        for context in (public, believed):
            try:
                issuer = _issuer(greet(context))
            except ssl.SSLCertVerificationError as error:
                known = known or (context is public and error.verify_code not in NO_KNOWN_ROOT)
            else:
                return Certificate(issuer, public=known or context is public, trusted=True)
        # Nobody believes it. Who issued it is what IT has to know, and nothing is sent to it.
        looking = ssl.create_default_context()
        looking.check_hostname = False
        looking.verify_mode = ssl.CERT_NONE
        return Certificate(_issuer(greet(looking)), public=known, trusted=False)
    except (OSError, http.client.HTTPException):
        # Not the foreign text, which names the proxy's answer.
        raise Unreachable(
            f"ssrcred could not read the certificate of {host}.",
            state="Nothing was sent.",
            hint="IT checks the network, the firewall and the proxy.",
        ) from None


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
