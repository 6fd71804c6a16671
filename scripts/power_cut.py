"""Runs a program on Linux and cuts its power at a chosen system call: SIGKILL before the call is made.

    power_cut.py REPORT NUMBER -- PROGRAM ARGUMENTS

Counted are the calls of all threads and child processes that change something outside the process: what they write,
send, sync, rename, remove, create or lock. REPORT, a file, is told their names in order, as JSON. NUMBER 0 is never
reached. `strace --inject` counts in each thread by itself, so it cannot name one call of a program with many.

The program stops only at the calls that count: seccomp(2) with SECCOMP_RET_TRACE, followed by ptrace(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import signal
import struct
import sys
from pathlib import Path
from typing import Final

# By number, from asm/unistd_64.h. Those of CREATING count only if they may create or cut a file.
CALLS: Final = {
    1: "write",
    18: "pwrite64",
    20: "writev",
    296: "pwritev",
    328: "pwritev2",
    40: "sendfile",
    326: "copy_file_range",
    42: "connect",
    44: "sendto",
    46: "sendmsg",
    307: "sendmmsg",
    48: "shutdown",
    49: "bind",
    74: "fsync",
    75: "fdatasync",
    162: "sync",
    76: "truncate",
    77: "ftruncate",
    285: "fallocate",
    82: "rename",
    264: "renameat",
    316: "renameat2",
    86: "link",
    265: "linkat",
    88: "symlink",
    266: "symlinkat",
    87: "unlink",
    263: "unlinkat",
    83: "mkdir",
    258: "mkdirat",
    84: "rmdir",
    85: "creat",
    90: "chmod",
    91: "fchmod",
    268: "fchmodat",
    73: "flock",
    280: "utimensat",
    188: "setxattr",
    190: "fsetxattr",
}
CREATING: Final = {2: ("open", 1), 257: ("openat", 2)}  # and which argument holds the flags
CREATES: Final = os.O_CREAT | os.O_TRUNC
# From linux/ptrace.h, linux/prctl.h, linux/seccomp.h and linux/wait.h.
TRACEME, CONTINUE, SET_OPTIONS, EVENT_MESSAGE = 0, 7, 0x4200, 0x4201
FORK, VFORK, CLONE, EXEC, SECCOMP, EXIT_KILL = 0x2, 0x4, 0x8, 0x10, 0x80, 0x100000
SECCOMP_STOPPED, NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 7, 38, 22, 2
TRACE, ALLOW, ANY_CHILD = 0x7FF00000, 0x7FFF0000, 0x40000000
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # bpf(2), classic: LD|W|ABS, JEQ|K, JSET|K, RET|K
NUMBER_AT, ARGUMENTS_AT = 0, 16  # in struct seccomp_data

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def asked(result: int) -> None:
    """Raise OSError when a call of the C library failed."""
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def stop_at_calls() -> None:
    """Let this process and all that come from it stop for its tracer at each call of the two tables."""
    steps = [(LOAD, 0, 0, NUMBER_AT)]
    for number in CALLS:
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, TRACE | number)]
    for number, (_, argument) in CREATING.items():
        steps += [(EQUAL, 0, 4, number), (LOAD, 0, 0, ARGUMENTS_AT + 8 * argument), (ANY_BIT, 0, 1, CREATES)]
        steps += [(RETURN, 0, 0, TRACE | number), (RETURN, 0, 0, ALLOW)]
    steps.append((RETURN, 0, 0, ALLOW))
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    whole = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    asked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    asked(libc.prctl(SET_SECCOMP, FILTER, whole, 0, 0))


def run(program: list[str], cut_at: int) -> tuple[int, list[str]]:
    """Run a program until its end or the call numbered `cut_at`, and return its exit code and the names of its calls.

    The code is that of subprocess: negative for a signal. The last name is that of the call that was never made.
    """
    main = os.fork()
    if main == 0:
        asked(libc.ptrace(TRACEME, 0, None, None))
        os.kill(os.getpid(), signal.SIGSTOP)
        stop_at_calls()
        os.execv(program[0], program)
    os.waitpid(main, 0)
    asked(libc.ptrace(SET_OPTIONS, main, None, FORK | VFORK | CLONE | EXEC | SECCOMP | EXIT_KILL))
    asked(libc.ptrace(CONTINUE, main, None, None))
    names = {**CALLS, **{number: name for number, (name, _) in CREATING.items()}}
    calls: list[str] = []
    started = {main}
    while True:
        task, status = os.waitpid(-1, ANY_CHILD)
        if not os.WIFSTOPPED(status):
            if task == main:
                return os.waitstatus_to_exitcode(status), calls
            continue
        number, event = os.WSTOPSIG(status), status >> 16
        deliver = 0 if event or (number == signal.SIGSTOP and task not in started) else number
        started.add(task)
        if event == SECCOMP_STOPPED:
            message = ctypes.c_ulong()
            libc.ptrace(EVENT_MESSAGE, task, None, ctypes.byref(message))
            calls.append(names[message.value])
            if len(calls) == cut_at:
                # Its children end with this process, by EXIT_KILL: nothing goes on working without power.
                os.kill(main, signal.SIGKILL)
                continue
        libc.ptrace(CONTINUE, task, None, deliver)  # a task that is gone meanwhile needs no more


def main() -> int:
    """Read the arguments, run, and write the report."""
    report, number, dashes, *program = sys.argv[1:]
    if dashes != "--" or platform.system() != "Linux" or platform.machine() != "x86_64":
        print("power_cut.py REPORT NUMBER -- PROGRAM ARGUMENTS; on Linux, x86-64 only", file=sys.stderr)
        return 2
    code, calls = run(program, int(number))
    Path(report).write_text(json.dumps({"code": code, "calls": calls}), "utf-8")
    return 0


if __name__ == "__main__":
    # Without the interpreter's own end: EXIT_KILL ends what was started as soon as this process is gone.
    os._exit(main())
