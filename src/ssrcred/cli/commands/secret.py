"""The commands secret set and secret drop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssrcred.app.secrets import drop_secret, set_secret
from ssrcred.app.session import Session
from ssrcred.cli.option import LeaName, command, file_path

secret = typer.Typer(
    help="Store passwords and the test student's SSID in the keyring or in encrypted files.\n\n"
    "Their names: schoolwise (the office account's password), parent and parent:ACCOUNT (a parent account's), "
    "test-ssid (the test student's SSID), notify:smtp (the mail server's password) and notify:NAME (a chat's address).",
    no_args_is_help=True,
)

TryIt = Annotated[
    bool | None,
    typer.Option("--try/--no-try", help="Test a SchoolWise password by one sign-in; at a terminal that is usual."),
]
OneLine = Annotated[bool, typer.Option("--stdin", help="One line on standard input: the secret.")]
FromFile = Annotated[
    Path | None,
    typer.Option("--file", parser=file_path, metavar="FILE", help="One line in FILE (UTF-8): the secret."),
]
SecretName = Annotated[
    str, typer.Argument(metavar="NAME", help="schoolwise, parent, parent:ACCOUNT, test-ssid or notify:NAME.")
]


@secret.command("set")
@command()
def secret_set(
    session: Session,
    name: SecretName,
    lea: LeaName = None,
    stdin: OneLine = False,
    file: FromFile = None,
    try_it: TryIt = None,
) -> None:
    """Store a secret, from a hidden prompt, from standard input or from a file."""
    set_secret(session, name, lea, stdin=stdin, file=file, try_it=try_it)


@secret.command("drop")
@command()
def secret_drop(session: Session, name: SecretName, lea: LeaName = None) -> None:
    """Delete a secret."""
    drop_secret(session, name, lea)
