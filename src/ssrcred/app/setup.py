"""Sets up one LEA: an interview for its section in config.toml, its secrets, and a test of the connections."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ssrcred.adapters.config import Config, Lea, add_lea, check_lea, config_exists
from ssrcred.adapters.toml_file import dotted
from ssrcred.app.portal import accounts, route_of
from ssrcred.app.refused_sign_in import forget_refusal
from ssrcred.app.secrets import alone_with, check_ssid
from ssrcred.app.session import Session, addressee, optional_secret
from ssrcred.app.sis import sis_directory, sis_named
from ssrcred.app.terminal import Terminal
from ssrcred.domain import errors

if TYPE_CHECKING:
    from ssrcred.adapters.vault import Vault
    from ssrcred.domain.sis import Directory

# What is asked for, by dotted key in the LEA's section.
QUESTIONS: Final = {
    "name": "The LEA's full name",
    "cds": "Its CDS code (14 digits)",
    "schoolwise.sis": "The student information system; ssrcred sis lists them (Enter: SchoolWise)",
    "schoolwise.url": "{sis} address (https://{site})",
    "schoolwise.username": "{sis} office account (user name)",
    "schoolwise.parent": "A parent account, to test what parents see (Enter: none)",
    "coordinators.caaspp": "Mail address of the CAASPP coordinator, who is told before each rotation (Enter: none)",
    "coordinators.elpac": "Mail address of the ELPAC coordinator, the same (Enter: none)",
}
OPTIONAL: Final = frozenset({"schoolwise.sis", "schoolwise.parent", "coordinators.caaspp", "coordinators.elpac"})
VENDORS: Final = (
    "Which other systems use the credentials, such as SIRAS, SEIS or CERS? Separate with commas (Enter: none)"
)
SITE: Final = "NAME.schoolwise.com"
KEPT: Final = "config.toml is saved, and so are the passwords marked as stored above."
DIRECT_CHECK: Final = (
    "ssrcred can check the credentials directly with the state's service. ETS says that they are for SIS "
    "vendors, so this is your LEA's choice. Without it, they are still checked through {sis}."
)
UNTRIED: Final = (
    "ssrcred has not been tried on {sis}. You confirm yourself which fields hold the credentials; before that, nothing "
    "is saved there."
)
NEEDED: Final = "This is needed."
NOT_GIVEN: Final[tuple[object, ...]] = (None, "", (), [], {})


def set_up(
    session: Session,
    short_name: str | None,
    given: Mapping[str, object],
    *,
    replace: bool,
    test_connections: bool | None,
) -> None:
    """Set up an LEA: what options `given` (by dotted key in its section) leave open is asked for.

    One that is set up already is gone on with where secrets are missing; only `replace` writes its section anew.
    """
    key, path = _short_name(session.terminal, short_name), session.environment.home.config
    config = session.config() if config_exists(path) else Config()
    directory = sis_directory(session.environment)
    if named := given["schoolwise.sis"]:
        given = {**given, "schoolwise.sis": sis_named(directory, str(named)).name}
    if key in config.keys and not replace:
        lea = session.lea(key, config)
        _ask_secrets(session, lea, _missing(session, config, lea, given))
    else:
        if not session.terminal.no_input:  # nobody is asked for passwords that could not be stored
            _open_vault(session, config, Lea(key, "", ""))
        add_lea(path, key, _interview(session.terminal, key, given, directory), replace=replace)
        session.terminal.say(f"Written: {path}")
        config = session.config()
        session.terminal.addressee = addressee(key, config)
        session.result.stopped = errors.Interrupted(
            "You stopped the program.",
            state=KEPT,
            hint=f"To see which are missing: ssrcred doctor --lea {key}",
        )
        lea = config.leas[key]
        _ask_secrets(session, lea, _wanted(lea))
    _confirm_fields(session, key)
    _test_connections(session, key, test_connections)
    session.terminal.say(
        "To send reminders to two mailboxes before the credentials expire: ssrcred remind --setup[lea]"
    )
    session.result.answer({"lea": key, "config": str(path)})


# The section in config.toml.


def _short_name(terminal: Terminal, given: str | None) -> str:
    if not given:
        question = "A short name for the LEA, for --lea (lincoln)"
        return terminal.ask_until_good(question, lambda key: objection_to(key) if key else NEEDED, option="--lea")
    if wrong := objection_to(given):
        message = f"The short name '{given}' cannot be used. {wrong}"
        raise errors.ConfigInvalid(message, state="Nothing was written.", hint="Give a short name like: --lea lincoln.")
    return given


def _interview(terminal: Terminal, key: str, given: Mapping[str, object], directory: Directory) -> dict[str, Any]:
    """The LEA's section: what options gave, as it is, and the answers to questions about the rest."""
    answers, ask = dict(given), not terminal.no_input
    system, site = directory.system["schoolwise"], SITE

    def objection(path: str, answer: str) -> str | None:
        if not answer:
            return None if path in OPTIONAL else NEEDED
        if path != "schoolwise.sis":
            return objection_to(key, path, answer)
        try:
            sis_named(directory, answer)
        except errors.UsageWrong as problem:
            return problem.message
        return None

    if answers["schoolwise.sis"] is None and answers["schoolwise.url"] is not None:
        answers["schoolwise.sis"] = ""  # whoever gives an address without a system means SchoolWise
    for path, question in QUESTIONS.items():
        if answers[path] is None:
            asked = question.format(sis=system.name, site=site)
            answers[path] = terminal.ask_until_good(asked, partial(objection, path)) if ask else ""
        if path == "schoolwise.sis" and answers[path]:
            system, site = sis_named(directory, str(answers[path])), "..."
            if system.name == errors.SCHOOLWISE:
                answers[path], site = "", SITE  # as it is without the key
                continue
            answers[path], answers["schoolwise.map"] = system.name, system.map
            terminal.say(UNTRIED.format(sis=system.name))
            if system.where.says:
                terminal.say(f"Its credentials go to: {system.where.says} (ssrcred sis show {system.key}).")
    if not answers["vendors"] and ask:

        def names(text: str) -> list[str]:
            return [name for one in text.split(",") if (name := one.strip())]

        answers["vendors"] = names(
            terminal.ask_until_good(VENDORS, lambda text: objection_to(key, "vendors", names(text)))
        )
    if answers["toms.enabled"] is None and ask:
        terminal.say(DIRECT_CHECK.format(sis=system.name))
        answers["toms.enabled"] = terminal.ask_yes_no("Check the credentials directly as well?", default=True)
    answers["toms.enabled"] = answers["toms.enabled"] is not False
    answers["schoolwise.driver"] = answers["schoolwise.driver"] or system.drivers[0]
    return _section(
        {path: value for path, value in answers.items() if path in ("name", "cds") or value not in NOT_GIVEN}
    )


