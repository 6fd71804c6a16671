"""From a recording of one save with made-up marker values to a portal map, without a secret of the recording in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from ssrcred.errors import ConfigInvalid
from ssrcred.portal import har, map, recording
from ssrcred.portal.body import body_of
from ssrcred.portal.chance import looks_random
from ssrcred.portal.description import lines_of
from ssrcred.portal.explain import Explainer, Unexplained
from ssrcred.portal.fit import fitting
from ssrcred.portal.har import Exchange, refused
from ssrcred.portal.page import read
from ssrcred.portal.recording import LOG_IN, LOOK, OWN_FORM, SAVE, Recording, Step
from ssrcred.portal.source import named
from ssrcred.portal.spot import KINDS, Spot, sheet, sightings, text_of
from ssrcred.portal.trace import (
    LEAVES,
    Markers,
    Visited,
    carries,
    find_log_in,
    find_save,
    follow,
    secrets_of,
    shown_path,
)
from ssrcred.web import Site

SHORTEST_SECRET: Final = 8


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
        stored = _stored(explainer, visits, steps, save, marks)
    except Unexplained as error:
        failure = str(error)
    secrets = _telling(secrets_of(exchanges)) | explainer.sources.secrets | {marks.username, marks.key}
    if failure:
        raise refused(f"cannot be replayed: {_without(failure, secrets)}", _advice(visits))
    found = _recording(explainer, steps, stored)
    title = name or urlsplit(base_url).hostname or "the portal"
    toml = _toml(title, words, found)
    lines = lines_of(found)
    warnings = _warnings(exchanges, visits, explainer, found, marks, covers)
    if any(secret in text for secret in secrets for text in (toml, *lines, *warnings)):
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
        try:
            take({at})
        except Unexplained:
            steps.pop(at, None)
    for at, value in _cookies(visits, steps):
        if at not in steps and visits[at].good and visits[at].method == "GET" and value:
            take({at})
    return steps


def _is_browsing(visit: Visited) -> bool:
    accept = visit.exchange.header("accept")
    return not accept or "text/html" in accept


def _cookies(visits: list[Visited], steps: dict[int, Step]) -> list[tuple[int, str]]:
    """The visits that set a cookie which a step sends and no other step sets."""
    found = []
    for at in sorted(steps):
        given = {name for before in steps if before < at for name, _ in visits[before].cookies}
        for name, value in visits[at].exchange.sent_cookies():
            setters = [before for before in range(at) if any(cookie == name for cookie, _ in visits[before].cookies)]
            if name not in given and setters:
                found.append((setters[-1], value))
    return found


def _stored(
    explainer: Explainer, visits: list[Visited], steps: dict[int, Step], save: int, marks: Markers
) -> tuple[Spot | None, Spot | None]:
    """Where the stored user name, and perhaps the key, is shown: seen after the save, or before it."""
    later = [at for at in range(save + 1, len(visits)) if visits[at].method == "GET" and visits[at].good]
    landed = [save] if visits[save].answer.url != visits[save].exchange.url else []
    for at in [*landed, *later, *sorted((at for at in steps if at < save), reverse=True)]:
        shown = _showing(visits[at], marks.username)
        on_page = _same_page(visits, steps, at, save)
        form = _in_form(visits[at], steps[save], marks.username) if on_page == _form_page(steps, save) else None
        if form is not None:
            key = _in_form(visits[at], steps[save], marks.key)
            return form, key
        if shown is None:
            continue
        if on_page is None:
            if at == save:
                continue
            try:
                steps[at] = explainer.step(at, LOOK)
            except Unexplained:
                continue
            if _rests_on(steps[at], explainer, save) or explainer.needed - steps.keys():
                del steps[at]  # it can be asked for only after a save
                continue
            on_page = at
        key = _showing(visits[at], marks.key)
        return shown._replace(on=str(on_page)), key._replace(on=str(on_page)) if key is not None else None
    return None, None


def _rests_on(step: Step, explainer: Explainer, save: int) -> bool:
    names = {item.name for item in explainer.sources.used({save: SAVE}) if item.spot.on == SAVE}
    return any(name.removeprefix("fresh.") in names for name, _ in step.slots())


def _form_page(steps: dict[int, Step], save: int) -> int | None:
    return int(steps[save].form) if steps[save].form else None


def _same_page(visits: list[Visited], steps: dict[int, Step], at: int, save: int) -> int | None:
    """The step on the way that shows the same page as a visit, the last one first."""
    url = _steady(visits[at].answer.url)
    same = [step for step in steps if step < save and _steady(visits[step].answer.url) == url]
    same = [step for step in same if steps[step].does == LOOK]
    return max(same, default=None)


def _steady(url: str) -> tuple[str, tuple[str, ...]]:
    """An address without what is new in it each time, such as the `_=1700000000000` that avoids caches."""
    pairs = urlsplit(url).query.split("&")
    return shown_path(url), tuple(pair for pair in pairs if pair and not looks_random(pair.partition("=")[2]))


def _showing(visit: Visited, marker: str) -> Spot | None:
    """The surest place of an answer that shows a marker and nothing else."""
    seen = sheet(visit.answer)
    found = [
        Spot(kind, at)
        for (kind, at), values in seen.values.items()
        if kind != "link" and [text_of(value) for _, value in values] == [marker]
    ]
    return min(found, key=lambda spot: (KINDS.index(spot.kind), len(spot.at)), default=None)


def _in_form(visit: Visited, step: Step, marker: str) -> Spot | None:
    """The field of the saving form that shows a marker, if the visit's page has that form."""
    sent = {name for name, value in step.fields if "{{pair." in value}
    forms = fitting(read(visit.answer), step)
    found = [item for form in forms for item in form.controls if item.name in sent and item.value == marker]
    return Spot(OWN_FORM, found[0].name) if len(forms) == 1 and found else None


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

    table = {"name": title, "words": words, "recording": recording.table_of(found)}
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


def _warnings(
    exchanges: Iterable[Exchange],
    visits: list[Visited],
    explainer: Explainer,
    found: Recording,
    marks: Markers,
    covers: Callable[[str], bool],
) -> tuple[str, ...]:
    lines = ["The file holds the password that was typed. Delete it, and change the password if anybody else had it."]
    if any(item.sent_cookies() or item.cookies for item in exchanges):
        lines.append("The file holds the cookies of a session: log out in that browser.")
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


def _texts(exchanges: Iterable[Exchange]) -> Iterable[str]:
    """Every value in a recording that could be a key."""
    for item in exchanges:
        yield from (value for _, value in body_of(item).named())
        yield from (text_of(seen.value) for seen in sightings(item.answer))


def _telling(texts: set[str]) -> set[str]:
    """The secrets that can be looked for in a text without finding them by accident."""
    return {text for text in texts if len(text) >= SHORTEST_SECRET and (not text.isalpha() or looks_random(text))}


def _without(text: str, secrets: set[str]) -> str:
    return "a value is new each time" if any(secret in text for secret in secrets) else text


def _advice(visits: list[Visited]) -> str:
    if not any(visit.exchange.sent_cookies() or visit.cookies for visit in visits):
        return "The file holds no cookies: export it with sensitive data, as the guide to recording says."
    if not all(visit.kept for visit in visits if visit.good):
        return "The file lacks the text of some answers: record again with the network panel open from the start."
    return BY_WORDS
