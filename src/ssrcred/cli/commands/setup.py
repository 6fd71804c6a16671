"""The commands setup, an interview that ends with a config.toml, the secrets and a try of each door, and secret."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ssrcred.adapters.config import Config, Lea, add_lea, check_lea
from ssrcred.adapters.config.value import RESERVED, channel_name
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.adapters.terminal.stream import around, one_line
from ssrcred.adapters.toml_file import Unfit, dotted
from ssrcred.app.portal import accounts
from ssrcred.app.refused_sign_in import OFFICE, careful, forget_refusal
from ssrcred.app.reminders.channel import keep as keep_channel
from ssrcred.app.session import Session, addressee, optional_secret, shared_turn, shared_vault
from ssrcred.app.terminal import Terminal
from ssrcred.cli.command import USUAL, command
from ssrcred.cli.option import LeaName
from ssrcred.domain import errors
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.event import Outcome

if TYPE_CHECKING:
    from ssrcred.adapters.vault import Vault

QUESTIONS: Final = {
    "name": "The LEA's full name",
    "cds": "Its CDS code (14 digits)",
    "schoolwise.url": "SchoolWise address (https://NAME.schoolwise.com)",
    "schoolwise.username": "SchoolWise office account (user name)",
    "schoolwise.parent": "A parent account, to prove what parents see (empty: none)",
}
"""What is asked for, by its dotted place in the LEA's section."""
VENDORS: Final = "Which other systems use the pair, such as SIRAS, SEIS or CERS? Commas between them, Enter for none"
KEPT: Final = "config.toml is written, and so are the passwords that are called kept above."
DIRECT_CHECK: Final = (
    "ssrcred can check the pair directly with the state's service. ETS says that the pair is for the use of SIS "
    "vendors, so this is your LEA's choice. Without it the check through SchoolWise remains."
)


@command(*USUAL)
def setup(
    session: Session,
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
) -> None:
    """Set up one LEA: a short interview, then its passwords, which are kept apart, then a dry try of each door."""
    key = _key(session.terminal, lea)
    config = session.config() if session.environment.home.config.exists() else Config()
    given: dict[str, object] = {
        "name": name,
        "cds": cds,
        "lifetime_days": lifetime_days,
        "timezone": timezone,
        "schoolwise.url": url,
        "schoolwise.username": username,
        "schoolwise.driver": driver,
        "schoolwise.parent": parent,
        "schoolwise.parents": dict(_split(item) for item in parent_of or ()),
        "schoolwise.schools": tuple(own_pair or ()),
        "vendors": tuple(vendor or ()),
        "toms.enabled": direct_check,
        "toms.api": toms_api,
        "toms.site": toms_site,
    }
    if key in config.keys and not replace:
        mine = session.lea(key, config)
        _ask_secrets(session, mine, _missing(session, config, mine, given))
    else:
        if not session.terminal.no_input:  # who would be asked for passwords that nothing can keep
            _open_vault(session, config, Lea(key, "", ""))
        add_lea(session.environment.home.config, key, _interview(session.terminal, key, given), replace=replace)
        session.terminal.say(f"Written: {session.environment.home.config}")
        written = session.config()
        session.terminal.addressee = addressee(key, written)
        session.result.stopped = errors.Interrupted(
            "You stopped the program.",
            state=KEPT,
            hint=f"To see which are missing, and what to type for each: ssrcred doctor --lea {key}",
        )
        _ask_secrets(session, written.leas[key], _wanted(written.leas[key]))
    _confirm_fields(session, key)
    _try_doors(session, key, try_doors)
    session.terminal.say("To have two mailboxes told before a pair expires: ssrcred remind --setup.")
    session.result.answer({"lea": key, "config": str(session.environment.home.config)})


def _interview(terminal: Terminal, key: str, given: Mapping[str, object]) -> dict[str, Any]:
    """The LEA's section: what options gave, as it is, and the answers to questions about the rest."""
    ask, answers = terminal, dict(given)
    for path, question in QUESTIONS.items():
        if answers[path] is None:
            needed = path != "schoolwise.parent"
            check = partial(_objection, key, path, needed=needed)
            answers[path] = "" if ask.no_input else ask.ask_until_good(question, check)
    if not answers["vendors"] and not ask.no_input:
        named = ask.ask_until_good(VENDORS, lambda text: _problem(key, {"vendors": _names(text)}, ".vendors: "))
        answers["vendors"] = _names(named)
    if answers["toms.enabled"] is None and not ask.no_input:
        terminal.say(DIRECT_CHECK)
        answers["toms.enabled"] = ask.ask_yes_no("Check the pair directly as well?", default=True)
    answers["toms.enabled"] = answers["toms.enabled"] is not False
    answers["schoolwise.driver"] = answers["schoolwise.driver"] or "http"
    table: dict[str, Any] = {}
    for path, value in answers.items():
        if path in ("name", "cds") or value not in (None, "", (), [], {}):
            _put(table, path, list(value) if isinstance(value, tuple) else value)
    return table


