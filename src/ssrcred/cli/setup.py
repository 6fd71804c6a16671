"""The command setup: an interview that ends with a config.toml, the secrets, and a try of each door."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ssrcred.cli.opening import holds_secret
from ssrcred.cli.option import Json, NoInput
from ssrcred.cli.refusal import careful, forget_refusal
from ssrcred.cli.secret import alone_with, check_ssid
from ssrcred.cli.secret import secret as secret  # where the program looks for that command
from ssrcred.cli.session import Session, addressee
from ssrcred.cli.vendor import vendors
from ssrcred.config import Config, Lea, add_lea, check_lea
from ssrcred.config.section import dotted
from ssrcred.credential import SecretKey
from ssrcred.errors import (
    ConfigInvalid,
    InputRefused,
    Interrupted,
    KeyringFailed,
    KeyringMissing,
    LockHeld,
    SsrcredError,
    UsageWrong,
)
from ssrcred.story import Doors

if TYPE_CHECKING:
    from ssrcred.vault import Vault

DIRECT_CHECK = (
    "ssrcred can check the pair directly with the state's service. ETS says that the pair is for the use of SIS "
    "vendors, so this is your LEA's choice. Without it the check through SchoolWise remains."
)


class Interview:
    """Asks for what no option gave, one field at a time, and objects to an answer at once."""

    def __init__(self, session: Session, key: str) -> None:
        self._session = session
        self._key = key

    def field(self, path: str, question: str, given: str | None, *, default: str = "", needed: bool = True) -> str:
        """The option's value as it is, else the answer to the question; `path` is the field's dotted place."""
        if given is not None:
            return given
        if self._session.asker.no_input:
            return default
        return self._session.asker.until_good(
            question, lambda answer: self._objection(path, answer, needed), default=default
        )

    def _objection(self, path: str, answer: str, needed: bool) -> str | None:
        if not answer:
            return "This is needed." if needed else None
        table: dict[str, Any] = {}
        *parents, last = path.split(".")
        inner = table
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = answer
        return _problem(self._key, table, f".{path}: ")


def setup(
    context: typer.Context,
    lea: Annotated[str | None, typer.Option("--lea", metavar="NAME", help="A short name for the LEA: lincoln.")] = None,
    name: Annotated[str | None, typer.Option(help="The LEA's full name.")] = None,
    cds: Annotated[str | None, typer.Option(help="The CDS code, 14 digits.")] = None,
    url: Annotated[str | None, typer.Option(help="SchoolWise: https://NAME.schoolwise.com, without www.")] = None,
    username: Annotated[str | None, typer.Option(help="SchoolWise: the office account's user name.")] = None,
    parent: Annotated[str | None, typer.Option(help="SchoolWise: a parent account, for the proof.")] = None,
    parent_of: Annotated[
        list[str] | None,
        typer.Option("--parent-of", metavar="SCHOOL=ACCOUNT", help="A parent of a school with a pair of its own."),
    ] = None,
    own_pair: Annotated[
        list[str] | None,
        typer.Option("--own-pair", metavar="SCHOOL", help="A school that keeps a pair of its own; is left alone."),
    ] = None,
    driver: Annotated[str | None, typer.Option(help="How the portal is driven: http, browser or hand.")] = None,
    vendor: Annotated[
        list[str] | None, typer.Option("--vendor", metavar="NAME", help="Another system that uses the pair: SIRAS.")
    ] = None,
    direct_check: Annotated[
        bool | None, typer.Option("--direct-check/--no-direct-check", help="Check directly with the state's service.")
    ] = None,
    lifetime_days: Annotated[int | None, typer.Option(help="The life of a pair in days; 365 since about 2020.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The LEA's time zone.")] = None,
    toms_api: Annotated[str | None, typer.Option(help="The SSR service's address, if not the state's.")] = None,
    toms_site: Annotated[str | None, typer.Option(help="Where TOMS is opened, if not caaspp-elpac.org.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over the LEA's section in config.toml.")] = False,
    try_doors: Annotated[
        bool | None, typer.Option("--try/--no-try", help="End by trying each door, without writing anything.")
    ] = None,
    json: Json = False,
    no_input: NoInput = False,
) -> None:
    """Set up one LEA: a short interview, then its passwords, which are kept apart, then a dry try of each door."""
    session = Session.of(context, json=json, no_input=no_input)
    key = _key(session, lea)
    config = session.config() if session.home.config.exists() else Config()
    if key in config.keys and not replace:
        given: dict[str, object] = {
            "name": name,
            "cds": cds,
            "lifetime_days": lifetime_days,
            "timezone": timezone,
            "schoolwise.url": url,
            "schoolwise.username": username,
            "schoolwise.parent": parent,
            "schoolwise.driver": driver,
            "schoolwise.parents": dict(_split(item) for item in parent_of or ()),
            "schoolwise.schools": tuple(own_pair or ()),
            "vendors": tuple(vendor or ()),
            "toms.enabled": direct_check,
            "toms.api": toms_api,
            "toms.site": toms_site,
        }
        return _go_on(session, config, session.lea(key, config), given, try_doors)
    if not session.asker.no_input:  # who would be asked for passwords that nothing can keep
        _open_vault(session, config, Lea(key, "", ""))
    ask = Interview(session, key)
    table: dict[str, Any] = {
        "name": ask.field("name", "The LEA's full name", name),
        "cds": ask.field("cds", "Its CDS code (14 digits)", cds),
    }
    for field, value in (("lifetime_days", lifetime_days), ("timezone", timezone)):
        if value is not None:
            table[field] = value
    portal = {
        "url": ask.field("schoolwise.url", "SchoolWise address (https://NAME.schoolwise.com)", url),
        "username": ask.field("schoolwise.username", "SchoolWise office account (user name)", username),
        "driver": driver or "http",
        "parent": ask.field(
            "schoolwise.parent", "A parent account, to prove what parents see (empty: none)", parent, needed=False
        ),
        "parents": dict(_split(item) for item in parent_of or ()),
        "schools": list(own_pair or ()),
    }
    table["schoolwise"] = {field: value for field, value in portal.items() if value}
    if others := vendors(session, key, vendor):
        table["vendors"] = others
    table["toms"] = {"enabled": _direct_check(session, direct_check)}
    table["toms"] |= {field: value for field, value in (("api", toms_api), ("site", toms_site)) if value}
    add_lea(session.home.config, key, table, replace=replace)
    session.say(f"Written: {session.home.config}")
    written = session.config()
    session.addressee = addressee(key, written)
    session.stopped = Interrupted(
        "You stopped the program.",
        state="config.toml is written, and so are the passwords that are called kept above.",
        hint=f"To see which are missing, and what to type for each: ssrcred doctor --lea {key}",
    )
    _secrets(session, written.leas[key], _wanted(written.leas[key]))
    _end(session, key, try_doors)
    return None


def _end(session: Session, key: str, try_doors: bool | None) -> None:
    _confirm_fields(session, key)
    _try_doors(session, key, try_doors)
    session.say("To have two mailboxes told before a pair expires: ssrcred remind --setup.")
    session.answer({"lea": key, "config": str(session.home.config)})


def _go_on(session: Session, config: Config, lea: Lea, given: Mapping[str, object], try_doors: bool | None) -> None:
    """Go on with what is missing of an LEA that is set up. Raises ConfigInvalid if nothing is, or `given` differs."""
    path = session.home.config
    there = ConfigInvalid(
        f"The LEA {lea.key} is in {path.name} already.",
        state="Nothing was written.",
        hint=f"Change it in {path} with a text editor, or write it anew: ssrcred setup --lea {lea.key} --replace",
        problems=(f"lea.{lea.key}: is there already",),
    )
    if any(value not in (None, (), {}) and value != _stored(lea, name) for name, value in given.items()):
        raise there
    kept = _open_vault(session, config, lea)
    missing = {name: question for name, question in _wanted(lea).items() if not holds_secret(kept, name)}
    if not missing:
        raise there
    session.say(f"{lea.name} is in {path} already. This goes on with what is missing.")
    _secrets(session, lea, missing)
    _end(session, lea.key, try_doors)


def _stored(lea: Lea, name: str) -> object:
    """What config.toml says at a dotted place of an LEA's section."""
    part: object = lea
    for step in name.split("."):
        part = None if part is None else getattr(part, step)
    return dict(part) if isinstance(part, Mapping) else part


