"""A recording in a map is checked when it is loaded: every problem at once, each with its dotted key."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.errors import ConfigInvalid
from ssrcred.portal.map import parse
from ssrcred.portal.recording import CHOICES, Recording, Shape, Step
from ssrcred.portal.spot import KINDS, Scalar, Spot, leaves, parsed, shapes, within
from ssrcred.portal.template import filled_json
from ssrcred.portal.transcript import parse as parse_recording
from ssrcred.portal.transcript import table_of

TABLE: dict[str, Any] = {
    "name": "Pretend SIS",
    "words": "schoolwise",
    "recording": {
        "steps": [
            {"id": "door", "does": "look", "method": "GET", "address": "/login", "answer": "page"},
            {
                "id": "in",
                "does": "log-in",
                "method": "POST",
                "address": "/login",
                "form": "door",
                "fields": [["u", "{{account.username}}"], ["p", "{{account.password}}"]],
            },
            {
                "id": "save",
                "does": "save",
                "method": "PUT",
                "address": "/api/{{fresh.id}}",
                "sends": "json",
                "json": '{"u": "{{pair.username}}", "k": "{{pair.key}}"}',
                "headers": [["X-CSRF-Token", "{{fresh.csrf}}"]],
            },
        ],
        "fresh": [
            {"name": "csrf", "kind": "cookie", "at": "csrf"},
            {"name": "id", "kind": "field", "at": "id", "on": "door"},
        ],
        "shape": [{"on": "door", "at": "", "names": ["a"]}],
        "stored": {"username": {"kind": "json", "at": "/u", "on": "in"}},
    },
}


def problems(table: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ConfigInvalid) as caught:
        parse(table)
    return caught.value.problems


def changed(path: str, value: object) -> dict[str, Any]:
    table = copy.deepcopy(TABLE)
    *way, last = path.split(".")
    inner: Any = table
    for part in way:
        inner = inner[int(part)] if part.isdigit() else inner[part]
    inner[int(last) if last.isdigit() else last] = value
    return table


def test_a_good_one_is_loaded_with_the_words_of_another_map() -> None:
    found = parse(copy.deepcopy(TABLE))
    assert found.recording is not None
    assert [step.id for step in found.recording.steps] == ["door", "in", "save"]
    assert found.proof.button[0] == "View CAASPP/ELPAC"
    again = tomllib.loads(tomli_w.dumps({**TABLE, "recording": table_of(found.recording)}))
    assert parse(again) == found


STEP = "recording.steps"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("recording", 7, "recording: a section"),
        ("words", 7, "words: a text"),
        ("words", "nowhere", "words: there is no map"),
        ("recording.more", 7, "recording.more: not a known key"),
        ("recording.steps", 7, "recording.steps: a list of sections"),
        ("recording.steps", [], "recording.steps: one step that does log-in"),
        ("recording.fresh", [7], "recording.fresh: a list"),
        ("recording.stored", 7, "recording.stored: a section"),
        ("recording.stored.more", {}, "recording.stored.more: not a known key"),
        ("recording.stored.username", 7, "recording.stored.username.kind"),
        ("recording.stored.username.on", "gone", "recording.stored.on: there is no step gone"),
        ("recording.stored.username", {"kind": "form", "at": "u"}, "recording.stored: the step that saves"),
        ("recording.shape.0.names", "a", "recording.shape[1]: on and at"),
        ("recording.shape.0.more", "a", "recording.shape[1]: on and at"),
        ("recording.shape.0.on", "gone", "recording.shape.on: there is no step gone"),
        ("recording.fresh.0.name", "a b", "recording.fresh[1].name"),
        ("recording.fresh.0.name", "id", "recording.fresh: two have the same name"),
        ("recording.fresh.0.kind", "guess", "recording.fresh[1].kind"),
        ("recording.fresh.0.at", "", "recording.fresh[1].at"),
        ("recording.fresh.0.more", "", "recording.fresh[1].more"),
        ("recording.fresh.1.on", "", "recording.fresh[2].on"),
        ("recording.fresh.1.on", "save", "recording.steps[3].address: nothing tells where fresh.id"),
        ("recording.fresh", [], "recording.steps[3].address: nothing tells where fresh.id"),
        (f"{STEP}.0.more", "", "recording.steps[1].more: not a known key"),
        (f"{STEP}.0.address", 7, "recording.steps[1].address: a text"),
        (f"{STEP}.0.does", "delete", "recording.steps[1].does: one of look, log-in, save"),
        (f"{STEP}.0.method", "DELETE", "recording.steps[1].method: one of"),
        (f"{STEP}.0.method", "PUT", "recording.steps[1].method: only a save"),
        (f"{STEP}.0.sends", "form", "recording.steps[1].method: GET only looks"),
        (f"{STEP}.1.method", "GET", "recording.steps[2].method: GET only looks"),
        (f"{STEP}.0.id", "a b", "recording.steps[1].id"),
        (f"{STEP}.1.id", "door", "recording.steps[2].id"),
        (f"{STEP}.0.address", "https://elsewhere.example/", "recording.steps[1].address: a path"),
        (f"{STEP}.0.address", "//elsewhere.example/", "recording.steps[1].address: a path"),
        (f"{STEP}.0.address", "/\\elsewhere.example/", "recording.steps[1].address: a path"),
        (f"{STEP}.0.address", "", "recording.steps[1].address: a path"),
        (f"{STEP}.0.address", "/a\r\nb", "recording.steps[1].address: a path"),
        (f"{STEP}.0.address", "/{{other", "recording.steps[1].address or headers"),
        (f"{STEP}.0.address", "/{{other.x}}", "recording.steps[1].address: other.x is not a known slot"),
        (f"{STEP}.0.lands", "elsewhere", "recording.steps[1].lands: a path"),
        (f"{STEP}.1.form", "gone", "recording.steps[2].form: an earlier step"),
        (f"{STEP}.1.sends", "form", "recording.steps[2].sends: either"),
        (f"{STEP}.2.json", "{", "recording.steps[3].json"),
        (f"{STEP}.2.json", "", "recording.steps[3].sends: either"),
        (f"{STEP}.2.json", '{"u": "{{pair.username}}"}', "recording.steps[3].fields: pair.key is sent nowhere"),
        (f"{STEP}.2.headers", [["Cookie", "a=1"]], "recording.steps[3].headers: a header"),
        (f"{STEP}.2.headers", [["A B", "1"]], "recording.steps[3].headers: a header"),
        (f"{STEP}.2.headers", [["A", "1\r\nB: 2"]], "recording.steps[3].headers: a header"),
        (f"{STEP}.2.headers", [["A"]], "recording.steps[3].headers: pairs"),
        (f"{STEP}.2.headers", "A", "recording.steps[3].headers: pairs"),
        (f"{STEP}.2.headers", [["A", "{{pair.key}}"]], "recording.steps[3].headers: pair.key belongs"),
        (f"{STEP}.2.headers", [["A", "{{account.password}}"]], "recording.steps[3].headers: account.password belongs"),
        (f"{STEP}.2.address", "/{{pair.key}}", "recording.steps[3].address: pair.key belongs"),
        (f"{STEP}.1.button", ["a"], "recording.steps[2].button: pairs"),
    ],
)  # fmt: skip
def test_each_problem_is_named_with_its_key(path: str, value: object, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(changed(path, value)))


def test_all_problems_are_named_at_once() -> None:
    table = copy.deepcopy(TABLE)
    table["recording"]["steps"][0] = {"does": "dance"}
    table["recording"]["fresh"][0]["kind"] = "guess"
    table["surprise"] = 1
    found = "; ".join(problems(table))
    for key in ("steps[1].id", "steps[1].does", "steps[1].address", "fresh[1].kind", "surprise"):
        assert key in found


def test_too_many_steps_are_not_followed() -> None:
    table = copy.deepcopy(TABLE)
    look = table["recording"]["steps"][0]
    table["recording"]["steps"][1:1] = [{**look, "id": f"p{at}"} for at in range(50)]
    assert any("at most 40" in problem for problem in problems(table))


def test_words_belong_to_a_learned_map_only() -> None:
    assert any(problem.startswith("words: not a known key") for problem in problems({"words": "schoolwise"}))


TEXTS = st.text(max_size=8)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
STEPS = st.builds(
    Step,
    id=TEXTS,
    does=st.sampled_from(CHOICES["does"]),
    method=st.sampled_from(CHOICES["method"]),
    address=TEXTS,
    lands=TEXTS,
    answer=st.sampled_from(CHOICES["answer"]),
    headers=PAIRS,
    form=TEXTS,
    button=st.just(()) | st.tuples(TEXTS, TEXTS),
    where=PAIRS,
    sends=st.sampled_from(CHOICES["sends"]),
    fields=PAIRS,
    json=TEXTS,
)


@given(st.lists(STEPS, max_size=4), st.sampled_from(KINDS))
def test_any_recording_is_read_back_as_it_was_or_refused(steps: list[Step], kind: str) -> None:
    spot = Spot(kind, "x", "in")
    recording = Recording(tuple(steps), shapes=(Shape("in", "", ("a",)),), username=spot)
    found: list[str] = []
    read = parse_recording(table_of(recording), found)
    assert (read == recording) if read is not None else found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(JSON)
def test_a_json_pointer_leads_to_what_it_was_made_for(data: object) -> None:
    for pointer, value in leaves(data):
        assert within(data, pointer) == value


@given(st.text(max_size=40))
def test_any_address_has_shapes_or_none(url: str) -> None:
    for shape, part in shapes(url):
        assert "{}" in shape
        assert part


@pytest.mark.parametrize(("data", "pointer"), [({}, "/a"), ([1], "/2"), ([1], "/x"), (1, "/a"), ({"a": 1}, "/a/b")])
def test_a_pointer_that_leads_nowhere_says_so(data: object, pointer: str) -> None:
    with pytest.raises(KeyError):
        within(data, pointer)


def test_a_slot_in_json_keeps_numbers_as_numbers() -> None:
    values: dict[str, Scalar] = {"fresh.a": 5, "fresh.b": "7", "fresh.c": None}
    text = '{"a": "{{fresh.a}}", "b": ["{{fresh.b|number}}"], "c": "{{fresh.c}}", "d": "x {{fresh.a}}", "e": 1}'
    assert filled_json(text, values.__getitem__) == '{"a":5,"b":[7],"c":null,"d":"x 5","e":1}'
    with pytest.raises(ValueError, match="invalid literal"):
        filled_json('"{{fresh.c|number}}"', values.__getitem__)


def test_deep_or_long_json_is_bounded() -> None:
    assert parsed("[" * 100_000) is None
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    assert list(leaves(deep)) == []
