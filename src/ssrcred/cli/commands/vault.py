"""The commands vault init and vault move."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.vault import Place, init_files, move_all
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import file_path

vault = typer.Typer(
    help="Set up an encrypted file for a machine without a keyring; move between the two.", no_args_is_help=True
)

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file", parser=file_path, metavar="PATH", help="Where the unlocking key goes; without it, a passphrase."
    ),
]


@vault.command("init")
@command("no_input")
def vault_init(session: Session, key_file: KeyFile = None) -> None:
    """Set up encrypted files (age) in place of the keyring, and say so in config.toml."""
    init_files(session, key_file)


@vault.command("move")
@command(*USUAL)
def vault_move(
    session: Session,
    to: Annotated[Place, typer.Argument(metavar="keyring|file", help="Where everything goes.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what is there to be moved, by name.")] = False,
    key_file: KeyFile = None,
) -> None:
    """Bring every pair and password over: copied, each copy verified, config.toml changed, and the source deleted."""
    move_all(session, to, key_file, dry_run=dry_run)
