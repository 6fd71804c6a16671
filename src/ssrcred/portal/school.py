"""Names of schools: what reads as one, which two are one school's, and whether a text speaks of a school or of another.

The word *School* at the end, *The* at the beginning and a code at either end tell no school from another; every other
word does: *Lincoln Elementary* is *Lincoln Elementary School*, and neither is *Lincoln*. If a list has both of two such
names, each is only its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from ssrcred.adapters.portal.html.wording import PLAIN, normal, squeeze


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SCHOOLS: Final = ("high", "middle", "elementary", "junior high", "academy", "charter", "school")
"""Words in the names of schools, and of little else that a list offers beside a pair."""
KINDS: Final = _set(
    "high middle elementary junior senior intermediate primary secondary academy charter continuation alternative"
    " preparatory prep magnet annex campus hs ms es jhs shs elem"
)
"""Words behind a name that make it that of another school, however they are written."""
LEVELS: Final = KINDS | _set("school schools grade grades level levels span spans all and or the k tk kindergarten")
"""Words of a list of grades or kinds of schools, which names none."""
LONGEST_NAME: Final = 8
LINKS: Final = ("of", "the", "and", "at", "for", "in", "de", "la", "las", "los", "del")
GENERAL: Final = _set(
    "a about access account active add admin administration administrator agency all an and api app application"
    " are as assessment assessments at authorization by caaspp calpads cast cers change choose chosen code"
    " configuration configure connection connections credential credentials current currently data details"
    " district edit editing electronic elpac enter entry ets external fields for form from general generated has"
    " have id in information integration integrations is it key keys last lea login manage menu name no now of"
    " office on option options or other page pair parent parents party password passwords portal profile provider"
    " pupil release report reporting reports required save school schools score scores secret section select"
    " selected server service services set setting settings setup show showing site ssr ssrs state step student"
    " students summary system systems tab test testing tests that the third this to toms update updated use user"
    " username uses vendor vendors view viewing was web with working year you your"
)
"""Words that name no school, wherever they stand."""
PROGRAMS: Final = (
    "California Assessment of Student Performance and Progress",
    "English Language Proficiency Assessments for California",
    "Test Operations Management System",
    "Smarter Balanced",
)
"""Names of tests and of the state's system, which hold words that could be a school's."""
BESIDE: Final = GENERAL - {"district"}
"""Words that may stand right beside the name of a school; with *District* it is that of a district."""
CUTS: Final = re.compile(r"\s+[-\u2013\u2014|\u00b7:>\u203a\u00bb/]+\s+")
"""What parts the pieces of a title or of a heading."""
DISTRICT: Final = re.compile(r"[a-z]{0,6}(?:usd|uhsd|jusd|esd|hsd|isd|coe)|unified|lea")
"""What the names of districts end in, beside the word itself."""
TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
SHORTEST_CODE: Final = 3
"""Digits. A shorter number behind a name is part of it; a longer one is a code or a year."""
SHORT_FORM: Final = 3
"""Letters of a word that may be cut by a full stop before a name, such as *St.* and *Mt.*"""


class _Word(NamedTuple):
    said: str
    start: int
    end: int

    @property
    def plain(self) -> str:
        return self.said.casefold()


def is_school(said: str) -> bool:
    """Whether words read as the name of one school: a few, written as names are, and the last one of such names."""
    words, spoken = normal(said).split(), squeeze(said).split()
    named = all(not word[0].islower() or word in LINKS for word in spoken)
    if not named or not 1 < len(words) <= LONGEST_NAME or "district" in words:
        return False
    return words[-1] in SCHOOLS and any(word not in LEVELS and not word.isdigit() for word in _plain(said))


def same_school(one: str, other: str) -> bool:
    """Whether two names are one school's."""
    core = _core(one)
    return bool(core) and core == _core(other)


def names_school(text: str, name: str, others: Iterable[str] = ()) -> bool:
    """Whether `text` speaks of the school of a name, and not of one with a longer name, of `others` or any other."""
    spoken, others = _tokens(text), [other for other in others if normal(other) != normal(name)]
    exact = any(same_school(name, other) for other in others)  # the list has it with and without the word School
    form = _plain if exact else _core
    wanted, rivals = form(name), [form(other) for other in others]
    plain = [word.plain for word in spoken]
    longer = [words for words in rivals if len(words) > len(wanted) and _places(words, wanted)]
    taken = {at + inner for words in longer for at in _places(plain, words) for inner in _places(words, wanted)}
    return any(
        at not in taken and not _is_longer(text, spoken, at, at + len(wanted), exact=exact)
        for at in _places(plain, wanted)
    )


