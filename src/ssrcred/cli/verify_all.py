"""The command verify for every LEA: side by side, worst first, and what is done is kept when somebody stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssrcred.cli.county import County, over_all
from ssrcred.cli.every import Ended, severity
from ssrcred.cli.verify import Checked, check, quiet, settle
from ssrcred.evidence import VerdictName
from ssrcred.output import document, person

if TYPE_CHECKING:
    from ssrcred.cli.publication import Publication
    from ssrcred.cli.session import Session, Work


def verify_all(session: Session, lea: str | None, publication: Publication | None = None) -> int:
    """Check every LEA in config.toml and show them, worst first; gives the worst one's exit code.

    Raises what `county.over_all` raises, and Interrupted after Ctrl-C, when what was done until then has been shown.
    """

    def deed(work: Work) -> Checked:
        checked = check(session, work)
        settle(work, quiet)
        return checked

    county = over_all(session, lea, deed, lambda end: exit_code(end) != 0)
    ordered = sorted(county.ends, key=_rank)
    if not session.json:
        _show(session, county, ordered)
    if publication is not None and not county.stopped:
        ends = ((end.lea, end.outcome) for end in ordered)
        found = [(key, came.verdict if isinstance(came, Checked) else came) for key, came in ends]
        publication.write(session, county.config, found)
    return county.told(session, {"leas": [_entry(end) for end in ordered]}, exit_code, "verify")


def exit_code(end: Ended[Checked]) -> int:
    """What `verify` would exit with for this LEA alone."""
    return end.outcome.verdict.exit_code if isinstance(end.outcome, Checked) else end.outcome.exit_code


def _rank(end: Ended[Checked]) -> tuple[int, int, str]:
    # Among pairs that are refused, the ones that no parent can use come before a single school's.
    order = list(VerdictName).index(end.outcome.verdict.name) if isinstance(end.outcome, Checked) else -1
    return -severity(exit_code(end)), order, end.lea


def _entry(end: Ended[Checked]) -> dict[str, Any]:
    found = end.outcome
    if isinstance(found, Checked):
        return document.verdict(end.lea, found.verdict, found.proofs, found.known.look)
    unknown: dict[str, Any] = {
        "lea": end.lea,
        "verdict": VerdictName.UNKNOWN.value,
        "blocked": None,
        "probes": [],
        "next": found.hint,
    }
    return {**unknown, **document.error(found)}


def _show(session: Session, county: County[Checked], ordered: list[Ended[Checked]]) -> None:
    console = session.console(answer=True)
    fine = []
    for end in ordered:
        found = end.outcome
        if not isinstance(found, Checked):
            person.undone(console, county.name(end.lea), "not checked", found)
        elif exit_code(end) != 0:
            person.verdict(console, county.name(end.lea), found.verdict, found.proofs, found.known.look)
        else:
            fine.append(found.name)
    person.fine(console, fine, len(ordered), "the credentials work")
