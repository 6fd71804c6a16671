"""The county's page in a real browser: axe finds nothing, on paper no row is cut, and the pictures are of now."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from report_picture import NOW, county

from adapters.portal.browser.served import chromium, playwright
from output.test_report import lea, written

__all__ = ["chromium", "playwright"]

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]


# Colors are the same in every row, and to compare them in a thousand takes minutes.
COLORS_TOO = {"resultTypes": ["violations", "incomplete"]}
NO_COLORS = {**COLORS_TOO, "rules": {"color-contrast": {"enabled": False}}}


@pytest.mark.parametrize(
    ("count", "scheme", "options"),
    [
        (0, "light", COLORS_TOO),
        (1, "light", COLORS_TOO),
        (20, "light", COLORS_TOO),
        (20, "dark", COLORS_TOO),
        (1000, "light", NO_COLORS),
    ],
)
def test_axe_finds_nothing(
    chromium: Browser, tmp_path: Path, count: int, scheme: Literal["light", "dark"], options: dict[str, object]
) -> None:
    (tmp_path / "page.html").write_text(written(county(count, NOW)), "utf-8")
    window = chromium.new_page(color_scheme=scheme)
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto((tmp_path / "page.html").as_uri())
    ran = Axe().run(window, options=options).response
    assert not ran["violations"]
    # Of a text in a drawing axe tells no background; it is the page's.
    doubts = [node["html"] for one in ran["incomplete"] for node in one["nodes"]]
    assert all(one.startswith("<text ") for one in doubts), doubts
    assert ("color-contrast" in {one["id"] for one in ran["passes"]}) == (options is COLORS_TOO)
    assert len(asked) == 1
    window.close()


def test_a_broken_page_would_be_found(chromium: Browser, tmp_path: Path) -> None:
    text = written([lea(9)]).replace("--bad:#a4001d", "--bad:#ffb0b0").replace(' lang="en"', "")
    (tmp_path / "page.html").write_text(text, "utf-8")
    window = chromium.new_page()
    window.goto((tmp_path / "page.html").as_uri())
    assert {one["id"] for one in Axe().run(window).response["violations"]} == {"color-contrast", "html-has-lang"}
    window.close()


def test_on_paper_every_row_is_whole_and_every_sheet_says_what_its_columns_are(
    chromium: Browser, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(written(county(60, NOW)), "utf-8")
    window = chromium.new_page(color_scheme="dark")
    window.goto((tmp_path / "page.html").as_uri())
    window.pdf(path=tmp_path / "page.pdf", format="Letter")
    window.close()
    sheets = [
        normalize("NFKC", " ".join(sheet.extract_text().split()))
        for sheet in pypdf.PdfReader(tmp_path / "page.pdf").pages
    ]
    opened = [one for one in county(60, NOW) if one.state != "fine"]
    assert len(sheets) > 3 and len(opened) == 20
    for one in opened:
        # The name begins a row, and the command ends it.
        assert any(f"{one.name} {one.lea}" in sheet and f"--lea {one.lea}" in sheet for sheet in sheets), one.lea
    assert all("What to do next" in sheet or "Last worked" in sheet or "Which" in sheet for sheet in sheets)
