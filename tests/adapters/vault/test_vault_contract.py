"""What every backend of the vault does alike: a real Secret Service, age files, memory, and pretended platforms."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import keyring.backends.macOS
import keyring.backends.Windows
import pytest

from adapters.vault.pretend_platforms import PretendCredentialManager, PretendKeychain, PretendPywintypes
from adapters.vault.three_lines import MADE_UP_KEY, MADE_UP_USER, check, each
from keyring_moods import PATIENT, HonestKeyring, under
from secret_service import secret_service
from ssrcred.adapters.vault import Backend, Vault
from ssrcred.adapters.vault.agefile import init, open_age_vault
from ssrcred.adapters.vault.oskeyring import open_os_keyring
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import CredentialMissing, InputRefused, KeyringUnfaithful

PASSPHRASE = "made-up passphrase of the tests"
MOMENT = datetime(2026, 7, 1, 17, 30, 5, 123456, tzinfo=UTC)
leas = (f"lea-{number}" for number in itertools.count())


def pair(key: str = MADE_UP_KEY, username: str = MADE_UP_USER) -> Credential:
    return Credential(username, SecretKey(key), MOMENT)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with secret_service(tmp_path_factory.mktemp("session")) as environment:
        yield environment


@pytest.fixture(scope="module")
def behind_passphrase(tmp_path_factory: pytest.TempPathFactory) -> Backend:
    folder = tmp_path_factory.mktemp("passphrase") / "vault"
    init(folder, passphrase=SecretKey(PASSPHRASE))
    return open_age_vault(folder, environ={}, ask=lambda: SecretKey(PASSPHRASE))


@pytest.fixture(
    params=[
        "memory",
        "key file",
        "passphrase",
        "windows",
        "macos",
        pytest.param("secret service", marks=pytest.mark.real("secret-service")),
    ]
)
def backend(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
    def on_windows() -> Backend:
        monkeypatch.setattr(keyring.backends.Windows, "win32cred", PretendCredentialManager(), raising=False)
        monkeypatch.setattr(keyring.backends.Windows, "pywintypes", PretendPywintypes(), raising=False)
        return open_os_keyring(limit=PATIENT, platform="win32")

    def on_a_mac() -> Backend:
        monkeypatch.setattr(keyring.backends.macOS, "api", PretendKeychain(), raising=False)
        return open_os_keyring(limit=PATIENT, platform="darwin")

    def with_key_file() -> Backend:
        init(tmp_path / "vault", key_file=tmp_path / "vault.key")
        return open_age_vault(tmp_path / "vault", environ={})

    def in_a_session() -> Backend:
        # keyring takes the bus's address from nowhere but the process's own environment.
        address = request.getfixturevalue("service")["DBUS_SESSION_BUS_ADDRESS"]
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        return open_os_keyring(limit=PATIENT, platform="linux")

    def behind_a_passphrase() -> Backend:
        opened: Backend = request.getfixturevalue("behind_passphrase")
        return opened

    makers: dict[str, Callable[[], Backend]] = {
        "memory": lambda: under(HonestKeyring()),
        "key file": with_key_file,
        "passphrase": behind_a_passphrase,
        "windows": on_windows,
        "macos": on_a_mac,
        "secret service": in_a_session,
    }
    return makers[request.param]()


@pytest.fixture
def lea() -> str:
    return next(leas)


@pytest.fixture
def vault(backend: Backend, lea: str) -> Vault:
    return Vault(backend, lea)


def test_keeps_an_item_until_it_is_deleted(backend: Backend, lea: str) -> None:
    name = f"ssrcred:{lea}:item"
    assert backend.read(name) is None
    backend.delete(name)
    backend.write(name, "made-up text")
    assert backend.read(name) == "made-up text"
    backend.delete(name)
    assert backend.read(name) is None


def test_describes_itself_in_plain_words(vault: Vault, backend: Backend) -> None:
    assert vault.description == backend.description
    assert " " in backend.description or backend.description == "HonestKeyring"


def test_passes_the_canary_and_leaves_nothing(vault: Vault, backend: Backend, lea: str) -> None:
    vault.canary()
    vault.canary()
    assert backend.read(f"ssrcred:{lea}:canary") is None


def test_the_canary_clears_away_one_that_a_killed_run_left(vault: Vault, backend: Backend, lea: str) -> None:
    backend.write(f"ssrcred:{lea}:canary", "left behind")
    vault.canary()
    assert backend.read(f"ssrcred:{lea}:canary") is None


def test_gives_back_both_halves_and_the_moment(vault: Vault) -> None:
    assert not vault.holds("slot-1")
    vault.store("slot-1", pair())
    assert vault.holds("slot-1")
    back = vault.read("slot-1")
    assert back.matches(pair())
    assert back.generated_at == MOMENT


def test_one_item_holds_both_halves(vault: Vault, backend: Backend, lea: str) -> None:
    vault.store(
        "slot-1", Credential("u", SecretKey("made up"), datetime(2026, 7, 1, 9, tzinfo=timezone(-timedelta(hours=7))))
    )
    assert backend.read(f"ssrcred:{lea}:slot-1") == (
        '{"username":"u","secret":"made up","generated_at":"2026-07-01T16:00:00+00:00"}'
    )


def test_storing_the_same_pair_again_does_nothing(vault: Vault) -> None:
    vault.store("slot-1", pair())
    again = Credential(MADE_UP_USER, SecretKey(MADE_UP_KEY), MOMENT + timedelta(minutes=3))
    vault.store("slot-1", again)
    assert vault.read("slot-1").generated_at == MOMENT


@pytest.mark.parametrize("other", [pair(key="another made-up key"), pair(username="another-user")])
def test_a_slot_is_never_overwritten(vault: Vault, other: Credential) -> None:
    vault.store("slot-1", pair())
    with pytest.raises(KeyringUnfaithful, match="already holds other credentials") as caught:
        vault.store("slot-1", other)
    check(caught.value)
    assert vault.read("slot-1").matches(pair())


def test_slots_stand_side_by_side(vault: Vault) -> None:
    vault.store("slot-1", pair())
    vault.store("slot-2", pair("another made-up key"))
    vault.delete("slot-1")
    assert not vault.holds("slot-1")
    assert vault.read("slot-2").matches(pair("another made-up key"))


def test_one_lea_does_not_see_another(vault: Vault, backend: Backend, lea: str) -> None:
    vault.store("slot-1", pair())
    vault.keep_secret("parent", SecretKey("made up"))
    other = Vault(backend, f"{lea}-b")
    assert not other.holds("slot-1")
    with pytest.raises(CredentialMissing):
        other.secret("parent")


def test_names_that_differ_only_in_case_are_two_names(vault: Vault) -> None:
    vault.store("Slot", pair())
    vault.store("slot", pair("another made-up key"))
    assert vault.read("Slot").matches(pair())


def test_deleting_what_is_not_there_is_fine(vault: Vault) -> None:
    vault.delete("slot-1")
    vault.drop_secret("parent")


def test_an_empty_slot_is_said_to_be_empty(vault: Vault, lea: str) -> None:
    with pytest.raises(CredentialMissing) as caught:
        vault.read("slot-1")
    check(caught.value)
    assert f"ssrcred store --lea {lea}" in caught.value.hint


def test_a_slot_with_something_else_in_it_is_damaged(vault: Vault, backend: Backend, lea: str) -> None:
    backend.write(f"ssrcred:{lea}:slot-1", f"not JSON with {MADE_UP_KEY}")
    for attempt in each(lambda: vault.read("slot-1"), lambda: vault.store("slot-1", pair())):
        with pytest.raises(KeyringUnfaithful, match="damaged") as caught:
            attempt()
        check(caught.value)
    assert vault.holds("slot-1")
    assert backend.read(f"ssrcred:{lea}:slot-1") is not None


def test_keeps_replaces_and_drops_a_named_secret(vault: Vault) -> None:
    for text in ("made-up password", "made-up password", "another made-up one"):
        vault.keep_secret("notify:chat", SecretKey(text))
        assert vault.secret("notify:chat").matches(SecretKey(text))
    vault.drop_secret("notify:chat")
    with pytest.raises(CredentialMissing):
        vault.secret("notify:chat")


def test_a_missing_secret_comes_with_the_command_that_puts_it_in(vault: Vault, lea: str) -> None:
    with pytest.raises(CredentialMissing) as caught:
        vault.secret("schoolwise")
    check(caught.value)
    assert caught.value.hint == f"To store it: ssrcred secret set schoolwise --lea {lea}"


@pytest.mark.parametrize(
    "key",
    [
        string.punctuation,
        " leading and trailing spaces ",
        "\ttabs and \x1b escapes \x7f",
        "é ü 漢字 \U0001f511 \ufeff\u200b",
        "a" * 1100,
        "\U0001f511" * 550,
    ],
    ids=["punctuation", "spaces", "controls", "unicode", "long", "long and astral"],
)
def test_gives_back_what_utf_8_can_hold_unchanged(vault: Vault, key: str) -> None:
    vault.store("slot-1", pair(key))
    assert vault.read("slot-1").matches(pair(key))
    vault.keep_secret("parent", SecretKey(key))
    assert vault.secret("parent").matches(SecretKey(key))


def test_what_was_refused_left_nothing_behind(vault: Vault) -> None:
    with pytest.raises(InputRefused):
        vault.store("slot-1", pair("made\nup"))
    assert not vault.holds("slot-1")
    vault.keep_secret("parent", SecretKey("made up"))
    with pytest.raises(InputRefused):
        vault.keep_secret("parent", SecretKey(""))
    assert vault.secret("parent").matches(SecretKey("made up"))
