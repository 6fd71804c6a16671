"""One test of credentials with the state's service: a token, one student's list, one report.

Decided here, because only rejected *credentials* may end in REFUSED (design.md: they are never sent again, and the
person regenerates them, which ends the old ones everywhere):

- If the profile has rules for a rejection, nothing else is one. Without rules: 401 to the request that carries the
  credentials, unless the answer says that something was missing or another authentication is required; 403 only with
  words about access or credentials, since gateways and filters say 403 too; 200 and 400 only in words or by a field.
- After a token was given, the credentials are accepted, even if a listed report must not be fetched. 401 at the list is
  not understood then, unless it names the credentials: more often the profile sends the token in the wrong way. 403
  and 404 there are about the student.
- Without a token, only a list shows that the credentials were accepted, so 403 and 404 say nothing there.

What is only read is asked again within `Patience`'s bounds, and any request when the service itself says when to come
back. Details are our own words, numbers, and words that the profile allows. Nothing of an answer is kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from ssrcred.adapters.reports import answer as reading
from ssrcred.adapters.reports import meaning
from ssrcred.adapters.reports import request as writing
from ssrcred.adapters.reports.meaning import Found
from ssrcred.adapters.reports.profile import Profile
from ssrcred.adapters.reports.request import Outgoing, Shown
from ssrcred.adapters.web.address import host_of
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.bound import Limits, Patience
from ssrcred.adapters.web.request_log import doing
from ssrcred.adapters.web.site import Site
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import PageNotUnderstood, Unreachable
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.domain.report_kind import ReportKind, by_kind

if TYPE_CHECKING:
    import httpx

# All waiting for a busy service in one test together; somebody at the help desk waits for this.
WAIT_SECONDS: Final = 20.0
LIMITS: Final = Limits(total_seconds=60.0, visit_seconds=120.0)
_SSID: Final = re.compile(r"[0-9]{10}")


class SsrService:
    """The service at `api` (toms.api), talked to as `profile` says; `clock` gives aware UTC, `sleep` waits seconds.

    Raises ConfigInvalid for an address that is not https (http: this computer only).
    """

    def __init__(
        self,
        api: str,
        profile: Profile,
        *,
        transport: httpx.BaseTransport | None = None,
        limits: Limits = LIMITS,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._api = api.rstrip("/")
        self._profile = profile
        self._clock = clock
        self._connected = partial(
            Site,
            self._api,
            limits=limits,
            transport=transport,
            allowed_hosts=profile.report.hosts,
            patience=Patience(total_seconds=WAIT_SECONDS, sleep=sleep, clock=clock),
        )
        self._connected().close()

    @doing("reach the state's service")
    def reach(self) -> None:
        """Test whether the service can be reached at all, without credentials. Raises Unreachable."""
        with self._connected() as site:
            try:
                answer = site.get(self._api, writing.ASK_FOR_JSON)
            except PageNotUnderstood:
                return  # it answered, which is all that was asked
        if answer.status in meaning.CLOSED:
            raise Unreachable(
                f"The state's score report service is down or under maintenance (HTTP status {answer.status}).",
                state="Nothing was changed.",
                hint="Try again later: ssrcred rotate[lea] --plan",
                cause=meaning.cause(Outcome.UNREACHABLE, answer)[0],
            )

    def prove(self, credential: Credential, ssid: SecretKey | None) -> Proof:
        """Test the credentials: a token, then a report of the student `ssid`.

        The credentials are sent once, or again when a busy service says when. Without an SSID only a token is
        requested. Raises nothing that the service or the network can cause.
        """
        with self._connected() as site:
            attempt = Attempt(site, self._api, self._profile, self._clock)
            try:
                return attempt.proof(*attempt.run(credential, ssid))
            except Unreachable as problem:
                # The last answer is of an earlier request, so its status does not explain this one.
                return replace(attempt.proof(Outcome.UNREACHABLE, problem.message), cause=problem.cause, status=None)
            except PageNotUnderstood as problem:
                return attempt.proof(Outcome.NOT_UNDERSTOOD, problem.message)


class Attempt:
    """One way through the service, with a token that lives as long as this object; remembers what may be told of it.

    `asked` has each request in words, without redirects, and `last` the last answer (confidential). `taken` says that
    the service took the credentials, `listed` that a list of reports was understood, `list_status` the HTTP status of
    its answer, and `elsewhere` the host of the chosen report when it is another one than the profile knows.
    """

    def __init__(self, site: Site, api: str, profile: Profile, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._api = api
        self._profile = profile
        self._clock = clock
        self.asked: list[str] = []
        self.last: Answer | None = None
        self._report: Answer | None = None
        self._chosen = reading.Definition("")
        self._definitions: list[reading.Definition] = []
        self._opened: set[ReportKind] = set()
        self.listed = False
        self.taken = False
        self.list_status = 0
        self.elsewhere = ""

    def proof(self, outcome: Outcome, detail: str) -> Proof:
        """What this way showed: never a name, an SSID, a link or a report."""
        last, report = self.last, self._report
        cause, status = meaning.cause(outcome, last)
        return Proof(
            Probe.TOMS,
            outcome,
            self._clock(),
            detail=detail,
            asked=", then ".join(self.asked),
            content_type="" if last is None else reading.shown_kind(last.content_type),
            size=None if last is None else len(last.body),
            looks_like_pdf=None if report is None else report.body.startswith(b"%PDF-"),
            year=self._chosen.year,
            type=self._chosen.type,
            taken=self.taken and outcome is not Outcome.REFUSED,
            cause=cause,
            status=status,
            reports=by_kind(((one.kind, one.year) for one in self._definitions), self._opened),
        )

    def run(self, credential: Credential, ssid: SecretKey | None) -> Found:
        """All of it, as far as it goes. Raises Unreachable and PageNotUnderstood."""
        # Before anything is sent: what cannot be sent whole would be rejected, and taken for wrong credentials.
        if reason := writing.unsendable(self._profile, credential):
            return Outcome.NOT_UNDERSTOOD, reason
        if not self._profile.token.path:
            if ssid is None or not _SSID.fullmatch(ssid.reveal()):
                why = "this service gives no token, so it can only be tested with a test SSID of 10 digits"
                return Outcome.SKIPPED, why
            shown = Shown(writing.credential_headers(self._profile, credential))
            return self.reports(ssid, shown, credential, both_kinds=True)
        token, found = self.token(credential)
        if found is not None:
            return found
        shown = writing.shows_token(self._profile, token) if token else Shown()
        if ssid is None or not _SSID.fullmatch(ssid.reveal()):
            why, no = "there is no test SSID, so no report", ""
            if ssid is not None:
                why, no = "the test SSID does not have 10 digits, so it", "not "
            if not token:
                return (
                    Outcome.NOT_UNDERSTOOD,
                    f"the sign-in was answered; {why} was requested, which would tell",
                )
            return Outcome.ACCEPTED, f"{meaning.ACCEPTED_SO_FAR}{why} was {no}requested"
        return self.reports(ssid, shown, None, accepted=bool(token), both_kinds=True)

    def token(self, credential: Credential) -> tuple[str, Found | None]:
        """The token, or what the answer means without one; "" and None where the service keeps a cookie instead."""
        answer = self._send("a token", writing.token_request(self._profile, credential))
        if meaning.refused_by_rule(self._profile, answer, "token"):
            status = f"HTTP status {answer.status}"
            return "", (Outcome.REFUSED, f"the credentials were rejected, by a rule of the profile ({status})")
        token = reading.token_in(answer.body, self._profile.token.answer) if answer.status in {200, 201} else None
        if token is not None:
            self.taken = True
            return token, None
        request = self._profile.report
        keeps_a_cookie = not request.header and not request.query and answer.status in {200, 201, 204}
        if keeps_a_cookie and not reading.is_page(answer.body, answer.content_type):
            no_word_against_it = bool(self._profile.refused) or not reading.refuses(answer.body)
            return "", None if no_word_against_it else (Outcome.REFUSED, "the answer says that access is denied")
        return "", meaning.no_token(self._profile, answer, self._clock())

    def reports(
        self,
        ssid: SecretKey,
        shown: Shown,
        credential: Credential | None,
        *,
        accepted: bool = False,
        both_kinds: bool = False,
    ) -> Found:
        """The student's list, and one report of it, or of `both_kinds` that are listed.

        `accepted`: a token was given, so the credentials are accepted.
        """
        answer = self._send(
            "the list of one student's reports", writing.report_request(self._profile, ssid, shown, credential)
        )
        self.list_status = answer.status
        found = meaning.listed(self._profile, answer, self._clock(), accepted=accepted)
        if isinstance(found, tuple):
            return found
        self.listed = self.taken = True
        self._definitions, self._chosen = found, reading.best(found)
        ended = self._follow(self._chosen, answer.url, shown)
        measures = [one for one in found if one.kind is ReportKind.LEXILE_QUANTILE]
        if measures == found and ended[0] is Outcome.PROVED:
            # Proved means that a score report was opened, which is what parents are told.
            return Outcome.ACCEPTED, "only Lexile/Quantile Measures Reports are listed; one was opened"
        if both_kinds and self._opened and measures and self._chosen not in measures:
            # Only a vendor that has configured them can show these, so they decide nothing about the credentials.
            seen = self.last, self._report, self.elsewhere
            with suppress(Unreachable, PageNotUnderstood):
                self._follow(reading.best(measures), answer.url, shown)
            self.last, self._report, self.elsewhere = seen
        return ended

    def _send(self, what: str, outgoing: Outgoing) -> Answer:
        self.asked.append(what)
        with doing(what):
            self.last = writing.sent(self._site, self._api, outgoing)
        return self.last

    def _follow(self, definition: reading.Definition, base: str, shown: Shown) -> Found:
        """The listed report, which is what *proved* means; that it was listed is *accepted* already."""
        try:
            url = urljoin(base, definition.link)
        except ValueError:
            return Outcome.ACCEPTED, "a report is listed, but not fetched: its link is not an address"
        if not self._site.reads(url):
            self.elsewhere = host_of(url)
            why = "its link goes to a host that the API profile does not name"
            return Outcome.ACCEPTED, f"a report is listed, but not fetched: {why}"
        measures = definition.kind is ReportKind.LEXILE_QUANTILE
        self.asked.append("one Lexile/Quantile Measures Report" if measures else "one report")
        headers = dict(writing.ASK_FOR_REPORT)
        if self._site.covers(url):  # the token is for the service itself, not for a host that only has the files
            headers = {**headers, **self._profile.headers, **shown.headers}
            url = shown.on(url)
        with doing(self.asked[-1]):
            self.last = self._report = answer = self._site.get(url, headers)
        if answer.status in meaning.CLOSED:
            return meaning.closed(answer, self._clock())
        if answer.status != 200:
            return (
                Outcome.NOT_UNDERSTOOD,
                f"a report is listed, but not at its link (HTTP status {answer.status})",
            )
        kind = reading.kind_of_report(answer.body, answer.content_type, answer.charset)
        if kind is None:
            return (
                Outcome.NOT_UNDERSTOOD,
                "a report is listed, but what its link gave does not look like one",
            )
        self._opened.add(definition.kind)
        parts = (f"a {kind} of {len(answer.body):,} bytes", definition.type, definition.year, definition.language)
        return Outcome.PROVED, ", ".join(part for part in parts if part)
