"""Takes docs/report-*.png: the page of `ssrcred report` about a made-up county, in light, dark and on paper."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import FloatRect, Page, sync_playwright

from ssrcred.app.report import row
from ssrcred.domain.event import Outcome
from ssrcred.domain.lea_status import Condition, Filter, condition, worst_first
from ssrcred.domain.standing import TOMS, Handover, Rotation, Standing, Tried, slot_name
from ssrcred.output.report import page

FOLDER: Final = Path(__file__).parents[1] / "docs"
NOW: Final = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
LEAS: Final = 60
TREES: Final = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Ginkgo",
    "Hazel",
    "Juniper",
    "Laurel",
    "Maple",
    "Oak",
)
KINDS: Final = ("Unified", "Elementary", "Joint Union High", "Charter Academy", "City Schools")
# Of the page in light and dark the part from the top or from a heading, of paper the first sheet.
SIZE: Final = (860, 800)
SHEET: Final = (720, 880)


def main() -> int:
    """Take the pictures; gives 0."""
    rows = [row(one, NOW) for one in worst_first(county(LEAS, NOW))]
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory(prefix="ssrcred-picture-") as folder, sync_playwright() as playwright:
        file = Path(folder) / "county.html"
        file.write_text(page(rows, NOW, Filter(), LEAS), "utf-8")
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=os.geteuid() != 0)
        window = browser.new_page()
        window.goto(file.as_uri())
        take(window, "light", SIZE, "h1")
        take(window, "dark", SIZE, "section:nth-of-type(3) h2")
        take(window, "print", SHEET, "h1")
        browser.close()
    return 0


def take(window: Page, name: Literal["light", "dark", "print"], size: tuple[int, int], start: str) -> None:
    """Take the picture of a part of the page that begins a little above the element `start`."""
    paper = name == "print"
    window.emulate_media(media="print" if paper else "screen", color_scheme="dark" if name == "dark" else "light")
    window.set_viewport_size({"width": size[0], "height": size[1]})
    if paper:
        window.add_style_tag(content="body{padding:0 20px}")  # in place of the margin of the sheet
    top = int(window.locator(start).evaluate("one => one.getBoundingClientRect().top + scrollY")) - 16
    part = FloatRect(x=0, y=max(0, top), width=size[0], height=size[1])
    target = FOLDER / f"report-{name}.png"
    window.screenshot(path=target, clip=part, full_page=True)
    print(f"Written: docs/{target.name}, {target.stat().st_size // 1024} KB")


def county(count: int, now: datetime) -> list[Condition]:
    """Return the conditions of so many made-up LEAs; of each sixty, two thirds are fine, and every state is there."""
    return [_made_up(number, now) for number in range(count)]


def _made_up(number: int, now: datetime) -> Condition:
    slot, day = slot_name(1), timedelta(days=1)
    # Most generate in fall, when schools get ready for the new year's score reports.
    age = day * (20 + number * 37 % 90 + 60 * (number % 3))
    standing = Standing(current=slot, generated_at=now - age, proved_at=now - age / 9)
    match number % 60:
        case 0:
            tried = {TOMS: Tried(Outcome.REFUSED, now - day)}
            standing = Standing(current=slot, generated_at=now - 90 * day, proved_at=now - 2 * day, tried=tried)
        case 1:
            standing = Standing(rotation=Rotation(slot, Outcome.STORED, now - 3 * day, now - 3 * day))
        case 2 | 3:
            standing = Standing(current=slot, generated_at=now - (364 + number % 60) * day, proved_at=now - 30 * day)
        case 4 | 5 | 6:
            standing = Standing(current=slot, generated_at=now - (345 + number % 60) * day, proved_at=now - 9 * day)
        case 7:
            standing = Standing()
        case 8:
            waits = {"SIRAS": Handover(now - 12 * day, slot)}
            standing = Standing(current=slot, generated_at=now - 12 * day, proved_at=now - day, handovers=waits)
        case others if others < 20:
            standing = Standing(current=slot, generated_at=now - (303 + 3 * others) * day, proved_at=now - 5 * day)
    series = f" {number // len(TREES) // len(KINDS) + 1}" if number >= len(TREES) * len(KINDS) else ""
    tree, kind = TREES[number % len(TREES)], KINDS[number // len(TREES) % len(KINDS)]
    name = f"{tree} {kind}{series}"
    key = name.lower().replace(" ", "-")
    return condition(key, name, 365, "America/Los_Angeles", standing, now)


if __name__ == "__main__":
    sys.exit(main())