def _put(table: dict[str, Any], path: str, value: object) -> None:
    """Set what is at a dotted place, with the tables on the way to it."""
    *parents, last = path.split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
    table[last] = value


def _names(text: str) -> list[str]:
    return [name for one in text.split(",") if (name := one.strip())]


def _objection(key: str, path: str, answer: str, *, needed: bool) -> str | None:
    if not answer:
        return "This is needed." if needed else None
    table: dict[str, Any] = {}
    _put(table, path, answer)
    return _problem(key, table, f".{path}: ")


def _missing(session: Session, config: Config, lea: Lea, given: Mapping[str, object]) -> dict[str, str]:
    """The secrets that are missing of an LEA that is set up. Raises ConfigInvalid if none is, or `given` differs."""
    path = session.environment.home.config
    there = errors.ConfigInvalid(
        f"The LEA {lea.key} is in {path.name} already.",
        state="Nothing was written.",
        hint=f"Change it in {path} with a text editor, or write it anew: ssrcred setup --lea {lea.key} --replace",
        problems=(f"lea.{lea.key}: is there already",),
    )
    if any(value not in (None, (), {}) and value != _stored(lea, name) for name, value in given.items()):
        raise there
    kept = _open_vault(session, config, lea)
    missing = {name: question for name, question in _wanted(lea).items() if optional_secret(kept, name) is None}
    if not missing:
        raise there
    session.terminal.say(f"{lea.name} is in {path} already. This goes on with what is missing.")
    return missing


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
        if not session.terminal.no_input:
            kept.canary()
    except errors.KeyringMissing as missing:
        if session.terminal.no_input or config.backend == "file":
            raise
        session.terminal.say(
            f"{missing.message} Passwords can be stored in encrypted files instead (ssrcred vault init)."
        )
        if not session.terminal.ask_yes_no("Set up encrypted files now?", default=True):
            raise errors.KeyringMissing(missing.message, state="Nothing was written.", hint=missing.hint) from None
    else:
        return kept
    from ssrcred.cli.commands.vault import init_here

    init_here(session)
    return session.vault(session.config(), lea)


def _key(terminal: Terminal, given: str | None) -> str:
    def objection(key: str) -> str | None:
        return _problem(key, {}, ": ") if key else "This is needed."

    if not given:
        return terminal.ask_until_good("A short name for the LEA, for --lea (lincoln)", objection, option="--lea")
    if wrong := objection(given):
        message = f"The short name '{given}' cannot be used. {wrong}"
        raise errors.ConfigInvalid(message, state="Nothing was written.", hint="Give a short name like: --lea lincoln.")
    return given


def _problem(key: str, table: dict[str, Any], place: str) -> str | None:
    """What is wrong at one place of an LEA's section, as a sentence about what was typed; None if nothing is."""
    where = f"{dotted('lea', key)}{place}"
    found = [problem.removeprefix(where) for problem in check_lea(key, table) if problem.startswith(where)]
    return f"It {found[0]}{'' if found[0].endswith(('.', '?')) else '.'}" if found else None


def _split(item: str) -> tuple[str, str]:
    school, equals, account = item.partition("=")
    if not equals or not school.strip() or not account.strip():
        raise errors.UsageWrong(
            f"'{item}' is not of the form SCHOOL=ACCOUNT.",
            state="Nothing was written.",
            hint="Write it like this: --parent-of 'Lincoln High School=parent2'.",
        )
    return school.strip(), account.strip()


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


