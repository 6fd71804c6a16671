"""One account at one portal: logged in once, and led from page to page by visible words.

A log-in that was refused is final: it is remembered, and no request is made again for this account. A session that was
accepted and has ended meanwhile is opened again once in the life of this object (domain.md: a lock after bad
passwords exists, its threshold is unknown).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urldefrag, urlsplit

from ssrcred.credential import SecretKey
from ssrcred.errors import LoginRefused, PageNotUnderstood, SsrcredError, Unreachable
from ssrcred.portal.arrival import opened, refresh_of, with_frames
from ssrcred.portal.control import Control
from ssrcred.portal.door import Door, doors_on
from ssrcred.portal.form import Form, Request, encode, entries
from ssrcred.portal.map import PortalMap, Words
from ssrcred.portal.page import Button, Frame, Link, Page, overview, read
from ssrcred.portal.tour import with_turns
from ssrcred.portal.tree import Node
from ssrcred.portal.words import same, says
from ssrcred.web import Answer, AnswerLost, Limits, Site

MOST_LOG_INS: Final = 2
"""The log-in, and one renewal of a session that was accepted and has ended."""


@dataclass(frozen=True, repr=False)
class Account:
    """Who logs in, and whether what it sees may be a student's: of such pages no word is quoted."""

    username: str
    password: SecretKey
    sees_students: bool = False


