"""One JSON document for a script: keys that are published are never renamed (docs/reference/json.md)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice

from ssrcred.domain.errors import ConfigInvalid, PageChanged
from ssrcred.domain.lea_status import State, newest, refused, worst

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any, Final, TextIO

    from ssrcred.domain.errors import SsrcredError
    from ssrcred.domain.event import Event, Recorded
    from ssrcred.domain.evidence import Look, Proof, Verdict
    from ssrcred.domain.lea_status import Condition
    from ssrcred.domain.place import Extent, Holds, Reading
    from ssrcred.domain.sis import Directory, System
    from ssrcred.domain.standing import Standing
    from ssrcred.output.report import Row


def moment(at: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC, to the second."""
    if at is None:
        return None
    # A document over many LEAs has thousands: isoformat takes four times as long, strftime sixteen times.
    at = at.astimezone(UTC)
    date = f"{at.year:04}-{_DIGITS[at.month]}-{_DIGITS[at.day]}"
    return f"{date}T{_DIGITS[at.hour]}:{_DIGITS[at.minute]}:{_DIGITS[at.second]}Z"


_DIGITS: Final = [f"{number:02}" for number in range(60)]


def show(command: str, body: Mapping[str, Any], stdout: TextIO) -> None:
    """Write the one document of a command's run."""
    # ASCII only: no encoding of a pipe or a file can break it.
    json.dump({"schema": f"ssrcred.{command}/1", **body}, stdout, indent=2, ensure_ascii=True)
    stdout.write("\n")


def error(problem: SsrcredError) -> dict[str, Any]:
    """The `error` member."""
    message, state, hint = problem.lines()
    body: dict[str, Any] = {
        "code": problem.code,
        "exit": problem.exit_code,
        "message": message,
        "state": state,
        "hint": hint,
    }
    if isinstance(problem, ConfigInvalid) and problem.problems:
        body["problems"] = list(problem.problems)
    if isinstance(problem, PageChanged):  # beside the error, as in `portal find`
        return {"error": body, "differences": [item.as_json() for item in problem.differences]}
    return {"error": body}


def events(happened: Iterable[Event], *, finished: bool) -> dict[str, Any]:
    """The body of rotate, resume, upload, store, abandon."""
    return {"events": [_event(event) for event in happened], "finished": finished}


def _event(event: Event) -> dict[str, Any]:
    return {
        "step": event.step.value,
        "place": event.place or None,
        "outcome": event.outcome.value,
        "at": moment(event.at),
        "detail": dict(event.detail),
    }


def places(
    surveyed: Iterable[tuple[Reading, Holds]],
    found: Mapping[str, tuple[str, str]] | None = None,
    extent: Extent | None = None,
) -> dict[str, Any]:
    """The body of schools and of portal test; `found` has the labels of both fields by place."""
    from ssrcred.domain.place import Extent

    extent = extent or Extent()
    return {
        "complete": extent.complete,
        "twins": list(extent.twins),
        "places": [
            {
                "place": reading.place,
                "kind": reading.kind.value,
                "username": reading.shown,
                "holds": holding.value,
                "new": reading.place in extent.new,
                **({"found_by": list(found[reading.place])} if found and reading.place in found else {}),
            }
            for reading, holding in surveyed
        ],
    }


def verdict(lea: str, reached: Verdict, tried: Iterable[Proof], looked: Look | None = None) -> dict[str, Any]:
    """One entry of verify's `leas`; `looked` is what the portal's page showed, if anybody looked."""
    from ssrcred.domain.evidence import Look

    looked = looked or Look(reason="not looked at")
    return {
        "lea": lea,
        "verdict": reached.name.value,
        "blocked": "login_refused" if reached.blocked else None,
        "headline": reached.headline or reached.sentence,
        "sentence": reached.sentence,
        "inferred": reached.inferred,
        "sure": reached.sure.value,
        "because": reached.because,
        "caller": reached.caller,
        "next": reached.next,
        "command": reached.command or None,
        "who": reached.who.value,
        "places": [{"place": sight.place, "shows": sight.shows.value} for sight in looked.sights],
        "places_unread": looked.reason or None,
        "unconfirmed": looked.unconfirmed,
        "differences": [item.as_json() for item in looked.differences],
        "probes": [
            {
                "probe": proof.probe.value,
                "outcome": proof.outcome.value,
                "place": proof.place or None,
                "at": moment(proof.at),
                "detail": proof.detail,
                "asked": proof.asked,
                "content_type": proof.content_type,
                "bytes": proof.size,
                "looks_like_pdf": proof.looks_like_pdf,
                "year": proof.year,
                "type": proof.type,
                "taken": proof.taken,
                "cause": proof.cause.value or None,
                "reports": [
                    {"kind": one.kind.value, "years": list(one.years), "opened": one.opened} for one in proof.reports
                ],
            }
            for proof in tried
        ],
    }


CHUNK: Final = 50


