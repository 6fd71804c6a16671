"""The doctor's look into the keyring: whether it opens without asking anybody, and whether what is needed is there.

All of it one after the other, in one thread: a keyring that hangs is asked once, and not once for each LEA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ssrcred import diagnosis, finding
from ssrcred.cli.attempt import Check, gather
from ssrcred.cli.channel import SHARED
from ssrcred.cli.driver import accounts
from ssrcred.cli.session import SHORT_LIMIT_S, Session, remembered
from ssrcred.config import Config, Lea
from ssrcred.config.value import RESERVED
from ssrcred.errors import CredentialMissing, KeyringFailed, LedgerDamaged
from ssrcred.finding import Finding

if TYPE_CHECKING:
    from ssrcred.vault import Backend, Vault

KEYRING_S: Final = 60.0
KEYRING_LEA_S: Final = 0.25
"""Seconds for all that is asked of the keyring, and more for each LEA; the first of its calls that is late ends it."""

Kept = dict[str, list[Finding]]
"""By LEA (or SHARED), what was found of its secrets."""


class Opening:
    """One look; `scheduled` when a scheduler has started it."""

    def __init__(self, session: Session, *, scheduled: bool) -> None:
        self._session = session
        self._scheduled = scheduled

    def look(self, config: Config | None, leas: list[Lea]) -> tuple[Finding, Kept]:
        """What was found of the keyring itself, and of what it keeps. Nothing in it is shown or changed."""
        if config is None:
            words = "Where pairs are kept is said in config.toml: mend that first."
            return finding.not_tried("vault", words), {}
        kept: Kept = {}
        check = Check("vault", lambda: [self._open(config, leas, kept)], KeyringFailed)
        [opened] = gather([check], limit_s=KEYRING_S + KEYRING_LEA_S * len(leas))
        for lea in leas:
            words = "The keyring could not be asked."
            kept.setdefault(lea.key, [finding.not_tried("secrets", words), finding.not_tried("pair", words)])
        return opened[0], kept

    def _open(self, config: Config, leas: list[Lea], kept: Kept) -> Finding:
        from ssrcred.vault import Vault

        backend = self._backend(config)
        # Any item will do: whoever may look for one may open the keyring.
        Vault(backend, "doctor").holds("pair-0001")
        if names := _shared_names(config, leas):
            missing = [name for name in names if not holds_secret(Vault(backend, SHARED), name)]
            kept[SHARED] = [diagnosis.shared_secrets(missing, len(names) - len(missing))]
        for lea in leas:
            kept[lea.key] = self._kept(Vault(backend, lea.key), lea)
        file = config.backend == "file"
        return diagnosis.vault(backend.description, file=file, scheduled=self._scheduled)

    def _backend(self, config: Config) -> Backend:
        machine = self._session.machine
        if config.backend == "file":
            from ssrcred.vault.agefile import open_age_vault

            return open_age_vault(self._session.home.vault, environ=machine.environ, ask=None)
        return machine.os_keyring(SHORT_LIMIT_S, None)

    def _kept(self, vault: Vault, lea: Lea) -> list[Finding]:
        names = _secret_names(lea)
        missing = [name for name in names if not holds_secret(vault, name)]
        return [diagnosis.secrets(lea.key, missing, len(names) - len(missing)), self._pair(vault, lea)]

    def _pair(self, vault: Vault, lea: Lea) -> Finding:
        from ssrcred.ledger import Ledger

        try:
            with Ledger.readonly(self._session.home.ledger) as ledger:
                slot = remembered(ledger, lea.key).newest_slot
        except LedgerDamaged:
            words = "Which pair is the current one cannot be read: see the ledger."
            return finding.not_tried("pair", words, "ssrcred history")
        return diagnosis.pair(lea.key, slot=slot, there=slot is not None and vault.holds(slot))


def _secret_names(lea: Lea) -> list[str]:
    """The secrets without which the LEA's commands stop (cli/driver.py): the test SSID is not one of them."""
    names = [secret for _, secret in accounts(lea).values()]
    office = lea.schoolwise is not None and lea.schoolwise.driver != "hand"
    return (["schoolwise"] if office else []) + sorted(names)


def _shared_names(config: Config, leas: list[Lea]) -> list[str]:
    """The secrets of mail and chat that reminders need (cli/channel.py)."""
    channels = set(config.everyone.channels).union(*(lea.remind.channels for lea in leas))
    mail = [f"notify:{RESERVED}"] if config.smtp is not None and config.smtp.username else []
    return mail + [f"notify:{name}" for name in sorted(channels)]


def holds_secret(vault: Vault, name: str) -> bool:
    """Whether a secret is stored. Raises KeyringFailed where nobody can tell."""
    try:
        vault.secret(name)
    except CredentialMissing:
        return False
    return True
