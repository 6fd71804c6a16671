"""What the service's answers mean: a token, a refusal, a list of reports, a report; read by profile or tolerantly.

The names of fields are unknown outside (domain.md), so without a profile's word they are looked for by what they
usually are called. Any bytes are read without an exception; what does not fit is None. Nothing here keeps an answer.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ssrcred.reports.profile import ReportRequest, Rule
from ssrcred.web import Answer

Json = object
LONGEST_JSON: Final = 1024 * 1024
"""Bytes of JSON that are read; three years of one student's reports take a few thousand."""
MOST_VALUES: Final = 20_000
"""Values of an answer that are looked at, and `DEEPEST` how far within one report; past that it is not understood."""
DEEPEST: Final = 6

_TOKEN_KEYS: Final = ("accesstoken", "token", "authtoken", "apitoken", "bearertoken", "sessiontoken", "jwt", "idtoken")
_TOKEN: Final = re.compile(r"[!-~]{4,8192}")
# RFC 6750, 2.1, and what vendors put between parts; a single word or number is not taken for a token.
_BARE_TOKEN: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9._~+/=:|-]{16,8192}")
_SHOWN_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
_TYPE_KEYS: Final = ("reporttype", "type", "assessmenttype", "testtype", "assessment", "test", "program")
_YEAR_KEYS: Final = ("year", "schoolyear", "reportyear", "testyear", "adminyear", "administrationyear", "testingyear")
_LANGUAGE_KEYS: Final = ("language", "reportlanguage", "lang", "languagecode")
_LINK_HINT: Final = re.compile(r"link|ur[li]|href|location", re.IGNORECASE)
_VIDEO: Final = re.compile(r"video|mp4|youtu|vimeo", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}(?:[-/\u2013](?:[0-9]{2}){1,2})?")
_LANGUAGES: Final = {
    "en": "English",
    "eng": "English",
    "english": "English",
    "es": "Spanish",
    "spa": "Spanish",
    "spanish": "Spanish",
}

_REFUSAL: Final = re.compile(
    r"\b(?:denied|unauthori[sz]ed|not authori[sz]ed|not authenticated|auth(?:entication)? (?:failed|failure|error)|"
    r"log ?[io]n failed|(?:invalid|incorrect|wrong|bad|unknown|expired|revoked) "
    r"(?:client|grant|credentials?|user ?name|user|password|secret|pair|log ?[io]n)|"
    r"(?:credentials?|user ?name|password|secret(?: key)?|pair)\b.{0,40}\b"
    r"(?:expired|invalid|incorrect|wrong|revoked|not valid|not recogni[sz]ed))\b",
    re.IGNORECASE,
)
# What a service says that was not asked in its way: then it may not even have seen the pair.
_NOT_SEEN: Final = re.compile(
    r"\b(?:missing|requires?|required|unsupported|malformed|not supported|method not allowed|content type|media type|"
    r"(?:must|may|can) ?not be (?:null|blank|empty)|must be|no client authentication|no route|"
    r"(?:invalid|bad|empty) (?:request|scope|grant type|body|json|format|content))\b",
    re.IGNORECASE,
)
_NOTHING_FOR_THE_STUDENT: Final = re.compile(
    r"\bno (?:\w+ ){0,3}(?:reports?|results?|records?|scores?)\b|"
    r"\b(?:student|ssid)\b.{0,30}\b(?:not found|has no|unknown)\b",
    re.IGNORECASE,
)
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"})
_KINDS: Final = frozenset(
    {
        *("application/json", "application/problem+json", "application/pdf", "application/octet-stream", "text/html"),
        *("application/xhtml+xml", "application/xml", "text/xml", "text/plain", "binary/octet-stream"),
    }
)
_OF_THE_PAIR: Final = re.compile(r"credential|password|secret|\bpair\b|user ?name", re.IGNORECASE)
_ERROR_KEYS: Final = frozenset({"error", "errors", "errormessage", "errorcode", "fault"})
_SCORE_REPORT: Final = re.compile(r"caaspp|elpac|smarter balanced|score report", re.IGNORECASE)
_ASKS_FOR_LOG_IN: Final = re.compile(r"type\s*=\s*[\"']?password", re.IGNORECASE)


@dataclass(frozen=True)
class Definition:
    """One report of the list: its link, and the little about it that may be shown ("" where that is not sure)."""

    link: str = field(repr=False)
    type: str = ""
    year: str = ""
    language: str = ""


def parsed(body: bytes) -> Json:
    """The JSON value of a body, or None: for JSON's null, and for what is not JSON, or too long or too deep to read."""
    try:
        value: Json = json.loads(body) if len(body) <= LONGEST_JSON else None
    except (ValueError, RecursionError):
        return None
    return value


