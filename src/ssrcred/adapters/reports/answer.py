"""What the service's answers say in words, and what the good ones hold: a token, a list of reports, a report.

The names of fields are unknown outside (domain.md), so without a profile's word they are looked for by what they
usually are called. Any bytes are read without an exception; what does not fit is None. Nothing here keeps an answer.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ssrcred.adapters.reports.profile import ReportRequest, Rule
from ssrcred.adapters.reports.tree import DEEPEST, LONGEST_JSON, MOST_VALUES, Json, at, parsed, plain, walk
from ssrcred.adapters.web.answer import Answer
from ssrcred.domain.report_kind import ReportKind, kind_of

_REFUSAL: Final = re.compile(
    r"\b(?:denied|unauthori[sz]ed|not authori[sz]ed|not authenticated|auth(?:entication)? (?:failed|failure|error)|"
    r"log ?[io]n failed|(?:invalid|incorrect|wrong|bad|unknown|expired|revoked) "
    r"(?:client|grant|credentials?|user ?name|user|password|secret|pair|log ?[io]n)|"
    r"(?:credentials?|user ?name|password|secret(?: key)?|pair)\b.{0,40}\b"
    r"(?:expired|invalid|incorrect|wrong|revoked|rejected|unknown|not (?:valid|known|accepted|recogni[sz]ed)))\b",
    re.IGNORECASE,
)
# What a service says to a request that it does not understand: it may not even have seen the credentials.
NOT_SEEN: Final = re.compile(
    r"\b(?:missing|requires?|required|unsupported|malformed|not supported|method not allowed|content type|media type|"
    r"(?:must|may|can) ?not be (?:null|blank|empty)|must be|no client authentication|no route|"
    r"(?:invalid|bad|empty) (?:request|scope|grant type|body|json|format|content))\b",
    re.IGNORECASE,
)
NOTHING_FOR_THE_STUDENT: Final = re.compile(
    r"\bno (?:\w+ ){0,3}(?:reports?|results?|records?|scores?)\b|"
    r"\b(?:student|ssid)\b.{0,30}\b(?:not found|has no|unknown)\b",
    re.IGNORECASE,
)
# Access follows enrolment (domain.md), so one is said for the other.
ENROLLED_ELSEWHERE: Final = re.compile(
    r"\bnot (?:currently )?enrolled\b|\benrolled (?:in|at) (?:another|a different)\b|"
    r"\bno access to (?:this|the|that) student\b|\bstudent\b.{0,40}\b(?:another|other|different) (?:lea|district)\b",
    re.IGNORECASE,
)
_OF_THE_CREDENTIAL: Final = re.compile(r"credential|password|secret|\bpair\b|user ?name", re.IGNORECASE)


def refuses(body: bytes) -> bool:
    """Whether an answer without a token says, in words or by a status within it, that credentials are rejected."""
    if says(body, NOT_SEEN):
        return False  # the request was wrong, so nothing was said about the credentials
    value = parsed(body)
    if isinstance(value, dict | list):
        for path, item in walk(value):
            name = plain(path[-1]) if path else ""
            if isinstance(item, str) and refusing(item):
                return True
            if name in {"authenticated", "authorized", "authorised"} and item is False:
                return True
            if name in {"status", "statuscode", "code"} and str(item) == "401":
                return True
        return False
    text = value if isinstance(value, str) else body[:500].decode("ascii", "replace")
    return len(body) < 500 and "<" not in text and refusing(text)


def says(body: bytes, words: re.Pattern[str]) -> bool:
    """Whether an answer says this in words, in one of its texts that are short enough to be a message."""
    value = parsed(body)
    if isinstance(value, dict | list):
        texts = [item for _, item in walk(value) if isinstance(item, str)]
    elif isinstance(value, str):
        texts = [value]
    else:
        texts = [body.decode("ascii", "replace")] if len(body) < 500 and b"<" not in body else []
    return any(words.search(_spaced(text[:500])) for text in texts)


def rejects_credential(body: bytes) -> bool:
    """Whether a rejection names the credentials themselves, and not only a token or an access."""
    return refuses(body) and _OF_THE_CREDENTIAL.search(_spaced(body[:2000].decode("ascii", "replace"))) is not None


def fits(rule: Rule, answer: Answer) -> bool:
    """Whether an answer is what a profile's rule describes; a web page only when the rule names words of it."""
    if rule.status and rule.status != answer.status:
        return False
    if not rule.field and not rule.words:
        return not is_page(answer.body, answer.content_type)
    if rule.field:
        value = at(parsed(answer.body), rule.field)
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        if not rule.words:
            return bool(value)
    else:
        text = answer.body[:LONGEST_JSON].decode("utf-8", "replace")
    text = " ".join(text.split())
    return any(
        re.search(rf"(?<!\w){re.escape(' '.join(word.split()))}(?!\w)", text, re.IGNORECASE) for word in rule.words
    )


