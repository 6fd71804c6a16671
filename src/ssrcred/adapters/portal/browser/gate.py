"""What may leave a real browser: requests to the portal, and looks from elsewhere without anything that was typed.

Every request of the browser is paused before it is sent, each hop of a redirect, each pop-up and each worker included
(Chrome DevTools Protocol, domain *Fetch*, on the browser itself: a page's own interception lets redirects pass). Of the
sockets of workers nobody is told, so a page of the portal comes with a policy that keeps them to it (courier.ALONE).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, unquote_plus, urlsplit

from ssrcred.adapters.portal.browser.caught_request import CaughtRequest
from ssrcred.adapters.portal.browser.redirects import Course
from ssrcred.adapters.portal.browser.request_sender import ALONE, Courier
from ssrcred.errors import PageNotUnderstood, Unreachable
from ssrcred.web import Answer, AnswerLost, Limits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

LOOKS: Final = frozenset({"Script", "Stylesheet", "Image", "Font"})
"""What a page may fetch from another site, with GET: pages that JavaScript builds often need it."""
OWN: Final = frozenset({"about", "data", "blob"})
"""Schemes that do not leave the browser."""
SHORTEST_NAME: Final = 4
SHORTEST_CODED: Final = 6
"""Shorter texts would be found in base 64 by accident."""
ELSEWHERE: Final = "leads to another site, and nothing is followed there"
TYPED: Final = "would send what was typed where it does not belong"
DOWNLOAD: Final = "answered with a file to save, which is not taken"
SENDS: Final = "sends something where a page was only to be looked at"
UNKNOWN: Final = "sends something from a window that is not known"
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_KEPT: Final = 200
MOST_PAGES: Final = 60
"""Pages whose bytes are kept: those of two windows, with all their frames."""
RUN: Final = 6
"""Signs in a row of what is typed that leave nowhere in a test save."""


@dataclass(frozen=True, eq=False, repr=False)
class Asked:
    """One request before it is sent: `kind` is the protocol's resource type; the rest is confidential.

    `hop` counts the redirects before it; `framed` tells that it is not for what the whole window shows.
    """

    url: str
    method: str
    kind: str
    body: str
    unread: bool
    hop: int
    framed: bool


class Gate:
    """The rules, and what they refused. `courier` fetches the portal's pages, and sends what is more than a question.

    `held` is set while something is typed and not yet sent: then no typed secret leaves, not even to the portal, and
    nothing new is fetched from elsewhere. `lent` is set while the person works the page: then pages of other sites may
    come, but nothing that this program has typed may go there. `document` is the report that came in an
    act, `failed` why its page did not come, `pages` the pages that came, by address.

    With `reads_only` nothing but reads leaves. While something is typed for a save, what carries it leaves only if the
    test save saw that (`early`): what left is listed in `left`, what was stopped in `stopped`. After `close` nothing
    leaves any more but reads without what is typed; all else is `caught`, and never answered. `is_leaving` tells that
    this is the next page of the window: until that comes a browser answers no question about the one that is shown.
    """

    def __init__(self, courier: Courier, limits: Limits) -> None:
        self._courier, self._covers, self._limits = courier, courier.covers, limits
        self._contexts: dict[str, str] = {}
        self._acting = ""
        self._secrets: set[str] = set()
        self._names: set[str] = set()
        self._looked: set[str] = set()
        self._refused: dict[str, str] = {}
        self._course = Course(limits.max_hops)
        self._session: CDPSession | None = None
        self.document: Answer | None = None
        self.failed: Unreachable | PageNotUnderstood | None = None
        self.held = False
        self.lent = False
        self.pages: dict[str, Answer] = {}
        self.left: list[str] = []
        self.stopped: list[str] = []
        self.caught: list[CaughtRequest] = []
        self.is_closed = self.is_leaving = self.reads_only = False
        self._typed: tuple[str, ...] = ()
        self._early: frozenset[str] = frozenset()

    def begin(self, frame: str) -> None:
        """Stand before a new act in the window that has this frame: what a frame in it posts goes with its cookies."""
        self.document, self.failed, self._acting, self.is_leaving = None, None, frame, False
        self._course.begin()

    @property
    def endless(self) -> str:
        """Why the page of this act was not followed any further, or nothing."""
        return self._course.endless

    def learn(self, *, secret: str = "", name: str = "") -> None:
        """Remember what is typed, so that it goes nowhere else."""
        self._secrets |= {secret} if secret else set()
        self._names |= {name} if len(name) >= SHORTEST_NAME else set()

    def tells(self, text: str) -> bool:
        """Whether a text holds a secret that was typed, plain, as addresses, forms and JSON write it, or in base 64."""
        return any(_holds(text, secret) for secret in self._secrets)

    def hold(self, typed: Iterable[str], early: Iterable[str] = ()) -> None:
        """Let nothing of what is typed for a save leave, but where the test save saw it leave `early`."""
        self.held, self._typed, self._early = True, tuple(typed), frozenset(early)
        self.left.clear()
        self.stopped.clear()

    def close(self, typed: Iterable[str]) -> None:
        """Let nothing leave this browser from here on but reads without what is typed, until it is killed."""
        self.is_closed, self._typed = True, (*self._typed, *typed)

    def carries(self, request: CaughtRequest) -> bool:
        """Whether a request carries a piece of what is typed in a test save."""
        readable = (request.text, unescape(request.text))
        runs = {text[at : at + RUN] for text in self._typed for at in range(len(text) - RUN + 1)}
        return any(_holds(text, run) for run in runs for text in readable)

    def reason(self, url: str) -> str:
        """Why an address was refused, or nothing."""
        return self._refused.get(url, "")

    def verdict(self, asked: Asked) -> str:
        """Why a request is refused, or nothing if it may go."""
        if urlsplit(asked.url).scheme in OWN:
            return ""
        if self.reads_only and asked.method not in READS:
            return SENDS
        if self.tells(asked.url) or (self.held and (asked.unread or self.tells(asked.body))):
            return TYPED
        if self._covers(asked.url):
            document = asked.kind == "Document" and not self.lent
            return self._course.refuses(asked.hop, document=document, framed=asked.framed)
        return self._verdict_elsewhere(asked)

    def _verdict_elsewhere(self, asked: Asked) -> str:
        safe = urlsplit(asked.url).scheme == "https" or _is_near(asked.url)
        sent = f"{asked.url}\n{asked.body}"
        if asked.unread or self.tells(sent) or any(_holds(sent, name) for name in self._names):
            return TYPED
        if self.lent:
            return "" if safe else ELSEWHERE
        if not safe or asked.method != "GET" or asked.kind not in LOOKS:
            return ELSEWHERE
        if self.held and asked.url not in self._looked:
            return ELSEWHERE
        if len(self._looked) < MOST_KEPT:
            self._looked.add(asked.url)
        return ""

    def shut(self, browser: Browser) -> None:
        """Stand before every request that this browser makes from here on."""
        self._session = session = browser.new_browser_cdp_session()
        session.on("Fetch.requestPaused", self._paused)
        patterns = [{"urlPattern": "*"}, {"urlPattern": "*", "resourceType": "Document", "requestStage": "Response"}]
        session.send("Fetch.enable", {"patterns": patterns})

    def open(self) -> None:
        """Stand aside."""
        if self._session is not None:
            self._tell("Fetch.disable", {})
            self._session = None
        self.is_closed, self._typed, self.caught, self.pages = False, (), [], {}

    def _paused(self, event: Mapping[str, Any]) -> None:
        if "responseStatusCode" in event or "responseErrorReason" in event:
            self._answered(event)
            return
        request = event["request"]
        if self.is_closed and self._catches(event):
            return
        hop, framed = self._course.hop(str(event.get("networkId", ""))), event.get("frameId") != self._acting
        posted = str(request.get("postData", ""))
        unread = bool(request.get("hasPostData")) and not posted
        asked = Asked(request["url"], request["method"], event["resourceType"], posted, unread, hop, framed)
        try:
            reason = self.verdict(asked)
        except ValueError:  # an address that cannot be read; an error here would end all listening
            reason = ELSEWHERE
        reason = self._too_early(asked, reason)
        reads = request["method"] in READS and event["resourceType"] != "Document"
        if reason or reads or not self._covers(request["url"]):
            self._decide(event["requestId"], request["url"], reason)
        else:
            self._carry(event, framed=framed)

    def _catches(self, event: Mapping[str, Any]) -> bool:
        """Whether a request is kept back in a test save; it waits for its answer until the browser is killed."""
        request = CaughtRequest.paused(event)
        if urlsplit(request.url).scheme in OWN:
            return False
        if request.method in ("GET", "HEAD") and self._covers(request.url) and not self.carries(request):
            return False
        self.caught.append(request)
        self.is_leaving = self.is_leaving or (request.kind == "Document" and event.get("frameId") == self._acting)
        return True

    def _too_early(self, asked: Asked, reason: str) -> str:
        """Why a request that carries what is typed may not go before save is pressed, or nothing."""
        text = f"{asked.url}\n{asked.body}"
        if not self.held or urlsplit(asked.url).scheme in OWN:
            return reason
        if not (asked.unread or any(_holds(text, typed) for typed in self._typed)):
            return reason
        called = f"{asked.method} {urlsplit(asked.url).path}"
        if called not in self._early:
            self.stopped.append(called)
            return TYPED
        if asked.method in READS or not self._covers(asked.url) or self.tells(asked.url):
            return TYPED
        self.left.append(called)
        return ""

    def _carry(self, event: Mapping[str, Any], *, framed: bool) -> None:
        """Have a request sent once, and hand its answer to the page; a file that it answers with is kept from it.

        A page is fetched so too: a browser takes all that comes, faster than it tells how much that is.
        """
        cookies = self._tell("Storage.getCookies", {"browserContextId": self._context_of(event)}).get("cookies")
        if cookies is None:
            self._decide(event["requestId"], event["request"]["url"], UNKNOWN)
            return
        try:
            answer, given = self._courier.carry(event, cookies)
        except (Unreachable, PageNotUnderstood) as error:
            if event["resourceType"] == "Document" and not framed:
                self.failed = error
            refused = "Failed" if isinstance(error, AnswerLost) else "ConnectionRefused"
            self._tell("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": refused})
            return
        pdf = answer.content_type == "application/pdf"
        if event["resourceType"] == "Document" and (pdf or _is_file(answer.header("content-disposition"))):
            self.document = answer if pdf else None
            self._decide(event["requestId"], event["request"]["url"], DOWNLOAD)
            return
        if not self.lent:  # a person's log-in may need other sites
            given["responseHeaders"].append(ALONE)
        if event["resourceType"] == "Document":
            self.pages[event["request"]["url"]] = answer
            if len(self.pages) > MOST_PAGES:
                self.pages.pop(next(iter(self.pages)))
        self._tell("Fetch.fulfillRequest", given)

    def _context_of(self, event: Mapping[str, Any]) -> str:
        """The protocol's name for the cookies of the window that asks."""
        found = self._tell("Target.getTargets", {}).get("targetInfos", [])
        self._contexts = {item["targetId"]: item["browserContextId"] for item in found if "browserContextId" in item}
        return self._contexts.get(str(event.get("frameId", "")), self._contexts.get(self._acting, ""))

    def _decide(self, request: str, url: str, reason: str) -> None:
        if not reason:
            self._tell("Fetch.continueRequest", {"requestId": request})
            return
        if len(self._refused) > MOST_KEPT:
            self._refused.clear()
        self._refused[url] = reason
        self._tell("Fetch.failRequest", {"requestId": request, "errorReason": "Aborted"})

    def _answered(self, event: Mapping[str, Any]) -> None:
        """Take a PDF out of the browser's hands, so that it is neither shown nor saved; refuse other files."""
        headers = {str(item["name"]).lower(): str(item["value"]) for item in event.get("responseHeaders", [])}
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        saved = _is_file(headers.get("content-disposition"))
        if "location" in headers or not (kind == "application/pdf" or saved):
            self._tell("Fetch.continueRequest", {"requestId": event["requestId"]})
            return
        self._decide(event["requestId"], event["request"]["url"], DOWNLOAD)

    def _tell(self, command: str, given: dict[str, object]) -> Mapping[str, Any]:
        """Send a command; a request that has gone away meanwhile needs none."""
        from playwright.sync_api import Error

        if self._session is None:
            return {}
        try:
            return dict(self._session.send(command, given) or {})
        except Error:
            return {}


def _holds(text: str, secret: str) -> bool:
    written = (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    read = (text, unquote(text), unquote_plus(text), unquote(unquote_plus(text)))
    if any(form in seen for form in written for seen in read):
        return True
    plain = read[1].replace("-", "+").replace("_", "/")
    return len(secret) >= SHORTEST_CODED and (
        any(form in plain for form in _in_base64(secret)) or secret.encode("utf-8", "replace").hex() in text.lower()
    )


def _in_base64(secret: str) -> Iterator[str]:
    """The signs of base 64 that a secret makes whatever stands before and behind it."""
    content = secret.encode("utf-8", "replace")
    for before, unsure in enumerate((0, 2, 3)):
        sure = (before + len(content)) * 8 // 6
        yield base64.b64encode(bytes(before) + content).decode("ascii")[unsure:sure]


def _is_file(disposition: str | None) -> bool:
    return (disposition or "").strip().lower().startswith("attachment")


def _is_near(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