def token_in(body: bytes, dotted: str) -> str | None:
    """The token in an answer: under a profile's dotted key, under a usual name, or being the whole answer."""
    value = parsed(body)
    if dotted:
        found = _at(value, dotted)
        return found if isinstance(found, str) and _TOKEN.fullmatch(found) else None
    if isinstance(value, dict | list):
        named = [(_plain(path[-1]), item) for path, item in _walk(value) if path and isinstance(item, str)]
        for key in _TOKEN_KEYS:
            for name, item in named:
                if name == key and _TOKEN.fullmatch(item):
                    return item
        return None
    text = value if isinstance(value, str) else body[:10_000].decode("ascii", "replace").strip()
    return text if _BARE_TOKEN.fullmatch(text) and "://" not in text and not _refusing(text) else None


def lone_token_name(body: bytes) -> str:
    """The dotted name of the one text of an answer that looks like a token, whatever it is called; "" without one."""
    found: list[str] = []
    waiting: deque[tuple[str, Json]] = deque([("", parsed(body))])
    while waiting and len(found) < 2:
        before, item = waiting.popleft()
        inner: Iterable[tuple[str, Json]] = ()
        if isinstance(item, dict):
            inner = item.items()
        elif isinstance(item, list):
            inner = ((str(number), one) for number, one in enumerate(item[:10]))
        elif isinstance(item, str) and before and _BARE_TOKEN.fullmatch(item) and not _refusing(item):
            found.append(before)
        waiting.extend(
            (f"{before}.{name}" if before else name, one)
            for name, one in inner
            if _SHOWN_NAME.fullmatch(name) and len(before) < 200
        )
    return found[0] if len(found) == 1 else ""


def refuses(body: bytes) -> bool:
    """Whether an answer without a token says, in words or by a status within it, that the pair is not accepted."""
    if not_seen(body):
        return False
    value = parsed(body)
    if isinstance(value, dict | list):
        return any(_refuses(path, item) for path, item in _walk(value))
    text = value if isinstance(value, str) else body[:500].decode("ascii", "replace")
    return len(body) < 500 and "<" not in text and _refusing(text)


def not_seen(body: bytes) -> bool:
    """Whether an answer says that something was missing or not as expected, so that the pair may not have been seen."""
    return any(_NOT_SEEN.search(_spaced(text)) for text in _texts(body))


def says_nothing_is_there(body: bytes) -> bool:
    """Whether an answer says in words that there is no report for the student."""
    return any(_NOTHING_FOR_THE_STUDENT.search(_spaced(text)) for text in _texts(body))


def fits(rule: Rule, answer: Answer) -> bool:
    """Whether an answer is what a profile's rule describes; a web page only when the rule names words of it."""
    if rule.status and rule.status != answer.status:
        return False
    if not rule.field and not rule.words:
        return not is_page(answer.body, answer.content_type)
    if rule.field:
        value = _at(parsed(answer.body), rule.field)
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        if not rule.words:
            return bool(value)
    else:
        text = answer.body[:LONGEST_JSON].decode("utf-8", "replace")
    text = " ".join(text.split())
    return any(
        re.search(rf"(?<!\w){re.escape(' '.join(word.split()))}(?!\w)", text, re.IGNORECASE) for word in rule.words
    )


def refuses_the_pair(body: bytes) -> bool:
    """Whether a refusal names the pair itself, and not only a token or an access."""
    return refuses(body) and _OF_THE_PAIR.search(_spaced(body[:2000].decode("ascii", "replace"))) is not None


def reports_in(body: bytes, request: ReportRequest) -> tuple[Definition, ...] | None:
    """The reports that have a link, in the service's order; () for a list of none; None if it is unclear."""
    value = parsed(body)
    if request.list:
        found = _at(value, request.list)
        if not isinstance(found, list) or len(found) > MOST_VALUES:
            return None
        return _definitions(found, request) or (None if found else ())
    everything = list(_walk(value))
    if len(everything) > MOST_VALUES:
        return None
    lists = [item for _, item in everything if isinstance(item, list)]
    for entries in lists:
        definitions = _definitions(entries, request)
        if definitions:
            return definitions
    if not lists or any(lists) or _has_error(value):
        return None
    return ()


def best(definitions: tuple[Definition, ...]) -> Definition:
    """The report to follow: a PDF before others, a video last, else the first."""
    return min(definitions, key=lambda definition: _rank(definition.link))


