"""What a person did in a recording, on the portal's own site: each request with where it led, the log-in, the save."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from ssrcred.adapters.portal.html.page import read
from ssrcred.portal.body import UNREADABLE, Body, body_of
from ssrcred.portal.chance import looks_random
from ssrcred.portal.fit import ANY
from ssrcred.portal.har import Exchange, Pairs, refused
from ssrcred.portal.spot import complains, is_page
from ssrcred.web import Answer

PASSWORD: Final = re.compile(r"pass|pwd|kennwort|contrase", re.IGNORECASE)
NO_PASSWORD: Final = frozenset({"", "true", "false", "on", "off", "0", "1", "yes", "no"})
LEAVES: Final = re.compile(r"log-?_?(out|off)|sign-?_?(out|off)", re.IGNORECASE)
SENDS_AGAIN: Final = frozenset({307, 308})
OK: Final = range(200, 300)
CODED: Final = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})", re.IGNORECASE)
"""As MD5, SHA-1, SHA-256 and SHA-512 are written: the page's script makes that of a password, and no form sends it."""


@dataclass(frozen=True, eq=False, repr=False)
class Markers:
    """The made-up pair that was saved while recording."""

    username: str = "ssrcred-marker-user"
    key: str = "ssrcred-marker-Key-1"

    def in_text(self, text: str) -> bool:
        """Whether a text holds one of the two, plain or as addresses and JSON write it."""
        return any(marker in form for marker in (self.username, self.key) for form in (text, unquote_plus(text)))

    def is_coded_in(self, text: str) -> bool:
        """Whether a text holds one of the two in base 64 or as hexadecimal digits."""
        plain = unquote_plus(text).replace("-", "+").replace("_", "/")
        coded = [marker.encode("utf-8") for marker in (self.username, self.key)]
        return any(one.hex() in text.lower() or base64.b64encode(one).decode().rstrip("=") in plain for one in coded)


@dataclass(frozen=True, eq=False, repr=False)
class Visited:
    """One request on the portal's site: what was asked and sent, and the answer that it led to in the end."""

    exchange: Exchange
    body: Body
    answer: Answer
    answered: Pairs
    cookies: Pairs
    kept: bool
    elsewhere: bool = False
    again: bool = False

    @property
    def method(self) -> str:
        """GET, POST, …"""
        return self.exchange.method

    @property
    def path(self) -> str:
        """The path that was asked for, as messages may show it."""
        return shown_path(self.exchange.url)

    @property
    def good(self) -> bool:
        """Whether it was answered as wished, on this site."""
        return self.answer.status in OK and not self.elsewhere and not self.again

    @property
    def is_walk(self) -> bool:
        """Whether it is a step from page to page, rather than something a script asked for."""
        return is_page(self.answer) and self.good and self.exchange.header("x-requested-with") == ""


def shown_path(url: str) -> str:
    """The path of an address with `*` for every part that looks made by chance."""
    steps = (urlsplit(url).path or "/").split("/")
    return "/".join(ANY if looks_random(step) or ";" in step else step for step in steps)


def follow(exchanges: Iterable[Exchange], covers: Callable[[str], bool]) -> list[Visited]:
    """The requests on the portal's own site, each redirect counted to the request that began it."""
    found: list[Visited] = []
    waiting: dict[str, int] = {}
    for exchange in exchanges:
        if not covers(exchange.url):
            continue
        at = waiting.pop(exchange.url, None) if exchange.method == "GET" else None
        if at is None:
            item = Visited(
                exchange, body_of(exchange), exchange.answer, exchange.answered, exchange.cookies, exchange.kept
            )
            at = len(found)
            found.append(item)
        else:
            found[at] = replace(
                found[at],
                answer=exchange.answer,
                answered=exchange.answered,
                cookies=(*found[at].cookies, *exchange.cookies),
                kept=exchange.kept,
            )
        if exchange.onward:
            waiting[exchange.onward] = at
            again = exchange.answer.status in SENDS_AGAIN and exchange.method != "GET"
            away = not covers(exchange.onward)
            found[at] = replace(found[at], elsewhere=found[at].elsewhere or away, again=found[at].again or again)
    return found


