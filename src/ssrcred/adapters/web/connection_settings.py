"""How to connect to a site: which certificates are trusted, and which proxy is used.

Trusted is what the computer's administrator installed, never a list of our own. On Windows and macOS the system itself
is asked (truststore), because Python sees only a part of its store there. Elsewhere OpenSSL reads the system's files.
truststore would do that too, but again for each connection: 20 ms, where a shared context takes none.

`SSL_CERT_FILE` (certificates in PEM) and `SSL_CERT_DIR` (folders made with `openssl rehash`) come before OpenSSL's own
file and folder, each in place of its own, and beside the system's store on Windows and macOS.

A proxy is taken from the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY), and where that says nothing from the settings
of Windows or macOS, exceptions included: what Python's own `urllib.request` goes by. PAC files are not run.
"""

from __future__ import annotations

import os
import ssl
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from ssrcred.domain.errors import ConfigInvalid

ASKED_ITSELF: Final = frozenset({"win32", "darwin"})
SPOKEN: Final = frozenset({"http", "https"})
# What httpcore offers as well.
SPOKEN_OVER_TLS: Final = ("http/1.1",)
Named = tuple[str, str]

_making = threading.Lock()
_shared: dict[Named, ssl.SSLContext | None] = {}
_own = threading.local()


class _Shared(ssl.SSLContext):
    """A context for all threads, which nothing changes once it is in use.

    httpcore sets the protocols before each connection, which frees what another thread may just be copying.
    """

    _protocols: tuple[str, ...] = ()

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """Set the protocols, unless they are what they were."""
        if (wanted := tuple(alpn_protocols)) != self._protocols:
            super().set_alpn_protocols(wanted)
            self._protocols = wanted


def trusted(*, platform: str = sys.platform) -> ssl.SSLContext:
    """The context that decides whether a certificate is trusted; created once, for the thread that asked for it.

    Raises ConfigInvalid when SSL_CERT_FILE or SSL_CERT_DIR names what cannot be used: a typing error there would
    otherwise look like a site that is not to be trusted.
    """
    named = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    if platform not in ASKED_ITSELF:
        with _making:
            if named not in _shared:
                _check(*named)
                _shared[named] = by_openssl()
                if (made := _shared[named]) is not None:
                    made.set_alpn_protocols(SPOKEN_OVER_TLS)  # before two threads do so at once
        if (shared := _shared[named]) is not None:
            return shared
    # truststore changes its context for each connection, and all others wait until that handshake is over.
    own: dict[Named, ssl.SSLContext] = _own.__dict__.setdefault("contexts", {})
    if named not in own:
        own[named] = by_system(*named)
    return own[named]


def trusted_apart() -> ssl.SSLContext:
    """A context that trusts the same as `trusted`, without HTTP's protocols in its handshake (ALPN), for mail.

    A mail server may refuse that (RFC 7301, 3.2), as Exim does. Raises ConfigInvalid as `trusted` does.
    """
    named = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    if sys.platform not in ASKED_ITSELF:
        _check(*named)
        if (context := by_openssl()) is not None:
            return context
    return by_system(*named)


def by_openssl(paths: ssl.DefaultVerifyPaths | None = None) -> ssl.SSLContext | None:
    """A context with what OpenSSL finds at its own `paths`; None where there is nothing.

    Not `ssl.create_default_context`: that also writes the keys of each connection to where SSLKEYLOGFILE says, and
    from Python 3.13 on refuses authorities that browsers take, which are often those of inspecting proxies.
    """
    context = _Shared(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    paths = paths or ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    if paths.cafile is None and (folder is None or not any(folder.iterdir())):
        return None
    context.load_default_certs()
    return context


def by_system(file: str = "", folders: str = "") -> ssl.SSLContext:
    """A context that asks the system itself, or looks in more places than OpenSSL; with what is named on top.

    Public authorities (certifi) only where neither has any: a Python without a system around it.
    """
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _check(file, folders, context)
    if sys.platform not in ASKED_ITSELF:
        furnish(context)
    return context


def furnish(context: ssl.SSLContext) -> None:
    """Give the public authorities to a context that has found none."""
    # Asked for a connection, it looks for the system's authorities.
    found = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost").context
    if not found.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())


def _check(file: str, folders: str, context: ssl.SSLContext | None = None) -> None:
    """Read what is named into `context`, or only try to. Raises ConfigInvalid."""
    context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if file:
        try:
            context.load_verify_locations(file)
        except OSError:  # ssl.SSLError is one
            wanted = "a file with certificates (PEM) that this account may read"
            raise _unusable("SSL_CERT_FILE", file, wanted) from None
    if folders:
        there = [Path(folder) for folder in folders.split(os.pathsep) if Path(folder).is_dir()]
        if not there:
            raise _unusable("SSL_CERT_DIR", folders, "a folder of certificates")
        for path in (path for folder in there for path in sorted(folder.glob("*.0"))):
            with suppress(OSError):
                context.load_verify_locations(path)


def _unusable(name: str, value: str, wanted: str) -> ConfigInvalid:
    return ConfigInvalid(
        f"{name} must name {wanted}, but names {value}.",
        state="Nothing was sent.",
        hint=f"Correct {name} in the environment, or remove it to use the system's own certificates.",
    )


@dataclass(frozen=True)
class Proxy:
    """A proxy: `scheme` (http or https), `host`, `port`, and the log-in for it or None, which is never shown."""

    scheme: str
    host: str
    port: int
    login: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Its address without the log-in."""
        return f"{self.scheme}://{self.shown}"

    @property
    def shown(self) -> str:
        """Its name for people."""
        return f"{_bracketed(self.host)}:{self.port}"


def proxy(
    host: str,
    port: int,
    *,
    settings: Callable[[], Mapping[str, str]] = urllib.request.getproxies,
    bypassed: Callable[[str], object] = urllib.request.proxy_bypass,
) -> Proxy | None:
    """The proxy between here and an https address, or None. The two functions are Python's own view of the machine.

    Raises ConfigInvalid for a setting that is not an address, or for a kind of proxy that is not supported.
    """
    if bypassed(host) or bypassed(f"{_bracketed(host)}:{port}"):
        return None
    found = settings()
    given = (found.get("https") or found.get("all") or "").strip()
    return _understood(given if "://" in given else f"http://{given}") if given else None


def _understood(given: str) -> Proxy:
    """What a proxy's address says. Nothing of it is quoted, because a password may be anywhere in it."""
    login = None
    try:
        parts = urlsplit(given)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        if "@" in parts.netloc:
            login = (unquote(parts.username or ""), unquote(parts.password or ""))
        rest = parts.path.strip("/") + parts.query + parts.fragment
    except ValueError:
        scheme, host, port, rest = "", "", None, ""
    if scheme.startswith("socks"):
        raise _refused("The proxy in the settings is a SOCKS proxy. ssrcred supports HTTP proxies only.")
    if scheme not in SPOKEN or not host or rest:
        raise _refused("The proxy's address in the settings is not understood.")
    return Proxy(scheme, host, port or (443 if scheme == "https" else 80), login)


def _refused(message: str) -> ConfigInvalid:
    return ConfigInvalid(
        message,
        state="Nothing was sent.",
        hint="IT writes it as http://HOST:PORT in HTTPS_PROXY, or as http://USER:PASSWORD@HOST:PORT, where characters "
        "other than letters and digits are percent-encoded (@ is %40, # is %23).",
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