def names_another(text: str, name: str, others: Iterable[str] = (), own: Iterable[str] = ()) -> bool:
    """Whether `text` names a school that is not the one of `name`, or has that name in a longer or a shorter one.

    `others` are as in `names_school`; `own` are words of the page itself, which say nothing of a school.
    """
    if names_school(text, name, others):
        return False
    plain, core = _plain(text), _core(name)
    rest = _without(plain, own)
    shorter = bool(rest) and rest != core and bool(_places(core, rest))
    pieces = CUTS.split(squeeze(text).replace(": ", " : "))
    return bool(_places(plain, core)) or shorter or any(is_school(piece) for piece in pieces)


def is_general(text: str, own: Iterable[str] = ()) -> bool:
    """Whether words are all such as name no school: those of settings pages, years and codes, and the page's `own`."""
    left = _without(_plain(text), (*own, *PROGRAMS))
    return all(word in GENERAL or word.isdigit() for word in left)


def is_level(text: str) -> bool:
    """Whether words are those of grades and kinds of schools, and name none."""
    return all(word in LEVELS | GENERAL or word.isdigit() for word in _plain(text))


def is_a_district(said: str) -> bool:
    """Whether words are one name that ends as the names of districts do."""
    words = _plain(said)
    ends = (
        words[-1:] == ["district"] or words[-2:] == ["county", "office"] or words[-3:] == ["office", "of", "education"]
    )
    return len(CUTS.split(squeeze(said))) == 1 and (ends or bool(words and DISTRICT.fullmatch(words[-1])))


def names_a_district(text: str, own: Iterable[str] = ()) -> bool:
    """Whether words beside the page's `own` are the name of a district, and nothing else that could be a school's."""
    left = _without(_plain(text), own)
    rest = [word for word in left if word not in GENERAL - {"district", "of", "office"}]
    return bool(rest) and is_a_district(" ".join(rest))


def _tokens(text: str) -> list[_Word]:
    return [_Word(found[0], found.start(), found.end()) for found in TOKEN.finditer(text.translate(PLAIN))]


def _plain(name: str) -> list[str]:
    return [word.plain for word in _tokens(name)]


def _core(name: str) -> list[str]:
    words = _plain(name)
    while len(words) > 1 and _is_code(words[0]):
        words = words[1:]
    while len(words) > 1 and _is_code(words[-1]):
        words = words[:-1]
    words = words[1:] if words[:1] == ["the"] and len(words) > 1 else words
    return words[:-1] if words[-1:] == ["school"] and len(words) > 1 else words


def _is_code(word: str) -> bool:
    return word.isdigit() and len(word) >= SHORTEST_CODE


def _places(spoken: list[str], part: list[str]) -> list[int]:
    return [at for at in range(len(spoken) - len(part) + 1) if part and spoken[at : at + len(part)] == part]


def _without(spoken: list[str], own: Iterable[str]) -> list[str]:
    """Words without the phrases of the page's own that they hold, the longest first, each once."""
    for phrase in sorted(own, key=len, reverse=True):
        part = _plain(phrase)
        for at in _places(spoken, part)[:1]:
            spoken = spoken[:at] + spoken[at + len(part) :]
    return spoken


def _is_longer(text: str, spoken: list[_Word], start: int, end: int, *, exact: bool) -> bool:
    """Whether the name at a place of a text is only a part of a longer one."""
    if not exact and end < len(spoken) and spoken[end].plain == "school" and _joined(text, spoken, end):
        end += 1
    if not exact and start and spoken[start - 1].plain == "the" and _joined(text, spoken, start):
        start -= 1
    shouts = not any(word.said[0].isupper() for word in spoken[start:end]) or text.isupper()
    if end < len(spoken):
        after = spoken[end]
        if after.plain in KINDS or (_joined(text, spoken, end) and _goes_on(after, shouts)):
            return True
    before = spoken[start - 1] if start else None
    return (
        before is not None and not before.said.isdigit() and _joined(text, spoken, start) and _goes_on(before, shouts)
    )


def _goes_on(word: _Word, shouts: bool) -> bool:
    """Whether a word right beside a name is a part of it; where case tells nothing, every word but a general one is."""
    if word.said.isdigit():
        return not _is_code(word.said)
    return word.plain not in BESIDE and (shouts or not word.said[0].islower())


def _joined(text: str, spoken: list[_Word], at: int) -> bool:
    """Whether nothing but a blank, a hyphen and the like stands between a word and the one before it."""
    before = spoken[at - 1]
    gap = text[before.end : spoken[at].start]
    if gap.strip() == ".":
        return gap == "." or len(before.said) <= SHORT_FORM
    return gap.strip() in ("", "&", "#") or gap in ("-", "\u2013", "'", "_", "+")
