"""The published schemas: each is sound, they are strict on the published keys, and `schema` prints them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.desk import Desk
from json_schema import problems
from ssrcred.output.schema import DOCUMENTS, document_name, schema

# By command line: the keys that scripts may rely on (design.md, portal.md), each with the way to it.
PUBLISHED = {
    ("status",): (
        *("worst", "leas", "leas.0.lea", "leas.0.name", "leas.0.state", "leas.0.days_left", "leas.0.generated_at"),
        *("leas.0.expires_at", "leas.0.last_proof", "leas.0.places", "leas.0.unfinished"),
    ),
    ("verify",): (
        *("leas", "leas.0.lea", "leas.0.verdict", "leas.0.blocked", "leas.0.next", "leas.0.probes"),
        *("leas.0.probes.0.probe", "leas.0.probes.0.outcome"),
    ),
    ("schools",): ("places", "places.0.place", "places.0.kind", "places.0.username", "places.0.holds"),
    ("upload",): ("events", "finished"),
    ("history",): ("events", "events.0.step", "events.0.place", "events.0.outcome", "events.0.at"),
    ("portal", "find"): (
        *("stopped", "candidates", "candidates.0.id", "candidates.0.proposed", "candidates.0.way"),
        *("candidates.0.names", "candidates.0.username", "candidates.0.key", "candidates.0.saves"),
    ),
    ("abandon",): ("error", "error.code", "error.exit", "error.message", "error.state", "error.hint"),
}


def holder(document: Any, way: str) -> tuple[Any, str]:
    """The object that has the last key of a way, and this key."""
    *above, key = way.split(".")
    for step in above:
        document = document[int(step) if step.isdigit() else step]
    return document, key


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_schema_is_one_of_the_draft_that_it_names(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["properties"]["schema"] == {"const": f"ssrcred.{name}/1"}


@pytest.mark.ci
def test_no_published_key_may_be_missing_and_more_keys_may_come(rotated: Desk) -> None:
    for words, ways in PUBLISHED.items():
        document = rotated.run(*words, "--json").document
        assert problems(document) == []
        for way in ways:
            changed = copy.deepcopy(document)
            place, key = holder(changed, way)
            del place[key]
            assert problems(changed), f"{words}: {way} may be missing"
            place[f"more_{key}"] = 1
            place[key] = holder(document, way)[0][key]
            assert problems(changed) == []


def test_a_word_that_is_not_published_is_found(rotated: Desk) -> None:
    document = rotated.run("status", "--json").document
    document["worst"] = "splendid"
    assert [line.partition(":")[0] for line in problems(document)] == ["$.worst"]


def test_schema_lists_the_documents_and_prints_one(bare: Desk) -> None:
    assert bare.run("schema").out.splitlines() == list(DOCUMENTS)
    assert json.loads(bare.run("schema", "portal", "find").out) == schema("portal find")
    assert bare.run("schema", "status", "--json").document["document"] == schema("status")
    ran = bare.run("schema", "statsu")
    assert ran.code == 2 and ran.error["hint"] == "For 'status': ssrcred schema status"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["portal", "test", "--bogus"], "portal test"),
        (["lea", "add", "--bogus"], "lea"),
        (["--nonsense", "verify"], "verify"),
        (["portal", "nowhere"], "ssrcred"),
        ([], "ssrcred"),
    ],
)
def test_a_command_line_that_is_not_understood_has_the_document_of_its_command(words: list[str], name: str) -> None:
    assert document_name(words) == name
