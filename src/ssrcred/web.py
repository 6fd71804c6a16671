"""HTTP, carefully: one site, verified and bounded, and nothing a request carried is ever quoted.

The only module that knows httpx. httpx's own redirects, log lines and error texts all contain whole addresses, and
addresses can be links to a student's score report, so none of the three is used (style.md, *Traps*).

Decided here:

- Every request has a connection of its own. A kept connection that the other side has just dropped makes it impossible
  to tell a save that was never sent from one whose answer was lost.
- A request that may change something (`send`) goes out once. 301, 302 and 303 after it become a GET, as in browsers
  (Fetch, *HTTP-redirect fetch*, step 12). 307 and 308 ask for it to be sent again: that is not done, and the answer
  counts as lost, so that its effect is decided by reading.
- Who is believed and which proxy is used is decided in `route`; never a proxy for a loopback address: http is allowed
  there. Each certificate is verified, and nothing switches that off.
- Nothing is asked twice unless a `Patience` was given. Then a read is, and what was never sent, and whatever a closed
  service (429, 503) says a time to come back for (RFC 9110, 10.2.3); never a send whose answer was lost.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urljoin

import httpx

from ssrcred import __version__
from ssrcred.errors import ConfigInvalid, PageNotUnderstood, Unreachable
from ssrcred.route import Proxy, proxy, trusted

if TYPE_CHECKING:
    from types import TracebackType

    from tenacity import Future, RetryCallState

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

UNSENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
BECOMES_GET: Final = frozenset({301, 302, 303})
SENDS_AGAIN: Final = frozenset({307, 308})
READS: Final = frozenset({"GET", "HEAD"})
CLOSED_FOR_NOW: Final = frozenset({429, 503})
PASSING: Final = frozenset({408, 429, 502, 503, 504})
GZIP: Final = frozenset({"gzip", "x-gzip"})
"""The packing that is asked for, by its names; one within another can turn a few bytes into a memory full of them."""


@dataclass(frozen=True)
class Limits:
    """How long (seconds) and how much (bytes after decompression) one site may take.

    `visit_seconds` bounds the time spent waiting for answers over the life of a `Site`, not the time between requests.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 60.0
    max_bytes: int = 16 * 1024 * 1024
    max_hops: int = 5
    visit_seconds: float = 600.0


@dataclass(frozen=True)
class Patience:
    """How often, and how many seconds in all over the life of a `Site`, it is waited to ask again.

    `sleep` waits that many seconds; `clock` gives aware UTC, for a Retry-After that is a date.
    """

    attempts: int = 3
    total_seconds: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class NotConnected(Unreachable):
    """A connection was not made, or broke while something was only read: asking again does no harm."""


class AnswerLost(Unreachable):
    """A request that may have changed something was sent, and its answer did not arrive: only reading tells."""


class AnswerUnfit(PageNotUnderstood):
    """A site answered with what is not taken from it: too much, from elsewhere, or round in circles."""


