"""A copied key that no clipboard history keeps: Windows' two libraries and macOS' osascript are made up here."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ssrcred.adapters.terminal.clipboard_input import SystemClipboard
from ssrcred.adapters.terminal.clipboard_output import RECORDED, clearing
from ssrcred.adapters.terminal.concealed_copy import MARKS, concealed_copy, copy_on_macos, put_on_windows
from ssrcred.domain.credential import SecretKey

TEXT = "made-up Kéy 🗝"


class Windows:
    """What user32 and kernel32 are documented to do with the clipboard; `calls` are what changed it."""

    def __init__(self, *, busy: int = 0, refuses: str = "") -> None:
        self.calls: list[str] = []
        self.holds: dict[str, bytes] = {}
        self._busy, self._refuses = busy, refuses
        self._names = {13: "text"}
        self._memory: list[ctypes.Array[ctypes.c_char]] = []
        self.user, self.kernel = (
            SimpleNamespace(**{name: self._call(name) for name in names})
            for names in (
                (
                    *("CreateWindowExW", "DestroyWindow", "OpenClipboard", "EmptyClipboard", "SetClipboardData"),
                    *("CloseClipboard", "RegisterClipboardFormatW"),
                ),
                ("GlobalAlloc", "GlobalLock", "GlobalUnlock"),
            )
        )

    def _call(self, name: str) -> Callable[..., Any]:
        def called(*arguments: Any) -> Any:
            if name not in ("RegisterClipboardFormatW", "GlobalAlloc", "GlobalLock", "GlobalUnlock"):
                self.calls.append(name)
            return 0 if name == self._refuses else getattr(self, f"_{name}", lambda *_: 1)(*arguments)

        return called

    def _RegisterClipboardFormatW(self, name: str) -> int:
        self._names[0xC000 + len(self._names)] = name
        return 0xC000 + len(self._names) - 1

    def _OpenClipboard(self, window: int) -> int:
        self._busy -= 1
        return int(window == 1 and self._busy < 0)

    def _EmptyClipboard(self) -> int:
        self.holds.clear()
        return 1

    def _GlobalAlloc(self, flags: int, size: int) -> int:
        assert flags == 2  # only such memory may be given to the clipboard
        self._memory.append(ctypes.create_string_buffer(size))
        return len(self._memory)

    def _GlobalLock(self, handle: int) -> int:
        return ctypes.addressof(self._memory[handle - 1])

    def _SetClipboardData(self, kind: int, handle: int) -> int:
        self.holds[self._names[kind]] = self._memory[handle - 1].raw
        return handle


def test_on_windows_the_text_has_the_marks_for_histories_and_other_devices() -> None:
    windows = Windows(busy=3)
    put_on_windows(TEXT, windows.user, windows.kernel)
    assert windows.holds == {**dict.fromkeys(MARKS, bytes(4)), "text": TEXT.encode("utf-16-le") + bytes(2)}
    assert windows.calls[-2:] == ["CloseClipboard", "DestroyWindow"]
    assert windows.calls[1:6] == [*["OpenClipboard"] * 4, "EmptyClipboard"]


@pytest.mark.parametrize(
    "refuses", ["OpenClipboard", "EmptyClipboard", "GlobalAlloc", "GlobalLock", "SetClipboardData"]
)
def test_what_windows_refuses_is_told_and_the_clipboard_is_let_go(refuses: str) -> None:
    windows = Windows(refuses=refuses)
    with pytest.raises(OSError, match=r"in use|no memory|did not take") as caught:
        put_on_windows(TEXT, windows.user, windows.kernel)
    assert TEXT not in str(caught.value) and "text" not in windows.holds
    assert windows.calls[-1] == "DestroyWindow" and ("CloseClipboard" in windows.calls) == (refuses != "OpenClipboard")


def test_on_macos_the_text_goes_to_osascript_by_standard_input_alone() -> None:
    ran: list[tuple[list[str], dict[str, Any]]] = []
    copy_on_macos(TEXT, lambda words, **more: ran.append((words, more)))
    [(words, more)] = ran
    assert more["input"] == TEXT.encode() and more["check"] and more["timeout"]
    assert TEXT not in " ".join(words) and "org.nspasteboard.ConcealedType" in words[-1]


def test_only_windows_and_macos_have_marks() -> None:
    assert [concealed_copy(platform) is not None for platform in ("win32", "darwin", "linux")] == [True, True, False]


def fails(text: str) -> None:
    raise subprocess.CalledProcessError(1, "osascript")


@pytest.mark.parametrize(("conceal", "recorded"), [(None, True), (fails, True), (lambda text: None, False)])
def test_where_it_cannot_be_marked_the_person_is_told_at_the_end(
    conceal: Callable[[str], None] | None, recorded: bool
) -> None:
    said: list[str] = []
    held = ["made-up"]

    def marked(text: str) -> None:
        assert conceal is not None
        conceal(text)
        held.append(text)

    clipboard = SystemClipboard(lambda: held[-1], held.append, marked if conceal else None)
    with clearing(clipboard, said.append) as copy:
        copy(SecretKey(TEXT))
    assert held[1:] == [TEXT, ""] and "cleared" in said[0] and (RECORDED in said[0]) == recorded
