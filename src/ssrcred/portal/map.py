"""A portal map: the visible words, and where words do not suffice the addresses, by which a portal's pages are found.

A map is TOML. Every value is a list of alternatives, the best first, but `name` and the addresses, which are text, and
`steps`, which is a list of such lists. Words are compared by `words.same` (labels) or `words.says` (phrases: words in a
row anywhere in a block of text, `…` for up to twelve others). * must be there and not be empty.

name                   what the portal is called in messages
[login]
  open                 links that lead from the start page to the log-in page, if that is another
  username* password*  labels of the two fields
  button               labels of the log-in button; the form's only button needs no label
  refused locked code  phrases: wrong password · account locked · a further step, such as a texted code
  new_password         phrases: the account needs a new password before anything else
[settings]
  address              where the page with the pairs is, relative to the portal; "" = follow the steps
  steps                labels of what has to be chosen, one after another, after logging in
[schools]              only for portals that show the pair of one school at a time
  list                 what a list of links, one for each school, is called: by its heading, caption or column
  open                 labels of a link beside the school's name that leads to its page, if the name itself is no link
  more                 labels of what leads to more schools than the page shows
  part                 phrases that say that the page shows a part of a longer list
  choice go            labels of a list to choose a school from, and of the button beside it
[fields]
  username* key*       labels of the two fields of a pair
  district             what names the district's pair, rather than a school's
  kept missing         phrases: a key is stored, though not shown · there is none
[save]
  button*              labels of the button that saves
  saved failed         phrases: it says that it saved · that it did not
  wider                phrases of a box or list beside the pair that would put it into other places too: not saved then
[proof]
  steps                labels of what a parent or student has to choose before the button
  button*              labels of the button that opens the score reports
  report               phrases: words of a link to a report
  refused no_report unavailable   phrases: bad pair · no report for this student · service does not answer
[page]
  maintenance          phrases of a page that stands in for the portal
[recording]            a way learned from one recorded save (recording.py); words that such a map lacks are taken from
words                  the map of this name in the package's own data
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeVar, cast

from ssrcred.errors import ConfigInvalid
from ssrcred.portal.recording import Recording
from ssrcred.portal.transcript import parse as parse_recording

DATA: Final = Path(__file__).parent.parent / "data"
Words = tuple[str, ...]
WIDER: Final = (
    *("all schools", "every school", "each school", "all sites", "every site", "all places"),
    *("override … schools", "overwrite … schools", "replace … schools", "apply to … schools", "copy to … schools"),
    *("override school", "overwrite school", "replace school"),
)
NEW_PASSWORD: Final = (
    *("password … expired", "expired password", "must change … password", "need to change … password"),
    *(
        "change … password … continue",
        "choose a new password",
        "set a new password",
        "new password",
        "reset your password",
    ),
)
CHOICE: Final = ("School", "Choose a School", "Select a School", "Select School", "Site")
"""For maps that say nothing of it: a school's pair that a list has chosen is not to pass for the district's."""


@dataclass(frozen=True)
class LoginWords:
    """Words of the log-in page."""

    username: Words
    password: Words
    open: Words = ()
    button: Words = ()
    refused: Words = ()
    locked: Words = ()
    code: Words = ()
    new_password: Words = NEW_PASSWORD


@dataclass(frozen=True)
class SettingsWords:
    """The way to the page with the pairs."""

    address: str = ""
    steps: tuple[Words, ...] = ()


@dataclass(frozen=True)
class SchoolsWords:
    """The way to one school's pair, where each has a page of its own."""

    list: Words = ()
    open: Words = ()
    choice: Words = CHOICE
    go: Words = ()
    more: Words = ("Next", "Next Page", "Next >", "»", "Load More", "Show More", "More", "Older")
    part: Words = ("showing … of", "page … of", "rows … of", "entries … of")


@dataclass(frozen=True)
class FieldWords:
    """Words around the pairs."""

    username: Words
    key: Words
    district: Words = ()
    kept: Words = ()
    missing: Words = ()


@dataclass(frozen=True)
class SaveWords:
    """Words of saving."""

    button: Words
    saved: Words = ()
    failed: Words = ()
    wider: Words = WIDER


@dataclass(frozen=True)
class ProofWords:
    """Words a parent or student sees."""

    button: Words
    steps: tuple[Words, ...] = ()
    report: Words = ()
    refused: Words = ()
    no_report: Words = ()
    unavailable: Words = ()


@dataclass(frozen=True)
class PageWords:
    """Words of any page."""

    maintenance: Words = ()


@dataclass(frozen=True)
class PortalMap:
    """A whole map; the docstring of this module says what each part means. `words` is "" but in a learned one."""

    login: LoginWords
    fields: FieldWords
    save: SaveWords
    proof: ProofWords
    settings: SettingsWords = SettingsWords()
    schools: SchoolsWords = SchoolsWords()
    page: PageWords = PageWords()
    name: str = "the portal"
    words: str = ""
    recording: Recording | None = None


