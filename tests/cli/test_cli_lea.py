"""The lea commands: a county's LEAs come from a table, get other names and go, and nothing is lost on the way."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cli.desk import LEA, Desk
from cli.test_cli_screens import compare
from keyring_moods import FailingKeyring, HonestKeyring
from ssrcred.adapters.ledger.auxiliary_store import Refusals, Reminders
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.domain.cds_code import COUNTIES
from ssrcred.domain.event import Event, Outcome, Step

OTHERS = """\
# the county's LEAs, kept by Dana

# Alder pays by itself
[lea.alder]
name = "Alder"
cds = "01611190000000"

# Birch is small
[lea.birch]
name = "Birch"
cds = "01611200000000"
[lea.birch.remind]
days = [
  30,
  7,
]
"""


def config(desk: Desk) -> dict[str, Any]:
    return tomllib.loads(desk.config.read_text("utf-8"))


def county(desk: Desk) -> Path:
    desk.home.mkdir()
    desk.config.write_text(OTHERS, "utf-8")
    return desk.config


def held(desk: Desk, lea: str) -> set[str]:
    """The items of an LEA in the keyring, without its name."""
    start = f"ssrcred:{lea}:"
    return {name.removeprefix(start) for name, _ in desk.ring.items if name.startswith(start)}


def test_a_table_is_imported_listed_and_exported(bare: Desk, tmp_path: Path) -> None:
    bare.environ["COLUMNS"] = "100"
    county(bare)
    file = tmp_path / "leas.csv"
    file.write_bytes(
        b"\xef\xbb\xbfCDS Code;County;District;Url;Username;Superintendent;SIS;Group\r\n"
        b"01-61119-0000000;Alameda;Alder;;;;;\r\n"
        b"1611210000000;Alameda;Cedar Unified School District;https://cedar.schoolwise.com;itstaff;Made Up;;\r\n"
        b"19647330000000;Los Angeles;Lincoln Unified;https://lincoln.example;it;;aeries;south\r\n"
    )
    shown = "".join(
        f"$ ssrcred {' '.join(words)}\n{bare.sit(*words).screen}\n"
        for words in (("lea", "import", str(file)), ("lea", "list"), ("lea", "export"))
    )
    compare("lea", shown.replace(str(tmp_path), "FOLDER"))
    assert config(bare)["lea"]["cedar"]["cds"] == "01611210000000"
    assert bare.config.read_text("utf-8").startswith(OTHERS)


def test_a_table_with_problems_adds_nothing_and_names_all_of_them(bare: Desk, tmp_path: Path) -> None:
    before = county(bare).read_bytes()
    file = tmp_path / "leas.csv"
    file.write_text(
        "lea,name,cds,Password\n"
        "cedar,Cedar,01611210000000,\n"
        "alder,Another,01611220000000,\n"
        "birch-2,Birch,01611200000000,\n"
        "dogwood,Dogwood,1.61123E+12,made-up-password\n",
        "utf-8",
    )
    bare.environ["COLUMNS"] = "100"
    ran = bare.sit("lea", "import", str(file))
    compare("lea_import_refused", ran.screen)
    assert ran.code == 3 and bare.config.read_bytes() == before
    document = bare.run("lea", "import", str(file), "--json").document
    assert document["schema"] == "ssrcred.lea/1" and len(document["error"]["problems"]) == 4
    assert "made-up-password" not in str(document)


def test_importing_again_adds_only_what_is_new(bare: Desk, tmp_path: Path) -> None:
    file = tmp_path / "leas.csv"
    file.write_text("name,cds\nCedar Unified,01611210000000\n", "utf-8")
    assert bare.run("lea", "import", str(file), "--json").document["added"] == ["cedar"]
    file.write_text("name,cds\nCedar Unified,01611210000000\nElm,01611230000000\n", "utf-8")
    document = bare.run("lea", "import", str(file), "--json").document
    assert (document["added"], document["there"]) == (["elm"], ["cedar"])
    assert [row["lea"] for row in document["leas"]] == ["elm"]


def thousand(path: Path) -> Path:
    """A table of a thousand made-up LEAs in all counties."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("cds", "county", "name", "url", "username"))
        for number in range(1000):
            place = number % len(COUNTIES)
            code = f"{place + 1:02}{60000 + number}0000000"
            writer.writerow(
                (code, COUNTIES[place], f"Made-Up {number} Unified", f"https://m{number}.schoolwise.com", "it")
            )
    return path


