"""A portal whose settings a person confirmed: sign in, go the confirmed way, read, compare, save once, read back.

How a page is fetched and what a save sends is the `Session`'s: over HTTP (visit/) or in a real browser (browser/). Any
difference from what was confirmed stops before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from ssrcred.adapters.portal.find import search
from ssrcred.adapters.portal.find.candidate import Candidate, is_masked
from ssrcred.adapters.portal.find.search import ROWS, confirmed_list, has_more
from ssrcred.adapters.portal.html.page import Page, read_page
from ssrcred.adapters.portal.html.text_comparison import same
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.report_check import Parents
from ssrcred.adapters.portal.route.page_comparison import Setting, filled_in, fit_on, member_fit, pinned, rows_on, twice
from ssrcred.adapters.portal.route.route import Fields, GroupRoute, Rehearsal, Rehearsed, Route
from ssrcred.adapters.portal.visit.navigator import SERVER_FAILED, Account, Session, told_on
from ssrcred.adapters.portal.visit.page_links import Step, StepMissing, shown_on
from ssrcred.adapters.portal.visit.setting_form import Filling
from ssrcred.adapters.web.trouble import AnswerLost, AnswerUnfit
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import (
    LoginRefused,
    NotConfirmed,
    PageChanged,
    PageNotUnderstood,
    PersonNeeded,
    SsrcredError,
    Unreachable,
)
from ssrcred.domain.evidence import Proof
from ssrcred.domain.place import DISTRICT, Difference, Extent, KeySeen, Reading, Saved, Took, What, told_by

REFUSED: Final = 400
NOT_SAVED: Final = "the portal says that it did not save"


class Visits(Protocol):
    """Opens visits of accounts to one portal: over HTTP (visit/navigator.py) or in a browser (browser/)."""

    def visit(self, account: Account) -> Session: ...
    def close(self) -> None: ...


@dataclass(eq=False, repr=False)
class _PageRead:
    settings: dict[str, Setting] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)  # names that several schools have
    partial: bool = False  # schools may be missing


@dataclass(frozen=True, eq=False, repr=False)
class Draft:
    """One setting, or one group of schools, as it will stand in the route. `place` is `schools` for a group."""

    place: str
    found: search.Found
    fields: Fields

    def after(self, rehearsal: Rehearsal) -> Draft:
        """The draft with what its test save showed: the question that the page asks, and what it sends by itself."""
        save = replace(self.fields.save, asks=rehearsal.asks, early=rehearsal.early)
        return replace(self, fields=replace(self.fields, save=save))


class ConfirmedPortal:
    """One LEA's portal. Nothing is sent before the first call of a method. Each account signs in once."""

    def __init__(
        self,
        visits: Visits,
        office: Account,
        words: PortalMap,
        route: Route | None,  # what a person confirmed, None for nothing yet
        *,
        probes: Mapping[str, tuple[str, SecretKey]] | None = None,  # by setting: the account that tests it
        clock: Callable[[], datetime],
        key_length: int = 20,  # a field that does not take so many characters stops like any other difference
        pin: Callable[[Route], None],  # keeps a route that learned how the fields look once they are filled
    ) -> None:
        self.known, self._words, self._pin, self._key_length = route, words, pin, key_length
        self._visits, self._account, self._office = visits, office, visits.visit(office)
        self._parents = Parents(visits.visit, words, probes or {}, clock)
        self._address = ""
        self._seen: dict[str, Setting] = {}
        self._twins: tuple[str, ...] = ()
        self._partial = False
        self._beside: dict[str, Setting] = {}
        self._left: tuple[Page, tuple[str, ...], Sequence[tuple[str, Step]]] | None = None

    def places(self) -> tuple[Reading, ...]:
        """What each confirmed setting holds, the district's first. Only reads. Raises PortalFailed or Unreachable."""
        whole = _PageRead()
        for way in self._route.ways:
            one = self._on(way)
            whole.twins += [*one.twins, *twice([*whole.settings, *one.settings])]
            whole.settings |= one.settings
            whole.differences += one.differences
            whole.partial = whole.partial or one.partial
        self._seen = {name: item for name, item in whole.settings.items() if not same(name, whole.twins)}
        self._twins, self._partial = tuple(dict.fromkeys(whole.twins)), whole.partial
        readings = tuple(item.reading for item in self._seen.values())
        if whole.differences:
            raise changed(whole.differences, self._words.name, readings)
        return readings

    @property
    def extent(self) -> Extent:
        """Which schools `places` read, and whether that is all of them."""
        members = [group.members for group in self._route.groups]
        new = (
            name
            for name, item in self._seen.items()
            if item.group is not None and members[item.group] and not same(name, members[item.group])
        )
        # A name that several schools have is not read or saved: which of them is which cannot be told.
        return Extent(not self._partial and not self._twins, tuple(new), self._twins)

    @property
    def attended(self) -> bool:
        return self._office.by_person

    def as_read(self) -> Route:
        """Return the route with the schools that `places` read as the members of its groups."""
        groups = [
            replace(group, members=tuple(name for name, item in self._seen.items() if item.group == number))
            for number, group in enumerate(self._route.groups)
        ]
        return replace(self._route, groups=tuple(groups))

    def found(self) -> dict[str, tuple[str, str]]:
        """Return the labels of the two fields, by setting, once `places` has read it."""
        return {name: item.candidate.labels for name, item in self._seen.items()}

    def pinned(self, found: Sequence[search.Found]) -> set[search.Found]:
        return pinned(found, self.known, self._words) if self.known is not None else set()

    def picture(self, found: search.Found) -> bytes | None:
        """Return the page of some fields as a PNG with what is typed painted over; None without a browser."""
        from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit

        if not isinstance(self._office, BrowserVisit):
            return None
        self._office.follow_way(found.candidate.way, self._address)
        return self._office.tab.picture()

    def search(
        self, go: Sequence[str], *, every_field: bool = False
    ) -> tuple[list[search.Found], search.Stopped | None]:
        """The fields that can hold credentials, found by the map's words or by way of `go`. Only reads."""
        self._address = "" if go else self._words.settings.address
        return search.FieldSearch(self._office, self._words, every_field=every_field).run(go)

    def sign_in(self) -> None:
        """Sign in, and read what was confirmed, if anything was. Raises what `places` raises, but for NotConfirmed."""
        if self.known is None:
            self._office.start()
        else:
            self.places()

    def prove(self, place: str) -> Proof:
        return self._parents.prove(place)

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save credentials, or blank a school's with None, once; then read the setting again and tell what it shows.

        Before anything is sent the page is read again, has to be as it was confirmed, and has to show what `places()`
        saw. Raises NotConfirmed, PageChanged or PageNotUnderstood (nothing was written), LoginRefused or Unreachable;
        once the save is sent, nothing is raised.
        """
        if not self._seen:
            self.places()
        if (seen := self._seen.get(place)) is None:
            raise _stop(f"There is no setting called {place}.", f" There are: {', '.join(self._seen)}.")
        if credential is None and place == DISTRICT:
            raise _stop("The district's credentials are not blanked: every school without its own uses them.")
        try:
            now = self._one(seen)
            if not now.holds_as(seen):  # somebody else works there at the moment
                raise _stop(f"What the setting of {place} holds has changed since it was read.")
            return self._saved(now, credential)
        finally:
            if (left := self._left) is not None:
                self._left = None
                with suppress(SsrcredError, StepMissing):  # it is for what is read next: what was saved is saved
                    search.choose_again(self._office, *left)

    def close(self) -> None:
        self._office.close()
        self._parents.close()
        self._visits.close()

    # test saves

    def rehearse(self, drafts: Sequence[Draft]) -> list[Rehearsal]:
        """Test the saves of what will be confirmed, in this visit's browser; nothing is sent (browser/rehearsal.py)."""

        # The browser is killed afterwards, so this comes after everything that is read.
        def arrive(draft: Draft) -> Page:
            try:
                page = self._office.follow_way(draft.found.candidate.way, self._address)
            except StepMissing as missing:
                raise changed([self._missing(draft.place, missing)], self._words.name) from None
            return self._shown(page, draft.fields)

        return self._tested(
            [
                (draft.found.school or draft.place, draft.found.candidate, draft.fields, partial(arrive, draft))
                for draft in drafts
            ]
        )

    def rehearse_again(self, places: Sequence[str]) -> Mapping[str, Rehearsal]:
        """Test the saves of what was confirmed, as far as it is among `places`, and return the results by setting.

        Of each group the first school is tested. The browser is killed afterwards: what is read next signs in again.
        """
        if not self._seen:
            self.places()
        chosen: dict[object, Setting] = {}  # by setting, or by the number of the group
        for place, setting in self._seen.items():
            if place in places:
                chosen.setdefault(place if setting.group is None else setting.group, setting)

        def arrive(setting: Setting) -> Page:
            return self._one(setting).filling.page

        settings = list(chosen.values())
        found = self._tested([(one.place, one.candidate, one.fields, partial(arrive, one)) for one in settings])
        # The gate stays closed until the browser is killed, so nothing can be read in this visit anymore.
        self._office.close()
        self._office, self._left = self._visits.visit(self._account), None
        pairs = list(zip(settings, found, strict=True))
        if differences := [item for one, shown in pairs for item in _saves_otherwise(one, shown, self._route)]:
            raise changed(differences, self._words.name)
        return {one.place: shown for one, shown in pairs}

    def _tested(self, tests: Sequence[tuple[str, Candidate, Fields, Callable[[], Page]]]) -> list[Rehearsal]:
        """Test the saves of some settings in this visit's browser: by name, fields as found, and way to its page."""
        from ssrcred.adapters.portal.browser.browser_visit import BrowserVisit
        from ssrcred.adapters.portal.browser.rehearsal import Trial, rehearse

        def filling_on(place: str, candidate: Candidate, fields: Fields, page: Page) -> Filling | None:
            at = fit_on(page, place, candidate.names, fields, self._words, candidate.controls)
            return at.filling if isinstance(at, Setting) else None

        if not isinstance(self._office, BrowserVisit):
            raise TypeError("a test save needs a browser")
        trials = [Trial(arrive, partial(filling_on, place, found, fields)) for place, found, fields, arrive in tests]
        return rehearse(self._office, trials, self._key_length) if trials else []

    # reading

    @property
    def _route(self) -> Route:
        if self.known is None:
            raise NotConfirmed(
                f"Nobody has confirmed yet which fields in {self._words.name} hold the credentials.",
                state="Nothing was written.",
                hint="Confirm them once. It takes a few minutes and changes nothing: ssrcred portal confirm",
            )
        return self.known

    def _on(self, way: tuple[str, ...], only: Setting | None = None) -> _PageRead:
        """Read the page that a way leads to; for `only` a setting: a window then shows the page of its fields."""
        found = _PageRead()
        try:
            page = self._office.follow_way(way, self._route.address)
        except StepMissing as missing:
            singles = [name for name, at in self._route.places.items() if at.fields.way == way]
            names = singles or [""] if only is None else [only.place]
            found.differences += [self._missing(name, missing) for name in names]
            return found
        names = []
        for name, at in self._settings(page, way, only):
            names += [name] if name not in ("", DISTRICT) else []
            if not isinstance(at, Setting):
                found.differences += at
            elif reason := at.filling.objection("u", "k" * self._key_length):
                found.differences.append(Difference(name, What.FIELD, at.fields.key.label, reason))
            else:
                found.settings[name] = at
        found.twins = twice(names)  # two schools of one name: which is which cannot be told
        found.settings = {name: item for name, item in found.settings.items() if not same(name, found.twins)}
        if not found.settings and (found.differences or only is not None):
            self._stands_in(page)
        if only is None:
            groups = [group.members for group in self._route.groups if group.fields.way == way]
            gone = {name for members in groups for name in members} - set(names)
            found.partial = bool(gone) or has_more(page, self._words)
        return found

    def _settings(
        self, page: Page, way: tuple[str, ...], only: Setting | None
    ) -> Iterator[tuple[str, Setting | tuple[Difference, ...]]]:
        """Yield each setting of a page, or what differs, by name ("": a whole group)."""
        listed = only is not None and only.group is not None and self._route.groups[only.group].kind != ROWS
        taken = []
        for name, place in self._route.ordered:
            if place.fields.way == way and not listed:
                shown = self._shown(page, place.fields)
                at = fit_on(shown, name, place.names, place.fields, self._words, place.control)
                if isinstance(at, Setting):
                    taken.append(at.candidate.key.control.node)
                yield name, at
        for number, group in enumerate(self._route.groups):
            members: Iterable[tuple[str, Setting | tuple[Difference, ...]]] = ()
            if group.fields.way != way:
                continue
            if group.kind == ROWS and not listed:
                rows, differences = rows_on(self._shown(page, group.fields), group, self._words, taken)
                members = [(row.name, filled_in(row, row.name, group.fields)) for row in rows] or [("", differences)]
            elif group.kind != ROWS and (only is None or only.group == number):
                members = self._listed(page, way, group, only)
            for name, at in members:
                yield name, replace(at, group=number) if isinstance(at, Setting) else at

    def _listed(
        self, page: Page, way: tuple[str, ...], group: GroupRoute, only: Setting | None
    ) -> Iterator[tuple[str, Setting | tuple[Difference, ...]]]:
        """Yield each school that has a page of its own behind a link or choice of a list, with its fields."""
        entries = confirmed_list(page, self._words, group.kind, group.heading, group.members)
        if entries is None:
            yield "", (Difference("", What.GROUP, group.heading or group.kind, shown_on(page)),)
            return
        if only is not None:
            self._left = self._left or (page, way, entries)
        for name, step in entries:
            if same(name, self._words.fields.district) or (only is not None and not same(name, (only.place,))):
                continue
            known = name in group.members
            try:
                there = search.taken(self._office, page, way, name, step)
                at = member_fit(self._shown(there, group.fields), name, group, self._words)
                if known and not isinstance(at, Setting):
                    # The session may have ended on the way there: the way from the start signs in again.
                    there = self._office.follow_way((*way, name), self._route.address)
                    at = member_fit(self._shown(there, group.fields), name, group, self._words)
            except StepMissing as missing:
                at = (self._missing(name, missing),)
            # What leads to no credentials and was no member before is another entry of a menu.
            if isinstance(at, Setting) or known or only is not None:
                yield name, at
        if only is None:
            search.choose_again(self._office, page, way, entries)

    def _one(self, seen: Setting) -> Setting:
        """Read one setting again, on a page that is fetched now. Raises PageChanged."""
        place = seen.place
        found = self._on(seen.fields.way, seen)
        differences = [item for item in found.differences if item.place in (place, "")]
        if place in found.settings and not differences:
            self._beside = found.settings
            return found.settings[place]
        shown = "several times" if same(place, found.twins) else "not there"
        raise changed(differences or [Difference(place, What.GROUP, f"{place}, once", shown)], self._words.name)

    def _shown(self, page: Page, fields: Fields) -> Page:
        """Return the page with those fields clicked that are text until they are clicked."""
        if "text" in (fields.username.filled, fields.key.filled):
            for label in (fields.username.label, fields.key.label):
                page = self._office.reveal(page, label) or page
        return page

    def _missing(self, place: str, missing: StepMissing) -> Difference:
        self._stands_in(missing.page)
        now = f"{missing.text}, several times" if missing.several else shown_on(missing.page)
        return Difference(place, What.WAY, missing.text, now)

    def _stands_in(self, page: Page) -> None:
        """Raise what a page says that replaces the confirmed one: maintenance, no permission, or a code."""
        error = self._office.lost(page, "is not as it was confirmed")
        if page.status >= REFUSED or isinstance(error, Unreachable | PersonNeeded):
            raise error

    # saving

    def _saved(self, setting: Setting, credential: Credential | None) -> Saved:
        username = credential.username if credential is not None else ""
        key = credential.secret.reveal() if credential is not None else ""
        if reason := setting.filling.objection(username, key):
            raise PageNotUnderstood(
                f"A page of {self._words.name} does not take the credentials: {reason}.",
                state="Nothing was written.",
                hint="Open the page in a browser and see whether they can be typed there. "
                "If they can, confirm the settings again: ssrcred portal confirm",
            )
        answered, told, words = False, "", self._words.save
        try:
            answer = self._office.save(setting.filling, username, key)
            answered, page = answer.status < REFUSED, read_page(answer)
            if told_on(page, words.failed, setting.filling.page):
                told = NOT_SAVED
            elif told_on(page, words.saved, setting.filling.page):
                told = "the portal says that it saved"
            elif REFUSED <= answer.status < SERVER_FAILED:
                told = "the portal did not take the form"
        except AnswerLost:
            pass  # whether it was saved is decided by reading
        except AnswerUnfit:
            told = "the portal's answer to the save could not be read"
        return self._read_back(setting, credential, answered, told)

    def _read_back(self, before: Setting, credential: Credential | None, answered: bool, told: str) -> Saved:
        """Decide a save by reading; a page that cannot be read now leaves it open."""
        place = before.place
        try:
            after = self._after(before)
        except SsrcredError as error:
            took = Took.DID_NOT_TAKE if told == NOT_SAVED else Took.CANNOT_BE_SEEN
            unread = "the setting could not be read again"
            if isinstance(error, PageChanged):
                unread = "the page looks different since the save"
            refused = isinstance(error, LoginRefused) and not error.was_in
            reading = replace(before.reading, key_seen=KeySeen.HIDDEN, key=None)
            return Saved(reading, took, False, _join(told, unread), log_in_refused=refused)
        took, detail = told_by(before.reading, after.reading, credential)
        if told == NOT_SAVED or told_on(after.filling.page, self._words.save.failed, before.filling.page):
            took, told = Took.DID_NOT_TAKE, NOT_SAVED
        first = took is not Took.DID_NOT_TAKE and not after.fields.key.filled
        if first and (look := _look(before, after, credential)):  # how the key's field looks once it is filled
            self.known = self._route.with_look(after.fields, look)
            self._pin(self.known)
        others = [
            name
            for name, item in self._seen.items()
            if name != place and name in self._beside and not self._beside[name].holds_as(item)
        ]
        if others:
            detail = _join(detail, f"the page now shows something else for {', '.join(others)} too")
        self._seen[place] = after
        return Saved(after.reading, took, answered, _join(told, detail))

    def _after(self, before: Setting) -> Setting:
        """Read a saved setting; fields that are text until they are clicked now are pinned as that."""
        try:
            return self._one(before)
        except PageChanged as change:
            if not {item.what for item in change.differences} <= {What.LABEL, What.FIELD}:
                raise
            # A field that holds a key may be shown as text ("••••, Change") from now on.
            was = self.known
            self.known = self._route.with_look(before.fields, "text")
            try:
                found = self._one(before)
            except SsrcredError:
                self.known = was
                raise change from None
            self._pin(self.known)
            return found


