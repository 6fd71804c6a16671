"""The kinds of input that a person, a file, a portal or a machine gives: what is drawn, and which commands meet it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from hypothesis import strategies as st
from input_text import (
    ARGUMENTS,
    BYTE_EDITS,
    CDS,
    DATES,
    JSON,
    MARKUP,
    SCRIPTS,
    TEXTS,
    TOML_EDITS,
    Edit,
    edited,
    edits,
)

FOLDER: Final = "{folder}"  # in a word or a file: where the files of an input are
NAME: Final = b'"Lincoln Unified School District"'
CREDENTIALS: Final = b"made_up\n*MadeUp>()(NotAKey1*\n"
NEW_LEA: Final = "lea add other --name Other --cds 01234560000000"
CALENDAR: Final = f"calendar {FOLDER}/out.ics"
Originals = Mapping[str, bytes]
"""The valid files from which bad ones are made, by name."""


@dataclass(frozen=True)
class Answer:
    """What is changed in one answer of a site; a `status` of 0 leaves its own."""

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Input:
    """One command line and all that it meets.

    `files` are written first, relative to the home; `modes` are set then. `answers` are changed by the site and the
    number of its answer. A `process` of its own gets `environ`; with a `size` (rows, columns) it has a terminal.
    """

    words: tuple[str, ...]
    given: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[tuple[str, int], Answer] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    home: str = "home"
    process: bool = False
    size: tuple[int, int] | None = None


class Kind(NamedTuple):
    """A row of the table: of ten thousand inputs, `share` are drawn from `strategy`."""

    share: int
    strategy: Callable[[Originals], st.SearchStrategy[Input]]


JSON_OR_NOT: Final = st.sampled_from(((), ("--json",)))


def commands(lines: str, *more: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw one of these command lines, with a bar between them, with or without --json."""
    every = [tuple(line.split()) for line in (*lines.split("|"), *more)]
    return st.builds(lambda line, json_too: line + json_too, st.sampled_from(every), JSON_OR_NOT)


def file_input(
    name: str, original: bytes, changes: st.SearchStrategy[tuple[Edit, ...]], words: st.SearchStrategy[tuple[str, ...]]
) -> st.SearchStrategy[Input]:
    """Draw a file by changing a valid one."""
    return st.builds(lambda line, drawn: Input(line, CREDENTIALS, {name: edited(original, drawn)}), words, changes)


def config_files(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw a config.toml. No command that opens a connection: an address in it may lead anywhere."""
    showing = "status|status --nagios|lea list|lea export|history|portal show|sis|handover"
    words = commands(f"{showing}|store --stdin|lea rename lincoln other", NEW_LEA, CALENDAR)
    return file_input("config.toml", originals["config.toml"], TOML_EDITS, words)


def pasted(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw what is piped as credentials or as a password."""
    key = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=24)
    # Office programs and mail change these characters, terminals add the others.
    pieces = str.split("\u2019 \u2013 \u00a0 \ufeff \x1b[200~ \x1b[201~ \t \x08 \u200b \ufb01", " ")
    spoiled = st.builds(
        lambda text, at, piece: text[:at] + piece + text[at:], key, st.integers(0, 24), st.sampled_from(pieces)
    )
    ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "", "\u2028"])
    two = st.tuples(TEXTS | key, ends, spoiled | key | TEXTS, ends)
    given = two.map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))
    secrets = "secret set parent --stdin|secret set notify:it --stdin"
    words = commands(f"store --stdin|store --stdin --any-length|{secrets}")
    return st.builds(Input, words, given=given | st.binary(max_size=60) | st.just(b"x" * 3_000_000))