@pytest.mark.ci
def test_a_thousand_leas_are_imported_and_exported_the_same(bare: Desk, tmp_path: Path) -> None:
    ran = bare.run("lea", "import", str(thousand(tmp_path / "leas.csv")), "--json")
    assert ran.code == 0 and len(ran.document["added"]) == 1000
    first = bare.run("lea", "list", "--json").document
    assert bare.run("lea", "export", str(tmp_path / "out.csv")).code == 0
    bare.config.unlink()
    assert bare.run("lea", "import", str(tmp_path / "out.csv")).code == 0
    assert bare.run("lea", "list", "--json").document == first
    assert len(bare.run("status", "--all", "--json").document["leas"]) == 1000


def test_one_is_added_by_options_or_by_answers(bare: Desk) -> None:
    words = ("lea", "add", "cedar", "--name", "Cedar", "--vendor", "SIRAS")
    ran = bare.run(*words, "--cds", "01-61121-0000000", "--no-input")
    assert ran.code == 0 and config(bare)["lea"]["cedar"] == {
        "name": "Cedar",
        "cds": "01611210000000",
        "vendors": ["SIRAS"],
    }
    ran = bare.run("lea", "add", "elm", "--name", "Elm", "--cds", "99611210000000", "--json")
    assert ran.code == 3 and "California's counties" in ran.document["error"]["problems"][0]
    ran = bare.run("lea", "add", "elm", "--name", "Elm", "--cds", "01611210000000", "--no-input")
    assert ran.code == 3 and "is also that of cedar" in ran.error["error"]
    ran = bare.run("lea", "add", "elm", "--no-input")
    assert ran.code == 3 and "name: is missing" in ran.error["error"] and "cds: is missing" in ran.error["error"]
    ran = bare.sit("lea", "add", "elm", script=[("full name", "Elm"), ("CDS", "12"), ("CDS", "01611230000000")])
    assert ran.code == 0 and "must be 14 digits" in ran.screen


def test_an_existing_file_is_not_replaced_by_an_export(bare: Desk, tmp_path: Path) -> None:
    county(bare)
    (tmp_path / "out.csv").write_text("mine", "utf-8")
    ran = bare.run("lea", "export", str(tmp_path / "out.csv"))
    assert ran.code == 2 and (tmp_path / "out.csv").read_text("utf-8") == "mine"


# Renaming.


def test_a_renamed_lea_has_everything_that_it_had(rotated: Desk) -> None:
    memory = rotated.home / "ledger.sqlite"
    Refusals(memory).remember(LEA, "schoolwise", rotated.at)
    Reminders(memory).reached("dana", {LEA: {"days": 30}})
    before, section, state = held(rotated, LEA), config(rotated)["lea"][LEA], rotated.run("status", "--json").document
    rotated.environ["COLUMNS"] = "100"
    ran = rotated.sit("lea", "rename", LEA, "cedar")
    assert ran.code == 0
    compare("lea_rename", ran.screen)
    assert (held(rotated, "cedar"), held(rotated, LEA)) == (before, set())
    assert config(rotated)["lea"] == {"cedar": section}
    assert [path.name for path in (rotated.home / "portals").iterdir()] == ["cedar.toml"]
    [now], [then] = rotated.run("status", "--json").document["leas"], state["leas"]
    assert now == {**then, "lea": "cedar"}
    assert Refusals(memory).refused_at("cedar", "schoolwise") == rotated.at
    assert Refusals(memory).refused_at(LEA, "schoolwise") is None
    assert Reminders(memory).told("dana") == {"cedar": {"days": 30}}


