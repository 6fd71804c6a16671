"""Holds new credentials when the keyring does not take them: TOMS shows a secret key once only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ssrcred.app.session import Session
from ssrcred.domain.credential import Credential
from ssrcred.domain.errors import InputRefused, Interrupted, KeyringFailed

HOLD_WITHOUT_PERSON_S: Final = 300.0
LONGEST_PAUSE_S: Final = 60.0

TRY_AGAIN: Final = "1"
SAVE: Final = "2"
GIVE_UP: Final = "3"
MENU: Final = (
    "The new credentials are only in this window now. Do not close it, and stay on the TOMS screen.",
    "1  try the keyring again, after you have unlocked or fixed it",
    "2  save the credentials in an encrypted file, with a passphrase that you choose",
    "3  discard the credentials; you will have to regenerate in TOMS",
)


class EmergencyHold:
    """Holds one LEA's new credentials when the keyring refuses them: in this process, or in an encrypted file."""

    def __init__(self, session: Session, lea: str) -> None:
        self._environment, self._terminal, self._lea = session.environment, session.terminal, lea
        self._waited = 0.0

    def __call__(self, credential: Credential, slot: str, refusal: KeyringFailed) -> bool:
        """Return True to try the keyring again, False once an encrypted file has them. Raises `refusal` if discarded.

        Without a person it tries again on a growing interval for five minutes, and then gives up.
        """
        terminal = self._terminal
        if terminal.no_input:
            return self._wait(refusal)
        try:
            while True:
                for line in MENU:
                    self._say(line)
                choice = terminal.ask("  1, 2 or 3", default=TRY_AGAIN).strip()
                if choice == TRY_AGAIN or (choice == SAVE and self._save(credential, slot)):
                    return choice == TRY_AGAIN
                if choice == GIVE_UP and terminal.ask("  Type LOSE to discard them").strip() == "LOSE":
                    raise _given_up(refusal)
        except Interrupted:
            return self._wait(refusal)  # the window was closed or Ctrl-D pressed: no reason to lose the key

    def _wait(self, refusal: KeyringFailed) -> bool:
        pause = min(max(1.0, self._waited), LONGEST_PAUSE_S)
        if self._waited + pause > HOLD_WITHOUT_PERSON_S:
            raise _given_up(refusal)
        self._say(f"The keyring did not store the new credentials ({refusal.message}) Trying again in {pause:.0f} s.")
        self._environment.sleep(pause)
        self._waited += pause
        return True

    def _say(self, text: str) -> None:
        self._terminal.say(f"  {text}")

    def file(self, slot: str) -> Path:
        """Return the path where credentials meant for `slot` are saved in an emergency."""
        return self._environment.home.held / f"{self._lea}-{slot}.age"

    def _save(self, credential: Credential, slot: str) -> bool:
        from ssrcred.adapters.vault.sealed_file import hold

        try:
            passphrase = self._terminal.ask_hidden("  A passphrase")
            if not passphrase or not passphrase.matches(self._terminal.ask_hidden("  Type it again")):
                self._say("The passphrases do not match, or are blank.")
                return False
            hold(self.file(slot), credential, passphrase)
        except (KeyringFailed, InputRefused) as problem:
            self._say(f"{problem.message} {problem.hint}")
            return False
        self._say(f"Saved in: {self.file(slot)}")
        return True

    def saved(self, slot: str) -> Credential | None:
        """Return the credentials that an earlier emergency saved for `slot`, or None. Asks for the passphrase."""
        from ssrcred.adapters.vault.sealed_file import held, is_held

        if not is_held(self.file(slot)):
            return None
        self._say("The new credentials were saved in an encrypted file, because the keyring did not store them.")
        return held(self.file(slot), self._terminal.ask_hidden("  Passphrase of that file"))

    def over(self, slot: str) -> None:
        """Delete the file, once the keyring has the credentials."""
        from ssrcred.adapters.vault.sealed_file import drop, is_held

        if is_held(self.file(slot)):
            drop(self.file(slot))


def _given_up(refusal: KeyringFailed) -> KeyringFailed:
    """The keyring's refusal, with the state that things are in once the credentials are lost."""
    refusal.state = "The new credentials are not stored anywhere. The old ones stopped working when you generated "
    refusal.state += "these in TOMS."
    refusal.hint = "Fix the keyring. If TOMS still shows the key, leave that screen open. Then: ssrcred resume[lea]."
    return refusal