def _open_vault(session: Session, config: Config, lea: Lea) -> Vault:
    """The vault, tried with a made-up entry. Where there is no keyring, a person may have encrypted files set up.

    Raises KeyringFailed before anything was asked or written.
    """
    try:
        kept = session.vault(config, lea)
        if not session.asker.no_input:
            kept.canary()
    except KeyringMissing as missing:
        if session.asker.no_input or config.backend == "file":
            raise
        session.say(f"{missing.message} Passwords can be stored in encrypted files instead (ssrcred vault init).")
        if not session.asker.yes("Set up encrypted files now?", default=True):
            raise KeyringMissing(missing.message, state="Nothing was written.", hint=missing.hint) from None
    else:
        return kept
    from ssrcred.cli.vault import init_here

    init_here(session)
    return session.vault(session.config(), lea)


def _key(session: Session, given: str | None) -> str:
    def objection(key: str) -> str | None:
        return _problem(key, {}, ": ") if key else "This is needed."

    if not given:
        return session.asker.until_good("A short name for the LEA, for --lea (lincoln)", objection, option="--lea")
    if wrong := objection(given):
        message = f"The short name '{given}' cannot be used. {wrong}"
        raise ConfigInvalid(message, state="Nothing was written.", hint="Give a short name like: --lea lincoln.")
    return given


