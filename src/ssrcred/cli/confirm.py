"""Confirms with a person, once, which fields of a portal hold the credentials, and writes that down as the route."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ssrcred.cli.driver import KEY_LENGTH, confirmed, route_of, variables, words_of
from ssrcred.cli.picture import kept
from ssrcred.cli.progress import SETTINGS
from ssrcred.cli.refusal import OFFICE, CarefulPortal
from ssrcred.errors import BrowserMissing, CredentialMissing, NotConfirmed, PageChanged, PageNotUnderstood, UsageWrong
from ssrcred.place import DISTRICT

if TYPE_CHECKING:
    from ssrcred.adapters.portal.confirmed_portal import ConfirmedPortal
    from ssrcred.adapters.portal.find.search import Found, Stopped
    from ssrcred.adapters.portal.map import PortalMap
    from ssrcred.adapters.portal.route.decision import Decisions, Draft
    from ssrcred.adapters.portal.route.rehearsal import Rehearsal
    from ssrcred.adapters.portal.route.route import Route, Variables
    from ssrcred.cli.session import Session, Work

NOTHING: Final = "Nothing was confirmed and nothing was changed."
OTHERWISE: Final = "Plain requests do not find the page as the browser shows it."
LEAVE_ALONE: Final = "No, leave these alone"
MOST_TOLD: Final = 12


@dataclass(frozen=True)
class Wanted:
    """What the options of `portal confirm` ask for; each answer as `ID=VALUE`."""

    go: tuple[str, ...] = ()
    every_field: bool = False
    accept: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()
    box: tuple[str, ...] = ()
    save_with: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pinned:
    """One setting that was confirmed, as it is told."""

    place: str
    id: str
    driver: str
    rehearsal: Rehearsal

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on (portal.md, *JSON*)."""
        told = {key: getattr(self.rehearsal, key) for key in ("outcome", "why", "changed", "unchanged")}
        return {"place": self.place, "id": self.id, "driver": self.driver, "rehearsal": told}


def confirm(session: Session, work: Work, wanted: Wanted) -> list[Pinned]:
    """Find the fields, let the person (or the options) say whose they are, test the save, and keep what was confirmed.

    All or nothing: an error leaves what was confirmed before as it was. Raises UsageWrong for a question that is left
    open, PageChanged, BrowserMissing, and what signing in and reading raise.
    """
    from ssrcred.adapters.portal.route import decision
    from ssrcred.adapters.portal.route.rehearsal import Outcome

    before, address = route_of(session, work.lea), "" if wanted.go else words_of(work.lea).settings.address
    try:
        made, rehearsed, attended = _found_and_tested(session, work, wanted, "browser")
    except BrowserMissing as missing:
        made, rehearsed, attended = _found_and_tested(session, work, wanted, "http", missing)
    route = decision.as_route(made, before, "http", "same", session.machine.actor(), session.machine.now(), address)
    others = set() if before is None else {before.rehearsed}
    route = _with_driver(
        replace(route, attended=attended), {one.outcome.value for one in rehearsed} | others, session.driver
    )
    _agree(session, made, rehearsed, asks=not session.asker.no_input and not wanted.accept)
    if attended:  # a second session would ask the person for a second code: the next visit compares
        _write(session, work, route)
    else:
        try:
            keep(session, work, route)
        except PageChanged:
            if route.driver == "browser" or route.rehearsed != "same" or session.driver == "http":
                raise
            # The save is the same, but plain requests do not come to the page, or read it otherwise.
            rehearsed = [replace(one, outcome=Outcome.BROWSER_ONLY, why=OTHERWISE) for one in rehearsed]
            route = replace(route, driver="browser", rehearsed=Outcome.BROWSER_ONLY.value)
            keep(session, work, route)
    return [
        Pinned(draft.place, draft.id, route.driver, rehearsal) for draft, rehearsal in zip(made, rehearsed, strict=True)
    ]


