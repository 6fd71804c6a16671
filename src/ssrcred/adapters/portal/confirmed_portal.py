"""A portal whose settings a person confirmed: sign in, go the confirmed way, read, compare, save once, read back.

This file tells the whole story of a visit. How a page is fetched and what a save sends is the `Visit`'s: over HTTP
(http/) or in a real browser (browser/). Any difference from what was confirmed stops before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from ssrcred.adapters.portal.find import search
from ssrcred.adapters.portal.find.candidate import Candidate
from ssrcred.adapters.portal.find.group import ROWS, confirmed_list, has_more
from ssrcred.adapters.portal.html.page import Page, read
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import same, says
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.parents import Parents
from ssrcred.adapters.portal.reading import is_masked, reading_of
from ssrcred.adapters.portal.route.comparison import Fit, filled_in, fit, member_fit, pinned, rows_on, twice
from ssrcred.adapters.portal.route.decision import Draft
from ssrcred.adapters.portal.route.rehearsal import Outcome, Rehearsal
from ssrcred.adapters.portal.route.route import Fields, GroupRoute, Route
from ssrcred.adapters.portal.visit.filling import Filling
from ssrcred.adapters.portal.visit.session import Account, Session
from ssrcred.adapters.portal.visit.step import Step, StepMissing, shown_on
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import (
    LoginRefused,
    NotConfirmed,
    PageChanged,
    PageNotUnderstood,
    PersonNeeded,
    SsrcredError,
    Unreachable,
)
from ssrcred.evidence import Proof
from ssrcred.page_difference import Difference, What
from ssrcred.place import DISTRICT, KeySeen, Kind, Reading, Saved, Took, told_by
from ssrcred.web import Answer, AnswerLost, AnswerUnfit

REFUSED, SERVER_FAILED = 400, 500
NOT_SAVED: Final = "the portal says that it did not save"
SAVED: Final = "the portal says that it saved"
MOST_TOLD: Final = 12
LOOKS: Final = frozenset({What.LABEL, What.FIELD})


class Visits(Protocol):
    """Opens visits of accounts to one portal: over HTTP (http/form_visit.py) or in a browser (browser/)."""

    def visit(self, account: Account) -> Session: ...
    def close(self) -> None: ...


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """One confirmed setting as a page shows it now: its fields, what was confirmed of them, and what they hold.

    `group` is the number of the route's group that a school belongs to.
    """

    place: str
    at: Fit
    fields: Fields
    reading: Reading
    group: int | None = None

    def holds_as(self, before: Setting) -> bool:
        """Whether it shows what it showed `before`."""
        now, then = self.reading, before.reading
        key = (now.key is None) == (then.key is None) and (
            now.key is None or then.key is None or now.key.matches(then.key)
        )
        return key and now.username == then.username and now.key_seen == then.key_seen


@dataclass(frozen=True, eq=False, repr=False)
class _Tested:
    """One setting whose save is tested: its fields, as they were found, and the way to its page."""

    place: str
    candidate: Candidate
    fields: Fields
    arrive: Callable[[], Page]


class ConfirmedPortal:
    """One LEA's portal. `route` is what a person confirmed, None for nothing yet; `pin` keeps a route that learned how
    the fields look once they are filled.

    `probes` maps a setting to the account that tests it, `clock` gives aware UTC, `key_length` is that of the last key:
    a field that does not take so many characters stops like any other difference. Nothing is sent before the first call
    of a method. Each account signs in once.
    """

    def __init__(
        self,
        visits: Visits,
        office: Account,
        words: PortalMap,
        route: Route | None,
        *,
        probes: Mapping[str, tuple[str, SecretKey]] | None = None,
        clock: Callable[[], datetime],
        key_length: int = 20,
        pin: Callable[[Route], None],
    ) -> None:
        self._words, self._known, self._pin, self._key_length = words, route, pin, key_length
        self._visits, self._account, self._office = visits, office, visits.visit(office)
        self._parents = Parents(visits.visit, words, probes or {}, clock)
        self._address = ""
        self._seen: dict[str, Setting] = {}
        self._beside: dict[str, Setting] = {}
        self._alike: dict[tuple[str, ...], list[str]] = {}
        self._elsewhere: list[str] = []
        self._partial: set[tuple[str, ...]] = set()
        self._left: tuple[Page, tuple[str, ...], Sequence[tuple[str, Step]]] | None = None

    def places(self) -> tuple[Reading, ...]:
        """What every confirmed setting holds, the district's first. Reads only.

        Raises NotConfirmed, PageChanged, LoginRefused, PageNotUnderstood or Unreachable.
        """
        found: dict[str, Setting] = {}
        differences: list[Difference] = []
        for way in self._route.ways:
            settings, differ = self._on(way)
            self._elsewhere += twice([*found, *settings])
            found |= settings
            differences += differ
        self._seen = {name: item for name, item in found.items() if not same(name, self._elsewhere)}
        readings = tuple(item.reading for item in self._seen.values())
        if differences:
            raise changed(differences, self._words.name, readings)
        return readings

    @property
    def complete(self) -> bool:
        """Whether no school can be missing from what `places` read: no pager, and no two schools of one name."""
        return not self._partial and not self.twins

    @property
    def twins(self) -> tuple[str, ...]:
        """The names that more than one school has on the pages that `places` read; these are not read or written."""
        return tuple(dict.fromkeys((*(name for names in self._alike.values() for name in names), *self._elsewhere)))

    @property
    def new(self) -> tuple[str, ...]:
        """The schools that `places` read and that were not there when their group was confirmed."""
        groups = self._route.groups
        known = [groups[item.group].members if item.group is not None else () for item in self._seen.values()]
        return tuple(
            name for name, members in zip(self._seen, known, strict=True) if members and not same(name, members)
        )

    @property
    def attended(self) -> bool:
        """Whether a person did a part of the sign-in of this visit."""
        return self._office.by_person

    def as_read(self) -> Route:
        """The route with the schools that `places` read as the members of its groups."""
        route = self._route
        names = [[name for name, item in self._seen.items() if item.group == at] for at in range(len(route.groups))]
        groups = (replace(group, members=tuple(names[at])) for at, group in enumerate(route.groups))
        return replace(route, groups=tuple(groups))

    def found(self) -> dict[str, tuple[str, str]]:
        """By setting, once `places` has read it: what its two fields are called."""
        labels = {name: item.at.candidate for name, item in self._seen.items()}
        return {name: (one.username_label, one.key_label) for name, one in labels.items()}

    def pinned(self, found: Sequence[search.Found]) -> set[search.Found]:
        """Those of the fields that `search` found that were confirmed."""
        return pinned(found, self._known, self._words) if self._known is not None else set()

    def picture(self, found: search.Found) -> bytes | None:
        """The page that shows some fields, as a PNG with all that is typed painted over; None without a browser."""
        from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit

        if not isinstance(self._office, BrowserVisit):
            return None
        self._office.follow_way(found.candidate.way, self._address)
        return self._office.tab.picture()

    def search(
        self, go: Sequence[str], *, every_field: bool = False
    ) -> tuple[list[search.Found], search.Stopped | None]:
        """The fields that can hold credentials, found by the map's words or by way of `go`. Reads only.

        Raises LoginRefused, PageNotUnderstood or Unreachable.
        """
        self._address = "" if go else self._words.settings.address
        return search.Search(self._office, self._words, every_field=every_field).run(go)

    def rehearse(self, drafts: Sequence[Draft]) -> list[Rehearsal]:
        """The test saves of what will be confirmed, in this visit's browser; nothing is sent (browser/rehearsal.py).

        The browser is ended afterwards, so it comes after everything that is read.
        """

        def arriving(draft: Draft) -> Callable[[], Page]:
            def arrive() -> Page:
                try:
                    page = self._office.follow_way(draft.found.candidate.way, self._address)
                except StepMissing as missing:
                    raise changed([self._missing(draft.place, missing)], self._words.name) from None
                return self._shown(page, draft.fields)

            return arrive

        tested = []
        for draft in drafts:
            group = draft.found.group
            place = draft.place if group is None else group.members[0].name
            tested.append(_Tested(place, draft.found.candidate, draft.fields, arriving(draft)))
        return self._tested(tested)

    def rehearse_again(self, places: Sequence[str]) -> Mapping[str, Rehearsal]:
        """The test saves of what was confirmed: of each setting of its own, and of the first school of each group, as
        far as they are among `places`. The browser is ended afterwards: what is read next signs in anew.

        Raises PageChanged if a save would not be as it was confirmed, and what `places` raises.
        """
        if not self._seen:
            self.places()
        chosen: dict[object, Setting] = {}
        for place, setting in self._seen.items():
            if place in places:
                chosen.setdefault(place if setting.group is None else setting.group, setting)

        def arriving(setting: Setting) -> Callable[[], Page]:
            return lambda: self._one(setting).at.candidate.page

        settings = list(chosen.values())
        tested = [_Tested(one.place, one.at.candidate, one.fields, arriving(one)) for one in settings]
        found = self._tested(tested) if tested else []
        self._office.close()
        self._office = self._visits.visit(self._account)
        pairs = list(zip(settings, found, strict=True))
        differences = [item for one, shown in pairs for item in _saves_otherwise(one, shown, self._route)]
        if differences:
            raise changed(differences, self._words.name)
        return {one.place: shown for one, shown in pairs}

    def _tested(self, tested: Sequence[_Tested]) -> list[Rehearsal]:
        """The test saves of some settings, in this visit's browser."""
        from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit
        from ssrcred.adapters.portal.browser.rehearsal import Trial, rehearse

        office = self._office
        if not isinstance(office, BrowserVisit):
            raise TypeError("a test save needs a browser")

        def trial(one: _Tested) -> Trial:
            candidate = one.candidate
            control = (candidate.username.control.name, candidate.key.control.name)

            def filling_on(page: Page) -> Filling | None:
                at = fit(page, one.place, candidate.names, one.fields, self._words, control)
                return at.filling if isinstance(at, Fit) else None

            return Trial(one.arrive, filling_on)

        return rehearse(office, [trial(one) for one in tested], self._key_length)

    def sign_in(self) -> None:
        """Sign in, and read what was confirmed, if anything was. Raises what `places` raises, but for NotConfirmed."""
        if self._known is None:
            self._office.start()
        else:
            self.places()

    def prove(self, place: str) -> Proof:
        """Press the button View CAASPP/ELPAC as the account that belongs to `place`; see Parents."""
        return self._parents.prove(place)

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save credentials, or blank a school's with None, once; then read the setting again and tell what it shows.

        Before anything is sent the page is read again, has to be as it was confirmed, and has to show what `places()`
        saw. Raises NotConfirmed, PageChanged or PageNotUnderstood (nothing was written), LoginRefused or Unreachable;
        once the save is sent, nothing is raised.
        """
        if not self._seen:
            self.places()
        try:
            return self._saved(self._unchanged(place), credential)
        finally:
            if (left := self._left) is not None:
                self._left = None
                with suppress(SsrcredError, StepMissing):  # it is for what is read next: what was saved is saved
                    search.choose_again(self._office, *left)

    def _saved(self, setting: Setting, credential: Credential | None) -> Saved:
        place = setting.place
        if credential is None and place == DISTRICT:
            raise _stop("The district's credentials are not blanked: every school without its own uses them.")
        username = credential.username if credential is not None else ""
        key = credential.secret.reveal() if credential is not None else ""
        page, filling = setting.at.candidate.page, setting.at.filling
        if reason := filling.objection(username, key):
            raise PageNotUnderstood(
                f"A page of {self._words.name} does not take the credentials: {reason}.",
                state="Nothing was written.",
                hint="Open the page in a browser and see whether they can be typed there. "
                "If they can, confirm the settings again: ssrcred portal confirm",
            )
        answered, told = True, ""
        try:
            answer = self._office.save(filling, username, key)
            answered = answer.status < REFUSED
            told = self._said(answer, page)
        except AnswerLost:
            answered = False
        except AnswerUnfit:
            answered, told = False, "the portal's answer to the save could not be read"
        return self._read_back(setting, credential, answered, told)

    def close(self) -> None:
        """Close every connection and forget the cookies."""
        self._office.close()
        self._parents.close()
        self._visits.close()

    # reading

    @property
    def _route(self) -> Route:
        if self._known is None:
            raise NotConfirmed(
                f"Nobody has confirmed yet which fields of {self._words.name} hold the credentials.",
                state="Nothing was written.",
                hint="Confirm them once, it takes a few minutes and changes nothing: ssrcred portal confirm",
            )
        return self._known

    def _on(self, way: tuple[str, ...], *, stays: bool = False) -> tuple[dict[str, Setting], list[Difference]]:
        """The settings of the page that a way leads to, and what differs from what was confirmed.

        With `stays` the schools on pages of their own are left out, so that a window shows this page afterwards.
        """
        route = self._route
        singles = {name: place for name, place in route.places.items() if place.fields.way == way}
        try:
            page = self._office.follow_way(way, route.address)
        except StepMissing as missing:
            return {}, [self._missing(name, missing) for name in singles or ("",)]
        found: dict[str, Setting] = {}
        differences: list[Difference] = []
        for name in sorted(singles, key=lambda name: (name != DISTRICT, name)):
            place = singles[name]
            shown = self._shown(page, place.fields)
            at = fit(shown, name, place.names, place.fields, self._words, place.control)
            self._take(name, at, place.fields, None, found, differences)
        taken = [item.at.candidate.key.control.node for item in found.values()]
        names = [name for name in singles if name != DISTRICT]
        for number, group in enumerate(route.groups):
            if group.fields.way != way or (stays and group.kind != ROWS):
                continue
            for name, at in self._members(page, way, group, taken, differences):
                names.append(name)
                self._take(name, at, group.fields, number, found, differences)
        alike = twice(names)
        found = {name: item for name, item in found.items() if not same(name, alike)}
        if differences and not found:
            self._stands_in(page)
        if stays:
            return found, differences
        self._alike[way] = alike
        gone = {name for group in route.groups if group.fields.way == way for name in group.members} - set(names)
        if gone or has_more(page, self._words):
            self._partial.add(way)
        return found, differences

    def _stands_in(self, page: Page) -> None:
        """Raise what a page tells that stands in for the one that was confirmed: closed, no right, or a code wanted."""
        error = self._office.lost(page, "is not as it was confirmed")
        if page.status >= REFUSED or isinstance(error, Unreachable | PersonNeeded):
            raise error

    def _missing(self, place: str, missing: StepMissing) -> Difference:
        self._stands_in(missing.page)
        now = f"{missing.text}, several times" if missing.several else shown_on(missing.page)
        return Difference(place, What.WAY, missing.text, now)

    def _take(
        self,
        place: str,
        at: Fit | tuple[Difference, ...],
        fields: Fields,
        group: int | None,
        found: dict[str, Setting],
        differences: list[Difference],
    ) -> None:
        """Add a setting to those that were found, or what differs of it."""
        if not isinstance(at, Fit):
            differences += at
            return
        if reason := at.filling.objection("u", "k" * self._key_length):
            differences.append(Difference(place, What.FIELD, fields.key.label, reason))
            return
        kind = Kind.DISTRICT if place == DISTRICT else Kind.SCHOOL
        username, key = at.candidate.username, at.candidate.key
        reading = reading_of(place, kind, username, key, self._words.fields, fields.key.filled)
        found[place] = Setting(place, at, fields, reading, group)

    def _members(
        self, page: Page, way: tuple[str, ...], group: GroupRoute, taken: Sequence[Node], differences: list[Difference]
    ) -> Iterator[tuple[str, Fit | tuple[Difference, ...]]]:
        """Every school of a group, each with its fields."""
        if group.kind == ROWS:
            shown = self._shown(page, group.fields)
            rows, missing = rows_on(shown, group, self._words, taken)
            differences += missing
            for name, candidate in rows:
                yield name, filled_in(candidate, name, group.fields)
            return
        entries = confirmed_list(page, self._words, group.kind, group.heading, group.members)
        if entries is None:
            differences.append(Difference("", What.GROUP, group.heading or group.kind, shown_on(page)))
            return
        for name, step in entries:
            if same(name, self._words.fields.district):
                continue
            at = self._member(page, way, group, name, step)
            if isinstance(at, Fit) or name in group.members:
                yield name, at
        search.choose_again(self._office, page, way, entries)

    def _member(
        self, page: Page, way: tuple[str, ...], group: GroupRoute, name: str, step: Step
    ) -> Fit | tuple[Difference, ...]:
        """One school on the page that its link or choice leads to."""
        try:
            there = search.taken(self._office, page, way, name, step)
        except StepMissing as missing:
            return (self._missing(name, missing),)
        at = member_fit(self._shown(there, group.fields), name, group, self._words)
        if isinstance(at, Fit) or name not in group.members:
            return at
        # The session may have ended on the way there: the way from the start signs in again.
        try:
            again = self._office.follow_way((*way, name), self._route.address)
        except StepMissing as missing:
            return (self._missing(name, missing),)
        return member_fit(self._shown(again, group.fields), name, group, self._words)

    def _shown(self, page: Page, fields: Fields) -> Page:
        """The page with fields that are text until they are clicked, as pinned."""
        if "text" in (fields.username.filled, fields.key.filled):
            for label in (fields.username.label, fields.key.label):
                page = self._office.reveal(page, label) or page
        return page

    def _one(self, seen: Setting) -> Setting:
        """A setting on a page that is fetched now. Raises PageChanged."""
        place, group = seen.place, None if seen.group is None else self._route.groups[seen.group]
        if group is None or group.kind == ROWS:
            found, differences = self._on(seen.fields.way, stays=True)
            differences = [item for item in differences if item.place in (place, "")]
        else:
            found, differences = self._one_member(seen, group)
        if place in found and not differences:
            self._beside = found
            return found[place]
        raise changed(differences or [Difference(place, What.GROUP, place, "not there")], self._words.name)

    def _one_member(self, seen: Setting, group: GroupRoute) -> tuple[dict[str, Setting], list[Difference]]:
        """One school on a page of its own."""
        place, way = seen.place, group.fields.way
        try:
            page = self._office.follow_way(way, self._route.address)
        except StepMissing as missing:
            return {}, [self._missing(place, missing)]
        entries = confirmed_list(page, self._words, group.kind, group.heading, group.members) or []
        self._left = self._left or (page, way, entries)
        steps = [step for name, step in entries if same(name, (place,))]
        if len(steps) != 1:
            self._stands_in(page)
            shown = ", ".join(name for name, _ in entries[:MOST_TOLD]) or "not there"
            return {}, [Difference(place, What.GROUP, f"{place}, once", shown)]
        found: dict[str, Setting] = {}
        differences: list[Difference] = []
        at = self._member(page, way, group, place, steps[0])
        self._take(place, at, group.fields, seen.group, found, differences)
        return found, differences

    def _unchanged(self, place: str) -> Setting:
        """The setting on a page that was fetched just now, if it shows what it showed when it was read."""
        seen = self._seen.get(place)
        if seen is None:
            known = ", ".join(self._seen)
            raise _stop(f"There is no setting called {place}.", f" There are: {known}.")
        now = self._one(seen)
        if not now.holds_as(seen):
            raise _stop(f"What the setting of {place} holds has changed since it was read.")
        return now

    # after a save

    def _said(self, answer: Answer, before: Page) -> str:
        """What the answer says of the save; words that the page had before it say nothing of it."""
        stood = set(before.blocks())
        words, blocks = self._words.save, [block for block in read(answer).blocks() if block not in stood]
        if any(says(block, words.failed) for block in blocks):
            return NOT_SAVED
        if any(says(block, words.saved) for block in blocks):
            return SAVED
        return "the portal did not take the form" if REFUSED <= answer.status < SERVER_FAILED else ""

    def _read_back(self, before: Setting, credential: Credential | None, answered: bool, told: str) -> Saved:
        """The end of a save by reading; a page that cannot be read now leaves it open, it does not undo it."""
        place = before.place
        try:
            after = self._after(before)
        except SsrcredError as error:
            took = Took.DID_NOT_TAKE if told == NOT_SAVED else Took.CANNOT_BE_SEEN
            look = isinstance(error, PageChanged)
            unread = "the page looks different since the save" if look else "the setting could not be read again"
            refused = isinstance(error, LoginRefused) and not error.was_in
            reading = replace(before.reading, key_seen=KeySeen.HIDDEN, key=None)
            return Saved(reading, took, False, _join(told, unread), log_in_refused=refused)
        took, detail = told_by(before.reading, after.reading, credential)
        stood = set(before.at.candidate.page.blocks())
        fresh = (block for block in after.at.candidate.page.blocks() if block not in stood)
        if told == NOT_SAVED or any(says(block, self._words.save.failed) for block in fresh):
            took, told = Took.DID_NOT_TAKE, NOT_SAVED
        if credential is not None and took is not Took.DID_NOT_TAKE:
            self._pin_look(before, after, credential)
        before_it = {name: item for name, item in self._seen.items() if name != place and name in self._beside}
        others = [name for name, item in before_it.items() if not self._beside[name].holds_as(item)]
        if others:
            detail = _join(detail, f"the page now shows something else for {', '.join(others)} too")
        self._seen[place] = after
        return Saved(after.reading, took, answered, _join(told, detail))

    def _after(self, before: Setting) -> Setting:
        """The setting once it was saved; fields that are text until they are clicked now are clicked, and pinned so."""
        try:
            return self._one(before)
        except PageChanged as change:
            if not {item.what for item in change.differences} <= LOOKS:
                raise
            was = self._known
            self._known = self._route.with_look(before.fields, "text")
            try:
                found = self._one(before)
            except SsrcredError:
                self._known = was
                raise change from None
            self._pin(self._known)
            return found

    def _pin_look(self, before: Setting, after: Setting, credential: Credential) -> None:
        """Keep how the key's field looks now that it is filled, the first time that it is seen."""
        if after.fields.key.filled or (look := _look(before, after, credential)) == "":
            return
        self._known = self._route.with_look(after.fields, look)
        self._pin(self._known)


