"""The document of status is one whole, however many LEAs there are. Every LEA is made up."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.domain.errors import LedgerDamaged
from ssrcred.domain.lea_status import Condition, State
from ssrcred.output.document import CHUNK, condition, moment, show_status


def conditions(count: int) -> list[Condition]:
    every = [Condition(f"lea-{number}", 'Cañada "1"\n', 365, "UTC") for number in range(count)]
    for one in every[:-1]:
        one.state = State.FINE
    return every


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 3])
def test_every_lea_is_in_the_document_once_and_in_order(count: int) -> None:
    out, every = io.StringIO(), conditions(count)
    assert show_status(iter(every), out) is State.UNKNOWN
    leas = [condition(one) for one in every]
    assert json.loads(out.getvalue()) == {"schema": "ssrcred.status/1", "leas": leas, "worst": "unknown"}
    assert out.getvalue().isascii() and out.getvalue().endswith("\n}\n")


def test_without_any_lea_the_caller_says_what_that_means() -> None:
    assert show_status((), io.StringIO(), none=State.FINE) is State.FINE


def test_nothing_is_written_before_the_last_lea_is_there() -> None:
    def broken() -> Iterator[Condition]:
        yield from conditions(3 * CHUNK)
        raise LedgerDamaged("made up", state="made up", hint="made up")

    out = io.StringIO()
    with pytest.raises(LedgerDamaged):
        show_status(broken(), out)
    assert out.getvalue() == ""


@given(
    at=st.datetimes(
        datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from([UTC, timezone(timedelta(hours=-8))])
    )
)
def test_a_moment_is_iso_8601_in_utc_to_the_second(at: datetime) -> None:
    assert moment(at) == f"{at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"