def changed(differences: Iterable[Difference], portal: str, readings: tuple[Reading, ...] = ()) -> PageChanged:
    """Return the error for a page that is not as it was confirmed; `readings` are the settings that are."""
    told = tuple(dict.fromkeys(differences))
    items = "; ".join(str(item) for item in told[:12])
    return PageChanged(
        f"The settings in {portal} are not as they were confirmed.",
        state=f"Nothing was written. {items[:1].upper()}{items[1:]}.",
        hint="Look at the page in a browser. If it is still where you would paste the credentials by hand, confirm it "
        "again: ssrcred portal confirm",
        differences=told,
        readings=readings,
    )


def _saves_otherwise(setting: Setting, found: Rehearsal, route: Route) -> Iterator[Difference]:
    """Yield in what a test save differs from what was confirmed."""
    save, place = setting.fields.save, setting.place
    allowed = (Rehearsed.SAME,) if route.driver == "http" else (Rehearsed.SAME, Rehearsed.BROWSER_ONLY)
    if found.outcome not in allowed:
        yield Difference(place, What.SAVE, "a test save that works", found.why.rstrip(".") or found.outcome.value)
    elif found.asks != save.asks:
        yield Difference(place, What.SAVE, save.asks or "saved without a question", found.asks or "no question")
    elif early := set(found.early) - set(save.early):
        yield Difference(place, What.SAVE, "sent when save is pressed", f"sent before that: {', '.join(sorted(early))}")


def _look(before: Setting, after: Setting, credential: Credential | None) -> str:
    """Return how the key's field looks now that it was just filled; "" while that is not sure."""
    if credential is None:
        return ""
    value = after.candidate.key.control.value
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
        message, state="Nothing was written." + more, hint="To see what each setting holds: ssrcred schools[lea]"
    )


def _join(*details: str) -> str:
    return "; ".join(detail for detail in details if detail)
