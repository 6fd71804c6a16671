"""Everything that can go wrong: what happened, what state things are in, and what to type next.

SsrcredError                      1   a bug, or something unforeseen
├── UsageWrong                    2   the command line
│   └── NotDue                        the credentials are valid for a long time yet
├── ConfigInvalid                 3   config.toml, an API profile, a map or a route; every problem at once
│   └── BrowserMissing                the confirmed settings need a browser, and none is installed
├── InputRefused                  4   what was pasted, piped or typed
├── KeyringFailed                 5   the keyring, or the encrypted file used instead
│   ├── KeyringMissing                there is none on this machine, or it is one that is not trusted
│   ├── KeyringLocked                 it exists and is locked, or the prompt was dismissed
│   ├── KeyringSilent                 it did not answer in time
│   ├── KeyringDenied                 it denied access
│   ├── KeyringUnfaithful             it did not return what was saved
│   └── CredentialMissing             nothing is stored under that name
├── PortalFailed                  6   the SIS portal
│   ├── LoginRefused                  never repeated
│   ├── PageNotUnderstood             nothing was written
│   │   └── PersonNeeded                  the sign-in waits for something that only a person can do
│   ├── NotConfirmed                  these settings are not confirmed yet; nothing was written
│   ├── PageChanged                   a page differs from what was confirmed, item by item; nothing was written
│   └── WriteNotConfirmed             written, and the page shows something else
├── CredentialRefused             7   expired, superseded or mistyped
├── PlaceDrifted                  7   a place that we wrote holds somebody else's credentials now
├── Unreachable                   8   the only one where "try again later" is honest
├── LedgerDamaged                 9   the ledger cannot be read or was edited
├── LockHeld                      9   another run is at work
├── Unfinished                   10   some places done, some not
└── Interrupted                 130   the person pressed Ctrl-C

Exit codes and `code` words are published (docs/reference/exit-codes.md) and never renumbered.
"""

from __future__ import annotations

from enum import StrEnum

# typing takes longer to import than `check_ssrcred` may take for all that is ours.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar

    from ssrcred.domain.place import Difference, Reading


class Cause(StrEnum):
    """Why a site, or a check, gave no answer, or none that says anything of the credentials."""

    UNKNOWN = ""
    DOWN = "down"  # it answered that it is down or under maintenance, or with a server error
    BUSY = "busy"  # it was asked too often (429)
    SILENT = "silent"  # no answer in time, or the connection ended before one
    NOT_CONNECTED = "not_connected"  # nobody takes the connection
    NAME = "name"  # DNS does not know the name
    CERTIFICATE = "certificate"  # this computer does not trust it
    CERTIFICATE_NAME = "certificate_name"  # it is for another name
    CERTIFICATE_DATE = "certificate_date"  # it is not valid today
    UNSAFE = "unsafe"  # no safe connection (TLS) comes about
    PROXY = "proxy"  # a proxy stands between, and does not let it through
    BLOCKED = "blocked"  # it answers, and blocks this program: a filter, or a right that is missing (403)
    STATE_SERVICE = "state_service"  # the portal answered, and says that it gets no answer from the state's service
    LOGIN_REFUSED = "login_refused"  # the portal rejected a sign-in
    NOT_ENROLLED = "not_enrolled"  # the state gives no access to this student, who is enrolled elsewhere


