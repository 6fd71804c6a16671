"""Moving from one backend to another: nothing is lost at any failure or kill, and a second run goes on. All made up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.vault.killed_mover import ITEMS
from keyring_moods import (
    FailingKeyring,
    HoardingKeyring,
    HonestKeyring,
    LockedKeyring,
    LyingKeyring,
    NullKeyring,
    under,
)
from ssrcred.adapters.vault.agefile import AgeFileBackend, file_name, init, item_name, open_age_vault
from ssrcred.adapters.vault.move import Deed, Step, move
from ssrcred.domain.errors import ConfigInvalid, KeyringFailed, KeyringUnfaithful

PAIR, SECRET = "ssrcred:lincoln:pair-0001", "ssrcred:lincoln:secret:parent:Ä b"
TEXTS = {PAIR: "made-up pair", SECRET: "made-up password"}


def ring(items: dict[str, str], mood: HonestKeyring | None = None) -> HonestKeyring:
    found = mood or HonestKeyring()
    found.items = {(name, "ssrcred"): text for name, text in items.items()}
    return found


def texts(keyring: HonestKeyring) -> dict[str, str]:
    return {name: text for (name, _), text in keyring.items.items()}


class Switch:
    """Counts how often config.toml was changed."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def moved(source: HonestKeyring, target: HonestKeyring, switch: Switch | None) -> list[Step]:
    return list(move([*TEXTS, "ssrcred:lincoln:pair-0009"], under(source), under(target), switch))


def test_all_is_copied_then_config_is_changed_then_the_source_is_deleted() -> None:
    source, target, switch = ring(TEXTS), ring({}), Switch()
    steps = moved(source, target, switch)
    assert steps == [
        Step(Deed.COPIED, PAIR),
        Step(Deed.COPIED, SECRET),
        Step(Deed.SWITCHED),
        Step(Deed.DELETED, PAIR),
        Step(Deed.DELETED, SECRET),
    ]
    assert (texts(source), texts(target), switch.times) == ({}, TEXTS, 1)


def test_after_every_step_the_vault_that_config_names_holds_everything() -> None:
    for stop in range(6):
        source, target, switch = ring(TEXTS), ring({}), Switch()
        going = move(list(TEXTS), under(source), under(target), switch)
        for _ in range(stop):
            next(going)
        going.close()
        assert texts(target if switch.times else source) == TEXTS
        moved(source, target, None if switch.times else switch)
        assert (texts(source), texts(target), switch.times) == ({}, TEXTS, 1)


@pytest.mark.parametrize("mood", [NullKeyring, LyingKeyring, LockedKeyring])
def test_a_target_that_is_not_to_be_relied_on_changes_nothing(mood: type[HonestKeyring]) -> None:
    source, target, switch = ring(TEXTS), mood(), Switch()
    with pytest.raises(KeyringFailed) as caught:
        moved(source, target, switch)
    assert texts(source) == TEXTS and switch.times == 0
    assert caught.value.state.startswith("Nothing is lost: everything is still in the HonestKeyring")
    assert caught.value.hint.endswith("Then run the same command again: it continues from here.")
    assert not any(text in f"{caught.value}{caught.value.hint}" for text in TEXTS.values())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 13))
def test_a_failure_at_any_call_loses_nothing_and_a_second_run_goes_on(at: int, after: bool) -> None:
    source, switch = ring(TEXTS), Switch()
    target = FailingKeyring(at, after=after)
    try:
        moved(source, target, switch)
    except KeyringFailed as failed:
        assert "Nothing is lost" in failed.state and "made-up p" not in f"{failed}{failed.hint}"
        assert texts(target if switch.times else source) == TEXTS
    again = target.hand_over(HonestKeyring())
    moved(source, again, None if switch.times else switch)
    assert (texts(source), texts(again), switch.times) == ({}, TEXTS, 1)


