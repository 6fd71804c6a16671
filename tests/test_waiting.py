"""No test waits or measures by a clock of its own: where the machine is busy, that fails."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
CLOCKS = {
    "waiting.py": "the one wait",
    "adapters/portal/browser/test_rehearsal.py": "that nothing comes can be seen only by waiting",
    "adapters/portal/pages/test_pages.py": "a wait in which a browser goes on",
    "adapters/portal/browser/test_bounds.py": "a server that answers late",
    "test_thief.py": "that nothing comes can be seen only by waiting",
    "app/test_session.py": "that no second thread comes can be seen only by waiting",
}


def test_no_other_test_looks_at_a_clock() -> None:
    using = re.compile(r"^(import time|from time import)\b", re.MULTILINE)
    found = {
        path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py") if using.search(path.read_text("utf-8"))
    }
    assert found == CLOCKS.keys()
