"""JSON Schemas (draft 2020-12) of the documents that `--json` prints: the published keys, and the words they can hold.

A key that is published may not be missing; more keys are allowed everywhere, because more may be added. The words come
from the domain's own enums, so that a schema cannot fall behind the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from ssrcred.domain.errors import Cause
from ssrcred.domain.event import TEST_OUTCOMES, Outcome, Step
from ssrcred.domain.evidence import Probe, Shows, Sure, VerdictName, Who
from ssrcred.domain.finding import Result
from ssrcred.domain.lea_status import State
from ssrcred.domain.place import Holds, Kind, What
from ssrcred.domain.report_kind import ReportKind
from ssrcred.domain.sis import Cers, SourceKind, Trial

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {"type": "integer"}
MOMENT: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}
DAY: Final[Schema] = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
TEXTS_BY_NAME: Final[Schema] = {"type": "object", "additionalProperties": TEXT}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _words(words: Iterable[str]) -> Schema:
    return {"enum": [word.value if isinstance(word, StrEnum) else word for word in words]}


def _object(keys: Mapping[str, Schema], also: Mapping[str, Schema] | None = None) -> Schema:
    """An object with all of `keys`, and perhaps some of `also`."""
    return {"type": "object", "properties": {**keys, **(also or {})}, "required": list(keys)}


def _unless_failed(keys: Mapping[str, Schema], always: Mapping[str, Schema]) -> Schema:
    """One LEA of many: all of `keys`, or `always` beside the error because of which there are no others."""
    found = _object(always, {"error": ERROR, **keys})
    return {**found, "if": {"required": ["error"]}, "else": {"required": list(keys)}}


TEXT_OR_NULL: Final = _or_null(TEXT)
TEXTS: Final = _list(TEXT)
LEA: Final[Mapping[str, Schema]] = {"lea": TEXT}
CONDITION: Final = {**LEA, "state": _words(State), "days_left": _or_null(NUMBER)}

ERROR: Final = _object(
    {"code": TEXT, "exit": NUMBER, "message": TEXT, "state": TEXT, "hint": TEXT}, {"problems": TEXTS}
)
DIFFERENCES: Final = _list(_object({"place": TEXT, "what": _words(What), "was": TEXT, "is": TEXT}))
EVENT: Final = {
    "step": _words(Step),
    "place": TEXT_OR_NULL,
    "outcome": _words(Outcome),
    "at": MOMENT,
    "detail": TEXTS_BY_NAME,
}
HANDOVERS: Final = _list(_object({"vendor": TEXT, "since": MOMENT, "sealed_at": _or_null(MOMENT)}))

STATUS: Final = _object(
    {
        **CONDITION,
        "name": TEXT,
        "why": TEXT_OR_NULL,
        "unconfirmed": FLAG,
        "generated_at": _or_null(MOMENT),
        "expires_at": _or_null(MOMENT),
        "last_proof": _or_null(MOMENT),
        "last_run": _or_null(MOMENT),
        "unverified": FLAG,
        "refused": TEXTS,
        "places": _list(_object({"place": TEXT, "outcome": _words(Outcome), "at": MOMENT, "username": TEXT})),
        "unfinished": _or_null(_object({"reached": TEXT, "stored": FLAG, "since": MOMENT})),
        "handovers": HANDOVERS,
        "systems_updated": TEXTS,
    }
)

ADVICE: Final = {
    "headline": TEXT,
    "sentence": TEXT,
    "caller": TEXT,
    "command": TEXT_OR_NULL,
    "who": _words(Who),
}
VERDICT: Final = {
    **LEA,
    "verdict": _words(VerdictName),
    "blocked": _or_null(_words(["login_refused"])),
    "next": TEXT,
}
PROBE: Final = _object(
    {
        "probe": _words(Probe),
        "outcome": _words(TEST_OUTCOMES),
        "place": TEXT_OR_NULL,
        "at": MOMENT,
        "detail": TEXT,
        "asked": TEXT,
        "content_type": TEXT,
        "bytes": _or_null(NUMBER),
        "looks_like_pdf": _or_null(FLAG),
        "year": TEXT,
        "type": TEXT,
        "taken": FLAG,
        "cause": _or_null(_words(cause for cause in Cause if cause)),
        "reports": _list(_object({"kind": _words(ReportKind), "years": TEXTS, "opened": FLAG})),
    }
)
VERIFIED: Final = _unless_failed(
    {
        **ADVICE,
        "sure": _words(Sure),
        "inferred": FLAG,
        "because": TEXT,
        "places": _list(_object({"place": TEXT, "shows": _words(Shows)})),
        "places_unread": TEXT_OR_NULL,
        "unconfirmed": FLAG,
        "differences": DIFFERENCES,
    },
    always={**VERDICT, "probes": _list(PROBE)},
)
PUBLISHED: Final = {
    **_object(
        {
            **CONDITION,
            "name": TEXT,
            "expires_at": _or_null(MOMENT),
            "last_proof": _or_null(MOMENT),
            "checked_at": MOMENT,
            "verdict": VERDICT["verdict"],
            "headline": TEXT,
        },
        {**ADVICE, **VERDICT, "error": TEXT},
    ),
    "if": {"required": ["error"]},
    "else": {"required": [*ADVICE, "blocked", "next"]},
}

PLACE: Final = {"place": TEXT, "kind": _words(Kind), "username": TEXT, "holds": _words(Holds), "new": FLAG}
EXTENT: Final = {"complete": FLAG, "twins": TEXTS}
FIELD: Final = _object({"field": TEXT, "label": TEXT, "holds": TEXT})
MEMBERS: Final = _list(_object({"name": TEXT, "username": TEXT}))
FOUND: Final = {
    "candidates": _list(
        _object(
            {
                "id": TEXT_OR_NULL,
                "proposed": TEXT_OR_NULL,
                "way": TEXTS,
                "names": TEXTS,
                "username": FIELD,
                "key": FIELD,
                "others": _list(_object({"label": TEXT, "field": TEXT, "kind": TEXT, "holds": TEXT})),
                "saves": _list(
                    _object({"number": NUMBER, "label": TEXT, "kind": _words(("button", "link", "close", "leave"))})
                ),
                "group": _or_null(
                    _object({"kind": _words(("rows", "links", "choices")), "complete": FLAG, "members": MEMBERS})
                ),
                "pinned": FLAG,
            }
        )
    ),
    "stopped": _or_null(
        _object({"at": TEXT, "looked_for": TEXTS, "controls": _list(_object({"number": NUMBER, "label": TEXT}))})
    ),
}
REHEARSED: Final = _words(("same", "browser_only", "no_browser"))
PINNED: Final = _list(
    _object(
        {
            "place": TEXT,
            "id": TEXT_OR_NULL,
            "driver": TEXT,
            "rehearsal": _object({"outcome": REHEARSED, "why": TEXT, "changed": NUMBER, "unchanged": NUMBER}),
        }
    )
)
ROUTE: Final = _object({"driver": TEXT, "way": TEXTS, "form": TEXT, "confirmed_by": TEXT, "confirmed_at": MOMENT})

CHECKS: Final = _list(
    _object(
        {
            "check": TEXT,
            "result": _words(Result),
            "words": TEXT,
            "command": TEXT,
            "exit": NUMBER,
            "facts": TEXTS_BY_NAME,
        }
    )
)


def _fact(says: Schema) -> Schema:
    """What is published of one thing about a system, and by whom."""
    source = dict.fromkeys(("source", "address", "published", "read_on"), TEXT_OR_NULL)
    return _object({"says": _or_null(says), "kind": _words(SourceKind), **source})


FACTS: Final = ("contact", "where", "fields", "schools", "test", "cache", "ssr", "lexile_quantile", "note")
SYSTEM: Final = {
    "key": TEXT,
    "name": TEXT,
    "names": TEXTS,
    "cers": _fact(_words(Cers)),
    **dict.fromkeys(FACTS, _fact(TEXT)),
    "drivers": TEXTS,
    "map": TEXT_OR_NULL,
    "tried": _words(Trial),
    "next": TEXTS,
}

LEA_ROW: Final = {
    **LEA,
    **dict.fromkeys(("name", "cds", "county", "group", "sis", "url", "driver", "problem"), TEXT_OR_NULL),
    "vendors": TEXTS,
    "confirmed": FLAG,
}
MOVED: Final = _list(_object({"name": TEXT, "done": _list(_words(("copied", "there", "deleted")))}))
MESSAGE: Final = {"to": TEXT, "leas": TEXTS, "title": TEXT, "sent": FLAG, "error": _or_null(ERROR)}
RUN: Final = {"job": TEXT, "exit_code": NUMBER, "fine": FLAG, "how": TEXT, "stdout": TEXT, "stderr": TEXT}
TRIED: Final = {"shape": TEXT, "ended": _words(("not_there", "not_understood", "refused", "token", "found"))}
REPORTED: Final = {
    **CONDITION,
    "name": TEXT,
    "expires_at": _or_null(MOMENT),
    "since": _or_null(MOMENT),
    "next": _list(_object({"says": TEXT, "command": TEXT})),
}
DATES: Final = {**LEA, "expires_on": DAY, "rotate_on": _or_null(DAY), "alarms": _list(DAY)}


def _document(*answers: Mapping[str, Schema], also: Mapping[str, Schema] | None = None) -> Schema:
    """A document with all keys of one of the `answers`; after an error with any of them, as far as the command came."""
    known = {key: schema for keys in (*answers, also or {}) for key, schema in keys.items()}
    whole = _object({"schema": TEXT}, {"error": ERROR, "events": _list(_object(EVENT)), "differences": DIFFERENCES})
    whole["properties"] |= {**known, "not_done": TEXTS}
    return {**whole, "if": {"required": ["error"]}, "else": {"anyOf": [{"required": list(keys)} for keys in answers]}}


DID: Final = {"events": _list(_object(EVENT)), "finished": FLAG}
# By the name in a document's own `schema`: a command, or several that answer alike.
DOCUMENTS: Final[Mapping[str, Schema]] = {
    "ssrcred": {**_object({"schema": TEXT, "error": ERROR})},  # no command was understood
    "status": _document({"leas": _list(STATUS), "worst": _words(State)}),
    "verify": _document({"leas": _list(VERIFIED)}),
    "published": _document({"leas": _list(PUBLISHED)}),
    "rotate": _document(DID, also={"tells": TEXTS}),
    **{name: _document(DID) for name in ("resume", "abandon", "store")},
    "upload": _document(DID, also={"leas": _list(_object({**LEA, "finished": FLAG}, {"error": ERROR}))}),
    "handover": _document(
        {**LEA, "handovers": HANDOVERS, "systems_updated": TEXTS, "file": TEXT_OR_NULL, "done": TEXT_OR_NULL},
        {**LEA, "file": TEXT_OR_NULL, "sheet": {"type": "object"}},
        also={"note": TEXT, "fingerprint": TEXT_OR_NULL},
    ),
    "schools": _document({**EXTENT, "places": _list(_object(PLACE))}),
    "portal test": _document({**EXTENT, "places": _list(_object(PLACE, {"found_by": TEXTS}))}, also=FOUND),
    "portal find": _document(FOUND),
    "portal confirm": _document(
        {"pinned": PINNED},
        {"leas": _list(_object({**LEA, "pinned": PINNED, "differences": DIFFERENCES}))},
        also=FOUND,
    ),
    "portal show": _document({"map": TEXT, "route": _or_null(ROUTE)}),
    "sis": _document({"systems": _list(_object(SYSTEM))}),
    "setup": _document({**LEA, "config": TEXT}),
    "lea": _document(
        {"leas": _list(_object(LEA_ROW))},
        {"renamed": _object({"from": TEXT, "to": TEXT}), "items": MOVED},
        {"removed": TEXT_OR_NULL, "credentials": _words(("kept", "deleted")), "deleted": TEXTS},
        also={
            **dict.fromkeys(("added", "fixed", "there"), TEXTS),
            "left_out": _object({"schools": NUMBER, "not_active": NUMBER}),
            "file": TEXT_OR_NULL,
        },
    ),
    "doctor": _document(
        {
            "manner": TEXT,
            "checks": CHECKS,
            "leas": _list(_object({**LEA, "name": TEXT, "sis": TEXT, "checks": CHECKS})),
            "exit": NUMBER,
        }
    ),
    "doctor find-api": _document(
        {**LEA, "profile": TEXT_OR_NULL, "requests": NUMBER, "tries": _list(_object(TRIED))}, also={"complete": FLAG}
    ),
    "support": _document({"file": TEXT, "text": TEXT}),
    "secret set": _document(
        {"lea": TEXT_OR_NULL, "name": TEXT, "test": _words(("accepted", "rejected", "not_tested"))}
    ),
    "secret drop": _document({"lea": TEXT_OR_NULL, "name": TEXT}),
    "vault init": _document({"folder": TEXT, "key_file": TEXT_OR_NULL, "config": TEXT}),
    "vault move": _document({"to": TEXT, "dry_run": FLAG, "items": MOVED, "switched": FLAG, "finished": FLAG}),
    "practice": _document(dict.fromkeys(("toms", "schoolwise", "service", "control"), TEXT)),
    "history": _document({"events": _list(_object({**EVENT, "number": NUMBER, **LEA, "by": TEXT}))}),
    "schedule": _document(
        {
            "kind": TEXT,
            "installed": FLAG,
            "same": FLAG,
            "elsewhere": TEXTS,
            "jobs": _list(_object({"name": TEXT, "when": TEXT, "command": TEXTS, "warnings": _list(NUMBER)})),
            "texts": _list(_object({"where": TEXT, "text": TEXT, "present": TEXT_OR_NULL})),
            "notes": TEXTS,
            "runs": _list(_object(RUN)),
        },
        {"removed": TEXTS},
    ),
    "remind": _document(
        {
            "leas": _list(_object(CONDITION)),
            "messages": _list(_object(MESSAGE)),
            "problems": TEXTS,
            "heartbeat": _or_null(_words(("sent", "failed"))),
            "plan": FLAG,
        },
        {**LEA, "mail": TEXTS, "channels": TEXTS},
    ),
    "calendar": _document({"file": TEXT, "leas": _list(_object(DATES)), "unknown": TEXTS}),
    "help": _document(
        {
            "commands": _list(_object({"name": TEXT, "title": TEXT})),
            "topics": _list(_object({"name": TEXT, "title": TEXT})),
        },
        {"name": TEXT, "kind": _words(("command", "topic")), "text": TEXT},
    ),
    "report": _document({"file": TEXT, "leas": _list(_object(REPORTED)), "left_out": NUMBER}),
    "schema": _document({"names": TEXTS, "document": _or_null({"type": "object"})}),
}


def schema(name: str) -> Schema:
    """The schema of the documents whose own `schema` is `ssrcred.NAME/1`. Raises KeyError for no such name."""
    body = DOCUMENTS[name]
    properties = {**body["properties"], "schema": {"const": f"ssrcred.{name}/1"}}
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": f"ssrcred.{name}/1", **body, "properties": properties}


def document_name(words: Iterable[str]) -> str:
    """The document of a command line that was not understood: of its command, or of the program as a whole."""
    typed = [word for word in words if not word.startswith("-")]
    named = (" ".join(typed[:2]), *typed[:1])
    return next((name for name in named if name in DOCUMENTS), "ssrcred")
