"""Says in our words what a keyring's own error means, and what to do; the foreign text is never passed on.

It could quote an item. What escapes from keyring is listed in headless.md, *keyring on Linux*: far more than
`KeyringError`. Classes are told by their names, so that no platform has to install another's libraries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ssrcred.adapters.installation import installer
from ssrcred.domain.errors import KeyringDenied, KeyringFailed, KeyringLocked, KeyringMissing, KeyringSilent

UNTOUCHED: Final = "Nothing was changed."
ENCRYPTED_FILE: Final = "On a server without one, set up encrypted files: ssrcred vault init"


@dataclass(frozen=True)
class Situation:
    """One way in which a keyring does not work: the class of our error, what is said, and what to do.

    `midway` says that the keyring may have done it all the same.
    """

    kind: type[KeyringFailed]
    message: str
    hint: str
    midway: bool = False

    def error(self, unsure: str = UNTOUCHED) -> KeyringFailed:
        """Our error; `unsure` says what state things are in when the keyring may have done it all the same."""
        return self.kind(self.message, state=unsure if self.midway else UNTOUCHED, hint=self.hint)


NO_SESSION: Final = Situation(
    KeyringMissing,
    "There is no desktop session here, so there is no keyring: no D-Bus session bus was found.",
    f"On a desktop, run it in a terminal of the session that you are signed in to. {ENCRYPTED_FILE}",
)
NO_SERVICE: Final = Situation(
    KeyringMissing,
    "This desktop session has no keyring: no Secret Service answers.",
    "Install and start GNOME Keyring, or switch on the Secret Service of KWallet or KeePassXC. " + ENCRYPTED_FILE,
)
NEVER_SET_UP: Final = Situation(
    KeyringMissing,
    "The keyring of this user was never set up: it has no default collection.",
    "Sign in to the desktop once as this user and create a keyring with a password "
    f"(for GNOME, in Passwords and Keys). {ENCRYPTED_FILE}",
)
LOCKED: Final = Situation(
    KeyringLocked,
    "The keyring is locked, and nobody can be asked for its password here.",
    "Unlock it by signing in to the desktop as this user, or run the command in a terminal there. " + ENCRYPTED_FILE,
)
DISMISSED: Final = Situation(
    KeyringLocked,
    "The keyring asked for its password, and the question was dismissed or could not be shown.",
    f"Run the same command again on the desktop and type the keyring's password. {ENCRYPTED_FILE}",
)
BROKE_OFF: Final = Situation(
    KeyringFailed,
    "The keyring stopped in the middle: its service ended or was restarted.",
    "Run the same command again. If it happens again, sign out of the desktop and in again.",
    midway=True,
)
NO_REPLY: Final = Situation(
    KeyringSilent,
    "The keyring asked something in a window, and nobody answered it in time.",
    "Run the same command again and answer the keyring's window. For KWallet: open the wallet first.",
    midway=True,
)
ACCESS_DENIED: Final = Situation(
    KeyringDenied,
    "The session bus denied this program access to the keyring.",
    "Run it as the user who is signed in to the desktop, without sudo and outside of a sandbox (Flatpak, Snap).",
)
INCOMPLETE: Final = Situation(
    KeyringMissing,
    "This installation of Python lacks the part that talks to the system's keyring.",
    f"In the folder that ssrcred was installed from, type: {installer()} .",
)
NO_KEYRING: Final = Situation(
    KeyringMissing,
    "There is no keyring that ssrcred can use on this machine.",
    "To test it again: ssrcred rotate[lea] --plan. " + ENCRYPTED_FILE,
)
NOT_OPENED: Final = Situation(
    KeyringFailed, "The keyring could not be opened.", f"Sign out of the desktop and in again. {ENCRYPTED_FILE}"
)
NOT_SAVED: Final = Situation(
    KeyringDenied, "The keyring refused to save the item.", "Open the keyring's own program and see whether it works."
)
NOT_DELETED: Final = Situation(
    KeyringDenied,
    "The keyring refused to delete the item.",
    "Delete it by hand in the keyring's own program, then run the same command again.",
)
MAC_ANSWERED_NO: Final = Situation(
    KeyringLocked,
    "The Keychain asked whether ssrcred may use it, and the answer was Deny or Cancel.",
    "Run the same command again and choose Always Allow.",
)
MAC_NOBODY_TO_ASK: Final = Situation(
    KeyringDenied,
    "The Keychain cannot ask anybody in this kind of session, such as cron or ssh (macOS error -25308).",
    "Run it in Terminal on the Mac itself; for unattended runs use a LaunchAgent of the signed-in user, not cron.",
)
MAC_NOT_KNOWN: Final = Situation(
    KeyringDenied,
    "The Keychain refused this Python: its password was wrong, or this Python is new to it (macOS error -25293).",
    "Run it once in Terminal on the Mac and choose Always Allow. After an update of Python this has to be done again.",
)
WINDOWS_NO_LOGON: Final = Situation(
    KeyringDenied,
    "Windows stores no credentials for this kind of sign-in, such as a network sign-in (Windows error 1312).",
    "Run it at the machine, or as a scheduled task whose user's password is stored: not over WinRM, ssh or psexec.",
)
WINDOWS_TOO_LONG: Final = Situation(
    KeyringDenied,
    "Windows Credential Manager refused the item as too long (Windows error 1783).",
    "Check that only the key was pasted, and nothing around it.",
)
WINDOWS_REFUSED: Final = Situation(
    KeyringDenied,
    "Windows Credential Manager refused the request.",
    "Open Credential Manager in the Control Panel as this user and see whether it works.",
)
UNFORESEEN: Final = Situation(
    KeyringFailed,
    "The keyring failed for an unknown reason.",
    "To test it again: ssrcred rotate[lea] --plan. To use encrypted files instead: ssrcred vault init",
    midway=True,
)

ITEM_NOT_FOUND_ON_MAC: Final = -25300
# ERROR_NO_SUCH_LOGON_SESSION and RPC_X_BAD_STUB_DATA (headless.md, *Other platforms*).
BY_WINERROR: Final = {1312: WINDOWS_NO_LOGON, 1783: WINDOWS_TOO_LONG}
# By Apple's status, by the name of a D-Bus error, and by the name of a class.
KNOWN: Final[dict[object, Situation]] = {
    # Apple's OSStatus: userCanceledErr, errSecInteractionNotAllowed, errSecAuthFailed, a bad signature's plist.
    -128: MAC_ANSWERED_NO,
    -25308: MAC_NOBODY_TO_ASK,
    -25293: MAC_NOT_KNOWN,
    -67030: MAC_NOT_KNOWN,
    "org.freedesktop.DBus.Error.NoReply": NO_REPLY,
    "org.freedesktop.DBus.Error.AccessDenied": ACCESS_DENIED,
    "org.freedesktop.Secret.Error.IsLocked": LOCKED,
    "keyring.errors.NoKeyringError": NO_KEYRING,
    "keyring.errors.KeyringLocked": DISMISSED,
    "keyring.errors.InitError": NOT_OPENED,
    "keyring.errors.PasswordSetError": NOT_SAVED,
    "keyring.errors.PasswordDeleteError": NOT_DELETED,
    "secretstorage.exceptions.LockedException": LOCKED,
    "secretstorage.exceptions.PromptDismissedException": DISMISSED,
    "secretstorage.exceptions.SecretServiceNotAvailableException": NO_SERVICE,
    "builtins.ConnectionError": BROKE_OFF,
    "builtins.EOFError": BROKE_OFF,
    "builtins.TimeoutError": NO_REPLY,
    "builtins.ImportError": INCOMPLETE,
    "builtins.NameError": INCOMPLETE,
    "builtins.AttributeError": INCOMPLETE,
}


def situation(error: BaseException) -> Situation:
    """What a foreign error means; the deepest known cause wins, because keyring wraps what it is told."""
    found = UNFORESEEN
    link: BaseException | None = error
    while link is not None:
        found = _known(link) or found
        link = link.__cause__
    return found


def says_absent(error: BaseException) -> bool:
    """Whether keyring's refusal to delete only means that there was nothing to delete.

    keyring has one class for both; on macOS the status tells, elsewhere it is only raised for an absent item.
    """
    if type(error).__name__ != "PasswordDeleteError":
        return False
    cause = error.__cause__
    return cause is None or _status(cause) == ITEM_NOT_FOUND_ON_MAC


def _known(error: BaseException) -> Situation | None:
    winerror = getattr(error, "winerror", None)
    if winerror is not None:
        return BY_WINERROR.get(winerror, WINDOWS_REFUSED)
    classes = (f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__)
    names = (_status(error), str(getattr(error, "name", "")), *classes)
    return next((KNOWN[name] for name in names if name in KNOWN), None)


def _status(error: BaseException) -> int | None:
    """Apple's status, which keyring carries as the first argument of the error's cause."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None
