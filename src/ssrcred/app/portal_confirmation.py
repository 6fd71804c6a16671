"""Confirms with a person, once, which fields of a portal hold the credentials, and writes that down as the route."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ssrcred.app.environment import Environment
from ssrcred.app.portal import KEY_LENGTH, route_of, variables, words_of
from ssrcred.app.portal_inspection import MOST_TOLD, led
from ssrcred.app.progress import TEST_SAVE
from ssrcred.app.refused_sign_in import OFFICE, SETTINGS, CarefulPortal
from ssrcred.app.session import Session, Work
from ssrcred.app.terminal import Terminal
from ssrcred.domain.errors import (
    BrowserMissing,
    CredentialMissing,
    InputRefused,
    NotConfirmed,
    PageChanged,
    PageNotUnderstood,
    SsrcredError,
    UsageWrong,
)
from ssrcred.domain.place import DISTRICT

if TYPE_CHECKING:
    from pathlib import Path

    from ssrcred.adapters.portal.find.search import Found, Stopped
    from ssrcred.adapters.portal.map import PortalMap
    from ssrcred.adapters.portal.route.route import Rehearsal, Route, Variables
    from ssrcred.adapters.portal.route_follower import ConfirmedPortal, Draft
    from ssrcred.app.route_builder import Decisions

NOTHING: Final = "Nothing was confirmed and nothing was changed."
OTHERWISE: Final = "Plain requests do not find the page as the browser shows it."
LEAVE_ALONE: Final = "No, leave these alone"


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


def confirm_one(
    session: Session,
    lea: str | None,
    answers: Decisions,
    go: Sequence[str],
    *,
    every_field: bool,
    source: str | None,
    path: Path | None,
) -> None:
    """Confirm the fields of one LEA, or what was confirmed for the LEA `source`, or on another computer (`path`)."""
    with session.open(lea, portal=False, reports=False) as work:
        if source is not None or path is not None:
            pinned = _bring(session, work, source, path)
        else:
            pinned = confirm(session, work, answers, go, every_field=every_field)
    session.result.answer({"pinned": [one.as_json() for one in pinned]})
    for one in pinned:
        session.terminal.say(f"Confirmed: {called(one.place)}.", style="green")
    session.terminal.say("Nothing was saved in SchoolWise.")


def confirm_all(session: Session, source: str | None) -> None:
    """Confirm one LEA's route for all others. Raises PageChanged if any did not fit."""
    if source is None:
        raise UsageWrong(
            "--all needs --from LEA.", state="Nothing was done.", hint="ssrcred portal confirm --from LEA --all"
        )
    config = session.config()
    told: list[dict[str, Any]] = []
    for key, lea in config.leas.items():
        if key == source or lea.schoolwise is None:
            continue
        pinned: list[Pinned] = []
        differences: list[dict[str, str]] = []
        try:
            with session.opened(config, lea, portal=False, reports=False) as work:
                pinned = _bring(session, work, source)
        except SsrcredError as error:
            differences = [item.as_json() for item in error.differences] if isinstance(error, PageChanged) else []
            session.terminal.say(f"{key}: {error.message}", style="yellow", warns=True)
        told.append({"lea": key, "pinned": [one.as_json() for one in pinned], "differences": differences})
    if lost := [one["lea"] for one in told if not one["pinned"]]:
        session.result.partial = {"leas": told}
        raise PageChanged(
            f"What was confirmed for {source} does not fit {', '.join(lost)}.",
            state="The others are confirmed. Nothing was saved in SchoolWise.",
            hint="Confirm these one by one: ssrcred portal confirm --lea NAME",
        )
    session.result.answer({"leas": told})
    session.terminal.say("Nothing was saved in SchoolWise.")


