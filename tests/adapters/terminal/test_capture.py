"""A person, a pipe or a clipboard gives a pair. Every user name and key here is made up."""

from __future__ import annotations

import getpass
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import repeat
from typing import NoReturn

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.adapters.terminal.captured_credentials import Captured, parse_date, parse_days_left
from ssrcred.adapters.terminal.clipboard_input import SystemClipboard, clear_if_still, from_clipboard
from ssrcred.adapters.terminal.hidden_prompt import from_prompt, hidden_line
from ssrcred.adapters.terminal.pipe_input import around, from_stream, one_line
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused, Interrupted
from waiting import HUNG_S

USERNAME = "made_up_usd"
KEY = "*MadeUp>()(NotAKey1*"
SPENT = Credential("made_up_usd", SecretKey("*Stored>()(MadeUp01*"), datetime(2025, 1, 2, tzinfo=UTC))
TODAY = date(2025, 11, 21)


def is_the_made_up_pair(captured: Captured) -> bool:
    """Whether both halves arrived unchanged."""
    return captured.username == USERNAME and captured.secret.matches(SecretKey(KEY))


def prompts(usernames: Iterable[str | Exception], keys: Iterable[str | Exception]) -> Callable[[str], list[str]]:
    """The two prompts, answered with these one after another; a text with line ends is pasted in one go."""
    waiting = {"User Name: ": iter(usernames), "Secret key (it will not be shown): ": iter(keys)}

    def ask(prompt: str) -> list[str]:
        answer = next(waiting[prompt])
        if isinstance(answer, Exception):
            raise answer
        return answer.splitlines(keepends=True) or [""]

    return ask


def asked(
    usernames: Iterable[str | Exception],
    keys: Iterable[str | Exception],
    *,
    shown: list[str] | None = None,
    refused: Callable[[InputRefused], None] | None = None,
    spent: tuple[Credential, ...] = (),
) -> Captured:
    """What the prompts come to; `shown` gets all that stands behind them on the screen."""
    screen: list[str] = [] if shown is None else shown
    captured = from_prompt(prompts(usernames, keys), screen.append, spent=spent, refused=refused)
    for line in screen:
        assert KEY not in line and SPENT.secret.reveal() not in line
    return captured


def test_a_prompt_gives_the_pair_and_counts_as_typed() -> None:
    shown: list[str] = []
    captured = asked([USERNAME], [KEY + "\r"], spent=(SPENT,), shown=shown)
    assert is_the_made_up_pair(captured)
    assert captured.typed
    assert KEY not in repr(captured)
    assert shown == [USERNAME, ""]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_two_pasted_lines_are_both_halves_at_either_prompt(end: str) -> None:
    both = f"{USERNAME}\n{KEY}{end}"
    assert is_the_made_up_pair(asked([both], []))
    assert is_the_made_up_pair(asked([USERNAME], [both]))


def test_more_lines_than_two_are_not_taken() -> None:
    told: list[InputRefused] = []
    assert is_the_made_up_pair(asked([f"{USERNAME}\n{KEY}\nHIDE\n", USERNAME], [KEY], refused=told.append))
    assert "3 lines were pasted" in told[0].message


@pytest.mark.parametrize("key", [KEY, KEY[:10], SPENT.secret.reveal(), "aB3dE6gH9jK2mN5pQ8sT"])
def test_a_key_that_is_pasted_as_the_user_name_is_not_shown_and_asked_for_again(key: str) -> None:
    told: list[InputRefused] = []
    shown: list[str] = []
    captured = asked([key, USERNAME], [KEY], refused=told.append, shown=shown, spent=(SPENT,))
    assert is_the_made_up_pair(captured) and shown == ["", USERNAME, ""]
    assert "may be the secret key" in told[0].message and key not in told[0].hint


def test_a_user_name_that_looks_like_a_key_is_taken_the_second_time_and_still_not_shown() -> None:
    told: list[InputRefused] = []
    shown: list[str] = []
    captured = asked(["Lincoln (USD)", "Lincoln (USD)"], [KEY], refused=told.append, shown=shown)
    assert captured.username == "Lincoln (USD)"
    assert shown == ["", "(not shown: it looks like a key)", ""]