def _found_and_tested(
    session: Session, work: Work, wanted: Wanted, driver: str, missing: BrowserMissing | None = None
) -> tuple[list[Draft], list[Rehearsal], bool]:
    """What will be confirmed, what its test saves came to, and whether a person signed in: with one sign-in.

    `missing` is why there is no browser.

    Raises UsageWrong for the driver hand, which needs nothing confirmed.
    """
    from ssrcred.adapters.portal.html.page import has_scripts
    from ssrcred.adapters.portal.route import decision

    if session.driver == "hand":
        raise UsageWrong(
            "With the driver hand a person saves, so nothing has to be confirmed.", state=NOTHING, hint="Leave it out."
        )
    lea, words = variables(work.lea), words_of(work.lea)
    with _opened(session, work, driver, None) as (portal, whole):

        def search(way: Sequence[str], *, every_field: bool) -> tuple[list[Found], Stopped | None]:
            found, stopped = portal.search(way, every_field=every_field)
            if missing is not None and stopped is not None and has_scripts(stopped.page):
                raise _needs_browser(missing, "The page has scripts, which may build what it shows.")
            return found, stopped

        found, stopped = led(session, search, list(wanted.go), every_field=wanted.every_field)
        if stopped is not None:
            raise not_found(session, stopped)
        decisions = _given(wanted)
        if not session.asker.no_input and not decisions.accept:
            decisions = Interview(session, found, words, lea, whole.picture).decisions()
        made = decision.drafts(found, decisions, words, lea)
        if missing is not None:
            return made, [_untested(draft, missing) for draft in made], False
        with session.waiting_for("a test save in the browser"):
            rehearsed = whole.rehearse(made)
        attended = whole.attended
    for draft, one in zip(made, rehearsed, strict=True):
        _check(draft, one)
    return [draft.after(one) for draft, one in zip(made, rehearsed, strict=True)], rehearsed, attended


def confirm_again(session: Session, lea: str | None, stop: NotConfirmed | PageChanged) -> None:
    """Have the person who is there confirm the fields now. Raises `stop` where nobody is, or they would rather not."""
    if session.asker.no_input:
        raise stop
    session.say(stop.message)
    told = stop.differences if isinstance(stop, PageChanged) else ()
    for item in told[:MOST_TOLD]:
        session.say(f"  - {item}")
    if len(told) > MOST_TOLD:
        session.say(f"  - and {len(told) - MOST_TOLD} more")
    session.say("Nothing was saved in SchoolWise, and nothing is while you look.")
    if not session.asker.yes("Look at the fields and confirm them now?", default=True):
        raise stop
    with session.open(lea, portal=False, reports=False) as work:
        for one in confirm(session, work, Wanted()):
            session.say(f"Confirmed: {called(one.place)}.", style="green")
    session.events.clear()  # what was checked before is checked again


def bring(session: Session, work: Work, route: Route, *, same_lea: bool) -> list[Pinned]:
    """Keep a route that was confirmed elsewhere, on another computer or for another LEA, once its pages were read here.

    Exactly one setting has to fit each that was confirmed; another LEA's schools are never taken over.
    """
    from ssrcred.adapters.portal.route.rehearsal import Outcome, Rehearsal

    groups = route.groups if same_lea else tuple(replace(group, members=()) for group in route.groups)
    kept = keep(session, work, replace(route, groups=groups))
    told = Rehearsal(Outcome(route.rehearsed))
    places = [*kept.places, *("schools" for _ in kept.groups)]
    return [Pinned(place, "", kept.driver, told) for place in places]


def keep(session: Session, work: Work, route: Route) -> Route:
    """Read the settings once more, in a new session, as they will be followed; then write the route.

    Raises PageChanged if they do not fit.
    """
    with _opened(session, work, route.driver, route) as (portal, whole):
        with session.waiting_for(SETTINGS):
            portal.places()
        kept = whole.as_read()
    _write(session, work, kept)
    return kept


def _write(session: Session, work: Work, route: Route) -> None:
    from ssrcred.adapters.portal.route import file

    file.write(file.path_of(session.home.config.parent, work.lea.key), route, variables(work.lea))