def confirm(
    session: Session, work: Work, given: Decisions | None = None, go: Sequence[str] = (), *, every_field: bool = False
) -> list[Pinned]:
    """Find the fields, let the person (or `given`) say whose they are, test the save, and write the route.

    `go` names the links on the way there. All or nothing: an error leaves what was confirmed before as it was. Raises
    UsageWrong for a question that is left open, PageChanged, BrowserMissing, and what signing in and reading raise.
    """
    from ssrcred.adapters.portal.route.route import Rehearsed
    from ssrcred.app import route_builder

    if session.portals.driver == "hand":
        raise UsageWrong(
            "With the driver hand, a person saves in SchoolWise: there is nothing to confirm.",
            state=NOTHING,
            hint="Leave out --driver hand.",
        )
    terminal, driver = session.terminal, session.portals.driver
    asks = not terminal.no_input and not (given and given.accept)
    before, address = route_of(session.environment, work.lea), "" if go else words_of(work.lea).settings.address
    answers = None if asks else given or route_builder.Decisions({})
    try:
        made, rehearsed, attended = _found_and_tested(session, work, answers, go, every_field)
    except BrowserMissing as missing:
        made, rehearsed, attended = _found_and_tested(session, work, answers, go, every_field, missing)
    actor, now = session.environment.person, session.environment.now()
    route = replace(route_builder.as_route(made, before, "http", "same", actor, now, address), attended=attended)
    # Settings that were confirmed before and stay may need the browser, too.
    route = _with_driver(
        route, {one.outcome.value for one in rehearsed} | ({before.rehearsed} if before else set()), driver
    )
    if asks:
        terminal.say("")
    for draft, rehearsal in zip(made, rehearsed, strict=True):
        terminal.say(told(draft.place, rehearsal))
        if rehearsal.asks:
            terminal.say(f"The page asks “{rehearsal.asks}” When saving, ssrcred answers OK to this question only.")
    if asks and not terminal.ask_yes_no("Is that right? Nothing is saved in SchoolWise now.", default=True):
        raise UsageWrong("You did not confirm this.", state=NOTHING, hint="To start again: ssrcred portal confirm")
    if attended:  # a second session would ask the person for a second code: the next visit compares
        _write(session.environment, work, route)
    else:
        try:
            keep(session, work, route)
        except PageChanged:
            if route.driver == "browser" or route.rehearsed != "same" or driver == "http":
                raise
            # The save is the same, but plain requests do not come to the page, or read it otherwise.
            rehearsed = [replace(one, outcome=Rehearsed.BROWSER_ONLY, why=OTHERWISE) for one in rehearsed]
            route = replace(route, driver="browser", rehearsed=Rehearsed.BROWSER_ONLY.value)
            keep(session, work, route)
    pairs = zip(made, rehearsed, strict=True)
    return [Pinned(draft.place, draft.found.id or "", route.driver, one) for draft, one in pairs]


def _found_and_tested(
    session: Session,
    work: Work,
    answers: Decisions | None,
    go: Sequence[str],
    every_field: bool,
    missing: BrowserMissing | None = None,
) -> tuple[list[Draft], list[Rehearsal], bool]:
    """What will be confirmed, what its test saves came to, and whether a person signed in: with one sign-in.

    Without `answers` the person is asked. `missing` is why there is no browser: then it is read by plain requests.
    """
    from ssrcred.adapters.portal.html.page import has_scripts
    from ssrcred.app import route_builder

    lea, words = variables(work.lea), words_of(work.lea)
    with _opened(session, work, "browser" if missing is None else "http", None) as (portal, whole):

        def search(way: Sequence[str], *, every_field: bool) -> tuple[list[Found], Stopped | None]:
            found, stopped = portal.search(way, every_field=every_field)
            if missing is not None and stopped is not None and has_scripts(stopped.page):
                raise _needs_browser(missing, "The page has scripts, which may build what it shows.")
            return found, stopped

        found = led(session, search, go, every_field=every_field)
        if answers is None:
            answers = _interview(session, found, words, lea, whole.picture)
        made = route_builder.drafts(found, answers, words, lea)
        if missing is not None:
            return made, [_untested(draft, missing) for draft in made], False
        with session.terminal.waiting_for(TEST_SAVE):
            rehearsed = whole.rehearse(made)
        attended = whole.attended
    for draft, one in zip(made, rehearsed, strict=True):
        if one.outcome not in ("same", "browser_only"):
            raise PageNotUnderstood(
                f"The test save of {called(draft.place)} did not work: {one.why.rstrip('.')}.",
                state=NOTHING + (f" The page then shows: {', '.join(one.offers)}." if one.offers else ""),
                hint="Add what the save needs: --repeat, --box or --save-with (also for a second button). If nothing "
                'helps, save by hand: driver = "hand" in config.toml',
            )
    return [draft.after(one) for draft, one in zip(made, rehearsed, strict=True)], rehearsed, attended


def confirm_again(session: Session, lea: str | None, stop: NotConfirmed | PageChanged) -> None:
    """Have the person who is there confirm the fields now. Raises `stop` where nobody is, or they would rather not."""
    terminal = session.terminal
    if terminal.no_input:
        raise stop
    terminal.say(stop.message)
    told = stop.differences if isinstance(stop, PageChanged) else ()
    for item in told[:MOST_TOLD]:
        terminal.say(f"  - {item}")
    if len(told) > MOST_TOLD:
        terminal.say(f"  - and {len(told) - MOST_TOLD} more")
    terminal.say("Nothing was saved in SchoolWise, and nothing is while you look.")
    if not terminal.ask_yes_no("Look at the fields and confirm them now?", default=True):
        raise stop
    with session.open(lea, portal=False, reports=False) as work:
        for one in confirm(session, work):
            terminal.say(f"Confirmed: {called(one.place)}.", style="green")
    session.result.events.clear()  # what was checked before is checked again


