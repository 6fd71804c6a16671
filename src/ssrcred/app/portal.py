"""Builds the portal that config.toml or `--driver` names, with what each driver needs of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ssrcred.adapters.config import Lea, Schoolwise
from ssrcred.app.environment import Environment
from ssrcred.app.refused_sign_in import OFFICE, CarefulPortal, OpenPortal
from ssrcred.app.terminal import Terminal
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import BrowserMissing, ConfigInvalid, CredentialMissing, PortalFailed, UsageWrong
from ssrcred.domain.place import DISTRICT
from ssrcred.domain.sis import DRIVERS

if TYPE_CHECKING:
    from ssrcred.adapters.portal.map import PortalMap
    from ssrcred.adapters.portal.route.route import Rehearsal, Route, Variables
    from ssrcred.adapters.portal.route_follower import ConfirmedPortal
    from ssrcred.adapters.vault import Vault

# Characters (domain.md, reported).
KEY_LENGTH: Final = 20
Rehearse = Callable[[Sequence[str], "int | None"], Mapping[str, tuple[int, int]]]


def accounts(lea: Lea) -> dict[str, tuple[str, str]]:
    """By place: the parent account that proves it, and the name of the secret that holds its password."""
    if lea.schoolwise is None:
        return {}
    found = {school: (name, f"parent:{name}") for school, name in lea.schoolwise.parents.items()}
    if lea.schoolwise.parent:
        found[DISTRICT] = (lea.schoolwise.parent, "parent")
    return found


def signing_in(lea: Lea) -> tuple[str, ...]:
    """The secrets with the passwords of all accounts of the portal: the office's, then the parents'."""
    return (OFFICE, *(secret for _, secret in accounts(lea).values())) if lea.schoolwise is not None else ()


@dataclass
class PortalBuilder:
    """Builds the portals of one run: `driver` and `show_browser` are its options.

    `held_back` is given each refusal of an earlier run for which a sign-in is not sent in this one.
    """

    environment: Environment
    terminal: Terminal
    held_back: Callable[[PortalFailed], None]
    driver: str | None = None
    show_browser: bool = False

    def careful(
        self,
        whole: OpenPortal,
        lea: Lea,
        office: str,
        parents: Mapping[str, str],
        *,
        needs_person: bool = False,
        no_office: CredentialMissing | None = None,
        lost: frozenset[str] = frozenset(),
    ) -> CarefulPortal:
        """A portal that sends no sign-in again which was refused; the arguments are those of CarefulPortal."""
        from ssrcred.adapters.ledger.auxiliary_store import Refusals

        return CarefulPortal(
            whole,
            lea,
            Refusals(self.environment.home.ledger),
            office,
            parents,
            self.environment.now,
            self.held_back,
            attended=not self.terminal.no_input,
            needs_person=needs_person,
            say=self.terminal.say,
            no_office=no_office,
            lost=lost,
        )

    def portal(self, lea: Lea, vault: Vault, *, forgiving: bool = False) -> CarefulPortal | None:
        """The LEA's portal by its driver; None for an LEA without one.

        A sign-in that was refused in an earlier run is not sent again. A `forgiving` one does what it can with the
        passwords that are stored. Raises ConfigInvalid, KeyringFailed, UsageWrong.
        """
        if lea.schoolwise is None:
            return None
        name = self.driver or lea.schoolwise.driver
        if name not in DRIVERS:
            raise UsageWrong(
                f"There is no driver '{name}'.",
                state="Nothing was done.",
                hint=f"The drivers are: {', '.join(DRIVERS)}.",
            )
        parents, probes = accounts(lea), {}
        for place, (account, secret) in parents.items():
            with suppress(CredentialMissing) if forgiving else nullcontext():
                probes[place] = (account, vault.secret(secret))
        attended, password, missing = False, SecretKey(""), None
        if name == "hand":
            whole: OpenPortal = self._by_hand(lea, probes)
            if forgiving:
                missing = CredentialMissing(
                    "SchoolWise is operated by hand, so its settings were not read.",
                    state="Nothing was changed.",
                    hint="To see what each setting holds: ssrcred schools[lea].",
                )
        else:
            route = route_of(self.environment, lea)
            try:
                password = vault.secret(OFFICE)
            except CredentialMissing as none:
                if not forgiving:
                    raise
                missing = none  # the password is never sent: nothing comes to the sign-in
            attended = route is not None and route.attended
            driver = name if route is None else _driver_of(route, self.driver)
            whole = self.confirmed(lea, driver, password, route, probes, attended=attended)
        # By hand a person signs in to the office account, with a password that is not kept here.
        office = "" if name == "hand" else OFFICE
        secrets = {place: secret for place, (_, secret) in parents.items()}
        lost = frozenset(parents) - frozenset(probes)
        return self.careful(whole, lea, office, secrets, needs_person=attended, no_office=missing, lost=lost)

    def test_save(self, lea: Lea, vault: Vault, own: CarefulPortal | None) -> Rehearse | None:
        """What tests saving before new credentials are asked for; None where nothing was confirmed, or a person saves.

        It is done in the browser that `own` works in already, or in one of its own beside plain requests.
        """
        whole = own.confirmed if own is not None else None
        if own is None or whole is None or (route := whole.known) is None:
            return None

        def rehearse(places: Sequence[str], length: int | None) -> Mapping[str, tuple[int, int]]:
            if _driver_of(route, self.driver) == "browser":
                found: Mapping[str, Rehearsal] = own.rehearse_again(places)
            else:
                # Plain requests run no scripts, so they cannot show what the page would send.
                length = length or KEY_LENGTH
                beside = self.confirmed(lea, "browser", vault.secret(OFFICE), route, {}, key_length=length)
                found = {}
                with closing(beside), suppress(BrowserMissing):
                    found = self.careful(beside, lea, OFFICE, {}).rehearse_again(places)
            return {name: (one.changed, one.changed + one.unchanged) for name, one in found.items()}

        return rehearse

    def confirmed(
        self,
        lea: Lea,
        driver: str,
        password: SecretKey,
        route: Route | None,
        probes: Mapping[str, tuple[str, SecretKey]],
        *,
        key_length: int = KEY_LENGTH,
        attended: bool = False,
    ) -> ConfirmedPortal:
        """The LEA's portal by what was confirmed, worked by a driver; `key_length` is that of the last key.

        A browser is shown where that was asked for, and for an `attended` sign-in to whoever is at the terminal. Raises
        ConfigInvalid, and BrowserMissing at the first visit without a browser.
        """
        from ssrcred.adapters.portal.route.route import route_path, write_route
        from ssrcred.adapters.portal.route_follower import ConfirmedPortal, Visits
        from ssrcred.adapters.portal.visit.navigator import Account, FormVisits
        from ssrcred.adapters.web.bound import Limits

        place, words = portal_of(lea), words_of(lea)
        limits, path = Limits(**place.limits), route_path(self.environment.home.config.parent, lea.key)
        if driver == "http":
            opened: Visits = FormVisits(place.url, words, limits)
        else:
            from ssrcred.adapters.portal.browser.browser_visit import PortalBrowser

            # A sign-in that waits for a person needs a window that they can see.
            show = self.show_browser or (attended and not self.terminal.no_input)
            opened = PortalBrowser(place.url, words, limits, browser=place.browser, show=show, say=self.terminal.say)

        return ConfirmedPortal(
            opened,
            Account(place.username, password),
            words,
            route,
            probes=probes,
            clock=self.environment.now,
            key_length=key_length,
            pin=lambda learned: write_route(path, learned, variables(lea)),
        )

    def _by_hand(self, lea: Lea, probes: Mapping[str, tuple[str, SecretKey]]) -> OpenPortal:
        from ssrcred.adapters.portal.hand_portal import HandPortal
        from ssrcred.adapters.terminal.clipboard_output import clearing

        place, route = portal_of(lea), None
        with suppress(ConfigInvalid):  # by hand none is needed; doctor tells what is wrong with its file
            route = route_of(self.environment, lea)
        return HandPortal(
            place.url,
            words_of(lea),
            person=None if self.terminal.no_input else TerminalPerson(self.terminal),
            copying=partial(clearing, self.environment.clipboard()),
            schools=place.schools,
            route=route,
            probes=probes,
            open_page=self.environment.open_page,
            clock=self.environment.now,
        )


def route_of(environment: Environment, lea: Lea) -> Route | None:
    """What was confirmed for an LEA, or None. Raises ConfigInvalid for a file that is not sound."""
    from ssrcred.adapters.portal.route.route import read_route, route_path

    return read_route(route_path(environment.home.config.parent, lea.key), variables(lea))


def variables(lea: Lea) -> Variables:
    """What differs from one LEA's route to another's."""
    from ssrcred.adapters.portal.route.route import Variables

    url = lea.schoolwise.url if lea.schoolwise is not None else ""
    return Variables(lea.name, lea.cds, urlsplit(url).hostname or "")


def words_of(lea: Lea) -> PortalMap:
    """The words of the LEA's portal; its own name is one that names the district. Raises ConfigInvalid."""
    from ssrcred.adapters.portal.map import load_map

    words = load_map(portal_of(lea).map)
    return replace(words, fields=replace(words.fields, district=(*words.fields.district, lea.name)))


