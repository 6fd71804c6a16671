"""What may leave a real browser: requests to the portal, and looks from elsewhere without anything that was typed.

Every request of the browser is paused before it is sent, each hop of a redirect, each pop-up and each worker included
(Chrome DevTools Protocol, domain *Fetch*, on the browser itself: a page's own interception lets redirects pass). Of the
sockets of workers nobody is told, so a page of the portal comes with a policy that keeps them to it (ALONE).

Pages are fetched, and what is posted is sent, by `web`: Chromium takes all that comes, and sends a POST again by itself
when a connection breaks.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ssrcred.adapters.portal.browser.caught_request import READS, CaughtRequest, holds
from ssrcred.adapters.portal.browser.engine import BrowserError
from ssrcred.adapters.portal.html.page import MOST_FRAMES
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.site import Site
from ssrcred.adapters.web.trouble import AnswerLost
from ssrcred.domain.errors import PageNotUnderstood, Unreachable
from ssrcred.domain.loopback import is_loopback

if TYPE_CHECKING:
    import httpx
    from playwright.sync_api import Browser, CDPSession

# What a page is given beside its own headers: then no script of it, no worker and no socket asks another site.
ALONE: Final = ("Content-Security-Policy", "connect-src 'self' data: blob:")
OWN: Final = frozenset({"about", "data", "blob"})  # schemes that do not leave the browser
ELSEWHERE: Final = "leads to another site, and nothing is followed there"
TYPED: Final = "would send what was typed to a place where it does not belong"
REDIRECTS: Final = "redirects without end"
ONWARD: Final = "goes from page to page without end"
FRAMES: Final = "holds more frames than any page of a portal does"
# The protocol's kinds that tell something beside, and change no words on a page.
ASIDE: Final = frozenset({"Ping", "EventSource", "WebSocket", "Media", "Image", "Font"})
MOST_PAGES: Final = 60  # whose bytes are kept: those of two windows, with all their frames
RUN: Final = 6  # signs in a row of what is typed that leave nowhere in a test save


class RequestSender(Site):
    """The portal as `web` reaches it, with the same bounds; every redirect is left for the browser to follow."""

    headers: Sequence[tuple[str, str]] = ()  # those of the last answer, for the page

    def carry(self, request: CaughtRequest, cookies: Sequence[Mapping[str, Any]]) -> Answer:
        """Send a request once, with those of a window's cookies (*Storage.getCookies*) that go to its address."""
        own = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "cookie"}
        given = {name: value for name, value in request.headers.items() if name not in own}  # own: of one connection
        if fitting := "; ".join(f"{item['name']}={item['value']}" for item in cookies if _fits(item, request.url)):
            given["Cookie"] = fitting
        return self._exchange(request.method, request.url, request.body, given)

    def _receive(self, response: httpx.Response, fuse: Any) -> Answer:
        untrue = {"content-length", "content-encoding", "transfer-encoding", "connection"}  # once it has come
        self.headers = [item for item in response.headers.multi_items() if item[0].lower() not in untrue]
        for client in self._clients.values():
            client.cookies.clear()  # the browser's are the ones that count
        return super()._receive(response, fuse)


