"""One page for whoever takes over the job, as Markdown or HTML: what is where, who is told, what to do; no secret."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from ssrcred.output.fold import harmless

# For paper as well as for a screen, in light and in dark.
STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid}th{width:14rem;font-weight:600}code{font-size:.95em;overflow-wrap:anywhere}"
    "@media print{body{margin:0;max-width:none}section{break-inside:avoid}}"
)


@dataclass(frozen=True)
class Section:
    """A heading with `rows`, each a label and what is known of it, and numbered `steps`, each a text and a command."""

    heading: str
    rows: Sequence[tuple[str, str]] = ()
    steps: Sequence[tuple[str, str]] = ()


def as_markdown(title: str, introduction: str, sections: Iterable[Section]) -> str:
    """The page as Markdown."""

    def plain(text: str) -> str:
        # A name of a school or an account is text, whatever signs are in it.
        return harmless(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")

    lines = [f"# {plain(title)}", "", plain(introduction)]
    for section in sections:
        lines += ["", f"## {section.heading}", ""]
        if section.rows:
            lines += ["| | |", "|---|---|", *(f"| {plain(label)} | {plain(text)} |" for label, text in section.rows)]
        for number, (text, command) in enumerate(section.steps, 1):
            lines.append(f"{number}. {plain(text)}{f' `{command}`' if command else ''}")
    return "\n".join(lines) + "\n"


def as_html(title: str, introduction: str, sections: Iterable[Section]) -> str:
    """The page as one HTML file, without a script and without anything from another place."""

    def plain(text: str) -> str:
        return escape(harmless(text))

    parts = [f"<h1>{plain(title)}</h1>", f"<p>{plain(introduction)}</p>"]
    for section in sections:
        parts.append(f"<section><h2>{plain(section.heading)}</h2>")
        if section.rows:
            rows = (
                f'<tr><th scope="row">{plain(label)}</th><td>{plain(text)}</td></tr>' for label, text in section.rows
            )
            parts.append(f"<table>{''.join(rows)}</table>")
        if section.steps:
            steps = (
                f"<li>{plain(text)}{f' <code>{plain(command)}</code>' if command else ''}</li>"
                for text, command in section.steps
            )
            parts.append(f"<ol>{''.join(steps)}</ol>")
        parts.append("</section>")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{plain(title)}</title>'
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )
