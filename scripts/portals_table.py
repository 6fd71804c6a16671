"""Run every driver on every portal and write the table of docs/explanation/portals.md from what passed.

    python scripts/portals_table.py          write the table
    python scripts/portals_table.py --check  only compare; ends with 1 if the page says something else

Every cell comes from this one run, which takes two processes and about ten minutes, nearly all of them the browser's.
A driver whose real part is missing on this machine keeps the column that the page has.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "explanation" / "portals.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
REAL = {
    "test_django_admin": "*Django's admin (the package itself)*",
    "test_dokuwiki": "*DokuWiki (the Debian package)*",
}


def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Remember which cell a test belongs to; this file is a plugin of the processes that run the tests."""
    given = getattr(item, "callspec", None)
    if given is not None and "driver" in given.params:
        style = given.params.get("style")
        row = style.style if style is not None else REAL.get(item.path.stem, "")
        if row:
            item.user_properties.append(("cell", (row, given.params["driver"].name)))


class Results:
    """A pytest plugin that counts what passed and what was run, for each portal and driver."""

    def __init__(self) -> None:
        self.run: Counter[tuple[str, str]] = Counter()
        self.passed: Counter[tuple[str, str]] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that ran, or that could not begin."""
        cell = dict(report.user_properties).get("cell")
        began = report.when == "call" and not report.skipped
        if isinstance(cell, (tuple, list)) and (began or (report.when == "setup" and report.failed)):
            row, driver = cell
            self.run[row, driver] += 1
            self.passed[row, driver] += report.passed


def table(results: Results, before: dict[tuple[str, str], str]) -> str:
    """The table in Markdown; cells that were not run are those of `before`."""
    from adapters.portal.contract.driver import DRIVERS
    from adapters.portal.contract.style import STYLES

    drivers = [driver.name for driver in DRIVERS]
    lines = ["| portal | " + " | ".join(drivers) + " |", "|---" * (len(drivers) + 1) + "|"]
    for row in [*(style.style for style in STYLES), *REAL.values()]:
        cells = []
        for driver in drivers:
            run = results.run[row, driver]
            cells.append(f"{results.passed[row, driver]} of {run}" if run else before.get((row, driver), "not run"))
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def cells_of(text: str) -> dict[tuple[str, str], str]:
    """The cells of the table that a page has."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {(row[0], driver): cell for row in lines[1:] for driver, cell in zip(lines[0][1:], row[1:], strict=False)}


def main() -> int:
    """Run, then write or compare."""
    os.environ["CONTRACT"] = "whole"
    sys.path.insert(0, str(ROOT / "tests"))
    results = Results()
    chosen = [str(ROOT / "tests/portal/contract/test_contract.py"), str(ROOT / "tests/portal/real")]
    pytest.main([*chosen, "-q", "-p", "no:cacheprovider", "-p", Path(__file__).stem, "-n", "2"], plugins=[results])
    text = PAGE.read_text("utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    fresh = table(results, cells_of(text[start:end]))
    if "--check" in sys.argv:
        return int(fresh != text[start:end])
    PAGE.write_text(text[:start] + fresh + text[end:], "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