def cds_codes(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw the CDS code of a new LEA."""
    codes = CDS.map(lambda text: text.replace("\x00", "\\0"))
    new = ("lea", "add", "other", "--name", "Other")
    return st.builds(lambda code, more: Input((*new, f"--cds={code}", *more)), codes, JSON_OR_NOT)


def dates(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw the day on which credentials were generated, or a countdown."""
    option = st.sampled_from(("--generated", "--days-left"))
    given = (DATES | st.integers(-5, 400).map(str)).map(lambda text: text.replace("\x00", "\\0"))
    return st.builds(
        lambda name, day, more: Input(("store", "--stdin", f"{name}={day}", *more), CREDENTIALS),
        option,
        given,
        JSON_OR_NOT,
    )


def names(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw a name where one is given: of an LEA, a system, a secret, an account, a school."""
    lines = str.split(
        (
            "status --lea=*|verify --lea=*|lea rename lincoln *|handover --done=*|"
            "lea add * --name=New --cds=01234560000000|"
            "lea add new --name=*|lea add new --name=New --cds=01234560000000 --url=*|sis show *|secret set * --stdin|"
            "secret set parent:* --stdin|portal find --go=*|schools --clear=*|schools --set=*"
        ),
        "|",
    )
    told = st.builds(
        lambda line, text, more: Input((*(word.replace("*", text) for word in line.split()), *more), b"made up\n"),
        st.sampled_from(lines),
        ARGUMENTS,
        JSON_OR_NOT,
    )
    files = TEXTS.map(lambda text: {"config.toml": originals["config.toml"].replace(NAME, json.dumps(text).encode())})
    return told | st.builds(Input, commands("status|status --nagios|lea list|verify"), files=files)


def answer_input(
    site: str, pieces: st.SearchStrategy[bytes], last: int, words: st.SearchStrategy[tuple[str, ...]]
) -> st.SearchStrategy[Input]:
    """Draw one or two answers of a site."""
    names = str.split("Content-Type Content-Encoding Location Set-Cookie Refresh Retry-After")
    values = str.split(
        (
            "text/html; charset=x|text/html; charset=utf-16|application/pdf|image/png|gzip|br, gzip|http://evil.example/|"
            "//evil.example|/login|http://[::1|\xff|a=b; domain=evil.example|-1|0; url=http://evil.example/|javascript:x|"
            "Thu, 01 Jan 1970 00:00:00 GMT|"
        ),
        "|",
    )
    header = st.tuples(st.sampled_from(names), st.sampled_from([*values, "9" * 30, "a" * 9000]))
    codes = (200, 204, 206, 302, 303, 307, 400, 401, 403, 404, 418, 500, 503, 599)
    answer = st.builds(
        Answer,
        st.sampled_from((0,) * 8 + codes),
        st.lists(header, max_size=1).map(tuple),
        edits(pieces, "insert insert replace double drop cut coded whole"),
    )
    numbers = st.tuples(st.just(site), st.integers(0, last))
    return st.builds(Input, words, answers=st.dictionaries(numbers, answer, min_size=1, max_size=2))


def portal_pages(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw what a portal answers in place of its pages."""
    return answer_input("schoolwise", MARKUP, 7, commands("schools|portal test|portal find|verify|upload"))


def service_answers(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw what the state's service answers."""
    return answer_input("service", JSON, 2, commands("verify"))


def api_profiles(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw an API profile of the LEA's own."""
    config = originals["config.toml"] + b'profile = "{folder}/profile.toml"\n'  # its last section is that of TOMS
    files = TOML_EDITS.map(
        lambda drawn: {"config.toml": config, "profile.toml": edited(originals["ets-ssr.toml"], drawn)}
    )
    return st.builds(Input, commands("verify|status"), files=files)


def portal_maps(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw a portal map of the LEA's own."""
    config = originals["config.toml"].replace(b'driver = "http"', b'driver = "http"\nmap = "{folder}/map.toml"')
    files = TOML_EDITS.map(
        lambda drawn: {"config.toml": config, "map.toml": edited(originals["schoolwise.toml"], drawn)}
    )
    return st.builds(Input, commands("portal show|portal test|portal find|schools|status"), files=files)


def routes(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw what was confirmed of the portal."""
    original = originals["portals/lincoln.toml"]
    brought = commands(f"portal confirm --import {FOLDER}/brought.toml")
    here = commands("portal show|portal test|schools|upload")
    return file_input("portals/lincoln.toml", original, TOML_EDITS, here) | file_input(
        "brought.toml", original, TOML_EDITS, brought
    )


def histories(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw a history: its file, or one of its rows."""
    original = originals["ledger.sqlite"]

    def changed(column: str, number: int, value: object) -> Mapping[str, bytes]:
        table, _, name = column.partition(".")
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(original)
            connection.execute("DROP TRIGGER events_hold")
            with suppress(sqlite3.IntegrityError, UnicodeEncodeError):
                # Both names are of this file; the tables are `head` and `events`.
                connection.execute(f"UPDATE {table} SET {name} = ? WHERE number = ? OR ? = 0", (value, number, number))
            connection.commit()
            return {"ledger.sqlite": connection.serialize()}

    columns = st.sampled_from(str.split("events.record events.hash events.lea head.hash head.number head.leas"))
    numbers = st.integers(-(2**63), 2**63 - 1)
    values = st.none() | numbers | st.floats() | st.binary(max_size=20) | TEXTS
    rows = st.builds(
        changed, columns, st.integers(0, 9), values | JSON.map(lambda text: text.decode("utf-8", "replace"))
    )
    words = commands("status|status --nagios|history|verify|store --stdin|abandon|lea list|portal show")
    return file_input("ledger.sqlite", original, BYTE_EDITS, words) | st.builds(
        Input, words, st.just(CREDENTIALS), files=rows
    )


def tables(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw a table for `lea import`."""
    heads = str.split(
        "lea name cds county url username driver vendors timezone lifetime_days direct_check parent caaspp "
        "CDSCode District School StatusType password"
    )
    head = st.lists(st.sampled_from(heads) | TEXTS, min_size=1, max_size=6)
    cells = st.lists(CDS | TEXTS | st.sampled_from(["Kern High", "http", "yes", "America/Los_Angeles"]), max_size=7)
    written = st.builds(
        lambda first, rest, mark, end, code: end.join(mark.join(row) for row in [first, *rest]).encode(code, "replace"),
        head,
        st.lists(cells, max_size=4),
        st.sampled_from([",", ";", "\t", "|"]),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    )
    good = b"lea,name,cds,url,username\nkern,Kern High,15635290000000,https://kern.schoolwise.com,itstaff\n"
    pieces = (TEXTS | CDS).map(lambda text: text.encode("utf-8", "surrogatepass"))
    spoiled = edits(pieces, "insert replace double drop coded").map(lambda drawn: edited(good, drawn))
    files = (written | spoiled).map(lambda body: {"table.csv": body})
    return st.builds(Input, commands(f"lea import {FOLDER}/table.csv"), files=files)


def own_facts(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw an LEA's own facts about student information systems."""
    own = b'[system.aeries]\nname = "Aeries"\nfields = "API Key"\n\n[source.own]\nkind = "fact"\nname = "a guide"\n'
    return file_input(
        "sis.toml", own, TOML_EDITS, commands("sis|sis show aeries|sis show schoolwise|handover|lea list")
    )


def command_lines(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw the words of a command line. None of a command that writes where a word says, or that stays."""
    options = str.split(
        "--json --no-input --all --help --nagios --last --state --due-within --lea --warn --crit --stdin --any-length "
        "--wait --ticket --driver hand --generated --force --unverified"
    )
    first = str.split("status verify lea list history sis schools portal show store abandon resume")
    more = st.lists(st.sampled_from(options) | st.sampled_from(first) | ARGUMENTS, max_size=4)
    return st.builds(lambda one, rest: Input((one, *rest)), st.sampled_from([*first, "--json", "nonsense", ""]), more)


def paths(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw the name of the folder in which everything is."""
    homes = TEXTS.map(lambda text: text.replace("/", "_").replace("\x00", "")[:60].strip(".") or "a folder")
    homes = homes.filter(can_be_passed_on)
    showing = "status|history|lea list|portal show|verify"
    return st.builds(Input, commands(showing, CALENDAR, f"lea export {FOLDER}/out.csv", NEW_LEA), home=homes)


def closed_homes(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw files and folders that may not be read or written."""
    there = str.split(". config.toml ledger.sqlite locks locks/lea-lincoln.lock portals portals/lincoln.toml held")
    modes = st.sampled_from((0o000, 0o400, 0o500, 0o100, 0o200))
    closed = st.dictionaries(st.sampled_from([".", *there]), modes, min_size=1, max_size=2)
    showing = "status|history|lea list|portal show|verify|store --stdin|abandon|secret set parent --stdin|upload"
    words = commands(f"{showing}|lea rename lincoln other", NEW_LEA, CALENDAR)
    held = st.just({"held/another-pair-0001.age": b"made up"})  # of an emergency
    return st.builds(Input, words, st.just(CREDENTIALS), held, closed)


SHOWING: Final = "status|status|lea list|history --last 3|sis show aeries|status --lea nobody|nonsense"
VARIABLES: Final = str.split(
    "SSRCRED_LEA SSRCRED_HOME COLUMNS LINES TERM NO_COLOR FORCE_COLOR TZ HOME USER LOGNAME TMPDIR "
    "HTTP_PROXY HTTPS_PROXY "
    "NO_PROXY SSL_CERT_FILE SSL_CERT_DIR XDG_CONFIG_HOME DISPLAY BROWSER DBUS_SESSION_BUS_ADDRESS "
    "PYTHON_KEYRING_BACKEND "
    "CREDENTIALS_DIRECTORY TERMINAL_WIDTH CI SHELL"
)


def can_be_passed_on(text: str) -> bool:
    """Whether the system can hand a text to a process: it can bytes that are no UTF-8, but no other half characters."""
    return not any("\ud800" <= char < "\udc80" or "\udcff" < char <= "\udfff" for char in text)


def environments(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw the environment of a process."""
    # Not out of the folder that it runs in, whatever is made there.
    values = ARGUMENTS.map(lambda text: text.replace("/", "_").replace("..", "__")[:200]) | st.integers().map(str)
    environ = st.dictionaries(st.sampled_from(VARIABLES), values.filter(can_be_passed_on), min_size=1, max_size=3)
    return st.builds(Input, commands(SHOWING, "verify", "--help"), environ=environ, process=st.just(True))


def terminals(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw the size of a terminal and its kind."""
    side = st.sampled_from((0, 1, 2, 3, 10, 24, 80, 200, 65535)) | st.integers(0, 300)
    kinds = st.sampled_from(["xterm-256color", "dumb", "vt100", "linux", "nonsense", ""])
    words = commands("|".join(f"{line} --no-input" for line in SHOWING.split("|")), "--help", "status --help")
    environ = st.fixed_dictionaries({"TERM": kinds})
    return st.builds(Input, words, environ=environ, process=st.just(True), size=st.tuples(side, side))


def locales(originals: Originals) -> st.SearchStrategy[Input]:
    """Draw a locale and what its streams can write, over an LEA that has a name in some script."""
    spoken = str.split("C POSIX C.UTF-8 tr_TR.UTF-8 tr_TR.ISO-8859-9 ja_JP.UTF-8 ja_JP.eucJP ja_JP.SJIS xx_XX")
    codes = str.split("ascii iso8859-9 euc_jp shift_jis cp1252 utf-8 utf-16 cp437")
    environ = st.fixed_dictionaries(
        {"PYTHONUTF8": st.just("0"), "LC_ALL": st.sampled_from(spoken)},
        optional={"PYTHONIOENCODING": st.sampled_from(codes), "PYTHONCOERCECLOCALE": st.just("0")},
    )
    files = st.sampled_from(SCRIPTS).map(
        lambda text: {
            "config.toml": originals["process/config.toml"].replace(NAME, json.dumps(text, ensure_ascii=False).encode())
        }
    )
    return st.builds(Input, commands(SHOWING, "--help"), environ=environ, process=st.just(True), files=files)


KINDS: Final[dict[str, Kind]] = {
    "config.toml": Kind(1300, config_files),
    "pasted credentials and passwords": Kind(1300, pasted),
    "CDS codes": Kind(500, cds_codes),
    "dates": Kind(500, dates),
    "names, in every script": Kind(900, names),
    "pages of a portal": Kind(800, portal_pages),
    "answers of the state's service": Kind(800, service_answers),
    "API profiles": Kind(600, api_profiles),
    "portal maps": Kind(500, portal_maps),
    "confirmed routes": Kind(600, routes),
    "history files and rows": Kind(700, histories),
    "tables for `lea import`": Kind(500, tables),
    "sis.toml": Kind(250, own_facts),
    "command lines": Kind(500, command_lines),
    "paths": Kind(250, paths),
    "closed files and folders": Kind(250, closed_homes),
    "environment variables": Kind(150, environments),
    "terminal sizes": Kind(100, terminals),
    "locales": Kind(100, locales),
}
