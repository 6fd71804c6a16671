"""Stands in for crontab, launchctl, schtasks, systemctl, loginctl and journalctl where the real ones are not there.

Written from their manual pages and from [MS-TSCH], not from our code. It runs as a program of its own, found on PATH
under the name that it plays; what it remembers is in the folder PRETEND_STATE, and each call is added to `calls`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATE = Path(os.environ["PRETEND_STATE"])
NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def crontab(words: list[str]) -> int:
    table = STATE / "crontab"
    if words == ["-l"]:
        if not table.exists():
            sys.stderr.write("no crontab for somebody\n")
            return 1
        sys.stdout.buffer.write(table.read_bytes())
        return 0
    if words == ["-r"]:
        table.unlink()
        return 0
    assert words == ["-"]
    text = sys.stdin.buffer.read()
    if not text.endswith(b"\n"):
        sys.stderr.write("new crontab file is missing newline before EOF, can't install.\n")
        return 1
    if (STATE / "refuse").exists():
        sys.stderr.write("You (somebody) are not allowed to use this program (crontab)\n")
        return 1
    table.write_bytes(text)
    return 0


def launchctl(words: list[str]) -> int:
    import plistlib

    verb, target = words[0], words[1]
    label = target.rpartition("/")[2]
    loaded = STATE / f"loaded {label}"
    if verb == "bootstrap":
        plist = plistlib.loads(Path(words[2]).read_bytes())
        if (STATE / f"going {plist['Label']}").exists():
            sys.stderr.write("Bootstrap failed: 5: Input/output error\n")
            return 5
        (STATE / f"loaded {plist['Label']}").write_text(words[2])
        if plist.get("RunAtLoad"):
            _agent(plist)
        return 0
    going = STATE / f"going {label}"
    if going.exists() and verb == "print":
        left = int(going.read_text()) - 1
        going.write_text(str(left)) if left else going.unlink()
        return 0
    if not loaded.exists():
        sys.stderr.write(f'Could not find service "{label}" in domain\n')
        return 113
    plist = plistlib.loads(Path(loaded.read_text()).read_bytes())
    if verb == "bootout":
        loaded.unlink()
        if (STATE / "slow").exists():
            going.write_text("3")  # it is there for as many looks, as launchd lets go only after a while
    elif verb == "kickstart":
        if not (STATE / "stale").exists():
            (STATE / f"exit {label}").write_text(str(_agent(plist)))
            with (STATE / f"runs {label}").open("a") as runs:
                runs.write("x")
    elif verb == "print":
        code = STATE / f"exit {label}"
        last = code.read_text() if code.exists() else "(never exited)"
        state = "running" if (STATE / "hang").exists() else "not running"
        count = (STATE / f"runs {label}").read_text() if code.exists() else ""
        print(f"{target} = {{\n\tstate = {state}\n\n\truns = {len(count)}\n\tlast exit code = {last}\n}}")
    return 0


def _agent(plist: dict[str, Any]) -> int:
    import subprocess

    if (STATE / "hang").exists():
        return 0
    environ = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **plist.get("EnvironmentVariables", {})}
    with open(plist.get("StandardOutPath", os.devnull), "ab") as out:
        return subprocess.run(plist["ProgramArguments"], stdout=out, stderr=out, env=environ).returncode


def schtasks(words: list[str]) -> int:
    import subprocess
    from xml.etree import ElementTree

    sys.path.insert(0, os.environ["PRETEND_CODE"])
    from adapters.schedule.pretend_windows import windows_words

    name = words[words.index("/tn") + 1]
    kept = STATE / f"task {name.replace(chr(92), '!')}"
    if words[0] == "/create":
        assert words[-1] == "/f"
        kept.write_bytes(Path(words[words.index("/xml") + 1]).read_bytes())
        return 0
    if not kept.exists():
        sys.stderr.write("ERROR: The system cannot find the file specified.\n")
        return 1
    # Only the declared encoding is believed, as Windows does.
    task = ElementTree.fromstring(kept.read_bytes())
    if words[0] == "/query":
        ElementTree.register_namespace("", NAMESPACE[1:-1])
        task[:] = sorted(task, key=lambda child: child.tag)
        print(ElementTree.tostring(task, encoding="unicode"))
    elif words[0] == "/run":
        execute = task.find(f"{NAMESPACE}Actions/{NAMESPACE}Exec")
        assert execute is not None
        command, arguments = (execute.findtext(f"{NAMESPACE}{part}") or "" for part in ("Command", "Arguments"))
        if not (STATE / "hang").exists():
            subprocess.run([command, *windows_words(arguments)], env={"PATH": os.environ["PATH"]})
    else:
        assert words[0] == "/delete" and words[-1] == "/f"
        kept.unlink()
    return 0


def systemctl(words: list[str]) -> int:
    if (STATE / "refuse").exists():
        sys.stderr.write("Failed to connect to bus: No medium found\n")
        return 1
    if "show" in words:
        print(
            (STATE / "show").read_text()
            if (STATE / "show").exists()
            else "Result=success\nExecMainStatus=0\nInvocationID=ab"
        )
    return 0


def loginctl(words: list[str]) -> int:
    print("yes" if (STATE / "linger").exists() else "no")
    return 0


def journalctl(words: list[str]) -> int:
    print("made-up words in the journal")
    return 0


if __name__ == "__main__":
    played = Path(sys.argv[0]).name
    with (STATE / "calls").open("a", encoding="utf-8") as calls:
        calls.write(" ".join([played, *sys.argv[1:]]) + "\n")
    sys.exit(globals()[played](sys.argv[1:]))
