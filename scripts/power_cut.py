"""Runs a program on Linux and cuts its power at a chosen system call, or lets that call fail.

    power_cut.py REPORT NUMBER -- PROGRAM ARGUMENTS
    power_cut.py REPORT NUMBER ERROR FOLDER -- PROGRAM ARGUMENTS

Counted are the calls of all threads and child processes that change something outside the process: what they write,
send, sync, rename, remove, create or lock. Before the call with that NUMBER comes SIGKILL. REPORT, a file, is told
their names in order, as JSON. NUMBER 0 is never reached. `strace --inject` counts in each thread by itself, so it
cannot name one call of a program with many.

With an ERROR, the name of an errno, the call is not made either, and the program is told of this error. Then only what
is done to files in FOLDER counts, reading included. `ENOSPC+` is every later call, too, that could end so: a disk that
is full stays full.

The program stops only at the calls that count: seccomp(2) with SECCOMP_RET_TRACE, followed by ptrace(2).
"""

from __future__ import annotations

import ctypes
import errno
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
READING: Final = {0: "read", 17: "pread64", 72: "fcntl", 2: "open", 257: "openat"}
# What a call names its file by: a descriptor, a path, or a folder's descriptor and a path, and in which argument.
NAMES: Final = {**CALLS, **{number: name for number, (name, _) in CREATING.items()}, **READING}
BY_PATH: Final = {"open", "creat", "truncate", "rename", "link", "symlink", "unlink", "mkdir", "rmdir", "chmod"}
BY_FOLDER: Final = {"openat", "renameat", "renameat2", "linkat", "unlinkat", "mkdirat", "fchmodat", "utimensat"}
LOCKING: Final = {"flock", "fcntl"}
GROWING: Final = {"write", "pwrite64", "writev", "pwritev", "fallocate", "fsync", "fdatasync", "creating"}
NAMING: Final = {"creating", "rename", "renameat", "renameat2", "link", "linkat", "mkdir", "mkdirat"}
REMOVING: Final = {"unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat", "truncate", "ftruncate"}
READS: Final = {"read", "pread64", "open", "openat"}
# Which call can end with which error, by their manual pages.
ENDS: Final = {
    "ENOSPC": GROWING | NAMING,
    "EROFS": NAMING | REMOVING,
    "EACCES": NAMING | REMOVING - {"ftruncate", "fchmod"} | {"open", "openat"},
    "EIO": GROWING | NAMING | REMOVING | READS,
    "EINTR": GROWING - {"fdatasync", "fsync"} | READS | LOCKING,
    "ENOLCK": LOCKING,
}
HERE: Final = -100 & 0xFFFFFFFF  # AT_FDCWD, from fcntl.h
SET_LOCK: Final = {6, 7, 37, 38}  # F_SETLK, F_SETLKW and those of open file descriptions, from fcntl.h
# From linux/ptrace.h, linux/prctl.h, linux/seccomp.h and linux/wait.h.
TRACEME, PEEK_USER, POKE_USER, CONTINUE, SET_OPTIONS, EVENT_MESSAGE = 0, 3, 6, 7, 0x4200, 0x4201
RESULT_AT, ARGUMENT_AT, CALL_AT = (
    80,
    (112, 104, 96),
    120,
)  # in struct user, from sys/user.h: rax; rdi, rsi, rdx; orig_rax
FORK, VFORK, CLONE, EXEC, SECCOMP, EXIT_KILL = 0x2, 0x4, 0x8, 0x10, 0x80, 0x100000
SECCOMP_STOPPED, NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 7, 38, 22, 2
TRACE, ALLOW, ANY_CHILD = 0x7FF00000, 0x7FFF0000, 0x40000000
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # bpf(2), classic: LD|W|ABS, JEQ|K, JSET|K, RET|K
NUMBER_AT, ARGUMENTS_AT = 0, 16  # in struct seccomp_data

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def asked(result: int) -> None:
    """Raise OSError when a call of the C library failed."""
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def stop_at_calls(*, reading: bool) -> None:
    """Let this process and all that come from it stop for its tracer at each call of the tables."""
    steps = [(LOAD, 0, 0, NUMBER_AT)]
    for number in {**CALLS, **READING} if reading else CALLS:
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, TRACE | number)]
    for number, (_, argument) in () if reading else CREATING.items():
        steps += [(EQUAL, 0, 4, number), (LOAD, 0, 0, ARGUMENTS_AT + 8 * argument), (ANY_BIT, 0, 1, CREATES)]
        steps += [(RETURN, 0, 0, TRACE | number), (RETURN, 0, 0, ALLOW)]
    steps.append((RETURN, 0, 0, ALLOW))
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    whole = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    asked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    asked(libc.prctl(SET_SECCOMP, FILTER, whole, 0, 0))


