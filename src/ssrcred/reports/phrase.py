"""What an answer says in words: that the pair is refused, that it was not even seen, that there is nothing to show."""

from __future__ import annotations

import json
import re
from typing import Final

from ssrcred.reports.profile import Rule
from ssrcred.reports.tree import LONGEST_JSON, Json, at, parsed, plain, walk
from ssrcred.web import Answer

_REFUSAL: Final = re.compile(
    r"\b(?:denied|unauthori[sz]ed|not authori[sz]ed|not authenticated|auth(?:entication)? (?:failed|failure|error)|"
    r"log ?[io]n failed|(?:invalid|incorrect|wrong|bad|unknown|expired|revoked) "
    r"(?:client|grant|credentials?|user ?name|user|password|secret|pair|log ?[io]n)|"
    r"(?:credentials?|user ?name|password|secret(?: key)?|pair)\b.{0,40}\b"
    r"(?:expired|invalid|incorrect|wrong|revoked|rejected|unknown|not (?:valid|known|accepted|recogni[sz]ed)))\b",
    re.IGNORECASE,
)
NOT_SEEN: Final = re.compile(
    r"\b(?:missing|requires?|required|unsupported|malformed|not supported|method not allowed|content type|media type|"
    r"(?:must|may|can) ?not be (?:null|blank|empty)|must be|no client authentication|no route|"
    r"(?:invalid|bad|empty) (?:request|scope|grant type|body|json|format|content))\b",
    re.IGNORECASE,
)
"""What a service says that was not asked in its way: then it may not even have seen the pair."""
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
_OF_THE_PAIR: Final = re.compile(r"credential|password|secret|\bpair\b|user ?name", re.IGNORECASE)


def refuses(body: bytes) -> bool:
    """Whether an answer without a token says, in words or by a status within it, that the pair is not accepted."""
    if says(body, NOT_SEEN):
        return False
    value = parsed(body)
    if isinstance(value, dict | list):
        return any(_refuses(path, item) for path, item in walk(value))
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


def refuses_the_pair(body: bytes) -> bool:
    """Whether a refusal names the pair itself, and not only a token or an access."""
    return refuses(body) and _OF_THE_PAIR.search(_spaced(body[:2000].decode("ascii", "replace"))) is not None


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
    """Whether a text is a refusal."""
    return _REFUSAL.search(_spaced(text[:500])) is not None


def _spaced(text: str) -> str:
    return re.sub(r"[_\s-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))


def _refuses(path: tuple[str, ...], item: Json) -> bool:
    name = plain(path[-1]) if path else ""
    if isinstance(item, str) and refusing(item):
        return True
    if name in {"authenticated", "authorized", "authorised"}:
        return item is False
    return name in {"status", "statuscode", "code"} and str(item) == "401"
