"""Side by side: each LEA's end as it comes, one that hangs given up, and only so many at a host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from ssrcred.cli.every import SEVERITY, Ended, Turnstile, severity, side_by_side
from ssrcred.errors import SsrcredError, Unreachable

LEAS = [f"lea-{number:02d}" for number in range(40)]


def outcomes(ends: Iterator[Ended[str]]) -> dict[str, str | SsrcredError]:
    return {end.lea: end.outcome for end in ends}


def test_every_lea_ends_once_with_what_came_of_it() -> None:
    ends = list(side_by_side(LEAS, str.upper, 2))
    assert sorted(end.lea for end in ends) == LEAS
    assert all(end.outcome == end.lea.upper() for end in ends)


def test_there_may_be_no_lea_at_all() -> None:
    assert list(side_by_side([], str.upper, 2)) == []


def test_what_stands_in_the_way_of_one_is_its_end_and_nobody_elses() -> None:
    problem = Unreachable("Closed.", state="s", hint="h")

    def deed(lea: str) -> str:
        if lea == "lea-07":
            raise problem
        return lea

    ends = outcomes(side_by_side(LEAS, deed, 2))
    assert ends.pop("lea-07") is problem
    assert len(ends) == 39 and all(lea == came for lea, came in ends.items())


def test_those_that_hang_are_given_up_and_hold_up_nobody() -> None:
    free, begun = threading.Event(), threading.Semaphore(0)
    # As many as there are threads, so that without new ones in their places nobody else would be begun.
    hanging = set(LEAS[:4])

    def deed(lea: str) -> str:
        if lea in hanging:
            begun.release()
            free.wait(60)
        return lea

    looks = iter(range(1_000_000))
    try:
        ends = outcomes(side_by_side(LEAS, deed, 1, patience=5, clock=lambda: float(next(looks))))
    finally:
        free.set()
    assert set(ends) == set(LEAS)
    late = {lea for lea, came in ends.items() if isinstance(came, Unreachable)}
    assert hanging <= late and len(late) < len(LEAS)


def test_a_bug_ends_its_own_lea_and_tells_no_value() -> None:
    def deed(lea: str) -> str:
        if lea == "lea-07":
            raise ZeroDivisionError("made-up-secret")
        return lea

    ends = outcomes(side_by_side(LEAS, deed, 1))
    bug = ends.pop("lea-07")
    assert type(bug) is SsrcredError and bug.exit_code == 1 and "ZeroDivisionError" in bug.message
    assert "made-up-secret" not in f"{bug.message}{bug.state}{bug.hint}"
    assert all(lea == came for lea, came in ends.items())


def test_once_it_is_stopped_no_other_lea_is_begun() -> None:
    begun: list[str] = []
    turn = threading.Semaphore(1)

    def deed(lea: str) -> str:
        turn.acquire(timeout=60)
        begun.append(lea)
        return lea

    ends = side_by_side(LEAS, deed, 1)
    next(ends)
    ends.close()  # type: ignore[attr-defined]  # it is a generator
    for _ in LEAS:
        turn.release()
    under_way = [thread for thread in threading.enumerate() if thread.name.startswith("ssrcred-lea")]
    for thread in under_way:
        thread.join(60)
    assert len(begun) <= 1 + 4


@pytest.mark.parametrize("per_host", [1, 3])
def test_so_many_are_at_one_host_and_no_more(per_host: int) -> None:
    turnstile, lock = Turnstile(per_host), threading.Lock()
    at: dict[str, int] = {"a": 0, "b": 0}
    most: dict[str, int] = {"a": 0, "b": 0}
    met = threading.Barrier(per_host)

    def visit(host: str, wait: Callable[[], object]) -> None:
        with turnstile.at(f"https://{host}.example/api/v1"):
            with lock:
                at[host] += 1
                most[host] = max(most[host], at[host])
            wait()
            with lock:
                at[host] -= 1

    def deed(lea: str) -> str:
        # Only when as many as may are there together do they go on: so the limit is reached, too.
        visit("a", lambda: met.wait(30))
        visit("b", lambda: None)
        return lea

    assert len(outcomes(side_by_side(LEAS[: 6 * per_host], deed, per_host))) == 6 * per_host
    assert most["a"] == per_host and most["b"] <= per_host


def test_a_refused_pair_is_worse_than_anything_and_fine_better() -> None:
    assert max(SEVERITY, key=severity) == 7 and min(SEVERITY, key=severity) == 0
    assert severity(5) > severity(8) > severity(0)
    assert severity(99) == severity(1)