class Failure:
    """Which calls of a program fail: those at a file in `folder` that can end with `error`; `ENOSPC+` stays."""

    def __init__(self, error: str, folder: str) -> None:
        self.name, self.stays = error.removesuffix("+"), error.endswith("+")
        self.number = getattr(errno, self.name)
        self._folder = folder

    def fits(self, task: int, call: str) -> str | None:
        """Return what a call that is about to be made does to which file, or None if it does not count."""
        first, second, third = (libc.ptrace(PEEK_USER, task, at, None) for at in ARGUMENT_AT)
        if call == "fcntl" and second not in SET_LOCK:
            return None
        kind = call
        if (call == "open" and second & CREATES) or (call == "openat" and third & CREATES) or call == "creat":
            kind = "creating"
        if kind not in ENDS[self.name]:
            return None
        try:
            if call in BY_PATH:
                path = os.path.join(os.readlink(f"/proc/{task}/cwd"), _text(task, first))
            elif call in BY_FOLDER:
                folder = "cwd" if first & 0xFFFFFFFF == HERE else f"fd/{first}"
                path = os.path.join(os.readlink(f"/proc/{task}/{folder}"), _text(task, second))
            else:
                path = os.readlink(f"/proc/{task}/fd/{first}")
        except OSError:  # no such descriptor, or the task is gone
            return None
        return f"{kind} {os.path.basename(path)}" if path.startswith(self._folder) else None

    def end(self, task: int) -> None:
        """Do not make the call, and return the error from it."""
        asked(libc.ptrace(POKE_USER, task, CALL_AT, ctypes.c_void_p(-1)))
        asked(libc.ptrace(POKE_USER, task, RESULT_AT, ctypes.c_void_p(-self.number)))


def _text(task: int, address: int) -> str:
    with open(f"/proc/{task}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        return os.fsdecode(memory.read(4096).partition(b"\0")[0])


def run(program: list[str], cut_at: int, failure: Failure | None = None) -> tuple[int, list[str]]:
    """Run a program until its end, and return its exit code and the names of its calls that count.

    The call numbered `cut_at` is not made: it ends the program, or with a `failure` only itself. The code is that of
    subprocess: negative for a signal.
    """
    main = os.fork()
    if main == 0:
        asked(libc.ptrace(TRACEME, 0, None, None))
        os.kill(os.getpid(), signal.SIGSTOP)
        stop_at_calls(reading=failure is not None)
        os.execv(program[0], program)
    os.waitpid(main, 0)
    asked(libc.ptrace(SET_OPTIONS, main, None, FORK | VFORK | CLONE | EXEC | SECCOMP | EXIT_KILL))
    asked(libc.ptrace(CONTINUE, main, None, None))
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
            name = NAMES[message.value]
            fits = name if failure is None else failure.fits(task, name)
            if fits is not None:
                calls.append(fits)
                if failure is not None and (len(calls) == cut_at or (failure.stays and 0 < cut_at < len(calls))):
                    failure.end(task)
                elif failure is None and len(calls) == cut_at:
                    # Its children end with this process, by EXIT_KILL: nothing goes on working without power.
                    os.kill(main, signal.SIGKILL)
                    continue
        libc.ptrace(CONTINUE, task, None, deliver)  # a task that is gone meanwhile needs no more


def main() -> int:
    """Read the arguments, run, and write the report."""
    words = sys.argv[1:]
    dashes = words.index("--") if "--" in words else 0
    if dashes not in (2, 4) or platform.system() != "Linux" or platform.machine() != "x86_64":
        print("power_cut.py REPORT NUMBER [ERROR FOLDER] -- PROGRAM ARGUMENTS; Linux on x86-64 only", file=sys.stderr)
        return 2
    failure = Failure(words[2], words[3]) if dashes == 4 else None
    code, calls = run(words[dashes + 1 :], int(words[1]), failure)
    Path(words[0]).write_text(json.dumps({"code": code, "calls": calls}), "utf-8")
    return 0


if __name__ == "__main__":
    # Without the interpreter's own end: EXIT_KILL ends what was started as soon as this process is gone.
    os._exit(main())
