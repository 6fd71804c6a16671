"""Texts that break programs, and changes of valid texts, as strategies of Hypothesis."""

from __future__ import annotations

import json
from datetime import date
from typing import Final, NamedTuple

from hypothesis import strategies as st


class Edit(NamedTuple):
    """One change of a text: `how`, between `start` and `end`, which are thousandths of its length, with a `piece`."""

    how: str
    start: int
    end: int
    piece: bytes


def edited(body: bytes, edits: tuple[Edit, ...]) -> bytes:
    """Return a text with all edits made."""
    for how, one, other, piece in edits:
        start, end = (len(body) * place // 1000 for place in sorted((one, other)))
        line = body.rfind(b"\n", 0, start) + 1
        line_end = body.find(b"\n", start) % (len(body) + 1)
        name, equals, _ = body[line:line_end].partition(b"=")
        middle = {"insert": piece + body[start:end], "replace": piece, "double": body[start:end] * 2, "drop": b""}
        if how in middle:
            body = body[:start] + middle[how] + body[end:]
        elif how == "cut":
            body = body[:end]
        elif how == "value" and equals:
            body = body[:line] + name + b"= " + piece + body[line_end:]
        elif how in ("line", "value"):
            body = body[:line] + piece + b"\n" + body[line:]
        elif how == "coded":
            coding = ("utf-16", "utf-32", "cp1252", "utf-8-sig")[one % 4]
            body = body.decode("utf-8", "replace").encode(coding, "replace")
        else:
            body = piece
    return body


# Names in many scripts: right to left, combining, joined, without a width, and those whose capitals surprise.
SCRIPTS: Final = str.split(
    "Ελληνικά Кириллица עברית العربية हिन्दी ไทย 中文學區 日本語 한국어 İstanbul \u0131l\u0131k ß "
    "e\u0301\u0302\u0303 👩\u200d👩\u200d👧 \u202eleft \u200b \ufeff \u2028 \U0001d50f\U0001d526 \ufb01 \u00a0 \u00ad",
    " ",
)
# Each of these has broken some program.
NASTY: Final = [
    *("", " ", "\t", "\n", "\r\n", "-", "x" * 5000, "é" * 300, "|"),
    *str.split(
        "\x00|\x07|\x1b[31mred|\x1b]0;title\x07|\x9b31m|\x7f|\udcff|[red]x[/red]|[/]|[lea|%s%n|{0}|{lea}|${HOME}", "|"
    ),
    *str.split("`id`|$(id)|'|\"|\\|--|~|~x|..|../x|a/b|a\\b|CON|0|-1|1e400|nan|null|true|=1+1|@x", "|"),
]
TEXTS: Final = st.one_of(st.sampled_from(SCRIPTS), st.sampled_from(NASTY), st.text(max_size=30))
ARGUMENTS: Final = TEXTS.map(lambda text: text.replace("\x00", "\\0"))  # no system passes on a null
ARABIC: Final = str.maketrans("0123456789", "".join(chr(0x660 + digit) for digit in range(10)))
ODD_DATES: Final = str.split("2026-02-30 0000-00-00 9999-12-31 10000-01-01 11/21/2026 2026-W47-6 20261121 today")
DATES: Final = st.one_of(
    st.dates(date(2025, 11, 1), date(2026, 12, 31)).map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from([*ODD_DATES, "2026-11-21".translate(ARABIC)]),
    TEXTS,
)
CDS: Final = st.one_of(
    st.from_regex(r"[0-9]{14}", fullmatch=True),
    st.from_regex(r"[0-9]{0,16}", fullmatch=True),
    st.from_regex(r"[\d -]{12,18}", fullmatch=True),
    st.sampled_from(["19647330000000", "1.96473E+13", "'19647330000000", "19-64733-0000000", "1" * 4301]),
    st.just("19647330000000".translate(ARABIC)),
    TEXTS,
)
ODD_VALUES: Final = str.split(
    (
        '[]|{}|[[]]|true|-0|0x10|1979-05-27T07:32:00Z|07:32:00|"""|{ a = 1 }|"http://[::1"|"https://127.0.0.1:99999"|'
        '"http://\\u0000/"|"/dev/null"|"/"|"../x"'
    ),
    "|",
)
VALUES: Final = st.one_of(  # of a TOML file
    TEXTS.map(lambda text: json.dumps(text, ensure_ascii=True)),
    TEXTS.map(lambda text: json.dumps([text])),
    DATES,
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(str.split('"http" "hand" "generic" "America/New_York" "POST" "" 1 365 true false', " ")),
    st.sampled_from([*ODD_VALUES, "9" * 5000, "[" * 3000]),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
ODD_LINES: Final = bytes.split(
    (
        b'[lea.other]|[lea]|[[lea]]|[lea.lincoln]|[lea.""]|["lea"."\\u001b[31m"]|[smtp]|\xff\xfe|[everyone]|[place.district]|'
        b"[[group]]|[token]|[report]|[[refused]]|[settings]|[|"
        b'password = "made up"|secret_key = "made up"|[system.x]|[source.x]|a.b.c.d = 1|\x00|='
    ),
    b"|",
)
LINES: Final = st.one_of(st.sampled_from(ODD_LINES), VALUES.map(lambda value: b"name = " + value))
ODD_MARKUP: Final = str.split(
    (
        "<form>|</form>|<form action='//evil.example/'>|<input type=password>|<input name='' type=hidden>|<!--|"
        "<script>|"
        "<base href='http://evil.example/'>|<meta http-equiv=refresh content='0;url=/login'>|&#0;|"
        "&#x110000;|"
        "<select><option>|"
        "<plaintext>|<frameset><frame src='/'>|<label for=x>|<a href='javascript:x'>|<![CDATA[|"
        "<a href='http://[::1'>School Office Menu</a>"
    ),
    "|",
)
MARKUP: Final = st.one_of(st.sampled_from([*ODD_MARKUP, "<div>" * 3000, "<table><tr><td>" * 400]), TEXTS).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)
KEYS: Final = st.sampled_from(["token", "link", "url", "year", "type", "reports", "error"]) | TEXTS
JSON: Final = st.one_of(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=12,
    ).map(json.dumps),
    st.sampled_from(["[" * 100_000, '{"a":' * 50_000, "9" * 5000, '{"token": "\\ud800"}', "NaN", '"', "1 2", "<html>"]),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
PLACES: Final = st.integers(0, 1000)


def edits(pieces: st.SearchStrategy[bytes], ways: str) -> st.SearchStrategy[tuple[Edit, ...]]:
    """Draw one or two edits in some of the ways, which are words."""
    one = st.builds(Edit, st.sampled_from(ways.split()), PLACES, PLACES, pieces)
    return st.lists(one, min_size=1, max_size=2).map(tuple)


# Mostly values: most other changes of a TOML file only break its syntax.
TOML_EDITS: Final = edits(
    VALUES | LINES, "value value value value value value line line line insert replace double drop cut coded whole"
)
BYTE_EDITS: Final = edits(st.binary(max_size=40), "insert replace double drop cut whole")
