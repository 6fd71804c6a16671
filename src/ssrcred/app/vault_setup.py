"""Sets up the encrypted files in place of a keyring, and moves everything between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from enum import StrEnum
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

from ssrcred.adapters.config import Config, config_exists, load, set_vault, whole_path
from ssrcred.adapters.config.value import RESERVED
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.adapters.vault import Backend, Vault
from ssrcred.adapters.vault.agefile import AgeFileBackend, init, initialised, open_age_vault
from ssrcred.adapters.vault.item import is_canary, lea_of, secret_name, slot_name
from ssrcred.adapters.vault.move import move
from ssrcred.adapters.vault.oskeyring import KeyringBackend
from ssrcred.app.portal import accounts
from ssrcred.app.session import SHARED, Session, backend, remembered, shared_lock
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import InputRefused
from ssrcred.domain.standing import slot_name as nth_slot
from ssrcred.workflows.rotation import RECOVERABLE_SLOTS


class Place(StrEnum):
    """What can store credentials and passwords, as config.toml calls it."""

    KEYRING = "keyring"
    FILE = "file"


OTHER: Final = {Place.KEYRING: "file", Place.FILE: "keyring"}
TOLD: Final = {"copied": "copied:", "there": "there already:", "deleted": "deleted at the source:"}
SPARE_FILES: Final = 128


def init_files(session: Session, key_file: Path | None) -> None:
    """Set up encrypted files (age) in place of the keyring, and record that in config.toml."""
    # One that cannot be written to is found out before there is a vault that it cannot name.
    path = session.environment.home.config
    config = load(path) if config_exists(path) else Config()
    with ExitStack() as stack:
        if config.leas:  # else there is nothing that another run could be at work on
            _keep_away(session, config, stack)
        _set_up(session, key_file)
        set_vault(session.environment.home.config, Place.FILE)
    where = {"folder": str(session.environment.home.vault), "key_file": key_file and str(key_file)}
    session.result.answer({**where, "config": str(session.environment.home.config)})
    if not config.leas:
        session.terminal.say("Next: ssrcred setup")
    elif config.backend == Place.KEYRING:
        session.terminal.say("What is already in the keyring stays there. To move it: ssrcred vault move file")
    else:
        for key in config.leas:
            session.terminal.say(f"Next, store the passwords that are missing: ssrcred setup --lea {key}")


def init_here(session: Session) -> None:
    """Set up encrypted files in the middle of another command, at a terminal, and have it use them."""
    question = "A file for the key that opens them (Enter: use a passphrase, which scheduled jobs cannot type)"
    asked = session.terminal.ask(question).strip()
    ask = _set_up(session, whole_path(asked) if asked else None)
    set_vault(session.environment.home.config, Place.FILE)
    session.use(open_age_vault(session.environment.home.vault, environ=session.environment.environ, ask=ask))


def _set_up(session: Session, key_file: Path | None) -> Callable[[], SecretKey] | None:
    """A new vault in encrypted files; gives what tells its passphrase, or None where a key file opens it."""
    terminal, folder, passphrase = session.terminal, session.environment.home.vault, None
    if key_file is None:
        terminal.say(
            "A passphrase will open the encrypted files. Nobody can open them without it, so keep it somewhere safe."
        )
        passphrase = terminal.ask_hidden("A passphrase", option="--key-file PATH")
        if not passphrase or not passphrase.matches(terminal.ask_hidden("The same passphrase again")):
            raise InputRefused(
                "The passphrases do not match, or are blank.", state="Nothing was set up.", hint="Run it again."
            )
    init(folder, passphrase=passphrase, key_file=key_file)
    terminal.say(f"Set up. Credentials and passwords are stored as age files in {folder}.")
    if key_file is not None:
        terminal.say(f"The key that opens them is in {key_file}.")
        terminal.say("Keep a copy of that file away from this computer: without it nobody can open what is stored.")
        terminal.say(
            "Other users, and whoever finds a backup without that key, cannot read them. "
            "An administrator of this computer, or a program that runs as you, can."
        )
    return None if passphrase is None else lambda: passphrase


def move_all(session: Session, to: Place, key_file: Path | None, *, dry_run: bool) -> None:
    """Move all credentials and passwords: copy, verify each copy, change config.toml, and delete the source."""
    # Whose names were left out would be deleted with the rest, or left behind: here every section has to be sound.
    config, say = load(session.environment.home.config), session.terminal.say
    items: dict[str, list[str]] = {}
    switched = config.backend == to

    def body(*, finished: bool) -> dict[str, Any]:
        told = [{"name": name, "done": list(deeds)} for name, deeds in items.items()]
        return {"to": to.value, "dry_run": dry_run, "items": told, "switched": switched, "finished": finished}

    with ExitStack() as stack:
        if not dry_run:
            _keep_away(session, config, stack)
        source = _source(session, config, to)
        names = [] if source is None else item_names(session, config, source)
        if source is None or dry_run:
            items |= {name: [] for name in names if source is not None and source.read(name) is not None}
            for name in items:
                say(f"to be moved: {name}")
            say(f"Items: {len(items)}. Nothing was changed." if items else "There is nothing to move.")
            session.result.answer(body(finished=not items and switched))
            return
        target = _target(session, to, key_file)
        switch = None if switched else partial(set_vault, session.environment.home.config, to)
        for step in move(names, source, target, switch):
            if step.name:
                items.setdefault(step.name, []).append(step.deed.value)
                say(f"{TOLD[step.deed]} {step.name}")
            else:
                switched = True
                say(f"config.toml names the {to.value} from here on")
            session.result.partial = body(finished=False)
    say(f"Everything is in the {target.description}, which config.toml names.")
    session.result.answer(body(finished=True))


def _keep_away(session: Session, config: Config, stack: ExitStack) -> None:
    """Lock every LEA, and what is of none, until `stack` is left. Raises LockHeld."""
    # Let this process hold as many files open, where the system sets a lower bound at first (256 on macOS).
    files = len(config.leas) + SPARE_FILES
    # Windows has no such bound. Where it cannot be raised, the lock that does not fit says what is wrong.
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = files if hard == resource.RLIM_INFINITY else min(files, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    for key in config.leas:
        stack.enter_context(lock(session.environment.home.locks, key, session.run))
    stack.enter_context(shared_lock(session))


def _source(session: Session, config: Config, to: Place) -> Backend | None:
    """What is moved from; None where it was never set up, and config.toml does not name it."""
    if to is Place.KEYRING and config.backend == to and not initialised(session.environment.home.vault):
        return None
    return backend(session.environment, session.terminal, OTHER[to], session.environment.home.vault)


def _target(session: Session, to: Place, key_file: Path | None) -> Backend:
    """What is moved to, set up where it is not yet, and tried with a made-up value. Raises KeyringFailed."""
    if to is Place.FILE and not initialised(session.environment.home.vault):
        ask = _set_up(session, key_file)
        target: Backend = open_age_vault(session.environment.home.vault, environ=session.environment.environ, ask=ask)
    else:
        target = backend(session.environment, session.terminal, to, session.environment.home.vault)
    Vault(target, SHARED).canary()
    return target


def item_names(session: Session, config: Config, source: Backend, lea: str | None = None) -> list[str]:
    """The names of all items that there are, of one LEA or of all; where a keyring cannot list them, that can be.

    From a keyring only what is of an LEA that this config.toml or its ledger knows: another SSRCRED_HOME of the same
    user keeps its items in the same keyring.
    """
    with Ledger.readonly(session.environment.home.ledger) as ledger:
        used = {key: remembered(ledger, key).slots_used for key in ledger.standings()}
    ours = {SHARED, *config.leas, *used} if lea is None else {lea}
    listed = source.names() if isinstance(source, AgeFileBackend | KeyringBackend) else None
    if listed is not None:
        everything = isinstance(source, AgeFileBackend) and lea is None  # its folder is nobody else's
        return [name for name in listed if (everything or lea_of(name) in ours) and not is_canary(name)]
    names = []
    if lea is None:
        channels = {name for one in config.leas.values() for name in one.remind.channels} | set(
            config.everyone.channels
        )
        names += [secret_name(SHARED, f"notify:{name}") for name in sorted(channels | {RESERVED})]
    for key in dict.fromkeys((*config.leas, *used) if lea is None else (lea,)):
        parents = sorted(name for _, name in accounts(config.leas[key]).values()) if key in config.leas else ()
        secrets = dict.fromkeys(("schoolwise", "parent", "test-ssid", *parents))
        names += [secret_name(key, name) for name in secrets]
        # Beyond what the ledger knows, as `resume` looks: it may have been lost, or be an older copy.
        names += _pairs(key, used.get(key, 0) + RECOVERABLE_SLOTS, source)
    if lea is None:
        session.terminal.say(f"Names to look for in the {source.description}: {len(names):,}.")
    return names


def _pairs(lea: str, used: int, source: Backend) -> Iterator[str]:
    for number in count(1):
        name = slot_name(lea, nth_slot(number))
        if number > used and source.read(name) is None:
            return
        yield name
