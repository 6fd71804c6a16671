"""The commands vault init and vault move."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.vault_setup import Place, init_files, move_all
from ssrcred.cli.option import command, file_path

vault = typer.Typer(
    help="Set up encrypted files for a computer without a keyring; move everything between the two.",
    no_args_is_help=True,
)

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        parser=file_path,
        metavar="PATH",
        help="A file for the key that opens them; without it, a passphrase.",
    ),
]


@vault.command("init")
@command()
def vault_init(session: Session, key_file: KeyFile = None) -> None:
    """Set up encrypted files (age) in place of the keyring, and record that in config.toml."""
    init_files(session, key_file)


@vault.command("move")
@command()
def vault_move(
    session: Session,
    to: Annotated[Place, typer.Argument(metavar="keyring|file", help="Where everything goes.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the names of what would be moved.")] = False,
    key_file: KeyFile = None,
) -> None:
    """Move all credentials and passwords: copy, verify each copy, change config.toml, and delete the source."""
    move_all(session, to, key_file, dry_run=dry_run)
