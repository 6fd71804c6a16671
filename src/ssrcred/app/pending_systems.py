"""The new credentials on their way to the other systems that use them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ssrcred.app.session import Session, Work
from ssrcred.app.terminal import Terminal
from ssrcred.domain.standing import Standing
from ssrcred.workflows import pending_systems


def encrypt_for(session: Session, lea: str | None, vendor: str, recipient: str, file: Path) -> tuple[Work, str]:
    """Write an LEA's credentials into a new file that only a vendor's age key `recipient` opens.

    Gives the LEA and the vendor's name as config.toml has it. Raises InputRefused and UsageWrong.
    """
    from ssrcred.adapters.vault import sealed_file

    sealed_file.check_sendable(file, recipient)  # before the keyring asks for anything
    with session.open(lea, portal=False, reports=False) as work:
        write = partial(sealed_file.send, file, recipient=recipient)
        (sealed,) = work.follow(pending_systems.seal(work.workflow, vendor, recipient, write))
    return work, sealed.detail["vendor"]


def say_pending(terminal: Terminal, standing: Standing) -> None:
    """Say which systems still wait for the new credentials, if any."""
    if standing.handovers:
        terminal.say(f"Pending systems: {', '.join(standing.handovers)}.", style="bold")
        terminal.say("They do not work until they have the new credentials. To see how: ssrcred handover[lea].")
