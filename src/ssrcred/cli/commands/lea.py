"""The commands lea add, list, remove, rename, import and export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ssrcred.app import lea_change, lea_list
from ssrcred.app.session import Session
from ssrcred.cli.option import command, file_path
from ssrcred.output import person

lea = typer.Typer(help="The LEAs in config.toml: list, add, rename and remove them, one or many.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(metavar="NAME", help="Its short name, as for --lea.")]


def _text(name: str, value: str, help: str) -> Any:
    return typer.Option(name, metavar=value, help=help)


@lea.command("list")
@command(document="lea")
def lea_list_all(session: Session) -> None:
    """List the LEAs in config.toml."""
    rows = lea_list.listed(session, session.config())
    if session.result.json:
        session.result.answer({"leas": rows})
    else:
        person.leas(session.terminal.console(answer=True), rows)


@lea.command("add")
@command(document="lea")
def lea_add(
    session: Session,
    key: Key,
    name: Annotated[str, _text("--name", "NAME", "Its full name.")] = "",
    cds: Annotated[str, _text("--cds", "CODE", "Its CDS code, 14 digits.")] = "",
    url: Annotated[str, _text("--url", "URL", "https://NAME.schoolwise.com, without www.")] = "",
    username: Annotated[str, _text("--username", "NAME", "The office account in SchoolWise.")] = "",
    vendor: Annotated[
        list[str] | None, _text("--vendor", "NAME", "Another system that uses the credentials; repeatable.")
    ] = None,
) -> None:
    """Add one LEA to config.toml, without its passwords (ssrcred setup asks for all of it)."""
    portal = {part: value for part, value in (("url", url), ("username", username)) if value}
    given: dict[str, Any] = {"name": name, "cds": cds}
    given |= {part: value for part, value in (("schoolwise", portal), ("vendors", vendor)) if value}
    lea_list.add(session, key, given)


@lea.command("rename")
@command(document="lea")
def lea_rename(
    session: Session, key: Key, name: Annotated[str, typer.Argument(metavar="NEW", help="The new short name.")]
) -> None:
    """Give an LEA another short name; credentials, passwords, confirmed fields and history go with it."""
    lea_change.rename(session, key, name)


@lea.command("remove")
@command(document="lea")
def lea_remove(
    session: Session,
    key: Key,
    delete_credentials: Annotated[
        bool, typer.Option("--delete-credentials", help="Delete its credentials and passwords, too.")
    ] = False,
) -> None:
    """Remove an LEA from config.toml; its credentials and passwords stay stored."""
    lea_change.remove(session, key, delete_credentials=delete_credentials)


@lea.command("import")
@command(document="lea")
def lea_import(
    session: Session,
    file: Annotated[
        Path, typer.Argument(parser=file_path, metavar="FILE.csv", help="A table with an LEA in each row.")
    ],
) -> None:
    """Add the LEAs of a CSV file that are not in config.toml yet: all of them, or none."""
    lea_list.import_table(session, file)


@lea.command("export")
@command(document="lea")
def lea_export(
    session: Session,
    file: Annotated[
        Path | None, typer.Argument(parser=file_path, metavar="FILE.csv", help="A new file; else standard output.")
    ] = None,
) -> None:
    """Write the LEAs in config.toml as a CSV file that can be imported again; it has no secret."""
    lea_list.export_table(session, file)