def objection_to(key: str, path: str = "", answer: object = None) -> str | None:
    """What is wrong with the answer for a dotted key of an LEA's section, or with its key, as a sentence, or None."""
    where = f"{dotted('lea', key)}{'.' if path else ''}{path}: "
    problems = check_lea(key, _section({path: answer} if path else {}))
    wrong = next((problem.removeprefix(where) for problem in problems if problem.startswith(where)), None)
    return wrong and f"It {wrong}{'' if wrong.endswith(('.', '?')) else '.'}"


def _section(values: Mapping[str, object]) -> dict[str, Any]:
    """The tables that hold these values, which come by dotted key."""
    section: dict[str, Any] = {}
    for path, value in values.items():
        *above, last = path.split(".")
        below = section
        for name in above:
            below = below.setdefault(name, {})
        below[last] = list(value) if isinstance(value, tuple) else value
    return section


# Its secrets.


def _wanted(lea: Lea) -> dict[str, str]:
    """The secrets that an LEA needs, by name, each with its question."""
    wanted = {}
    if lea.schoolwise is not None:
        wanted["schoolwise"] = f"Password of {lea.schoolwise.username} in {lea.schoolwise.sis}"
        parents = sorted(accounts(lea).values(), key=lambda parent: parent[1] != "parent")  # the district's first
        wanted |= {secret: f"Password of the parent account {account}" for account, secret in parents}
    return wanted | {"test-ssid": "SSID of a test student who has a score report (empty: check without a report)"}


def _missing(session: Session, config: Config, lea: Lea, given: Mapping[str, object]) -> dict[str, str]:
    """The secrets that are missing of an LEA that is set up. Raises ConfigInvalid if none is, or `given` differs."""
    path = session.environment.home.config

    def stored(name: str) -> object:
        part: object = lea
        for step in name.split("."):
            part = getattr(part, step, None)
        return part

    changed = any(value not in NOT_GIVEN and value != stored(name) for name, value in given.items())
    missing: dict[str, str] = {}
    # Options that say something else than the file are not ignored without a word.
    if not changed:
        vault = _open_vault(session, config, lea)
        missing = {name: question for name, question in _wanted(lea).items() if optional_secret(vault, name) is None}
    if not missing:
        raise errors.ConfigInvalid(
            f"The LEA {lea.key} is already in {path.name}.",
            state="Nothing was written.",
            hint=f"Change it in {path} with a text editor, or replace it: ssrcred setup --lea {lea.key} --replace",
            problems=(f"lea.{lea.key}: is there already",),
        )
    session.terminal.say(f"{lea.name} is already in {path}. Continuing with what is missing.")
    return missing


