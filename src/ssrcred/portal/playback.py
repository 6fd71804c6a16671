"""A visit that follows a recorded way: every fresh value is read anew, nothing is done that the map does not say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from ssrcred.adapters.portal.html.form import MULTIPART, URLENCODED, Entry, Form, Request, encode
from ssrcred.adapters.portal.html.page import Page, read
from ssrcred.adapters.portal.html.tree import Node
from ssrcred.adapters.portal.html.wording import says
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused, PageNotUnderstood, SsrcredError, Unreachable
from ssrcred.portal import fit
from ssrcred.portal.map import PortalMap
from ssrcred.portal.memory import Memory, is_at
from ssrcred.portal.recording import LOG_IN, LOOK, OWN_FORM, SAVE, Recording, Step
from ssrcred.portal.spot import Scalar, Spot, complains, is_page, json_of, text_of
from ssrcred.portal.template import CLOCK, FRESH, filled, filled_json, slots
from ssrcred.web import Answer, AnswerLost, Site

MOST_LOG_INS: Final = 2
"""The log-in, and one renewal of a session that was accepted and has ended."""
DOORS: Final = frozenset({401, 403, 419, 440})
"""How portals answer who is not, or no longer, logged in (419 and 440 are frameworks' own)."""
FAILED: Final = 400
SERVER_FAILED: Final = 500
FORBIDDEN: Final = 403
TOO_MANY: Final = 429


class Playback:
    """One account's visits by a recording; `clock` gives aware UTC. Nothing is sent before the first call."""

    def __init__(
        self,
        site: Site,
        base: str,
        username: str,
        password: SecretKey,
        words: PortalMap,
        recording: Recording,
        clock: Callable[[], datetime],
    ) -> None:
        self._site, self._base, self._words, self._clock = site, base, words, clock
        self._username, self._password = username, password
        self._recording = recording
        self._spots = {item.name: item.spot for item in recording.fresh}
        does = [step.does for step in recording.steps]
        door, save = does.index(LOG_IN), does.index(SAVE)
        self._door, self._way = recording.steps[: door + 1], recording.steps[door + 1 : save]
        self._looks = recording.steps[save + 1 :]
        self._memory = Memory(site)
        self._at = ""
        self._log_ins = 0
        self._inside = self._was_in = False
        self._final: SsrcredError | None = None

    def arrive(self) -> None:
        """Go the way to the save anew, logging in if that has not been done; reads only.

        Raises LoginRefused, PageNotUnderstood or Unreachable.
        """
        if self._final is not None:
            raise type(self._final)(self._final.message, state=self._final.state, hint=self._final.hint)
        if not self._inside:
            self._log_in()
        arrived = self._walk(self._way)
        if arrived and not self._lacks():
            self._was_in = True
            return
        # Only a log-in that led all the way was accepted for sure: another one is never sent a second time.
        if self._was_in and self._log_ins < MOST_LOG_INS:
            self._log_in()  # the session was good once and has ended
            arrived = self._walk(self._way)
        if not arrived:
            raise self._ended(self._unlike("asks for the log-in again"))

    def look(self) -> None:
        """Ask for the pages that the recording shows after the save; reads only."""
        if not self._walk(self._looks):
            raise self._unlike("asks for the log-in again")

    def prepare(self, credential: Credential) -> Request:
        """The request that saves, with everything fresh in it. Raises PageNotUnderstood; nothing is sent."""
        for shape in self._recording.shapes:
            if self._memory.names(shape.on, shape.at) != set(shape.names):
                raise self._unlike("has settings that were not there when it was recorded, or lacks some")
        return self._request(self._recording.step(SAVE), credential)

    def send(self, request: Request) -> Answer:
        """The answer to a request that was prepared; sent once."""
        return self._site.send(request.method, request.url, content=request.content, headers=request.headers)

    def shown(self, spot: Spot) -> str:
        """The text at a spot where the stored pair is shown. Raises PageNotUnderstood if it is not there, or twice."""
        if spot.kind != OWN_FORM:
            return text_of(self._value(spot))
        step = self._recording.step(SAVE)
        controls = [item for item in self._form(step)[1].controls if item.name == spot.at]
        if len(controls) != 1:
            raise self._unlike("does not show the fields of the recording")
        return controls[0].value

    def _log_in(self) -> None:
        self._inside = False
        try:
            if not self._walk(self._door[:-1], before_log_in=True):
                raise self._unlike("answers its first page otherwise than in the recording")
            step = self._door[-1]
            request = self._request(step, None)
            self._log_ins += 1
            answer = self.send(request)
            blocked = answer.status == FORBIDDEN and is_page(answer) and not self._asks_password(answer)
            if answer.status >= SERVER_FAILED or answer.status == TOO_MANY or blocked:
                raise self._closed()
            self._note(step, answer)
            if not self._is_as(step, answer) or not self._has_expected(step, answer):
                raise self._refused()
        except SsrcredError as error:
            failure = self._ended(error) if self._log_ins else error
        else:
            self._inside = True
            return
        raise failure

    def _walk(self, steps: tuple[Step, ...], *, before_log_in: bool = False) -> bool:
        """Whether every step was answered as in the recording; False where the portal asks for the log-in."""
        for step in steps:
            answer = self._fetch(step)
            if answer.status >= SERVER_FAILED or answer.status == TOO_MANY:
                raise self._closed()
            if not before_log_in and self._is_door(step, answer):
                return False
            self._note(step, answer)
            if not self._is_as(step, answer):
                raise self._missing(step.id, f"answers otherwise than in the recording at the step {step.id}")
        return True

    def _fetch(self, step: Step) -> Answer:
        request = self._request(step, None)
        if step.does == LOOK and request.method == "GET":
            return self._site.get(request.url, request.headers)
        try:
            return self.send(request)
        except AnswerLost as error:
            raise Unreachable(error.message, state="The pair was not sent.", hint=error.hint) from None

    def _note(self, step: Step, answer: Answer) -> None:
        self._memory.note(step.id, answer)
        if is_page(answer):
            self._at = answer.url

    def _is_as(self, step: Step, answer: Answer) -> bool:
        kind = "page" if is_page(answer) else ("data" if json_of(answer) is not None else "other")
        pattern = filled(step.lands, self._slot(None)) or self._address(step)
        return answer.status < FAILED and kind == step.answer and fit.same_path(pattern, fit.path_of(answer.url))

    def _has_expected(self, step: Step, answer: Answer) -> bool:
        data = json_of(answer)
        if complains(answer) or not all(is_at(data, pointer, wanted) for pointer, wanted in step.expects):
            return False
        return not (is_page(answer) and self._asks_password(answer))

    def _is_door(self, step: Step, answer: Answer) -> bool:
        if answer.status in DOORS:
            return True
        return is_page(answer) and self._asks_password(answer)

    def _asks_password(self, answer: Answer) -> bool:
        """Whether a page holds the password field of the recorded log-in, sent where the log-in was sent."""
        step = self._recording.step(LOG_IN)
        names = {name for name, value in step.fields if "account.password" in slots(value)}
        page = read(answer)
        return any(
            item.control.name in names and fit.same_path(step.address, fit.path_of(item.form.action))
            for item in page.fields()
            if item.control.kind == "password"
        )

    def _request(self, step: Step, credential: Credential | None) -> Request:
        values = self._slot(credential)
        headers = {name: filled(value, values) for name, value in step.headers}
        if self._at:
            headers["Referer"] = self._at
        if step.method != "GET":
            parts = urlsplit(urljoin(self._base, "/"))
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        if step.form:
            made = self._of_form(step, credential)
        elif step.sends == "json":
            try:
                text = filled_json(step.json, values)
            except ValueError:
                raise self._unlike("shows a text where the recording had a number") from None
            made = Request(step.method, self._address(step), text.encode("utf-8", "replace"), {})
            if not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = "application/json"
        elif step.sends:
            kind = MULTIPART if step.sends == "multipart" else URLENCODED
            form = Form(Node("form"), self._address(step), "post", kind, "UTF-8", ())
            listed = [Entry(name, filled(value, values)) for name, value in step.fields]
            made = encode(form, listed)._replace(method=step.method)
        else:
            made = Request(step.method, self._address(step), None, {})
        url = urljoin(self._base, made.url)
        if not self._site.covers(url):
            raise self._unlike("leads to another site")
        return Request(step.method, url, made.content, {**headers, **made.headers})

    def _of_form(self, step: Step, credential: Credential | None) -> Request:
        page, form = self._form(step)
        values = {name: filled(value, self._slot(credential)) for name, value in step.fields}
        typed = {name: values[name] for name, value in step.fields if any(not _is_found(one) for one in slots(value))}
        made = fit.request(page, form, step, values, typed)
        if isinstance(made, str):
            raise self._unlike(made)
        return made

    def _form(self, step: Step) -> tuple[Page, Form]:
        answer = self._memory.answer(step.form)
        if answer is None:
            raise self._unlike("has a form in the map that no page shows")
        page = read(answer)
        found = fit.fitting(page, step)
        if len(found) != 1:
            raise self._missing(step.form, "does not show the one form that was recorded")
        return page, found[0]

    def _address(self, step: Step) -> str:
        def part(name: str) -> Scalar:
            spot = self._spots.get(name.removeprefix(FRESH)) if name.startswith(FRESH) else None
            value = text_of(self._slot(None)(name))
            return value if spot is not None and spot.kind == "link" else quote(value, safe="")

        return filled(step.address, part)

    def _slot(self, credential: Credential | None) -> Callable[[str], Scalar]:
        def value(name: str) -> Scalar:
            if name.startswith(FRESH):
                return self._value(self._spots[name.removeprefix(FRESH)])
            if name in CLOCK:
                return int(self._clock().timestamp() * (1000 if name == CLOCK[0] else 1))
            if name.startswith("account."):
                return self._username if name == "account.username" else self._password.reveal()
            if credential is None:
                raise self._unlike("has the pair in a step that does not save")
            return credential.username if name == "pair.username" else credential.secret.reveal()

        return value

    def _value(self, spot: Spot) -> Scalar:
        found = self._memory.values(spot)
        if len(found) != 1:
            what = "shows two different values" if found else "does not show a value"
            raise self._missing(spot.on, f"{what} where the recording found one: {spot.kind} {spot.at}")
        return found[0]

    def _lacks(self) -> bool:
        """Whether the pages do not show what they should: some portals show an empty page when a session has ended."""
        on_way = {step.id for step in self._way}
        shown = [spot for spot in (self._recording.username, self._recording.key) if spot is not None]
        try:
            for spot in (*self._spots.values(), *shown):
                if spot.on in on_way:
                    self._value(spot)
            if self._recording.step(SAVE).form:
                self._form(self._recording.step(SAVE))
        except PageNotUnderstood:
            return True
        return False

    def _ended(self, error: SsrcredError) -> SsrcredError:
        """Remember an error after which no request is made any more."""
        self._final = error
        return error

    def _refused(self) -> LoginRefused:
        return LoginRefused(
            f"{self._words.name} refused the log-in for {self._username}, or answered it otherwise than when it was "
            "recorded.",
            state="It was tried once and will not be tried again: portals lock accounts. Nothing was written.",
            hint="Log in by hand in a browser. Then correct the user name if that was wrong, and set the "
            "password: ssrcred secret set schoolwise",
        )

    def _unlike(self, what: str) -> PageNotUnderstood:
        return PageNotUnderstood(
            f"{self._words.name} {what}.",
            state="Nothing was written.",
            hint="Try again. If it stays so, the portal has changed: record one save again (ssrcred portal learn).",
        )

    def _missing(self, on: str, what: str) -> SsrcredError:
        """The error for a step's answer that is not what it should be: closed for maintenance, or not understood."""
        answer = self._memory.answer(on)
        blocks = read(answer).blocks() if answer is not None and is_page(answer) else []
        return (
            self._closed() if any(says(item, self._words.page.maintenance) for item in blocks) else self._unlike(what)
        )

    def _closed(self) -> Unreachable:
        return Unreachable(
            f"{self._words.name} answers that it is not at work now, or that it takes no requests from here.",
            state="Nothing was written.",
            hint="Try again later. If it lasts, ask the help desk of the portal.",
        )


def _is_found(name: str) -> bool:
    return name.startswith(FRESH) or name in CLOCK
