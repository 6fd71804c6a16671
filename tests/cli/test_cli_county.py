"""A county's day: a thousand made-up LEAs from a table, thirty with wrong credentials, found among all and reported."""

from __future__ import annotations

import csv
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
import tomli_w

from cli.desk import Desk
from keyring_moods import under
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.vault import Vault
from ssrcred.domain.cds_code import COUNTIES, parts
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.standing import Standing, slot_name

LEAS, WRONG = 1000, 30


def key(number: int) -> str:
    return f"made-up-{number:04}"


def table(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("County", "LEA", "CDS Code", "Name"))
        for number in range(LEAS):
            place = number % len(COUNTIES)
            code = parts(f"{place + 1:02}{60000 + number}0000000")
            writer.writerow((COUNTIES[place], key(number), code, f"Made-Up {number} Unified"))
    return path


def generated(desk: Desk) -> None:
    """Every LEA got credentials 310 days ago; of each thirty-third a wrong key is stored."""
    pair = desk.district.pair
    assert pair is not None
    at, slot = desk.at - timedelta(days=310), slot_name(1)
    content = tomllib.loads(desk.config.read_text("utf-8"))
    for section in content["lea"].values():
        section["toms"] = {"api": desk.district.service_url}
    desk.config.write_text(tomli_w.dumps(content), "utf-8")
    standing = Standing(current=slot, generated_at=at, proved_at=at, slots_used=1).to_json()
    with Ledger(desk.home / "ledger.sqlite", actor="made-up") as ledger:
        for number in range(LEAS):
            wrong = number % 33 == 0 and number // 33 < WRONG
            vault = Vault(under(desk.ring), key(number))
            secret = f"{pair.secret[:-4]}wron" if wrong else pair.secret
            vault.store(slot, Credential(pair.username, SecretKey(secret), at))
            vault.keep_secret("test-ssid", SecretKey(desk.district.test_ssid))
            ledger.append(key(number), Event(Step.FINISH, Outcome.FINISHED, at), standing)


@pytest.mark.ci
def test_thirty_of_a_thousand_are_found_and_are_first(desk: Desk, tmp_path: Path) -> None:
    assert len(desk.run("lea", "import", str(table(tmp_path / "leas.csv")), "--json").document["added"]) == LEAS
    generated(desk)
    due = desk.run("status", "--all", "--due-within", "60", "--json")
    assert due.code == 1 and len(due.document["leas"]) == LEAS
    ran = desk.run("verify", "--all", "--json")
    assert ran.code == 7
    verdicts = [one["verdict"] for one in ran.document["leas"]]
    assert len(verdicts) == LEAS and "working" not in verdicts[:WRONG] and set(verdicts[WRONG:]) == {"working"}
    assert sorted(one["lea"] for one in ran.document["leas"][:WRONG]) == [key(33 * number) for number in range(WRONG)]
    refused = desk.run("status", "--all", "--state", "refused", "--json").document["leas"]
    assert [one["lea"] for one in refused] == [key(33 * number) for number in range(WRONG)]
    again = desk.run("verify", "--all", "--state", "refused", "--json")
    assert len(again.document["leas"]) == WRONG and again.code == 7
    reported = desk.run("report", str(tmp_path / "county.html"), "--json").document["leas"]
    assert len(reported) == LEAS and [one["lea"] for one in reported[:WRONG]] == [one["lea"] for one in refused]
    assert all(one["next"][0]["command"] == f"ssrcred verify --lea {one['lea']}" for one in reported[:WRONG])
    page = (tmp_path / "county.html").read_text("utf-8")
    assert page.count(f"<code>{key(33)}</code>") == 2 and page.count('class="state bad">rejected<') == 2 * WRONG
