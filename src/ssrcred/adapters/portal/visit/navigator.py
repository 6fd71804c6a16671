"""A visit of one account: signs in once and follows the visible words of links and buttons from page to page.

A rejected sign-in is final: it is remembered, and no request is made again for this account. An accepted session that
has ended is opened again once (domain.md: portals lock accounts after bad passwords; after how many is unknown).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urldefrag, urlsplit

from ssrcred.adapters.portal.html.form import Form, Request, encode, entries
from ssrcred.adapters.portal.html.page import Button, Field, Link, Page, read_page, with_frames
from ssrcred.adapters.portal.html.text_comparison import same, says
from ssrcred.adapters.portal.html.tree import LISTED, Node
from ssrcred.adapters.portal.map import LoginWords, PortalMap, Words
from ssrcred.adapters.portal.visit.page_links import Step, StepMissing, opens_in_place, shown_on, step_called
from ssrcred.adapters.portal.visit.setting_form import Filling
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.request_log import doing
from ssrcred.adapters.web.site import Site
from ssrcred.adapters.web.trouble import AnswerLost
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import Cause, LoginRefused, PageNotUnderstood, PersonNeeded, SsrcredError, Unreachable

if TYPE_CHECKING:
    import httpx

UNAUTHORIZED, FORBIDDEN, TOO_MANY, SERVER_FAILED = 401, 403, 429, 500
MOST_FIELDS: Final = 10_000  # a thousand schools in one form have some 5,000


@dataclass(frozen=True, repr=False)
class Account:
    """Who signs in, and whether what it sees may be a student's: of such pages no word is quoted."""

    username: str
    password: SecretKey
    sees_students: bool = False


class SignInForm(NamedTuple):
    """The two fields of a form that asks for a sign-in, and its button, None if it has none at all."""

    username: Field
    password: Field
    button: Button | None

    @property
    def names(self) -> tuple[str, str]:
        return self.username.control.name, self.password.control.name


