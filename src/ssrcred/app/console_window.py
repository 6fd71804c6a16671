"""A console window of Windows that somebody closes while the program runs in it: answered like Ctrl-C."""

from __future__ import annotations

import _thread
import time
from collections.abc import Callable
from typing import Any, Final

# CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT and CTRL_SHUTDOWN_EVENT (wincon.h).
CLOSING: Final = (2, 5, 6)
# Longer than Windows waits: it ends the program after five seconds
# (learn.microsoft.com/windows/console/handlerroutine).
WAIT_S: Final = 60.0

_handlers: list[object] = []  # kept, as Windows calls them until the end


def closed(
    kind: int, interrupt: Callable[[], None] = _thread.interrupt_main, wait: Callable[[float], None] = time.sleep
) -> bool:
    """Interrupt the main thread, and leave it the time that Windows gives, for a `kind` of event that ends the program.

    False for any other, which Python answers itself.
    """
    if kind not in CLOSING:
        return False
    interrupt()
    # Windows ends the program as soon as this returns; when the main thread has cleaned up, it ends by itself.
    wait(WAIT_S)
    return True


def answer_closed_window(windows: Any = None) -> None:
    """Have Windows ask `closed`; `windows` stands in for the module ctypes there."""
    import ctypes

    windows = windows or ctypes
    # C's own SIGBREAK comes for a closed window, too, and the program is ended before Python has answered it.
    kind = windows.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)
    handler = kind(closed)
    _handlers.append(handler)
    ask = windows.WinDLL("kernel32").SetConsoleCtrlHandler
    ask.argtypes = (kind, ctypes.c_int)
    ask(handler, 1)