def test_the_history_is_read_under_both_names(rotated: Desk) -> None:
    numbers = [event["number"] for event in rotated.run("history", "--json").document["events"]]
    assert rotated.run("lea", "rename", LEA, "cedar").code == 0
    assert rotated.run("lea", "rename", "cedar", "dogwood").code == 0
    last = [event["number"] for event in rotated.run("history", "--lea", "dogwood", "--json").document["events"]]
    assert last == [*numbers, len(numbers) + 1, len(numbers) + 3]
    former = rotated.run("history", "--lea", LEA, "--json").document["events"]
    assert [event["number"] for event in former][:-1] == numbers and former[-1]["detail"] == {"to": "cedar"}
    assert "Renamed from cedar, whose history goes on here" in rotated.run("history", "--last", "2").out
    assert rotated.run("verify", "--lea", "dogwood").code == 0


@pytest.mark.ci
def test_a_rename_that_failed_anywhere_is_gone_on_with(rotated: Desk) -> None:
    name, other, tries = LEA, "cedar", 0
    everything = held(rotated, LEA)
    status = rotated.run("status", "--json").document["leas"][0]
    while True:
        tries += 1
        mood = FailingKeyring(tries, after=bool(tries % 2))
        rotated.ring = rotated.ring.hand_over(mood)
        ran = rotated.run("lea", "rename", name, other)
        rotated.ring = rotated.ring.hand_over(HonestKeyring())
        if ran.code == 0 and mood.count < tries:
            break
        assert ran.code == 5 and ran.error["state"].startswith(("Nothing is lost", "Nothing was changed")), ran.err
        assert everything in (held(rotated, name), held(rotated, other))
        # Whichever name config.toml has, everything that it names is there.
        [named] = config(rotated)["lea"]
        assert held(rotated, named) == everything
        assert rotated.run("lea", "rename", name, other).code == 0
        assert (held(rotated, other), held(rotated, name)) == (everything, set())
        name, other = other, name
        assert rotated.run("status", "--json").document["leas"][0] == {**status, "lea": name}
    assert tries > 20


def test_a_rename_that_was_killed_before_the_settings_changed_is_gone_on_with(rotated: Desk) -> None:
    everything = held(rotated, LEA)
    slot = next(name for name in everything if name.startswith("pair-"))
    rotated.ring.items[f"ssrcred:cedar:{slot}", "ssrcred"] = rotated.ring.items[f"ssrcred:{LEA}:{slot}", "ssrcred"]
    with Ledger(rotated.home / "ledger.sqlite", actor="dana") as ledger:
        event = Event(Step.LEA, Outcome.RENAMED, rotated.at, detail={"from": LEA})
        ledger.append("cedar", event, ledger.standing(LEA) or {})
    assert rotated.run("status").code == 0
    assert rotated.run("lea", "rename", LEA, "cedar").code == 0
    assert (held(rotated, "cedar"), held(rotated, LEA)) == (everything, set())
    assert rotated.run("lea", "rename", LEA, "cedar").code == 0  # once more does no harm
    assert held(rotated, "cedar") == everything and rotated.run("verify").code == 0


def test_what_is_in_encrypted_files_gets_the_other_name_too(rotated: Desk, tmp_path: Path) -> None:
    assert rotated.run("vault", "move", "file", "--key-file", str(tmp_path / "vault.key")).code == 0
    before = {path.name for path in (rotated.home / "vault").glob("*.age")}
    assert rotated.run("lea", "rename", LEA, "cedar").code == 0
    after = {path.name for path in (rotated.home / "vault").glob("*.age")}
    assert after == {name.replace(LEA, "cedar") for name in before} != before
    assert rotated.run("verify").code == 0


