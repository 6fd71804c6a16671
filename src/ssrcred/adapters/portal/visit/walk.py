"""From page to page of a portal as a person goes: links, buttons and forms that are found by their visible words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urldefrag, urlsplit

from ssrcred.adapters.portal.html.control import Control
from ssrcred.adapters.portal.html.form import Form, Request, encode, entries
from ssrcred.adapters.portal.html.page import Button, Link, Page, read
from ssrcred.adapters.portal.html.tree import LISTED, Node
from ssrcred.adapters.portal.html.wording import says
from ssrcred.adapters.portal.map import PortalMap, Words
from ssrcred.adapters.portal.visit.arrival import opened, refresh_of, with_frames
from ssrcred.adapters.portal.visit.step import (
    Choice,
    Step,
    StepMissing,
    opens_in_place,
    shown_on,
    step_called,
)
from ssrcred.errors import Cause, PageNotUnderstood, SsrcredError, Unreachable
from ssrcred.web import Answer, AnswerLost, Limits, Site

SERVER_FAILED: Final = 500
FORBIDDEN: Final = 403
TOO_MANY: Final = 429
MOST_FIELDS: Final = 10_000
"""A thousand schools in one form have some 5,000."""


class Walk:
    """A way through one portal. Every page comes from `site`; `words` say what to look for.

    `sees_students` tells that its pages may be about students: then none of their words is quoted.
    """

    def __init__(self, site: Site, words: PortalMap, limits: Limits | None = None, *, sees_students: bool) -> None:
        self._site, self._words, self._sees_students = site, words, sees_students
        self._most_hops = (limits or Limits()).max_hops

    def open(self, address: str, before: Page) -> Page:
        """The page at an address on the portal."""
        return self.checked(self._site.get(address, _from(before)))

    def go(self, page: Page, text: str, *, to_the_letter: bool = False) -> Page:
        """The page that choosing what is called `text` leads to: a link, a tab, a button, or a choice of a list.

        Raises StepMissing if nothing is called so, or several things that lead to different places.
        """
        try:
            step = self.step(page, text, to_the_letter=to_the_letter)
        except StepMissing:
            if opens_in_place(page, text):
                return page  # what a menu holds stands on the page already
            raise
        return self.take(page, step)

    def step(self, page: Page, text: str, *, to_the_letter: bool = False) -> Step:
        """What on a page is called `text`. Raises StepMissing."""
        go, opens = self._words.schools.go, self._words.schools.open
        return step_called(page, text, go, opens, to_the_letter=to_the_letter, first=self._sees_students)

    def take(self, page: Page, step: Step) -> Page:
        """The page that taking a step leads to."""
        if isinstance(step, Choice):
            return self.submit(page, step.field.form, step.button, (step.field.control.node, step.value))
        if isinstance(step, Button) and not step.control.submits and not step.shows:
            raise StepMissing(step.words, page)
        taken = self._take(page, step)
        if not isinstance(taken, Answer):
            return taken if taken is not None else page
        fresh = self.checked(taken)
        if isinstance(step, Link):
            return opened(page, step.node, step.frame, fresh)
        return opened(page, step.control.node, step.form.node.attributes.get("target", ""), fresh)

    def find(self, page: Page, words: Words) -> Step | None:
        """What is called one of `words`, the first that there is. Raises StepMissing for several that lead elsewhere.

        An account that sees students gets the first of several: they are one for each child.
        """
        for text in words:
            try:
                return self.step(page, text)
            except StepMissing as missing:
                if missing.several:
                    raise
        return None

    def choose(self, page: Page, words: Words) -> Answer | Page | None:
        """What choosing the link, tab or button called one of `words` answers; None if there is none.

        The page itself, with more of it shown, if that is all that the choice does.
        """
        try:
            found = self.find(page, words)
        except StepMissing as missing:
            raise self.lost(page, f"has more than one thing called {missing.text}") from None
        return self._take(page, found) if isinstance(found, Link | Button) else None

    def _take(self, page: Page, found: Link | Button) -> Answer | Page | None:
        if found.shows and not (isinstance(found, Button) and found.control.submits):
            return page.showing(found.shows)
        if isinstance(found, Link):
            return self.fetch(found.url, _holder(page, found.node))
        if found.control.submits:
            return self.press(page, found.form, found.submitter, found.sets)
        return None

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

        Nothing is followed to another site. Raises Unreachable if the portal says that it is down, or that it was asked
        too often.
        """
        for _ in range(self._most_hops + 1):
            page = self._bounded(read(answer))
            self._at_work(page, answer)
            onward = refresh_of(page)
            if not onward or not self.covers(onward) or asks_password(page):
                return with_frames(page, self.covers, self.fetch)
            answer = self.fetch(onward, page)
        raise self.lost(page, "sends from one page to the next without end")

    def _at_work(self, page: Page, answer: Answer) -> None:
        if page.status >= SERVER_FAILED:
            raise self._closed()
        if page.status == TOO_MANY:
            seconds = answer.retry_after(datetime.now(UTC))
            raise Unreachable(
                f"{self._words.name} was asked too often, and takes no requests for now (HTTP 429).",
                state="Nothing was written. This says nothing about the password.",
                hint="Try again later." if seconds is None else f"Try again in {_in_words(seconds)}.",
                cause=Cause.BUSY,
            )

    def submit(self, page: Page, form: Form, button: Button | None, choice: tuple[Node, str]) -> Page:
        """The page that a form answers once a list's choice was made in it."""
        typed = {**(button.sets if button is not None else {}), choice[0]: choice[1]}
        try:
            answer = self.press(page, form, button.submitter if button is not None else None, typed)
        except AnswerLost as error:
            failure = Unreachable(error.message, state="Nothing was written.", hint=error.hint, cause=error.cause)
        else:
            return opened(page, form.node, form.node.attributes.get("target", ""), self.checked(answer))
        raise failure

    def lost(self, page: Page, what: str) -> SsrcredError:
        """The error for a page that is not what it should be: closed for maintenance, or not understood."""
        if any(says(block, self._words.page.maintenance) for block in page.blocks()):
            return self._closed()
        if page.status == FORBIDDEN:
            return PageNotUnderstood(
                f"A page of {self._words.name} answers HTTP 403: a filter, or a right that the account lacks.",
                state="Nothing was written.",
                hint="Sign in with this account in a browser on this computer and open the page. If it opens, IT looks "
                "at the filter. If not, whoever manages the accounts gives this one the right.",
            )
        shown = "" if self._sees_students else f" The page shows: {shown_on(page)}."
        hint = "Open the page in a browser. If it looks as usual, it may need a portal map: `map` in config.toml."
        if _is_built_by_script(page):
            hint = 'A script builds that page. Set driver = "browser" in config.toml, or use: --driver hand.'
        return PageNotUnderstood(
            f"A page of {self._words.name} {what}.",
            state="Nothing was written." + shown,
            hint=hint,
        )

    def _bounded(self, page: Page) -> Page:
        """The page, unless it has so many fields that to look through them would have no end."""
        if sum(node.tag in LISTED for node in page.root.walk()) <= MOST_FIELDS:
            return page
        raise PageNotUnderstood(
            f"A page of {self._words.name} has more than {MOST_FIELDS:,} fields.",
            state="Nothing was written.",
            hint="Open the page in a browser. If it is the right one, the pair can be written by hand: --driver hand.",
        )

    def _closed(self) -> Unreachable:
        return Unreachable(
            f"{self._words.name} answers that it is not at work now.",
            state="Nothing was written.",
            hint="Try again later. If it lasts, ask the help desk of the portal.",
            cause=Cause.DOWN,
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


def _is_built_by_script(page: Page) -> bool:
    """Whether a page comes with scripts, and with nothing yet that a person could use."""
    scripted = any(node.tag == "script" for inner in page.whole() for node in inner.root.walk())
    return scripted and not (page.links() or page.buttons() or page.fields())


def _in_words(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{-(-seconds // 60):.0f} minutes"


def asks_password(page: Page) -> bool:
    """Whether a page has a field for a password that can be seen."""
    return any(item.control.kind == "password" for item in page.fields())


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
