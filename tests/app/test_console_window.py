"""A console window that is closed: Windows' library is made up here, the interruption is Python's own."""

from __future__ import annotations

import ctypes
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from ssrcred.app.console_window import answer_closed_window, closed
from waiting import until


@pytest.mark.parametrize("kind", [2, 5, 6])
def test_a_window_that_is_closed_interrupts_the_program_and_gives_it_time_to_clean_up(kind: int) -> None:
    done: list[object] = []
    assert closed(kind, lambda: done.append("interrupted"), done.append)
    assert done == ["interrupted", 60.0]


@pytest.mark.parametrize("kind", [0, 1, 7])
def test_what_python_answers_itself_is_left_to_it(kind: int) -> None:
    assert not closed(kind, lambda: pytest.fail("interrupted"), lambda seconds: pytest.fail("waited"))


def test_windows_is_given_a_function_that_it_can_call_from_a_thread_of_its_own() -> None:
    given: list[Any] = []

    def ask(handler: Any, add: int) -> None:
        given.append((handler, add))

    answer_closed_window(
        SimpleNamespace(WINFUNCTYPE=ctypes.CFUNCTYPE, WinDLL=lambda name: SimpleNamespace(SetConsoleCtrlHandler=ask))
    )
    [(handler, add)] = given
    assert add == 1 and handler(0) == 0


def test_the_main_thread_gets_what_ctrl_c_gives() -> None:
    thread = threading.Thread(target=closed, args=(2,), kwargs={"wait": lambda seconds: None})
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        until(lambda: False, "what Ctrl-C gives")  # in short sleeps: elsewhere than on Windows it does not end one
    thread.join()
