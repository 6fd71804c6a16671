"""Builds the portal that config.toml or `--driver` names, with what each driver needs of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ssrcred.cli.ask import Asker
from ssrcred.config import DRIVERS, Lea, Schoolwise
from ssrcred.errors import UsageWrong
from ssrcred.place import DISTRICT
from ssrcred.story import Portal

if TYPE_CHECKING:
    from ssrcred.cli.session import Session
    from ssrcred.credential import SecretKey
    from ssrcred.vault import Vault

Probes = Mapping[str, "tuple[str, SecretKey]"]


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


def portal(session: Session, lea: Lea, vault: Vault) -> OpenPortal | None:
    """The LEA's portal by its driver; None for an LEA without one. Raises ConfigInvalid, KeyringFailed, UsageWrong."""
    if lea.schoolwise is None:
        return None
    name = session.driver or lea.schoolwise.driver
    if name not in DRIVERS:
        raise UsageWrong(
            f"There is no driver '{name}'.", state="Nothing was done.", hint=f"The drivers are: {', '.join(DRIVERS)}."
        )
    probes = {place: (account, vault.secret(secret)) for place, (account, secret) in accounts(lea).items()}
    if name == "hand":
        return _by_hand(session, lea.schoolwise, probes)
    password = vault.secret("schoolwise")
    if name == "browser":
        return _by_browser(session, lea.schoolwise, password, probes)
    return _by_http(session, lea.schoolwise, password, probes)


def _by_http(session: Session, place: Schoolwise, password: SecretKey, probes: Probes) -> OpenPortal:
    from ssrcred.portal import FormPortal, load
    from ssrcred.portal.replay import ReplayPortal
    from ssrcred.web import Limits

    words = load(place.map)
    kind = FormPortal if words.recording is None else ReplayPortal
    limits = Limits(**place.limits)
    return kind(place.url, place.username, password, words, probes=probes, limits=limits, clock=session.machine.now)


def _by_browser(session: Session, place: Schoolwise, password: SecretKey, probes: Probes) -> OpenPortal:
    from ssrcred.portal import load
    from ssrcred.portal.browser import BrowserPortal
    from ssrcred.web import Limits

    return BrowserPortal(
        place.url,
        place.username,
        password,
        load(place.map),
        probes=probes,
        limits=Limits(**place.limits),
        clock=session.machine.now,
        browser=place.browser,
        show=session.show_browser,
        say=session.say,
    )


def _by_hand(session: Session, place: Schoolwise, probes: Probes) -> OpenPortal:
    from ssrcred.portal import load
    from ssrcred.portal.hand import HandPortal

    return HandPortal(
        place.url,
        load(place.map),
        person=None if session.asker.no_input else Somebody(session.asker, session),
        clipboard=session.machine.clipboard(),
        schools=place.schools,
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
