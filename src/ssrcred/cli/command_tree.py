"""The whole program as Typer's tree of commands, for whoever runs one of them or describes them all."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer

from ssrcred import __version__
from ssrcred.cli.command_list import COMMANDS
from ssrcred.cli.option import Log, Quiet


def command_tree(first: str = "") -> Any:
    """The program with the one command that is the `first` word typed; with all of them where that is no command.

    It is what Typer makes of click's Group, a class that Typer does not publish.
    """
    app = typer.Typer(
        name="ssrcred",
        help="Rotate a California LEA's TOMS vendor credentials: generate them in TOMS, store them, save them in "
        "SchoolWise, test them, and count the days.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    # What is typed names its command almost always; building all of them would take longer than most of them run.
    for name in (first,) if first in COMMANDS else COMMANDS:
        panel, where = COMMANDS[name]
        module, _, noun = where.partition(".")
        found = getattr(import_module(f"ssrcred.cli.commands.{module}"), noun)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, rich_help_panel=panel)
        else:
            app.command(name, rich_help_panel=panel)(found)
    return typer.main.get_command(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ssrcred {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version and exit.")
    ] = False,
    quiet: Quiet = False,  # both as behind a command, which finds them here (option.py)
    log: Log = None,
) -> None:
    """The options that stand before a command."""
