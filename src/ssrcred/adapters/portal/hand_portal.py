"""A SIS portal that a person works in their own browser: says where to click, copies each text, and asks.

What a person says is a reading, never a proof that the credentials work: a save ends as *cannot be seen* or *did not
take*, and the test decides. The key reaches nothing but the clipboard, at a key press, and is cleared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit

from ssrcred.adapters.portal.html.text_comparison import normal, squeeze
from ssrcred.adapters.portal.map import PortalMap
from ssrcred.adapters.portal.route.route import THE_SCHOOL, FieldLook, Fields, GroupRoute, Route, SaveControl
from ssrcred.adapters.portal.visit.setting_form import BUTTON, LEAVE
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import LoginRefused, PageNotUnderstood, Unreachable, UsageWrong
from ssrcred.domain.event import Outcome
from ssrcred.domain.evidence import Probe, Proof
from ssrcred.domain.place import DISTRICT, KeySeen, Kind, Reading, Saved, Took

UNTOLD: Final = "?"
"""The user name of a school that nobody could read: whose credentials those are is unknown, so they are left alone."""
YES: Final = "Yes"
NO_FIELDS: Final = "No, the pages look different"
NO_LOG_IN: Final = "No, the sign-in failed"
NO_PORTAL: Final = "No, the site does not open"
NO_LONGER: Final = "No, or I cannot find it"
AS_BEFORE, CHANGED = "No, they are as before", "Yes, something has changed"
SAID: Final = {
    "That it saved": (Took.CANNOT_BE_SEEN, True, "the person saw that the portal said it saved"),
    "An error, or that it did not save": (Took.DID_NOT_TAKE, True, "the person saw that the portal did not save"),
    "I did not click it": (Took.DID_NOT_TAKE, True, "the person did not save"),
    "Nothing, or I am not sure": (Took.CANNOT_BE_SEEN, False, "the person could not tell whether the portal saved"),
}
EMPTIED: Final = {
    "Both are empty": (Took.TOOK, True, "the person saw that both fields are empty"),
    "They are not empty": (Took.DID_NOT_TAKE, True, "the person saw that the fields are not empty"),
    "I cannot tell": (Took.CANNOT_BE_SEEN, False, "the person could not tell whether the fields are empty"),
}
REFUSED_LOG_IN: Final = "The sign-in failed"
CAME: Final = {
    "A score report opened": (Outcome.PROVED, "the person saw a score report open"),
    "Links to score reports, and I opened none": (Outcome.ACCEPTED, "the person saw links to score reports"),
    "An error about the credentials": (Outcome.REFUSED, "the person saw that the credentials are refused"),
    "That there is no report for this student": (Outcome.NO_REPORT, "the person saw that there is no report"),
    "That something cannot be reached": (Outcome.UNREACHABLE, "the person saw that something cannot be reached"),
    "Something else": (Outcome.NOT_UNDERSTOOD, "the person saw neither a report nor an error that is known"),
}


# Lends a function that copies a text for a person, told by the given function how it ended; takes all back at the end.
Copying = Callable[[Callable[[str], None]], AbstractContextManager[Callable[[SecretKey], None]]]


class Person(Protocol):
    """A person at the terminal. Each method may raise Interrupted or KeyboardInterrupt."""

    def say(self, text: str) -> None: ...
    def ask(self, question: str) -> str: ...  # one line, "" for Enter alone
    def choose(self, question: str, options: Sequence[str]) -> str: ...  # asks again after Enter alone: that is habit
    def wait(self, text: str) -> None: ...  # for the Enter key


class HandPortal:
    """One LEA's portal, for `person` to work at. Without one each reading and save raises UsageWrong."""

    def __init__(
        self,
        base_url: str,
        words: PortalMap,
        *,
        person: Person | None,
        copying: Copying,
        schools: Sequence[str] = (),  # the names that are known
        route: Route | None = None,  # what was confirmed: the person is told that way and those labels
        probes: Mapping[str, tuple[str, SecretKey]] | None = None,  # by setting: a parent's or student's account
        open_page: Callable[[str], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._base, self._words, self._clock = base_url, words, clock
        self._person, self._copying, self._open_page = person, copying, open_page
        self._route, self._probes = route, dict(probes or {})
        # Without a confirmed route the person is led by the first of each of the map's words.
        steps = tuple(step[0] for step in words.settings.steps)
        self._way = steps if route is None else route.ways[0]
        self._page = (self._way or steps or ("the page with the credentials",))[-1]
        save, *others = words.save.button
        called = f"{save} (where there is none: {', '.join(others)})" if others else save
        username, key = FieldLook(words.fields.username[0], ""), FieldLook(words.fields.key[0], "")
        self._usual = Fields(username, key, SaveControl(BUTTON, called), way=self._way)
        self._schools = {normal(name): name for name in (*schools, *self._probes) if name != DISTRICT}
        self._seen: dict[str, Reading] = {}
        self._opened = False
        self._refused: set[str] = set()  # user names whose sign-in failed; "" is the office account

    def places(self) -> tuple[Reading, ...]:
        """What the person reads of each setting, the district's first. Keys count as hidden. Only reads."""
        # Raises UsageWrong without a person or a clipboard, LoginRefused, PageNotUnderstood or Unreachable.
        person = self._somebody()
        with self._copying(person.say):
            pass  # whether there is a clipboard is found out before anybody is asked for anything
        self._show_settings(person)
        for reading in self._seen.values():
            if reading.username or reading.kind is Kind.DISTRICT:
                person.say(f"  {_of(reading.place)} {_shown(reading) or 'could not be read'}")
        if not self._seen or person.choose("Have the user names changed?", (AS_BEFORE, CHANGED)) == CHANGED:
            found = {reading.place: reading for reading in self._read(person)}
            blank = {name: _reading(name, "") for name in self._schools.values() if name not in found}
            self._seen = found | blank
        return tuple(self._seen.values())

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Lead the person through one save of credentials, or through blanking a school's with None."""
        person, name = self._somebody(), self._words.name
        if not self._seen:
            self.places()
        before = self._seen.get(place)
        if before is None:
            raise _stop(f"There is no setting called {place} in {name}.")
        if credential is None and place == DISTRICT:
            raise _stop("The district's credentials are not blanked: every school without its own uses them.")
        fields, group = self._fields(place)
        person.say(f"Now the credentials of {_of(place)}, in {name} under {self._page}.")
        if fields.way and fields.way != self._way:
            person.say(_choose(fields.way))
        if group is not None:
            under = f", under {group.heading}" if group.heading else ""
            person.say(f"{'Find the row of' if group.kind == 'rows' else 'Choose'} {place}{under}.")
        for label, value in fields.watch.items():
            person.say(f"Look at {label}: it must be {value}. If it is not, stop.")
        for box in fields.boxes:
            person.say(f"Check the box {box}.")
        shown, user, key = _shown(before), fields.username.label, fields.key.label
        question = f"Is it still true that {user} {shown}?" if shown else f"Do you see its {user} and {key}?"
        if person.choose(question, (YES, NO_LONGER)) != YES:
            raise _stop(f"What {name} shows for {_of(place)} has changed since it was read, or is not there.")
        with self._copying(person.say) as copy:
            if credential is None:
                person.say(f"Empty both fields of {_of(place)}: {user} and {key}.")
            else:
                person.wait("Press Enter to copy the user name")
                copy(SecretKey(credential.username))
                person.say(f"Copied. Select everything in {user} and paste over it.")
                person.wait("Press Enter to copy the secret key (it is not shown)")
                copy(credential.secret)
                person.say(f"Copied. Select everything in {key} and paste over it. Do not type it.")
                if fields.repeat:
                    person.say(f"Paste it into {fields.repeat} as well.")
                person.say("If the browser offers to save the password, say no.")
            save = fields.save
            if save.kind == LEAVE:
                person.say("Press the Tab key to leave the field. That saves it.")
            else:
                person.say(f"Click once: {save.label.replace(THE_SCHOOL, place)}.")
            if save.asks:
                person.say(f"If the page asks “{save.asks}”, choose OK.")
            if save.then:
                person.say(f"Then click once: {save.then}.")
            person.wait(f"Press Enter when {name} has answered")
        if credential is None:
            person.say("Reload the page.")
            question, meanings = f"What do the two fields of {_of(place)} show?", EMPTIED
        else:
            question, meanings = f"What did {name} say?", SAID
        took, answered, detail = meanings[person.choose(question, tuple(meanings))]
        if took is not Took.DID_NOT_TAKE and answered:
            self._seen[place] = _reading(place, credential.username if credential is not None else "")
        return Saved(self._seen[place], took, answered, detail)

    def prove(self, place: str) -> Proof:
        """Have the person press View CAASPP/ELPAC as the account of `place`; no name, link or report is asked for."""
        proof = Proof(Probe.PORTAL, Outcome.SKIPPED, self._clock(), place)
        if place not in self._probes:
            return replace(proof, detail="no parent or student account is set up for it")
        if (person := self._person) is None:
            return replace(proof, detail="the hand driver needs a person at a terminal")
        username, password = self._probes[place]
        if username in self._refused:  # a rejected sign-in is never repeated
            raise self._login_refused(f"the sign-in for {username}")
        words, login = self._words.proof, self._words.login
        person.say(f"Now look at what a family sees, to test the credentials of {_of(place)}.")
        person.say(f"Open a private window in your browser, go to {self._base} and sign in once:")
        person.say(f"  {login.username[0]}: {username}")
        with self._copying(person.say) as copy:
            person.wait(f"Press Enter to copy the password of {username} (it is not shown)")
            copy(password)
            person.say(f"Copied. Paste it into {login.password[0]}. If the browser offers to save it, say no.")
            if words.steps:
                person.say(_choose([step[0] for step in words.steps]))
            person.say(f"Click {words.button[0]}. If it shows links, open one.")
            person.wait("Press Enter when you see the result")
        answer = person.choose("What is the result?", (*CAME, REFUSED_LOG_IN))
        person.say("Do not save the report. Sign out there and close the private window.")
        if answer == REFUSED_LOG_IN:
            self._refused.add(username)
            raise self._login_refused(f"the sign-in for {username}")
        outcome, detail = CAME[answer]
        asked = f"the button {words.button[0]}, pressed by a person"
        return replace(proof, outcome=outcome, detail=detail, asked=asked)

    def close(self) -> None:
        """Remind the person of the page that was opened for them."""
        if self._opened and self._person is not None:
            self._person.say(f"You can sign out of {self._words.name} and close its page now.")
            self._opened = False

    def _somebody(self) -> Person:
        if self._person is not None:
            return self._person
        raise UsageWrong(
            'The hand driver (driver = "hand") needs a person at a terminal.',
            state="Nothing in the portal was read or changed.",
            hint='Run it in a terminal without --no-input and --json, or set driver = "http" in config.toml.',
        )

    def _show_settings(self, person: Person) -> None:
        """Lead the person to the page with the credentials, or raise what stands in the way."""
        if "" in self._refused:
            raise self._login_refused("the sign-in")
        name, base = self._words.name, self._base
        if self._opened:
            person.say(f"Look at {self._page} in {name} again. Reload the page.")
        else:
            address = self._words.settings.address if self._route is None else self._route.address
            url = urljoin(f"{base.rstrip('/')}/", address)
            if urlsplit(url)[:2] != urlsplit(base)[:2]:
                raise _stop(f"The portal map leads to another site than {base}.")
            opened = self._open_page(url)
            self._opened = True
            person.say(f"{name} opens in your browser: {url}" if opened else f"Open this in your browser: {url}")
            person.say("Sign in with an office account. If that fails, do not try again: portals lock accounts.")
            host = urlsplit(base).netloc
            person.say(
                f"Before you paste the secret key, look at the address bar: it must show {host}. If it does not, stop."
            )
            if self._route is not None or not address:
                person.say(_choose(self._way))
        fields, _ = self._fields(DISTRICT)
        user, key = fields.username.label, fields.key.label
        answer = person.choose(f"Do you see {user} and {key}?", (YES, NO_FIELDS, NO_LOG_IN, NO_PORTAL))
        self._opened = answer == YES  # otherwise it is opened again next time
        if answer == NO_LOG_IN:
            self._refused.add("")
            raise self._login_refused("the sign-in")
        if answer == NO_PORTAL:
            raise Unreachable(
                f"{name} does not open in your browser.",
                state="Nothing was read and nothing was written.",
                hint="Try again later. If it lasts, IT looks at the network and the proxy.",
            )
        if answer == NO_FIELDS:
            raise PageNotUnderstood(
                f"You did not find {user} and {key} in {name}.",
                state="Nothing was written.",
                hint="Ask somebody with office rights where they are, and add those words to a portal map: see `map` "
                "in config.toml.",
            )

    def _read(self, person: Person) -> Iterator[Reading]:
        """Yield what the person reads: the district's user name, and those of schools with their own credentials."""
        person.say("Type or paste the user name that the page shows. Never paste a password here.")

        def username_of(place: str, called: str) -> str:
            label = self._fields(place)[0].username.label
            return _typed(person.ask(f"{label} of {called} (Enter: it is empty, {UNTOLD}: cannot tell)"))

        username = username_of(DISTRICT, "the district")
        # Nobody could read it: it is neither ours for sure nor somebody else's, so it is written without a word of
        # drift, as an empty one would be.
        seen = KeySeen.HIDDEN if username else KeySeen.BLANK
        yield replace(_reading(DISTRICT, "" if username == UNTOLD else username), key_seen=seen)
        if self._schools:
            person.say(f"Known schools: {', '.join(self._schools.values())}.")
        answer = person.ask("Which schools have their own credentials? Names, separated by commas (Enter: none)")
        asked = {"", DISTRICT}
        for name in map(_typed, answer.split(",")):
            if (key := normal(name)) not in asked:
                asked.add(key)
                school = self._schools.setdefault(key, name)
                yield _reading(school, username_of(school, school))

    def _fields(self, place: str) -> tuple[Fields, GroupRoute | None]:
        """Return the fields of a setting and the group of a school: as confirmed, else by the map's words."""
        fields, group = self._usual, None
        if self._route is not None and place in self._route.places:
            fields = self._route.places[place].fields
        elif self._route is not None and place != DISTRICT and self._route.groups:
            groups = self._route.groups  # a new school most likely belongs to the first
            group = next((one for one in groups if place in one.members), groups[0])
            fields = group.fields
        username = replace(fields.username, label=fields.username.label or self._usual.username.label)
        key = replace(fields.key, label=fields.key.label or self._usual.key.label)
        return replace(fields, username=username, key=key), group

    def _login_refused(self, what: str) -> LoginRefused:
        return LoginRefused(
            f"{self._words.name} rejected {what}, as you saw it.",
            state="You are not asked again: portals lock accounts. Nothing was written.",
            hint="First get the right user name and password from whoever manages the portal's accounts.",
        )


def _stop(message: str) -> PageNotUnderstood:
    return PageNotUnderstood(message, state="Nothing was written.", hint="To see each setting: ssrcred schools[lea].")


def _reading(place: str, username: str) -> Reading:
    kind = Kind.DISTRICT if place == DISTRICT else Kind.SCHOOL
    return Reading(place, kind, username, KeySeen.HIDDEN if username else KeySeen.BLANK)


def _shown(reading: Reading) -> str | None:
    """Return what the field of the user name showed, in words; None if it could not be read."""
    if reading.username == UNTOLD or (not reading.username and reading.key_seen is KeySeen.HIDDEN):
        return None
    return f"shows {reading.shown}" if reading.username else "is empty"


def _typed(line: str) -> str:
    """Return a typed line without the control codes that keys and pastes leave in a terminal."""
    return squeeze("".join(sign for sign in line if sign.isprintable()))


def _of(place: str) -> str:
    return "the district" if place == DISTRICT else place


def _choose(way: Sequence[str]) -> str:
    return f"Choose {', then '.join(way)}." if way else "Go to the page with the credentials."
