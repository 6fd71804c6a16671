"""Builds the portal that config.toml or `--driver` names, with what each driver needs of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from ssrcred.cli.ask import Asker
from ssrcred.cli.refusal import OFFICE, CarefulPortal
from ssrcred.config import DRIVERS, Lea, Schoolwise
from ssrcred.errors import BrowserMissing, ConfigInvalid, CredentialMissing, UsageWrong
from ssrcred.evidence import Outcome, Probe, Proof
from ssrcred.place import DISTRICT, Reading, Saved
from ssrcred.story import Portal

if TYPE_CHECKING:
    from ssrcred.adapters.portal.confirmed_portal import ConfirmedPortal, Visits
    from ssrcred.adapters.portal.map import PortalMap
    from ssrcred.adapters.portal.route.route import Route, Variables
    from ssrcred.cli.session import Session
    from ssrcred.credential import Credential, SecretKey
    from ssrcred.vault import Vault

KEY_LENGTH: Final = 20
"""Characters (domain.md, reported)."""
Probes = Mapping[str, "tuple[str, SecretKey]"]
Rehearse = Callable[[Sequence[str], "int | None"], Mapping[str, tuple[int, int]]]


class OpenPortal(Portal, Protocol):
    """A portal that has to be closed."""

    def close(self) -> None: ...


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
    if lea.schoolwise is None:
        return ()
    return (OFFICE, *(secret for _, secret in accounts(lea).values()))


def portal(session: Session, lea: Lea, vault: Vault, *, forgiving: bool = False) -> OpenPortal | None:
    """The LEA's portal by its driver; None for an LEA without one.

    A log-in that was refused in an earlier run is not sent again (CarefulPortal). A `forgiving` one does what it can
    with the passwords that are stored (PartPortal). Raises ConfigInvalid, KeyringFailed, UsageWrong.
    """
    if lea.schoolwise is None:
        return None
    name = session.driver or lea.schoolwise.driver
    if name not in DRIVERS:
        raise UsageWrong(
            f"There is no driver '{name}'.", state="Nothing was done.", hint=f"The drivers are: {', '.join(DRIVERS)}."
        )
    wanted = accounts(lea)
    probes, lost = _passwords(vault, wanted, forgiving=forgiving)
    route = None if name == "hand" else route_of(session, lea)
    if name == "hand":
        whole: OpenPortal = _by_hand(session, lea, probes)
        office: CredentialMissing | None = ONLY_BY_HAND
    else:
        password, office = _office_password(vault, forgiving=forgiving)
        driver = name if route is None else _driver_of(route, session.driver)
        opened = visits(session, lea.schoolwise, driver, attended=route is not None and route.attended)
        whole = confirmed(session, lea, opened, password, route, probes)
    parents = {place: secret for place, (_, secret) in wanted.items()}
    # By hand a person logs in to the office account, with a password that is not kept here.
    needs_person = route is not None and route.attended
    careful = CarefulPortal.around(
        whole, session, lea, "" if name == "hand" else OFFICE, parents, needs_person=needs_person
    )
    if not forgiving or not (lost or office):
        return careful
    return PartPortal(careful, office, lost, session.machine.now)


def test_save(session: Session, lea: Lea, vault: Vault, own: OpenPortal | None) -> Rehearse | None:
    """What tests saving before new credentials are asked for; None where nothing was confirmed, or a person saves.

    It is done in the browser that `own` works in already, or in one of its own beside plain requests.
    """
    place = lea.schoolwise
    if place is None or (session.driver or place.driver) == "hand" or (route := route_of(session, lea)) is None:
        return None

    def rehearse(places: Sequence[str], length: int | None) -> Mapping[str, tuple[int, int]]:
        if isinstance(own, CarefulPortal) and _driver_of(route, session.driver) == "browser":
            found = own.rehearse_again(places)
        else:
            opened = visits(session, place, "browser")
            whole = confirmed(session, lea, opened, vault.secret(OFFICE), route, {}, length or KEY_LENGTH)
            careful = CarefulPortal.around(whole, session, lea, OFFICE, {})
            try:
                found = careful.rehearse_again(places)
            except BrowserMissing:
                return {}
            finally:
                careful.close()
        return {name: (one.changed, one.changed + one.unchanged) for name, one in found.items()}

    return rehearse


def route_of(session: Session, lea: Lea) -> Route | None:
    """What was confirmed for an LEA, or None. Raises ConfigInvalid for a file that is not sound."""
    from ssrcred.adapters.portal.route import file

    return file.read(file.path_of(session.home.config.parent, lea.key), variables(lea))


def variables(lea: Lea) -> Variables:
    """What differs from one LEA's route to another's."""
    from urllib.parse import urlsplit

    from ssrcred.adapters.portal.route.route import Variables

    host = urlsplit(lea.schoolwise.url).hostname if lea.schoolwise is not None else None
    return Variables(lea.name, lea.cds, host or "")


def confirmed(
    session: Session,
    lea: Lea,
    opened: Visits,
    password: SecretKey,
    route: Route | None,
    probes: Probes,
    key_length: int = KEY_LENGTH,
) -> ConfirmedPortal:
    """The LEA's portal by what was confirmed; `opened` gives its visits, `key_length` is that of the last key."""
    from ssrcred.adapters.portal.confirmed_portal import ConfirmedPortal
    from ssrcred.adapters.portal.route import file
    from ssrcred.adapters.portal.visit.session import Account

    place = portal_of(lea)
    path = file.path_of(session.home.config.parent, lea.key)

    def pin(learned: Route) -> None:
        file.write(path, learned, variables(lea))

    account = Account(place.username, password)
    return ConfirmedPortal(
        opened,
        account,
        words_of(lea),
        route,
        probes=probes,
        clock=session.machine.now,
        key_length=key_length,
        pin=pin,
    )