def find_save(
    exchanges: Iterable[Exchange], visits: list[Visited], markers: Markers, covers: Callable[[str], bool]
) -> int:
    """Which of the visits saved the markers. Raises InputRefused unless there is exactly one that can be replayed."""
    if any(visit.exchange.merged and visit.method == "GET" and visit.body.kind for visit in visits):
        raise refused(LED, ELSEWISE)
    carrying = [at for at, visit in enumerate(visits) if carries(visit.exchange, markers)]
    sending = [at for at in carrying if visits[at].method != "GET"]
    whole = [at for at in sending if _holds_both(visits[at].body, markers)]
    if len(whole) == 1:
        at = whole[0]
        if any(other != at and _holds_key(visits[other].body, markers) for other in sending):
            raise refused("holds more than one request that sends the key", ONCE)
        return _checked(at, visits[at])
    if whole:
        raise refused("holds more than one save of the marker values", ONCE)
    if sending:
        if any(visits[at].body.kind == UNREADABLE for at in sending):
            raise refused("holds a save in a form that cannot be replayed (neither a form nor JSON)", BY_HAND)
        raise refused(
            "holds no request that sends the two marker values as values of their own: they are sent one by one, or "
            "inside another text",
            BY_HAND,
        )
    foreign = [exchange for exchange in exchanges if carries(exchange, markers) and not covers(exchange.url)]
    if foreign:
        host = urlsplit(foreign[0].url).hostname or ""
        hosts = {urlsplit(visit.exchange.url).hostname for visit in visits}
        where = "over an address that is not safe (http)" if host in hosts else f"on another site ({host})"
        raise refused(f"shows a save {where}, and nothing is sent there", BY_HAND)
    if any(markers.is_coded_in(text) for visit in visits for text in _sent(visit.exchange)):
        raise refused("shows a save that sends the marker values in a code of the page's own", BY_HAND)
    raise refused("does not hold the marker values", MARK.format(username=markers.username, key=markers.key))


def carries(exchange: Exchange, markers: Markers) -> bool:
    """Whether a request holds a marker anywhere."""
    return any(markers.in_text(text) for text in _sent(exchange))


def _sent(exchange: Exchange) -> list[str]:
    return [exchange.url, exchange.body or "", *(value for _, value in (*exchange.headers, *exchange.params))]


def find_log_in(visits: list[Visited], save: int, account: str) -> tuple[int, str]:
    """Which visit before the save logged in, and the name of its password field. Raises InputRefused."""
    candidates: list[tuple[int, str]] = []
    others, apart, kinds = False, False, set[str]()
    for at, visit in enumerate(visits[:save]):
        named = visit.body.named()
        secrets = {
            name: value
            for name, value in named
            if (name in kinds or PASSWORD.search(name.rpartition("/")[2]))
            and value not in NO_PASSWORD
            and value != account
        }
        if is_page(visit.answer):
            kinds |= {
                item.name for form in read(visit.answer).forms for item in form.controls if item.kind == "password"
            }
        if visit.method == "GET" or not secrets:
            continue
        if not any(value == account for _, value in named):
            others = True
            before = [value for visit in visits[:at] if visit.method != "GET" for _, value in visit.body.named()]
            apart = apart or account in before
            continue
        if len(secrets) > 1:
            raise refused("shows a log-in with more than one password field", BY_HAND)
        candidates.append((at, next(iter(secrets))))
    if len(candidates) > 1:
        raise refused("holds more than one log-in", ONCE)
    if not candidates and apart:
        raise refused("shows a log-in on two pages, first the user name and then the password", BY_HAND)
    if not candidates:
        what = f"shows a log-in with another user name than {account}" if others else "does not begin with the log-in"
        raise refused(what, f"Log out, start the recording, log in as {account} on the portal's own page, then save.")
    _check_log_in(visits[candidates[0][0]], candidates[0][1])
    return candidates[0]


def _check_log_in(visit: Visited, password: str) -> None:
    if not visit.good or complains(visit.answer):
        raise refused("shows a log-in that was not accepted, or that leads to another site", BY_HAND)
    if CODED.fullmatch(dict(visit.body.named())[password]):
        raise refused("shows a log-in that sends the password in a code of the page's own", BY_HAND)


def secrets_of(exchanges: Iterable[Exchange]) -> set[str]:
    """The passwords, cookies and log-in headers in a recording."""
    found: set[str] = set()
    for exchange in exchanges:
        found |= {value for _, value in (*exchange.sent_cookies(), *exchange.listed, *exchange.cookies)}
        for name, value in exchange.headers:
            if name in ("authorization", "proxy-authorization"):
                found |= {value, value.partition(" ")[2]}
        found |= {
            value
            for name, value in body_of(exchange).named()
            if PASSWORD.search(name.rpartition("/")[2]) and value not in NO_PASSWORD
        }
    return found - {""}


def _holds_key(body: Body, markers: Markers) -> bool:
    return any(value == markers.key for _, value in body.named())


def _holds_both(body: Body, markers: Markers) -> bool:
    return {markers.username, markers.key} <= {value for _, value in body.named()}


def _checked(at: int, visit: Visited) -> int:
    if visit.again:
        raise refused("shows a save that the portal asked to be sent again to another address", BY_HAND)
    if visit.method not in ("POST", "PUT", "PATCH"):
        raise refused("shows a save in a way that is not replayed", BY_HAND)
    if not visit.good or complains(visit.answer):
        raise refused("shows a save that the portal answered with an error, or that leads to another site", AGAIN)
    return at


LED: Final = "shows where a form led and not where it was sent, as Safari exports it"
ELSEWISE: Final = "Record in Chrome, Edge or Firefox."
ONCE: Final = "Record again, with one log-in and one save."
AGAIN: Final = "Save the marker values once by hand until the portal takes them, then record again."
BY_HAND: Final = 'A portal like this needs driver = "browser" or driver = "hand" in config.toml.'
MARK: Final = "Record one save with the user name {username} and the key {key}; then export it with content."
