"""What a shell's Tab key offers, at once: commands, options and the values that are known.

The shells' scripts are Typer's (`ssrcred --install-completion`), and so is the form in which they are answered.
"""

from __future__ import annotations

import re
import shlex

from ssrcred.app import completion_values as values
from ssrcred.domain.errors import SsrcredError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import TextIO

    Source = Callable[[Mapping[str, str], datetime, str], list[str]]

ASKED = "_SSRCRED_COMPLETE"
# By command (or "" for any) and what stands in front of the value; an argument stands behind its command's own words.
SOURCES: dict[tuple[str, str], Source] = {
    ("", "--lea"): values.lea_names,
    ("", "--from"): values.lea_names,
    ("", "--group"): values.group_names,
    ("", "--driver"): values.driver_names,
    ("schedule", "--with"): values.scheduler_names,
    ("schools", "--clear"): values.place_names,
    ("schools", "--set"): values.place_names,
    ("secret", "set"): values.secret_names,
    ("secret", "drop"): values.secret_names,
    ("lea", "rename"): values.lea_names,
    ("lea", "remove"): values.lea_names,
}
# A shell evaluates some of what it is given, and names of schools come from outside: others are typed in full.
HARMLESS = re.compile(r"[\w .,:@/+#'()-]+")
_BREAKS = ("=", ":")


def typed(environ: Mapping[str, str]) -> tuple[str, list[str], str]:
    """The shell, the whole words behind `ssrcred`, and the part of a word that is to be completed."""
    shell = environ.get(ASKED, "").partition("_")[2]
    if shell == "bash":
        words = _split(environ.get("COMP_WORDS", ""))
        number = int(environ.get("COMP_CWORD", "0") or 0)
        return shell, words[1:number], words[number] if number < len(words) else ""
    line = environ.get("_TYPER_COMPLETE_ARGS", "")
    words = _split(line)[1:]
    if shell in ("powershell", "pwsh"):
        part = environ.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
        return shell, words[:-1] if part and words else words, part.strip("'\"")
    open_ended = not words or line.endswith(" ")
    return shell, words if open_ended else words[:-1], "" if open_ended else words[-1]


def complete(environ: Mapping[str, str], commands: Iterable[str], now: datetime, stdout: TextIO) -> int | None:
    """Answer what a shell asks for in `environ`, and give the exit code; None, and nothing written, for the rest."""
    shell, words, part = typed(environ)
    front = kept = ""
    if part.startswith("--") and "=" in part:
        option, _, part = part.partition("=")
        words, front = [*words, option], f"{option}="
    if shell not in ("bash", "zsh", "fish", "powershell", "pwsh"):
        return None
    if shell == "bash" and part in _BREAKS and words:  # bash takes --lea=x and notify:x apart
        words, part = [*words, part], ""
    if shell == "bash" and len(words) > 1 and words[-1] in _BREAKS:
        *words, before, sign = words
        if sign == "=":
            words.append(before)
        else:
            kept = f"{before}:"
    source = SOURCES.get(("", words[-1])) or SOURCES.get((words[0], words[-1])) if words else None
    about: dict[str, str] = {}
    if part.startswith("-"):
        about = {name: does for name, does in values.behind(words).items() if name.startswith("-")}
        found = list(about)
    elif not words:
        found = list(commands)
    elif words == ["help"]:
        from ssrcred.app.documentation import topics

        found = [*commands, *(page.name for page in topics(list(commands)))]
    elif source is None:
        about = {name: does for name, does in values.behind(words).items() if not name.startswith("-")}
        if not about or words[-1].startswith("-"):
            return None  # a value that nobody knows beforehand
        found = list(about)
    else:
        lea = words[words.index("--lea") + 1] if "--lea" in words[:-1] else environ.get("SSRCRED_LEA", "")
        try:
            found = source(environ, now, lea)
        except SsrcredError:
            found = []  # the command itself says what is wrong
    whole = f"{kept}{part}"
    offered = {
        f"{front}{one[len(kept) :]}": about.get(one, "")
        for one in found
        if one.startswith(whole) and HARMLESS.fullmatch(one)
    }
    stdout.write(f"{_answer(shell, offered)}\n" if offered or shell == "zsh" else "")
    stdout.flush()
    return int(environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args" and not offered)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # a quote that is not closed yet
        for quote in "'\"":
            try:
                return shlex.split(line + quote)
            except ValueError:
                continue
        return line.split()


def _answer(shell: str, offered: Mapping[str, str]) -> str:
    """The form in which a shell's script takes what is offered, where it shows it with what it is about."""
    if shell == "bash":
        return "\n".join(re.sub(r"([ '()#])", r"\\\1", one) for one in offered)
    if shell == "zsh":
        # Quoted twice: `eval` reads what stands between single quotes, and _arguments reads it again.
        quoted = ([text.replace("'", "''").replace(":", r"\\:") for text in pair if text] for pair in offered.items())
        shown = "\n".join(":".join(f'"{text}"' for text in texts) for texts in quoted)
        return f"_arguments '*: :(({shown}))'" if offered else "_files"
    if shell == "fish":
        return "\n".join(f"{one}\t{about}" if about else one for one, about in offered.items())
    plain = re.compile(r"[\w.:/+-]+")
    return "\n".join(
        (one if plain.fullmatch(one) else "'" + one.replace("'", "''") + "'") + f":::{about or ' '}"
        for one, about in offered.items()
    )
