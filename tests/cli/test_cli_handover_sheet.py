"""The page for the person who takes over: everything that has to be known, and nothing that must not be."""

from __future__ import annotations

import platform
from html.parser import HTMLParser
from pathlib import Path

import pytest
import turbohtml

from cli.desk import Desk
from cli.test_cli_screens import compare

REMIND = """
[lea.lincoln.remind]
mail = ["dana@lincoln.example"]
[smtp]
host = "mail.lincoln.example"
from = "ssrcred@lincoln.example"
[remind]
channels = ["county"]
"""


@pytest.fixture
def busy(desk: Desk, tmp_path: Path) -> Desk:
    """A desk with two other systems, of which one has the new credentials and one got them encrypted."""
    desk.set_up("--vendor", "SIRAS", "--vendor", "CERS rosters")
    desk.config.write_text(desk.config.read_text("utf-8") + REMIND, "utf-8")
    desk.environ["PATH"] = str(tmp_path)  # no scheduler of this machine is asked
    desk.rotated()
    key = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
    assert desk.run("handover", "--to", "SIRAS", "--for", key, str(tmp_path / "siras.age")).code == 0
    assert desk.run("handover", "--done", "CERS rosters").code == 0
    return desk


def test_the_page_says_what_is_where_who_is_told_and_how_to_go_on(busy: Desk) -> None:
    ran = busy.run("handover", "sheet")
    assert ran.code == 0 and ran.err == ""
    compare("handover_sheet", busy.readable(ran.out).replace(platform.node(), "COMPUTER"))


def test_as_a_page_for_a_browser_it_says_the_same_without_script_or_network(busy: Desk, tmp_path: Path) -> None:
    markdown = busy.run("handover", "sheet").out
    assert busy.run("handover", "sheet", str(tmp_path / "sheet.html"), "--html").code == 0
    page = (tmp_path / "sheet.html").read_text("utf-8")
    assert not any(word in page for word in ("<script", "src=", "href=", "url(", "@import"))

    class Texts(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def handle_data(self, data: str) -> None:
            if self.lasttag != "style" and data.strip():
                self.found.append(data.strip())

    texts = Texts()
    texts.feed(page)
    missing = [text for text in texts.found[1:] if text not in markdown.replace("\\*", "*")]
    assert not missing
    # Every row has a header, every section a heading: what a screen reader needs.
    root = turbohtml.parse(page)
    assert page.count('<th scope="row">') == page.count("<td>") and page.count("<section><h2>") == 5
    assert root is not None and '<html lang="en">' in page and "<title>" in page


def test_signs_in_a_name_stay_text(busy: Desk) -> None:
    text = busy.config.read_text("utf-8").replace("CERS rosters", "<b>CERS</b> | *x*")
    busy.config.write_text(text, "utf-8")
    assert "&lt;b>CERS&lt;/b> \\| \\*x\\*" in busy.run("handover", "sheet").out
    assert "&lt;b&gt;CERS&lt;/b&gt; | *x*" in busy.run("handover", "sheet", "--html").out


def test_an_lea_about_which_nothing_is_known_yet_has_a_page_too(ready: Desk) -> None:
    ready.environ["PATH"] = ""
    document = ready.run("handover", "sheet", "--json").document
    assert document["sheet"]["When things are due"]["State"].startswith("unknown: no credentials")
    assert document["sheet"]["Other systems that use the credentials"] == {"None": "-"}
    assert not ready.keyring_limits


def test_nothing_is_replaced_and_odd_words_are_refused(busy: Desk, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("mine", "utf-8")
    assert busy.run("handover", "sheet", str(tmp_path / "there.md")).code == 2
    assert (tmp_path / "there.md").read_text("utf-8") == "mine"
    for words in (("sheet", "a", "b"), ("--html",), ("sheet", "--done", "SIRAS"), ("a", "b", "--to", "SIRAS")):
        ran = busy.run("handover", *words)
        assert ran.code == 2 and ran.error["state"] == "Nothing was done.", ran.err
