"""Judges what a run said: whether the servers and the vault contradict it, and whether its exit code is published.

Like crash_judge.py it imports nothing of the program. A sentence about the state of things that it does not know is
a fault, too: so none goes unchecked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

CODES: Final = Path(__file__).parents[1] / "docs" / "reference" / "exit-codes.md"
Pair = tuple[str, str]
HIDDEN: Final = "cannot_be_seen"


@dataclass(frozen=True, repr=False)
class Ran:
    """What a run with `--json` left: its exit code and both streams."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document; {} if there is none."""
        try:
            return dict(json.loads(self.stdout))
        except ValueError:
            return {}


@dataclass(frozen=True, repr=False)
class Facts:
    """What there was after a run, and in the vault before it; `saves` are the addresses of settings saved in it,
    `sign_ins` the accounts that were accepted.

    `new` are the credentials generated last. The setting of a place is `holds[place]`.
    """

    new: Pair
    slots_before: Mapping[str, Pair]
    slots: Mapping[str, Pair]
    holds: Mapping[str, Pair | None]
    saves: Sequence[str]
    sign_ins: Sequence[str] = ()

    @property
    def stored(self) -> bool:
        """Whether the vault has the new credentials."""
        return self.new in self.slots.values()


Claim = Callable[[Facts], bool]


def _nothing_saved(facts: Facts) -> bool:
    return not facts.saves


def _old_kept(facts: Facts) -> bool:
    return facts.slots_before.items() <= facts.slots.items()


def _unchanged(facts: Facts) -> bool:
    return not facts.saves and facts.slots == facts.slots_before


def _stored(facts: Facts) -> bool:
    return facts.stored


def _not_stored(facts: Facts) -> bool:
    return not facts.stored


# Sentences of `state` lines, and when they are true. The first that fits counts.
CLAIMS: Final[Sequence[tuple[str, Claim]]] = (
    (r"Nothing was (written|saved|sent)\b", _nothing_saved),
    (r"This run sent nothing", _nothing_saved),
    (r"Nothing was (changed|done)\.|This run did nothing", _unchanged),
    (r"Nothing was stored|(Its|The) new credentials (have not been|are not) stored", _not_stored),
    (r"The new key is NOT stored|The rotation still waits|Those are unchanged; the new credentials", _not_stored),
    (r"(The|Its) new credentials are stored|They are safe|Their rotation is closed", _stored),
    (r"They stay stored until others work", _stored),
    (r"They are saved for .+, and not for the others", lambda facts: bool(facts.saves)),
    (r"The credentials in the keyring were not changed|What was (stored|saved) before is as it was", _old_kept),
    (r"The vault is as it was", lambda facts: facts.slots == facts.slots_before),
    (r"It was sent once, and not again", lambda facts: len(set(facts.saves)) == len(facts.saves)),
)
# What does not claim anything of the servers or the vault: advice, doubt, what a page shows, what is recorded.
NO_CLAIMS: Final = re.compile(
    r"It is not known whether|The old ones stopped working|Nothing (more )?was recorded|It was left as it is"
    r"|The history file was not changed|The steps? (above|after)|The (last )?page (then )?shows|It was skipped"
    r"|(The data|What was sent) may have arrived|The new values may be stored|The answer was not used"
    r"|The item was not saved|The .+ is (not safely stored|still there)|ssrcred tried once|The sign-in"
    r"|The password was accepted|This says nothing about|You are not asked again|What was done before is recorded"
    r"|Credentials that were stored stay stored|Finished steps will not be|Do not regenerate in TOMS yet"
    r"|If new credentials were generated already|so parents cannot|All other items can be read"
)


def published() -> dict[str, int]:
    """Return the exit code of each code word, as the reference says."""
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", CODES.read_text("utf-8"), re.MULTILINE)
    return {word: int(code) for code, words in rows for word in re.findall(r"`(\w+)`", words)}


def contradictions(ran: Ran, facts: Facts) -> list[str]:
    """Return what a run said and is not so; nothing if all is well. Its events are held against what is there now."""
    wrong = []
    if "Traceback" in ran.stderr:
        wrong.append("a traceback")
    if facts.new[1] in ran.stdout + ran.stderr:
        wrong.append("the key was shown")
    document = ran.document
    if not document:
        return [*wrong, f"no JSON document, and exit code {ran.code}: {ran.stderr.splitlines()[-3:]}"]
    return [*wrong, *_code(ran, document), *_state(document, facts), *_events(document, facts)]


# What `verify` exits with, as the reference says below its table.
OF_VERDICTS: Final = {
    **dict.fromkeys(("working", "no_report"), (0, 6)),
    **dict.fromkeys(("refused", "expired", "superseded", "portal_differs", "school_differs"), (7,)),
    "unreachable": (8,),
    "unknown": (6,),
}


