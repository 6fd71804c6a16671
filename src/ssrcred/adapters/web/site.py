"""One site: verified connections only, no redirects to other sites, and nothing is sent twice.

httpx's own redirects, log lines and error texts all contain whole addresses, and addresses can be links to a student's
score report, so none of the three is used (style.md, *Traps*).

Decided here:

- Every request has a connection of its own. A reused connection that the other side has just closed makes it impossible
  to tell a save that was never sent from one whose answer was lost.
- A request that may change something (`send`) goes out once. 301, 302 and 303 after it become a GET, as in browsers
  (Fetch, *HTTP-redirect fetch*, step 12). 307 and 308 ask for it to be sent again: that is not done, and the answer
  counts as lost, so that its effect is decided by reading.
- `connection` decides which certificates are trusted and which proxy is used; never a proxy for a loopback address,
  where http is allowed. Each certificate is verified, and nothing switches that off.
- Nothing is repeated without a `Patience`. With it a read is, and what was never sent, and any request for which a busy
  service (429, 503) says when to come back (RFC 9110, 10.2.3); never a send whose answer was lost.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urljoin
from urllib.request import Request

import httpx

from ssrcred import __version__
from ssrcred.adapters.web.address import site_of
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.bound import GZIP, MOST_LATE, Fuse, Limits, Patience, Waiting, unpacked
from ssrcred.adapters.web.connection_settings import Proxy, proxy, trusted
from ssrcred.adapters.web.request_log import doing, note
from ssrcred.adapters.web.trouble import (
    MAY_HAVE_ARRIVED,
    UNSENT,
    AnswerLost,
    AnswerUnfit,
    NotConnected,
    may_pass,
    words_for,
)
from ssrcred.domain.errors import ConfigInvalid, PageNotUnderstood, Unreachable
from ssrcred.domain.loopback import is_loopback

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

SENDS_AGAIN: Final = frozenset({307, 308})
REDIRECTS: Final = SENDS_AGAIN | {301, 302, 303}
READS: Final = frozenset({"GET", "HEAD"})


class Site:
    """One site (scheme, host and port) with a cookie jar of its own.

    `base` is https, or http on loopback. `allowed_hosts` ("host" or "host:port") may be read with `get` too, over the
    same kinds of address, without this site's cookies. `transport` is httpx's own seam, for tests. Without `patience`
    nothing is repeated.
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
        site = site_of(base)
        if site is None:
            raise ConfigInvalid(
                "The address must start with https:// (http:// only for this computer itself).",
                state="Nothing was sent.",
                hint="Correct the address: ssrcred setup.",
            )
        self._base, self._home = base, site
        self._limits = limits or Limits()
        self._transport = transport
        self._allowed = tuple(host.lower() for host in allowed_hosts)
        self._clients: dict[tuple[str, str, int], httpx.Client] = {}
        self._proxies: dict[tuple[str, str, int], Proxy | None] = {}
        self._spent, self._late = 0.0, 0
        self._waiting = Waiting(patience) if patience is not None else None

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
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
        return site_of(url) == self._home

    def reads(self, url: str) -> bool:
        """Whether an absolute address may be read: on this site, or on an allowed host."""
        site = site_of(url)
        return site is not None and (
            site == self._home or site[1] in self._allowed or f"{site[1]}:{site[2]}" in self._allowed
        )

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
                f"{self._home[1]} asked to send the same data again to another address.",
                state="It was sent once, and not again.",
                hint="Check whether it took effect before you try again.",
            )
        onward = self._onward(answer)
        if onward is None:
            return answer
        # The redirect is followed with GET, which has no body, so what describes a body goes.
        kept = {name: value for name, value in given.items() if not name.lower().startswith("content-")}
        if not self.covers(onward):
            kept = {}  # the credentials, or a token, are for this site, and not for a host that reports are on
        try:
            return self._follow(onward, kept, 1)
        except Unreachable as error:
            lost = AnswerLost(error.message, state=MAY_HAVE_ARRIVED, hint=error.hint, cause=error.cause)
        raise lost  # outside of the except, so that it does not carry the other error along

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
            if site_of(onward) != site_of(url):
                headers = {}  # a token is for the site it was given to
            url = onward

    def _permit(self, url: str) -> None:
        if not self.reads(url):
            raise self._unfit("leads to another site, and nothing is followed there")

    def _absolute(self, url: str) -> str:
        return _joined(self._base, url)

    def _onward(self, answer: Answer) -> str | None:
        """Where a redirect leads, or None if the answer is none."""
        place = answer.header("location")
        return None if place is None or answer.status not in REDIRECTS else _joined(answer.url, place)

    def _exchange(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        once = partial(self._once, method, url, content, headers)
        return once() if self._waiting is None else self._waiting.ask(once, reads=method in READS)

    def _once(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request and its answer, redirects not followed. httpx's error is left behind, with the address in it."""
        limits = self._limits
        seconds = min(limits.total_seconds, limits.visit_seconds - self._spent)
        fuse, started = Fuse(seconds), time.monotonic()
        failure: Unreachable | AnswerUnfit
        ended = "unfit answer"
        try:
            if seconds <= 0 or self._late == MOST_LATE:  # as if it had been asked: nothing was sent
                raise httpx.PoolTimeout("")
            with (
                fuse,
                self._client(url).stream(
                    method, url, content=content, headers=dict(headers), extensions={"trace": fuse.watch}
                ) as response,
            ):
                ended = str(response.status_code)
                return self._receive(response, fuse)
        except httpx.HTTPError as error:
            self._late += fuse.blown or isinstance(error, httpx.ReadTimeout)
            cause, what, hint = words_for(error, fuse.blown, self._proxies.get(site_of(url) or self._home))
            sent = not isinstance(error, UNSENT) and method not in READS
            kind = AnswerLost if sent else NotConnected if may_pass(error, fuse.blown) else Unreachable
            state = MAY_HAVE_ARRIVED if sent else "Nothing was changed."
            ended = f"{ended}, then {cause or 'cut off'}" if ended.isdigit() else f"no answer: {cause or 'unknown'}"
            failure = kind(f"{self._home[1]} {what}.", state=state, hint=hint, cause=cause)
        except (httpx.InvalidURL, UnicodeError):  # httpx looks at where a redirect leads although it does not follow
            failure = self._unfit("redirects to something that is not an address")
        finally:
            self._spent += time.monotonic() - started
            note(method, url, ended, time.monotonic() - started)
        raise failure

    def _receive(self, response: httpx.Response, fuse: Fuse) -> Answer:
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in {"", "identity", *GZIP}:
            raise self._unfit("answered with a compression that was not requested")
        body = bytearray()
        for chunk in unpacked(response, coding, self._limits.max_bytes + 1):
            body += chunk
            if len(body) > self._limits.max_bytes:
                raise self._unfit("answered with more than any page or report holds")
        if fuse.blown:  # an answer without a length looks whole when its connection is cut
            raise httpx.ReadTimeout("")
        return Answer(response.status_code, str(response.url), response.headers, bytes(body))

    def _client(self, url: str) -> httpx.Client:
        site = site_of(url) or self._home
        if site not in self._clients:
            limits, trust = self._limits, trusted()
            # A proxy never stands before this computer itself, nor before a transport of the tests.
            near = site[0] == "http" or is_loopback(site[1]) or self._transport is not None
            between = self._proxies[site] = None if near else proxy(site[1], site[2])
            through = None
            if between is not None:
                over = trust if between.scheme == "https" else None
                through = httpx.Proxy(between.address, auth=between.login, ssl_context=over)
            self._clients[site] = httpx.Client(
                headers={"User-Agent": f"ssrcred/{__version__}", "Accept-Encoding": "gzip", "Connection": "close"},
                timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
                limits=httpx.Limits(max_keepalive_connections=0),
                follow_redirects=False,
                trust_env=False,  # the proxy and the certificates are decided here, and .netrc is not read
                cookies=CookieJar(_Sendable()),
                verify=trust,
                proxy=through,
                transport=self._transport,
            )
        return self._clients[site]

    def _unfit(self, what: str, state: str = "The answer was not used.") -> AnswerUnfit:
        return AnswerUnfit(
            f"{self._home[1]} {what}.",
            state=state,
            hint="Open the site in a browser on this computer and check whether it looks as usual.",
        )


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


class _Sendable(DefaultCookiePolicy):
    """Takes no cookie with other characters than printable ASCII: httpx stumbles over one (RFC 6265, 4.1.1)."""

    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        whole = f"{cookie.name}{cookie.value or ''}{cookie.path}"
        return super().set_ok(cookie, request) and whole.isascii() and whole.isprintable()


def reach(url: str, name: str) -> None:
    """Raise Unreachable when a page does not answer, without a sign-in, or with an error of its own (500 and above)."""
    # Short: a person waits, and it is only a warning.
    limits = Limits(connect_seconds=5, read_seconds=8, total_seconds=10, visit_seconds=15)
    with doing(f"reach {name}"), Site(url, limits=limits) as site:
        try:
            answer = site.get(url)
        except PageNotUnderstood:
            return  # it answered: that is enough
    if answer.status >= 500:
        raise Unreachable(
            f"{name} returned an error ({answer.status}).", state="Nothing was changed.", hint="Try again later."
        )
