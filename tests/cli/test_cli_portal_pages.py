"""The commands on pages drawn from the contract alone: what a script gets, and that no secret is in any of it.

Every name, user name and key is made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from adapters.portal.pages.catalogue import PAGES
from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, SettingsPage, serving
from cli.desk import LEA, Desk, Ran

CONFIG = """[lea.{lea}]
name = "{name}"
cds = "{cds}"
[lea.{lea}.toms]
api = "{api}"
site = "{site}"
[lea.{lea}.schoolwise]
url = "{url}"
username = "{office}"
browser = "/nonexistent/made-up-browser"
"""
DOCTOR = ("doctor", "--no-practice")  # the practice district knows nothing of the page
PLAIN = [page for page in PAGES if not page.handlers and not page.scripts]


@contextmanager
def beside(desk: Desk, page: SettingsPage) -> Iterator[None]:
    """A desk that is set up for a drawn page, with TOMS and the state's service of the practice district."""
    practice = desk.district
    with serving(page) as base:
        desk.home.mkdir(exist_ok=True)
        text = CONFIG.format(
            lea=LEA,
            name=page.lea_name,
            cds=page.cds,
            api=practice.service_url,
            site=practice.toms_url,
            url=base,
            office=OFFICE,
        )
        (desk.home / "config.toml").write_text(text, "utf-8")
        assert desk.run("secret", "set", "schoolwise", "--stdin", given=f"{PASSWORD}\n").code == 0
        assert desk.run("secret", "set", "test-ssid", "--stdin", given=f"{practice.test_ssid}\n").code == 0
        yield


def looked_over(page: SettingsPage, ran: Ran) -> Ran:
    """A run, once it was searched for everything that the page keeps to itself."""
    told = ran.out + ran.err
    for secret in page.secrets():
        pieces = [secret[at : at + 8] for at in range(len(secret) - 7)]
        telling = [piece for piece in pieces if sum(not sign.isalnum() and sign not in "- " for sign in piece) > 1]
        found = [piece for piece in (secret, *telling) if piece in told]
        assert not found, (found, told)
    return ran


def ways(page: SettingsPage) -> tuple[str, ...]:
    return tuple(word for text in page.way for word in ("--go", text))


def the_districts(page: SettingsPage, found: list[dict[str, Any]]) -> dict[str, Any]:
    """What a person would accept for the district, who knows what its fields are called and hold."""
    held = page.pairs[DISTRICT][0]

    def fits(item: dict[str, Any]) -> bool:
        labels = [item[field]["label"].rstrip(": ") for field in ("username", "key")]
        shown = item["username"]["holds"] in (held, f"{len(held)} characters", "blank")
        return (
            item["group"] is None
            and bool(item["id"])
            and shown
            and labels == [label.rstrip(": ") for label in (page.username_label, page.key_label)]
        )

    fitting = [item for item in found if fits(item)]
    named = [item for item in fitting if page.heading in item["names"]]
    return (named or fitting)[0]


def answers(page: SettingsPage, own: dict[str, Any]) -> tuple[str, ...]:
    """The options with which a script confirms the district's fields."""
    saves = own["saves"]
    number = next(save["number"] for save in saves if save["label"] == page.save.label)
    given = ["--accept", f"{own['id']}=district", "--save-with", f"{own['id']}={number}"]
    given += ["--repeat", f"{own['id']}={page.repeat}"] if page.repeat else []
    for box in page.boxes:
        given += ["--box", f"{own['id']}={box}"]
    for choice in page.watch:
        given += ["--watch", f"{own['id']}={choice.label}"]
    return tuple(given)


@pytest.mark.parametrize("drawn", PLAIN, ids=lambda drawn: drawn.__name__)
def test_a_script_finds_confirms_and_rotates_and_no_secret_is_told(drawn: type[SettingsPage], desk: Desk) -> None:
    page = drawn()
    with beside(desk, page):
        start = ("portal", "find", *ways(page), "--every-field", "--json")
        found = looked_over(page, desk.run(*start)).document["candidates"]
        own = the_districts(page, found)
        confirm = ("portal", "confirm", *ways(page), "--every-field", *answers(page, own), "--json")
        ran = looked_over(page, desk.run(*confirm))
        assert ran.code == 0, ran.out
        assert ran.document["pinned"][0]["rehearsal"]["outcome"] == "no_browser"
        for command in (("schools",), ("portal", "test"), ("portal", "show"), ("rotate", "--plan"), DOCTOR):
            looked_over(page, desk.run(*command, "--no-input") if command[-1] != "show" else desk.run(*command))
        before = page.snapshot()
        ran = looked_over(page, desk.run("rotate", "--stdin", given=desk.pair_lines))
        pair = desk.district.pair
        assert pair is not None
        assert pair.secret not in ran.out + ran.err
        if page.stores == "as typed" and not page.save.second_page:
            assert page.pairs[DISTRICT] == (pair.username, pair.secret)
            assert ran.code == 0, ran.err
        after = page.snapshot()
        for held_then in (before, after):
            del held_then["pairs"][DISTRICT]
        assert after == before and page.strange == []
        for command in (("verify",), ("schools",), ("status",), ("history",), DOCTOR):
            looked_over(page, desk.run(*command, "--json"))


@pytest.mark.parametrize("drawn", [page for page in PAGES if page not in PLAIN], ids=lambda drawn: drawn.__name__)
def test_without_a_browser_a_page_with_scripts_is_never_confirmed(drawn: type[SettingsPage], desk: Desk) -> None:
    page = drawn()
    with beside(desk, page):
        ran = looked_over(page, desk.run("portal", "find", *ways(page), "--every-field", "--json"))
        for item in [item for item in ran.document.get("candidates", ()) if item["id"] and item["group"] is None][:1]:
            confirm = ("portal", "confirm", *ways(page), "--every-field", "--accept", f"{item['id']}=district")
            boxes = [option for box in page.boxes for option in ("--box", f"{item['id']}={box}")]
            saved = (*confirm, "--save-with", f"{item['id']}=1", "--repeat", f"{item['id']}=", *boxes, "--json")
            ran = looked_over(page, desk.run(*saved))
            assert (ran.code, ran.document["error"]["code"]) == (3, "browser_missing"), ran.out
        assert not (desk.home / "portals").exists()
        assert page.saves == [] and page.strange == []
