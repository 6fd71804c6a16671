"""Decides what an answer means for the credentials, by the profile's rules, or read tolerantly without any."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ssrcred.adapters.reports import answer as reading
from ssrcred.adapters.reports.profile import Profile
from ssrcred.adapters.web.answer import Answer
from ssrcred.domain.errors import Cause
from ssrcred.domain.event import Outcome

CLOSED: Final = frozenset({408, 429, 500, 501, 502, 503, 504})

ACCEPTED_SO_FAR: Final = "a token was given; "

Found = tuple[Outcome, str]
Definitions = list[reading.Definition]


def refused_by_rule(profile: Profile, answer: Answer, at: str) -> bool:
    """Whether a rule of the profile says that this answer, to the request `at` (token or report), is a rejection."""
    carries = "token" if profile.token.path else "report"
    return any((rule.at or carries) == at and reading.fits(rule, answer) for rule in profile.refused)


def no_token(profile: Profile, answer: Answer, now: datetime) -> Found:
    """What an answer to the token request means that has no token and fits no rule."""
    status = f"HTTP status {answer.status}"
    if found := _in_between(answer, now):
        return found
    if not profile.refused and _refuses(profile, answer):
        why = "" if answer.status == 401 else ", and the answer says that access is denied"
        return Outcome.REFUSED, f"no access token was given{why} ({status})"
    page = reading.is_page(answer.body, answer.content_type)
    if page and answer.status == 403:
        return (
            Outcome.NOT_UNDERSTOOD,
            f"a web page came instead of an answer, as from a filter or firewall ({status})",
        )
    what = "a web page came instead of a token" if page else "no token was found in the answer"
    return Outcome.NOT_UNDERSTOOD, f"{what} ({status}); check the address and the answer's key in the API profile"


def listed(profile: Profile, answer: Answer, now: datetime, *, accepted: bool) -> Definitions | Found:
    """The reports of an answer to the report request, at least one; or what it means without them.

    `accepted`: a token was given for the credentials. Else they came with this request, or it is not known yet.
    """
    status, so_far = f"HTTP status {answer.status}", ACCEPTED_SO_FAR if accepted else ""
    if refused_by_rule(profile, answer, "report"):
        return Outcome.REFUSED, f"the credentials were rejected, by a rule of the profile ({status})"
    if any(reading.fits(rule, answer) for rule in profile.no_report):
        return (
            Outcome.NO_REPORT,
            f"the service has no report for this student, by a rule of the profile ({status})",
        )
    if answer.status != 200:
        if found := _in_between(answer, now):
            return found
        if not profile.refused:
            # 403 may be about the student as well, and 401 about a token, so it has to name the credentials then.
            if profile.token.path:
                refused = answer.status in {401, 403} and reading.rejects_credential(answer.body)
            else:
                refused = reading.rejects_credential(answer.body) if answer.status == 403 else _refuses(profile, answer)
            if refused:
                then = "a token was given, and then " if accepted else ""
                return Outcome.REFUSED, f"{then}the credentials were rejected ({status})"
        if reading.is_page(answer.body, answer.content_type) and answer.status != 404:
            return Outcome.NOT_UNDERSTOOD, f"{so_far}a web page came instead of the list ({status})"
        if accepted and not profile.no_report:
            if answer.status == 403:
                return Outcome.NO_REPORT, f"the service gives no access to this student ({status})"
            if answer.status in {204, 404} or reading.says(answer.body, reading.NOTHING_FOR_THE_STUDENT):
                return Outcome.NO_REPORT, f"the service has no report for this student ({status})"
        words = f"{so_far}the list of reports was not ({status}); check [report] in the API profile"
        return Outcome.NOT_UNDERSTOOD, words
    definitions = reading.reports_in(answer.body, profile.report)
    if definitions:
        return definitions
    if definitions is not None:
        return Outcome.NO_REPORT, "the list of the student's reports is empty"
    if accepted and not profile.no_report and reading.says(answer.body, reading.NOTHING_FOR_THE_STUDENT):
        return Outcome.NO_REPORT, f"the service says that it has no report for this student ({status})"
    if not profile.token.path and not profile.refused and reading.rejects_credential(answer.body):
        return Outcome.REFUSED, f"the answer says that the credentials are not accepted ({status})"
    return Outcome.NOT_UNDERSTOOD, f"{so_far}the answer about the student has no list of reports that is understood"


def closed(answer: Answer, now: datetime) -> Found:
    """What an answer means of a service that is down."""
    wanted, later = answer.retry_after(now), ""
    if wanted is not None:
        minutes = f"{wanted / 60:.0f} minutes" if wanted < 7200 else "some hours"
        later = f"; it asks to wait {f'{wanted:.0f} seconds' if wanted < 120 else minutes}"
    what = "was asked too often" if answer.status == 429 else "is down or under maintenance"
    return Outcome.UNREACHABLE, f"the service {what} (HTTP status {answer.status}){later}"


def _in_between(answer: Answer, now: datetime) -> Found | None:
    if answer.status == 407:
        return Outcome.UNREACHABLE, "a proxy requires a sign-in of its own (HTTP status 407)"
    return closed(answer, now) if answer.status in CLOSED else None


def _refuses(profile: Profile, answer: Answer) -> bool:
    """Whether an answer to the request with the credentials rejects them, read tolerantly; in doubt it does not."""
    page = reading.is_page(answer.body, answer.content_type)
    if answer.status == 401:
        challenge = answer.header("www-authenticate")
        elsewhere = profile.token.send == "basic" and challenge is not None and "basic" not in challenge.lower()
        return not elsewhere and (page or not reading.says(answer.body, reading.NOT_SEEN))
    return answer.status in {200, 201, 400, 403} and not page and reading.refuses(answer.body)


def cause(outcome: Outcome, answer: Answer | None) -> tuple[Cause, int | None]:
    """Why the last `answer` came to no report: whose trouble it is, and the HTTP status that says so, if one does."""
    if answer is None:
        return Cause.UNKNOWN, None
    if outcome is Outcome.UNREACHABLE and answer.status in CLOSED:
        return Cause.BUSY if answer.status == 429 else Cause.DOWN, answer.status
    if outcome is Outcome.UNREACHABLE and answer.status == 407:
        return Cause.PROXY, answer.status
    if outcome is Outcome.NO_REPORT and (answer.status == 403 or reading.says(answer.body, reading.ENROLLED_ELSEWHERE)):
        return Cause.NOT_ENROLLED, None
    return Cause.UNKNOWN, None