def kind_of_report(body: bytes, content_type: str, charset: str = "") -> str | None:
    """The kind of a content that is a score report's, PDF or web page, else None.

    A PDF begins and ends as ISO 32000 (7.5.2, 7.5.5) says; a page speaks of score reports and asks for no log-in.
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


def is_page(body: bytes, content_type: str) -> bool:
    """Whether an answer is a web page: what a filter, a firewall or a proxy answers with in place of the service."""
    return content_type == "text/html" or body.lstrip()[:1] == b"<"


def _walk(value: Json, deepest: int | None = None) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Values with the names that lead to them, the outer ones first, one more than MOST_VALUES at most.

    Not recursive, since answers may be hostile; `deepest` leaves out what is further within.
    """
    waiting: deque[tuple[int, tuple[str, ...], Json]] = deque([(0, (), value)])
    seen = 0
    while waiting and seen <= MOST_VALUES:
        depth, path, item = waiting.popleft()
        seen += 1
        yield path, item
        if depth == deepest:
            continue
        # Two names are all that anybody asks for, so a deep answer costs no more than a wide one.
        if isinstance(item, dict):
            waiting.extend((depth + 1, (*path[-1:], name), inner) for name, inner in item.items())
        elif isinstance(item, list):
            waiting.extend((depth + 1, path, inner) for inner in item)


def _texts(body: bytes) -> Iterator[str]:
    """The texts of an answer, short enough to be a message: those of JSON, or all of it when it is no page."""
    value = parsed(body)
    if isinstance(value, dict | list):
        yield from (item[:500] for _, item in _walk(value) if isinstance(item, str))
    elif isinstance(value, str):
        yield value[:500]
    elif len(body) < 500 and b"<" not in body:
        yield body.decode("ascii", "replace")


def _at(value: Json, dotted: str) -> Json:
    """The value at a dotted name, or None; a name may hold dots of its own, and a number is a place in an array."""
    if not dotted:
        return value
    if isinstance(value, list):
        name, _, rest = dotted.partition(".")
        inside = name.isascii() and name.isdigit() and len(name) < 7 and int(name) < len(value)
        return _at(value[int(name)], rest) if inside else None
    if not isinstance(value, dict):
        return None
    if dotted in value:
        return value[dotted]
    name, dot, rest = dotted.partition(".")
    while dot:
        if name in value and (found := _at(value[name], rest)) is not None:
            return found
        more, dot, rest = rest.partition(".")
        name = f"{name}.{more}"
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _spaced(text: str) -> str:
    return re.sub(r"[_\s-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))


def _refusing(text: str) -> bool:
    return _REFUSAL.search(_spaced(text[:500])) is not None


def _refuses(path: tuple[str, ...], item: Json) -> bool:
    name = _plain(path[-1]) if path else ""
    if isinstance(item, str) and _refusing(item):
        return True
    if name in {"authenticated", "authorized", "authorised"} and item is False:
        return True
    return name in {"status", "statuscode", "code"} and str(item) == "401"


def _has_error(value: Json) -> bool:
    return any(path and _plain(path[-1]) in _ERROR_KEYS and bool(item) for path, item in _walk(value))


def _definitions(entries: list[Json], request: ReportRequest) -> tuple[Definition, ...]:
    found = []
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        link = _link(entry, request.link)
        if link is not None:
            found.append(
                Definition(
                    link,
                    _shown_type(_named(entry, request.type, _TYPE_KEYS), request.words),
                    _shown_year(_named(entry, request.year, _YEAR_KEYS)),
                    _LANGUAGES.get(str(_named(entry, request.language, _LANGUAGE_KEYS)).lower(), ""),
                )
            )
    return tuple(found)


def _link(entry: Json, dotted: str) -> str | None:
    if dotted:
        value = _at(entry, dotted)
        return value if isinstance(value, str) and value else None
    links = [item for path, item in _walk(entry, DEEPEST) if isinstance(item, str) and _is_link(".".join(path), item)]
    return min(links, key=_rank, default=None)


def _is_link(name: str, text: str) -> bool:
    if re.match(r"https?://", text, re.IGNORECASE):
        return True
    return _LINK_HINT.search(name) is not None and _is_relative(text)


def _is_relative(text: str) -> bool:
    if not text or any(letter.isspace() for letter in text):
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
        return _at(entry, dotted)
    values = {_plain(path[-1]): item for path, item in reversed(list(_walk(entry, DEEPEST))) if path}
    return next((values[name] for name in names if isinstance(values.get(name), str | int)), None)


def _shown_type(value: Json, words: tuple[str, ...]) -> str:
    # A service may put a student's name anywhere, so only known words leave this place.
    known = {word.lower() for word in words}
    parts = re.findall(r"\w+", value) if isinstance(value, str) and len(value) <= 80 else []
    return " ".join(parts) if parts and all(part.lower() in known for part in parts) else ""


def _shown_year(value: Json) -> str:
    text = str(value) if isinstance(value, str) or type(value) is int else ""
    return text if _YEAR.fullmatch(text) else ""