def _bring(session: Session, work: Work, source: str | None, path: Path | None = None) -> list[Pinned]:
    """Keep a route that was confirmed elsewhere, on another computer or for the LEA `source`, if its pages fit here.

    Exactly one setting has to fit each that was confirmed; another LEA's schools are never taken over.
    """
    from ssrcred.adapters.portal.route.route import Rehearsal, Rehearsed, read_route, route_path

    if source is not None:
        path = route_path(session.environment.home.config.parent, source)
    route = None if path is None else read_route(path, variables(work.lea))
    if route is None:
        raise InputRefused(
            f"There is no confirmed route in {path}.",
            state="Nothing was confirmed and nothing was changed.",
            hint="Name an LEA whose settings were confirmed, or a file from portals/ of another computer.",
        )
    # A list of schools fits another LEA, and the schools in it do not: its own are found when it is read.
    groups = route.groups if source is None else tuple(replace(group, members=()) for group in route.groups)
    kept = keep(session, work, replace(route, groups=groups))
    told = Rehearsal(Rehearsed(route.rehearsed))
    return [Pinned(place, "", kept.driver, told) for place in [*kept.places, *("schools" for _ in kept.groups)]]


def keep(session: Session, work: Work, route: Route) -> Route:
    """Read the settings once more, in a new session, as they will be followed; then write the route.

    Raises PageChanged if they do not fit.
    """
    with _opened(session, work, route.driver, route) as (portal, whole):
        with session.terminal.waiting_for(SETTINGS):
            portal.places()
        kept = whole.as_read()
    _write(session.environment, work, kept)
    return kept


def _write(environment: Environment, work: Work, route: Route) -> None:
    from ssrcred.adapters.portal.route.route import route_path, write_route

    write_route(route_path(environment.home.config.parent, work.lea.key), route, variables(work.lea))


def _interview(
    session: Session, found: Sequence[Found], words: PortalMap, lea: Variables, picture: Callable[[Found], bytes | None]
) -> Decisions:
    """Show what was found, one screen for each; ask in plain words whose it is and what else the save needs."""
    from ssrcred.app import portal_summary
    from ssrcred.app.route_builder import Decisions, proposed_watch, repeat_field, usual_save

    terminal = session.terminal
    say = terminal.say
    accept: dict[str, str] = {}
    repeat: dict[str, str] = {}
    boxes: dict[str, tuple[str, ...]] = {}
    save_with: dict[str, tuple[str, ...]] = {}
    watch: dict[str, tuple[str, ...]] = {}
    asked = portal_summary.separate(found)
    for number, item in enumerate(asked, 1):
        say("")
        say(f"{number} of {len(asked)}  {portal_summary.fields_title(item)}")
        for line in portal_summary.about(item):
            say(f"  {line}")
        if (id := item.id) is None:
            say("  Others look exactly like these, so these cannot be confirmed.")
            continue
        with terminal.waiting_for(SETTINGS):
            image = picture(item)
        with _kept(image) as path:
            if path:
                say(f"A picture of the page, with all that is typed painted over: {path}")
            accept[id] = _whose(terminal, item)
        if accept[id] == "ignore":
            continue
        candidate = item.candidate
        if (again := repeat_field(candidate)) is not None:
            label = again.label or "a field without a label"
            wants = terminal.ask_yes_no(
                f"After the secret key comes an empty field, “{label}”. Does the secret key go there too?", default=True
            )
            repeat[id] = (again.label or again.field) if wants else ""
        off = [box for box in candidate.others if box.kind == "checkbox" and box.holds == "off" and box.near]
        needed = "Does the box “{}” need a check mark before a new secret key can be saved?"
        if on := [
            name for box in off if terminal.ask_yes_no(needed.format(name := box.label or box.field), default=False)
        ]:
            boxes[id] = tuple(on)
        if (usual := usual_save(item, words)) is not None:
            say(f"Saved with: {portal_summary.save_label(item, usual)}")
        else:
            say("What saves these fields?")
            labels = [save.label or "Nothing: it is saved when you leave the field" for save in candidate.saves]
            save_with[id] = (str(candidate.saves[terminal.choose(labels) or 0].number),)
        if choices := proposed_watch(item, words, lea):
            told = "; ".join(f"{choice.label}: {choice.holds}" for choice in choices)
            if not terminal.ask_yes_no(
                f"The page says: {told}. Stop before saving if that is different?", default=True
            ):
                watch[id] = ()
    if not any(whose != "ignore" for whose in accept.values()):
        raise UsageWrong(
            "You confirmed no fields.",
            state=NOTHING,
            hint="For other fields of the page: ssrcred portal confirm --every-field. For another page, by the "
            "words of its links: ssrcred portal confirm --go TEXT --go TEXT",
        )
    return Decisions(accept, repeat, boxes, save_with, watch)