def _ask_secrets(session: Session, lea: Lea, wanted: Mapping[str, str]) -> None:
    """Ask for secrets, by name with the question for each, and keep them; an empty answer leaves one for later.

    Without a person it says how to give them. Raises LockHeld before the first question.
    """
    key = lea.key
    if session.terminal.no_input:
        session.terminal.say("Now give the secrets, each on standard input:")
        for name in wanted:
            session.terminal.say(f"  ssrcred secret set {shlex.quote(name)} --lea {key} --stdin")
        return
    try:
        with alone_with(session, key) as (config, mine):
            kept = session.vault(config, mine)
            session.terminal.say(f"Passwords are kept in the {kept.description}. What you type is not shown.")
            for name, question in wanted.items():
                while answer := session.terminal.ask_hidden(question):
                    try:
                        check_ssid(name, answer)
                    except errors.InputRefused as problem:
                        session.terminal.say(f"  {problem.message}")
                    else:
                        break
                if answer:
                    kept.keep_secret(name, answer)
                    forget_refusal(session.environment, key, name)
                    session.terminal.say("  kept")
                else:
                    session.terminal.say(f"  left for later: ssrcred secret set {name} --lea {key}")
    except errors.LockHeld as held:
        raise errors.LockHeld(
            held.message,
            state="config.toml is written, and no secret is kept.",
            hint=f"Let the other run end. Then give each secret: ssrcred secret set NAME --lea {key}",
        ) from None
    except errors.KeyringFailed as failed:
        hint = f"{failed.hint} Then go on with: ssrcred setup --lea {key}"
        raise type(failed)(failed.message, state=KEPT, hint=hint) from None


def _confirm_fields(session: Session, key: str) -> None:
    """Have the person confirm which fields hold the credentials; what fails here undoes nothing and is said."""
    from ssrcred.app.confirmation import called, confirm
    from ssrcred.app.portal import route_of

    lea = session.config().leas[key]
    later = f"To say which fields of SchoolWise hold the credentials: ssrcred portal confirm --lea {key}"
    if lea.schoolwise is None or lea.schoolwise.driver == "hand" or route_of(session.environment, lea) is not None:
        return
    if not session.terminal.no_input:
        session.terminal.say(
            "Next you confirm, once, which fields of SchoolWise hold the credentials. Nothing is saved there."
        )
    if session.terminal.no_input or not session.terminal.ask_yes_no("Find the fields now?", default=True):
        session.terminal.say(later)
        return
    try:
        with session.open(key, portal=False, reports=False) as work:
            for pinned in confirm(session, work):
                session.terminal.say(f"  confirmed: {called(pinned.place)}")
    except errors.SsrcredError as problem:
        session.terminal.say(f"  {problem.message}")
        session.terminal.say(f"    {problem.hint}")
        session.terminal.say(f"  {later}")


def _try_doors(session: Session, key: str, wanted: bool | None) -> None:
    """Try each door without writing, and say what each answered; nothing that fails here undoes the set-up."""
    if wanted is None and not session.terminal.no_input:
        wanted = session.terminal.ask_yes_no("Try each door now? Nothing is written.", default=True)
    if not wanted:
        session.terminal.say("To try each door at any time: ssrcred rotate --plan.")
        return
    following = "to make the new pair: ssrcred rotate."
    with session.open(key) as work:
        ports = work.workflow.ports
        tries: dict[str, Callable[[], object]] = {work.vault.description: ports.vault.canary}
        if ports.reports is not None:
            tries["the state's service"] = ports.reports.reach
        if ports.portal is not None:
            tries["SchoolWise, office account"] = careful(ports.portal).sign_in
            for place in sorted(ports.provable):
                tries[f"SchoolWise, parent account ({place})"] = partial(ports.portal.prove, place)
        for what, attempt in tries.items():
            try:
                attempt()
            except errors.SsrcredError as problem:
                following = "once that is mended: ssrcred rotate --plan."
                session.terminal.say(f"  {what}: {problem.message}")
                session.terminal.say(f"    {problem.hint}")
            else:
                session.terminal.say(f"  {what}: fine")
    session.terminal.say(f"Next, {following}")


secret = typer.Typer(
    help="Keep passwords and the test student's SSID: in the keyring, or in the encrypted files.", no_args_is_help=True
)


@contextmanager
def alone_with(session: Session, lea: str | None) -> Iterator[tuple[Config, Lea]]:
    """The settings and the LEA, while no other run works on it: not `vault move`, and not another of this kind."""
    with lock(session.environment.home.locks, session.lea(lea, session.config()).key):
        config = session.config()  # which names what holds the secrets only now for sure
        yield config, session.lea(lea, config)


def check_ssid(name: str, value: SecretKey) -> None:
    """Raise InputRefused for a test student's SSID that cannot be one."""
    if name == "test-ssid" and len(value) != 10:
        raise errors.InputRefused(
            f"An SSID has 10 digits; this has {len(value)} characters.",
            state="It was not kept.",
            hint="Type the test student's Statewide Student Identifier again: ssrcred secret set test-ssid.",
        )


