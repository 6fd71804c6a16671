"""Copies a text so that clipboard histories leave it out and no other device gets it, where a system has marks.

Written from the vendors' pages and from what password managers do; not run on Windows or macOS. Linux has no mark that
xclip, xsel and wl-copy all set.
"""

from __future__ import annotations

import ctypes
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

# Any text in the first, a zero in the others: not for monitors, not for Win+V, not for the user's other devices
# (learn.microsoft.com/windows/win32/dataxchg/clipboard-formats, Cloud Clipboard and Clipboard History Formats).
MARKS: Final = (
    "ExcludeClipboardContentFromMonitorProcessing",
    "CanIncludeInClipboardHistory",
    "CanUploadToCloudClipboard",
)
ZERO: Final = bytes(4)
CF_UNICODETEXT: Final = 13
GMEM_MOVEABLE: Final = 2
HWND_MESSAGE: Final = -3
# Looks for a clipboard that no other program holds, and seconds between two.
LOOKS: Final = 50
LOOK_S: Final = 0.01

# JavaScript that the system's own osascript runs, because AppKit is reached without a library so. The text comes on
# standard input, where no other program sees it. The option (1, NSPasteboardContentsCurrentHostOnly) keeps it from the
# Universal Clipboard; the type is what clipboard managers leave out (nspasteboard.org).
MACOS: Final = """
ObjC.import('AppKit');
const data = $.NSFileHandle.fileHandleWithStandardInput.readDataToEndOfFile;
const text = $.NSString.alloc.initWithDataEncoding(data, $.NSUTF8StringEncoding);
const board = $.NSPasteboard.generalPasteboard;
board.prepareForNewContentsWithOptions(1);
board.setStringForType($(''), 'org.nspasteboard.ConcealedType');
if (!board.setStringForType(text, 'public.utf8-plain-text')) throw new Error('refused');
"""


def concealed_copy(platform: str) -> Callable[[str], None] | None:
    """Return what copies a text with the marks of a `platform` (sys.platform), None where there are none.

    It raises OSError or subprocess.SubprocessError where that fails.
    """
    return {"win32": _copy_on_windows, "darwin": copy_on_macos}.get(platform)


def copy_on_macos(text: str, run: Callable[..., object] = subprocess.run) -> None:
    """Put a text and the mark on the pasteboard of this Mac. Raises OSError or subprocess.SubprocessError."""
    run(
        ["/usr/bin/osascript", "-l", "JavaScript", "-e", MACOS],
        input=text.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=10,
        check=True,
    )


def _copy_on_windows(text: str) -> None:
    put_on_windows(text, ctypes.WinDLL("user32"), ctypes.WinDLL("kernel32"))  # type: ignore[attr-defined, unused-ignore]


def put_on_windows(text: str, user: Any, kernel: Any) -> None:
    """Put a text and the marks on the clipboard in one go, with user32 and kernel32. Raises OSError."""
    pointer, number, whole, name = ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_wchar_p
    # What is a pointer in 64-bit Windows would be cut to 32 bits.
    signatures: Sequence[tuple[Any, Any, tuple[Any, ...]]] = (
        (
            user.CreateWindowExW,
            pointer,
            (number, name, name, number, *(whole,) * 4, *(pointer,) * 4),
        ),
        (user.DestroyWindow, whole, (pointer,)),
        (user.OpenClipboard, whole, (pointer,)),
        (user.SetClipboardData, pointer, (number, pointer)),
        (user.RegisterClipboardFormatW, number, (name,)),
        (kernel.GlobalAlloc, pointer, (number, ctypes.c_size_t)),
        (kernel.GlobalLock, pointer, (pointer,)),
        (kernel.GlobalUnlock, whole, (pointer,)),
    )
    for function, result, arguments in signatures:
        function.restype, function.argtypes = result, arguments
    marks = [(user.RegisterClipboardFormatW(mark), ZERO) for mark in MARKS]
    # Without a window as its owner the clipboard takes nothing after it was emptied (OpenClipboard, Remarks).
    window = user.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, HWND_MESSAGE, None, None, None)
    try:
        for _ in range(LOOKS):
            if user.OpenClipboard(window):
                break
            time.sleep(LOOK_S)
        else:
            raise OSError("the clipboard is in use")
        try:
            done = user.EmptyClipboard()
            for kind, content in [*marks, (CF_UNICODETEXT, text.encode("utf-16-le") + bytes(2))]:
                memory = done and kernel.GlobalAlloc(GMEM_MOVEABLE, len(content))
                address = memory and kernel.GlobalLock(memory)
                if not address:
                    raise OSError("there is no memory for it")
                ctypes.memmove(address, content, len(content))
                kernel.GlobalUnlock(memory)
                done = user.SetClipboardData(kind, memory)  # which owns the memory from now on
            if not done:
                raise OSError("the clipboard did not take it")
        finally:
            user.CloseClipboard()
    finally:
        user.DestroyWindow(window)
