"""A shell's job control in a few lines: runs a program in front of this terminal, and says when it was stopped.

A program that a test starts on a terminal of its own is in a process group that nobody could wake again, and a kernel
stops no such program at Ctrl-Z. Here it is somebody's job, as in a shell.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

STOPPED = 99
"""The exit code when the program was stopped."""


def in_front(group: int) -> None:
    """Give the terminal to a process group."""
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, group)
    signal.signal(signal.SIGTTOU, before)


def main(words: Sequence[str]) -> int:
    """Run the words as a job in front, and give its exit code."""
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        in_front(os.getpid())
        os.execv(words[0], list(words))
    _, status = os.waitpid(job, os.WUNTRACED)
    in_front(os.getpgrp())
    if not os.WIFSTOPPED(status):
        return os.waitstatus_to_exitcode(status) & 0xFF
    os.kill(job, signal.SIGKILL)
    os.waitpid(job, 0)
    print("The job was stopped.")
    return STOPPED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
