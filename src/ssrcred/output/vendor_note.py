"""The plain text that goes with an encrypted file to a vendor's help desk: how to open it, and where it goes."""

from __future__ import annotations

import textwrap
from typing import Final

from ssrcred.domain.sis import Directory, System

COLUMNS: Final = 72


def vendor_note(
    lea: str, vendor: str, file: str, recipient: str, generated_on: str, directory: Directory, system: System | None
) -> str:
    """The text for `vendor` about an LEA's `file`, encrypted for `recipient`, or with a passphrase where that is ""."""
    opening = f"age -d {file}" if not recipient else f"age -d -i KEY-FILE {file}"
    how = (
        f"Use age (https://age-encryption.org) and the key file whose public key is {recipient}:"
        if recipient
        else "Install age (https://age-encryption.org, free). It asks for the passphrase that we tell you on the "
        "telephone:"
    )
    where = "Where they go in your product is not published; you know it."
    if system is not None and system.where.says:
        source = directory.source_of(system.where)
        where = f"In {system.name}: {system.where.says}."
        where += f" Fields: {system.fields.says}." if system.fields.says else ""
        where += f" Test: {system.test.says}." if system.test.says else ""
        where += f" ({source.name}{f', {source.address}' if source.address else ''})"
    parts = [
        f"New TOMS vendor credentials of {lea}, for {vendor}",
        f"The file {file} has the new User Name and Secret Key, encrypted. They were generated on "
        f"{generated_on}. The former ones have not worked since.",
        f"1. Open the file. {how}",
        f"       {opening}",
        "It shows two lines, User Name and Secret Key. Copy and paste them; do not retype them. Do not send them on by "
        "mail or chat: whoever has them can read students' score reports.",
        f"2. Enter them. {where}",
        "3. Tell us when score reports open again, and delete the file.",
        "This text has no secret in it.",
    ]
    return (
        "\n\n".join(
            part
            if part.startswith("  ")
            else textwrap.fill(part, COLUMNS, break_long_words=False, break_on_hyphens=False)
            for part in parts
        )
        + "\n"
    )