def test_a_name_that_is_taken_is_refused(rotated: Desk) -> None:
    with rotated.config.open("a", encoding="utf-8") as file:
        file.write('[lea.alder]\nname = "Alder"\ncds = "01611190000000"\n')
    before = held(rotated, LEA)
    for words, said in (
        ((LEA, "alder"), "already"),
        (("nobody", "elm"), "There is no LEA 'nobody'"),
        ((LEA, "Not Plain"), "cannot be used"),
    ):
        ran = rotated.run("lea", "rename", *words)
        assert ran.code == 2 and said in ran.error["error"], ran.err
    assert rotated.run("lea", "remove", LEA).code == 0
    ran = rotated.run("lea", "rename", "alder", LEA)
    assert ran.code == 2 and "still stored" in ran.error["error"]
    assert held(rotated, LEA) == before


@pytest.mark.parametrize("words", [("rename", LEA, "cedar"), ("remove", LEA), ("remove", LEA, "--delete-credentials")])
def test_an_open_rotation_keeps_an_lea_as_it_is(ready: Desk, words: tuple[str, ...]) -> None:
    assert ready.run("store", "--stdin", given=ready.pair_lines).code == 0
    before, text = held(ready, LEA), ready.config.read_bytes()
    ran = ready.run("lea", *words)
    assert ran.code == 10 and "ssrcred resume --lea lincoln" in ran.error["hint"]
    assert (held(ready, LEA), ready.config.read_bytes()) == (before, text)


def test_comments_and_order_of_the_others_stay(bare: Desk) -> None:
    county(bare)
    assert bare.run("lea", "rename", "birch", "cedar").code == 0
    assert bare.config.read_text("utf-8") == OTHERS.replace("lea.birch", "lea.cedar")
    assert bare.run("lea", "remove", "alder").code == 0
    left = bare.config.read_text("utf-8")
    assert "Dana" in left and "# Birch is small\n[lea.cedar]" in left and "Alder" not in left
    assert not bare.config.with_name("config.toml.old").exists()
    assert bare.run("lea", "remove", "cedar").code == 0
    assert config(bare) == {} and "Dana" in bare.config.read_text("utf-8")


# Removing.


def test_a_removed_lea_keeps_its_credentials_and_has_them_again(rotated: Desk) -> None:
    before, section = held(rotated, LEA), config(rotated)["lea"][LEA]
    ran = rotated.run("lea", "remove", LEA, "--json")
    assert ran.document == {"schema": "ssrcred.lea/1", "removed": LEA, "credentials": "kept", "deleted": []}
    assert config(rotated) == {} and held(rotated, LEA) == before
    assert rotated.run("history", "--lea", LEA, "--json").document["events"][-1]["outcome"] == "removed"
    words = ("lea", "add", LEA, "--name", section["name"], "--cds", section["cds"])
    assert rotated.run(*words).code == 0
    assert rotated.run("status", "--json").document["leas"][0]["state"] == "fine"


def test_credentials_are_deleted_only_when_that_is_asked_for(rotated: Desk) -> None:
    before = held(rotated, LEA)
    script = [("Delete the credentials and passwords", "n")]
    assert rotated.sit("lea", "remove", LEA, "--delete-credentials", script=script).code == 0
    assert held(rotated, LEA) == before and LEA in config(rotated)["lea"]
    script = [("Delete the credentials and passwords", "y")]
    assert rotated.sit("lea", "remove", LEA, "--delete-credentials", script=script).code == 0
    assert held(rotated, LEA) == set() and config(rotated) == {}
    assert not list((rotated.home / "portals").iterdir())
    with Ledger.readonly(rotated.home / "ledger.sqlite") as ledger:
        ledger.check()
        standing = ledger.standing(LEA)
    assert standing is not None and standing["current"] is None and standing["slots_used"] == 1


def test_a_deletion_that_failed_is_gone_on_with(rotated: Desk) -> None:
    rotated.ring = rotated.ring.hand_over(FailingKeyring(8))
    ran = rotated.run("lea", "remove", LEA, "--delete-credentials")
    assert ran.code == 5 and LEA in config(rotated)["lea"]
    rotated.ring = rotated.ring.hand_over(HonestKeyring())
    assert rotated.run("lea", "remove", LEA, "--delete-credentials").code == 0
    assert held(rotated, LEA) == set() and config(rotated) == {}
