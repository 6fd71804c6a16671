"""The command verify for every LEA: side by side, worst first, and what is done is kept when somebody stops it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ssrcred.cli.every import Ended, Turnstile, severity, side_by_side
from ssrcred.cli.verify import Checked, check, quiet, settle
from ssrcred.config import Config, load_sound
from ssrcred.errors import ConfigInvalid, Interrupted, UsageWrong
from ssrcred.evidence import EXIT_CODES, VerdictName
from ssrcred.output import document, person
from ssrcred.output import every as many

if TYPE_CHECKING:
    from ssrcred.cli.session import Session


def verify_all(session: Session, lea: str | None = None) -> int:
    """Check every LEA in config.toml and show them, worst first; gives the worst one's exit code.

    Raises UsageWrong beside an LEA's name, ConfigInvalid or KeyringFailed for what concerns all of them, and
    Interrupted after Ctrl-C, when what was done until then has been shown.
    """
    if lea is not None:
        raise UsageWrong(
            "--all and --lea exclude each other.", state="Nothing was done.", hint="Leave one of the two out."
        )
    config, wrong = load_sound(session.home.config)
    if not config.leas and not wrong:
        raise UsageWrong("There is no LEA in config.toml.", state="Nothing was done.", hint="Add one: ssrcred setup.")
    for lea in list(config.leas.values())[:1]:
        session.vault(config, lea)  # a keyring that is locked or missing is one problem and not a thousand
    session.no_input = True  # nobody can answer for several LEAs at once
    ends: list[Ended[Checked]] = [Ended(key, problem) for key, problem in wrong.items()]
    stopped = False
    try:
        for end in _told(session, _checks(session, config), len(config.leas)):
            ends.append(end)
    except KeyboardInterrupt:
        stopped = True
    return _shown(session, config, wrong, ends, stopped=stopped)


def _checks(session: Session, config: Config) -> Iterator[Ended[Checked]]:
    turnstile = Turnstile(config.every.per_host)

    def one(key: str) -> Checked:
        with session.opened(config, config.leas[key]) as work:
            turnstile.guard(work)
            checked = check(session, work)
            settle(work, quiet)
            return checked

    return side_by_side(sorted(config.leas), one, config.every.per_host)


def _told(session: Session, ends: Iterator[Ended[Checked]], total: int) -> Iterator[Ended[Checked]]:
    """The ends as they come, with a bar on a terminal."""
    bad = 0
    with many.bar(session.console(), total, shown=session.terminal and not session.json) as advance:
        for end in ends:
            bad += exit_code(end) != 0
            advance(f"{bad} with a problem" if bad else "no problem so far")
            yield end


def exit_code(end: Ended[Checked]) -> int:
    """What `verify` would exit with for this LEA alone."""
    return EXIT_CODES[end.outcome.verdict.name] if isinstance(end.outcome, Checked) else end.outcome.exit_code


def _rank(end: Ended[Checked]) -> tuple[int, int, str]:
    # Among pairs that are refused, the ones that no parent can use come before a single school's.
    order = list(VerdictName).index(end.outcome.verdict.name) if isinstance(end.outcome, Checked) else -1
    return -severity(exit_code(end)), order, end.lea


def _shown(
    session: Session,
    config: Config,
    wrong: Mapping[str, ConfigInvalid],
    ends: Sequence[Ended[Checked]],
    *,
    stopped: bool,
) -> int:
    ordered = sorted(ends, key=_rank)
    total = len(config.leas) + len(wrong)
    body: dict[str, Any] = {"leas": [_entry(end) for end in ordered]}
    done = {end.lea for end in ends}
    left = sorted({*config.leas, *wrong} - done)
    if stopped:
        body["not_checked"] = left
    if not session.json:
        _show(session, config, ordered)
    if stopped:
        session.partial = body
        raise Interrupted(
            f"You stopped the program; {len(ends)} of {total} LEAs were checked.",
            state="What was found is recorded. Nothing is known about the other LEAs.",
            hint="To check all of them again: ssrcred verify --all. One alone: ssrcred verify --lea NAME.",
        )
    session.answer(body)
    return max((exit_code(end) for end in ends), key=severity, default=0)


def _entry(end: Ended[Checked]) -> dict[str, Any]:
    if isinstance(end.outcome, Checked):
        return document.verdict(end.lea, end.outcome.verdict, end.outcome.proofs)
    unknown = {"lea": end.lea, "verdict": VerdictName.UNKNOWN.value, "probes": [], "next": end.outcome.hint}
    return {**unknown, **document.error(end.outcome)}


def _show(session: Session, config: Config, ordered: Sequence[Ended[Checked]]) -> None:
    console = session.console(answer=True)
    fine = []
    for end in ordered:
        if not isinstance(end.outcome, Checked):
            name = config.leas[end.lea].name if end.lea in config.leas else "An LEA in config.toml"
            many.unchecked(console, f"{name} ({end.lea})", end.outcome)
        elif exit_code(end) != 0:
            person.verdict(console, f"{end.outcome.name} ({end.lea})", end.outcome.verdict, end.outcome.proofs)
        else:
            fine.append(end.outcome.name)
    many.fine(console, fine, len(ordered))