class Gate:
    """The rules of the portal at `base`: what may leave, what came, and what was refused."""

    def __init__(self, base: str, limits: Limits) -> None:
        self._sender, self._most_hops = RequestSender(base, limits=limits), limits.max_hops
        self._covers = self._sender.covers
        self._session: CDPSession | None = None
        self._secrets: set[str] = set()  # never in an address, and never to another site
        self._names: set[str] = set()  # never to another site
        self._looked: set[str] = set()  # addresses on other sites that were fetched
        self._hops: Counter[str] = Counter()  # redirects so far, by the number of the request
        self.begin("")
        self.pages: dict[str, Answer] = {}  # those that came, by address
        # Set while something is typed and not yet sent: no typed secret leaves, not even to the portal, and nothing
        # new is fetched from elsewhere.
        self.held = False
        # Set while a person works the page: pages of other sites may come, but nothing that was typed may go there.
        self.person_works = False
        self.reads_only = False
        # In a test save nothing leaves but reads without what is typed: all else is caught, and never answered.
        self.is_closed = False
        self.caught: list[CaughtRequest] = []
        # What is typed for a save leaves only where the test save saw that (`early`).
        self._typed: tuple[str, ...] = ()
        self._early: frozenset[str] = frozenset()
        self._is_given_up = False
        self.left = self.stopped = False  # some of it left early; some of it was stopped

    def begin(self, frame: str) -> None:
        """Begin a new act in the window that has this frame: what a frame in it posts goes with its cookies."""
        self._acting, self.sent = frame, False
        self.arrived = False  # some of what was sent may have come to the portal
        self.document: Answer | None = None  # the report that came
        # Why what was sent, or the page of the window, came to nothing or was refused; the first failure that a
        # script was told; and why the page is not followed any further.
        self.failed: Unreachable | PageNotUnderstood | None = None
        self.refusal, self.worst, self.endless = "", 0, ""
        # The next page was caught: until that comes a browser answers no question about the one that is shown.
        self.is_leaving = False
        self._page_count = self._frame_count = 0
        self._hops.clear()

    def learn(self, *, secret: str = "", name: str = "") -> None:
        """Remember what is typed: it may go nowhere else."""
        self._secrets |= {secret} if secret else set()
        self._names |= {name} if len(name) >= 4 else set()

    def tells(self, text: str) -> bool:
        """Return whether a text holds a secret that was typed, in any of the usual encodings."""
        return any(holds(text, secret) for secret in self._secrets)

    def hold(self, typed: Iterable[str], early: Iterable[str] = ()) -> None:
        """Hold back what is typed for a save, except where the test save saw it leave `early`."""
        self.held, self._typed, self._early, self._is_given_up = True, tuple(typed), frozenset(early), False
        self.left = self.stopped = False

    def give_up(self) -> None:
        """Hold back what was typed for good, although its page is left."""
        # A page may send something even after the window has gone on, because browsers end it in the background: so
        # until the next save this is known by what it carries, and not by when it comes.
        self.held = self._is_given_up = True
        self._early = frozenset()

    def close(self, typed: Iterable[str]) -> None:
        """Let nothing leave but reads without what is typed, until the browser is killed."""
        self.is_closed, self._typed = True, (*self._typed, *typed)

    def carries(self, text: str) -> bool:
        """Return whether a text, such as a whole request, carries a piece of what is typed in a test save."""
        readable = (text, unescape(text))
        # Pages that cut, or send with every key pressed, send pieces.
        runs = {typed[at : at + RUN] for typed in self._typed for at in range(len(typed) - RUN + 1)}
        return any(holds(one, run) for run in runs for one in readable)

    def verdict(self, asked: CaughtRequest, hop: int = 0, *, framed: bool = False) -> str:
        """Return why a request is refused after `hop` redirects, "" if it may go; `framed`: it is of a frame."""
        safe, sent = urlsplit(asked.url), f"{asked.url}\n{asked.content}"
        if safe.scheme in OWN:
            return ""
        ours, reads = self._covers(asked.url), asked.method in READS
        # Once a save is given up its page may still send in the background; the next page's own form is no such thing.
        by_itself = self._is_given_up and asked.kind != "Document" and not reads
        if (self.held or by_itself) and (asked.unread or any(holds(sent, typed) for typed in self._typed)):
            if asked.address not in self._early:
                self.stopped = True
            elif ours and not reads and not self.tells(asked.url):
                self.left = True
                return ""
            return TYPED
        if self.reads_only and not reads:
            return "sends something although the page was only to be read"
        if self.tells(asked.url) or (self.held and self.tells(asked.content)):
            return TYPED
        if ours:
            return self._too_many(hop, page=asked.kind == "Document" and not self.person_works, framed=framed)
        if asked.unread or self.tells(sent) or any(holds(sent, name) for name in self._names):
            return TYPED
        if safe.scheme != "https" and not is_loopback(safe.hostname or ""):
            return ELSEWHERE
        if self.person_works:
            return ""
        # While something is typed, a new address could carry it; one that was fetched before cannot.
        known = asked.url in self._looked or not self.held
        # Pages that JavaScript builds often need these.
        if asked.method != "GET" or asked.kind not in ("Script", "Stylesheet", "Image", "Font") or not known:
            return ELSEWHERE
        self._looked.add(asked.url)
        return ""

    def _too_many(self, hop: int, *, page: bool, framed: bool) -> str:
        """Return why a request to the portal is one too many, or "". Surplus frames just stay empty."""
        # A browser follows redirects, pages that go on by themselves, and frames without being asked and without end.
        if hop > self._most_hops:  # a script that is redirected too often fails by itself
            self.endless = self.endless or (REDIRECTS if page and not framed else "")
            return REDIRECTS
        if not page or hop:
            return ""
        if framed:
            self._frame_count += 1
            return FRAMES if self._frame_count > MOST_FRAMES else ""
        self._page_count, self._frame_count = self._page_count + 1, 0
        if self._page_count > self._most_hops + 1:
            self.endless = ONWARD
        return self.endless

    def shut(self, browser: Browser) -> None:
        """Pause every request that this browser makes from here on."""
        self._session = session = browser.new_browser_cdp_session()
        session.on("Fetch.requestPaused", self._paused)
        session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    def open(self) -> None:
        """Let every request pass again, and forget what came."""
        self._tell("Fetch.disable", {})
        self._session = None
        self.is_closed, self._typed, self.caught, self.pages = False, (), [], {}

    def _paused(self, event: Mapping[str, Any]) -> None:
        asked, network = CaughtRequest.paused(event), str(event.get("networkId", ""))
        page, reads, framed = asked.kind == "Document", asked.method in READS, event.get("frameId") != self._acting
        context, acts, whole = self._window_of(event) if page or not reads else ("", False, False)
        sends = acts and not reads and asked.kind not in ASIDE and self._covers(asked.url)
        self.sent = self.sent or sends
        if self.is_closed and urlsplit(asked.url).scheme not in OWN:
            harmless = asked.method in ("GET", "HEAD") and self._covers(asked.url) and not self.carries(asked.text)
            if not harmless:  # it gets no answer until the browser is killed
                self.caught.append(asked)
                self.is_leaving = self.is_leaving or (page and not framed)
                return
        # Every hop of a redirect is paused again, under the number of its first request.
        hop, self._hops[network] = self._hops[network], self._hops[network] + bool(network)
        try:
            reason = self.verdict(asked, hop, framed=framed)
        except ValueError:  # an address that cannot be read; an error here would end all listening
            reason = ELSEWHERE
        if not reason and ((reads and not page) or not self._covers(asked.url)):
            self._tell("Fetch.continueRequest", {"requestId": event["requestId"]})
            return
        reason = reason or self._carry(asked, event["requestId"], context, sends=sends, whole=acts and page and whole)
        if reason:
            told = (sends and not self._is_given_up) or (acts and page and whole)  # not for a page that was given up
            self.refusal = reason if told else self.refusal
            self._tell("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "Aborted"})

    def _carry(self, asked: CaughtRequest, request: str, context: str, *, sends: bool, whole: bool) -> str:
        """Send a request once and give the page its answer; return why the page must not have it, or "".

        `whole` tells that it is what the window shows, `sends` that the act sends something.
        """
        # The paused request has no Cookie header yet; the browser would add it only when it sends.
        cookies = self._tell("Storage.getCookies", {"browserContextId": context}).get("cookies")
        if cookies is None:
            return "sends something from an unknown window"
        try:
            answer = self._sender.carry(asked, cookies)
        except (Unreachable, PageNotUnderstood) as error:
            unsent = isinstance(error, Unreachable) and not isinstance(error, AnswerLost)
            # A lost answer to something sent is never replaced by a later, milder failure.
            self.arrived = self.arrived or (sends and not unsent)
            if (sends or whole) and not isinstance(self.failed, AnswerLost):
                self.failed = error
            failed = {"requestId": request, "errorReason": "ConnectionRefused" if unsent else "Failed"}
            self._tell("Fetch.failRequest", failed)
            return ""
        self.arrived = self.arrived or sends
        page = asked.kind == "Document"
        # A browser would put a file or a report on the disk, or show it where nothing reads it.
        is_file = (answer.header("content-disposition") or "").strip().lower().startswith("attachment")
        is_pdf = answer.content_type == "application/pdf"
        if page and (is_pdf or is_file):
            self.document = answer if is_pdf else None
            return "answered with a download, which is not accepted"
        if whole:  # what went wrong on the way to this page is settled by it
            self.failed, self.refusal = None, ""
        elif sends and answer.status >= 400:
            self.worst = max(self.worst, answer.status)
        if page:
            self.pages.pop(asked.url, None)  # to come behind the others, of which the oldest goes
            self.pages[asked.url] = answer
            if len(self.pages) > MOST_PAGES:
                self.pages.pop(next(iter(self.pages)))
        # The policy would break a sign-in on another site, which only a person does.
        headers = [*self._sender.headers, *(() if self.person_works else (ALONE,))]
        fulfilled = {
            "requestId": request,
            "responseCode": answer.status,
            "responseHeaders": [{"name": name, "value": value} for name, value in headers],
            "body": base64.b64encode(answer.body).decode("ascii"),
        }
        self._tell("Fetch.fulfillRequest", fulfilled)
        return ""

    def _window_of(self, event: Mapping[str, Any]) -> tuple[str, bool, bool]:
        """Return whose cookies a request has, whether the acting window makes it, and whether for its whole page."""
        found = self._tell("Target.getTargets", {}).get("targetInfos", [])
        windows = {item["targetId"]: item for item in found if "browserContextId" in item}
        acting = str(windows.get(self._acting, {}).get("browserContextId", ""))
        # Of a frame in a window nothing is told: it counts as of the one that acts.
        own = windows.get(event.get("frameId"), {"browserContextId": acting, "type": "iframe"})
        return str(own["browserContextId"]), own["browserContextId"] == acting, own["type"] == "page"

    def _tell(self, command: str, given: dict[str, Any]) -> Mapping[str, Any]:
        """Send a command of the protocol; for a request that has gone away meanwhile, nothing."""
        with suppress(BrowserError):
            return dict(self._session.send(command, given) or {}) if self._session is not None else {}
        return {}


def _fits(cookie: Mapping[str, Any], url: str) -> bool:
    """Return whether a cookie goes to an address (RFC 6265, 5.4)."""
    at = urlsplit(url)
    host, path = at.hostname or "", at.path or "/"
    domain, below = str(cookie["domain"]), str(cookie["path"]).rstrip("/")
    here = host == domain or (domain.startswith(".") and f".{host}".endswith(domain))
    near = path == below or path.startswith(f"{below}/")
    return here and near and (at.scheme == "https" or not cookie["secure"] or host == "localhost")