TryIt = Annotated[
    bool | None,
    typer.Option("--try/--no-try", help="Test a SchoolWise password by one sign-in; at a terminal that is usual."),
]
OneLine = Annotated[bool, typer.Option("--stdin", help="One line on standard input: the secret.")]
SecretName = Annotated[
    str, typer.Argument(metavar="NAME", help="schoolwise, parent, parent:ACCOUNT, test-ssid or notify:NAME.")
]


def _check_name(name: str) -> None:
    """Raise UsageWrong for what is no secret's name, or not that of a channel."""
    known = ("schoolwise", "parent", "test-ssid")
    kind, _, rest = name.partition(":")
    if name in known or (rest and kind == "parent"):
        return
    if not name.startswith("notify:"):
        raise errors.UsageWrong(
            f"There is no secret named '{name}'.",
            state="Nothing was kept.",
            hint=f"The names are: {', '.join(known)}, parent:ACCOUNT, notify:NAME.",
        )
    try:
        if rest != RESERVED:
            channel_name(rest)
    except Unfit as reason:
        raise errors.UsageWrong(
            f"The name of the channel {reason}.",
            state="Nothing was kept.",
            hint="Choose a short name like: ssrcred secret set notify:team.",
        ) from None


@secret.command("set")
@command("no_input")
def secret_set(
    session: Session, name: SecretName, lea: LeaName = None, stdin: OneLine = False, try_it: TryIt = None
) -> None:
    """Keep a secret: from a hidden prompt, or as one line on standard input."""
    _check_name(name)
    if name.startswith("notify:"):
        with shared_turn(session):
            config = session.config(reminders=True)
            shared_vault(session, config)  # one that does not open is told of before anybody types
            keep_channel(session, config, name.removeprefix("notify:"), _given(session.terminal, name, stdin=stdin))
        return
    with alone_with(session, lea) as (config, mine):
        kept = session.vault(config, mine)
        value = _given(session.terminal, name, stdin=stdin)
        check_ssid(name, value)
        kept.keep_secret(name, value)
        session.terminal.say(f"Kept {name} in the {kept.description}.")
        if remark := around(value):
            session.terminal.say(remark)
        forget_refusal(session.environment, mine.key, name)
    if try_it or (try_it is None and not stdin):
        _try_password(session, config, mine, name, strictly=try_it is True)


def _try_password(session: Session, config: Config, lea: Lea, name: str, *, strictly: bool) -> None:
    """Test a password by one sign-in, and say what came of it. Raises LoginRefused only if that is what was asked for.

    By hand a person signs in, with another password than the one that is stored here.
    """
    places = [place for place, (_, secret) in accounts(lea).items() if secret == name]
    if lea.schoolwise is None or lea.schoolwise.driver == "hand" or not (name == OFFICE or places):
        return None
    session.terminal.say("Testing it with one sign-in to SchoolWise.")
    try:
        with session.opened(config, lea, reports=False, forgiving=True) as work:
            portal = work.workflow.ports.portal
            if portal is None:
                return None
            if name == OFFICE:
                careful(portal).sign_in()
            else:
                proof = portal.prove(places[0])
                if proof.outcome in (Outcome.UNREACHABLE, Outcome.SKIPPED):
                    return session.terminal.say(f"It could not be tested: {proof.detail.rstrip('.')}.")
    except errors.LoginRefused as refusal:
        hint = f"If it was mistyped, store it again: ssrcred secret set {name} --lea {lea.key}"
        problem = errors.LoginRefused(f"SchoolWise rejected the password of {name}.", state=refusal.state, hint=hint)
        if strictly:
            raise problem from None
        session.terminal.say(f"{problem.message} It is stored, and is not sent again before it is stored anew. {hint}")
    except (errors.ConfigInvalid, errors.PortalFailed, errors.Unreachable, errors.UsageWrong) as problem:
        session.terminal.say(f"It could not be tested: {problem.message}")
    else:
        session.terminal.say("SchoolWise accepted it.")


def _given(terminal: Terminal, name: str, *, stdin: bool) -> SecretKey:
    if stdin:
        return one_line(terminal.piped())
    return terminal.ask_hidden(f"Secret {name}", option="--stdin")


@secret.command("drop")
@command()
def secret_drop(session: Session, name: SecretName, lea: LeaName = None) -> None:
    """Delete a secret, and see that it is gone."""
    _check_name(name)
    if name.startswith("notify:"):
        with shared_turn(session):
            shared_vault(session, session.config()).drop_secret(name)
    else:
        with alone_with(session, lea) as (config, mine):
            session.vault(config, mine).drop_secret(name)
    session.terminal.say(f"Deleted {name}; it is seen to be gone.")