def verdict_contradictions(ran: Ran, ours: Pair, facts: Facts) -> list[str]:
    """Return what is wrong with a run of `verify --json`; `ours` are the credentials that are stored and in use.

    A verdict may leave open what is so. It must not accuse credentials that are valid, nor settings that have them, and
    not call anything working that is not. Nothing is changed by it.
    """
    wrong = ["a traceback"] if "Traceback" in ran.stderr else []
    if facts.saves or facts.slots != facts.slots_before:
        wrong.append("verify changed something")
    if "leas" not in ran.document:
        return [*wrong, *_code(ran, ran.document), *_state(ran.document, facts)]
    (one,) = ran.document["leas"]
    name, differing = one["verdict"], [place for place, held in facts.holds.items() if held not in (None, ours)]
    if ran.code not in OF_VERDICTS[name] or (ran.code == 6 and name != "unknown" and not one["blocked"]):
        wrong.append(f"exit code {ran.code} with the verdict {name}")
    untrue = {
        "working": ours != facts.new or bool(differing),
        "no_report": ours != facts.new or bool(differing),
        "refused": ours == facts.new,
        "expired": True,
        "superseded": ours == facts.new,
        "portal_differs": not differing,
        "school_differs": not set(differing) - {"district"},
    }
    if untrue.get(name, False):
        wrong.append(f"the verdict is {name}, and that is not so: {one['sentence']}")
    return wrong


# What a person reads of the steps as they are done, and when it is true.
SENTENCES: Final[Sequence[tuple[str, Claim]]] = (
    ("New credentials stored and read back", _stored),
    ("in SchoolWise saved", lambda facts: bool(facts.saves)),
    ("has the new credentials already", lambda facts: facts.new in facts.holds.values()),
    ("Old credentials deleted", lambda facts: set(facts.slots.values()) == {facts.new}),
    ("Rotation finished", lambda facts: facts.stored and facts.new in facts.holds.values()),
)


def shown(stderr: str, facts: Facts) -> list[str]:
    """Return what a run showed until it was killed and is not so."""
    wrong = [words for words, claim in SENTENCES if words in stderr and not claim(facts)]
    return [f"it showed: {words}. And it is not so." for words in wrong]


def _code(ran: Ran, document: Mapping[str, Any]) -> Iterator[str]:
    error = document.get("error")
    if error is not None and error["code"] == "unexpected":
        yield f"a bug: {error['message']}"
    elif error is None:
        if ran.code or not document.get("finished", True):
            yield f"exit code {ran.code} without an error"
    elif (ran.code, error["exit"]) != (published().get(error["code"]),) * 2:
        yield f"exit code {ran.code} with {error['code']}"
    elif not all(error[line].strip() for line in ("message", "state", "hint")):
        yield f"{error['code']} without three lines"


def _state(document: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    state = document.get("error", {}).get("state", "")
    if "new credentials are stored" in state:  # beside that, nothing else was changed
        facts = replace(facts, slots_before={**facts.slots_before, **facts.slots} if _old_kept(facts) else {})
    for sentence in re.split(r"(?<=[.!]) (?=[A-Z])", state):
        claims = [claim for words, claim in CLAIMS if re.match(words, sentence)]
        if claims and not claims[0](facts):
            yield f"it says: {sentence} And it is not so."
        elif sentence and not claims and not NO_CLAIMS.match(sentence):
            yield f"a state that is not checked: {sentence}"


def _events(document: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    parents = [event for event in document.get("events", ()) if "parent account can" in event["detail"].get("what", "")]
    if sum(event["outcome"] == "checked" for event in parents) > max(len(set(facts.sign_ins)) - 1, 0):
        yield "it says that a parent account can sign in, and none did"  # one of the accounts is the office's
    last: dict[str, Mapping[str, Any]] = {}  # by place: what was said last of saving there
    for event in document.get("events", ()):
        detail, said = event["detail"], f"{event['step']}: {event['outcome']}"
        if said == "store: stored" and not facts.stored:
            yield "it says that the new credentials are stored, and they are not"
        if said == "finish: retired" and detail["slot"] in facts.slots:
            yield f"it says that {detail['slot']} is deleted, and it is there"
        if said == "finish: pointed" and facts.slots.get(detail["slot"]) != facts.new:
            yield f"it says that {detail['slot']} is in use, and that has not the new credentials"
        if event["step"] == "write":
            last[event["place"] or "district"] = event
    for place, event in last.items():
        has, outcome = facts.holds.get(place) == facts.new, event["outcome"]
        if outcome in ("written", "skipped", "unconfirmed") and not has:
            certain = outcome != "unconfirmed" and event["detail"].get("seen") != HIDDEN
            if certain or not facts.saves:
                yield f"it says that {place} has the new credentials, and it has not"
        if outcome in ("failed", "not_confirmed", "page_changed") and has:
            yield f"it says that {place} was not updated, and it was"
    if document.get("finished") and (not facts.stored or facts.new not in facts.holds.values()):
        yield "it says that the rotation is finished, and it is not"
