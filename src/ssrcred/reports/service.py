"""One try of a pair at the state's service: a token, one student's list, one report; each asked for once.

Decided here, because only a refused *pair* may end in REFUSED (design.md: a refused pair is never sent again, and the
person is sent to regenerate it, which kills it everywhere):

- 401 at the token is a refusal, and so is 403 unless a web page comes with it, which a filter or a firewall sends.
- After a token was given, the pair is accepted. 401 at the list then is not understood, unless it names the pair: more
  often the profile shows the token in the wrong way. 403 and 404 there are about the student.

Details are our own words, numbers, and words that the profile allows. Nothing of an answer is kept.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urljoin

from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import PageNotUnderstood, Unreachable
from ssrcred.evidence import Outcome, Probe, Proof
from ssrcred.reports import answer as reading
from ssrcred.reports.profile import SSID_GOES_HERE, Profile
from ssrcred.web import Answer, Site

if TYPE_CHECKING:
    import httpx

_SSID: Final = re.compile(r"[0-9]{10}")
_CLOSED: Final = frozenset({408, 429, 500, 501, 502, 503, 504})
_ASK_FOR_JSON: Final = {"Accept": "application/json, text/plain;q=0.5, */*;q=0.1"}
_ASK_FOR_REPORT: Final = {"Accept": "application/pdf, text/html;q=0.9, */*;q=0.1"}

Found = tuple[Outcome, str]


class SsrService:
    """The service at `api` (toms.api), talked to as `profile` says; `clock` gives aware UTC.

    Raises ConfigInvalid for an address that is not https (http: this computer only).
    """

    def __init__(
        self,
        api: str,
        profile: Profile,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        self._api = api.rstrip("/")
        self._profile = profile
        self._transport = transport
        self._clock = clock
        self._site().close()

    def reach(self) -> None:
        """Whether the service can be talked to at all, found out without a pair. Raises Unreachable."""
        with self._site() as site:
            try:
                answer = site.get(self._api, _ASK_FOR_JSON)
            except PageNotUnderstood:
                return  # it answered, which is all that was asked
        if answer.status in _CLOSED:
            raise Unreachable(
                f"The state's score report service is closed at the moment (HTTP status {answer.status}).",
                state="Nothing was changed.",
                hint="Try again later: ssrcred rotate --plan.",
            )

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        """What the service makes of the pair: a token, then a report of the student `ssid`. One try, never repeated.

        Without an SSID a token is all that is asked for. Raises nothing that the service or the network can cause.
        """
        with self._site() as site:
            try:
                outcome, detail = _Try(site, self._api, self._profile).run(credential, ssid)
            except Unreachable as problem:
                outcome, detail = Outcome.UNREACHABLE, problem.message
            except PageNotUnderstood as problem:
                outcome, detail = Outcome.NOT_UNDERSTOOD, problem.message
        return Proof(Probe.TOMS, outcome, self._clock(), detail=detail)

    def _site(self) -> Site:
        return Site(self._api, transport=self._transport, allowed_hosts=self._profile.report.hosts)


class _Try:
    """One way through the service, with a token that lives as long as this object."""

    def __init__(self, site: Site, api: str, profile: Profile) -> None:
        self._site = site
        self._api = api
        self._profile = profile

    def run(self, credential: Credential, ssid: SecretKey | None) -> Found:
        if self._profile.token.send == "basic" and ":" in credential.username:
            return Outcome.NOT_UNDERSTOOD, "a User Name with a colon cannot be sent in the way the API profile says"
        answer = self._ask_for_token(credential)
        token = reading.token_in(answer.body, self._profile.token.answer) if answer.status in {200, 201} else None
        if token is None:
            return _no_token(answer)
        if ssid is None:
            return Outcome.ACCEPTED, "a token was given; there is no test SSID, so no report was asked for"
        if not _SSID.fullmatch(ssid.reveal()):
            return Outcome.ACCEPTED, "a token was given; the test SSID does not have 10 digits, so it was not asked for"
        request = self._profile.report
        shown = {request.header: request.prefix + token}
        answer = self._ask_for_list(ssid, shown)
        if answer.status != 200:
            return _no_list(answer)
        definitions = reading.reports_in(answer.body, request)
        if definitions is None:
            return (
                Outcome.NOT_UNDERSTOOD,
                "a token was given; the answer about the student has no list that is understood",
            )
        if not definitions:
            return Outcome.NO_REPORT, "the list of the student's reports is empty"
        return self._follow(reading.best(definitions), answer.url, shown)

    def _ask_for_token(self, credential: Credential) -> Answer:
        request = self._profile.token
        url = self._api + request.path
        fields = dict(request.extra)
        headers = dict(_ASK_FOR_JSON)
        if request.send == "basic":
            halves = f"{credential.username}:{credential.secret.reveal()}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(halves).decode('ascii')}"
        else:
            fields |= {request.username: credential.username, request.secret: credential.secret.reveal()}
        if request.method == "GET":
            return self._site.get(url, headers)
        if request.send == "json":
            headers["Content-Type"] = "application/json"
            return self._site.send("POST", url, content=json.dumps(fields).encode(), headers=headers)
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._site.send("POST", url, content=urlencode(fields).encode(), headers=headers)

    def _ask_for_list(self, ssid: SecretKey, shown: dict[str, str]) -> Answer:
        request = self._profile.report
        url = self._api + request.path.replace(SSID_GOES_HERE, quote(ssid.reveal(), safe=""))
        headers = _ASK_FOR_JSON | shown
        if request.method == "GET":
            return self._site.get(url, headers)
        content = b""
        if request.body:
            headers["Content-Type"] = "application/json"
            content = json.dumps({request.body: ssid.reveal()}).encode()
        return self._site.send("POST", url, content=content, headers=headers)

    def _follow(self, definition: reading.Definition, base: str, shown: dict[str, str]) -> Found:
        try:
            url = urljoin(base, definition.link)
        except ValueError:
            return Outcome.NOT_UNDERSTOOD, "a report is listed; its link is not an address"
        headers = _ASK_FOR_REPORT | (shown if self._site.covers(url) else {})
        answer = self._site.get(url, headers)
        if answer.status in _CLOSED:
            return _closed(answer)
        if answer.status != 200:
            return Outcome.NOT_UNDERSTOOD, f"a report is listed; its link did not give it (HTTP status {answer.status})"
        kind = reading.kind_of_report(answer.body, answer.content_type)
        if kind is None:
            return Outcome.NOT_UNDERSTOOD, "a report is listed; what its link gave does not look like a score report"
        parts = (f"a {kind} of {len(answer.body):,} bytes", definition.type, definition.year, definition.language)
        return Outcome.PROVED, ", ".join(part for part in parts if part)


def _no_token(answer: Answer) -> Found:
    status = f"HTTP status {answer.status}"
    page = reading.is_page(answer.body, answer.content_type)
    if answer.status in _CLOSED:
        return _closed(answer)
    if answer.status == 407:
        return Outcome.UNREACHABLE, f"a proxy wants a log-in of its own ({status})"
    if answer.status == 403 and page:
        return Outcome.NOT_UNDERSTOOD, f"a web page came in place of an answer, as from a filter or firewall ({status})"
    if answer.status in {401, 403}:
        return Outcome.REFUSED, f"no token was given ({status})"
    if answer.status in {200, 201, 400} and reading.refuses(answer.body):
        return Outcome.REFUSED, f"no token was given, and the answer says that access is denied ({status})"
    what = "a web page came in place of a token" if page else "no token was found in the answer"
    return Outcome.NOT_UNDERSTOOD, f"{what} ({status}); the API profile says where to ask and what to look for"


def _no_list(answer: Answer) -> Found:
    status = f"HTTP status {answer.status}"
    if answer.status in _CLOSED:
        return _closed(answer)
    if answer.status in {401, 403} and reading.refuses_the_pair(answer.body):
        return Outcome.REFUSED, f"a token was given, and then the pair was refused ({status})"
    if reading.is_page(answer.body, answer.content_type) and answer.status != 404:
        return Outcome.NOT_UNDERSTOOD, f"a token was given; a web page came in place of the list ({status})"
    if answer.status == 403:
        return Outcome.NO_REPORT, f"the service gives no access to this student ({status})"
    if answer.status in {204, 404}:
        return Outcome.NO_REPORT, f"the service has no report for this student ({status})"
    return Outcome.NOT_UNDERSTOOD, f"a token was given; the list was not ({status}); the API profile says how to ask"


def _closed(answer: Answer) -> Found:
    if answer.status == 429:
        return Outcome.UNREACHABLE, "the service has been asked too often (HTTP status 429)"
    return Outcome.UNREACHABLE, f"the service is closed or out of order (HTTP status {answer.status})"
