"""A pair that is read back is erased whichever key is pressed: the ones, too, that stop or end a program at once."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

import pytest

from session.rehearsal import PROGRAM, Rehearsal
from session.terminal import terminal
from ssrcred.practice import Pair

SPELLED = re.compile(r"^ *\d+: \S  \w", re.MULTILINE)
SHELL = (sys.executable, str(Path(__file__).with_name("job_control.py")), *PROGRAM)
CTRL_Z, CTRL_BACKSLASH = "\x1a", "\x1c"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither of these keys")
@pytest.mark.parametrize(("key", "code"), [(CTRL_Z, 0), (CTRL_BACKSLASH, 130)])
def test_no_key_leaves_a_part_of_the_pair_on_the_terminal(
    rotated_once: tuple[Rehearsal, Pair], tmp_path: Path, key: str, code: int
) -> None:
    rehearsal, pair = rotated_once[0].copied(tmp_path), rotated_once[1]
    with terminal(rehearsal.environment, "store", "--spell", program=SHELL) as shown:
        for _ in range(math.ceil(len(pair.username) / 20)):
            shown.expect("Press Enter for the next page")
            shown.type("")
        shown.expect("Press Enter to erase it")
        assert SPELLED.search(shown.everything)
        shown.press(key)
        if key == CTRL_Z:
            shown.type("")  # it did nothing, and the question still waits
        assert shown.end() == code, shown.everything
        assert not SPELLED.search(shown.everything), shown.everything