class SsrcredError(Exception):
    """One thing that went wrong, in three lines: `message`, `state`, `hint`. None of them may quote a secret.

    A command that refuses to guess which LEA is meant has `[lea]` behind it (`ssrcred resume[lea]`): where there are
    several LEAs, `lea` is named there as it is shown. `sis` is the name of the LEA's system.
    """

    code: ClassVar[str] = "unexpected"
    exit_code: ClassVar[int] = 1
    lea: str = ""
    sis: str = ""

    def __init_subclass__(cls, *, code: str = "", exit_code: int | None = None) -> None:
        """A kind without a code or an exit code of its own has that of the kind above it."""
        cls.code, cls.exit_code = code or cls.code, cls.exit_code if exit_code is None else exit_code

    def __init__(self, message: str, *, state: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.state = state
        self.hint = hint

    def lines(self) -> tuple[str, str, str]:
        """The message, the state and the hint, for the LEA that it is about."""
        message, state, hint = (addressed(text, self.lea, self.sis) for text in (self.message, self.state, self.hint))
        return message, state, hint


# The system that our texts name; an LEA with another one reads that one's name in its place.
SCHOOLWISE = "SchoolWise"


def addressed(text: str, lea: str = "", sis: str = "") -> str:
    """`text` with ` --lea NAME` for each `[lea]`, and without them where `lea` is "": there is nothing to choose.

    `sis` is the LEA's system, if it is not SchoolWise.
    """
    told = text.replace("[lea]", f" --lea {lea}" if lea else "")
    return told.replace(SCHOOLWISE, sis) if sis else told


class UsageWrong(SsrcredError, code="usage", exit_code=2):
    """The command line does not make sense."""


class NotDue(UsageWrong, code="not_due"):
    """New credentials were requested while these are valid for a long time yet, and there is nobody to ask."""


class ConfigInvalid(SsrcredError, code="config_invalid", exit_code=3):
    """A file that people edit is missing, unreadable or wrong; `problems` names every one with its dotted key."""

    def __init__(self, message: str, *, state: str, hint: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, state=state, hint=hint)
        self.problems = problems


class BrowserMissing(ConfigInvalid, code="browser_missing"):
    """The confirmed settings need a browser, and none is installed here."""


class InputRefused(SsrcredError, code="input_refused", exit_code=4):
    """What was pasted, piped or typed cannot be what TOMS showed."""


class KeyringFailed(SsrcredError, code="keyring_failed", exit_code=5):
    """The keyring did not do what it should; the classes below say why."""


class KeyringMissing(KeyringFailed, code="keyring_missing"):
    """No keyring that can be trusted is on this machine."""


class KeyringLocked(KeyringFailed, code="keyring_locked"):
    """The keyring is locked, or its prompt was dismissed."""


class KeyringSilent(KeyringFailed, code="keyring_silent"):
    """The keyring did not answer within the time limit."""


class KeyringDenied(KeyringFailed, code="keyring_denied"):
    """The keyring refused this program or this item."""


class KeyringUnfaithful(KeyringFailed, code="keyring_unfaithful"):
    """The keyring returned something else than was saved, or still has what was deleted."""


class CredentialMissing(KeyringFailed, code="credential_missing"):
    """Nothing is stored under the name that was asked for."""


class PortalFailed(SsrcredError, code="portal_failed", exit_code=6):
    """The work in the SIS portal failed; the classes below say why."""


class LoginRefused(PortalFailed, code="login_refused"):
    """The portal rejected a sign-in. Never repeated: portals lock accounts.

    `was_in`: this account was signed in before in this run, and the portal ended its session again and again; that says
    nothing about the password.
    """

    def __init__(self, message: str, *, state: str, hint: str, was_in: bool = False) -> None:
        super().__init__(message, state=state, hint=hint)
        self.was_in = was_in


class PageNotUnderstood(PortalFailed, code="page_not_understood"):
    """A page has no, or more than one, spot that the words fit. Nothing was written."""


class PersonNeeded(PageNotUnderstood):
    """The sign-in waits for something that only a person can do: a code, or a new password for the account.

    `asked`: it was sent in this run. If not, an earlier run was asked for this, and nobody is here who could do it.
    """

    def __init__(self, message: str, *, state: str, hint: str, asked: bool = True) -> None:
        super().__init__(message, state=state, hint=hint)
        self.asked = asked


class NotConfirmed(PortalFailed, code="not_confirmed"):
    """It is not confirmed yet which fields hold these credentials. Nothing was written."""


class PageChanged(PortalFailed, code="page_changed"):
    """A page differs from what was confirmed; `differences` names every item. Nothing was written.

    `readings` are the settings that are as they were confirmed.
    """

    def __init__(
        self,
        message: str,
        *,
        state: str,
        hint: str,
        differences: tuple[Difference, ...] = (),
        readings: tuple[Reading, ...] = (),
    ) -> None:
        super().__init__(message, state=state, hint=hint)
        self.differences, self.readings = differences, readings


class WriteNotConfirmed(PortalFailed, code="write_not_confirmed"):
    """A save was sent and the page does not show what was sent."""


class CredentialRefused(SsrcredError, code="pair_refused", exit_code=7):
    """The credentials are rejected: expired, replaced or mistyped. The service's errors do not tell which."""


class PlaceDrifted(SsrcredError, code="place_drifted", exit_code=7):
    """A place that we wrote holds other credentials now: somebody else changed them."""


class Unreachable(SsrcredError, code="unreachable", exit_code=8):
    """A site did not answer, or not in time, or not over a connection that can be trusted; `cause` says which."""

    def __init__(self, message: str, *, state: str, hint: str, cause: Cause = Cause.UNKNOWN) -> None:
        super().__init__(message, state=state, hint=hint)
        self.cause = cause


class LedgerDamaged(SsrcredError, code="ledger_damaged", exit_code=9):
    """The ledger cannot be read or written, or its chain of hashes is broken."""


class LockHeld(SsrcredError, code="lock_held", exit_code=9):
    """Another run of ssrcred works on the same LEA."""


class Unfinished(SsrcredError, code="unfinished", exit_code=10):
    """A rotation is under way, or ended with some places not done."""


class Interrupted(SsrcredError, code="interrupted", exit_code=130):
    """The person stopped the program."""


def system_reason(error: OSError) -> str:
    """The system's words for an error as part of a sentence; no path, and nothing of what was read or written."""
    return (error.strerror or "no reason given").lower()


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` that is most like a misspelled `word`, or ""; capitals make no difference."""
    import difflib  # only a mistake is worth the import

    names = {name.casefold(): name for name in known}
    return names.get(next(iter(difflib.get_close_matches(word.casefold(), names, n=1)), ""), "")