def led(
    session: Session,
    search: Callable[..., tuple[list[Found], Stopped | None]],
    way: list[str],
    *,
    every_field: bool,
) -> tuple[list[Found], Stopped | None]:
    """What is found by `way`, or by the map's words; at a terminal the person leads on from where it stopped."""

    def searched() -> tuple[list[Found], Stopped | None]:
        with session.waiting_for(SETTINGS):
            return search(way, every_field=every_field)

    found, stopped = searched()
    while stopped is not None and not session.asker.no_input and (more := _next(session, stopped.controls)):
        way.append(more)
        found, stopped = searched()
    return found, stopped


def not_found(session: Session, stopped: Stopped) -> PageNotUnderstood:
    """The error where the search ended without any fields; its document tells what can be chosen there."""
    from ssrcred.adapters.portal.find import listing

    session.partial = listing.as_json((), stopped)
    shown = ", ".join(stopped.controls[:MOST_TOLD]) or "no links and no buttons"
    return PageNotUnderstood(
        f"Nothing called {' and '.join(stopped.looked_for)} was found.",
        state=f"Nothing was changed. The last page shows: {shown}.",
        hint=f"Lead the way by the words of the links: ssrcred {session.command} --go TEXT --go TEXT",
    )


def _next(session: Session, controls: Sequence[str]) -> str:
    """The link or button that the person chooses by its number; "" to stop."""
    session.say("No fields for the credentials here. What would you click next?")
    for number, label in enumerate(controls, 1):
        session.say(f"  {number}  {label}")
    numbers = {str(number): label for number, label in enumerate(controls, 1)}

    def objection(answer: str) -> str | None:
        return None if not answer or answer in numbers else f"Type a number from 1 to {len(controls)}, or press Enter."

    return numbers.get(session.asker.until_good("Number (Enter: stop)", objection), "")


