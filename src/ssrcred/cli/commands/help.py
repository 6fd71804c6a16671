"""The command help: shows the help of a command or a page of the documentation, or lists both."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Annotated

import typer

from ssrcred.app.documentation import topic_named, topics, with_commands_for_links
from ssrcred.app.session import Session
from ssrcred.cli.command_list import COMMANDS
from ssrcred.cli.command_tree import command_tree
from ssrcred.cli.option import command
from ssrcred.domain.errors import UsageWrong, nearest
from ssrcred.output.person import contents, page_on_screen

Name = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="A command, such as rotate or portal find, or a topic.")
]


@command()
def help(session: Session, name: Name = None) -> None:
    """Show the help of a command, else the page of this name; without a name, list both."""
    if not name:
        _list_all(session)
    elif name[0] in COMMANDS:
        _show_command(session, name)
    else:
        topic = topic_named(" ".join(name), COMMANDS)
        session.result.answer({"name": topic.name, "kind": "topic", "text": topic.markdown})
        environment = session.environment
        if session.result.json:
            return
        if not environment.stdout.isatty():
            environment.stdout.write(topic.markdown)
            return
        text = with_commands_for_links(topic, topics(COMMANDS))
        shown = page_on_screen(session.terminal.console(answer=True), text)
        if session.terminal.no_input:  # a pager waits for a key
            environment.stdout.write(shown)
        else:
            environment.page_through(shown)


def _list_all(session: Session) -> None:
    summaries = {name: one.get_short_help_str(limit=200) for name, one in command_tree().commands.items()}
    pages = topics(COMMANDS)
    if session.result.json:
        session.result.answer(
            {
                "commands": [{"name": name, "title": summary} for name, summary in summaries.items()],
                "topics": [{"name": page.name, "title": page.title} for page in pages],
            }
        )
        return
    headings: dict[str, list[tuple[str, str]]] = {}
    for name, summary in summaries.items():
        headings.setdefault(COMMANDS[name][0], []).append((name, summary))
    for page in pages:
        headings.setdefault(page.heading, []).append((page.name, page.title))
    contents(session.terminal.console(answer=True), headings)
    session.terminal.say("For one of them: ssrcred help NAME")


def _show_command(session: Session, name: list[str]) -> None:
    """What `--help` behind the command shows; Typer prints it on standard output itself."""
    tree = command_tree(name[0])
    inner = getattr(tree.commands[name[0]], "commands", {})
    if len(name) > 2 or (len(name) > 1 and name[1] not in inner):
        like = nearest(name[1], inner)
        raise UsageWrong(
            f"There is no command '{' '.join(name)}'{f'; did you mean {name[0]} {like}?' if like else '.'}",
            state="Nothing was shown.",
            hint=f"To see it: ssrcred help {' '.join([name[0], like]).strip()}",
        )
    said = io.StringIO()
    with redirect_stdout(said if session.result.json else session.environment.stdout):
        tree.main([*name, "--help"], prog_name="ssrcred", standalone_mode=False)
    session.result.answer({"name": " ".join(name), "kind": "command", "text": said.getvalue()})
    guide = next((page.name for page in topics(COMMANDS) if page.name == f"how-to/{name[0]}"), "")
    if guide:
        session.terminal.say(f"The guide: ssrcred help {guide}")
