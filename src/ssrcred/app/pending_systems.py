"""The new credentials on their way to the other systems that use them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ssrcred.adapters.atomic_file import save_new
from ssrcred.app.credential_display import check_erasable, show_and_erase
from ssrcred.app.session import Session, Work
from ssrcred.app.sis import sis_directory
from ssrcred.app.terminal import Terminal
from ssrcred.domain.credential import fingerprint
from ssrcred.domain.errors import UsageWrong
from ssrcred.domain.local_time import local_day
from ssrcred.domain.standing import Standing
from ssrcred.output.vendor_note import vendor_note
from ssrcred.workflows import pending_systems


@dataclass(frozen=True)
class Parcel:
    """What was written for a vendor: the encrypted file, the text that goes with it, and the key that opens it."""

    work: Work
    vendor: str
    note: Path
    fingerprint: str | None


def encrypt_for(
    session: Session, lea: str | None, vendor: str, file: Path, recipient: str, *, by_passphrase: bool, new_key: bool
) -> Parcel:
    """Write an LEA's credentials into a new file that only a vendor opens, and a plain text for its help desk.

    It opens with the age key `recipient`, or the one that was used before, or with a passphrase that is shown and then
    forgotten. Raises InputRefused and UsageWrong.
    """
    from ssrcred.adapters.vault import sealed_file

    note = file.with_name(f"{file.name}.txt")
    sealed_file.check_sendable(file, recipient)  # before the keyring asks for anything
    sealed_file.check_sendable(note)
    if by_passphrase:
        check_erasable(session, "A passphrase is", "ssrcred handover[lea] --to NAME --passphrase FILE.")
    directory = sis_directory(session.environment)
    with session.open(lea, portal=False, reports=False) as work:
        name = pending_systems.known_system(work.workflow, vendor)
        passphrase = sealed_file.suggested_passphrase() if by_passphrase else None
        if passphrase is None:
            recipient = _confirmed_key(session, work.workflow.standing, name, recipient, new_key=new_key)
        write = partial(sealed_file.send, file, opened_by=passphrase or recipient)
        list(work.follow(pending_systems.seal(work.workflow, name, recipient, write)))
        generated_on = local_day(work.workflow.newest()[1].generated_at, work.lea.timezone)
        text = vendor_note(work.lea.name, name, file.name, recipient, generated_on, directory, directory.named(name))
        what = "The encrypted file is written, and the text for the vendor's help desk is not."
        save_new(note, text.encode(), f"{what} {sealed_file.STILL_STORED}")
    if passphrase is not None:
        words = "Tell the vendor this passphrase on the telephone, at a number that you know. It is not stored."
        show_and_erase(session, words, {"Passphrase": passphrase})
    return Parcel(work, name, note, fingerprint(recipient) if recipient else None)


def _confirmed_key(session: Session, standing: Standing, vendor: str, given: str, *, new_key: bool) -> str:
    """The key to encrypt for: as `given`, else the one that was used before. Raises UsageWrong for another one."""
    before = standing.recipients.get(vendor, "")
    if not given and not before:
        raise UsageWrong(
            f"No age public key of {vendor} is known yet.",
            state="Nothing was written.",
            hint=f'Ask the vendor for it: ssrcred handover[lea] --to "{vendor}" --for age1... FILE. For a vendor that '
            "has none, use --passphrase in place of --for.",
        )
    if given and before and given != before and not new_key:
        message = (
            f"{vendor} had another key until now: fingerprint {fingerprint(before)}, and this one's is "
            f"{fingerprint(given)}."
        )
        if session.terminal.no_input:
            raise UsageWrong(
                message,
                state="Nothing was written.",
                hint="Ask them on the telephone, at a number that you know: somebody who can change a mail could put "
                "in another key. If it is theirs, add --new-key.",
            )
        session.terminal.say(f"{message} Ask them on the telephone, at a number that you know.")
        if not session.terminal.ask_yes_no("Have they read the new key to you?", default=False):
            raise UsageWrong(message, state="Nothing was written.", hint="Run it again when you know whose key it is.")
    return given or before


def say_pending(terminal: Terminal, standing: Standing) -> None:
    """Say which systems still wait for the new credentials, if any."""
    if standing.handovers:
        terminal.say(f"Pending systems: {', '.join(standing.handovers)}.", style="bold")
        terminal.say("They do not work until they have the new credentials. To see how: ssrcred handover[lea].")
