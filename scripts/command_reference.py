"""Writes what is made of the commands: the manual page (docs/reference/ssrcred.1), and what the Tab key offers.

The page comes from what `--help` says, the exit codes and the list of guides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from ssrcred import __version__
from ssrcred.app.completion_values import TABLE
from ssrcred.app.documentation import topics
from ssrcred.cli.command_list import COMMANDS
from ssrcred.cli.command_tree import command_tree
from ssrcred.cli.quick_completion import HARMLESS

DOCS: Final = Path(__file__).parents[1] / "docs"
TARGET: Final = DOCS / "reference" / "ssrcred.1"
# What every command takes is described once.
USUAL: Final = ("--json", "--no-input", "--quiet", "--log", "--help")
ENVIRONMENT: Final = {
    "SSRCRED_HOME": "The folder of config.toml, the history, the locks and the encrypted files.",
    "SSRCRED_LEA": "Which LEA is meant where --lea is not given.",
    "SSL_CERT_FILE, SSL_CERT_DIR": "Certificates to trust; see ssrcred help network.",
    "HTTPS_PROXY, ALL_PROXY, NO_PROXY": "The proxy and its exceptions; see ssrcred help network.",
    "NO_COLOR": "If set, no colors.",
    "PAGER": "What shows a long page of ssrcred help.",
}


def man_page() -> str:
    """Return the whole page as roff, with the macros of man(7)."""
    tree = command_tree()
    top = typer.Context(tree, info_name="ssrcred")
    purpose = tree.help.partition(":")[0]
    lines = [
        r".\" Written by scripts/command_reference.py; changes here are lost.",
        f'.TH SSRCRED 1 "" "ssrcred {__version__}" "User Commands"',
        ".SH NAME",
        rf"ssrcred \- {roff(purpose[0].lower() + purpose[1:])}",
        ".SH SYNOPSIS",
        r"\fBssrcred\fR [\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGUMENTS\fR]",
        ".SH DESCRIPTION",
        roff(tree.help),
        ".PP",
        roff("No option, argument or environment variable takes a secret. The guides are listed below."),
        ".SH OPTIONS",
        *options(tree, top),
        ".SS Options of every command",
        *options(tree.commands["status"], top, only=USUAL),
        ".SH COMMANDS",
    ]
    heading = ""
    for name, command in tree.commands.items():
        if COMMANDS[name][0] != heading:
            heading = COMMANDS[name][0]
            lines.append(f".SS {heading}")
        lines += described(command, top, f"ssrcred {name}")
    lines.append(".SH EXIT STATUS")
    for code, meaning in exit_codes():
        lines += [".TP", rf"\fB{code}\fR", roff(meaning)]
    lines += [".PP", roff("status and check_ssrcred exit with 0 (fine), 1 (warning), 2 (critical) or 3 (unknown).")]
    lines.append(".SH ENVIRONMENT")
    for name, meaning in ENVIRONMENT.items():
        lines += [".TP", rf"\fB{name}\fR", roff(meaning)]
    lines += [".SH GUIDES", roff("To read one of them, type ssrcred help and its name.")]
    for page in topics(COMMANDS):
        lines += [".TP", rf"\fB{roff(page.name)}\fR", roff(page.title)]
    return "\n".join(lines) + "\n"


def described(command: Any, above: typer.Context, name: str) -> Iterator[str]:
    """Yield the lines about one command, and about the commands that it has itself."""
    context = typer.Context(command, parent=above, info_name=name.rpartition(" ")[2])
    usage = " ".join(command.collect_usage_pieces(context))
    first, *others = (command.help or "").split("\n\n")
    yield from (".TP", rf"\fB{roff(name)}\fR {roff(usage)}", roff(" ".join(first.split())))
    for paragraph in others:
        yield from (".IP", roff(" ".join(paragraph.split())))
    if own := list(options(command, context, without=USUAL)):
        yield from (".RS", *own, ".RE")
    for word, inner in getattr(command, "commands", {}).items():
        yield from described(inner, context, f"{name} {word}")


def options(
    command: Any, context: typer.Context, *, only: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield what `--help` says of each option and argument of a command."""
    for parameter in command.get_params(context):
        named = parameter.get_help_record(context)
        if named is None or set(parameter.opts) & set(without) or (only and not set(parameter.opts) & set(only)):
            continue
        yield from (".TP", rf"\fB{roff(named[0])}\fR", roff(" ".join(named[1].split())) or r"\&")


def completions() -> str:
    """Return, as JSON, what can stand behind each command (or "" for the program) and the first sentence on it."""
    table: dict[str, dict[str, str]] = {}

    def add(name: str, command: Any) -> None:
        inner = getattr(command, "commands", {})
        table[name] = {word: brief(one.help) for word, one in inner.items() if name}
        for parameter in command.get_params(typer.Context(command)):
            if parameter.param_type_name == "option" and not parameter.hidden:
                table[name] |= dict.fromkeys([*parameter.opts, *parameter.secondary_opts], brief(parameter.help))
        for word, one in inner.items():
            add(f"{name} {word}".strip(), one)

    add("", command_tree())
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def brief(text: str | None) -> str:
    """Return the first sentence of a text, without signs that a shell would evaluate."""
    sentence = re.split(r"[.;](?:\s|$)", " ".join((text or "").split()), maxsplit=1)[0].replace("`", "")
    return sentence if HARMLESS.fullmatch(sentence) else ""


def exit_codes() -> Iterator[tuple[str, str]]:
    """Yield each exit code with its meaning, from the reference."""
    page = (DOCS / "reference" / "exit-codes.md").read_text("utf-8")
    for code, meaning in re.findall(r"^\| (\d+) \|[^|]*\| (.+) \|$", page, re.MULTILINE):
        yield code, meaning.replace("`", "")


def roff(text: str) -> str:
    """Return a text as one line that roff shows as it is: no sign of it is a command or a hyphen that may be broken."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    TARGET.write_text(man_page(), "utf-8")
    Path(TABLE).write_text(completions(), "utf-8")