def show_status(conditions: Iterable[Condition], stdout: TextIO, *, none: State = State.UNKNOWN) -> State:
    """Write the document of status, and return the worst state, which is `none` without any LEA.

    The LEAs become text, some at a time, and wait as such for the last one: until then an error takes their place.
    Thousands fit, and no key is indented deeper than another: the standard library does that in Python, four times
    slower.
    """
    encode = json.JSONEncoder(check_circular=False, separators=(",\n    ", ": ")).encode
    states, texts = set(), []
    rest = iter(conditions)
    while some := list(islice(rest, CHUNK)):
        states.update([one.state for one in some])
        texts.append(encode([condition(one) for one in some])[1:-1])
    overall = worst(states) if states else none
    stdout.write('{\n  "schema": "ssrcred.status/1",\n  "leas": [\n    ')
    for number, text in enumerate(texts):
        stdout.write(f",\n    {text}" if number else text)
    stdout.write(f'\n  ],\n  "worst": "{overall.value}"\n}}\n')
    return overall


def condition(one: Condition) -> dict[str, Any]:
    """One entry of status's `leas`."""
    # From the stored record: building a Standing of it would take longer than all the rest of `status`.
    record = one.record or {}
    rotation, places = record.get("rotation"), record.get("places", {})
    return {
        "lea": one.lea,
        "name": one.name,
        "state": one.state.value,
        "why": one.why or None,
        "unconfirmed": one.unconfirmed,
        "days_left": one.days_left,
        "generated_at": _stored(newest(record)["generated_at"]) if record else None,
        "expires_at": moment(one.expires_at),
        "last_proof": _stored(record.get("proved_at")),
        "last_run": moment(one.last_at),
        "unverified": record.get("unverified", False),
        "refused": list(refused(record)) if record else [],
        "places": [
            {"place": name, "outcome": place["outcome"], "at": _stored(place["at"]), "username": place["username"]}
            # The district first, as on the screen.
            for name, place in sorted(places.items(), key=lambda item: (item[0] != "district", item[0]))
        ],
        "unfinished": None
        if rotation is None
        else {
            "reached": rotation["reached"],
            "stored": rotation["generated_at"] is not None,
            "since": _stored(rotation["started_at"]),
        },
        "handovers": [
            {"vendor": vendor, "since": _stored(one["since"]), "sealed_at": _stored(one["sealed_at"])}
            for vendor, one in record.get("handovers", {}).items()
        ],
        "systems_updated": list(record.get("updated", ())),
    }


def handover(lea: str, standing: Standing, **done: str | None) -> dict[str, Any]:
    """The body of handover: what is open, and what was `done` in this run."""
    opened = standing.handovers.items()
    return {
        "lea": lea,
        "handovers": [
            {"vendor": vendor, "since": moment(one.since), "sealed_at": moment(one.sealed_at)} for vendor, one in opened
        ],
        "systems_updated": list(standing.updated),
        **done,
    }


def _stored(text: str | None) -> str | None:
    # As the ledger writes it, the start of the text is all there is to it.
    if text is not None and text.endswith("+00:00"):
        return f"{text[:19]}Z"
    return None if text is None else moment(datetime.fromisoformat(text))


def report(file: Path, rows: Sequence[Row], total: int) -> dict[str, Any]:
    """The body of report: what the page in `file` says of its LEAs, and how many of `total` are not on it."""
    return {
        "file": str(file),
        "leas": [
            {
                "lea": row.condition.lea,
                "name": row.condition.name,
                "state": row.condition.state.value,
                "days_left": row.condition.days_left,
                "expires_at": moment(row.condition.expires_at),
                "since": moment(row.since),
                "next": [{"says": said, "command": command} for said, command in row.steps],
            }
            for row in rows
        ],
        "left_out": total - len(rows),
    }


def history(happened: Iterable[Recorded]) -> dict[str, Any]:
    """The body of history."""
    return {
        "events": [{"number": one.number, "lea": one.lea, "by": one.actor, **_event(one.event)} for one in happened]
    }


def sis(directory: Directory, systems: Iterable[System]) -> dict[str, Any]:
    """The body of sis and sis show: each fact with who says so; `says` is null where nothing is published."""
    from ssrcred.domain.sis import next_steps

    def facts(system: System) -> Iterator[tuple[str, dict[str, str | None]]]:
        for name, fact in system.facts.items():
            source = directory.source_of(fact)
            yield (
                name,
                {
                    "says": fact.says or None,
                    "kind": source.kind.value,
                    "source": source.name or None,
                    "address": source.address or None,
                    "published": source.published or None,
                    "read_on": None if source.read_on is None else source.read_on.isoformat(),
                },
            )

    return {
        "systems": [
            {
                "key": one.key,
                "name": one.name,
                "names": list(one.names),
                **dict(facts(one)),
                "drivers": list(one.drivers),
                "map": one.map,
                "tried": one.tried.value,
                "next": list(next_steps(one)),
            }
            for one in systems
        ]
    }