class Console:
    """The console of Windows: gives these keys, and shows what is written to it."""

    def __init__(self, keys: str) -> None:
        self.keys = list(keys)
        self.shown = ""

    def getwch(self) -> str:
        return self.keys.pop(0)

    def kbhit(self) -> bool:
        return bool(self.keys)

    def putwch(self, character: str) -> None:
        self.shown += character


def keys(monkeypatch: pytest.MonkeyPatch, pressed: str) -> list[str]:
    """What the prompt takes on Windows when these keys are pressed, or pasted."""
    from ssrcred.adapters.terminal.hidden_prompt import _by_keys

    console = Console(pressed)
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    lines = _by_keys("User Name: ")
    assert console.shown == "User Name: "
    return lines


def test_on_windows_pasted_lines_are_taken_together_and_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys(monkeypatch, f"{USERNAME}\r") == [USERNAME]
    assert keys(monkeypatch, f"{USERNAME}x\b\r") == [USERNAME]
    assert keys(monkeypatch, f"{USERNAME}\r{KEY}\r") == [USERNAME, KEY]
    assert is_the_made_up_pair(asked(["\n".join(keys(monkeypatch, f"{USERNAME}\r\n{KEY}\r\n"))], []))


def test_on_windows_ctrl_c_and_ctrl_z_end_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        keys(monkeypatch, "abc\x03")
    with pytest.raises(EOFError):
        keys(monkeypatch, "\x1a")


def test_both_halves_in_the_wrong_order_are_not_shown() -> None:
    told: list[InputRefused] = []
    shown: list[str] = []
    assert is_the_made_up_pair(asked([f"{KEY}\n{USERNAME}\n", USERNAME], [KEY], refused=told.append, shown=shown))
    assert "swapped" in told[0].message and shown[0] == ""


def test_a_typed_key_comes_with_a_word_about_look_alikes_that_tells_none_of_them() -> None:
    captured = asked([USERNAME], ["`MadeUp'*(NotAKey0,'"])
    assert captured.remarks() == (
        "If you typed the key instead of pasting it, compare it with the TOMS screen: it has a backtick or an "
        "apostrophe, or a capital O or a zero, or a comma, a full stop, a semicolon or a colon.",
    )


def test_a_piped_key_comes_with_a_word_about_what_is_unusual_only() -> None:
    captured = from_stream(io.BytesIO(b"made_up_usd\n`MadeUp'*\n"))
    assert captured.remarks() == (), "its length is told where it is known what the last one had"
    (remark,) = from_stream(io.BytesIO(b"made up\n`MadeUp'*\n")).remarks()
    assert remark.startswith("The User Name has a space inside.")


def test_a_prompt_asks_again_for_the_half_that_cannot_be_right() -> None:
    told: list[InputRefused] = []
    captured = asked(
        ["made_up\u2013usd", USERNAME],
        ["", "*Stored>()(MadeUp01*", KEY],
        spent=(SPENT,),
        refused=told.append,
    )
    assert is_the_made_up_pair(captured)
    assert [error.message for error in told] == [
        "Character 8 of the User Name is an EN DASH; TOMS uses the hyphen.",
        "The secret key is empty.",
        "This secret key is stored already; it is not a new one.",
    ]


def test_a_prompt_asks_for_both_halves_again_when_they_do_not_fit_together() -> None:
    told: list[InputRefused] = []
    captured = asked([KEY, KEY, USERNAME], [USERNAME, KEY], refused=told.append)
    assert is_the_made_up_pair(captured)
    assert [error.message for error in told][1:] == ["The User Name and the secret key seem to be swapped."]


def test_a_prompt_does_not_ask_for_ever() -> None:
    told: list[InputRefused] = []
    with pytest.raises(InputRefused, match="empty"):
        asked(repeat(""), [], refused=told.append)
    assert len(told) == 4


def test_a_prompt_does_not_ask_for_ever_for_halves_that_do_not_fit_together() -> None:
    told: list[InputRefused] = []
    with pytest.raises(InputRefused, match="same text"):
        asked(repeat(USERNAME), repeat(USERNAME), refused=told.append)
    assert len(told) == 4