def is_page(body: bytes, content_type: str) -> bool:
    """Whether an answer is a web page: what a filter, a firewall or a proxy answers with in place of the service."""
    return content_type == "text/html" or body.lstrip()[:1] == b"<"


def refusing(text: str) -> bool:
    """Whether a text is a rejection."""
    return _REFUSAL.search(_spaced(text[:500])) is not None


def _spaced(text: str) -> str:
    return re.sub(r"[_\s-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))


# What the good ones hold.

_TOKEN_KEYS: Final = ("accesstoken", "token", "authtoken", "apitoken", "bearertoken", "sessiontoken", "jwt", "idtoken")
_TOKEN: Final = re.compile(r"[!-~]{4,8192}")
# RFC 6750, 2.1, and what vendors put between parts; a single word or number is not taken for a token.
_BARE_TOKEN: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9._~+/=:|-]{16,8192}")
_SHOWN_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
# What else is long and mixed: a moment, and the numbers by which a service finds a request in its own log.
_NO_TOKEN: Final = re.compile(r"\d{4}-\d\d-\d\d|https?:", re.IGNORECASE)
_NOT_ITS_NAME: Final = re.compile(
    r"request|trace|correlation|message|error|time|path|instance|user|client", re.IGNORECASE
)
_TYPE_KEYS: Final = ("reporttype", "type", "assessmenttype", "testtype", "assessment", "test", "program")
_YEAR_KEYS: Final = ("year", "schoolyear", "reportyear", "testyear", "adminyear", "administrationyear", "testingyear")
_LANGUAGE_KEYS: Final = ("language", "reportlanguage", "lang", "languagecode")
_LINK_HINT: Final = re.compile(r"link|ur[li]|href|location", re.IGNORECASE)
_VIDEO: Final = re.compile(r"video|mp4|youtu|vimeo", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}(?:[-/\u2013](?:[0-9]{2}){1,2})?")
_LANGUAGES: Final = {
    **dict.fromkeys(("en", "eng", "english"), "English"),
    **dict.fromkeys(("es", "spa", "spanish"), "Spanish"),
}
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"})
_KINDS: Final = frozenset(
    {
        *("application/json", "application/problem+json", "application/pdf", "application/octet-stream", "text/html"),
        *("application/xhtml+xml", "application/xml", "text/xml", "text/plain", "binary/octet-stream"),
    }
)
_ERROR_KEYS: Final = frozenset({"error", "errors", "errormessage", "errorcode", "fault"})
_SCORE_REPORT: Final = re.compile(r"caaspp|elpac|smarter balanced|score report|lexile|quantile", re.IGNORECASE)
_ASKS_FOR_LOG_IN: Final = re.compile(r"type\s*=\s*[\"']?password", re.IGNORECASE)


@dataclass(frozen=True)
class Definition:
    """One report of the list: its link, and the little about it that may be shown ("" where that is not sure)."""

    link: str = field(repr=False)
    type: str = ""
    year: str = ""
    language: str = ""
    kind: ReportKind = ReportKind.UNKNOWN


def token_in(body: bytes, dotted: str) -> str | None:
    """The token in an answer: under a profile's dotted key, under a usual name, or being the whole answer."""
    value = parsed(body)
    if dotted:
        found = at(value, dotted)
        return found if isinstance(found, str) and _TOKEN.fullmatch(found) else None
    if isinstance(value, dict | list):
        named = [(plain(path[-1]), item) for path, item in walk(value) if path and isinstance(item, str)]
        # The likeliest name first, wherever it is: an id_token may stand beside the access token.
        for key in _TOKEN_KEYS:
            for name, item in named:
                if name == key and _TOKEN.fullmatch(item):
                    return item
        return None
    text = value if isinstance(value, str) else body[:10_000].decode("ascii", "replace").strip()
    return text if _BARE_TOKEN.fullmatch(text) and "://" not in text and not refusing(text) else None


def lone_token_name(body: bytes) -> str:
    """The dotted name of the one text of an answer that looks like a token, whatever it is called; "" without one."""
    found: list[str] = []
    waiting: deque[tuple[str, Json]] = deque([("", parsed(body))])
    # A second one ends it: nobody could say which of the two is the token.
    while waiting and len(found) < 2:
        before, item = waiting.popleft()
        inner: Iterable[tuple[str, Json]] = ()
        if isinstance(item, dict):
            inner = item.items()
        elif isinstance(item, list):
            inner = ((str(number), one) for number, one in enumerate(item[:10]))
        elif isinstance(item, str) and before and _BARE_TOKEN.fullmatch(item) and not _NO_TOKEN.match(item):
            found.append(before)
        waiting.extend(
            (f"{before}.{name}" if before else name, one)
            for name, one in inner
            if _SHOWN_NAME.fullmatch(name) and not _NOT_ITS_NAME.search(name) and len(before) < 200
        )
    return found[0] if len(found) == 1 else ""