def changed(differences: Iterable[Difference], portal: str, readings: tuple[Reading, ...] = ()) -> PageChanged:
    """The error for a page that is not as it was confirmed; `readings` are the settings that are."""
    told = tuple(dict.fromkeys(differences))
    items = "; ".join(str(item) for item in told[:MOST_TOLD])
    return PageChanged(
        f"The settings in {portal} are not as they were confirmed.",
        state=f"Nothing was written. {items[:1].upper()}{items[1:]}.",
        hint="Look at the page in a browser. If it is still where you would paste the credentials by hand, confirm it "
        "again: ssrcred portal confirm",
        differences=told,
        readings=readings,
    )


def _saves_otherwise(setting: Setting, found: Rehearsal, route: Route) -> Iterator[Difference]:
    """In what a test save differs from what was confirmed."""
    save, place = setting.fields.save, setting.place
    allowed = (Outcome.SAME,) if route.driver == "http" else (Outcome.SAME, Outcome.BROWSER_ONLY)
    if found.outcome not in allowed:
        yield Difference(place, What.SAVE, "a test save that works", found.why.rstrip(".") or found.outcome.value)
    elif found.asks != save.asks:
        yield Difference(place, What.SAVE, save.asks or "saved without a question", found.asks or "no question")
    elif early := set(found.early) - set(save.early):
        yield Difference(place, What.SAVE, "sent when save is pressed", f"sent before that: {', '.join(sorted(early))}")


def _look(before: Setting, after: Setting, credential: Credential) -> str:
    """How a key's field looks that was filled just now; "" while that is not sure."""
    value = after.at.candidate.key.control.value
    shown = SecretKey(value)
    if shown.matches(credential.secret):
        return "shown"
    if not value:
        return "blank"
    if is_masked(value):
        return "stars"
    if credential.secret.may_show_as(shown):
        return "cut"
    # The same text before and after is no key where the user name shows that the save was stored.
    same_text = before.reading.key is not None and before.reading.key.matches(shown)
    return "same" if same_text and before.reading.username != credential.username else ""


def _stop(message: str, more: str = "") -> PageNotUnderstood:
    return PageNotUnderstood(
        message, state="Nothing was written." + more, hint="See what every setting holds: ssrcred schools"
    )


def _join(*details: str) -> str:
    return "; ".join(detail for detail in details if detail)