def test_a_prompt_refuses_at_once_when_nobody_listens() -> None:
    with pytest.raises(InputRefused, match="The secret key is empty"):
        asked([USERNAME], [""])


def test_the_end_of_input_at_a_prompt_stops_the_program() -> None:
    told: list[InputRefused] = []
    with pytest.raises(Interrupted) as caught:
        asked([USERNAME], [EOFError()], refused=told.append)
    assert caught.value.state.startswith("Nothing was stored.")
    assert not told


def test_bytes_that_the_terminal_cannot_read_leave_no_trace_in_the_error() -> None:
    held = UnicodeDecodeError("utf-8", KEY.encode(), 3, 4, "made up")
    with pytest.raises(InputRefused, match="not valid text in this terminal's encoding") as caught:
        asked([USERNAME], [held])
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_hidden_prompt_gives_what_was_typed() -> None:
    assert hidden_line("Made up: ", lambda prompt: f"<{prompt}>") == "<Made up: >"


def test_a_terminal_that_would_show_the_key_is_not_asked() -> None:
    def shows(prompt: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        raise AssertionError("it went on to read")

    with pytest.raises(InputRefused, match="cannot hide what is typed") as caught:
        hidden_line("Made up: ", shows)
    assert "--clipboard" in caught.value.hint


ASK_HIDDEN = """
from ssrcred.adapters.terminal.hidden_prompt import hidden_line
from ssrcred.domain.errors import InputRefused
try:
    print(len(hidden_line("Made up: ")))
except InputRefused as error:
    print(error.message)
"""


def test_the_real_prompt_refuses_where_there_is_no_terminal() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ASK_HIDDEN],
        input="made up",
        capture_output=True,
        text=True,
        start_new_session=True,
        check=True,
    )
    assert ended.stdout == "This terminal cannot hide what is typed, so nothing was asked for.\n"
    assert ended.stderr == ""


def test_the_real_prompt_hides_what_is_typed_at_a_terminal() -> None:
    with pexpect.spawn(sys.executable, ["-c", ASK_HIDDEN], encoding="utf-8", timeout=HUNG_S) as terminal:
        terminal.expect_exact("Made up: ")
        terminal.sendline(KEY)
        terminal.expect(pexpect.EOF)
        assert terminal.before.split() == ["20"]