class Session:
    """A visit of one account. Every page comes from `site`; `words` say what to look for."""

    def __init__(self, site: Site, base: str, account: Account, words: PortalMap, limits: Limits | None = None) -> None:
        self._site, self._base, self._account, self._words = site, base, account, words
        self._most_hops = (limits or Limits()).max_hops
        self._door_names: tuple[str, str] | None = None
        self._log_ins = 0
        self._landing: Page | None = None
        self._reached: Page | None = None
        self._door: Page | None = None
        self._final: SsrcredError | None = None

    def reach(self, steps: tuple[Words, ...], address: str = "", wanted: Callable[[Page], bool] = bool) -> Page:
        """The page that `address`, or choosing `steps` one after another from the first page, leads to.

        A step that is not there is passed over if a later one is, or if the page already is what is `wanted`. A page
        that was reached before is asked for again where it was, which may be elsewhere than the log-in led to.
        Raises LoginRefused, PageNotUnderstood or Unreachable; nothing but reading and logging in is done.
        """
        while True:
            page = self._again(wanted) or self._from_the_start(steps, address, wanted)
            if not self._is_door(page):
                self._reached = page
                return page if self._account.sees_students else with_turns(page, self._words, self)
            self._landing, self._reached, self._door = None, None, page  # the session has ended: log in again

    def _again(self, wanted: Callable[[Page], bool]) -> Page | None:
        if self._reached is None or self._final is not None:
            return None
        page = self._reload(self._reached)
        return page if wanted(page) or self._is_door(page) else None

    def _from_the_start(self, steps: tuple[Words, ...], address: str, wanted: Callable[[Page], bool]) -> Page:
        page = self._first_page()
        return self.open(address, page) if address else self._walk(page, steps, wanted)

    def open(self, address: str, before: Page) -> Page:
        """The page at an address on the portal."""
        return self.checked(self._site.get(address, _from(before)))

    def _reload(self, page: Page) -> Page:
        """A page as it is now, with the same parts shown and the same pages in its frames."""
        fresh, frames = self.open(page.url, page), list[Frame]()
        for at, frame in enumerate(fresh.frames):
            before = page.frames[at].page if at < len(page.frames) else frame.page
            frames.append(frame if before.url == frame.page.url else Frame(frame.name, self._reload(before)))
        return replace(fresh, shown=page.shown, frames=tuple(frames))

    def choose(self, page: Page, words: Words) -> Answer | Page | None:
        """What choosing the link, tab or button called one of `words` answers; None if there is none.

        The page itself, with more of it shown, if that is all that the choice does. Of several that lead to different
        places none is chosen (PageNotUnderstood), unless the account sees students: then they are one for each child.
        """
        found = self._find(page, words)
        return None if found is None else self._take(page, found)

    def _find(self, page: Page, words: Words) -> Link | Button | None:
        for word in words:
            links = [item for item in page.links() if same(item.words, [word])]
            buttons = [item for item in page.buttons() if same(item.words, [word]) and not _asks_password(item)]
            if not links and not buttons:
                continue
            several = len({item.shows or item.url for item in links}) > 1 or (
                not links and len({_effect(item) for item in buttons}) > 1
            )
            if several and not self._account.sees_students:
                raise self.lost(page, f"has more than one thing called {word}")
            return links[0] if links else buttons[0]
        return None

    def _take(self, page: Page, found: Link | Button) -> Answer | Page | None:
        if found.shows and not (isinstance(found, Button) and found.control.submits):
            return page.showing(found.shows)
        if isinstance(found, Link):
            return self.fetch(found.url, _holder(page, found.node))
        if found.control.submits:
            return self.press(page, found.form, found.submitter, found.sets)
        return None

    def _step(self, page: Page, words: Words) -> Page | None:
        """The page that is shown after a step; with frames, the answer stands in the one it was meant for."""
        found = self._find(page, words)
        taken = None if found is None else self._take(page, found)
        if found is None or not isinstance(taken, Answer):
            return taken if isinstance(taken, Page) else None
        fresh = self.checked(taken)
        if isinstance(found, Link):
            return opened(page, found.node, found.frame, fresh)
        return opened(page, found.control.node, found.form.node.attributes.get("target", ""), fresh)

    def press(self, page: Page, form: Form, button: Control | None, filled: Mapping[Node, str] | None = None) -> Answer:
        """The answer to sending a form as a browser would."""
        holder = page.with_form(form)
        return self.send(holder, encode(form, entries(form, button, filled), button, base=holder.base))

    def send(self, page: Page, request: Request) -> Answer:
        """The answer to a request that a form on `page` makes; once."""
        if not self._site.covers(request.url):
            raise self.lost(page, "has a form that leads to another site")
        if request.method == "GET":
            return self.fetch(request.url, page)
        headers = {**request.headers, **_from(page), "Origin": _origin(page.url)}
        return self._site.send("POST", request.url, content=request.content, headers=headers)

    def checked(self, answer: Answer) -> Page:
        """The page in an answer, with its frames, or the one that it goes on to by itself after a few seconds.

        Nothing is followed to another site. Raises Unreachable if the portal says that it is not at work.
        """
        for _ in range(self._most_hops + 1):
            page = read(answer)
            if page.status >= SERVER_FAILED:
                raise self._closed()
            onward = refresh_of(page)
            if not onward or not self.covers(onward) or _waits_for_a_password(page):
                return with_frames(page, self.covers, self.fetch)
            answer = self.fetch(onward, page)
        raise self.lost(page, "sends from one page to the next without end")

    def follow(self, page: Page, link: Link) -> Page:
        """The page that is shown after a link was followed."""
        return opened(page, link.node, link.frame, self.checked(self.fetch(link.url, _holder(page, link.node))))

    def submit(self, page: Page, form: Form, button: Button | None, choice: tuple[Node, str]) -> Page:
        """The page that a form answers once a list's choice was made in it."""
        typed = {**(button.sets if button is not None else {}), choice[0]: choice[1]}
        try:
            answer = self.press(page, form, button.submitter if button is not None else None, typed)
        except AnswerLost as error:
            failure = Unreachable(error.message, state="Nothing was written.", hint=error.hint)
        else:
            return opened(page, form.node, form.node.attributes.get("target", ""), self.checked(answer))
        raise failure

    def lost(self, page: Page, what: str) -> SsrcredError:
        """The error for a page that is not what it should be: closed for maintenance, or not understood."""
        if any(says(block, self._words.page.maintenance) for block in page.blocks()):
            return self._closed()
        shown = "" if self._account.sees_students else " " + overview(page)
        return PageNotUnderstood(
            f"A page of {self._words.name} {what}.",
            state="Nothing was written." + shown,
            hint="Open the page in a browser. If it looks as usual, it may need a portal map: `map` in config.toml.",
        )

    def _closed(self) -> Unreachable:
        return Unreachable(
            f"{self._words.name} answers that it is not at work now.",
            state="Nothing was written.",
            hint="Try again later. If it lasts, ask the help desk of the portal.",
        )

    def covers(self, url: str) -> bool:
        """Whether an address is on the portal itself."""
        return self._site.covers(url)

    def fetch(self, url: str, page: Page) -> Answer:
        """The answer to following a link on `page`."""
        return self._site.get(url, _from(page))

    def close(self) -> None:
        """Forget the cookies. The portal is not logged out of: the session there ends by itself."""
        self._site.close()

    def _walk(self, page: Page, steps: tuple[Words, ...], wanted: Callable[[Page], bool]) -> Page:
        at = 0
        while at < len(steps):
            for ahead in range(at, len(steps)):
                found = self._step(page, steps[ahead])
                if found is not None:
                    break
            else:
                if wanted(page) or self._is_door(page):
                    return page
                raise self.lost(page, f"has nothing called {' or '.join(steps[at])}")
            page, at = found, ahead + 1
        return page

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
            words = self._words.login
            raise self.lost(page, f"has no log-in form with {words.username[0]} and {words.password[0]}")
        if self._log_ins == MOST_LOG_INS:
            raise self._ended(self._refused("asks for the log-in again and again"))
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
        if asks or page.status in (FORBIDDEN, TOO_MANY):
            raise self._ended(self._refused("refused the log-in"))
        if any(says(block, words.code) for block in text) and page.fields():
            raise self._ended(
                PageNotUnderstood(
                    f"{self._words.name} asks {self._account.username} for a further step, such as a code.",
                    state="The log-in is not complete. Nothing was written.",
                    hint='Use an account that logs in with a password alone, or set driver = "hand" in config.toml.',
                )
            )
        return page

    def _ended(self, error: SsrcredError) -> SsrcredError:
        """Remember an error after which no request is made any more."""
        self._final = error
        return error

    def _refused(self, what: str) -> LoginRefused:
        return LoginRefused(
            f"{self._words.name} {what} for {self._account.username}.",
            state="It was tried once and will not be tried again: portals lock accounts. Nothing was written.",
            hint="Log in by hand in a browser. Then correct the user name or store the password: ssrcred secret set.",
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
FORBIDDEN: Final = 403
TOO_MANY: Final = 429
SERVER_FAILED: Final = 500


def _asks_password(button: Button) -> bool:
    """Forms with a password are sent by `press` on purpose, never because a button has the name of a step.

    A tab that sends its page back says which tab it is, so that the page it is on is not taken for a save.
    """
    return button.submitter is not None and any(item.kind == "password" for item in button.form.controls)


def _waits_for_a_password(page: Page) -> bool:
    return any(item.control.kind == "password" for item in page.fields())


def _effect(button: Button) -> tuple[object, ...]:
    control = button.control
    if not control.submits:
        return (button.shows or control.node,)
    return (button.form, control.name, control.value, control.node.attributes.get("formaction"), *button.sets.values())


def _holder(page: Page, node: Node) -> Page:
    """The page, this one or one in its frames, that an element stands on."""
    root = list(node.ancestors())[-1]
    return next((inner for inner in page.whole() if inner.root is root), page)


def _from(page: Page) -> dict[str, str]:
    """The header that tells where a link or form was; checks against forged requests look at it."""
    return {"Referer": urldefrag(page.url).url}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
