"""A SIS portal worked by a person in their own browser, who is told where to click, handed each text and asked.

What a person says is a reading, never a proof that a pair took: a save ends as *cannot be seen* or *did not take*, and
the proof decides. The key reaches nothing but the clipboard, at a key press, and is taken back (loan.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

from ssrcred.adapters.portal.hand.clipboard_text import Clipboard, Loan, check_clipboard
from ssrcred.adapters.portal.hand.person import (
    AS_BEFORE,
    CAME,
    CHANGED,
    EMPTIED,
    NO_FIELDS,
    NO_LOG_IN,
    NO_LONGER,
    NO_PORTAL,
    REFUSED_LOG_IN,
    SAID,
    UNTOLD,
    YES,
    Person,
    open_in_browser,
    typed_line,
)
from ssrcred.adapters.portal.html.wording import normal
from ssrcred.adapters.portal.map import PortalMap, Words
from ssrcred.adapters.portal.route.route import THE_SCHOOL, Fields, GroupRoute, Route
from ssrcred.adapters.portal.visit.filling import LEAVE
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import LoginRefused, PageNotUnderstood, Unreachable, UsageWrong
from ssrcred.evidence import Outcome, Probe, Proof
from ssrcred.place import DISTRICT, KeySeen, Kind, Reading, Saved, Took


class HandPortal:
    """One LEA's portal, for `person` to work at.

    `base_url` is its address. `words` says what things are called there. `schools` are the names of schools that are
    known. `route` is what was confirmed, if anything was: then the person is told that way and those labels.
    `probes` maps a place to a parent's or student's account (user name, password). `clock` gives aware UTC.
    Without a person every reading and save raises UsageWrong, and every proof is skipped.
    """

    def __init__(
        self,
        base_url: str,
        words: PortalMap,
        *,
        person: Person | None,
        clipboard: Clipboard,
        schools: Sequence[str] = (),
        route: Route | None = None,
        probes: Mapping[str, tuple[str, SecretKey]] | None = None,
        open_page: Callable[[str], bool] = open_in_browser,
        clock: Callable[[], datetime],
    ) -> None:
        self._base, self._words, self._clock = base_url, words, clock
        self._person, self._clipboard, self._open_page = person, clipboard, open_page
        self._route = route
        self._probes = dict(probes or {})
        self._schools = {normal(name): name for name in (*schools, *self._probes) if name != DISTRICT}
        self._seen: dict[str, Reading] = {}
        self._opened = False
        self._final: LoginRefused | None = None
        self._refused: set[str] = set()

    def places(self) -> tuple[Reading, ...]:
        """What the person reads of every place, the district's first. Keys are taken for hidden. Reads only.

        Raises UsageWrong without a person or a clipboard, LoginRefused, PageNotUnderstood or Unreachable.
        """
        person = self._somebody()
        check_clipboard(self._clipboard)
        self._show_settings(person)
        if not self._as_before(person):
            found = [self._district(person), *self._own_pairs(person)]
            named = {reading.place for reading in found}
            blank = [_reading(name, "") for name in self._schools.values() if name not in named]
            self._seen = {reading.place: reading for reading in (*found, *blank)}
        return tuple(self._seen.values())

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Lead the person through one save of a pair, or through blanking a school's with None.

        Only a blanked school can be seen to have taken. Raises UsageWrong, PageNotUnderstood (nothing was written),
        or PortalFailed when the clipboard changes what is put on it.
        """
        person = self._somebody()
        if not self._seen:
            self.places()
        before = self._seen.get(place)
        if before is None:
            raise self._stop(f"Nobody saw a place called {place} in {self._words.name}.")
        if credential is None and place == DISTRICT:
            raise self._stop("The district's pair is not blanked: every school without a pair of its own uses it.")
        person.say(f"Now the pair of {_of(place)}, in {self._words.name} under {self._page()}.")
        self._tell_where(person, place)
        self._still_as(person, before)
        with Loan(self._clipboard, person.say) as loan:
            if credential is not None:
                self._fill(person, loan, credential, place)
            else:
                person.say(f"Empty both fields of {_of(place)}: {self._user(place)} and {self._key(place)}.")
            for line in self._saving(place):
                person.say(line)
            person.wait(f"Press Enter when {self._words.name} has answered")
        after = _reading(place, credential.username if credential is not None else "")
        took, answered, detail = self._asked(person, place, credential)
        kept = before if took is Took.DID_NOT_TAKE or not answered else after
        self._seen[place] = kept
        return Saved(kept, took, answered, detail)

    def prove(self, place: str) -> Proof:
        """Have the person press View CAASPP/ELPAC as the account that belongs to `place`, and tell what they saw.

        Raises LoginRefused, at once and without a question if this account was refused before, and PortalFailed when
        the clipboard changes what is put on it. No name, link or report is asked for.
        """
        if place not in self._probes:
            return self._proof(place, Outcome.SKIPPED, "no parent or student account is set for this place")
        if self._person is None:
            return self._proof(place, Outcome.SKIPPED, "nobody is here to work the portal by hand")
        username, password = self._probes[place]
        if username not in self._refused:
            answer = self._press_view(self._person, place, username, password)
            if answer != REFUSED_LOG_IN:
                asked = f"the button {self._words.proof.button[0]}, pressed by a person"
                return replace(self._proof(place, *CAME[answer]), asked=asked)
            self._refused.add(username)
        raise self._login_refused(f"the log-in for {username}")

    def close(self) -> None:
        """Remind the person of the page that was opened for them."""
        if self._opened and self._person is not None:
            self._person.say(f"You can log out of {self._words.name} and close its page now.")
            self._opened = False

    def _somebody(self) -> Person:
        if self._person is not None:
            return self._person
        raise UsageWrong(
            'Working the portal by hand (driver = "hand") needs somebody at a terminal, and nobody is here.',
            state="Nothing was read from the portal or written to it.",
            hint='Run it in a terminal without --no-input and --json, or set driver = "http" in config.toml.',
        )

    def _show_settings(self, person: Person) -> None:
        """Bring the page with the pairs before the person's eyes, or raise what stands in the way."""
        if self._final is not None:
            raise self._final
        name, settings = self._words.name, self._words.settings
        if self._opened:
            person.say(f"Look at {self._page()} in {name} again. Load the page afresh.")
        else:
            address = settings.address if self._route is None else self._route.address
            url = urljoin(f"{self._base.rstrip('/')}/", address)
            if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
                raise self._stop(f"The portal map sends the person to another site than {self._base}.")
            opened = self._open_page(url)
            self._opened = True
            person.say(f"{name} opens in your browser: {url}" if opened else f"Open this in your browser: {url}")
            person.say("Log in with an office account. If that is refused, do not try again: portals lock accounts.")
            host = urlsplit(self._base).netloc
            person.say(f"Before you paste a key, look at the address bar: it has to show {host}. If not, stop there.")
            if self._route is not None:
                person.say(_way([(step,) for step in self._route.ways[0]]))
            elif not address:
                person.say(_way(settings.steps))
        answer = person.choose(f"Do you see {self._user()} and {self._key()}?", (YES, NO_FIELDS, NO_LOG_IN, NO_PORTAL))
        if answer != YES:
            self._opened = False
            self._refuse_to_go_on(answer)

    def _refuse_to_go_on(self, answer: str) -> NoReturn:
        name = self._words.name
        if answer == NO_LOG_IN:
            self._final = self._login_refused("the log-in")
            raise self._final
        if answer == NO_PORTAL:
            raise Unreachable(
                f"{name} cannot be reached from the person's browser.",
                state="Nothing was read and nothing was written.",
                hint="Try again later. If it lasts, IT looks at the network and the proxy.",
            )
        raise PageNotUnderstood(
            f"The person found no {self._user()} and {self._key()} in {name}.",
            state="Nothing was written.",
            hint="Ask somebody with office rights where they are, and put those words into a portal map: see `map` in "
            "config.toml.",
        )

    def _as_before(self, person: Person) -> bool:
        """Whether the person still sees what they read at the last look; False at the first one."""
        if not self._seen:
            return False
        for reading in self._seen.values():
            if reading.username or reading.kind is Kind.DISTRICT:
                person.say(f"  {_of(reading.place)} {_shown(reading) or 'could not be read'}")
        return person.choose("What do the user names show?", (AS_BEFORE, CHANGED)) == AS_BEFORE

    def _still_as(self, person: Person, before: Reading) -> None:
        """Raise PageNotUnderstood if the place does not show any more what was read, before anything is copied."""
        shown = _shown(before)
        question = f"Do you see its {self._user(before.place)} and {self._key(before.place)}?"
        if shown is not None:
            question = f"It should be as you read it: {self._user(before.place)} {shown}. Is it?"
        if person.choose(question, (YES, NO_LONGER)) != YES:
            raise self._stop(
                f"What {self._words.name} shows for {_of(before.place)} has changed since it was read, or is not there."
            )

    def _district(self, person: Person) -> Reading:
        person.say("Type or paste what the page shows as user name. Never paste a password here.")
        username = typed_line(person.ask(f"{self._user()} of the district (Enter: it is empty, {UNTOLD}: cannot tell)"))
        # Nobody could read it: it is neither ours for sure nor somebody else's, so it is written without a word of
        # drift, as an empty one would be.
        return _reading(DISTRICT, "" if username == UNTOLD else username, KeySeen.HIDDEN if username else KeySeen.BLANK)

    def _own_pairs(self, person: Person) -> list[Reading]:
        if self._schools:
            person.say(f"Schools that are known here: {', '.join(self._schools.values())}.")
        answer = person.ask("Do any schools show a pair of their own? Their names, with commas (Enter: none)")
        found: dict[str, Reading] = {}
        for name in map(typed_line, answer.split(",")):
            key = normal(name)
            if key in ("", DISTRICT) or key in found:
                continue
            called = self._schools.setdefault(key, name)
            username = person.ask(f"{self._user(called)} of {called} (Enter: it is empty, {UNTOLD}: cannot tell)")
            found[key] = _reading(called, typed_line(username))
        return list(found.values())

    def _fields(self, place: str) -> Fields | None:
        """What was confirmed of a setting's fields, or of those of the group that a school belongs to."""
        if self._route is None:
            return None
        if place in self._route.places:
            return self._route.places[place].fields
        group = self._group(place)
        return group.fields if group is not None else None

    def _group(self, place: str) -> GroupRoute | None:
        """The group of a school: the one in which it was when that was confirmed, else the first."""
        if self._route is None or place == DISTRICT or place in self._route.places:
            return None
        groups = self._route.groups
        return next((group for group in groups if place in group.members), next(iter(groups), None))

    def _tell_where(self, person: Person, place: str) -> None:
        """Tell the person where the confirmed fields are, and what has to be on before anything is pasted."""
        fields, group = self._fields(place), self._group(place)
        if fields is None:
            return
        if fields.way and self._route is not None and fields.way != self._route.ways[0]:
            person.say(_way([(step,) for step in fields.way]))
        if group is not None:
            under = f", under {group.heading}" if group.heading else ""
            person.say(f"{'Find the row of' if group.kind == 'rows' else 'Choose'} {place}{under}.")
        for label, value in fields.watch.items():
            person.say(f"Look at {label}: it has to be {value}. If it is not, stop there.")
        for box in fields.boxes:
            person.say(f"Switch on the box {box}.")

    def _saving(self, place: str) -> Iterator[str]:
        """What the person does to save."""
        fields = self._fields(place)
        if fields is None:
            yield f"Press once: {_called(self._words.save.button)}."
            return
        save = fields.save
        if save.kind == LEAVE:
            yield "Leave the field with the Tab key: that saves it."
        else:
            yield f"Press once: {save.label.replace(THE_SCHOOL, place)}."
        if save.asks:
            yield f"If the page asks “{save.asks}”, answer OK."
        if save.then:
            yield f"Then press once: {save.then}."

    def _fill(self, person: Person, loan: Loan, credential: Credential, place: str) -> None:
        person.wait("Press Enter to put the user name on the clipboard")
        loan.lend(SecretKey(credential.username))
        person.say(f"It is there. Select all that is in {self._user(place)}, and paste over it.")
        person.wait("Press Enter to put the secret key on the clipboard; it is not shown")
        loan.lend(credential.secret)
        person.say(f"It is there. Select all that is in {self._key(place)}, and paste over it. Do not type it.")
        fields = self._fields(place)
        if fields is not None and fields.repeat:
            person.say(f"Paste it into {fields.repeat} as well.")
        person.say("If the browser offers to keep the password, say no.")

    def _asked(self, person: Person, place: str, credential: Credential | None) -> tuple[Took, bool, str]:
        if credential is None:
            person.say("Load the page afresh.")
            return EMPTIED[person.choose(f"What do the two fields of {_of(place)} show?", tuple(EMPTIED))]
        return SAID[person.choose(f"What did {self._words.name} say?", tuple(SAID))]

    def _press_view(self, person: Person, place: str, username: str, password: SecretKey) -> str:
        words, login = self._words.proof, self._words.login
        person.say(f"Now see what a family sees, to prove the pair of {_of(place)}.")
        person.say(f"Open a private window of your browser, go to {self._base} and log in there, once:")
        person.say(f"  {login.username[0]}: {username}")
        with Loan(self._clipboard, person.say) as loan:
            person.wait(f"Press Enter to put the password of {username} on the clipboard; it is not shown")
            loan.lend(password)
            person.say(f"It is there. Paste it into {login.password[0]}, and do not let the browser keep it.")
            if words.steps:
                person.say(_way(words.steps))
            person.say(f"Press {words.button[0]}. If links come, open one.")
            person.wait("Press Enter when you see what came")
        answer = person.choose("What came?", (*CAME, REFUSED_LOG_IN))
        person.say("Keep no report. Log out there and close the private window.")
        return answer

    def _login_refused(self, what: str) -> LoginRefused:
        return LoginRefused(
            f"{self._words.name} refused {what}, as the person saw it.",
            state="It will not be asked for again: portals lock accounts. Nothing was written.",
            hint="Find out the right user name and password first, from whoever looks after the portal's accounts.",
        )

    def _stop(self, message: str) -> PageNotUnderstood:
        return PageNotUnderstood(message, state="Nothing was written.", hint="See every place: ssrcred schools.")

    def _proof(self, place: str, outcome: Outcome, detail: str) -> Proof:
        return Proof(Probe.PORTAL, outcome, self._clock(), place, detail)

    def _user(self, place: str = DISTRICT) -> str:
        fields = self._fields(place)
        return fields.username.label if fields is not None and fields.username.label else self._words.fields.username[0]

    def _key(self, place: str = DISTRICT) -> str:
        fields = self._fields(place)
        return fields.key.label if fields is not None and fields.key.label else self._words.fields.key[0]

    def _page(self) -> str:
        if self._route is not None and self._route.ways[0]:
            return self._route.ways[0][-1]
        steps = self._words.settings.steps
        return steps[-1][0] if steps else "the page with the pairs"


def _reading(place: str, username: str, key_seen: KeySeen | None = None) -> Reading:
    kind = Kind.DISTRICT if place == DISTRICT else Kind.SCHOOL
    return Reading(place, kind, username, key_seen or (KeySeen.HIDDEN if username else KeySeen.BLANK))


def _shown(reading: Reading) -> str | None:
    """What the field of the user name showed, in words; None if nobody could read it."""
    if reading.username == UNTOLD or (not reading.username and reading.key_seen is KeySeen.HIDDEN):
        return None
    return f"shows {reading.shown}" if reading.username else "is empty"


def _of(place: str) -> str:
    return "the district" if place == DISTRICT else place


def _way(steps: Sequence[Words]) -> str:
    return f"Choose {', then '.join(step[0] for step in steps)}." if steps else "Go to the page with the pairs."


def _called(words: Words) -> str:
    """What a button is called, and what else it may be called."""
    return f"{words[0]} (where there is none: {', '.join(words[1:])})" if len(words) > 1 else words[0]
