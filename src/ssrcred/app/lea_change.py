"""Renames and removes an LEA with all that is stored of it: copied, verified, and only then deleted at the source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Final

from ssrcred.adapters.atomic_file import delete_file, replace_file
from ssrcred.adapters.config import Config, Lea, remove_lea, rename_lea
from ssrcred.adapters.config.value import lea_key
from ssrcred.adapters.ledger.auxiliary_store import LeaRecords
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.adapters.portal.route.route import route_path
from ssrcred.adapters.toml_file import Unfit
from ssrcred.adapters.vault.move import Deed, Step, UnderName, delete, move
from ssrcred.app.session import Session, addressee, backend, remembered
from ssrcred.app.vault_setup import item_names
from ssrcred.domain.errors import ConfigInvalid, Unfinished, UsageWrong, system_reason
from ssrcred.domain.event import Event, Outcome
from ssrcred.domain.event import Step as EventStep
from ssrcred.domain.standing import Standing

TOLD: Final = {Deed.COPIED: "copied", Deed.THERE: "there already", Deed.DELETED: "deleted at the source"}
SPARE: Final = "Its scheduled jobs need no change: they run for all LEAs in config.toml."


def rename(session: Session, key: str, name: str) -> None:
    """Give an LEA another short name: credentials, passwords, confirmed fields, history and reminders go with it.

    A run that was killed is gone on with by another. Raises UsageWrong, Unfinished, KeyringFailed and ConfigInvalid.
    """
    with _alone(session, key, name) as (config, ledger):
        finishing = key not in config.keys and name in config.leas and _half_done(ledger, key, name)
        if not finishing:
            _check_rename(config, ledger, key, name)
        vault = backend(session.environment, session.terminal, config.backend, session.environment.home.vault)
        # Its parent accounts are named in its section, which has the new name after a run that was killed.
        section = config.leas[name] if finishing else config.leas[key]
        names = item_names(session, replace(config, leas={key: section}), vault, key)
        items: dict[str, list[str]] = {}

        def tell(steps: Iterator[Step]) -> None:
            for step in steps:
                if step.name:
                    items.setdefault(step.name, []).append(step.deed.value)
                    session.terminal.say(f"{TOLD[step.deed]}: {step.name}")
                else:
                    session.terminal.say(f"config.toml names the LEA {name} from here on")

        if finishing:  # every copy was compared before config.toml was changed, and may be used since
            _forget(session, ledger, key, name)
            tell(delete(names, vault))
        else:
            _copy_route(session, key, name)
            tell(
                move(
                    names,
                    UnderName(vault, key),
                    UnderName(vault, name),
                    lambda: _switch(session, ledger, key, name),
                )
            )
        _delete_route(session, key)
    session.terminal.say(
        f"{key} is called {name} now. {SPARE} The history has both names: ssrcred history --lea {name}"
    )
    told = [{"name": item, "done": deeds} for item, deeds in items.items()]
    session.result.answer({"renamed": {"from": key, "to": name}, "items": told})


def remove(session: Session, key: str, *, delete_credentials: bool) -> None:
    """Take an LEA out of config.toml; what is stored of it stays unless `delete_credentials`.

    Raises UsageWrong, Unfinished, KeyringFailed and ConfigInvalid.
    """
    with _alone(session, key) as (config, ledger):
        lea, say = _known(config, key), session.terminal.say
        if delete_credentials and key in config.wrong:
            raise config.wrong[key]  # which accounts have passwords stands there
        standing = _closed(ledger, key)
        deleted: list[str] = []
        fate = "deleted" if delete_credentials else "kept"
        if delete_credentials:
            question = f"Delete the credentials and passwords of {lea or key} too? TOMS cannot show a key again."
            if not session.terminal.no_input and not session.terminal.ask_yes_no(question, default=False):
                say("Nothing was changed.")
                session.result.answer({"removed": None, "credentials": "kept", "deleted": []})
                return
            vault = backend(session.environment, session.terminal, config.backend, session.environment.home.vault)
            for step in delete(item_names(session, config, vault, key), vault):
                deleted.append(step.name)
                say(f"deleted: {step.name}")
            LeaRecords(session.environment.home.ledger).forget(key)
            _delete_route(session, key)
        _record(session, ledger, key, standing, Outcome.REMOVED, credentials=fate)
        remove_lea(session.environment.home.config, key)
    say(f"Removed {key} from config.toml. Its history stays: ssrcred history --lea {key}")
    if not delete_credentials:
        say(
            f"Its credentials and passwords are still stored. An LEA that is added as {key} has them again. To delete "
            f"them, add it again, and: ssrcred lea remove {key} --delete-credentials"
        )
    session.result.answer({"removed": key, "credentials": fate, "deleted": deleted})


@contextmanager
def _alone(session: Session, *keys: str) -> Iterator[tuple[Config, Ledger]]:
    """The settings and the history, while no other run works on an LEA of one of these names."""
    with ExitStack() as stack:
        for key in keys:
            _plain(key)
            stack.enter_context(lock(session.environment.home.locks, key, session.run))
        config = session.config()
        ledger = stack.enter_context(session.history())
        session.terminal.addressee = addressee(keys[0], config)
        yield config, ledger


def _plain(key: str) -> None:
    try:
        lea_key(key)
    except Unfit as reason:
        message = f"The short name '{key}' cannot be used: it {reason}."
        raise UsageWrong(message, state="Nothing was changed.", hint="Choose a name like lincoln.") from None


def _known(config: Config, key: str) -> Lea | None:
    """The LEA in config.toml, None where its section has a problem. Raises UsageWrong where there is none."""
    if key not in config.keys:
        raise UsageWrong(
            f"There is no LEA '{key}' in config.toml.",
            state="Nothing was changed.",
            hint="To see them: ssrcred lea list",
        )
    return config.leas.get(key)


def _closed(ledger: Ledger, key: str) -> Standing:
    """What is remembered of an LEA. Raises Unfinished while a rotation is open."""
    standing = remembered(ledger, key)
    if standing.rotation is not None:
        raise Unfinished(
            f"A rotation of {key} is not finished.",
            state="Nothing was changed.",
            hint=f"To finish it: ssrcred resume --lea {key}. To cancel it: ssrcred abandon --lea {key}",
        )
    return standing


def _check_rename(config: Config, ledger: Ledger, key: str, name: str) -> None:
    """Raise for an LEA that cannot be renamed, or a name that cannot be taken."""
    _known(config, key)
    if key in config.wrong:
        raise config.wrong[key]
    _closed(ledger, key)
    if name in config.keys:
        raise UsageWrong(
            f"There is an LEA {name} in config.toml already.",
            state="Nothing was changed.",
            hint="Choose another short name. To see those in use: ssrcred lea list",
        )
    if not _begun(ledger, key, name) and remembered(ledger, name).current is not None:
        raise UsageWrong(
            f"Credentials of an LEA that was removed are still stored under {name}.",
            state="Nothing was changed.",
            hint="Choose another short name.",
        )


def _begun(ledger: Ledger, key: str, name: str) -> bool:
    """Whether a rename was stopped before config.toml was changed: nothing happened under the new name since."""
    newest = next(ledger.events(name, limit=1, newest_first=True), None)
    return newest is not None and newest.event.detail.get("from") == key


def _half_done(ledger: Ledger, key: str, name: str) -> bool:
    """Whether an LEA was renamed, and nothing that belongs to another LEA happened under its former name since."""
    renamed = (one.number for one in ledger.events(name, newest_first=True) if one.event.detail.get("from") == key)
    number, newest = next(renamed, 0), next(ledger.events(key, limit=1, newest_first=True), None)
    return bool(number) and (newest is None or newest.number < number or newest.event.detail.get("to") == name)


def _record(session: Session, ledger: Ledger, key: str, standing: Standing, outcome: Outcome, **detail: str) -> None:
    event = Event(EventStep.LEA, outcome, session.environment.now(), detail=detail)
    ledger.append(key, event, standing.after(event).to_json())


def _switch(session: Session, ledger: Ledger, key: str, name: str) -> None:
    """Have the history and config.toml name the LEA anew. Until config.toml does, all is under the former name too."""
    _record(session, ledger, name, remembered(ledger, key), Outcome.RENAMED, **{"from": key})
    LeaRecords(session.environment.home.ledger).copy(key, name)
    rename_lea(session.environment.home.config, key, name)
    _forget(session, ledger, key, name)


def _forget(session: Session, ledger: Ledger, key: str, name: str) -> None:
    """Leave nothing under the former name but its history. Safe to repeat."""
    standing = remembered(ledger, key)
    if standing != Standing(slots_used=standing.slots_used):
        _record(session, ledger, key, standing, Outcome.RENAMED, to=name)
    LeaRecords(session.environment.home.ledger).forget(key)


def _copy_route(session: Session, key: str, name: str) -> None:
    folder = session.environment.home.config.parent
    try:
        # What is there already is of a run that was killed, or of an LEA that was removed.
        replace_file(route_path(folder, name), route_path(folder, key).read_bytes())
    except FileNotFoundError:
        return
    except OSError as error:
        raise _route_stuck(system_reason(error), "Nothing was changed.") from None


def _delete_route(session: Session, key: str) -> None:
    path = route_path(session.environment.home.config.parent, key)
    try:
        if path.exists():
            delete_file(path)
    except OSError as error:
        raise _route_stuck(system_reason(error), f"All else is done. {path} is still there.") from None


def _route_stuck(reason: str, state: str) -> ConfigInvalid:
    return ConfigInvalid(
        f"The file with the confirmed fields of SchoolWise cannot be written ({reason}).",
        state=state,
        hint="Let this account write the folder portals beside config.toml. Then run the same command again.",
    )
