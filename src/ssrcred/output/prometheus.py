"""Figures for Prometheus, in the form that node_exporter's textfile collector takes.

By the official client library; https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ssrcred.domain.event import WORKS, Outcome
from ssrcred.domain.lea_status import Condition, State
from ssrcred.domain.place import DISTRICT

PLACE: Final = ("lea", "place")
LEA: Final = ("lea",)


def figures(conditions: Sequence[Condition] | None, now: datetime) -> bytes:
    """The figures of `conditions` at `now`, as the file has them. Raises ImportError without the library for it.

    None means that the ledger cannot be read, which is a figure too.
    """
    from prometheus_client import CollectorRegistry, Enum, Gauge, generate_latest

    # A registry of our own: the library's global one adds figures about this Python process.
    registry = CollectorRegistry()

    def gauge(name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"ssrcred_{name}", words, labels, registry=registry)

    gauge("status_timestamp_seconds", "When these figures were taken.").set(now.timestamp())
    gauge("ledger_readable", "Whether the ledger could be read: 1 or 0.").set(conditions is not None)
    if conditions is None:
        return generate_latest(registry)
    state = Enum("ssrcred_state", "The state of the LEA.", LEA, registry=registry, states=[one.value for one in State])
    lea_proof = gauge("lea_last_proof_timestamp_seconds", "When the newest credentials last worked anywhere.", LEA)
    lea_run = gauge("lea_last_run_timestamp_seconds", "When ssrcred last recorded anything for the LEA.", LEA)
    expiry = gauge(
        "expiry_timestamp_seconds", "When the newest credentials expire, for each setting that needs them.", PLACE
    )
    current = gauge(
        "place_current", "Whether the newest credentials were read there, or worked through it: 1 or 0.", PLACE
    )
    proof = gauge("last_proof_timestamp_seconds", "When the credentials last worked this way, if they did.", PLACE)
    works = gauge("last_try_worked", "Whether the last test this way showed that the credentials work: 1 or 0.", PLACE)
    run = gauge("last_run_timestamp_seconds", "When ssrcred last saved this setting or tested it.", PLACE)
    for one in conditions:
        state.labels(one.lea).state(one.state.value)
        for whole, value in ((lea_proof, one.proved_at), (lea_run, one.last_at)):
            if value is not None:  # no sample if unknown: 0 would be a day in 1970
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
    return generate_latest(registry)