def test_a_source_that_keeps_what_it_deletes_is_found_out() -> None:
    source, target, switch = ring(TEXTS, HoardingKeyring()), ring({}), Switch()
    with pytest.raises(KeyringUnfaithful) as caught:
        moved(source, target, switch)
    assert "reported that it deleted it, but still holds it" in caught.value.message
    assert "config.toml names the HonestKeyring, which holds everything" in caught.value.state
    assert texts(target) == TEXTS and switch.times == 1


def test_config_that_cannot_be_changed_leaves_the_source_as_it_was() -> None:
    def refuse() -> None:
        raise ConfigInvalid("config.toml cannot be written.", state="Nothing was written.", hint="Make room.")

    source, target = ring(TEXTS), ring({})
    with pytest.raises(ConfigInvalid):
        list(move(list(TEXTS), under(source), under(target), refuse))
    assert texts(source) == TEXTS


def test_a_pair_is_never_put_in_place_of_another() -> None:
    for switch in (Switch(), None):
        source, target = ring(TEXTS), ring({PAIR: "another made-up pair"})
        with pytest.raises(KeyringUnfaithful) as caught:
            moved(source, target, switch)
        assert "holds other credentials under the same name" in caught.value.message
        assert texts(source) == TEXTS and texts(target) == {PAIR: "another made-up pair"}


def test_a_secret_is_taken_from_the_vault_that_config_names() -> None:
    source, target = ring(TEXTS), ring({SECRET: "stale"})
    moved(source, target, Switch())
    assert texts(target) == TEXTS
    source, target = ring(TEXTS), ring({SECRET: "newer"})
    steps = moved(source, target, None)
    assert Step(Deed.THERE, SECRET) in steps and Step(Deed.SWITCHED) not in steps
    assert texts(target) == {PAIR: TEXTS[PAIR], SECRET: "newer"} and texts(source) == {}


def test_what_is_changed_meanwhile_is_not_deleted() -> None:
    source, target, switch = ring(TEXTS), ring({}), Switch()
    going = move(list(TEXTS), under(source), under(target), switch)
    while next(going).deed is not Deed.SWITCHED:
        continue
    source.items[PAIR, "ssrcred"] = "another made-up pair"
    with pytest.raises(KeyringUnfaithful, match="something else now than a moment ago"):
        next(going)
    assert texts(source)[PAIR] == "another made-up pair"

    source, target = ring(TEXTS), ring({})
    going = move(list(TEXTS), under(source), under(target), Switch())
    while next(going).deed is not Deed.SWITCHED:
        continue
    target.items.clear()
    with pytest.raises(KeyringUnfaithful, match="no longer holds what"):
        next(going)
    assert texts(source) == TEXTS


@pytest.mark.parametrize(("here", "there"), [("keyring", "file"), ("file", "keyring")])
def test_killed_before_any_call_of_the_keyring_nothing_is_lost(tmp_path: Path, here: str, there: str) -> None:
    """Real processes, real kills (-9), and the whole command; what is printed are the names of what was left."""
    mover = Path(__file__).with_name("killed_mover.py")
    environ = os.environ | {"PYTHONPATH": str(mover.parents[2])}
    ran = subprocess.run(
        [sys.executable, mover, tmp_path, here, there], env=environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    kills = json.loads(ran.stdout)
    assert len(kills) >= 12
    for left in kills:
        assert left["code"] == -9
        assert left["held"][left["named"]] == list(ITEMS)
        assert (left["again"], left["named_at_last"]) == (0, there)
        assert left["held_at_last"] == {here: [], there: list(ITEMS)}
    assert {left["named"] for left in kills} == {here, there}


def test_the_encrypted_file_can_say_what_is_in_it(tmp_path: Path) -> None:
    init(tmp_path / "vault", key_file=tmp_path / "vault.key")
    vault = open_age_vault(tmp_path / "vault", environ={})
    for name, text in TEXTS.items():
        vault.write(name, text)
    assert vault.names() == sorted(TEXTS)
    assert [item_name(file_name(name)) for name in ("a=b", "a%20b", "A:ß")] == ["a=b", "a%20b", "A:ß"]
    assert AgeFileBackend(tmp_path / "nowhere", vault._identity).names() == []
