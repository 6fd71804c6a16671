"""From a recording of one save with made-up marker values to a portal map, without a secret of the recording in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from ssrcred.adapters.portal.html.page import read
from ssrcred.errors import ConfigInvalid
from ssrcred.portal import har, map
from ssrcred.portal.body import body_of
from ssrcred.portal.chance import looks_random
from ssrcred.portal.description import lines_of
from ssrcred.portal.explain import Explainer, Unexplained
from ssrcred.portal.fit import masked
from ssrcred.portal.har import Exchange, refused
from ssrcred.portal.recording import LOG_IN, LOOK, OWN_FORM, SAVE, Recording, Step
from ssrcred.portal.source import named
from ssrcred.portal.spot import Spot, is_page, json_of, leaves, parsed, sightings, text_of
from ssrcred.portal.stored import find_stored
from ssrcred.portal.trace import (
    ELSEWISE,
    LEAVES,
    Markers,
    Visited,
    carries,
    find_log_in,
    find_save,
    follow,
    secrets_of,
)
from ssrcred.portal.transcript import table_of
from ssrcred.web import Site

SHORTEST_SECRET: Final = 8
SHORTEST_KEY: Final = 6
LONGEST_KEY: Final = 256
"""Far from what a key may be (20 characters, domain.md, reported), so that few texts have to be compared."""


@dataclass(frozen=True, eq=False, repr=False)
class Learned:
    """A map as TOML, what the person should know about the recording, and what the map does, in plain lines."""

    map_toml: str
    warnings: tuple[str, ...]
    summary: tuple[str, ...]


def learn(
    content: bytes,
    base_url: str,
    account: str,
    *,
    markers: Markers | None = None,
    is_ours: Callable[[str], bool] = lambda text: False,
    name: str = "",
    words: str = "schoolwise",
) -> Learned:
    """The map of the portal at `base_url` out of a HAR file's bytes, recorded by the user `account`.

    `is_ours` tells whether a text is a key that is kept here: a recording that holds one is refused. `words` names the
    package's own map that gives the words of the proof. Raises InputRefused, with a reason, for every recording that
    cannot be replayed safely, and ConfigInvalid for an address that is none. Nothing of the recording is kept.
    """
    marks = markers or Markers()
    exchanges = har.read(content)
    with Site(base_url) as site:
        covers = site.covers
    if any(is_ours(text) for text in _texts(exchanges)):
        raise refused(
            "holds a real pair", "Delete the file. Save the marker values once, then record saving them again."
        )
    visits = follow(exchanges, covers)
    save = find_save(exchanges, visits, marks, covers)
    door, password = find_log_in(visits, save, account)
    explainer = Explainer(visits, account, marks)
    failure = ""
    try:
        steps = _steps(explainer, visits, door, save, password)
        stored = find_stored(explainer, visits, steps, save, marks)
    except Unexplained as error:
        failure = str(error)
    typed = dict(visits[door].body.named())[password]
    secrets = _telling(secrets_of(exchanges) | {typed}) | explainer.sources.secrets | {marks.username, marks.key}
    if failure:
        raise refused(f"cannot be replayed: {_without(failure, secrets)}", _advice(visits))
    found = _recording(explainer, steps, stored)
    title = name or urlsplit(base_url).hostname or "the portal"
    toml = _toml(title, words, found)
    lines = lines_of(found)
    warnings = _warnings(exchanges, visits, save, explainer, found, marks, covers)
    held = any(secret in text for secret in secrets for text in (toml, *lines, *warnings))
    if held or any(typed in _pieces(step) for step in found.steps):
        raise refused("cannot be replayed: the map would have to hold a secret of the recording", _advice(visits))
    return Learned(toml, warnings, lines)


def _steps(explainer: Explainer, visits: list[Visited], door: int, save: int, password: str) -> dict[int, Step]:
    """The steps by the number of their visit: the log-in, the save, what they rest on, and the pages on the way."""
    steps: dict[int, Step] = {}
    must = {door, save} | {
        at
        for at in range(door + 1, save)
        if visits[at].method == "POST" and visits[at].is_walk and _is_browsing(visits[at])
    }

    def take(wanted: set[int]) -> None:
        while wanted:
            at = max(wanted)
            does = {door: LOG_IN, save: SAVE}.get(at, LOOK)
            if does == LOOK and not visits[at].good:
                raise Unexplained(f"{visits[at].path} was not answered as it should be")
            steps[at] = explainer.step(at, does, password if at == door else "")
            wanted |= explainer.needed
            wanted -= steps.keys()

    take(set(must))
    for at in range(save - 1, -1, -1):
        visit = visits[at]
        if at in steps or visit.method != "GET" or not visit.is_walk or LEAVES.search(visit.path):
            continue
        with suppress(Unexplained):  # nothing that has to be taken rests on it
            take({at})
    for at in _cookies(visits, steps):
        if at not in steps and visits[at].good and visits[at].method == "GET":
            with suppress(Unexplained):
                take({at})
    return steps


def _is_browsing(visit: Visited) -> bool:
    accept = visit.exchange.header("accept")
    return not accept or "text/html" in accept


def _cookies(visits: list[Visited], steps: dict[int, Step]) -> list[int]:
    """The visits that set a cookie which a step sends and no other step sets."""
    found = []
    for at in sorted(steps):
        given = {name for before in steps if before < at for name, _ in visits[before].cookies}
        for name, _ in visits[at].exchange.sent_cookies():
            setters = [before for before in range(at) if any(cookie == name for cookie, _ in visits[before].cookies)]
            if name not in given and setters:
                found.append(setters[-1])
    return found


def _recording(explainer: Explainer, steps: dict[int, Step], stored: tuple[Spot | None, Spot | None]) -> Recording:
    ids: dict[int, str] = {}
    for at in sorted(steps):
        ids[at] = _id(steps[at], set(ids.values()))
    spoken = {name for step in steps.values() for name, _ in step.slots()}
    username, key = (spot if spot is None or spot.kind == OWN_FORM else named(spot, ids) for spot in stored)
    return Recording(
        tuple(
            replace(steps[at], id=ids[at], form=ids[int(steps[at].form)] if steps[at].form else "")
            for at in sorted(steps)
        ),
        tuple(item for item in explainer.sources.used(ids) if f"fresh.{item.name}" in spoken),
        explainer.sources.kept_shapes(ids),
        username,
        key,
    )


def _id(step: Step, taken: set[str]) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"\{\{.*?\}\}|\?.*", "", step.address)).strip("-").lower()[-40:]
    word = step.does if step.does != LOOK else words.strip("-") or "start"
    number, found = 2, word
    while found in taken:
        found, number = f"{word}-{number}", number + 1
    return found


def _toml(title: str, words: str, found: Recording) -> str:
    """The map, after it was read again as it will be: what cannot be loaded is not handed out."""
    import tomli_w

    table = {"name": title, "words": words, "recording": table_of(found)}
    problems: tuple[str, ...] = ()
    try:
        toml = tomli_w.dumps(table)
        toml.encode("utf-8")
        if map.parse(tomllib.loads(toml)).recording == found:
            return toml
    except ConfigInvalid as error:
        problems = error.problems
    except UnicodeEncodeError:
        problems = ("it holds characters that no file can hold",)
    raise refused(f"cannot be replayed: {'; '.join(problems) or 'it cannot be written down'}", BY_WORDS)


BY_WORDS: Final = 'Use the portal by words, or set driver = "browser" or driver = "hand" in config.toml.'


NO_COOKIES: Final = (
    "The file holds no cookies: an export without sensitive data leaves them and the log-in headers out. If portal "
    "test does not get in with this map, export with sensitive data and learn it anew."
)


def _warnings(
    exchanges: Iterable[Exchange],
    visits: list[Visited],
    save: int,
    explainer: Explainer,
    found: Recording,
    marks: Markers,
    covers: Callable[[str], bool],
) -> tuple[str, ...]:
    lines = ["The file holds the password that was typed. Delete it, and change the password if anybody else had it."]
    if any(item.sent_cookies() or item.cookies for item in exchanges):
        lines.append("The file holds the cookies of a session: log out in that browser.")
    elif not any(item.header("authorization") for item in exchanges):
        lines.append(NO_COOKIES)
    if _shows_a_key(visits, save, marks):
        lines.append("Before the save the portal showed the key that it held: the file holds what may be a real one.")
    hosts = {urlsplit(item.url).hostname or "" for item in exchanges if carries(item, marks) and not covers(item.url)}
    if hosts:
        lines.append(
            f"While recording, the page sent the marker values to another site too: {', '.join(sorted(hosts))}."
        )
    lines += [
        f"On the way something is sent ({step.address}); see that it changes nothing."
        for step in found.steps
        if step.does == LOOK and step.method != "GET"
    ]
    if explainer.constants:
        lines.append(f"Sent as recorded each time: {', '.join(dict.fromkeys(explainer.constants))}.")
    if found.username is None:
        lines.append("The recording does not show the stored user name, so a save cannot be seen: the proof decides.")
    missing = [visit.path for visit in visits if not visit.kept and visit.good and visit.exchange.method == "GET"]
    if missing:
        lines.append(f"The file lacks the text of {len(missing)} answers.")
    return tuple(lines)


def _texts(exchanges: Iterable[Exchange]) -> set[str]:
    """Every value in a recording that could be a key: all that was sent, and all that any site answered, TOMS too."""
    found: set[str] = set()
    for item in exchanges:
        found |= {value for _, value in (*body_of(item).named(), *item.headers, *item.answered)}
        found |= {unquote_plus(part) for part in re.split("[&=]", urlsplit(item.url).query)}
        found |= {text_of(seen.value) for seen in sightings(item.answer)}
        for block in read(item.answer).blocks() if is_page(item.answer) else ():
            found |= {block, *block.split()}
    return {text for text in found if SHORTEST_KEY <= len(text) <= LONGEST_KEY}


def _shows_a_key(visits: list[Visited], save: int, marks: Markers) -> bool:
    """Whether a page or data before the save showed another key where the marker was sent: the one that was stored."""
    names = {name.rpartition("/")[2] for name, value in visits[save].body.named() if value == marks.key}
    shown: list[str] = []
    for visit in visits[:save]:
        if is_page(visit.answer):
            controls = [item for form in read(visit.answer).forms for item in form.controls]
            shown += [item.value for item in controls if item.name in names]
        data = json_of(visit.answer)
        shown += [text_of(value) for at, value in leaves(data[0] if data else None) if at.rpartition("/")[2] in names]
    return any(len(text) >= SHORTEST_KEY and not masked(text) and text != marks.key for text in shown)


def _telling(texts: set[str]) -> set[str]:
    """The secrets that can be looked for in a text without finding them by accident."""
    return {text for text in texts if len(text) >= SHORTEST_SECRET and (not text.isalpha() or looks_random(text))}


def _pieces(step: Step) -> set[str]:
    """What a step sends as it was recorded, whole and word by word: a password may be a plain or a short word."""
    data = parsed(step.json)
    sent = [value for _, value in (*step.fields, *step.headers)]
    sent += [text_of(value) for _, value in leaves(data[0])] if data is not None else []
    return {*sent, *(piece for value in sent for piece in re.split(r"[\s\"'=:;,]+", value))}


def _without(text: str, secrets: set[str]) -> str:
    return "a value is new each time" if any(secret in text for secret in secrets) else text


def _advice(visits: list[Visited]) -> str:
    if any(visit.exchange.merged for visit in visits):
        return ELSEWISE
    if not any(visit.exchange.sent_cookies() or visit.cookies for visit in visits):
        return "The file holds no cookies: export it with sensitive data, as the guide to recording says."
    if not all(visit.kept for visit in visits if visit.good):
        return (
            "The file lacks the text of some answers. Record again with the network panel open from the start, or in "
            "another browser: some do not keep the text of pages that were left."
        )
    return BY_WORDS
