"""The frame of the pages that are written for a browser and for paper: one file that can load and run nothing."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from ssrcred.output.fold import harmless

# Colors with the contrast that WCAG asks of text (AA), in light and in dark; paper is light whatever the screen is.
STYLE: Final = (
    ":root{color-scheme:light;--page:#fff;--text:#1b1b1b;--line:#767676;"
    "--good:#1b5e20;--note:#7a4b00;--bad:#a4001d;--rest:#dcdcdc}"
    "@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--page:#161616;--text:#ededed;"
    "--line:#8f8f8f;--good:#8fd694;--note:#f2c26b;--bad:#ff9c9c;--rest:#444}}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;"
    "background:var(--page);color:var(--text)}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid var(--line)}th{font-weight:600}code{font-size:.95em;overflow-wrap:anywhere}"
    "@media print{@page{margin:15mm}body{margin:0;padding:0;max-width:none;font-size:10pt}"
    "h1,h2,caption{break-after:avoid}tr,li,figure{break-inside:avoid}thead{display:table-header-group}}"
)
# What a name could smuggle in past the escaping would still find no script and no network.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def shown(text: str) -> str:
    """Return a text as HTML that shows it, whatever signs are in it."""
    return escape(harmless(text))


def html_page(title: str, parts: Iterable[str], style: str = "", generator: str = "") -> str:
    """Return a whole page under the heading `title`, with `parts` in HTML; `generator` is the mark of who wrote it."""
    head = '<meta charset="utf-8">'
    head += f'<meta name="generator" content="{shown(generator)}">' if generator else ""
    head += f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    head += f'<meta name="viewport" content="width=device-width"><title>{shown(title)}</title>'
    body = "\n".join((f"<h1>{shown(title)}</h1>", *parts))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}{style}</style></head>\n'
        f"<body><main>\n{body}\n</main></body></html>\n"
    )