def _open_vault(session: Session, config: Config, lea: Lea) -> Vault:
    """The vault, tried with a made-up entry. Where there is no keyring, a person may have encrypted files set up.

    Raises KeyringFailed before anything was asked or written.
    """
    terminal = session.terminal
    try:
        vault = session.vault(config, lea)
        if not terminal.no_input:
            # Before anything is asked: a keyring that swallows what it is given is found out now.
            vault.canary()
    except errors.KeyringMissing as missing:
        if terminal.no_input or config.backend == "file":
            raise
        terminal.say(f"{missing.message} Passwords can be stored in encrypted files instead (ssrcred vault init).")
        if not terminal.ask_yes_no("Set up encrypted files now?", default=True):
            raise errors.KeyringMissing(missing.message, state="Nothing was written.", hint=missing.hint) from None
    else:
        return vault
    from ssrcred.app.vault_setup import init_here

    init_here(session)
    return session.vault(session.config(), lea)


def _ask_secrets(session: Session, lea: Lea, wanted: Mapping[str, str]) -> None:
    """Ask for secrets, by name with the question for each, and store them; an empty answer skips one.

    Without a person it says how to give them. Raises LockHeld before the first question.
    """
    key, terminal = lea.key, session.terminal
    if terminal.no_input:
        terminal.say("Next, store each secret from standard input:")
        for name in wanted:
            terminal.say(f"  ssrcred secret set {shlex.quote(name)} --lea {key} --stdin")
        return
    try:
        with alone_with(session, key) as (config, lea):
            vault = session.vault(config, lea)
            terminal.say(f"Passwords are stored in the {vault.description}. What you type is not shown.")
            for name, question in wanted.items():
                while answer := terminal.ask_hidden(question):
                    try:
                        check_ssid(name, answer)
                    except errors.InputRefused as problem:
                        terminal.say(f"  {problem.message}")
                    else:
                        break
                if answer:
                    vault.keep_secret(name, answer)
                    forget_refusal(session.environment, key, name)
                    terminal.say("  stored")
                else:
                    terminal.say(f"  skipped; to store it later: ssrcred secret set {name} --lea {key}")
    except errors.LockHeld as held:
        held.state = "config.toml is saved, and no password was stored."
        held.hint = f"Wait until the other run ends. Then store each password: ssrcred secret set NAME --lea {key}"
        raise
    except errors.KeyringFailed as failed:
        failed.state, failed.hint = KEPT, f"{failed.hint} Then continue with: ssrcred setup --lea {key}"
        raise


# What is tested at the end; nothing that fails here undoes the set-up.


def _confirm_fields(session: Session, key: str) -> None:
    """Have the person confirm which fields hold the credentials."""
    from ssrcred.app.portal_confirmation import called, confirm

    lea, terminal = session.config().leas[key], session.terminal
    if not lea.needs_route or route_of(session.environment, lea) is not None:
        return
    later = f"To confirm which fields of SchoolWise hold the credentials: ssrcred portal confirm --lea {key}"
    if not terminal.no_input:
        terminal.say("Next, confirm once which fields of SchoolWise hold the credentials. Nothing is saved there.")
    if terminal.no_input or not terminal.ask_yes_no("Find the fields now?", default=True):
        terminal.say(later)
        return
    try:
        with session.open(key, portal=False, reports=False) as work:
            for pinned in confirm(session, work):
                terminal.say(f"  confirmed: {called(pinned.place)}")
    except errors.SsrcredError as problem:
        terminal.say(f"  {problem.message}")
        terminal.say(f"    {problem.hint}")
        terminal.say(f"  {later}")


def _test_connections(session: Session, key: str, wanted: bool | None) -> None:
    """Test each connection without writing, and say what each answered."""
    terminal = session.terminal
    if wanted is None and not terminal.no_input:
        wanted = terminal.ask_yes_no("Test the connections now? Nothing is changed.", default=True)
    if not wanted:
        terminal.say("To test the connections at any time: ssrcred rotate[lea] --plan")
        return
    following = "to get new credentials: ssrcred rotate[lea]"
    with session.open(key) as work:
        ports = work.workflow.ports
        tries: dict[str, Callable[[], object]] = {work.vault.description: ports.vault.canary}
        if ports.reports is not None:
            tries["the state's service"] = ports.reports.reach
        if ports.portal is not None:
            tries["SchoolWise, office account"] = work.portal.sign_in
            for place in sorted(ports.provable):
                tries[f"SchoolWise, parent account ({place})"] = partial(ports.portal.prove, place)
        for what, attempt in tries.items():
            try:
                attempt()
            except errors.SsrcredError as problem:
                following = "once that is fixed: ssrcred rotate[lea] --plan"
                terminal.say(f"  {what}: {problem.message}")
                terminal.say(f"    {problem.hint}")
            else:
                terminal.say(f"  {what}: fine")
    terminal.say(f"Next, {following}")