def _problem(key: str, table: dict[str, Any], place: str) -> str | None:
    """What is wrong at one place of an LEA's section, as a sentence about what was typed; None if nothing is."""
    where = f"{dotted('lea', key)}{place}"
    found = [problem.removeprefix(where) for problem in check_lea(key, table) if problem.startswith(where)]
    return f"It {found[0]}{'' if found[0].endswith(('.', '?')) else '.'}" if found else None


def _split(item: str) -> tuple[str, str]:
    school, equals, account = item.partition("=")
    if not equals or not school.strip() or not account.strip():
        raise UsageWrong(
            f"'{item}' is not of the form SCHOOL=ACCOUNT.",
            state="Nothing was written.",
            hint="Write it like this: --parent-of 'Lincoln High School=parent2'.",
        )
    return school.strip(), account.strip()


def _direct_check(session: Session, given: bool | None) -> bool:
    if given is not None or session.asker.no_input:
        return given is not False
    session.say(DIRECT_CHECK)
    return session.asker.yes("Check the pair directly as well?", default=True)


def _wanted(lea: Lea) -> dict[str, str]:
    """The secrets that an LEA needs, by name, each with its question."""
    wanted = {}
    if lea.schoolwise is not None:
        wanted["schoolwise"] = f"Password of {lea.schoolwise.username} in SchoolWise"
        if lea.schoolwise.parent:
            wanted["parent"] = f"Password of the parent account {lea.schoolwise.parent}"
        parents = lea.schoolwise.parents.values()
        wanted |= {f"parent:{account}": f"Password of the parent account {account}" for account in parents}
    return wanted | {"test-ssid": "SSID of a test student who has a score report (empty: check without a report)"}