class Trickle(io.RawIOBase):
    """A pipe that gives one byte at a time."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def read(self, size: int = -1) -> bytes:
        first, self._content = self._content[:1], self._content[1:]
        return first


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_pipe_gives_the_pair_in_two_lines(mark: str, last: bool, line_end: str) -> None:
    text = f"{mark}{USERNAME}{line_end}{KEY}{line_end if last else ''}"
    captured = from_stream(io.BytesIO(text.encode()))
    assert is_the_made_up_pair(captured)
    assert not captured.typed


def test_a_slow_pipe_is_read_to_its_end() -> None:
    with Trickle(f"{USERNAME}\n{KEY}\n".encode()) as stream:
        assert is_the_made_up_pair(from_stream(stream))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The input has 1 line; the credentials have two: the User Name, then the secret key."),
        (b"made_up\n", "The input has 1 line; the credentials have two: the User Name, then the secret key."),
        (
            b"made_up\nMade*Up\nmore",
            "The input has 3 lines; the credentials have two: the User Name, then the secret key.",
        ),
        (
            b"made_up\nMade*Up\n\n",
            "The input has 3 lines; the credentials have two: the User Name, then the secret key.",
        ),
        (b"made_up\n\n", "The secret key is empty."),
        (b"\nMade*Up\n", "The User Name is empty."),
        (b"made_up\nMade\xe9Up\n", "Byte 13 of the input is not UTF-8 text."),
        (b"\xff\xfem\0a\0d\0e\0", "The input is UTF-16 text."),
        (b"made_up\n" + b"x" * 8192, "The input is longer than 8,192 bytes: that is a whole file."),
        (
            "made_up\nMade\u2019Up\n".encode(),
            "Character 5 of the secret key is a RIGHT SINGLE QUOTATION MARK; TOMS uses the apostrophe.",
        ),
        (
            b"made_up\nMade\x1cUp\n",
            "Character 5 of the secret key is a CONTROL-\\; TOMS uses only the letters, digits and "
            "punctuation of an American keyboard.",
        ),
    ],
)
def test_a_pipe_that_cannot_be_a_pair_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputRefused) as caught:
        from_stream(io.BytesIO(content), spent=(SPENT,))
    assert caught.value.message == said
    assert caught.value.state == "Nothing was stored. The key that TOMS shows is still valid: leave its screen open."
    assert caught.value.__context__ is None


@given(st.binary(max_size=80))
def test_any_bytes_are_a_pair_or_refused(content: bytes) -> None:
    try:
        captured = from_stream(io.BytesIO(content), limit=64)
    except InputRefused as error:
        assert error.message
    else:
        assert captured.username.encode() in content


def test_one_line_is_a_secret_in_any_letters() -> None:
    secret = one_line(io.BytesIO("\ufeffmade up pässwörd \n".encode()))
    assert secret.matches(SecretKey("made up pässwörd "))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The input has no text; one line was expected."),
        (b"\n", "The input has no text; one line was expected."),
        (b"made\nup\n", "The input has 2 lines; one line was expected."),
        (b"made\tup\n", "Character 5 of the input is a control character, which no password has."),
        ("made\ufeff\n".encode(), "Character 5 of the input is a control character, which no password has."),
        (b"\xff\n", "Byte 1 of the input is not UTF-8 text."),
    ],
)
def test_one_line_refuses_what_no_password_is(content: bytes, said: str) -> None:
    with pytest.raises(InputRefused) as caught:
        one_line(io.BytesIO(content))
    assert caught.value.message == said
    assert caught.value.state == "Nothing was stored."


class Copying:
    """A clipboard on which somebody copies these texts, one look after another; an exception is a look that fails."""

    def __init__(self, *looks: str | Exception) -> None:
        self._looks = list(looks)
        self.text = ""

    def read(self) -> str:
        look = self._looks.pop(0) if self._looks else self.text
        if isinstance(look, Exception):
            raise look
        self.text = look
        return look

    def copy(self, text: str) -> bool:
        self.text = text
        return True

    def clear(self) -> None:
        self.text = ""


def nothing() -> None:
    """No time between two looks."""


def busy() -> InputRefused:
    """What a clipboard says that another program holds."""
    return InputRefused("The clipboard is busy.", state="Nothing was stored.", hint="Try again.")


def test_what_is_copied_is_on_the_clipboard() -> None:
    copied: list[str] = []
    assert not SystemClipboard(paste=lambda: "", copy=copied.append).copy("made up")
    assert copied == ["made up"]


def test_a_clipboard_that_fails_says_so_without_the_text() -> None:
    def fails(text: str) -> None:
        raise RuntimeError(text)

    with pytest.raises(InputRefused, match="cannot be written") as caught:
        SystemClipboard(paste=lambda: "", copy=fails).copy("made-up secret")
    assert "made-up secret" not in repr(caught.value.__context__)


def test_a_clipboard_that_would_show_the_text_to_other_programs_is_refused() -> None:
    copied: list[str] = []

    def copy_klipper(text: str) -> None:  # the name that pyperclip gives to the one that uses command lines
        copied.append(text)

    with pytest.raises(InputRefused, match="list of processes"):
        SystemClipboard(paste=lambda: "", copy=copy_klipper).copy("made up")
    assert copied == []


def test_the_clipboard_gives_first_the_user_name_then_the_key() -> None:
    said: list[str] = []
    clipboard = Copying("", "", USERNAME, USERNAME, KEY + "\n")
    captured = from_clipboard(clipboard, said.append, wait=nothing, ticks=10)
    assert is_the_made_up_pair(captured)
    assert not captured.typed
    assert said == [
        "Copy the User Name from the TOMS screen now.",
        "Saw 11 characters.",
        "Copy the secret key now.",
        "Saw 20 characters.",
    ]


def test_what_was_on_the_clipboard_before_is_not_taken() -> None:
    said: list[str] = []
    clipboard = Copying("copied_before", "copied_before", USERNAME, KEY)
    assert is_the_made_up_pair(from_clipboard(clipboard, said.append, wait=nothing, ticks=10))
    assert said[0].startswith("What was copied before now does not count.")


def test_a_copied_text_that_cannot_be_right_is_told_and_the_waiting_goes_on() -> None:
    said: list[str] = []
    clipboard = Copying("", "\u00a0", USERNAME, "Made\u2019Up", "*Stored>()(MadeUp01*", KEY)
    assert is_the_made_up_pair(from_clipboard(clipboard, said.append, wait=nothing, ticks=10, spent=(SPENT,)))
    assert said[1].startswith("Saw 1 character. Character 1 of the User Name is a NO-BREAK SPACE;")
    assert said[4].startswith("Saw 7 characters. Character 5 of the secret key is a RIGHT SINGLE QUOTATION MARK;")
    assert said[5].startswith("Saw 20 characters. This secret key is stored already")
    assert not any("Stored" in sentence or "Made" in sentence for sentence in said)


def test_both_are_waited_for_again_when_they_were_copied_in_the_wrong_order() -> None:
    said: list[str] = []
    clipboard = Copying("", KEY, USERNAME, " ", USERNAME, KEY)
    assert is_the_made_up_pair(from_clipboard(clipboard, said.append, wait=nothing, ticks=10))
    assert said[4].startswith("The User Name and the secret key seem to be swapped.")


def test_the_waiting_ends() -> None:
    waited: list[None] = []
    with pytest.raises(InputRefused, match="The credentials were not copied in time") as caught:
        from_clipboard(Copying("", USERNAME), lambda sentence: None, wait=lambda: waited.append(None), ticks=7)
    assert len(waited) == 7
    assert "leave its screen open" in caught.value.state


def test_a_clipboard_that_is_busy_for_a_moment_is_looked_at_again() -> None:
    clipboard = Copying("", busy(), USERNAME, busy(), KEY)
    assert is_the_made_up_pair(from_clipboard(clipboard, lambda sentence: None, wait=nothing, ticks=10))


def test_a_clipboard_that_stays_busy_is_the_reason_in_the_end() -> None:
    with pytest.raises(InputRefused, match="busy"):
        from_clipboard(Copying("", busy(), busy()), lambda sentence: None, wait=nothing, ticks=2)


def test_a_clipboard_that_cannot_be_read_at_all_is_told_at_once() -> None:
    with pytest.raises(InputRefused, match="busy"):
        from_clipboard(Copying(busy()), lambda sentence: None, wait=pytest.fail, ticks=2)


def test_the_clipboard_is_emptied_only_while_it_holds_the_key() -> None:
    clipboard = Copying(KEY + "\r\n")
    assert clear_if_still(clipboard, SecretKey(KEY))
    assert clipboard.text == ""
    clipboard = Copying("copied since")
    assert not clear_if_still(clipboard, SecretKey(KEY))
    assert clipboard.text == "copied since"


@pytest.mark.parametrize(
    "foreign",
    [
        RuntimeError("no mechanism; it held *MadeUp"),
        UnicodeDecodeError("utf-8", b"*MadeUp", 0, 1, ""),
        AssertionError(),
        OSError("gone"),
        subprocess.CalledProcessError(1, ["wl-copy", "--clear"]),
    ],
)
def test_what_pyperclip_lets_escape_becomes_one_error_without_a_trace(foreign: Exception) -> None:
    def fails(*text: str) -> NoReturn:
        raise foreign

    clipboard = SystemClipboard(paste=fails, copy=fails)
    for deed, word in ((clipboard.read, "read"), (clipboard.clear, "emptied")):
        with pytest.raises(InputRefused, match=f"cannot be {word} from this terminal") as caught:
            deed()
        assert "xclip, xsel or wl-clipboard" in caught.value.hint
        assert caught.value.__context__ is None


def test_the_systems_clipboard_is_emptied_and_never_filled() -> None:
    copied: list[str] = []
    clipboard = SystemClipboard(paste=lambda: "made up", copy=copied.append)
    assert clipboard.read() == "made up"
    clipboard.clear()
    assert copied == [""]


def test_without_a_desktop_the_clipboard_says_what_to_install() -> None:
    script = "from ssrcred.adapters.terminal.clipboard_input import SystemClipboard as S\ntry: S().read()\n"
    script += "except Exception as e: print(e.hint)"
    without = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    ended = subprocess.run([sys.executable, "-c", script], env=without, capture_output=True, text=True, check=True)
    assert "xclip, xsel or wl-clipboard" in ended.stdout


@pytest.fixture
def display() -> Iterator[dict[str, str]]:
    """The environment of a desktop of our own, with an empty clipboard."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "64x64x8", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            yield {**os.environ, "DISPLAY": f":{number.readline().strip()}", "WAYLAND_DISPLAY": ""}
    finally:
        server.terminate()
        server.wait(10)


