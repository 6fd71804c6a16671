"""A run over many LEAs tests the history once, and not in each of its threads. Every LEA is made up."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path
from types import FrameType

from ssrcred.adapters.ledger import reader
from ssrcred.app.environment import Environment
from ssrcred.app.session import Session

THREADS = 16


def test_the_pages_of_the_history_are_tested_by_one_thread_while_the_others_wait(tmp_path: Path) -> None:
    out = io.StringIO()
    session = Session(Environment(environ={"SSRCRED_HOME": str(tmp_path)}, stdout=out, stderr=out), "verify")
    session.history().close()
    session = Session(session.environment, "verify")
    tested: list[str] = []
    together = threading.Barrier(THREADS)

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is reader.pages_fit.__code__:
            tested.append(threading.current_thread().name)
            time.sleep(0.2)  # long enough for the others to get there

    def work() -> None:
        together.wait(60)
        session.history().close()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    threading.setprofile(watch)
    try:
        for thread in threads:
            thread.start()
    finally:
        threading.setprofile(None)
    for thread in threads:
        thread.join()
    assert len(tested) == 1