def _secrets(session: Session, lea: Lea, wanted: Mapping[str, str]) -> None:
    """Ask for secrets, or say how to give them; an empty answer leaves one for later."""
    key = lea.key
    if session.asker.no_input:
        session.say("Now give the secrets, each on standard input:")
        for name in wanted:
            session.say(f"  ssrcred secret set {shlex.quote(name)} --lea {key} --stdin")
        return
    go_on = f"Then go on with: ssrcred setup --lea {key}"
    try:
        _ask_for(session, key, wanted)
    except LockHeld as held:
        raise LockHeld(
            held.message,
            state="config.toml is written, and no secret is kept.",
            hint=f"Let the other run end. Then give each secret: ssrcred secret set NAME --lea {key}",
        ) from None
    except KeyringFailed as failed:
        state = "config.toml is written, and so are the passwords that are called kept above."
        raise type(failed)(failed.message, state=state, hint=f"{failed.hint} {go_on}") from None


def _ask_for(session: Session, key: str, wanted: Mapping[str, str]) -> None:
    """Ask for secrets, by name with the question for each, and keep them. Raises LockHeld before the first question."""
    with alone_with(session, key) as (config, lea):
        kept = session.vault(config, lea)
        session.say(f"Passwords are kept in the {kept.description}. What you type is not shown.")
        for name, question in wanted.items():
            answer = _asked(session, name, question)
            if answer:
                kept.keep_secret(name, answer)
                forget_refusal(session, key, name)
                session.say("  kept")
            else:
                session.say(f"  left for later: ssrcred secret set {name} --lea {key}")


def _asked(session: Session, name: str, question: str) -> SecretKey:
    """One hidden answer, asked for again while it cannot be right; an empty one is left to the caller."""
    while True:
        answer = session.asker.hidden(question)
        try:
            if answer:
                check_ssid(name, answer)
        except InputRefused as problem:
            session.say(f"  {problem.message}")
        else:
            return answer


def _confirm_fields(session: Session, key: str) -> None:
    """Have the person confirm which fields hold the credentials; what fails here undoes nothing and is said."""
    from ssrcred.cli.confirm import Wanted, called, confirm
    from ssrcred.cli.driver import route_of

    lea = session.config().leas[key]
    later = f"To say which fields of SchoolWise hold the credentials: ssrcred portal confirm --lea {key}"
    if lea.schoolwise is None or lea.schoolwise.driver == "hand" or route_of(session, lea) is not None:
        return
    if not session.asker.no_input:
        session.say("Next you confirm, once, which fields of SchoolWise hold the credentials. Nothing is saved there.")
    if session.asker.no_input or not session.asker.yes("Find the fields now?", default=True):
        session.say(later)
        return
    try:
        with session.open(key, portal=False, reports=False) as work:
            for pinned in confirm(session, work, Wanted()):
                session.say(f"  confirmed: {called(pinned.place)}")
    except SsrcredError as problem:
        session.say(f"  {problem.message}")
        session.say(f"    {problem.hint}")
        session.say(f"  {later}")


def _try_doors(session: Session, key: str, wanted: bool | None) -> None:
    """Try each door without writing, and say what each answered; nothing that fails here undoes the set-up."""
    if wanted is None and not session.asker.no_input:
        wanted = session.asker.yes("Try each door now? Nothing is written.", default=True)
    if not wanted:
        session.say("To try each door at any time: ssrcred rotate --plan.")
        return
    failed = False
    with session.open(key) as work:
        for what, attempt in _doors(work.vault.description, work.story.doors):
            try:
                attempt()
            except SsrcredError as problem:
                failed = True
                session.say(f"  {what}: {problem.message}")
                session.say(f"    {problem.hint}")
            else:
                session.say(f"  {what}: fine")
    session.say(
        "Next, "
        + ("once that is mended: ssrcred rotate --plan." if failed else "to make the new pair: ssrcred rotate.")
    )


def _doors(vault: str, doors: Doors) -> list[tuple[str, Callable[[], object]]]:
    tries: list[tuple[str, Callable[[], object]]] = [(vault, doors.vault.canary)]
    if doors.reports is not None:
        tries.append(("the state's service", doors.reports.reach))
    if doors.portal is not None:
        tries.append(("SchoolWise, office account", careful(doors.portal).sign_in))
        for place in sorted(doors.provable):
            tries.append((f"SchoolWise, parent account ({place})", partial(doors.portal.prove, place)))
    return tries
