"""The command report: a page of all LEAs, worst first, that replaces none but its own."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli.desk import Desk
from cli.test_cli_screens import compare
from cli.test_cli_status import county
from ssrcred.adapters.ledger.auxiliary_store import Refusals
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.standing import Rotation, Standing

PORTAL = '[lea.alder.schoolwise]\nurl = "https://alder.example"\nusername = "it"\nsis = "Aeries"\ndriver = "hand"\n'


@pytest.fixture
def many(bare: Desk) -> Desk:
    county(bare)
    return bare


class Reader(HTMLParser):
    """What somebody reads on a page, a row of a table on one line."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.text += "\n" if tag in {"h1", "h2", "caption", "tr", "figure", "figcaption", "desc"} else " "

    def handle_data(self, data: str) -> None:
        if self.lasttag not in {"style", "text"}:
            self.text += " ".join(data.split())


def read(path: Path) -> str:
    lines = (" ".join(line.split()) for line in Reader(path.read_text("utf-8")).text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def test_the_page_says_who_is_open_since_when_and_what_to_do_worst_first(many: Desk, tmp_path: Path) -> None:
    path = tmp_path / "county.html"
    ran = many.run("report", str(path), "--no-input")
    assert ran.code == 0
    screen = f"{ran.out}{ran.err.replace(str(tmp_path), '')}"
    compare("report", f"{screen}\n{read(path)}")
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_document_says_what_was_written(many: Desk, tmp_path: Path) -> None:
    document = many.run("report", str(tmp_path / "county.html"), "--json").document
    assert document["file"] == str(tmp_path / "county.html") and document["left_out"] == 0
    by_key = {one["lea"]: one for one in document["leas"]}
    assert list(by_key) == ["elm", "fir", "dogwood", "cedar", "grove", "birch", "alder"]
    assert by_key["dogwood"]["since"] == "2026-11-19T20:00:00Z" and by_key["cedar"]["since"] == "2026-11-15T20:00:00Z"
    assert [one["command"] for one in by_key["fir"]["next"]] == ["ssrcred resume --lea fir"]
    assert by_key["alder"]["next"] == [] and by_key["grove"]["since"] is None


def test_a_page_of_some_says_that_others_are_not_on_it(many: Desk, tmp_path: Path) -> None:
    path = tmp_path / "county.html"
    ran = many.run("report", str(path), "--due-within", "60", "--state", "critical", "--state", "expired", "--json")
    assert [one["lea"] for one in ran.document["leas"]] == ["dogwood", "cedar"] and ran.document["left_out"] == 5
    said = "Only LEAs in the state due now or expired, and with at most 60 days left: 2 of 7."
    assert f"{said} The others are not on this page." in read(path)
    ran = many.run("report", str(path), "--state", "due", "--due-within", "1")
    assert ran.code == 0 and ran.out == "0 LEAs: none fits --state, --due-within and --group\n"
    assert "0 of 7" in read(path)
    ran = many.run("report", str(path), "--group", "north")
    assert ran.code == 0 and "Only LEAs of north: 2 of 7." in read(path)
    ran = many.run("report", str(path), "--group", "nowhere")
    assert ran.code == 2 and "No LEA is in a group 'nowhere'" in ran.err and "2 of 7" in read(path)


def test_only_an_earlier_page_is_replaced_and_keeps_who_may_read_it(many: Desk, tmp_path: Path) -> None:
    path = tmp_path / "county.html"
    many.run("report", str(path))
    path.chmod(0o640)
    many.at += timedelta(days=1)
    assert many.run("report", str(path)).code == 0 and "November 22, 2026" in read(path)
    assert path.stat().st_mode & 0o777 == 0o640
    path.write_text("mine", "utf-8")
    ran = many.run("report", str(path))
    assert ran.code == 2 and path.read_text("utf-8") == "mine"
    compare("report_in_the_way", ran.err.replace(str(tmp_path), ""))
    assert many.run("report", str(path), "--force").code == 0
    assert path.stat().st_mode & 0o777 == 0o600 and "7 LEAs" in read(path)
    assert many.run("report", str(tmp_path), "--force").code == 4
    assert many.run("report", str(tmp_path / "missing" / "county.html")).code == 4


def test_a_fine_lea_whose_sign_in_was_rejected_has_something_to_do_too(many: Desk, tmp_path: Path) -> None:
    with (many.home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(PORTAL)
    Refusals(many.home / "ledger.sqlite").remember("alder", "schoolwise", many.at)
    ran = many.run("report", str(tmp_path / "county.html"), "--state", "fine", "--json")
    [step] = ran.document["leas"][0]["next"]
    assert step["says"].startswith("Aeries rejected the password of the office account")
    assert step["command"] == "ssrcred secret set schoolwise --lea alder"


def test_a_mistake_in_one_section_and_an_unknown_state_are_said_and_hide_nothing(many: Desk, tmp_path: Path) -> None:
    config = many.home / "config.toml"
    config.write_text(config.read_text("utf-8").replace('name = "Made-up elm"', "name = 5"), "utf-8")
    canceled = Standing(current="pair-0001", generated_at=many.at, given_up_at=many.at)
    begun = Standing(rotation=Rotation("pair-0001", Outcome.PREPARED, many.at))
    with Ledger(many.home / "ledger.sqlite", actor="made-up") as ledger:
        for key, standing in (("alder", canceled), ("birch", begun)):
            ledger.append(key, Event(Step.ABANDON, Outcome.ABANDONED, many.at), standing.to_json())
        ahead = many.at + timedelta(days=2)
        ledger.append("cedar", Event(Step.FINISH, Outcome.FINISHED, ahead), canceled.to_json())
    document = many.run("report", str(tmp_path / "county.html"), "--json").document
    steps = {one["lea"]: one["next"] for one in document["leas"]}
    assert len(steps) == 7 and "lea.elm.name" in steps["elm"][0]["says"]
    assert {key: found[0]["command"] for key, found in steps.items() if key in {"alder", "birch", "cedar", "elm"}} == {
        "alder": "ssrcred verify --lea alder",
        "birch": "ssrcred resume --lea birch",  # begun this minute: on a page, it is open
        "cedar": "ssrcred doctor",
        "elm": "ssrcred doctor",
    }


def test_without_any_lea_or_with_a_damaged_history_nothing_is_written(many: Desk, tmp_path: Path) -> None:
    path = tmp_path / "county.html"
    (many.home / "ledger.sqlite").write_bytes(b"made-up rubbish " * 999)
    assert many.run("report", str(path)).code == 9
    (many.home / "config.toml").write_text("", "utf-8")
    assert many.run("report", str(path)).code == 3
    assert not path.exists()
