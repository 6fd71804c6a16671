"""The runs of which all that is left is searched: which commands, what they are given, and what happens to them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from input_kind import Answer
from input_text import Edit

GOOD, BAD, KILLED = "every command", "something goes wrong", "killed in the middle"
RAISED, CRASHED = "an exception that quotes every secret, in each layer", "a crash that may write its memory"
HOSTILE, PERSON = "a portal or service that leads elsewhere", "a person at a shell, with a clipboard"
BROWSER, TRACED = "a browser, with debug logging", "every new file and program, by strace"
GROUPS: Final = (GOOD, BAD, KILLED, RAISED, CRASHED, HOSTILE, PERSON, BROWSER, TRACED)

FILE: Final = "{folder}/file"
RECIPIENT: Final = "{recipient}"
THIEF: Final = "{thief}"
PAIR: Final = "{username}\n{key}\n"
ROTATE: Final = ("rotate", "--stdin", "--force")
# The commands of an LEA whose credentials are stored and everywhere: all but `practice`, which has none of them.
SETTLED: Final = (
    *("status", "status --nagios", f"status --prometheus {FILE}", "verify", "verify --ticket", "schools", "history"),
    *("portal test", "portal find", "portal find --every-field", "portal show", "portal confirm", "support --yes"),
    *("doctor --no-practice", f"calendar {FILE}.ics", "remind --plan", "remind", "schedule", "schema verify", "upload"),
    *("lea list", f"lea export {FILE}", "lea rename lincoln other", "lea remove lincoln --delete-credentials", "sis"),
    *("lea add second --name Second --cds 01234560000000 --url https://madeup.example --username itstaff", "--help"),
    *("handover", f"handover --to CERS --for {RECIPIENT} {FILE}.age", "handover --done CERS", f"handover sheet {FILE}"),
    *("rotate --plan", "resume", "abandon", "vault init", "vault move file --dry-run", "vault move keyring"),
    *("secret drop parent", "sis show cers", "no-such-command", "verify --no-such-option", "status --lea nobody"),
)
# Others read something first: the credentials that are stored already, new ones, or a password.
GIVEN: Final = (
    ("store --stdin", PAIR, False),
    ("store --stdin", PAIR, True),
    ("rotate --stdin", PAIR, False),
    ("rotate --stdin --force", PAIR, True),
    ("secret set schoolwise --stdin --no-try", "{office}\n", False),
    ("secret set schoolwise --stdin --try", "{office}\n", False),
)
MISTAKES: Final = (
    "{key}\n{username}\n",
    "{username} {key}\n",
    "{key}\n",
    "{key}\n{key}\n",
    "{username}\n{key}\n{key}\n",
    "{username}\n\u201c{key}\u201d\n",
    "{username}\n{key} {key}\n",
    '{{"username": "{username}", "key": "{key}"}}\n',
    "{username}\n{half}\n",
    "\ufeff{username}\0\n{key}\0\n",
    "{username}\n{key}\udcff\n",
    "{username_before}\n{key_before}\n",
)
TROUBLE: Final = (
    *("schoolwise down", "schoolwise maintenance", "schoolwise resetting", "schoolwise saves_nothing"),
    *("schoolwise save_500", "schoolwise save_lost", "service down", "service maintenance", "service resetting"),
    *("regenerated meanwhile", "portal changed", "password wrong", "vault key gone", "history damaged"),
)
TROUBLED: Final = ("verify", "schools", "upload", "portal find", "support --yes")
LED: Final = {
    f"redirect {status}": Answer(status, (("Location", f"{THIEF}/x"),)) for status in (301, 302, 303, 307, 308)
}
HEADED: Final = {
    "refresh": Answer(headers=(("Refresh", f"0;url={THIEF}/x"),)),
    "cookie and place": Answer(headers=(("Set-Cookie", "a=b; Domain=127.0.0.1"), ("Content-Location", f"{THIEF}/x"))),
}
WRITTEN: Final = {
    "base": f"<base href='{THIEF}/'>",
    "form": f"<form method=post action='{THIEF}/x'>",
    "refresh in the page": f"<meta http-equiv=refresh content='0;url={THIEF}/x'>",
    "frame": f"<iframe src='{THIEF}/x'></iframe>",
    "links": f"<a href='{THIEF}/x'>School Office Menu</a><a href='{THIEF}/x'>CAASPP Credentials</a>",
    "sign-in form": f"<form method=post action='{THIEF}/x'><label>Username <input name=u></label>"
    "<label>Password <input type=password name=p></label><button>Log in</button></form>",
    "terminal": "<h1>\x1b]52;c;eA==\x07\x1b[2J[red]CAASPP Credentials[/red]</h1>",
}
WHOLE: Final = {
    "link of a report": f'[{{"type": "ssr", "year": 2026, "language": "en", "link": "{THIEF}/x.pdf"}}]',
    "another page": f"<a href='{THIEF}/x'>School Office Menu</a>",
}
# What a site answers that wants to send the program elsewhere.
TRICKS: Final[Mapping[str, Answer]] = {
    **LED,
    **HEADED,
    **{name: Answer(edits=(Edit("insert", 0, 0, piece.encode()),)) for name, piece in WRITTEN.items()},
    **{name: Answer(edits=(Edit("whole", 0, 0, piece.encode()),)) for name, piece in WHOLE.items()},
}
AT: Final = {"schoolwise": (0, 2, 4, 7, 12), "service": (0, 1, 2)}  # from which of its answers on
PASTED: Final = ("both lines", "too many lines", "the key first", "Ctrl-C at the key", "the clipboard")
SIGNALS: Final = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGQUIT")
FULL: Final = ("ENOSPC+", "EIO")


@dataclass(frozen=True)
class Run:
    """One command line with what is on its standard input, and what happens to it: its `kind`, at a `number`.

    `fresh` says that the credentials are new, and stored nowhere yet.
    """

    group: str
    words: tuple[str, ...]
    given: str = ""
    fresh: bool = False
    kind: str = ""
    detail: str = ""
    number: int = 0


def every_run(calls: int, in_folders: Mapping[str, int], seed: int) -> Iterator[Run]:
    """Return all runs, or where there are thousands a part of them, the same for a seed.

    A good rotation makes so many system calls that change something, and so many calls of functions in each folder.
    """
    chance = random.Random(seed)
    for line in SETTLED:
        yield Run(GOOD, tuple(line.split()))
        yield Run(GOOD, (*line.split(), "--json", "--log", f"{FILE}.log"), kind="debug")
    for line, given, fresh in GIVEN:
        yield Run(GOOD, tuple(line.split()), given, fresh)
        yield Run(GOOD, (*line.split(), "--json", "--log", f"{FILE}.log"), given, fresh, "debug")
    for given in MISTAKES:
        for words in (ROTATE, ("store", "--stdin", "--json")):
            yield Run(BAD, words, given, fresh=True, kind="debug")
    for what in TROUBLE:
        yield Run(BAD, ROTATE, PAIR, True, "trouble", what)
        yield Run(BAD, ("store", "--stdin", "--json"), PAIR, True, "trouble", what)
        for line in TROUBLED:
            yield Run(BAD, (*line.split(), "--json"), kind="trouble", detail=what)
    yield Run(BAD, ROTATE, PAIR, True, "locked")
    for number in chance.sample(range(1, 200), 24):
        yield Run(BAD, ROTATE, PAIR, True, "failing disk", chance.choice(FULL), number)
    for number in chance.sample(range(1, calls + 1), min(60, calls)):
        yield Run(KILLED, ROTATE, PAIR, True, "killed", number=number)
    for folder, count in sorted(in_folders.items()):
        for number in chance.sample(range(1, count + 1), min(8, count)):
            yield Run(RAISED, ROTATE, PAIR, True, "raised", folder, number)
    for number in (1, 6, 12, 18):
        yield from (Run(CRASHED, ROTATE, PAIR, True, "signal", name, number) for name in SIGNALS)
    for site, numbers in AT.items():
        for trick in TRICKS:
            for number in numbers:
                yield Run(HOSTILE, ROTATE, PAIR, True, "trick", f"{site}:{trick}", number)
            yield Run(HOSTILE, ("verify", "--json"), kind="trick", detail=f"{site}:{trick}", number=chance.randrange(6))
    yield from (Run(PERSON, ("store",), fresh=True, kind="terminal", detail=what) for what in PASTED)
    yield Run(BROWSER, (*ROTATE, "--driver", "browser"), PAIR, True, "debug")
    yield Run(BROWSER, ("schools", "--driver", "browser", "--json"), kind="debug")
    yield Run(TRACED, ROTATE, PAIR, True, "traced")
    yield Run(TRACED, ("verify", "--publish", FILE), kind="traced")


def chosen(runs: Sequence[Run], sample: int, seed: int) -> list[Run]:
    """Return so many runs of each group, or all of them for 0."""
    if not sample:
        return list(runs)
    chance = random.Random(seed)
    groups = [[run for run in runs if run.group == name] for name in GROUPS]
    return [run for group in groups for run in chance.sample(group, min(sample, len(group)))]
