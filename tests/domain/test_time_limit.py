"""Work under a time limit: its end is waited for no longer than that, and what it raises is seen by who asks."""

from __future__ import annotations

from threading import Event

import pytest

from ssrcred.domain.time_limit import Task


def test_work_that_takes_too_long_is_given_up_and_goes_on_unheard() -> None:
    end = Event()
    task = Task(lambda: end.wait(60), "a test's own")
    assert not task.done_within(0.01)
    end.set()
    assert task.done_within(60) and task.result() is True


def test_what_it_raises_is_seen_by_who_asks() -> None:
    task = Task(lambda: 1 // 0, "a test's own")
    assert task.done_within(60)
    with pytest.raises(ZeroDivisionError):
        task.result()
