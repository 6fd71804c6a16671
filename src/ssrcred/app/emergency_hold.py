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
    "The new pair is only in this window now. Do not close it, and stay on the TOMS screen.",
    "1  try the keyring again, once you have unlocked or mended it",
    "2  save the pair in an encrypted file, under a passphrase of your choice",
    "3  give the pair up; you will have to regenerate in TOMS",
)


class EmergencyHold:
    """Holds one LEA's new credentials when the keyring refuses them: in this process, or in an encrypted file."""

    def __init__(self, session: Session, lea: str) -> None:
        self._environment, self._terminal, self._lea = session.environment, session.terminal, lea
        self._waited = 0.0

    def __call__(self, credential: Credential, slot: str, refusal: KeyringFailed) -> bool:
        """True = try the keyring again, False = the pair is in an encrypted file. Raises `refusal` when given up.

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
                if choice == GIVE_UP and terminal.ask("  Type LOSE to give it up").strip() == "LOSE":
                    raise _given_up(refusal)
        except Interrupted:
            return self._wait(refusal)  # the window was closed or Ctrl-D pressed; the pair is not lost for that

    def _wait(self, refusal: KeyringFailed) -> bool:
        pause = min(max(1.0, self._waited), LONGEST_PAUSE_S)
        if self._waited + pause > HOLD_WITHOUT_PERSON_S:
            raise _given_up(refusal)
        self._say(f"The keyring did not take the new pair ({refusal.message}) Trying again in {pause:.0f} s.")
        self._environment.sleep(pause)
        self._waited += pause
        return True

    def _say(self, text: str) -> None:
        self._terminal.say(f"  {text}")

    def file(self, slot: str) -> Path:
        """Where a pair meant for `slot` is saved in an emergency."""
        return self._environment.home.held / f"{self._lea}-{slot}.age"

    def _save(self, credential: Credential, slot: str) -> bool:
        from ssrcred.adapters.vault.sealed_file import hold

        try:
            passphrase = self._terminal.ask_hidden("  A passphrase")
            if not passphrase or not passphrase.matches(self._terminal.ask_hidden("  The same again")):
                self._say("The two are not the same, or empty.")
                return False
            hold(self.file(slot), credential, passphrase)
        except (KeyringFailed, InputRefused) as problem:
            self._say(f"{problem.message} {problem.hint}")
            return False
        self._say(f"Saved in: {self.file(slot)}")
        return True

    def saved(self, slot: str) -> Credential | None:
        """The pair that an earlier emergency saved for `slot`, or None. Asks for its passphrase."""
        from ssrcred.adapters.vault.sealed_file import held

        if not self.file(slot).exists():
            return None
        self._say("The new pair was saved in an encrypted file, because the keyring did not take it.")
        return held(self.file(slot), self._terminal.ask_hidden("  Passphrase of that file"))

    def over(self, slot: str) -> None:
        """Delete the file, once the keyring holds its pair."""
        if self.file(slot).exists():
            from ssrcred.adapters.vault.sealed_file import drop

            drop(self.file(slot))


def _given_up(refusal: KeyringFailed) -> KeyringFailed:
    """The keyring's refusal, with the state that things are in once the credentials are lost."""
    return type(refusal)(
        refusal.message,
        state="The new pair is not stored anywhere. The old one has been dead since the click in TOMS.",
        hint="Mend the keyring; if TOMS still shows the key, leave its screen open. Then: ssrcred resume[lea].",
    )
