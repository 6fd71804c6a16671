"""The program's first step: what monitoring asks for is answered at once, and everything else by the whole program."""

from __future__ import annotations

import gc
import os
import sys
from datetime import UTC, datetime

from ssrcred.app.standard_streams import Unwritten, guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


def program() -> int:
    """What `ssrcred` does; gives its exit code."""
    # Nothing that is imported is garbage, and looking for some is a twentieth of the start (benchmarks/startup.py).
    gc.disable()
    words = sys.argv[1:]
    sys.excepthook = _bug
    guard()
    try:
        code = _at_once(words) if sys.stdout is not None else None
    except (KeyboardInterrupt, BrokenPipeError, Unwritten) as error:
        from ssrcred.cli.main import cut_short

        return cut_short(error, words)
    if code is not None:
        gc.freeze()  # or Python looks for garbage in all of it once more as it ends
        return code
    from ssrcred.cli.main import program as whole

    return whole()


def _at_once(words: list[str]) -> int | None:
    """Answer what need not wait for the whole program, and return the exit code; None for everything else."""
    if words[:1] == ["status"]:
        from ssrcred.cli.quick_status import brief

        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # a name that the encoding does not have stops nothing
        return brief(words[1:], os.environ, datetime.now(UTC), sys.stdout)
    if words == ["--version"]:
        from ssrcred import __version__

        sys.stdout.write(f"ssrcred {__version__}\n")
        sys.stdout.flush()
        return 0
    if not words and "_SSRCRED_COMPLETE" in os.environ:
        from ssrcred.cli.command_list import COMMANDS
        from ssrcred.cli.quick_completion import complete

        return complete(os.environ, COMMANDS, datetime.now(UTC), sys.stdout)
    return None


def _bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from ssrcred.cli.main import report_bug

    report_bug(error, sys.argv[1:])
