"""A SIS portal worked by a recording of one save: the same requests, every fresh value read anew, one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.html.page import read
from ssrcred.adapters.portal.html.wording import says
from ssrcred.credential import Credential, SecretKey
from ssrcred.errors import ConfigInvalid, LoginRefused, PageNotUnderstood, SsrcredError
from ssrcred.evidence import Proof
from ssrcred.place import DISTRICT, KeySeen, Kind, Reading, Saved, Took, told_by
from ssrcred.portal.fit import masked
from ssrcred.portal.forms import FormPortal
from ssrcred.portal.map import PortalMap
from ssrcred.portal.playback import SERVER_FAILED, Playback
from ssrcred.portal.spot import complains, is_page
from ssrcred.web import Answer, AnswerLost, AnswerUnfit, Limits, Site

if TYPE_CHECKING:
    import httpx


class ReplayPortal:
    """One LEA's portal by a learned map; the same promises and arguments as FormPortal.

    A recording covers the place at which it was made: the district's. `schools` are those that were given a pair of
    their own before, each with its user name as it is remembered: they are told as such, unseen, and never written.
    Proofs are made by words, as FormPortal makes them; a portal without such a page answers NOT_UNDERSTOOD. Raises
    ConfigInvalid for a map without a recording.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: SecretKey,
        words: PortalMap,
        *,
        probes: Mapping[str, tuple[str, SecretKey]] | None = None,
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime],
        schools: Mapping[str, str] | None = None,
    ) -> None:
        if words.recording is None:
            raise ConfigInvalid(
                f"The map of {words.name} holds no recording.",
                state="Nothing was read from the portal or written to it.",
                hint="Make one from a recorded save: ssrcred portal learn FILE.har.",
            )
        self._words, self._recording = words, words.recording
        self._site = Site(base_url, limits=limits, transport=transport)
        self._visit = Playback(self._site, base_url, username, password, words, words.recording, clock)
        self._proofs = FormPortal(
            base_url, username, password, words, probes=probes, limits=limits, transport=transport, clock=clock
        )
        self._seen: Reading | None = None
        self._schools = tuple(
            Reading(school, Kind.SCHOOL, username, KeySeen.HIDDEN) for school, username in (schools or {}).items()
        )

    def places(self) -> tuple[Reading, ...]:
        """What the district's place holds, as far as the recording shows where; a user name that it never showed is "".

        Behind it the schools as they are remembered. Reads only. Raises LoginRefused, PageNotUnderstood or Unreachable.
        """
        self._seen = self._read()
        return (self._seen, *self._schools)

    def write(self, place: str, credential: Credential | None) -> Saved:
        """Save a pair once, then read again and tell what is shown.

        Everything is read again before. Raises PageNotUnderstood (nothing was written) also for another place than the
        district's and for None; LoginRefused or Unreachable. Once the save is sent, nothing is raised.
        """
        if credential is None:
            raise self._stop("The learned map tells how to save the district's pair, and nothing else.")
        if place != DISTRICT:
            way = f'ssrcred schools --set "{place}" --driver hand'
            raise self._stop(
                f"The learned map tells how to save the district's pair, and nothing else. By hand: {way}."
            )
        if self._seen is None:
            self.places()
        before = self._read()
        if self._seen is None or not _alike(before, self._seen):
            raise self._stop("What the portal shows for the district has changed since it was read.")
        request = self._visit.prepare(credential)
        answered, told = True, ""
        try:
            answer = self._visit.send(request)
            answered, told = answer.status < SERVER_FAILED, self._told(answer)
        except AnswerLost:
            answered = False
        except AnswerUnfit:
            told = "the portal's answer to the save could not be read"
        return self._look_again(before, credential, answered, told)

    def prove(self, place: str) -> Proof:
        """Press the button View CAASPP/ELPAC as the account that belongs to `place`; see FormPortal.prove."""
        return self._proofs.prove(place)

    def close(self) -> None:
        """Close every connection and forget the cookies."""
        self._site.close()
        self._proofs.close()

    def _read(self) -> Reading:
        self._visit.arrive()
        shown = [spot for spot in (self._recording.username, self._recording.key) if spot is not None]
        later = {step.id for step in self._recording.steps[self._after :]}
        if any(spot.on in later for spot in shown):
            self._visit.look()
        username = self._visit.shown(self._recording.username) if self._recording.username is not None else ""
        key = self._visit.shown(self._recording.key) if self._recording.key is not None else None
        if key and not masked(key):
            return Reading(DISTRICT, Kind.DISTRICT, username, KeySeen.CLEAR, SecretKey(key))
        blank = key == "" or (key is None and self._recording.username is not None and not username)
        return Reading(DISTRICT, Kind.DISTRICT, username, KeySeen.BLANK if blank else KeySeen.HIDDEN)

    @property
    def _after(self) -> int:
        return self._recording.steps.index(self._recording.step("save")) + 1

    def _told(self, answer: Answer) -> str:
        if answer.status >= REFUSED:
            return "the portal answered the save with an error"
        blocks = read(answer).blocks() if is_page(answer) else []
        if complains(answer) or any(says(block, self._words.save.failed) for block in blocks):
            return "the portal says that it did not save"
        return "the portal says that it saved" if any(says(block, self._words.save.saved) for block in blocks) else ""

    def _look_again(self, before: Reading, credential: Credential, answered: bool, told: str) -> Saved:
        """The end of a save by reading; what cannot be read now leaves it open, it does not undo it."""
        if self._recording.username is None and self._recording.key is None:
            return Saved(before, Took.CANNOT_BE_SEEN, answered, _join(told, "the recording shows no stored pair"))
        try:
            after = self._read()
        except SsrcredError as error:
            told, refused = _join(told, "the place could not be read again"), isinstance(error, LoginRefused)
            return Saved(before, Took.CANNOT_BE_SEEN, answered, told, log_in_refused=refused)
        self._seen = after
        shown = self._recording.username is not None
        took, detail = told_by(before, after, credential, username_shown=shown)
        return Saved(after, took, answered, _join(told, detail))

    def _stop(self, message: str) -> PageNotUnderstood:
        return PageNotUnderstood(
            message,
            state="Nothing was written.",
            hint="See what every place holds: ssrcred schools.",
        )


REFUSED = 400


def _alike(now: Reading, then: Reading) -> bool:
    same_key = (now.key is None) == (then.key is None) and (
        now.key is None or then.key is None or now.key.matches(then.key)
    )
    return now.username == then.username and now.key_seen == then.key_seen and same_key


def _join(*details: str) -> str:
    return "; ".join(detail for detail in details if detail)
