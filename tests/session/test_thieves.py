"""The search for leaks finds what is planted, however it is written; a sample of all runs leaves nothing to find."""

from __future__ import annotations

import html
import json
import platform
import resource
import signal
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from leak_judge import RUN, Canary, files, finds, traces
from thief_run import GROUPS, every_run
from thieves import made_for_others, watched

from session.rehearsal import Rehearsal
from session.sample import sample_of
from ssrcred.practice import Practice
from waiting import HUNG_S

linux = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="/proc, and ptrace as Linux has it on x86-64"
)
KEY: Final = "*MadeUp>&'<()`\"N0%t+="
WRITTEN: Final[dict[str, Callable[[str], bytes]]] = {
    "in clear": str.encode,
    "base64": lambda part: b64encode(part.encode()),
    "base64 one on": lambda part: b64encode(b"-" + part.encode()),
    "base64 two on": lambda part: b64encode(b"--" + part.encode()),
    "base64 for addresses": lambda part: urlsafe_b64encode(b">>?" + part.encode()),
    "base64 in lines": lambda part: b"\r\n".join(b64encode(part.encode()[at : at + 6]) for at in range(0, 8, 6)),
    "in a form's entry": lambda part: quote_plus(part).encode(),
    "in an address": lambda part: "".join(f"%{ord(character):02x}" for character in part).encode(),
    "twice in an address": lambda part: quote(quote(part, safe=""), safe="").encode(),
    "in a page": lambda part: html.escape(part).encode(),
    "in a page by numbers": lambda part: "".join(f"&#{ord(character)};" for character in part).encode(),
    "in JSON": lambda part: json.dumps(part)[1:-1].encode(),
    "in JSON by numbers": lambda part: "".join(f"\\u{ord(character):04X}" for character in part).encode(),
    "in JSON in JSON": lambda part: json.dumps(json.dumps(part)).encode(),
    "in a repr": lambda part: repr(part).encode(),
    "UTF-16": lambda part: part.encode("utf-16-le"),
    "UTF-16, the other way round": lambda part: part.encode("utf-16-be"),
    "reversed": lambda part: part[::-1].encode(),
    "hexadecimal": lambda part: part.encode().hex().upper().encode(),
    "folded": lambda part: f"{part[:3]}\r\n  {part[3:]}".encode(),
    "colored": lambda part: f"{part[:5]}\x1b[0m\x1b[31;1m{part[5:]}".encode(),
}


@pytest.mark.parametrize("how", WRITTEN)
@settings(max_examples=10, deadline=None)
@given(start=st.integers(0, len(KEY) - RUN), before=st.binary(max_size=9), after=st.binary(max_size=9))
@example(start=0, before=b"", after=b"")
def test_eight_characters_in_a_row_are_found(how: str, start: int, before: bytes, after: bytes) -> None:
    # The bytes about it end nothing that was begun, as an escape's own backslash would.
    content = before + b"\n\x1b[0m" + WRITTEN[how](KEY[start : start + RUN]) + b"\n" + after
    assert traces(content, KEY)


@pytest.mark.parametrize("how", sorted(set(WRITTEN) - {name for name in WRITTEN if "base64" in name}))
def test_seven_are_not(how: str) -> None:
    assert not traces(WRITTEN[how](KEY[: RUN - 1]) + b"\n\n", KEY)


def test_a_find_tells_what_and_where_and_not_the_text(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"..." + KEY.encode())
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / KEY.replace("/", "")).touch()
    found = finds(dict(files(tmp_path)), [Canary("secret key", KEY), Canary("user name", "made-up-user")])
    assert [(one.what, one.how) for one in found] == [("secret key", "in clear")] * 2
    assert {one.where for one in found} == {"folder/file", KEY}


LEAKS: Final = """
import os, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
key = sys.stdin.read()
print(key, flush=True)
print(key[::-1], file=sys.stderr, flush=True)
child = "import sys; open('started', 'w'); sys.stdin.read()"
subprocess.Popen([sys.executable, "-c", child, key], env={"KEY": key}, stdin=subprocess.PIPE).wait()
"""


@linux
def test_what_a_process_and_its_children_show_is_looked_at_and_an_image_of_memory_noticed(
    district: Practice, tmp_path: Path
) -> None:
    lea = Rehearsal(tmp_path / "home", district)
    lea.folder.mkdir()
    begun: list[str] = []

    def stop() -> str:
        # Once more is looked after the child has begun, and before it ends.
        begun.extend(["begun"] * (lea.folder / "started").exists())
        return "SIGABRT" if len(begun) == 2 else ""

    left = watched(lea, [sys.executable, "-c", LEAKS], KEY, stop)
    assert left.code == -signal.SIGABRT
    found = finds(left.places, [Canary("secret key", KEY)])
    assert {("standard output", "in clear"), ("standard error", "reversed")} <= {(one.where, one.how) for one in found}
    assert len([one for one in found if "process" in one.where]) == 2
    pattern = Path("/proc/sys/kernel/core_pattern").read_text("utf-8")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] and not pattern.startswith(("|", "\n")):
        assert left.wrong == ["an image of its memory was written"]


TRACE: Final = """12 umask(077) = 000
12 openat(AT_FDCWD, "/made-up/home/one", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 3
12 mkdir("/made-up/home/folder", 0777) = 0
12 open("/dev/null", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 4
12 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 4
"""


def test_a_file_that_is_made_for_others_or_elsewhere_is_found() -> None:
    assert made_for_others(TRACE, "/made-up/home") == []
    assert made_for_others(TRACE.replace("umask(077)", "umask(022)"), "/made-up/home") == [
        "/made-up/home/one was made with mode 644",
        "/made-up/home/folder was made with mode 777",
    ]
    assert made_for_others(TRACE, "/made-up/home/folder") == ["/made-up/home/one was made"]
    assert made_for_others("", "/made-up/home") == ["strace saw no file that was made"]


def test_there_are_runs_of_every_kind() -> None:
    runs = list(every_run(1000, {"domain": 900, "adapters/vault": 20}, 1))
    assert {run.group for run in runs} == set(GROUPS)
    assert len(runs) > 400 and len(set(runs)) == len(runs)


@linux
@pytest.mark.ci
@pytest.mark.real("chromium")
@pytest.mark.real("clipboard")
@pytest.mark.real("strace")
def test_a_sample_of_all_that_is_left_has_no_part_of_the_credentials() -> None:
    told = sample_of("thieves.py", "--sample", "1", "--workers", "1", limit_s=3 * HUNG_S)
    assert told.count("| 1 |") == len(GROUPS), told