class Interview:
    """Shows what was found, one screen for each, and asks in plain words whose it is and what else the save needs."""

    def __init__(
        self,
        session: Session,
        found: Sequence[Found],
        words: PortalMap,
        lea: Variables,
        picture: Callable[[Found], bytes | None],
    ) -> None:
        self._session, self._found, self._words, self._lea, self._picture = session, found, words, lea, picture
        self._accept: dict[str, str] = {}
        self._repeat: dict[str, str] = {}
        self._boxes: dict[str, tuple[str, ...]] = {}
        self._save_with: dict[str, tuple[str, ...]] = {}
        self._watch: dict[str, tuple[str, ...]] = {}

    def decisions(self) -> Decisions:
        """The person's answers."""
        from ssrcred.adapters.portal.find import listing
        from ssrcred.adapters.portal.route.decision import Decisions

        asked = listing.separate(self._found)
        for number, item in enumerate(asked, 1):
            self._session.say("")
            self._session.say(f"{number} of {len(asked)}  {listing.title(item)}")
            for line in listing.about(item):
                self._session.say(f"  {line}")
            if item.id is None:
                self._session.say("  Others look exactly like these, so these cannot be confirmed.")
                continue
            with self._session.waiting_for(SETTINGS):
                picture = self._picture(item)
            with kept(picture) as path:
                if path:
                    self._session.say(f"A picture of the page, with all that is typed painted over: {path}")
                self._accept[item.id] = whose = self._whose(item)
            if whose != "ignore":
                self._more(item, item.id)
        if not any(whose != "ignore" for whose in self._accept.values()):
            raise UsageWrong(
                "You confirmed no fields.",
                state=NOTHING,
                hint="For other fields of the page: ssrcred portal confirm --every-field. For another page, by the "
                "words of its links: ssrcred portal confirm --go TEXT --go TEXT",
            )
        return Decisions(self._accept, self._repeat, self._boxes, self._save_with, self._watch)

    def _whose(self, item: Found) -> str:
        say, ask = self._session.say, self._session.asker
        say("Is this where you would paste the credentials by hand?")
        if item.group is not None:
            schools = "Yes, for these schools (only those that hold the district's credentials now are filled in)"
            choices = {schools: "schools", LEAVE_ALONE: "ignore"}
            usual = "1"
        else:
            choices = {
                "Yes, for the whole district": DISTRICT,
                "Yes, for one school": "school",
                LEAVE_ALONE: "ignore",
            }
            usual = "1" if item.proposed == DISTRICT else "2" if item.proposed else "3"
        for number, text in enumerate(choices, 1):
            say(f"  {number}  {text}")
        options = {str(number): whose for number, whose in enumerate(choices.values(), 1)}
        answer = ask.until_good(
            "Number", lambda text: None if text in options else "Type one of the numbers.", default=usual
        )
        if options[answer] != "school":
            return options[answer]
        name = ask.until_good(
            "The school's name, as SchoolWise writes it",
            lambda text: None if text else "A name is needed.",
            default=item.proposed if item.proposed != DISTRICT else "",
        )
        return f"school:{name}"

    def _more(self, item: Found, id: str) -> None:
        from ssrcred.adapters.portal.find import listing
        from ssrcred.adapters.portal.route.decision import proposed_watch, repeat_field, usual_save

        candidate, ask, say = item.candidate, self._session.asker, self._session.say
        if (again := repeat_field(candidate)) is not None:
            called = again.label or "a field without a label"
            wants = ask.yes(
                f"Behind the secret key is an empty field, “{called}”. Does the secret key go there too?", default=True
            )
            self._repeat[id] = (again.label or again.field) if wants else ""
        off = [box for box in candidate.others if box.kind == "checkbox" and box.holds == "off" and box.near]
        asked = "Does the box “{}” need a check mark before a new secret key can be saved?"
        on = [name for box in off if ask.yes(asked.format(name := box.label or box.field), default=False)]
        if on:
            self._boxes[id] = tuple(on)
        if (usual := usual_save(item, self._words)) is not None:
            say(f"Saved with: {listing.save_label(item, usual)}")
        else:
            say("What saves these fields?")
            for save in candidate.saves:
                say(f"  {save.number}  {save.label or 'Nothing: it is saved when you leave the field'}")
            numbers = {str(save.number) for save in candidate.saves}
            number = ask.until_good("Number", lambda text: None if text in numbers else "Type one of the numbers.")
            self._save_with[id] = (number,)
        choices = proposed_watch(item, self._words, self._lea)
        if choices:
            chosen = "; ".join(f"{choice.label}: {choice.holds}" for choice in choices)
            if not ask.yes(f"The page says: {chosen}. Stop before saving if that is different?", default=True):
                self._watch[id] = ()


def _agree(session: Session, made: Sequence[Draft], rehearsed: Sequence[Rehearsal], *, asks: bool) -> None:
    """Show what the test saves came to; a person who is asked then has to say that it is right. Raises UsageWrong."""
    if asks:
        session.say("")
    for draft, rehearsal in zip(made, rehearsed, strict=True):
        session.say(told(draft.place, rehearsal))
        if rehearsal.asks:
            session.say(f"The page asks “{rehearsal.asks}” A save answers OK to this question, and to no other.")
    if asks and not session.asker.yes("Is that right? Nothing is saved in SchoolWise now.", default=True):
        raise UsageWrong("You did not confirm this.", state=NOTHING, hint="To start again: ssrcred portal confirm")


def told(place: str, rehearsal: Rehearsal) -> str:
    """What the test save of a setting came to, in a sentence or two."""
    if rehearsal.outcome == "no_browser":
        return (
            f"No test save for {called(place)}: no browser could be started here. The page has no scripts, so it can "
            "be saved without one."
        )
    every = rehearsal.changed + rehearsal.unchanged
    return (
        f"Test save for {called(place)}, nothing was sent: {rehearsal.changed} of {every} fields would change; "
        f"{rehearsal.unchanged} go back as they are."
    )


def called(place: str) -> str:
    """A setting as people are told of it."""
    return {DISTRICT: "the district", "schools": "the schools"}.get(place, place)


