"""The two fields of one place on a page: whose they are, what they show, and what a save of them would send."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ssrcred.adapters.portal.html.control import WRITABLE
from ssrcred.adapters.portal.html.form import Form, Request, encode, entries
from ssrcred.adapters.portal.html.label import text_in
from ssrcred.adapters.portal.html.page import Button, Field, Page, Turn
from ssrcred.adapters.portal.html.wording import beside, normal, same, says, tells
from ssrcred.adapters.portal.reading import MASKS, SHORTEST_MASK, is_masked, reading_of
from ssrcred.place import DISTRICT, Kind, Reading
from ssrcred.portal.district import check_it_is_the_districts, own_words, the_districts
from ssrcred.portal.map import PortalMap
from ssrcred.portal.pair import Pair, has_words, pairs_on, unclear
from ssrcred.portal.school import names_another, same_school
from ssrcred.portal.scope import (
    asked_before,
    deletes,
    sets_what_is_sent,
    target,
    trial,
    undoes,
    wider,
)

MOST_NAMED: Final = 4
IS_NO_REACH: Final = (
    "Open the page in a browser. If the choice is about something else, name in `wider` under [save] in a copy of the"
    " portal map only what does reach other places: see `map` in config.toml."
)


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """One place on one page: its reading, its two fields, and the words that they were found by."""

    reading: Reading
    username: Field
    key: Field
    page: Page
    turn: Turn | None = None
    label: str = ""

    def __repr__(self) -> str:
        return f"<Setting {self.reading.place}>"

    @property
    def form(self) -> Form:
        """The form of both fields."""
        return self.key.form

    def is_as(self, seen: Setting) -> bool:
        """Whether the place looks as it did when it was `seen`: the same words around it, the same pair in it."""
        now, then = self.reading, seen.reading
        same_key = (now.key is None) == (then.key is None) and (
            now.key is None or then.key is None or now.key.matches(then.key)
        )
        alike = now.place == then.place and now.username == then.username and now.key_seen == then.key_seen
        words = self.username.names[:1] == seen.username.names[:1] and self.key.names[:1] == seen.key.names[:1]
        return alike and same_key and words


def settings_on(page: Page, words: PortalMap) -> tuple[Setting, ...]:
    """Every place on the page, the district's first. Raises PageNotUnderstood if a field could be another place's."""
    if not page.turns:
        return _settings(pairs_on(page, words), words, page)
    own = replace(page, turns=())
    named = pairs_on(own, words) if any(has_words(item, words.fields.key) for item in own.fields()) else []
    # The page may be the turn of the school that was looked at last: the same pair twice is one place.
    named = [pair for pair in named if not any(same_school(pair.label, turn.name) for turn in page.turns)]
    named = [] if _is_a_turn(own, page.turns) else named
    taken = []
    for turn in page.turns:
        found = _pair_of(turn, turn.page, words)
        if found is None:
            raise unclear(f"of {turn.name} shows more than one pair", turn.page)
        if not same(found.label, words.fields.district) or same(turn.name, words.fields.district):
            taken.append(replace(found, label=turn.name, sure=True, turn=turn))
    return _settings([*named, *_own_forms(taken, named)], words, page)


def _own_forms(turns: list[Pair], named: list[Pair]) -> list[Pair]:
    """The schools' pairs without those in whose place the portal shows the district's form.

    What such a form saves is the district's pair. It can be told by the schools whose forms say where they save to.
    """
    shared = {target(pair.key.form) for pair in named}
    strays = [pair for pair in turns if target(pair.key.form) in shared]
    return turns if len(strays) == len(turns) else [pair for pair in turns if pair not in strays]


def _pair_of(turn: Turn, page: Page, words: PortalMap) -> Pair | None:
    """The only pair on a school's page, or the only one that the school's own name stands beside; else None.

    Raises PageNotUnderstood if the words beside it name another school, of the list or not.
    """
    found = pairs_on(page, words)
    if len(found) > 1:
        found = [pair for pair in found if normal(pair.label) == normal(turn.name)]
    if len(found) != 1:
        return None
    said = found[0].label
    if names_another(said, turn.name, turn.others, own_words(words)):
        raise unclear(f"was chosen as that of {turn.name} and names {said} beside the pair", page)
    return found[0]


def _is_a_turn(page: Page, turns: tuple[Turn, ...]) -> bool:
    """Whether the page that offers the schools shows one of them itself, because a list has it chosen."""
    names = [turn.name for turn in turns]
    chosen = _chosen_of(page, names)  # a list of years or languages is on every page and tells nothing
    return any(choices in chosen and choices != ("",) for turn in turns for choices in _chosen_of(turn.page, names))


def _chosen_of(page: Page, names: Iterable[str]) -> set[tuple[str, ...]]:
    """What is chosen in each list of a page that offers one of the names."""
    lists = (item.control for item in page.fields() if item.control.kind == "select")
    return {control.choices for control in lists if any(tells(text_in(control.node), name) for name in names)}


def find(settings: Iterable[Setting], place: str) -> Setting | None:
    """The setting of a place by its name, or None."""
    return next((item for item in settings if item.reading.place == place), None)


def save_request(setting: Setting, words: PortalMap, username: str, key: str) -> Request:
    """What a browser would send after the two texts were typed and the save button was pressed.

    Raises PageNotUnderstood, with nothing sent, if a person could not type the texts there, if no one button saves, or
    if the form shows another key as stars: those would be saved as if they were the key.
    """
    for field, text in ((setting.username, username), (setting.key, key)):
        limit = field.control.maxlength
        if limit is not None and len(text.encode("utf-16-le", "replace")) // 2 > limit:
            raise unclear(f"takes at most {limit} characters in a field, and the pair is longer", setting.page)
        if not field.control.writable:
            raise unclear("does not let this account change the fields", setting.page)
    filled = {setting.username.control.node: username, setting.key.control.node: key}
    for item in setting.form.controls:
        shown = item.kind in WRITABLE and not item.disabled and item.node not in filled
        if shown and _masked(item.value, secret=item.kind == "password"):
            raise unclear("shows another password as stars, which saving would put in its place", setting.page)
    keys = sum(item.form is setting.form and has_words(item, words.fields.key) for item in setting.page.fields())
    if reach := wider(setting.page, setting.form, setting.reading.place, words, alone=keys == 1):
        raise unclear(
            f"would save more than one place's pair: “{reach}” is chosen beside it", setting.page, IS_NO_REACH
        )
    if said := trial(setting.page, setting.form):
        raise unclear(f"has “{said}” chosen beside the pair, which is not the portal at work", setting.page)
    if said := undoes(setting.page, setting.form):
        raise unclear(f"has “{said}” chosen beside the pair", setting.page)
    button = _save_button(setting, words)
    listed = entries(setting.form, button.submitter, {**button.sets, **filled})
    request = encode(setting.form, listed, button.submitter, base=setting.page.base)
    if request.content is None:
        raise unclear("would put the password into an address", setting.page)
    if says(asked := asked_before(setting.form, button.control), words.save.wider):
        raise unclear(f"would save more than one place's pair: it asks “{asked}”", setting.page, IS_NO_REACH)
    if deletes(request, setting.form, button.control):
        raise unclear("has a form that deletes and does not save", setting.page)
    return request


def scripted(setting: Setting, words: PortalMap) -> bool:
    """Whether a script at the save button changes what is sent, which only a browser runs."""
    return sets_what_is_sent(setting.form, _save_button(setting, words).control)


def anew(setting: Setting, words: PortalMap, back: Callable[[], Page] | None = None) -> Setting:
    """The setting on a page of its own as that page is now, to be saved from there.

    Many portals save to the school that was looked at last. A setting without a page of its own is as it was, unless
    `back` fetches its page. Raises PageNotUnderstood, with nothing sent, if that page has changed.
    """
    again = setting.turn.again if setting.turn is not None else back
    if again is None:
        return setting
    page = again()
    if setting.turn is not None:
        found = _pair_of(setting.turn, page, words)
    else:
        pairs = pairs_on(page, words)
        found = pairs[0] if len(pairs) == 1 and normal(pairs[0].label) == normal(setting.label) else None
        if found is not None and setting.reading.kind is Kind.DISTRICT:
            check_it_is_the_districts(found, pairs, words, page)
    if found is not None:
        reading = reading_of(setting.reading.place, setting.reading.kind, found.username, found.key, words.fields)
        now = Setting(reading, found.username, found.key, page.with_form(found.key.form), setting.turn, found.label)
        if now.is_as(setting):
            return now
    raise unclear(f"shows something else for {setting.reading.place} than before", page)


def _settings(named: list[Pair], words: PortalMap, page: Page) -> tuple[Setting, ...]:
    district = the_districts(named, words, page)
    settings = []
    for item in [district, *(other for other in named if other is not district)]:
        own = item is district
        place, kind = (DISTRICT, Kind.DISTRICT) if own else (item.label, Kind.SCHOOL)
        reading = reading_of(place, kind, item.username, item.key, words.fields)
        holder = (item.turn.page if item.turn is not None else page).with_form(item.key.form)
        settings.append(Setting(reading, item.username, item.key, holder, item.turn, item.label))
    names = [normal(item.reading.place) for item in settings]
    if len(set(names)) != len(names) or not all(names):
        raise unclear("shows two places of the same name, or one without a name", page)
    return tuple(settings)


def _masked(value: str, *, secret: bool) -> bool:
    """Whether a value stands for another one: stars or dots, or in a field for a secret one sign again and again."""
    return is_masked(value) if secret else len(value) >= SHORTEST_MASK and set(value) <= MASKS


def _save_button(setting: Setting, words: PortalMap) -> Button:
    place = normal(setting.reading.place)
    buttons = [item for item in setting.page.buttons() if item.form is setting.form and item.control.submits]
    for alternative in words.save.button:
        fitting = [
            item
            for item in buttons
            if (rest := beside(item.words, [alternative])) is not None and normal(rest) in ("", place)
        ]
        for choice in (fitting, *_near(setting, fitting, words)):
            if len({_effect(item) for item in choice}) == 1:
                return choice[0]
        if fitting:
            raise unclear("has more than one button that saves", setting.page)
    called = " or ".join(words.save.button[:MOST_NAMED])
    raise unclear(f"has no button called {called} or the like for these fields", setting.page)


def _effect(button: Button) -> tuple[str, str, str]:
    control = button.control
    sets = "\n".join(button.sets.values())
    return control.name, control.value, control.node.attributes.get("formaction", "") + "\n" + sets


def _near(setting: Setting, buttons: list[Button], words: PortalMap) -> Iterator[list[Button]]:
    """The buttons in ever larger parts of the page around both fields, as long as no other pair is in them."""
    around = set(setting.username.control.node.ancestors())
    keys = {item.control.node for item in setting.page.fields() if has_words(item, words.fields.key)}
    for group in setting.key.control.node.ancestors():
        if group not in around:
            continue
        inside = set(group.walk())
        if len(inside & keys) > 1:
            return
        yield [item for item in buttons if item.control.node in inside]