def portal_of(lea: Lea) -> Schoolwise:
    """The LEA's portal in config.toml. Raises ConfigInvalid without one."""
    if lea.schoolwise is not None:
        return lea.schoolwise
    raise ConfigInvalid(
        f"No portal is set up for {lea.key}.",
        state="Nothing was done.",
        hint=f"Add [lea.{lea.key}.schoolwise] to config.toml, or run: ssrcred setup.",
    )


def _driver_of(route: Route, wanted: str | None) -> str:
    """The driver that was confirmed. Raises UsageWrong where another is asked for that cannot follow it."""
    if wanted == "http" and route.driver == "browser":
        raise UsageWrong(
            "These settings were confirmed with a browser. The driver http cannot save them.",
            state="Nothing was done.",
            hint="Leave out --driver, or use: --driver browser",
        )
    return wanted or route.driver


class TerminalPerson:
    """The person at this terminal, for the hand driver."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def say(self, text: str) -> None:
        """A line for the person."""
        self._terminal.say(f"  {text}")

    def ask(self, question: str) -> str:
        """One line as it was typed, "" for Enter alone."""
        return self._terminal.ask(f"  {question}")

    def choose(self, question: str, options: Sequence[str]) -> str:
        """One of the options, by its number; there is no default, so that no key pressed by habit is an answer."""
        self.say(question)
        wrong = f"Please type a number from 1 to {len(options)}."
        return options[self._terminal.choose(options, "  Number", wrong=wrong, indent="  ") or 0]

    def wait(self, text: str) -> None:
        """Wait for the Enter key."""
        self._terminal.wait_for_enter(f"  {text}")
