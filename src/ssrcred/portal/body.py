"""What a recorded request carried: the fields of a form, or JSON; anything else is said not to be readable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from ssrcred.adapters.portal.html.form import MULTIPART, URLENCODED, Entry
from ssrcred.portal.har import Exchange
from ssrcred.portal.spot import leaves, parsed, text_of

MOST_FIELDS: Final = 2000
PART_NAME: Final = re.compile(r'(?:^|;)\s*name="([^"]*)"', re.IGNORECASE)
CODED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
PART_FILE: Final = re.compile(r'(?:^|;)\s*filename="([^"]*)"', re.IGNORECASE)

NOTHING: Final = ""
FORM: Final = "form"
PARTS: Final = "multipart"
JSON: Final = "json"
UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, eq=False, repr=False)
class Body:
    """`kind` of what was sent, the `entries` of a form in order, or the `data` of JSON."""

    kind: str
    entries: tuple[Entry, ...] = ()
    data: object = None

    def named(self) -> list[tuple[str, str]]:
        """Every name, or JSON pointer, with its value as text."""
        if self.kind == JSON:
            return [(at, text_of(value)) for at, value in leaves(self.data)]
        return [(entry.name, entry.value) for entry in self.entries]


def body_of(exchange: Exchange) -> Body:
    """What a request carried."""
    kind = exchange.body_type.partition(";")[0].strip().lower()
    text = exchange.body
    if not text:
        listed = tuple(Entry(name, value) for name, value in exchange.params)
        if any(CODED.search(part) for pair in exchange.params for part in pair):
            return Body(UNREADABLE)  # some programs list them as they were sent, some decoded
        sent = (PARTS if kind == MULTIPART else FORM) if listed else NOTHING
        return Body(sent, listed)
    if kind == MULTIPART:
        return _parts(exchange.body_type, text)
    data = parsed(text)
    if data is not None and kind != URLENCODED:
        return Body(JSON, data=data[0])
    if kind == URLENCODED:
        return _form(text)
    return Body(UNREADABLE)


def _form(text: str) -> Body:
    for charset in ("utf-8", "cp1252"):
        try:
            pairs = parse_qsl(
                text, keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding=charset, errors="strict"
            )
        except UnicodeDecodeError:
            continue
        except ValueError:
            break
        return Body(FORM, tuple(Entry(name, value) for name, value in pairs))
    return Body(UNREADABLE)


def _parts(kind: str, text: str) -> Body:
    """The parts of multipart/form-data (RFC 7578). A file that was really sent makes it unreadable."""
    boundary = re.search(r'boundary="?([^";,]{1,200})"?', kind)
    if boundary is None:
        return Body(UNREADABLE)
    pieces = text.replace("\r\n", "\n").split("--" + boundary[1])
    entries = []
    for piece in pieces[1 : MOST_FIELDS + 1]:
        if piece.startswith("--"):
            break
        head, gap, value = piece.removeprefix("\n").partition("\n\n")
        said = next((line for line in head.split("\n") if line.lower().startswith("content-disposition:")), "")
        name, file = PART_NAME.search(said.partition(":")[2]), PART_FILE.search(said)
        value = value.removesuffix("\n")
        if not gap or name is None or (file is not None and (file[1] or value)):
            return Body(UNREADABLE)
        entries.append(Entry(_plain(name[1]), value, file=file is not None))
    return Body(PARTS, tuple(entries)) if entries else Body(UNREADABLE)


def _plain(name: str) -> str:
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
