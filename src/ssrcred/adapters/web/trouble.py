"""Error messages for what failed on the way to a site: by httpx's type and its cause, never quoting its text."""

from __future__ import annotations

import socket
import ssl
from typing import Final

import httpx

from ssrcred.adapters.web.connection_settings import Proxy
from ssrcred.domain.errors import Cause, PageNotUnderstood, Unreachable

UNSENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)

MAY_HAVE_ARRIVED: Final = "The data may have arrived; only the page itself shows."
LATER: Final = "Try again later. If it continues, IT checks the network, the firewall and the proxy."
CLOCK: Final = "Check this computer's date. If it is right, the site has to renew its certificate."
PROXY: Final = "IT checks the proxy and its settings (HTTPS_PROXY and NO_PROXY, or the system's)."
ALLOW: Final = "IT asks whoever runs the proxy to allow this address."
LOGIN: Final = (
    "IT writes them into the proxy's address in this job's environment: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT. "
    "Only Basic authentication works, not NTLM or Kerberos."
)
CERTIFICATE: Final = (
    "A filter or proxy that inspects traffic is the usual reason: IT puts its certificate into the system's store, or "
    "names the file in SSL_CERT_FILE. It cannot be switched off."
)


class NotConnected(Unreachable):
    """A connection was not made, or broke while something was only read: asking again does no harm."""


class AnswerLost(Unreachable):
    """A request that may have changed something was sent, and its answer did not arrive: only reading tells."""


class AnswerUnfit(PageNotUnderstood):
    """A site's answer was not used: too large, from another site, or an endless redirect."""


def may_pass(error: httpx.HTTPError, late: bool) -> bool:
    """Whether it may be gone at the next try; a name or a certificate that is wrong stays so."""
    lasting = any(isinstance(cause, ssl.SSLError | socket.gaierror) for cause in _causes(error))
    return not late and not lasting and isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)


def words_for(error: BaseException, late: bool, between: Proxy | None = None) -> tuple[Cause, str, str]:
    """Why a site did not answer, what it did, to follow its name, and what helps.

    `late` when its time was up, `between` the proxy that was used.
    """
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        codes = {getattr(cause, "verify_code", 0) & 0xFFFFFFFF for cause in causes}
        if codes & WRONG_NAME:
            check = "Check the address; with www. in front it often fails. " + CERTIFICATE
            return Cause.CERTIFICATE_NAME, "shows a certificate for another name", check
        if codes & WRONG_DATE:
            return Cause.CERTIFICATE_DATE, "shows a certificate that is not valid today", CLOCK
        return Cause.CERTIFICATE, "shows a certificate that this computer does not trust", CERTIFICATE
    if late or isinstance(error, httpx.TimeoutException):
        return Cause.SILENT, "did not answer in time", LATER
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Cause.UNSAFE, "could not be reached over a secure connection", CERTIFICATE
    if between is not None and isinstance(error, httpx.ProxyError | httpx.ConnectError):
        # What is wrong between here and a site's proxy, or what that proxy said.
        # httpcore gives the proxy's refusal as "407 Proxy Authentication Required", and its status nowhere else.
        status = str(error)[:3] if isinstance(error, httpx.ProxyError) else ""
        asks = "asks for a user name and a password"
        asks = asks if between.login is None else "does not take the user name and password"
        answers = {"": ("does not answer", PROXY), "403": ("does not allow it", ALLOW), "407": (asks, LOGIN)}
        what, hint = answers.get(status, ("does not get through to it", LATER))
        return Cause.PROXY, f"could not be reached: the proxy {between.shown} {what}", hint
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        check = "Check the address for a typo. " + LATER
        return Cause.NAME, "cannot be found: this computer's DNS does not know the name", check
    if isinstance(error, httpx.ConnectError):
        return Cause.NOT_CONNECTED, "cannot be connected to", f"{LATER} To check the way there: ssrcred doctor[lea]"
    return Cause.SILENT, "closed the connection before it answered", LATER


# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH (x509_vfy.h), Windows' CERT_E_CN_NO_MATCH
# (winerror.h), macOS' errSecHostNameMismatch (SecBase.h): truststore passes its system's own on.
WRONG_NAME: Final = frozenset({62, 64, 0x800B010F, -67602 & 0xFFFFFFFF})

# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED, Windows' CERT_E_EXPIRED, macOS' errSecCertificateExpired and
# errSecCertificateNotValidYet.
WRONG_DATE: Final = frozenset({9, 10, 0x800B0101, -67818 & 0xFFFFFFFF, -67819 & 0xFFFFFFFF})


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
