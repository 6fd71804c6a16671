"""Figures for Prometheus, in a file that is whole at every moment, for node_exporter's textfile collector.

By the official client library; https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, Final

from ssrcred.adapters.atomic_file import READABLE, replace_file
from ssrcred.adapters.installation import how_to_install
from ssrcred.domain.errors import UsageWrong
from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.state import Condition, State

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

PLACE: Final = ("lea", "place")
LEA: Final = ("lea",)


def write(path: str | PathLike[str], conditions: Sequence[Condition] | None, now: datetime) -> None:
    """Put the figures of `conditions` at `now` in place of the file at `path` (0644: another account collects it).

    None stands for a ledger that cannot be read, which is a figure too. Raises UsageWrong where the library is not
    installed or the file cannot be written; what was there is as it was then.
    """
    try:
        from prometheus_client import generate_latest
    except ModuleNotFoundError:
        raise UsageWrong(
            "The library for Prometheus is not installed.",
            state="Nothing was written.",
            hint=how_to_install("prometheus"),
        ) from None
    content = generate_latest(_figures(conditions, now))
    try:
        replace_file(os.path.realpath(path), content, mode=READABLE)  # a link stays one
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise UsageWrong(
            f"The figures cannot be written to {path}: {reason}.",
            state="What was there is as it was.",
            hint="Say another file with --prometheus FILE, or let this account write into that folder.",
        ) from None


def _figures(conditions: Sequence[Condition] | None, now: datetime) -> CollectorRegistry:
    from prometheus_client import CollectorRegistry, Enum, Gauge

    registry = CollectorRegistry()

    def gauge(name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"ssrcred_{name}", words, labels, registry=registry)

    gauge("status_timestamp_seconds", "When these figures were taken.").set(now.timestamp())
    gauge("ledger_readable", "Whether the ledger could be read: 1 or 0.").set(conditions is not None)
    if conditions is None:
        return registry
    state = Enum("ssrcred_state", "The state of the LEA.", LEA, registry=registry, states=[one.value for one in State])
    lea_proof = gauge("lea_last_proof_timestamp_seconds", "When the newest pair was last seen to work anywhere.", LEA)
    lea_run = gauge("lea_last_run_timestamp_seconds", "When ssrcred last recorded anything of the LEA.", LEA)
    expiry = gauge("expiry_timestamp_seconds", "When the newest pair lapses, for each place that needs it.", PLACE)
    current = gauge("place_current", "Whether the newest pair was seen there, or worked through it: 1 or 0.", PLACE)
    proof = gauge("last_proof_timestamp_seconds", "When the pair was last seen to work this way, if it did.", PLACE)
    works = gauge("last_try_worked", "Whether the last try this way showed that the pair works: 1 or 0.", PLACE)
    run = gauge("last_run_timestamp_seconds", "When ssrcred last wrote to this place or tried it.", PLACE)
    for one in conditions:
        state.labels(one.lea).state(one.state.value)
        for whole, value in ((lea_proof, one.proved_at), (lea_run, one.last_at)):
            if value is not None:
                whole.labels(one.lea).set(value.timestamp())
        standing = one.standing
        ours = [name for name, place in standing.places.items() if place.outcome is not Outcome.LEFT]
        for name in dict.fromkeys([DISTRICT, *sorted(ours)]):
            if one.expires_at is not None:
                expiry.labels(one.lea, name).set(one.expires_at.timestamp())
                current.labels(one.lea, name).set(standing.holds_newest(name))
            happened = [found.at for found in (standing.places.get(name), standing.tried.get(name)) if found]
            if happened:
                run.labels(one.lea, name).set(max(happened).timestamp())
        for way, tried in one.standing.tried.items():
            worked = Outcome(tried.outcome) in WORKS
            works.labels(one.lea, way).set(worked)
            if worked:
                proof.labels(one.lea, way).set(tried.at.timestamp())
            if way not in one.standing.places:
                run.labels(one.lea, way).set(tried.at.timestamp())
    return registry