LEARNED: Final = ("words", "recording")
SECTIONS: Final = {
    "login": LoginWords,
    "settings": SettingsWords,
    "schools": SchoolsWords,
    "fields": FieldWords,
    "save": SaveWords,
    "proof": ProofWords,
    "page": PageWords,
}
STEPS: Final = "steps"
TEXTS: Final = frozenset({"address"})
Section = TypeVar("Section")


def load(name: str) -> PortalMap:
    """The map called `name` in the package's own data, or in the file `name` if that ends in .toml.

    Raises ConfigInvalid with every problem at once, each with its dotted key.
    """
    path = Path(name).expanduser() if name.endswith(".toml") else DATA / f"{name}.toml"
    own = sorted(file.stem for file in DATA.glob("*.toml"))
    if not name.endswith(".toml") and name not in own:
        raise _invalid(name, (f"there is no map of that name{_suggest(name, own)}",))
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise _invalid(name, (f"the file cannot be read: {error.strerror}",)) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        place = f": {error}" if isinstance(error, tomllib.TOMLDecodeError) else " and not UTF-8"
        raise _invalid(name, (f"the file is not TOML{place}",)) from None
    return parse(table, name)


def parse(table: dict[str, object], name: str = "the map") -> PortalMap:
    """The map in a table that was read from TOML; `name` is for messages. Raises ConfigInvalid."""
    recording, problems, learned = None, list[str](), "recording" in table
    words = _text_at("words", table, "schoolwise", problems) if learned else ""
    known = [*SECTIONS, "name", *LEARNED] if learned else [*SECTIONS, "name", "recording"]
    problems += [f"{key}: not a known key{_suggest(key, known)}" for key in table if key not in known]
    if learned:
        recording = parse_recording(table["recording"], problems)
        table = {**_own(words, problems), **table}
    parts = {key: _section(key, kind, table.get(key, {}), problems) for key, kind in SECTIONS.items()}
    title = table.get("name", "the portal")
    if not isinstance(title, str) or not title.strip():
        problems.append("name: a text is needed")
    if problems:
        raise _invalid(name, tuple(problems))
    return PortalMap(name=cast(str, title), words=words, recording=recording, **parts)  # type: ignore[arg-type]  # checked


def _own(words: str, problems: list[str]) -> dict[str, object]:
    """The table of one of the package's own maps, for the words that a learned map lacks."""
    own = sorted(file.stem for file in DATA.glob("*.toml"))
    if words not in own:
        problems.append(f"words: there is no map of that name{_suggest(words, own)}")
        return {}
    return tomllib.loads((DATA / f"{words}.toml").read_text("utf-8"))


def _text_at(key: str, table: dict[str, object], usual: str, problems: list[str]) -> str:
    found = table.get(key, usual)
    if isinstance(found, str):
        return found
    problems.append(f"{key}: a text is needed")
    return usual


def _section(key: str, kind: type[object], found: object, problems: list[str]) -> object:
    """One section, checked; what is wrong with it is added to `problems`."""
    if not isinstance(found, dict):
        problems.append(f"{key}: a section [{key}] is needed")
        return None
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]  # every section is a dataclass
    values: dict[str, object] = {}
    before = len(problems)
    for name, value in found.items():
        if name not in known:
            problems.append(f"{key}.{name}: not a known key{_suggest(name, list(known))}")
        elif (problem := _problem(name, value)) is not None:
            problems.append(f"{key}.{name}: {problem}")
        else:
            values[name] = _frozen(name, value)
    for name, item in known.items():
        needed = item.default is not None and not isinstance(item.default, str | tuple)
        if needed and not found.get(name):
            problems.append(f"{key}.{name}: words are needed here")
    return kind(**values) if len(problems) == before else None


def _problem(name: str, value: object) -> str | None:
    if name in TEXTS:
        return None if isinstance(value, str) else "a text is needed"
    if name == STEPS:
        good = isinstance(value, list) and all(_is_words(step) and step for step in value)
        return None if good else "a list of lists of words is needed"
    return None if _is_words(value) else "a list of words is needed"


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)


def _frozen(name: str, value: object) -> object:
    if isinstance(value, str):
        return value
    items = cast("list[list[str]]", value)
    return tuple(tuple(step) for step in items) if name == STEPS else tuple(items)


def _suggest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"


def _invalid(name: str, problems: tuple[str, ...]) -> ConfigInvalid:
    return ConfigInvalid(
        f"The portal map {name} cannot be used: {'; '.join(problems)}.",
        state="Nothing was read from the portal or written to it.",
        hint='Correct the map, or set map = "schoolwise" in config.toml to use the one that comes with ssrcred.',
        problems=problems,
    )
