"""Which pair on a page is the district's: by its name, or because the page names no school for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ssrcred.adapters.portal.html.wording import same, says
from ssrcred.portal.pair import unclear
from ssrcred.portal.school import is_general, names_a_district
from ssrcred.portal.scope import AT_WORK
from ssrcred.portal.sign import stranger

if TYPE_CHECKING:
    from ssrcred.adapters.portal.html.page import Page
    from ssrcred.portal.map import PortalMap
    from ssrcred.portal.pair import Pair

MOST_NAMED: Final = 4
IS_THE_DISTRICT: Final = (
    "Open the page in a browser. If those words are the district's own name there (a charter school may be its own"
    " district), add them to `district` under [fields] in a copy of the portal map: see `map` in config.toml."
)


def the_districts(named: list[Pair], words: PortalMap, page: Page) -> Pair:
    """The one of the pairs on a page that is the district's. Raises PageNotUnderstood if that cannot be told."""
    found = _candidates(named, words)
    if len(found) != 1:
        what = "more than one place" if found else "no place"
        said = (item.label for item in named if item.label)
        names = [f"“{name}”" for name in dict.fromkeys(said)][:MOST_NAMED]
        beside_them = f"; the words beside the pairs are {' and '.join(names)}" if names else ""
        raise unclear(f"shows {what} for the district's pair{beside_them}", page, IS_THE_DISTRICT if names else "")
    check_it_is_the_districts(found[0], named, words, page)
    return found[0]


def check_it_is_the_districts(pair: Pair, named: list[Pair], words: PortalMap, page: Page) -> None:
    """Raise PageNotUnderstood if the page says of a pair that nothing names that it is, or may be, a school's."""
    if same(pair.label, words.fields.district):
        return
    own = replace(page, turns=())
    labels = [*(item.label for item in named if item is not pair), *(turn.name for turn in page.turns)]
    said = stranger(own, pair.key, words, labels)
    if said and any(item.form is pair.key.form and item.control.kind == "select" for item in own.fields()):
        raise unclear("has a list beside the pair that says whose it is, and not the district's", page)
    said = said or ("" if _is_own(pair.label, own_words(words)) else pair.label)
    if said:
        what = f"says “{said}”, so that the pair may be that of a school and not the district's"
        raise unclear(what, page, IS_THE_DISTRICT)
    if said := _like_it(pair, named):
        raise unclear(f"has a pair under “{said}” too, which names no school: either may be the district's", page)


def own_words(words: PortalMap) -> list[str]:
    """What the pages on the way are called, the district, and the portal itself: words that name no school."""
    return [word for step in words.settings.steps for word in step] + list(words.fields.district) + [words.name]


def _candidates(named: list[Pair], words: PortalMap) -> list[Pair]:
    """The pairs that may be the district's, by the surest sign there is: its name before the page's own words."""
    own = own_words(words)
    found = [item for item in named if same(item.label, words.fields.district)]
    nameless = [item for item in named if not item.sure and (not item.label or says(item.label, own))]
    found = found or [item for item in nameless if _is_own(item.label, own)] or nameless
    found = found or [item for item in named if len(named) == 1 and _is_own(item.label, own)]
    return found or [item for item in named if item.turn is None and names_a_district(item.label)]


def _is_own(said: str, own: list[str]) -> bool:
    """Whether words over a pair hold nothing that could be the name of a school."""
    return is_general(said, own) or names_a_district(said, own)


def _like_it(pair: Pair, named: list[Pair]) -> str:
    """The words of another pair that name no school either, where the district's has none of its own beside them."""
    for item in named:
        above = not pair.label or not pair.over or pair.over[-1] in item.over[:-1]
        if item is pair or item.turn is not None or not item.label or not above:
            continue
        schools = says(item.label, ("school", "schools", "site", "sites"))
        if says(item.label, AT_WORK) or (is_general(item.label) and not schools):
            return item.label
    return ""