def _whose(terminal: Terminal, item: Found) -> str:
    terminal.say("Is this where you would paste the credentials by hand?")
    if item.group is not None:
        schools = "Yes, for these schools (only those that hold the district's credentials now are filled in)"
        choices, usual = {schools: "schools", LEAVE_ALONE: "ignore"}, "1"
    else:
        district, school = "Yes, for the whole district", "Yes, for one school"
        choices = {district: DISTRICT, school: "school", LEAVE_ALONE: "ignore"}
        usual = "1" if item.proposed == DISTRICT else "2" if item.proposed else "3"
    whose = list(choices.values())[terminal.choose(list(choices), default=usual) or 0]
    if whose != "school":
        return whose
    name = terminal.ask_until_good(
        "The school's name, as SchoolWise writes it",
        lambda text: None if text else "A name is needed.",
        default=item.proposed if item.proposed != DISTRICT else "",
    )
    return f"school:{name}"


@contextmanager
def _kept(picture: bytes | None) -> Iterator[str]:
    """The path of a picture that only this user can read, while its question is open; "" without one, or no room."""
    from ssrcred.adapters.temporary_folder import temporary_folder

    path = ""
    with ExitStack() as stack:
        if picture is not None:
            with suppress(OSError):
                target = stack.enter_context(temporary_folder()) / "page.png"
                with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(picture)
                path = str(target)
        yield path


def told(place: str, rehearsal: Rehearsal) -> str:
    """What the test save of a setting came to, in a sentence or two."""
    if rehearsal.outcome == "no_browser":
        without = "no browser could be started here. The page has no scripts, so it can be saved without one."
        return f"No test save for {called(place)}: {without}"
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
    from ssrcred.adapters.portal.route.route import Rehearsal, Rehearsed

    if has_scripts(draft.found.candidate.page):
        raise _needs_browser(missing, "The page has scripts, so its save has to be tested in a browser.")
    return Rehearsal(Rehearsed.NO_BROWSER, "no browser is installed here, and the page has no script")


def _needs_browser(missing: BrowserMissing, why: str) -> BrowserMissing:
    return BrowserMissing(
        f"{why} {missing.message}",
        state=NOTHING,
        hint=f"{missing.hint} Or confirm on another computer, and bring its file from portals/ over: "
        "ssrcred portal confirm --import FILE",
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


def given(
    accept: Sequence[str], repeat: Sequence[str], boxes: Sequence[str], save_with: Sequence[str], watch: Sequence[str]
) -> Decisions:
    """The answers that options gave, each as ID=VALUE. Raises UsageWrong for one that is not."""
    from ssrcred.app.route_builder import Decisions

    def by_id(option: str, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for text in texts:
            id, sign, value = (part.strip() for part in text.partition("="))
            if not sign or not id:
                hint = "The IDs are listed by: ssrcred portal find"
                raise UsageWrong(f"{option} {text} is not ID=VALUE.", state=NOTHING, hint=hint)
            found[id] = (*found.get(id, ()), value)
        return found

    return Decisions(
        {id: values[-1] for id, values in by_id("--accept", accept).items()},
        {id: values[-1] for id, values in by_id("--repeat", repeat).items()},
        by_id("--box", boxes),
        by_id("--save-with", save_with),
        by_id("--watch", watch),
    )


@contextmanager
def _opened(
    session: Session, work: Work, driver: str, route: Route | None
) -> Iterator[tuple[CarefulPortal, ConfirmedPortal]]:
    """The portal in a session of its own, guarded against a sign-in that was refused before, and as it is."""
    known = route or route_of(session.environment, work.lea)
    password, attended = work.vault.secret(OFFICE), known is not None and known.attended
    length = KEY_LENGTH
    with suppress(CredentialMissing):  # before the first one a key has the usual length
        length = len(work.workflow.newest()[1].secret)
    whole = session.portals.confirmed(work.lea, driver, password, route, {}, key_length=length, attended=attended)
    careful = session.portals.careful(whole, work.lea, OFFICE, {}, needs_person=attended)
    try:
        yield careful, whole
    finally:
        careful.close()
