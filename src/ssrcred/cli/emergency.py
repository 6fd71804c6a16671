"""Keeps a fresh pair that the keyring refuses: in memory, until one way of saving it works."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from ssrcred.cli.session import Session
from ssrcred.credential import Credential
from ssrcred.errors import InputRefused, Interrupted, KeyringFailed

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


class Emergency:
    """One LEA's emergency: `hold` is what the rotation asks for when the keyring refuses a pair."""

    def __init__(self, session: Session, lea: str, say: Callable[[str], None]) -> None:
        self._session = session
        self._lea = lea
        self._say = say
        self._waited = 0.0

    def hold(self, credential: Credential, slot: str, refusal: KeyringFailed) -> bool:
        """True = try the keyring again, False = the pair is in an encrypted file. Raises `refusal` when given up.

        Without a person it tries again on a growing interval for five minutes, and then gives up.
        """
        if self._session.asker.no_input:
            return self._wait(refusal)
        try:
            choice = self._chosen(credential, slot)
        except Interrupted:
            return self._wait(refusal)  # the window was closed or Ctrl-D pressed; the pair is not lost for that
        if choice == GIVE_UP:
            raise _given_up(refusal)
        return choice == TRY_AGAIN

    def _chosen(self, credential: Credential, slot: str) -> str:
        asker = self._session.asker
        while True:
            for line in MENU:
                self._say(line)
            choice = asker.line("  1, 2 or 3", default=TRY_AGAIN).strip()
            if choice == TRY_AGAIN or (choice == SAVE and self._save(credential, slot)):
                return choice
            if choice == GIVE_UP and asker.line("  Type LOSE to give it up").strip() == "LOSE":
                return choice

    def _wait(self, refusal: KeyringFailed) -> bool:
        pause = min(max(1.0, self._waited), LONGEST_PAUSE_S)
        if self._waited + pause > HOLD_WITHOUT_PERSON_S:
            raise _given_up(refusal)
        self._say(f"The keyring did not take the new pair ({refusal.message}) Trying again in {pause:.0f} s.")
        self._session.machine.sleep(pause)
        self._waited += pause
        return True

    def file(self, slot: str) -> Path:
        """Where a pair meant for `slot` is saved in an emergency."""
        return self._session.home.held / f"{self._lea}-{slot}.age"

    def _save(self, credential: Credential, slot: str) -> bool:
        from ssrcred.vault.held import hold

        try:
            passphrase = self._session.asker.hidden("  A passphrase")
            if not passphrase or not passphrase.matches(self._session.asker.hidden("  The same again")):
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
        from ssrcred.vault.held import held

        if not self.file(slot).exists():
            return None
        self._say("The new pair was saved in an encrypted file, because the keyring did not take it.")
        return held(self.file(slot), self._session.asker.hidden("  Passphrase of that file"))

    def over(self, slot: str) -> None:
        """Delete the file, once the keyring holds its pair."""
        if self.file(slot).exists():
            from ssrcred.vault.held import drop

            drop(self.file(slot))


def _given_up(refusal: KeyringFailed) -> KeyringFailed:
    """The keyring's refusal, with the state that things are in once its pair is gone."""
    return type(refusal)(
        refusal.message,
        state="The new pair is not stored anywhere. The old one has been dead since the click in TOMS.",
        hint="Mend the keyring; if TOMS still shows the key, leave its screen open. Then: ssrcred resume.",
    )


@contextmanager
def unbreakable(say: Callable[[str], None]) -> Iterator[None]:
    """Neither Ctrl-C nor a closed window ends the program inside: a fresh pair may be nowhere but in its memory."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def refuse(number: int, frame: FrameType | None) -> None:
        say("Not now: the new pair is not saved yet.")

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]  # Windows has no SIGHUP
    before = {name: signal.signal(getattr(signal, name), refuse) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
