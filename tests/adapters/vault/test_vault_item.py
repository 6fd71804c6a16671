"""What may be an item, and that any pair that TOMS could show comes back as it went in."""

from __future__ import annotations

import string
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.vault.three_lines import MADE_UP_KEY, check
from keyring_moods import memory_vault
from ssrcred.adapters.vault import Vault, age
from ssrcred.adapters.vault.agefile import AgeFileBackend, file_name
from ssrcred.adapters.vault.item import (
    MOST_UNITS,
    canary_name,
    fit,
    is_canary,
    is_secret,
    lea_of,
    pack,
    secret_name,
    slot_name,
    unpack,
)
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused

MOMENT = datetime(2026, 7, 1, tzinfo=UTC)
printable = st.text(string.printable[:95], min_size=1, max_size=60)
moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))
IDENTITY = age.new_identity()


def pair(key: str, username: str = "made-up-user") -> Credential:
    return Credential(username, SecretKey(key), MOMENT)


@given(username=printable, key=printable, moment=moments)
def test_any_printable_pair_comes_back_from_memory(username: str, key: str, moment: datetime) -> None:
    vault = memory_vault()
    credential = Credential(username, SecretKey(key), moment)
    vault.store("slot-1", credential)
    back = vault.read("slot-1")
    assert back.matches(credential)
    assert back.generated_at == moment


@settings(max_examples=15, deadline=None)
@given(username=printable, key=printable)
def test_any_printable_pair_comes_back_from_an_age_file(username: str, key: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(AgeFileBackend(Path(folder), IDENTITY), "lincoln")
        vault.store("slot-1", pair(key, username))
        assert vault.read("slot-1").matches(pair(key, username))


@given(st.text())
def test_any_text_is_refused_or_comes_back_unchanged(text: str) -> None:
    vault = memory_vault()
    try:
        vault.keep_secret("parent", SecretKey(text))
    except InputRefused as refused:
        check(refused, *([text] if len(text) > 8 else []))
    else:
        assert vault.secret("parent").matches(SecretKey(text))


@given(st.text())
def test_any_text_in_a_slot_is_a_pair_or_damaged(text: str) -> None:
    assert unpack(text) is None


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "The secret key is empty."),
        (f"{MADE_UP_KEY}\0", f"NUL at character {len(MADE_UP_KEY) + 1}"),
        (f"made{MADE_UP_KEY}\n", "line break"),
        ("\r" + MADE_UP_KEY, "line break at character 1"),
        (f"{MADE_UP_KEY}\u2028", "line break"),
        (f"{MADE_UP_KEY}\x85", "line break"),
        (f"{MADE_UP_KEY}\ud800", "half a character"),
        (f"\ufeff{MADE_UP_KEY}", "byte order mark"),
        (MADE_UP_KEY * 100, "too long for the vault"),
        ("\U0001f511" * 641, "The secret key is too long"),
        ("a" * MOST_UNITS, "The entry with the credentials is too long"),
    ],
    ids=["empty", "NUL", "LF", "CR", "U+2028", "NEL", "surrogate", "BOM", "long", "astral", "together"],
)
def test_refuses_what_some_keyring_would_change(key: str, words: str) -> None:
    vault = memory_vault()
    with pytest.raises(InputRefused, match=words) as caught:
        vault.store("slot-1", pair(key))
    check(caught.value)
    assert caught.value.state == "Nothing was stored or changed."
    assert not vault.holds("slot-1")


def test_refuses_such_a_user_name_too() -> None:
    with pytest.raises(InputRefused, match="The user name has a line break at character 3"):
        pack(pair("made up", username="ma\nde"))


def test_the_longest_item_is_counted_in_utf_16_units() -> None:
    fit("a" * MOST_UNITS, "The text")
    fit("\U0001f511" * (MOST_UNITS // 2), "The text")
    with pytest.raises(InputRefused, match=r"1,281 units, and 1,280 fit"):
        fit("a" * (MOST_UNITS + 1), "The text")


def test_a_moment_without_a_time_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        pack(Credential("made-up-user", SecretKey("made up"), datetime(2026, 7, 1)))


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        "{}",
        '{"username":"u","secret":"s"}',
        '{"username":"u","secret":"s","generated_at":"today"}',
        '{"username":"u","secret":"s","generated_at":"2026-07-01T00:00:00"}',
        '{"username":"u","secret":"s","generated_at":5}',
        '{"username":"u","secret":5,"generated_at":"2026-07-01T00:00:00Z"}',
        '{"username":"","secret":"s","generated_at":"2026-07-01T00:00:00Z"}',
        '{"username":"u","secret":"","generated_at":"2026-07-01T00:00:00Z"}',
        '{"username":"u","secret":"s","generated_at":"2026-07-01T00:00:0',
        "[" * 100_000,
    ],
)
def test_another_text_is_no_pair(text: str) -> None:
    assert unpack(text) is None


def test_names_cannot_be_mistaken_for_one_another() -> None:
    assert slot_name("lincoln", "slot-1") == "ssrcred:lincoln:slot-1"
    assert secret_name("lincoln", "notify:chat") == "ssrcred:lincoln:secret:notify:chat"
    for lea, slot in (
        ("lincoln:secret", "parent"),
        ("", "slot-1"),
        ("lincoln", ""),
        ("lincoln", "a:b"),
        ("lincoln", "canary"),
        ("lincoln", "secret"),
        ("lincoln", "a\nb"),
        ("líncoln", "slot-1"),
        ("lincoln", "a" * 65),
    ):
        with pytest.raises(InputRefused, match="cannot be used in the vault") as caught:
            slot_name(lea, slot)
        check(caught.value)


@given(st.sets(st.text(string.printable[:95], min_size=1, max_size=20), min_size=2, max_size=2))
def test_two_names_never_share_a_file_even_where_case_is_ignored(names: set[str]) -> None:
    one, other = (file_name(name) for name in names)
    assert one.lower() == one != other
    assert not set(one) & set('<>:"/\\|?* ')


def test_whose_an_item_is_and_what_stands_in_its_name() -> None:
    assert lea_of(slot_name("lincoln", "pair-0001")) == lea_of(secret_name("lincoln", "notify:mail")) == "lincoln"
    for name in ("another program", "ssrcred", "ssrcred:lincoln", "x:lincoln:pair-0001"):
        assert lea_of(name) is None
    assert is_secret(secret_name("lincoln", "parent:a")) and not is_secret(slot_name("secret", "pair-0001"))
    assert is_canary(canary_name("lincoln")) and not is_canary(secret_name("lincoln", "canary"))
