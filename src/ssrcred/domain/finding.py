"""What one check of the doctor found, and the exit code of all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ssrcred.domain import errors
from ssrcred.domain.errors import addressed


class Result(StrEnum):
    """How a check ended."""

    FINE = "fine"
    PROBLEM = "problem"
    WARNING = "warning"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report: which check, its result in words for a person, and the command that fixes it.

    `exit_code` is the doctor's exit code for this problem alone, 0 if it is none. `facts` may be shown to a vendor:
    numbers, dates and words of ours or of a certificate, never an account, a path or a person.
    """

    check: str
    result: Result
    words: str
    command: str = ""
    exit_code: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the published keys; `from_json` reads them."""
        return {
            "check": self.check,
            "result": self.result.value,
            "words": self.words,
            "command": self.command,
            "exit": self.exit_code,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Finding:
        """The finding of a doctor that ran elsewhere. Raises KeyError or ValueError on what none has written."""
        check, words, command = (str(record[key]) for key in ("check", "words", "command"))
        facts = {str(key): str(value) for key, value in dict(record["facts"]).items()}
        return cls(check, Result(record["result"]), words, command, int(record["exit"]), facts)


# Exit codes in the order in which things are fixed: configuration, keyring, ledger, network, portal, credentials.
FIX_FIRST: Final = (3, 5, 9, 8, 6, 7, 10, 1)


def fine(check: str, words: str, **facts: str) -> Finding:
    """Return a finding that nothing is wrong."""
    return Finding(check, Result.FINE, words, facts=facts)


def not_tried(check: str, words: str, command: str = "", **facts: str) -> Finding:
    """Return a finding that says why something was not checked; `command` is what would allow the check."""
    return Finding(check, Result.NOT_TRIED, words, command, facts=facts)


def problem(check: str, kind: type[errors.SsrcredError], words: str, command: str, **facts: str) -> Finding:
    """Return a finding of something wrong, of the kind that a command would stop with."""
    return Finding(check, Result.PROBLEM, words, command, kind.exit_code, {"kind": kind.code, **facts})


def warning(check: str, words: str, command: str) -> Finding:
    """Return a finding of something that stops no command but should be fixed."""
    return Finding(check, Result.WARNING, words, command)


def stopped_by(check: str, error: errors.SsrcredError, **facts: str) -> Finding:
    """Return the finding for an error that an adapter raised."""
    return problem(check, type(error), error.message, addressed(error.hint), **facts)


def kinds() -> tuple[str, ...]:
    """Return the codes of all kinds of problems (errors.py)."""
    classes = (kind for kind in vars(errors).values() if isinstance(kind, type))
    return tuple(sorted({kind.code for kind in classes if issubclass(kind, errors.SsrcredError)}))


def worst(findings: Iterable[Finding]) -> int:
    """The exit code of the problem that has to be fixed first; 0 without a problem."""
    codes = {one.exit_code for one in findings if one.result is Result.PROBLEM}
    return min(codes, key=lambda code: FIX_FIRST.index(code) if code in FIX_FIRST else len(FIX_FIRST), default=0)


@dataclass(frozen=True)
class LeaChart:
    """What was found for one LEA: its key and name in config.toml, the findings in the order of the checks, and the
    name of its system.
    """

    lea: str
    name: str
    findings: tuple[Finding, ...]
    sis: str = errors.SCHOOLWISE


@dataclass(frozen=True)
class Chart:
    """Everything one run of the doctor found: on this computer and for each LEA. `manner` says how it was run."""

    computer: tuple[Finding, ...]
    leas: tuple[LeaChart, ...] = ()
    manner: str = ""

    def all(self) -> tuple[Finding, ...]:
        """Every finding."""
        return (*self.computer, *(one for lea in self.leas for one in lea.findings))

    def to_json(self) -> dict[str, Any]:
        """The body of the doctor's document; `from_json` reads it."""
        return {
            "manner": self.manner,
            "checks": [one.to_json() for one in self.computer],
            "leas": [
                {"lea": lea.lea, "name": lea.name, "sis": lea.sis, "checks": [one.to_json() for one in lea.findings]}
                for lea in self.leas
            ],
            "exit": worst(self.all()),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Chart:
        """The chart of a doctor that ran elsewhere. Raises KeyError, TypeError or ValueError on a foreign document."""
        return cls(
            tuple(map(Finding.from_json, body["checks"])),
            tuple(
                LeaChart(
                    *(str(lea["lea"]), str(lea["name"])),
                    tuple(map(Finding.from_json, lea["checks"])),
                    str(lea.get("sis", errors.SCHOOLWISE)),  # versions before this one knew SchoolWise only
                )
                for lea in body["leas"]
            ),
            str(body["manner"]),
        )
