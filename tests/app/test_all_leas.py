"""Side by side: each LEA's end as it comes, one that hangs given up, and only so many at a host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from ssrcred.app.all_leas import SEVERITY, Ended, severity, side_by_side
from ssrcred.app.host_limit import FAILED_WAVES, HostLimit
from ssrcred.domain.errors import SsrcredError, Unreachable
from waiting import HUNG_S, until

LEAS = [f"lea-{number:02d}" for number in range(40)]


def outcomes(ends: Iterator[Ended[str]]) -> dict[str, str | SsrcredError]:
    return {end.lea: end.outcome for end in ends}


def test_every_lea_ends_once_with_what_came_of_it() -> None:
    ends = list(side_by_side(LEAS, str.upper, HostLimit(2)))
    assert sorted(end.lea for end in ends) == LEAS
    assert all(end.outcome == end.lea.upper() for end in ends)


def test_there_may_be_no_lea_at_all() -> None:
    assert list(side_by_side([], str.upper, HostLimit(2))) == []


def test_what_stands_in_the_way_of_one_is_its_end_and_nobody_elses() -> None:
    problem = Unreachable("Closed.", state="s", hint="h")

    def deed(lea: str) -> str:
        if lea == "lea-07":
            raise problem
        return lea

    ends = outcomes(side_by_side(LEAS, deed, HostLimit(2)))
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
        ends = outcomes(side_by_side(LEAS, deed, HostLimit(1, clock=lambda: float(next(looks))), patience=5))
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

    ends = outcomes(side_by_side(LEAS, deed, HostLimit(1)))
    bug = ends.pop("lea-07")
    assert type(bug) is SsrcredError and bug.exit_code == 1 and "ZeroDivisionError" in bug.message
    assert "made-up-secret" not in f"{bug.message}{bug.state}{bug.hint}"
    assert all(lea == came for lea, came in ends.items())


def test_once_it_is_stopped_no_other_lea_is_begun() -> None:
    begun: list[str] = []
    turn = threading.Semaphore(1)

    def deed(lea: str) -> str:
        turn.acquire(timeout=HUNG_S)
        begun.append(lea)
        return lea

    ends = side_by_side(LEAS, deed, HostLimit(1))
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
    limit, lock = HostLimit(per_host), threading.Lock()
    at: dict[str, int] = {"a": 0, "b": 0}
    most: dict[str, int] = {"a": 0, "b": 0}
    met = threading.Barrier(per_host)

    def visit(lea: str, host: str, wait: Callable[[], object]) -> None:
        with limit.at(f"https://{host}.example/api/v1", lea):
            with lock:
                at[host] += 1
                most[host] = max(most[host], at[host])
            wait()
            with lock:
                at[host] -= 1

    def deed(lea: str) -> str:
        # Only when as many as may are there together do they go on: so the limit is reached, too.
        visit(lea, "a", lambda: met.wait(120))
        visit(lea, "b", lambda: None)
        return lea

    assert len(outcomes(side_by_side(LEAS[: 6 * per_host], deed, limit))) == 6 * per_host
    assert most["a"] == per_host and most["b"] <= per_host


URL = "https://ssr.example/api/v1"


class Hand:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def moves_until(self, seen: Callable[[], bool]) -> None:
        """Move it by almost nothing, again and again, until something is seen."""

        def after_a_moment() -> bool:
            self.now += 1e-6
            return seen()

        until(after_a_moment, "what the clock moves for")


def test_waiting_for_a_turn_is_not_work_and_a_hanging_turn_goes_to_others() -> None:
    clock, free, held = Hand(), threading.Event(), threading.Event()
    limit = HostLimit(1, clock=clock)
    leas = LEAS[:6]

    def deed(lea: str) -> str:
        if lea != leas[0]:
            held.wait(120)
        with limit.at(URL, lea):
            if lea == leas[0]:
                held.set()
                free.wait(120)
            return lea

    ends: list[Ended[str]] = []
    run = threading.Thread(target=lambda: ends.extend(side_by_side(leas, deed, limit)), daemon=True)
    run.start()
    try:
        # Four are begun: one is in, and three wait for it.
        clock.moves_until(lambda: all(limit.waited(lea) > 0 for lea in leas[1:4]))
        clock.now += 1000
        run.join(120)
    finally:
        free.set()
    came = outcomes(iter(ends))
    assert isinstance(came.pop(leas[0]), Unreachable)
    assert came == {lea: lea for lea in leas[1:]}


def test_an_lea_with_a_turn_is_at_work_though_its_other_way_waits() -> None:
    clock, free = Hand(), threading.Event()
    limit = HostLimit(1, clock=clock)

    def other_way() -> None:
        with limit.at(URL, "lea"):
            free.wait(120)

    with limit.at(URL, "another"):
        aside = threading.Thread(target=other_way, daemon=True)
        aside.start()
        clock.moves_until(lambda: limit.waited("lea") > 0)
        clock.now += 100
        waited = limit.waited("lea")
        assert waited >= 100
        with limit.at("https://portal.example", "lea"):
            clock.now += 1000
            assert limit.waited("lea") == waited
    assert limit.waited("another") == 0.0
    free.set()
    aside.join(120)


def test_an_lea_that_was_given_up_asks_nobody_any_more() -> None:
    limit = HostLimit(1)
    asked = []

    def late() -> None:
        with pytest.raises(Unreachable, match="took too long before its first request"), limit.at(URL, "late"):
            asked.append("late")

    with limit.at(URL, "another"):
        waiting = threading.Thread(target=late)
        waiting.start()
        limit.give_up("late")
    waiting.join(120)
    assert not waiting.is_alive() and not asked
    with limit.at(URL, "next"):
        asked.append("next")
    assert asked == ["next"]


def test_a_host_is_left_alone_after_two_waves_without_an_answer_and_not_before() -> None:
    breaker = HostLimit(3).breaker
    enough = 3 * FAILED_WAVES
    for _ in range(enough - 1):
        breaker.record("ssr.example", answered=False)
    assert breaker.failures("ssr.example") == 0
    breaker.record("ssr.example", answered=True)
    for _ in range(enough):
        assert breaker.failures("ssr.example") == 0
        breaker.record("ssr.example", answered=False)
    assert breaker.failures("ssr.example") == enough
    assert breaker.failures("other.example") == 0


def test_a_refused_pair_is_worse_than_anything_and_fine_better() -> None:
    assert max(SEVERITY, key=severity) == 7 and min(SEVERITY, key=severity) == 0
    assert severity(5) > severity(8) > severity(0)
    assert severity(99) == severity(1)