def reports_in(body: bytes, request: ReportRequest) -> list[Definition] | None:
    """The reports that have a link, in the service's order; [] for a list of none; None if it is unclear."""
    value = parsed(body)
    if request.list:
        found = at(value, request.list)
        if not isinstance(found, list) or len(found) > MOST_VALUES:
            return None
        return _definitions(found, request) or (None if found else [])
    everything = list(walk(value))
    if len(everything) > MOST_VALUES:
        return None
    lists = [item for _, item in everything if isinstance(item, list)]
    if found := next(filter(None, (_definitions(entries, request) for entries in lists)), []):
        return found
    # An empty list beside an error is not a student without reports.
    has_error = any(path and plain(path[-1]) in _ERROR_KEYS and bool(item) for path, item in everything)
    return None if not lists or any(lists) or has_error else []


def best(definitions: list[Definition]) -> Definition:
    """The report to follow: a score report before Lexile/Quantile measures, a PDF before others, else the first."""

    def rank(definition: Definition) -> tuple[bool, int]:
        return definition.kind is ReportKind.LEXILE_QUANTILE, _rank(definition.link)

    return min(definitions, key=rank)


def kind_of_report(body: bytes, content_type: str, charset: str = "") -> str | None:
    """The kind of a content that is a score report's, PDF or web page, else None.

    A PDF begins and ends as ISO 32000 (7.5.2, 7.5.5) says; a page speaks of score reports and asks for no sign-in.
    """
    if body.startswith(b"%PDF-"):
        return "PDF" if b"%%EOF" in body[-1024:] else None
    if content_type not in {"text/html", "application/xhtml+xml"}:
        return None
    # A service may name any of Python's codecs, and some of them take for ever.
    text = body.decode(charset if charset in _CHARSETS else "utf-8", "replace")
    return "web page" if _SCORE_REPORT.search(text) and not _ASKS_FOR_LOG_IN.search(text) else None


def shown_kind(content_type: str) -> str:
    """A content type as it may be told: a service may put anything there, so only known ones are."""
    return content_type if content_type in _KINDS else "another type" if content_type else ""


def _definitions(entries: list[Json], request: ReportRequest) -> list[Definition]:
    found = []
    for entry in entries:
        link = _link(entry, request.link) if isinstance(entry, dict) else None
        if link is not None:
            kind = _named(entry, request.type, _TYPE_KEYS)
            # A service may put a student's name anywhere, so only known words leave this place.
            words = re.findall(r"\w+", kind) if isinstance(kind, str) and len(kind) <= 80 else []
            known = {word.lower() for word in request.words}
            year = _named(entry, request.year, _YEAR_KEYS)
            year = str(year) if isinstance(year, str) or type(year) is int else ""
            found.append(
                Definition(
                    link,
                    " ".join(words) if all(word.lower() in known for word in words) else "",
                    year if _YEAR.fullmatch(year) else "",
                    _LANGUAGES.get(str(_named(entry, request.language, _LANGUAGE_KEYS)).lower(), ""),
                    kind_of(kind) if isinstance(kind, str) else ReportKind.UNKNOWN,
                )
            )
    return found


def _link(entry: Json, dotted: str) -> str | None:
    if dotted:
        value = at(entry, dotted)
        return value if isinstance(value, str) and value else None
    links = [item for path, item in walk(entry, DEEPEST) if isinstance(item, str) and _is_link(".".join(path), item)]
    return min(links, key=_rank, default=None)


def _is_link(name: str, text: str) -> bool:
    if re.match(r"https?://", text, re.IGNORECASE):
        return True
    if not _LINK_HINT.search(name) or not text or any(letter.isspace() for letter in text):
        return False
    path = text.partition("?")[0].lower()
    return text.startswith(("/", "./", "../")) or (":" not in path and path.endswith((".pdf", ".html", ".htm")))


def _rank(link: str) -> int:
    try:
        path = urlsplit(link).path.lower()
    except ValueError:
        return 9
    if path.endswith(".pdf"):
        return 0
    if path.endswith((".html", ".htm")):
        return 2
    return 3 if _VIDEO.search(link) else 1


def _named(entry: Json, dotted: str, names: tuple[str, ...]) -> Json:
    if dotted:
        return at(entry, dotted)
    values = {plain(path[-1]): item for path, item in reversed(list(walk(entry, DEEPEST))) if path}
    return next((values[name] for name in names if isinstance(values.get(name), str | int)), None)
