"""What a person is told when a keyring misbehaves, and that nothing is lost, overwritten or quoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.macOS
import keyring.backends.null
import keyring.backends.SecretService
import keyring.backends.Windows
import pytest
import secretstorage
from jeepney import DBusErrorResponse, new_error, new_method_call  # type: ignore[import-untyped]
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
from keyring.backend import KeyringBackend as ForeignBackend
from keyring.errors import (
    InitError,
    KeyringError,
    KeyringLocked,
    NoKeyringError,
    PasswordDeleteError,
    PasswordSetError,
)

from adapters.vault.pretend_platforms import PretendCredentialManager, PretendKeychain, PretendPywintypes
from adapters.vault.three_lines import MADE_UP_KEY, MADE_UP_USER, check, each
from keyring_moods import (
    PATIENT,
    FailingKeyring,
    HoardingKeyring,
    HonestKeyring,
    LockedKeyring,
    LyingKeyring,
    NullKeyring,
    SlowKeyring,
    memory_vault,
    under,
)
from ssrcred.adapters.vault import Vault
from ssrcred.adapters.vault.oskeyring import WAITING, KeyringBackend, open_os_keyring, trusted_classes
from ssrcred.domain import errors
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import KeyringDenied, KeyringFailed, KeyringMissing, KeyringSilent, KeyringUnfaithful

OLD_KEY = "an older made-up key"
PAIR = Credential(MADE_UP_USER, SecretKey(MADE_UP_KEY), datetime(2026, 7, 1, tzinfo=UTC))
OLD = Credential(MADE_UP_USER, SecretKey(OLD_KEY), datetime(2025, 7, 1, tzinfo=UTC))


def holding_the_old_pair(mood: HonestKeyring) -> Vault:
    """A vault whose keyring was honest while the old pair was stored, and is in this mood from now on."""
    honest = HonestKeyring()
    memory_vault(ring=honest).store("old", OLD)
    return memory_vault(ring=honest.hand_over(mood))


def still_there(mood: HonestKeyring) -> None:
    assert memory_vault(ring=mood.hand_over(HonestKeyring())).read("old").matches(OLD)


@pytest.mark.parametrize(
    ("mood", "words"),
    [(NullKeyring(), "saved nothing of it"), (LyingKeyring(), "changed it")],
    ids=["null", "lying"],
)
def test_a_keyring_that_does_not_keep_is_found_out_by_the_canary_and_by_the_store(
    mood: HonestKeyring, words: str
) -> None:
    vault = holding_the_old_pair(mood)
    for deed in each(vault.canary, lambda: vault.store("new", PAIR), lambda: vault.keep_secret("parent", PAIR.secret)):
        with pytest.raises(KeyringUnfaithful, match=words) as caught:
            deed()
        check(caught.value, OLD_KEY)
        assert "not safely stored" in caught.value.state
    still_there(mood)


def test_a_keyring_that_keeps_what_is_deleted_is_found_out() -> None:
    mood = HoardingKeyring()
    vault = holding_the_old_pair(mood)
    mood.items["ssrcred:lincoln:secret:parent", "ssrcred"] = "made up"
    for deed in each(vault.canary, lambda: vault.delete("old"), lambda: vault.drop_secret("parent")):
        with pytest.raises(KeyringUnfaithful, match="still has it") as caught:
            deed()
        check(caught.value, OLD_KEY)
    with pytest.raises(KeyringUnfaithful, match="still has it") as caught:
        vault.keep_secret("parent", PAIR.secret)
    check(caught.value)
    assert mood.items["ssrcred:lincoln:secret:parent", "ssrcred"] == "made up"
    still_there(mood)


def test_a_locked_keyring_is_said_to_be_locked() -> None:
    mood = LockedKeyring()
    vault = holding_the_old_pair(mood)
    for deed in each(
        vault.canary,
        lambda: vault.store("new", PAIR),
        lambda: vault.read("old"),
        lambda: vault.delete("old"),
        lambda: vault.keep_secret("parent", PAIR.secret),
        lambda: under(mood).write("x", MADE_UP_KEY),
    ):
        with pytest.raises(errors.KeyringLocked) as caught:
            deed()
        check(caught.value, OLD_KEY)
        assert caught.value.state == "Nothing was changed."
    still_there(mood)


@pytest.fixture
def slow() -> Iterator[SlowKeyring]:
    mood = SlowKeyring()
    yield mood
    mood.answer.set()


def test_a_keyring_that_never_answers_is_given_up_and_nobody_is_asked_without_a_terminal(slow: SlowKeyring) -> None:
    silent = under(slow, 0.05)
    for deed in each(
        lambda: silent.read("x"),
        lambda: silent.write("x", MADE_UP_KEY),
        lambda: silent.delete("x"),
        lambda: Vault(silent, "lincoln").canary(),
    ):
        with pytest.raises(KeyringSilent, match=r"did not answer within 0\.05 seconds") as caught:
            deed()
        check(caught.value)
        assert "ssrcred vault init" in caught.value.hint


def test_what_a_silent_keyring_saves_later_is_taken_for_stored(slow: SlowKeyring) -> None:
    slow.answer.set()
    memory_vault(ring=slow).store("old", OLD)
    slow.answer.clear()
    with pytest.raises(KeyringSilent) as caught:
        under(slow, 0.05).write("ssrcred:lincoln:new", "made up")
    assert "not known whether" in caught.value.state
    slow.answer.set()
    memory_vault(ring=slow).store("old", OLD)
    still_there(slow)


def test_somebody_at_a_terminal_is_told_once_what_is_being_waited_for(slow: SlowKeyring) -> None:
    told: list[str] = []
    with pytest.raises(KeyringSilent) as caught:
        under(slow, 0.1, told.append, patience=0.01).read("x")
    assert told == [WAITING]
    check(caught.value)
    assert "window" in caught.value.hint


def test_a_keyring_that_answers_after_all_is_listened_to(slow: SlowKeyring) -> None:
    told: list[str] = []

    def answer(line: str) -> None:
        told.append(line)
        slow.answer.set()

    assert under(slow, PATIENT, answer, patience=0.01).read("x") is None
    assert told == [WAITING]


def test_nobody_is_told_to_wait_for_a_keyring_that_answers_at_once() -> None:
    told: list[str] = []
    memory_vault().canary()
    Vault(under(HonestKeyring(), PATIENT, told.append, patience=PATIENT), "lincoln").canary()
    assert told == []


@pytest.mark.parametrize("after", [False, True], ids=["before the deed", "after the deed"])
@pytest.mark.parametrize("error", [KeyringError, ConnectionResetError, ValueError, SystemExit])
def test_failing_half_way_loses_nothing_and_a_second_try_ends_well(
    error: Callable[[str], BaseException], after: bool
) -> None:
    for fail_at in range(1, 9):
        mood = FailingKeyring(fail_at, after=after, error=error)
        vault = holding_the_old_pair(mood)
        failed = False
        for deed in (partial(vault.store, "new", PAIR), partial(vault.keep_secret, "parent", PAIR.secret)):
            try:
                deed()
            except KeyringFailed as caught:
                check(caught, OLD_KEY)
                failed = True
                deed()
        assert failed
        assert vault.read("old").matches(OLD)
        assert vault.read("new").matches(PAIR)
        assert vault.secret("parent").matches(PAIR.secret)


def test_a_secret_that_could_not_be_replaced_is_said_to_be_gone() -> None:
    mood = FailingKeyring(4, error=ConnectionResetError)
    honest = HonestKeyring()
    memory_vault(ring=honest).keep_secret("parent", SecretKey("an older made-up one"))
    vault = memory_vault(ring=honest.hand_over(mood))
    with pytest.raises(KeyringFailed, match="stopped in the middle") as caught:
        vault.keep_secret("parent", PAIR.secret)
    check(caught.value)
    assert "The one before it, if there was one, is deleted." in caught.value.state


def test_the_canary_may_fail_at_any_call_and_hides_nothing() -> None:
    for fail_at in range(1, 7):
        vault = holding_the_old_pair(FailingKeyring(fail_at))
        with pytest.raises(KeyringFailed) as caught:
            vault.canary()
        check(caught.value)
        vault.canary()
        assert vault.read("old").matches(OLD)


@pytest.mark.parametrize(
    "ring",
    [
        keyring.backends.null.Keyring(),  # type: ignore[no-untyped-call]
        keyring.backends.fail.Keyring(),  # type: ignore[no-untyped-call]
        keyring.backends.chainer.ChainerBackend(),  # type: ignore[no-untyped-call]
        HonestKeyring(),
    ],
    ids=lambda ring: type(ring).__module__,
)
def test_a_keyring_is_trusted_by_its_class_only(ring: ForeignBackend) -> None:
    with pytest.raises(KeyringMissing, match=re.escape(type(ring).__module__)) as caught:
        KeyringBackend(ring, PATIENT)
    check(caught.value)
    assert "ssrcred vault init" in caught.value.hint


def test_no_variable_chooses_another_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    environ = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    assert "Secret Service" in open_os_keyring(limit=PATIENT, platform="linux", environ=environ).description
    assert {f"{kind.__module__}.{kind.__qualname__}" for kind in trusted_classes()} == {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }


def test_a_subclass_of_a_trusted_keyring_is_not_trusted() -> None:
    class LookAlike(keyring.backends.SecretService.Keyring):
        pass

    with pytest.raises(KeyringMissing, match="LookAlike"):
        KeyringBackend(LookAlike(), PATIENT)  # type: ignore[no-untyped-call]


class Caused:
    """Makes an error as `raise outer from inner` does."""

    def __init__(self, outer: BaseException, inner: BaseException) -> None:
        outer.__cause__ = inner
        self.error = outer


def dbus_error(name: str) -> DBusErrorResponse:
    return DBusErrorResponse(new_error(new_method_call(message_bus, "Hello"), name, "s", (MADE_UP_KEY,)))


SITUATIONS: list[tuple[str, BaseException, type[KeyringFailed], str]] = [
    ("no keyring", NoKeyringError(MADE_UP_KEY), errors.KeyringMissing, "no keyring that ssrcred can use"),
    ("locked", secretstorage.LockedException("Collection is locked!"), errors.KeyringLocked, "nobody can be asked"),
    ("locked, says D-Bus", dbus_error("org.freedesktop.Secret.Error.IsLocked"), errors.KeyringLocked, "nobody can be"),
    (
        "prompt dismissed",
        Caused(InitError("Failed"), secretstorage.PromptDismissedException("Prompt dismissed.")).error,
        errors.KeyringLocked,
        "was dismissed or could not be shown",
    ),
    ("unlocking failed", KeyringLocked("Failed to unlock the item!"), errors.KeyringLocked, "was dismissed or could"),
    (
        "no service",
        Caused(InitError("Failed"), secretstorage.SecretServiceNotAvailableException("gone")).error,
        errors.KeyringMissing,
        "no Secret Service answers",
    ),
    (
        "KWallet's prompt unanswered",
        Caused(
            InitError("Failed"),
            Caused(
                secretstorage.SecretServiceNotAvailableException("NoReply"),
                dbus_error("org.freedesktop.DBus.Error.NoReply"),
            ).error,
        ).error,
        errors.KeyringSilent,
        "nobody answered it in time",
    ),
    (
        "denied by the bus",
        dbus_error("org.freedesktop.DBus.Error.AccessDenied"),
        errors.KeyringDenied,
        "denied this program",
    ),
    ("another D-Bus error", dbus_error("org.freedesktop.DBus.Error.Failed"), errors.KeyringFailed, "unknown reason"),
    ("not opened", InitError("Failed"), errors.KeyringFailed, "could not be opened"),
    ("not saved", PasswordSetError(MADE_UP_KEY), errors.KeyringDenied, "refused to save"),
    ("connection reset", ConnectionResetError(104, "reset"), errors.KeyringFailed, "stopped in the middle"),
    ("pipe broken", BrokenPipeError(32, "broken"), errors.KeyringFailed, "stopped in the middle"),
    ("end of file", EOFError(), errors.KeyringFailed, "stopped in the middle"),
    ("bus silent", TimeoutError("Did not authenticate"), errors.KeyringSilent, "nobody answered it in time"),
    ("library missing", ModuleNotFoundError("secretstorage"), errors.KeyringMissing, "lacks the part"),
    ("name missing", NameError("win32cred"), errors.KeyringMissing, "lacks the part"),
    ("attribute missing", AttributeError("SecItemAdd"), errors.KeyringMissing, "lacks the part"),
    ("garbage", ValueError(MADE_UP_KEY), errors.KeyringFailed, "unknown reason"),
]


@pytest.mark.parametrize(
    ("error", "kind", "words"), [row[1:] for row in SITUATIONS], ids=[row[0] for row in SITUATIONS]
)
def test_a_foreign_error_is_said_in_our_words(error: BaseException, kind: type[KeyringFailed], words: str) -> None:
    failing = under(FailingKeyring(1, error=lambda _: error))
    with pytest.raises(KeyringFailed, match=words) as caught:
        failing.write("x", MADE_UP_KEY)
    assert type(caught.value) is kind
    check(caught.value)
    assert caught.value.__context__ is None


def test_a_refusal_to_delete_is_told_from_nothing_to_delete() -> None:
    keychain_error = Caused(PasswordDeleteError("Can't delete"), PretendKeychain.Error(-25244, "Unknown Error")).error
    with pytest.raises(KeyringDenied, match="refused to delete"):
        under(FailingKeyring(1, error=lambda _: keychain_error)).delete("x")
    under(FailingKeyring(1, error=PasswordDeleteError)).delete("x")


@pytest.mark.parametrize(
    ("status", "kind", "words", "hint"),
    [
        (-128, errors.KeyringLocked, "Deny or Cancel", "Always Allow"),
        (-25308, errors.KeyringDenied, "cron or ssh", "LaunchAgent"),
        (-25293, errors.KeyringDenied, "refused this Python", "After an update of Python"),
        (-67030, errors.KeyringDenied, "refused this Python", "After an update of Python"),
    ],
)
def test_the_keychain_says_what_to_do(
    status: int, kind: type[KeyringFailed], words: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keychain = PretendKeychain()
    keychain.fail_with = status
    monkeypatch.setattr(keyring.backends.macOS, "api", keychain, raising=False)
    ring = open_os_keyring(limit=PATIENT, platform="darwin")
    for deed in each(lambda: ring.read("x"), lambda: ring.write("x", MADE_UP_KEY), lambda: ring.delete("x")):
        with pytest.raises(kind, match=words) as caught:
            deed()
        check(caught.value)
        assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("winerror", "words", "hint"),
    [
        (1312, "kind of sign-in", "scheduled task"),
        (1783, "too long", "only the key"),
        (5, "refused the request", "Control Panel"),
    ],
)
def test_windows_says_what_to_do(winerror: int, words: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = PretendCredentialManager()
    manager.fail_with = winerror
    monkeypatch.setattr(keyring.backends.Windows, "win32cred", manager, raising=False)
    monkeypatch.setattr(keyring.backends.Windows, "pywintypes", PretendPywintypes(), raising=False)
    ring = open_os_keyring(limit=PATIENT, platform="win32")
    for deed in each(lambda: ring.read("x"), lambda: ring.write("x", MADE_UP_KEY), lambda: ring.delete("x")):
        with pytest.raises(KeyringDenied, match=words) as caught:
            deed()
        check(caught.value)
        assert hint in caught.value.hint


def test_items_stay_on_this_windows_machine_and_a_replaced_secret_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manager = PretendCredentialManager()
    monkeypatch.setattr(keyring.backends.Windows, "win32cred", manager, raising=False)
    monkeypatch.setattr(keyring.backends.Windows, "pywintypes", PretendPywintypes(), raising=False)
    vault = Vault(open_os_keyring(limit=PATIENT, platform="win32"), "lincoln")
    vault.keep_secret("parent", SecretKey("made up"))
    vault.keep_secret("parent", SecretKey("made up anew"))
    assert list(manager.items) == ["ssrcred:lincoln:secret:parent"]
    assert manager.items["ssrcred:lincoln:secret:parent"]["Persist"] == manager.CRED_PERSIST_LOCAL_MACHINE


def test_windows_without_its_library_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(keyring.backends.Windows, "win32cred", raising=False)
    with pytest.raises(KeyringMissing, match="lacks the part") as caught:
        open_os_keyring(limit=PATIENT, platform="win32")
    check(caught.value)


def test_a_mac_without_its_library_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(keyring.backends.macOS, "api", raising=False)
    with pytest.raises(KeyringMissing, match="lacks the part") as caught:
        open_os_keyring(limit=PATIENT, platform="darwin").read("x")
    check(caught.value)


def test_every_situation_has_words_of_its_own() -> None:
    from ssrcred.adapters.vault import keyring_errors

    all_of_them = [value for value in vars(keyring_errors).values() if isinstance(value, keyring_errors.Situation)]
    assert len({one.message for one in all_of_them}) == len(all_of_them) >= 18
    for one in all_of_them:
        check(one.error("It is not known what happened."))