TAKE = """
import sys
from ssrcred.adapters.terminal.clipboard_input import SystemClipboard, clear_if_still, from_clipboard
clipboard = SystemClipboard()
captured = from_clipboard(clipboard, lambda sentence: print(sentence, flush=True), ticks=60)
print(captured.username, len(captured.secret), captured.secret, flush=True)
print(clear_if_still(clipboard, captured.secret), clear_if_still(clipboard, captured.secret), flush=True)
"""


@pytest.mark.real("clipboard")
def test_the_real_clipboard_gives_the_pair_and_is_emptied(display: dict[str, str]) -> None:
    def copy(text: str) -> None:
        subprocess.run(
            ["xclip", "-selection", "clipboard"],
            input=text.encode(),
            env=display,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    with subprocess.Popen(
        [sys.executable, "-c", TAKE], env=display, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as taking:
        assert taking.stdout is not None
        heard = []
        for line in taking.stdout:
            heard.append(line.strip())
            if line.startswith("Copy the User Name"):
                copy(USERNAME)
            elif line.startswith("Copy the secret key"):
                copy(KEY)
            elif line.startswith("True"):
                break
        assert heard == [
            "Copy the User Name from the TOMS screen now.",
            "Saw 11 characters.",
            "Copy the secret key now.",
            "Saw 20 characters.",
            "made_up_usd 20 <secret key, 20 characters>",
            "True False",
        ]
        taking.wait(20)


def test_the_day_of_generation_follows_from_the_countdown() -> None:
    assert parse_days_left(365, 365, TODAY) == TODAY
    assert parse_days_left(14, 365, TODAY) == date(2024, 12, 5)
    assert parse_days_left(0, 90, TODAY) == date(2025, 8, 23)


@pytest.mark.parametrize("days_left", [-1, 366, 10**9])
def test_a_countdown_outside_the_life_of_a_pair_is_refused(days_left: int) -> None:
    with pytest.raises(InputRefused, match="credentials have between 0 and 365"):
        parse_days_left(days_left, 365, TODAY)


def test_the_day_of_generation_can_be_typed() -> None:
    assert parse_date(" 2025-11-21 ", 365, TODAY) == TODAY
    assert parse_date("2024-11-21", 365, TODAY) == date(2024, 11, 21)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not in the form year-month-day"),
        ("11/21/2025", "not in the form year-month-day"),
        ("20251121", "not in the form year-month-day"),
        ("2025-W47-5", "not in the form year-month-day"),
        ("\u0662\u0660\u0662\u0665-11-21", "not in the form year-month-day"),
        ("2025-02-29", "not in the calendar"),
        ("2025-11-22", "in the future"),
        ("2024-11-20", "more than 365 days ago"),
    ],
)
def test_a_day_that_cannot_be_right_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputRefused, match=said) as caught:
        parse_date(text, 365, TODAY)
    assert "2025-11-21" in caught.value.hint


@given(st.text(max_size=12))
def test_any_text_is_a_day_or_refused(text: str) -> None:
    try:
        day = parse_date(text, 365, TODAY)
    except InputRefused as error:
        assert error.hint
    else:
        assert day <= TODAY


@pytest.mark.parametrize(
    ("secret", "where"),
    [
        ("made up ", "It ends with a space"),
        (" made-up", "It begins with a space"),
        (" x ", "It begins and ends"),
        ("made up", ""),
    ],
)
def test_spaces_around_a_secret_are_kept_and_said(secret: str, where: str) -> None:
    assert around(SecretKey(secret)).startswith(where) and bool(around(SecretKey(secret))) == bool(where)
