"""One page for whoever takes over the job, as Markdown or HTML: what is where, who is told, what to do; no secret."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ssrcred.output.fold import harmless
from ssrcred.output.html_page import html_page, shown

STYLE: Final = "th{width:14rem}@media print{section{break-inside:avoid}}"


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

    parts = [f"<p>{shown(introduction)}</p>"]
    for section in sections:
        parts.append(f"<section><h2>{shown(section.heading)}</h2>")
        if section.rows:
            rows = (
                f'<tr><th scope="row">{shown(label)}</th><td>{shown(text)}</td></tr>' for label, text in section.rows
            )
            parts.append(f"<table>{''.join(rows)}</table>")
        if section.steps:
            steps = (
                f"<li>{shown(text)}{f' <code>{shown(command)}</code>' if command else ''}</li>"
                for text, command in section.steps
            )
            parts.append(f"<ol>{''.join(steps)}</ol>")
        parts.append("</section>")
    return html_page(title, parts, STYLE)