class Session:
    """A visit of one account over HTTP. Every page comes from `site`; `words` say what to look for."""

    by_person = False  # a person did a part of the sign-in, in a window that they saw

    def __init__(self, site: Site, base: str, account: Account, words: PortalMap, limits: Limits | None = None) -> None:
        self._site, self._base, self._account, self._words = site, base, account, words
        self.covers = site.covers
        # What the account's password is stored as; of a school's parent the commands know better.
        self._secret = "parent" if account.sees_students else "schoolwise"
        self._most_hops = (limits or Limits()).max_hops
        self._sign_in_names: tuple[str, str] | None = None
        self._sign_ins = 0
        self._landing: Page | None = None  # the first page behind the sign-in
        self._asking: Page | None = None  # one that asks for the sign-in again
        self._final: SsrcredError | None = None  # raised from then on, without a request
        self._was_in = False  # a page behind the sign-in was reached: the password was right then

    # navigation

    def start(self, led: Callable[[Page], Page] | None = None) -> Page:
        """Sign in if needed, and return the first page, or the page that `led` reaches from there.

        A session that has ended on the way is opened again, and the way taken once more.
        """
        while True:
            if self._final is not None:
                raise type(self._final)(self._final.message, state=self._final.state, hint=self._final.hint)
            if self._landing is None:
                page = self._landing = self._sign_in()
            else:
                page = self.open(self._landing.url, self._landing)
            if led is not None and not self._asks_sign_in(page):
                page = led(page)
            if not self._asks_sign_in(page):
                self._was_in = self._was_in or led is not None
                return page
            self._landing, self._asking = None, page

    def reach(self, steps: tuple[Words, ...]) -> Page:
        """The page that choosing `steps` in turn from the first page leads to; a missing one is skipped. Only reads."""

        def led(page: Page) -> Page:
            for words in steps:
                with suppress(StepMissing):
                    step = self.find(page, words)
                    page = page if step is None else self.take(page, step)
            return page

        return self.start(led)

    def follow_way(self, way: Sequence[str], address: str = "") -> Page:
        """The page that an address under the portal's own, and then each of the texts, lead to. Raises StepMissing."""

        def led(page: Page) -> Page:
            page = self.open(address, page) if address else page
            for text in way:
                if self._asks_sign_in(page):
                    break
                try:
                    page = self.take(page, self.step(page, text, to_the_letter=True))
                except StepMissing:
                    if not opens_in_place(page, text):  # what a menu holds stands on the page already
                        raise
            return page

        return self.start(led)

    def open(self, address: str, before: Page) -> Page:
        return self.checked(self._site.get(address, _from(before)))

    def step(self, page: Page, text: str, *, to_the_letter: bool = False) -> Step:
        """Return what is called `text` on a page. Raises StepMissing."""
        first = self._account.sees_students  # several are one for each child of a family: any of them will do
        return step_called(page, text, self._words.schools, to_the_letter=to_the_letter, first=first)

    def find(self, page: Page, words: Words) -> Step | None:
        """Return what is called by the first of `words` that is there. Raises StepMissing for several of one name."""
        for text in words:
            try:
                return self.step(page, text)
            except StepMissing as missing:
                if missing.several:
                    raise
        return None

    def take(self, page: Page, step: Step) -> Page:
        """Return the page that a step leads to. Raises StepMissing for a button that only a script could press."""
        try:
            taken = self._taken(page, step)
        except AnswerLost as error:
            if isinstance(step, Link) or step.chooses_in is None:
                raise
            # Choosing in a list saves nothing (page_links.py), so a lost answer leaves nothing open.
            state = "Nothing was written."
            raise Unreachable(error.message, state=state, hint=error.hint, cause=error.cause) from None
        if taken is None:
            raise StepMissing(step.words, page)
        if isinstance(taken, Page):
            return taken
        return self.checked(taken)

    def choose(self, page: Page, words: Words) -> Answer | Page | None:
        """Choose the link, tab or button called one of `words`: its answer, or the page that shows more; or None."""
        try:
            step = self.find(page, words)
        except StepMissing as missing:
            raise self.lost(page, f"has more than one thing called {missing.text}") from None
        return self._taken(page, step) if isinstance(step, Link | Button) else None

    def _taken(self, page: Page, step: Step) -> Answer | Page | None:
        if isinstance(step, Button) and step.control.submits:
            return self.press(page, step.form, step)
        if step.shows:
            return page.showing(step.shows)
        if isinstance(step, Button):
            return None
        return self.fetch(step.url, page.holding(step.node))

    def reveal(self, page: Page, label: str) -> Page | None:
        """Return None: text that becomes a field when it is clicked needs a script, and only a browser runs those."""
        return None

    # requests

    def fetch(self, url: str, page: Page) -> Answer:
        return self._site.get(url, _from(page))

    def press(self, page: Page, form: Form, button: Button | None, typed: Mapping[Node, str] | None = None) -> Answer:
        """Send a form as a browser would, with what its button sets and what was typed, and return the answer."""
        submitter = button.submitter if button is not None else None
        filled = {**(button.sets if button is not None else {}), **(typed or {})}
        holder = page.holding(form.node)
        return self._send(holder, encode(form, entries(form, submitter, filled), submitter, base=holder.base))

    def _send(self, page: Page, request: Request) -> Answer:
        """Send the request that a form on `page` makes, once."""
        if not self.covers(request.url):
            raise self.lost(page, "has a form that leads to another site")
        if request.method == "GET":
            return self.fetch(request.url, page)
        # Checks against forged requests look at where a form was.
        here = urlsplit(page.url)
        headers = {**request.headers, **_from(page), "Origin": f"{here.scheme}://{here.netloc}"}
        return self._site.send("POST", request.url, content=request.content, headers=headers)

    def save(self, filling: Filling, username: str, key: str) -> Answer:
        """Save the two texts, once, and return the answer."""
        # Raises PageNotUnderstood or Unreachable while nothing was sent; then only AnswerLost or AnswerUnfit.
        request, objection = filling.request(username, key)
        if objection:
            raise self._unfit(filling.page, objection)  # what a box says of a new password is no further step
        return self._send(filling.page, request)

    def close(self) -> None:
        """Forget the cookies. There is no sign-out: the session ends by itself."""
        self._site.close()

    def checked(self, answer: Answer) -> Page:
        """The page in an answer with its frames, or the page that it moves on to by itself."""
        for _ in range(self._most_hops + 1):
            page = self._usable(read_page(answer), answer)
            onward = page.refresh
            if not onward or not self.covers(onward) or asks_password(page):  # a sign-in form may time out
                return with_frames(page, self.covers, self.fetch)
            answer = self.fetch(onward, page)
        raise self.lost(page, "goes from page to page without end")

    def _usable(self, page: Page, answer: Answer) -> Page:
        """Return the page, unless it is an error of the portal or has more fields than can be looked through."""
        if sum(node.tag in LISTED for node in page.root.walk()) > MOST_FIELDS:
            raise PageNotUnderstood(
                f"A page of {self._words.name} has more than {MOST_FIELDS:,} fields.",
                state="Nothing was written.",
                hint="Open the page in a browser. If it is the right one, save the credentials by hand: --driver hand.",
            )
        if page.status >= SERVER_FAILED:
            raise self._closed(page)
        if page.status == TOO_MANY:
            seconds = answer.retry_after(datetime.now(UTC))
            later = "later" if seconds is None else f"in {seconds:.0f} seconds"
            if seconds is not None and seconds >= 120:
                later = f"in {-(-seconds // 60):.0f} minutes"
            raise Unreachable(
                f"{self._words.name} received too many requests and accepts none for now (429).",
                state="Nothing was written. This says nothing about the password.",
                hint=f"Try again {later}.",
                cause=Cause.BUSY,
            )
        return page

    # the sign-in

    @doing("sign in")
    def _sign_in(self) -> Page:
        page, self._asking = self._asking, None
        form = None if page is None else self._sign_in_form(page)
        if page is None or form is None:
            page = self.checked(self._site.get(self._base))
            form = self._sign_in_form(page)
        words = self._words.login
        if form is None and words.open:  # a front page with a "Sign in" link or button
            answer = self.choose(page, words.open)
            page = self.checked(answer) if isinstance(answer, Answer) else answer or page
            form = self._sign_in_form(page)
        if form is None:
            if page.status == FORBIDDEN:
                raise self._ended(self._blocked())
            asked = [item for item in page.fields if item.is_called(words.username)]
            if len(asked) == 1 and not asks_password(page):
                raise self.lost(page, "asks for the user name first and for the password on another page, if at all")
            raise self.lost(page, f"has no sign-in form with {words.username[0]} and {words.password[0]}")
        if self._sign_ins == 2:  # the sign-in, and one renewal of a session that was accepted and has ended
            raise self._ended(self._refused("asks for the sign-in again and again", was_in=self._was_in))
        self._sign_ins += 1
        self._sign_in_names = form.names
        typed = {form.username.control.node: self._account.username}
        typed |= {form.password.control.node: self._account.password.reveal()}
        try:
            after = self.checked(self.press(page, form.password.form, form.button, typed))
        except (Unreachable, PageNotUnderstood) as error:  # the password was sent, so it is not sent again
            failure = self._ended(error)
        else:
            return self._accepted(after)
        raise failure

    def _accepted(self, page: Page) -> Page:
        """Return the page after the sign-in. What stands in the way of one is raised, and remembered."""
        words = self._words.login
        asks = self._asks_sign_in(page) or (bool(sign_in_forms(page, words)) and told_on(page, words.refused))
        if asks and told_on(page, words.locked):
            raise self._ended(self._refused("says that the account is locked"))
        if asks or (page.status == FORBIDDEN and asks_password(page)):
            raise self._ended(self._refused("rejected the sign-in"))
        if page.status == FORBIDDEN:
            raise self._ended(self._blocked())
        if (needed := self._needed(page)) is not None:
            raise self._ended(needed)
        return page

    def _sign_in_form(self, page: Page) -> SignInForm | None:
        found = sign_in_forms(page, self._words.login)
        if len(found) > 1:
            raise self.lost(page, "has more than one sign-in form")
        return found[0] if found else None

    def _asks_sign_in(self, page: Page) -> bool:
        """Whether a page asks for the sign-in again, because the session has ended."""
        # Settings may hold the user name and password of another system; a form of other fields, or one that already
        # holds another user name, is not the sign-in's, and the account's password is not for it.
        known = ("", self._account.username)
        return page.status == UNAUTHORIZED or any(
            form.names == self._sign_in_names and form.username.control.value in known
            for form in sign_in_forms(page, self._words.login)
        )

    # errors

    def lost(self, page: Page, what: str) -> SsrcredError:
        """Return the error for a page that is not what it should be, or that needs a person."""
        needed = self._needed(page) if self._sign_ins else None
        return self._unfit(page, what) if needed is None else self._ended(needed)

    def _unfit(self, page: Page, what: str) -> SsrcredError:
        """Return the error for a page that is down for maintenance, or not understood."""
        if told_on(page, self._words.page.maintenance):
            return self._closed(page)
        if page.status == FORBIDDEN:
            return PageNotUnderstood(
                f"A page of {self._words.name} returned an error (403): a filter, or a missing permission.",
                state="Nothing was written.",
                hint="Sign in with this account in a browser on this computer and open the page. If it opens, IT looks "
                "at the filter. If not, whoever manages the accounts gives this one the permission.",
            )
        shown = "" if self._account.sees_students else f" The page shows: {shown_on(page)}."
        hint = "Open the page in a browser. If it looks as usual, it may need a portal map: `map` in config.toml."
        scripted = any(node.tag == "script" for inner in page.whole() for node in inner.root.walk())
        if scripted and not (page.links or page.buttons or page.fields):
            hint = 'A script builds that page. Set driver = "browser" in config.toml, or use: --driver hand.'
        return PageNotUnderstood(
            f"A page of {self._words.name} {what}.", state="Nothing was written." + shown, hint=hint
        )

    def _needed(self, page: Page) -> PersonNeeded | None:
        """Return the error for a page that needs a person, or None."""
        words = self._words
        if told_on(page, words.login.code) and page.fields:
            return PersonNeeded(
                f"{words.name} asks {self._account.username} for another sign-in step, such as a code.",
                state="The sign-in is not complete. Nothing was written.",
                hint="At a terminal you can sign in yourself: ssrcred portal confirm --show-browser. Or use an account "
                'that signs in with a password alone, or set driver = "hand" in config.toml.',
            )
        if not told_on(page, words.login.new_password) or not asks_password(page):
            return None
        # A page that has what is looked for behind the sign-in only offers a new password.
        ahead = [word for step in (*words.settings.steps, *words.proof.steps, words.proof.button) for word in step]
        offered = [item.words for item in page.links] + [item.words for item in page.buttons]
        if any(same(text, ahead) for text in offered) or any(one.is_called(words.fields.key) for one in page.fields):
            return None
        return PersonNeeded(
            f"{words.name} asks for a new password for {self._account.username}.",
            state="The password was accepted, but the sign-in is not complete. Nothing was written.",
            hint="Sign in with a browser and choose the new password. "
            f"Then store it: ssrcred secret set {self._secret}[lea]",
        )

    def _refused(self, what: str, *, was_in: bool = False) -> LoginRefused:
        return LoginRefused(
            f"{self._words.name} {what} for {self._account.username}.",
            state="ssrcred tried once and does not try again, because portals lock accounts. Nothing was written.",
            hint="Sign in with a browser. Then correct the user name if it was wrong, and store the "
            f"password: ssrcred secret set {self._secret}[lea]",
            was_in=was_in,
        )

    def _blocked(self) -> Unreachable:
        return Unreachable(
            f"{self._words.name} blocks this program: it returned an error (403) and no sign-in form.",
            state="Nothing was written. This says nothing about the password.",
            hint="Sign in with a browser on this computer. If that works, IT looks at the filter "
            "in front of the portal.",
            cause=Cause.BLOCKED,
        )

    def _closed(self, page: Page) -> Unreachable:
        status = f" ({page.status})" if page.status >= SERVER_FAILED else ""
        return Unreachable(
            f"{self._words.name} is down or under maintenance{status}.",
            state="Nothing was written.",
            hint="Try again later. If it lasts, ask the help desk of the portal.",
            cause=Cause.DOWN,
        )

    def _ended(self, error: SsrcredError) -> SsrcredError:
        """Remember an error after which no request is made anymore, and return it."""
        self._final = error
        return error


