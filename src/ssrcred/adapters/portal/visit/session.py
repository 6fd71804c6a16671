"""One account at one portal: logged in once, and led from page to page by visible words.

A log-in that was refused is final: it is remembered, and no request is made again for this account. A session that was
accepted and has ended meanwhile is opened again once in the life of this object (domain.md: a lock after bad
passwords exists, its threshold is unknown).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ssrcred.adapters.portal.html.page import Page
from ssrcred.adapters.portal.html.wording import same, says
from ssrcred.adapters.portal.map import PortalMap, Words
from ssrcred.adapters.portal.visit.sign_in_form import Door, doors_on
from ssrcred.adapters.portal.visit.step import StepMissing
from ssrcred.adapters.portal.visit.walk import FORBIDDEN, Walk, asks_password
from ssrcred.credential import SecretKey
from ssrcred.errors import Cause, LoginRefused, PageNotUnderstood, PersonNeeded, SsrcredError, Unreachable
from ssrcred.web import Answer, Limits, Site

MOST_LOG_INS: Final = 2
"""The log-in, and one renewal of a session that was accepted and has ended."""


@dataclass(frozen=True, repr=False)
class Account:
    """Who logs in, and whether what it sees may be a student's: of such pages no word is quoted."""

    username: str
    password: SecretKey
    sees_students: bool = False