class Answer:
    """What a site answered: `status`, `url` (the last one, for links; confidential), `content_type`, `charset`, `body`.

    Its repr shows neither address nor body, so that a traceback cannot show a link, a token or a student's page.
    """

    __slots__ = ("_headers", "body", "charset", "content_type", "status", "url")

    def __init__(self, status: int, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.url = url
        self.body = body
        self._headers = {name.lower(): value for name, value in headers.items()}
        kind, _, rest = self._headers.get("content-type", "").partition(";")
        self.content_type = kind.strip().lower()
        self.charset = _charset(rest)

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name, or None."""
        return self._headers.get(name.lower())

    def retry_after(self, now: datetime) -> float | None:
        """The seconds from `now` (aware) that the site asks to be left alone for, or None if it says none."""
        said = (self.header("retry-after") or "").strip()
        if said.isascii() and said.isdigit():
            return float(said[:9])
        try:
            moment = parsedate_to_datetime(said)
            return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
        except (ValueError, OverflowError):
            return None

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.content_type or 'no type'}, {len(self.body)} bytes>"


class Site:
    """One site (scheme, host and port) with a cookie jar of its own.

    `base` is https, or http on loopback. `allowed_hosts` ("host" or "host:port") may be read with `get` too, over the
    same kinds of address, without this site's cookies. `transport` is httpx's own seam, for tests. Without `patience`
    nothing is asked twice.
    """

    def __init__(
        self,
        base: str,
        *,
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
        allowed_hosts: tuple[str, ...] = (),
        patience: Patience | None = None,
    ) -> None:
        site = _site(base)
        if site is None:
            raise ConfigInvalid(
                "An address that starts with https:// is needed (http:// only for this computer itself).",
                state="Nothing was sent.",
                hint="Correct the address: ssrcred setup.",
            )
        self._base, self._home = base, site
        self._limits = limits or Limits()
        self._transport = transport
        self._allowed = tuple(host.lower() for host in allowed_hosts)
        self._clients: dict[tuple[str, str, int], httpx.Client] = {}
        self._proxies: dict[tuple[str, str, int], Proxy | None] = {}
        self._spent = 0.0
        self._waiting = _Waiting(patience) if patience is not None else None

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Site {self._home[1]}>"

    def close(self) -> None:
        """Close every connection; the cookies are forgotten."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def covers(self, url: str) -> bool:
        """Whether an absolute address is on this site: same scheme, host and port, and no user name in it."""
        return _site(url) == self._home

    def reads(self, url: str) -> bool:
        """Whether an absolute address may be read: on this site, or on an allowed host."""
        site = _site(url)
        return site is not None and (
            site == self._home or site[1] in self._allowed or f"{site[1]}:{site[2]}" in self._allowed
        )

    def cookies(self, name: str) -> set[str]:
        """The values of this site's cookies of a name, as its own scripts would read them."""
        client = self._clients.get(self._home)
        jar = client.cookies.jar if client is not None else ()
        return {cookie.value or "" for cookie in jar if cookie.name == name}

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a GET of `url` (absolute, or relative to the base), after at most `max_hops` redirects.

        Raises Unreachable, or AnswerUnfit for another site, too many redirects or too much content.
        """
        return self._follow(self._absolute(url), dict(headers or {}), 0)

    def send(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a request that may change something; sent to this site only, once, never again.

        Raises Unreachable if it was not sent, AnswerLost if it may have been and no answer came, and AnswerUnfit if
        the address is on another site (nothing was sent; `covers` tells before) or the answer cannot be taken.
        """
        target = self._absolute(url)
        if not self.covers(target):
            raise self._unfit("leads to another site, and nothing is sent there", "Nothing was sent.")
        given = dict(headers or {})
        answer = self._exchange(method, target, content, given)
        if answer.status in SENDS_AGAIN and method not in READS:
            raise AnswerLost(
                f"{self._home[1]} asked for what was sent to be sent again to another address.",
                state="It was sent once and not again.",
                hint="Look whether it took effect before trying again.",
            )
        onward = self._onward(answer)
        if onward is None:
            return answer
        kept = {name: value for name, value in given.items() if not name.lower().startswith("content-")}
        try:
            return self._follow(onward, kept, 1)
        except Unreachable as error:
            lost = AnswerLost(error.message, state=MAY_HAVE_ARRIVED, hint=error.hint)
        raise lost

    def _follow(self, url: str, headers: dict[str, str], hops: int) -> Answer:
        while True:
            self._permit(url)
            answer = self._exchange("GET", url, None, headers)
            onward = self._onward(answer)
            if onward is None:
                return answer
            hops += 1
            if hops > self._limits.max_hops:
                raise self._unfit("sends from one address to the next without end")
            if _site(onward) != _site(url):
                headers = {}  # a token is for the site it was given to
            url = onward

    def _permit(self, url: str) -> None:
        if not self.reads(url):
            raise self._unfit("leads to another site, and nothing is followed there")

    def _absolute(self, url: str) -> str:
        try:
            return urljoin(self._base, url)
        except ValueError:
            return ""

    def _onward(self, answer: Answer) -> str | None:
        """Where a redirect leads, or None if the answer is none."""
        place = answer.header("location")
        if place is None or answer.status not in BECOMES_GET | SENDS_AGAIN:
            return None
        try:
            return urljoin(answer.url, place)
        except ValueError:
            return ""

    def _exchange(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        def once() -> Answer:
            return self._once(method, url, content, headers)

        return once() if self._waiting is None else self._waiting.ask(once, reads=method in READS)

    def _once(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request and its answer, redirects not followed. httpx's error is left behind, with the address in it."""
        limits = self._limits
        seconds = min(limits.total_seconds, limits.visit_seconds - self._spent)
        fuse, started = _Fuse(seconds), time.monotonic()
        failure: Unreachable
        try:
            if seconds <= 0:
                raise httpx.PoolTimeout("")
            with (
                fuse,
                self._client(url).stream(
                    method, url, content=content, headers=dict(headers), extensions={"trace": fuse.watch}
                ) as response,
            ):
                return self._receive(response, fuse)
        except httpx.HTTPError as error:
            failure = self._explain(error, method, self._proxies.get(_site(url) or self._home), late=fuse.blown)
        finally:
            self._spent += time.monotonic() - started
        raise failure

    def _receive(self, response: httpx.Response, fuse: _Fuse) -> Answer:
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in {"", "identity", *GZIP}:
            raise self._unfit("answered in a packing that was not asked for")
        body = bytearray()
        for chunk in _unpacked(response, coding, self._limits.max_bytes + 1):
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise self._unfit("answered with more than any page or report holds")
        if fuse.blown:  # an answer without a length looks whole when its connection is cut
            raise httpx.ReadTimeout("")
        return Answer(response.status_code, str(response.url), response.headers, bytes(body))

    def _client(self, url: str) -> httpx.Client:
        site = _site(url) or self._home
        if site not in self._clients:
            limits, trust = self._limits, trusted()
            near = site[0] == "http" or _is_loopback(site[1]) or self._transport is not None
            between = self._proxies[site] = None if near else proxy(site[1], site[2])
            self._clients[site] = httpx.Client(
                headers={"User-Agent": f"ssrcred/{__version__}", "Accept-Encoding": "gzip", "Connection": "close"},
                timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
                limits=httpx.Limits(max_keepalive_connections=0),
                follow_redirects=False,
                trust_env=False,
                verify=trust,
                proxy=None if between is None else _spoken_to(between, trust),
                transport=self._transport,
            )
        return self._clients[site]

    def _unfit(self, what: str, state: str = "The answer was thrown away.") -> AnswerUnfit:
        return AnswerUnfit(
            f"{self._home[1]} {what}.",
            state=state,
            hint="Open the site in a browser on this computer and see whether it looks as usual.",
        )

    def _explain(self, error: httpx.HTTPError, method: str, between: Proxy | None, *, late: bool) -> Unreachable:
        """Our words for httpx's error: by its type and what caused it, and never quoting its text."""
        what, hint = _words_for(error, late, between)
        sent = not isinstance(error, UNSENT) and method not in READS
        kind = AnswerLost if sent else NotConnected if _may_pass(error, late) else Unreachable
        return kind(f"{self._home[1]} {what}.", state=MAY_HAVE_ARRIVED if sent else "Nothing was changed.", hint=hint)


def _unpacked(response: httpx.Response, coding: str, most: int) -> Iterator[bytes]:
    """An answer's content in parts of `most` bytes at most; httpx would unpack all that came at a time."""
    if response.is_stream_consumed:  # a transport that has the whole answer has unpacked it too
        yield from response.iter_bytes()
    elif coding not in GZIP:
        yield from response.iter_raw()
    else:
        unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            for packed in response.iter_raw():
                yield unpacking.decompress(packed, most)
        except zlib.error:
            raise httpx.DecodingError("") from None


MAY_HAVE_ARRIVED: Final = "What was sent may have arrived; only looking again tells."
LATER: Final = "Try again later. If it lasts, IT looks at the network, the firewall and the proxy."
CLOCK: Final = "Look whether this computer's date is right. If it is, the site has to renew its certificate."
PROXY: Final = "IT looks at the proxy and at its settings (HTTPS_PROXY and NO_PROXY, or the system's)."
ALLOW: Final = "IT asks whoever runs the proxy to let this address through."
LOGIN: Final = (
    "IT writes them into the proxy's address in this job's environment: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT. "
    "Only plain log-ins (Basic) are spoken, not NTLM or Kerberos."
)
CERTIFICATE: Final = (
    "A filter or proxy that inspects traffic is the usual reason: IT puts its certificate into the system's store, or "
    "names the file in SSL_CERT_FILE. There is no switch to go on without."
)


class _Fuse:
    """Cuts the connection of one request when its time is up.

    httpx limits each read, so a site that sends one byte at a time would be waited for without end; a shut socket ends
    the read that is under way.
    """

    def __init__(self, seconds: float) -> None:
        self.blown = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(max(seconds, 0), self._blow)
        self._timer.daemon = True

    def __enter__(self) -> _Fuse:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def watch(self, event: str, info: Mapping[str, object]) -> None:
        """httpcore's trace hook (its *Request extensions*): remember each socket as it is opened or wrapped."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))  # type: ignore[attr-defined]

    def _blow(self) -> None:
        self.blown = True
        for opened in self._sockets:
            try:
                socket.socket.shutdown(opened, socket.SHUT_RDWR)  # not SSLSocket's own, which forgets its TLS first
            except OSError:
                continue


class _Waiting:
    """Asks again as a Patience allows; what was slept counts over the life of a site."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._left = patience.total_seconds

    def ask(self, once: Callable[[], Answer], *, reads: bool) -> Answer:
        """The first answer that is worth having, or the last one. Raises what `once` raised last."""
        import tenacity

        pause = tenacity.wait_random_exponential(multiplier=1, max=5)
        jitter = tenacity.wait_random(0, 1)

        def wait(state: RetryCallState) -> float:
            wanted = self._wanted(state)
            return pause(state) if wanted is None else wanted + jitter(state)

        def worth_asking_again(answer: Answer) -> bool:
            if reads:
                return answer.status in PASSING
            return answer.status in CLOSED_FOR_NOW and answer.retry_after(self._patience.clock()) is not None

        retrying = tenacity.Retrying(
            sleep=self._sleep,
            wait=wait,
            stop=self._stops,
            retry=tenacity.retry_any(
                tenacity.retry_if_result(worth_asking_again), tenacity.retry_if_exception_type(NotConnected)
            ),
            retry_error_callback=_last,
        )
        return retrying(once)

    def _wanted(self, state: RetryCallState) -> float | None:
        if state.outcome is None or state.outcome.failed:
            return None
        answer: Answer = state.outcome.result()
        return answer.retry_after(self._patience.clock())

    def _stops(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._patience.attempts or state.upcoming_sleep > self._left

    def _sleep(self, seconds: float) -> None:
        self._left -= seconds
        self._patience.sleep(seconds)


def _last(state: RetryCallState) -> Answer:
    """The last answer, or its error as it was, without the library's own around it."""
    return cast("Answer", cast("Future", state.outcome).result())


def _may_pass(error: httpx.HTTPError, late: bool) -> bool:
    """Whether it may be gone at the next try; a name or a certificate that is wrong stays so."""
    lasting = any(isinstance(cause, ssl.SSLError | socket.gaierror) for cause in _causes(error))
    return not late and not lasting and isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)


def _words_for(error: BaseException, late: bool, between: Proxy | None = None) -> tuple[str, str]:
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        codes = {getattr(cause, "verify_code", 0) & 0xFFFFFFFF for cause in causes}
        if codes & WRONG_NAME:
            return (
                "shows a certificate for another name",
                "Check the address; with www. in front it often fails. " + CERTIFICATE,
            )
        if codes & WRONG_DATE:
            return "shows a certificate that is not valid today", CLOCK
        return "shows a certificate that this computer does not trust", CERTIFICATE
    if late or isinstance(error, httpx.TimeoutException):
        return "did not answer in time", LATER
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "could not be reached over a safe connection", CERTIFICATE
    if between is not None and isinstance(error, httpx.ProxyError | httpx.ConnectError):
        return _words_for_proxy(error, between)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "is a name that this computer cannot find", "Check the address for a typing error. " + LATER
    if isinstance(error, httpx.ConnectError):
        return "cannot be connected to", LATER
    return "ended the connection before it had answered", LATER


def _words_for_proxy(error: httpx.ProxyError | httpx.ConnectError, between: Proxy) -> tuple[str, str]:
    """What is wrong between here and a site's proxy, or what that proxy said."""
    # httpcore gives the proxy's refusal as "407 Proxy Authentication Required", and its status nowhere else.
    status = str(error)[:3] if isinstance(error, httpx.ProxyError) else ""
    if status == "407" and between.login is None:
        return f"could not be reached: the proxy {between.shown} asks for a user name and a password", LOGIN
    if status == "407":
        return f"could not be reached: the proxy {between.shown} does not take the user name and password", LOGIN
    if status == "403":
        return f"could not be reached: the proxy {between.shown} does not allow it", ALLOW
    if status:
        return f"could not be reached: the proxy {between.shown} does not get through to it", LATER
    return f"could not be reached: the proxy {between.shown} does not answer", PROXY


WRONG_NAME: Final = frozenset({62, 64, 0x800B010F, -67602 & 0xFFFFFFFF})
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH (x509_vfy.h), Windows' CERT_E_CN_NO_MATCH
(winerror.h), macOS' errSecHostNameMismatch (SecBase.h): truststore passes its system's own on."""

WRONG_DATE: Final = frozenset({9, 10, 0x800B0101, -67818 & 0xFFFFFFFF, -67819 & 0xFFFFFFFF})
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED, Windows' CERT_E_EXPIRED, macOS'
errSecCertificateExpired and errSecCertificateNotValidYet."""


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


def _site(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address that may be used at all, else None."""
    try:
        address = httpx.URL(url)  # the reader that will also send, so that the two cannot disagree
    except (httpx.InvalidURL, ValueError):
        return None
    if not address.host or address.userinfo:
        return None  # httpx would turn a user name in an address into an Authorization header
    if address.scheme == "https":
        return "https", address.host, address.port or 443
    if address.scheme == "http" and _is_loopback(address.host):
        return "http", address.host, address.port or 80
    return None


def host_of(url: str) -> str:
    """The host ("host", or "host:port" where the port is not the usual one) of an address that is safe, else ""."""
    site = _site(url)
    if site is None:
        return ""
    return site[1] if site[2] == {"https": 443, "http": 80}[site[0]] else f"{site[1]}:{site[2]}"


def _is_loopback(host: str) -> bool:
    if host in {"localhost", "::1"}:
        return True
    numbers = host.split(".")
    return len(numbers) == 4 and numbers[0] == "127" and all(part.isascii() and part.isdigit() for part in numbers)


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'").lower()
    return ""


def _spoken_to(between: Proxy, trust: ssl.SSLContext) -> httpx.Proxy:
    return httpx.Proxy(between.address, auth=between.login, ssl_context=trust if between.scheme == "https" else None)