@dataclass(frozen=True)
class FormVisits:
    """Opens visits over HTTP to the portal at `base_url`; `transport` stands in for the network in tests."""

    base_url: str
    words: PortalMap
    limits: Limits | None = None
    transport: httpx.BaseTransport | None = None

    def visit(self, account: Account) -> Session:
        """Return a visit of one account; nothing is sent yet."""
        site = Site(self.base_url, limits=self.limits, transport=self.transport)
        return Session(site, self.base_url, account, self.words, self.limits)

    def close(self) -> None:
        """Do nothing: the visits share nothing."""


def sign_in_forms(page: Page, words: LoginWords) -> list[SignInForm]:
    """The forms that ask for a sign-in: one user name, one password and a button, named as in the map."""
    # A form that is not posted is none: it would put the password into an address.
    found, fields = [], page.fields
    for password in fields:
        form = password.form
        own = [item for item in fields if item.form is form]
        users = [item for item in own if item.control.kind in ("text", "email") and item.is_called(words.username)]
        alone = [item for item in own if item.control.kind == "password"] == [password]
        if not alone or not password.is_called(words.password) or len(users) != 1 or form.method != "post":
            continue
        buttons = [item for item in page.buttons if item.form is form and item.control.submits]
        # A button's own `formmethod` wins over the form's.
        posts = (item for item in buttons if item.control.node.attributes.get("formmethod", "post").lower() == "post")
        called = [item for item in posts if same(item.words, words.button)]
        if called or not buttons:
            found.append(SignInForm(users[0], password, called[0] if called else None))
    return found


def told_on(page: Page, phrases: Words, before: Page | None = None) -> bool:
    """Return whether a page says one of some phrases that the page `before` did not."""
    known = set(before.blocks()) if before is not None else ()
    return any(says(block, phrases) for block in page.blocks() if block not in known)


def asks_password(page: Page) -> bool:
    return any(item.control.kind == "password" for item in page.fields)


def _from(page: Page) -> dict[str, str]:
    """Return the header that tells where a link or form was; checks against forged requests look at it."""
    return {"Referer": urldefrag(page.url).url}
