"""Makes a function a command: its session is built from the options that most commands have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, Final

import typer

from ssrcred.app.session import Session
from ssrcred.cli.option import AnyLength, Clipboard, DaysLeft, Driver, Generated, Json, NoInput, ShowBrowser, Stdin

OPTIONS: Final = {"driver": Driver, "show_browser": ShowBrowser, "json": Json, "no_input": NoInput}
SOURCE: Final = {
    "clipboard": Clipboard,
    "stdin": Stdin,
    "generated": Generated,
    "days_left": DaysLeft,
    "any_length": AnyLength,
}
"""What each field of `Source` is on the command line: where new credentials come from."""
USUAL: Final = ("json", "no_input")
WITH_PORTAL: Final = tuple(OPTIONS)
"""The options that most commands have, and those of one that opens the portal."""


def command(*names: str, document: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command its session, which is made from the options of these names, in place of Typer's context.

    A parameter whose type is a dataclass of options stands for each of its fields. The JSON `document` is called like
    the command where nothing else is given.
    """

    def for_typer(function: Callable[..., None]) -> Callable[..., None]:
        _, *own = inspect.signature(function, eval_str=True).parameters.values()
        groups: dict[str, Any] = {one.name: one.annotation for one in own if is_dataclass(one.annotation)}
        shown: list[tuple[str, object, object]] = [("context", typer.Context, inspect.Parameter.empty)]
        shown += [(one.name, one.annotation, one.default) for one in own if one.name not in groups]
        for group in groups.values():
            shown += [(part.name, SOURCE[part.name], part.default) for part in fields(group)]
        shown += [(name, OPTIONS[name], None if name == "driver" else False) for name in names]

        def run(context: typer.Context, **given: Any) -> None:
            if context.invoked_subcommand is not None:
                return  # what a group does alone is not done before one of its commands
            above = context.parent.params if context.parent else {}  # `sis --json show` means `sis show --json`
            options = {name: (value := given.pop(name)) or above.get(name, value) for name in names}
            called = document or context.command_path.split(maxsplit=1)[1]
            session = Session(context.obj.environment, called, **options)
            context.obj.session = session  # for the document of an error
            for name, group in groups.items():
                given[name] = group(**{part.name: given.pop(part.name) for part in fields(group)})
            function(session, **given)

        kind = inspect.Parameter.KEYWORD_ONLY
        parameters = [inspect.Parameter(name, kind, annotation=note, default=usual) for name, note, usual in shown]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {name: note for name, note, _ in shown}
        run.__doc__ = function.__doc__
        return run

    return for_typer