def _untested(draft: Draft, missing: BrowserMissing) -> Rehearsal:
    """What stands for the test save where no browser is. Raises BrowserMissing for a page with scripts."""
    from ssrcred.adapters.portal.html.page import has_scripts
    from ssrcred.adapters.portal.route.rehearsal import Outcome, Rehearsal

    if has_scripts(draft.found.candidate.page):
        raise _needs_browser(missing, "The page has scripts, so its save has to be tested in a browser.")
    return Rehearsal(Outcome.NO_BROWSER, "no browser is installed here, and the page has no script")


def _needs_browser(missing: BrowserMissing, why: str) -> BrowserMissing:
    return BrowserMissing(
        f"{why} {missing.message}",
        state=NOTHING,
        hint=f"{missing.hint} Or confirm on another computer, and bring its file from portals/ over: "
        "ssrcred portal confirm --import FILE",
    )


def _check(draft: Draft, found: Rehearsal) -> None:
    """Raise PageNotUnderstood for a setting that cannot be saved safely, as its test save showed."""
    if found.outcome in ("same", "browser_only"):
        return
    raise PageNotUnderstood(
        f"The test save of {called(draft.place)} did not work: {found.why.rstrip('.')}.",
        state=NOTHING + (f" The page then shows: {', '.join(found.offers)}." if found.offers else ""),
        hint="Say what else the save needs: --repeat, --box or --save-with, which takes a second press too. If nothing "
        'helps, a person can save: driver = "hand" in config.toml',
    )


def _with_driver(route: Route, outcomes: set[str], wanted: str | None) -> Route:
    """The route with the driver that the test saves allow: plain requests only where every one of them does.

    Raises UsageWrong where those are wanted and not enough.
    """
    worst = next(one for one in ("browser_only", "no_browser", "same") if one in outcomes)
    if worst == "browser_only" and wanted == "http":
        raise UsageWrong(
            "Plain requests cannot save what this page saves: its own scripts change what is sent.",
            state=NOTHING,
            hint="Leave --driver out: these settings are then saved in the browser.",
        )
    if route.attended and wanted == "http":
        raise UsageWrong(
            "A person has to sign in here, which plain requests cannot wait for.",
            state=NOTHING,
            hint="Leave --driver out: these settings are then read and saved in the browser.",
        )
    driver = "browser" if worst == "browser_only" or wanted == "browser" or route.attended else "http"
    return replace(route, driver=driver, rehearsed=worst)


def _given(wanted: Wanted) -> Decisions:
    """The answers that options gave. Raises UsageWrong for one that is not ID=VALUE."""
    from ssrcred.adapters.portal.route.decision import Decisions

    return Decisions(
        dict(_split("--accept", one) for one in wanted.accept),
        dict(_split("--repeat", one) for one in wanted.repeat),
        _several("--box", wanted.box),
        _several("--save-with", wanted.save_with),
        _several("--watch", wanted.watch),
    )


def _several(option: str, given: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for id, value in (_split(option, one) for one in given):
        found[id] = (*found.get(id, ()), value)
    return found


def _split(option: str, text: str) -> tuple[str, str]:
    id, sign, value = text.partition("=")
    if not sign or not id.strip():
        raise UsageWrong(
            f"{option} {text} is not ID=VALUE.", state=NOTHING, hint="The IDs are listed by: ssrcred portal find"
        )
    return id.strip(), value.strip()


@contextmanager
def _opened(
    session: Session, work: Work, driver: str, route: Route | None
) -> Iterator[tuple[CarefulPortal, ConfirmedPortal]]:
    """The portal in a session of its own, guarded against a sign-in that was refused before, and as it is."""
    known = route or route_of(session, work.lea)
    password, attended = work.vault.secret(OFFICE), known is not None and known.attended
    key_length = _key_length(work)
    whole = confirmed(session, work.lea, driver, password, route, {}, key_length=key_length, attended=attended)
    careful = CarefulPortal.around(whole, session, work.lea, OFFICE, {}, needs_person=attended)
    try:
        yield careful, whole
    finally:
        careful.close()


def _key_length(work: Work) -> int:
    """How long the last key was; the usual length before the first one."""
    try:
        return len(work.story.newest()[1].secret)
    except CredentialMissing:
        return KEY_LENGTH
