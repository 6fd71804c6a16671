"""The command schema: prints the JSON Schema of a command's document."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.cli.option import command
from ssrcred.domain.errors import UsageWrong, nearest
from ssrcred.output.schema import DOCUMENTS
from ssrcred.output.schema import schema as schema_of

Name = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="The document, such as status or portal find.")]


@command()
def schema(session: Session, name: Name = None) -> None:
    """Print the JSON Schema of what a command prints with --json; without a name, list the documents."""
    wanted = " ".join(name or ())
    if wanted and wanted not in DOCUMENTS:
        like = nearest(wanted, DOCUMENTS)
        raise UsageWrong(
            f"There is no document '{wanted}'.",
            state="Nothing was printed.",
            hint=f"For '{like}': ssrcred schema {like}" if like else "To list them: ssrcred schema",
        )
    shown = schema_of(wanted) if wanted else None
    if session.result.json:
        session.result.answer({"names": list(DOCUMENTS), "document": shown})
    elif shown:
        session.environment.stdout.write(f"{json.dumps(shown, indent=2)}\n")
    else:
        session.environment.stdout.write("".join(f"{one}\n" for one in DOCUMENTS))