class Session(Walk):
    """A visit of one account; see Walk for how it goes from page to page.

    `by_person` tells that a person did a part of the sign-in, in a window that they saw.
    """

    by_person = False

    def __init__(self, site: Site, base: str, account: Account, words: PortalMap, limits: Limits | None = None) -> None:
        super().__init__(site, words, limits, sees_students=account.sees_students)
        self._base, self._account = base, account
        self._door_names: tuple[str, str] | None = None
        self._log_ins = 0
        self._landing: Page | None = None
        self._door: Page | None = None
        self._final: SsrcredError | None = None
        self._was_in = False

    def reach(self, steps: tuple[Words, ...]) -> Page:
        """The page that choosing `steps` one after another from the first page leads to; one that is not there is
        passed over. Raises LoginRefused, PageNotUnderstood or Unreachable; reads only.
        """
        while True:
            page = self.start()
            for words in steps:
                with suppress(StepMissing):
                    step = self.find(page, words)
                    page = page if step is None else self.take(page, step)
            if not self._is_door(page):
                self._was_in = True
                return page
            self._sign_in_again_at(page)

    def start(self) -> Page:
        """The first page behind the sign-in. Raises LoginRefused, PageNotUnderstood or Unreachable."""
        while True:
            page = self._first_page()
            if not self._is_door(page):
                return page
            self._sign_in_again_at(page)

    def follow_way(self, way: Sequence[str], address: str = "") -> Page:
        """The page that an address under the portal's own, and then each of the texts, lead to; reads only.

        Raises StepMissing for a text that nothing on its page is called, and what `start` raises.
        """
        while True:
            page = self.start()
            if address:
                page = self.open(address, page)
            for text in way:
                if self._is_door(page):
                    break
                page = self.go(page, text, to_the_letter=True)
            if not self._is_door(page):
                self._was_in = True
                return page
            self._sign_in_again_at(page)

    def reveal(self, page: Page, label: str) -> Page | None:
        """Nothing: what is text until it is clicked is a script's, and only a browser runs those."""
        return None

    def _sign_in_again_at(self, page: Page) -> None:
        """Forget where this visit was: the session has ended, and `page` asks for the sign-in anew."""
        self._landing, self._door = None, page

    def _first_page(self) -> Page:
        if self._final is not None:
            raise type(self._final)(self._final.message, state=self._final.state, hint=self._final.hint)
        if self._landing is None:
            self._landing = self._log_in()
            return self._landing
        return self.open(self._landing.url, self._landing)

    def _log_in(self) -> Page:
        page = self._door if self._door is not None else self.checked(self._site.get(self._base))
        found = self._log_in_form(page)
        if found is None and self._door is not None:
            self._door = None
            return self._log_in()
        if found is None and self._words.login.open:
            answer = self.choose(page, self._words.login.open)
            page = self.checked(answer) if isinstance(answer, Answer) else answer or page
            found = self._log_in_form(page)
        if found is None:
            if page.status == FORBIDDEN:
                raise self._ended(self._blocked())
            words = self._words.login
            asked = [item for item in page.fields() if item.is_called(words.username)]
            if len(asked) == 1 and not any(item.control.kind == "password" for item in page.fields()):
                raise self.lost(page, "asks for the user name first and for the password on another page, if at all")
            raise self.lost(page, f"has no log-in form with {words.username[0]} and {words.password[0]}")
        if self._log_ins == MOST_LOG_INS:
            raise self._ended(self._refused("asks for the log-in again and again", was_in=self._was_in))
        self._log_ins += 1
        self._door_names = found.names
        button = found.button
        typed = dict(button.sets) if button is not None else {}
        typed |= {found.username.control.node: self._account.username}
        typed |= {found.password.control.node: self._account.password.reveal()}
        try:
            after = self.checked(self.press(page, found.form, button.submitter if button is not None else None, typed))
        except (Unreachable, PageNotUnderstood) as error:
            failure = self._ended(error)
        else:
            return self._accepted(after)
        raise failure

    def _accepted(self, page: Page) -> Page:
        """The page after the log-in, if it is one; what else it says is remembered."""
        words, text = self._words.login, page.blocks()
        asks = self._is_door(page) or (
            bool(doors_on(page, self._words.login)) and any(says(block, words.refused) for block in text)
        )
        if asks and any(says(block, words.locked) for block in text):
            raise self._ended(self._refused("says that the account is locked"))
        if asks or (page.status == FORBIDDEN and asks_password(page)):
            raise self._ended(self._refused("refused the log-in"))
        if page.status == FORBIDDEN:
            raise self._ended(self._blocked())
        if (needed := self._needed(page)) is not None:
            raise self._ended(needed)
        return page

    def lost(self, page: Page, what: str) -> SsrcredError:
        """The error for a page that is not what it should be; one that waits for a person is told as that."""
        needed = self._needed(page) if self._log_ins else None
        return super().lost(page, what) if needed is None else self._ended(needed)

    def _leads_on(self, page: Page) -> bool:
        """Whether a page has what is looked for behind the log-in, whatever else it offers or asks."""
        way = [word for step in (*self._words.settings.steps, *self._words.proof.steps) for word in step]
        words = (*way, *self._words.proof.button)
        offered = [item.words for item in page.links()] + [item.words for item in page.buttons()]
        called = any(same(said, words) for said in offered)
        return called or any(item.is_called(self._words.fields.key) for item in page.fields())

    @property
    def _secret(self) -> str:
        """What the account's password is stored as; of a school's parent the commands know better."""
        return "parent" if self._account.sees_students else "schoolwise"

    def _needed(self, page: Page) -> PersonNeeded | None:
        """What a page waits for that only a person can do, if it does."""
        words, text = self._words.login, page.blocks()
        if any(says(block, words.code) for block in text) and page.fields():
            return PersonNeeded(
                f"{self._words.name} asks {self._account.username} for a further step, such as a code.",
                state="The sign-in is not complete. Nothing was written.",
                hint="At a terminal you can sign in yourself: ssrcred portal confirm --show-browser. Or use an account "
                'that signs in with a password alone, or set driver = "hand" in config.toml.',
            )
        renew = any(says(block, words.new_password) for block in text) and asks_password(page)
        if renew and not self._leads_on(page):
            return PersonNeeded(
                f"{self._words.name} wants a new password for {self._account.username}.",
                state="The password was accepted, but the sign-in is not complete. Nothing was written.",
                hint="Sign in by hand in a browser and choose the new password. "
                f"Then store it: ssrcred secret set {self._secret}",
            )
        return None

    def _blocked(self) -> Unreachable:
        return Unreachable(
            f"{self._words.name} blocks this program: it answers the sign-in with HTTP 403 and no sign-in form.",
            state="Nothing was written. This says nothing about the password.",
            hint="Sign in by hand in a browser on this computer. If that works, IT looks at the filter that stands "
            "before the portal.",
            cause=Cause.BLOCKED,
        )

    def _ended(self, error: SsrcredError) -> SsrcredError:
        """Remember an error after which no request is made any more."""
        self._final = error
        return error

    def _refused(self, what: str, *, was_in: bool = False) -> LoginRefused:
        return LoginRefused(
            f"{self._words.name} {what} for {self._account.username}.",
            state="It was tried once and will not be tried again: portals lock accounts. Nothing was written.",
            hint="Log in by hand in a browser. Then correct the user name if that was wrong, and set the "
            f"password: ssrcred secret set {self._secret}",
            was_in=was_in,
        )

    def _is_door(self, page: Page) -> bool:
        """Whether a page asks for the log-in that was made before, so that the session has ended.

        Settings may hold the user name and password of another system; a form of other fields, or one that already
        holds another user name, is not the log-in's, and the account's password is not for it.
        """
        known = ("", self._account.username)
        return page.status == UNAUTHORIZED or any(
            door.names == self._door_names and door.username.control.value in known
            for door in doors_on(page, self._words.login)
        )

    def _log_in_form(self, page: Page) -> Door | None:
        found = doors_on(page, self._words.login)
        if len(found) > 1:
            raise self.lost(page, "has more than one log-in form")
        return found[0] if found else None


UNAUTHORIZED: Final = 401
