"""The commands on what keeps pairs and passwords: vault init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.cli.option import NoInput
from ssrcred.cli.session import Session
from ssrcred.config import set_vault
from ssrcred.errors import InputRefused

vault = typer.Typer(help="Set up an encrypted file for a machine without a keyring.", no_args_is_help=True)


@vault.command("init")
def vault_init(
    context: typer.Context,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", metavar="PATH", help="Where the unlocking key goes; without it, a passphrase."),
    ] = None,
    no_input: NoInput = False,
) -> None:
    """Set up encrypted files (age) in place of the keyring, and say so in config.toml."""
    from ssrcred.vault.agefile import init

    session = Session.of(context, no_input=no_input)
    if session.home.config.exists():
        session.config()  # one that cannot be written to is found out before there is a vault that it cannot name
    passphrase = None
    if key_file is None:
        passphrase = session.asker.hidden("A passphrase", option="--key-file PATH")
        if not passphrase or not passphrase.matches(session.asker.hidden("The same again")):
            raise InputRefused("The two are not the same, or empty.", state="Nothing was set up.", hint="Run it again.")
    init(session.home.vault, passphrase=passphrase, key_file=key_file)
    set_vault(session.home.config, "file")
    session.say(f"Set up: pairs and passwords are kept as age files in {session.home.vault}.")
    if key_file is not None:
        session.say(f"The key that opens them is in {key_file}.")
        session.say("Other users, and whoever finds a backup without that key, cannot read them. An administrator of")
        session.say("this machine, or a program that runs as you, can.")
