"""Options that several commands share, and the decorator that gives a command its session, made from them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ssrcred.domain.errors import UsageWrong
from ssrcred.domain.lea_status import Filter, State


def file_path(text: str) -> Path:
    """The `parser` of every option and argument that is a path: absolute, `~` expanded, whatever the shell has done."""
    path = os.path.expanduser(text)
    if path.startswith("~"):  # it would become a folder of that name
        raise typer.BadParameter("'~' stands for a home folder that is not known here. Write the path in full.")
    return Path(path).absolute()


LeaName = Annotated[
    str | None, typer.Option("--lea", metavar="NAME", help="Which LEA (or SSRCRED_LEA, or the only one).")
]
SomeLea = Annotated[str | None, typer.Option("--lea", metavar="NAME", help="Only this LEA; otherwise all.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
NoInput = Annotated[bool, typer.Option("--no-input", help="Never ask; implied without a terminal.")]
Clipboard = Annotated[
    bool, typer.Option("--clipboard", help="Take the credentials as you copy them: user name, then secret key.")
]
Stdin = Annotated[bool, typer.Option("--stdin", help="Two lines: user name, then secret key.")]
Generated = Annotated[
    str | None, typer.Option("--generated", metavar="DATE", help="The day on which they were generated, as 2026-11-21.")
]
DaysLeft = Annotated[int | None, typer.Option("--days-left", metavar="N", help="The countdown that TOMS shows.")]
AnyLength = Annotated[bool, typer.Option("--any-length", help="The key is complete, although its length is unusual.")]
Replace = Annotated[bool, typer.Option("--replace", help="Go on although SchoolWise has other credentials.")]
Unverified = Annotated[
    bool, typer.Option("--unverified", help="Finish without a successful test; recorded as unverified.")
]
All = Annotated[bool, typer.Option("--all", help="Every LEA in config.toml.")]
OnlyState = Annotated[
    list[State] | None,
    typer.Option("--state", metavar="STATE", help=f"Of all LEAs, only these: {', '.join(State)}; repeatable."),
]
DueWithin = Annotated[
    int | None,
    typer.Option("--due-within", metavar="DAYS", min=0, help="Of all LEAs, only those with at most so many days left."),
]
Group = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME", help="Of all LEAs, only those of this group or county; repeatable."),
]
Driver = Annotated[
    str | None, typer.Option("--driver", metavar="NAME", help="How SchoolWise is operated: http, browser or hand.")
]
ShowBrowser = Annotated[
    bool, typer.Option("--show-browser", help="With --driver browser: show it, so you can enter a code or captcha.")
]

Quiet = Annotated[bool, typer.Option("--quiet", help="Only the answer, warnings and errors; never ask.")]
Log = Annotated[
    Path | None,
    typer.Option(
        "--log", parser=file_path, metavar="FILE", help="Add each request to FILE, for a ticket; no secret, no data."
    ),
]


def filter_of(
    states: list[State] | None, due_within: int | None, groups: list[str] | None, *, every: bool, whole: str = ""
) -> Filter:
    """Return the filter of these options. Raises UsageWrong without --all, or beside what needs the `whole` of it."""
    chosen = Filter(states or (), due_within, groups or ())
    if chosen.chooses and (not every or whole):
        raise UsageWrong(
            f"--state, --due-within and --group {f'exclude {whole}' if every else 'need --all'}.",
            state="Nothing was done.",
            hint="Leave them out, or choose other options.",
        )
    return chosen


OPTIONS: Final = {
    "driver": Driver,
    "show_browser": ShowBrowser,
    "json": Json,
    "no_input": NoInput,
    "quiet": Quiet,
    "log": Log,
}
# What each field of `Source` is on the command line: where new credentials come from.
SOURCE: Final = {
    "clipboard": Clipboard,
    "stdin": Stdin,
    "generated": Generated,
    "days_left": DaysLeft,
    "any_length": AnyLength,
}
# What every command has, so that a script that wraps all of them needs no exceptions; and what opens the portal.
USUAL: Final = ("json", "no_input", "quiet", "log")
WITH_PORTAL: Final = ("driver", "show_browser")


def command(*names: str, document: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command its session in place of Typer's context, made from the usual options and those of these names.

    A parameter whose type is a dataclass of options stands for each of its fields. The JSON `document` is called like
    the command where nothing else is given.
    """

    names = (*names, *USUAL)

    def for_typer(function: Callable[..., None]) -> Callable[..., None]:
        _, *own = inspect.signature(function, eval_str=True).parameters.values()
        groups: dict[str, Any] = {one.name: one.annotation for one in own if is_dataclass(one.annotation)}
        shown: list[tuple[str, object, object]] = [("context", typer.Context, inspect.Parameter.empty)]
        shown += [(one.name, one.annotation, one.default) for one in own if one.name not in groups]
        for group in groups.values():
            shown += [(part.name, SOURCE[part.name], part.default) for part in fields(group)]
        shown += [(name, OPTIONS[name], None if name in ("driver", "log") else False) for name in names]

        def run(context: typer.Context, **given: Any) -> None:
            from ssrcred.app.session import Session  # `status` takes its options from here, and has no session

            if context.invoked_subcommand is not None:
                return  # what a group does alone is not done before one of its commands
            # `sis --json show` means `sis show --json`, and `ssrcred --log FILE sis show` is a usual order, too.
            group = context.parent
            above = {**group.parent.params, **group.params} if group and group.parent else group.params if group else {}
            options = {name: (value := given.pop(name)) or above.get(name, value) for name in names}
            log = options.pop("log")
            called = document or context.command_path.split(maxsplit=1)[1]
            session = Session(context.obj.environment, called, **options)
            context.obj.session = session  # for the document of an error
            for name, group in groups.items():
                given[name] = group(**{part.name: given.pop(part.name) for part in fields(group)})
            with session.logged(log):
                function(session, **given)

        kind = inspect.Parameter.KEYWORD_ONLY
        parameters = [inspect.Parameter(name, kind, annotation=note, default=usual) for name, note, usual in shown]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {name: note for name, note, _ in shown}
        run.__doc__ = function.__doc__
        return run

    return for_typer