def visits(session: Session, place: Schoolwise, driver: str, *, attended: bool = False) -> Visits:
    """What opens visits to a portal by a driver. Raises BrowserMissing at the first visit without a browser.

    The browser is shown where that was asked for, and for an `attended` sign-in to whoever is at the terminal.
    """
    from ssrcred.adapters.portal.http.form_visit import FormVisits
    from ssrcred.adapters.portal.map import load
    from ssrcred.web import Limits

    words, limits = load(place.map), Limits(**place.limits)
    if driver == "http":
        return FormVisits(place.url, words, limits)
    from ssrcred.adapters.portal.browser.portal_browser import PortalBrowser

    show = session.show_browser or (attended and not session.asker.no_input)
    return PortalBrowser(place.url, words, limits, browser=place.browser, show=show, say=session.say)


def words_of(lea: Lea) -> PortalMap:
    """The words of the LEA's portal; its own name is one that names the district. Raises ConfigInvalid."""
    from dataclasses import replace

    from ssrcred.adapters.portal.map import load

    words = load(portal_of(lea).map)
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
            "These settings were confirmed for a browser: plain requests cannot save them.",
            state="Nothing was done.",
            hint="Leave --driver out, or name the browser: --driver browser",
        )
    return wanted or route.driver


def _passwords(
    vault: Vault, wanted: Mapping[str, tuple[str, str]], *, forgiving: bool
) -> tuple[Probes, frozenset[str]]:
    """The parents' accounts with their passwords, and the places whose parent has none stored."""
    probes = {}
    for place, (account, secret) in wanted.items():
        try:
            probes[place] = (account, vault.secret(secret))
        except CredentialMissing:
            if not forgiving:
                raise
    return probes, frozenset(wanted) - frozenset(probes)


def _office_password(vault: Vault, *, forgiving: bool) -> tuple[SecretKey, CredentialMissing | None]:
    from ssrcred.credential import SecretKey

    try:
        return vault.secret(OFFICE), None
    except CredentialMissing as missing:
        if not forgiving:
            raise
        return SecretKey(""), missing  # never sent: PartPortal does not come to the log-in


ONLY_BY_HAND: Final = CredentialMissing(
    "The portal is worked by hand, so its places were not looked at.",
    state="Nothing was changed.",
    hint="To see what every place holds: ssrcred schools.",
)


class PartPortal:
    """A portal of which some accounts cannot be used: what needs them is left out, and the rest is done as ever.

    `office` is why nobody gets in with office rights (None: somebody does), `lost` are the places whose parent's
    password is not stored.
    """

    def __init__(
        self,
        whole: OpenPortal,
        office: CredentialMissing | None,
        lost: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        self.whole, self._office, self._lost, self._clock = whole, office, lost, clock

    def places(self) -> tuple[Reading, ...]:
        """What every place holds. Raises CredentialMissing without an office account."""
        self._needs_office()
        return self.whole.places()

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save one place. Raises CredentialMissing without an office account."""
        self._needs_office()
        return self.whole.write(place, credential)

    def prove(self, place: str) -> Proof:
        """Press the button as the place's parent; skipped without a password."""
        if place not in self._lost:
            return self.whole.prove(place)
        reason = "the password of its parent account is not stored"
        return Proof(Probe.PORTAL, Outcome.SKIPPED, self._clock(), place, reason)

    def close(self) -> None:
        """Close the portal."""
        self.whole.close()

    def _needs_office(self) -> None:
        if self._office is not None:
            raise type(self._office)(self._office.message, state=self._office.state, hint=self._office.hint)


def _by_hand(session: Session, lea: Lea, probes: Probes) -> OpenPortal:
    from ssrcred.adapters.portal.hand.portal import HandPortal
    from ssrcred.adapters.portal.map import load

    place, route = portal_of(lea), None
    with suppress(ConfigInvalid):  # by hand none is needed; doctor tells what is wrong with its file
        route = route_of(session, lea)
    return HandPortal(
        place.url,
        load(place.map),
        person=None if session.asker.no_input else Somebody(session.asker, session),
        clipboard=session.machine.clipboard(),
        schools=place.schools,
        route=route,
        probes=probes,
        open_page=session.machine.open_page,
        clock=session.machine.now,
    )


class Somebody:
    """The person at this terminal, for the hand driver."""

    def __init__(self, asker: Asker, session: Session) -> None:
        self._asker = asker
        self._session = session

    def say(self, text: str) -> None:
        """A line for the person."""
        self._session.say(f"  {text}")

    def ask(self, question: str) -> str:
        """One line as it was typed, "" for Enter alone."""
        return self._asker.line(f"  {question}")

    def choose(self, question: str, options: Sequence[str]) -> str:
        """One of the options, by its number; there is no default, so that no key pressed by habit is an answer."""
        self.say(question)
        for number, option in enumerate(options, 1):
            self.say(f"  {number}  {option}")
        numbers = {str(number): option for number, option in enumerate(options, 1)}

        def objection(answer: str) -> str | None:
            return None if answer in numbers else f"Please type a number from 1 to {len(options)}."

        return numbers[self._asker.until_good("  Number", objection)]

    def wait(self, text: str) -> None:
        """Wait for the Enter key."""
        self._asker.wait(f"  {text}")
