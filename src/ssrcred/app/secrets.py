"""Keeps and deletes one secret: a password of SchoolWise, the test student's SSID, or what a channel needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from ssrcred.adapters.config import Config, Lea
from ssrcred.adapters.config.value import RESERVED, channel_name
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.adapters.machine import disk
from ssrcred.adapters.terminal.pipe_input import around, one_line, one_line_of, question_mark
from ssrcred.adapters.toml_file import Unfit
from ssrcred.app.portal import accounts
from ssrcred.app.refused_sign_in import OFFICE, forget_refusal
from ssrcred.app.reminders.delivery import test_and_save
from ssrcred.app.session import Session, shared_lock, shared_vault
from ssrcred.domain import errors
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.event import Outcome

KNOWN: Final = (OFFICE, "parent", "test-ssid")
CHANNEL: Final = "notify:"


class Tested(StrEnum):
    """What a test of a stored secret showed, as it stands in JSON."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_TESTED = "not_tested"


@contextmanager
def alone_with(session: Session, lea: str | None) -> Iterator[tuple[Config, Lea]]:
    """The settings and the LEA, while no other run works on it: not `vault move`, and not another of this kind."""
    key = session.lea(lea, session.config()).key
    with lock(session.environment.home.locks, key, session.run):
        config = session.config()  # which names what holds the secrets only now for sure
        yield config, session.lea(lea, config)


def check_ssid(name: str, value: SecretKey) -> None:
    """Raise InputRefused for a test student's SSID that cannot be one."""
    if name == "test-ssid" and len(value) != 10:
        raise errors.InputRefused(
            f"An SSID has 10 digits; this has {len(value)} characters.",
            state="It was not stored.",
            hint="Type the test student's Statewide Student Identifier again: ssrcred secret set test-ssid[lea].",
        )


def set_secret(
    session: Session, name: str, lea: str | None, *, stdin: bool, file: Path | None, try_it: bool | None
) -> None:
    """Keep a secret, from a hidden prompt, `stdin` or a `file`; `try_it` tests a password by one sign-in.

    None tests it at a terminal. Raises UsageWrong for a name that is none, and LoginRefused only if a test was asked
    for.
    """
    _check_name(name)  # before anybody types a secret for it
    terminal = session.terminal
    if stdin and file is not None:
        raise errors.UsageWrong(
            "--stdin and --file exclude each other.", state="Nothing was stored.", hint="Leave one of them out."
        )

    def given() -> tuple[SecretKey, str]:
        """The secret, and a sentence on why it must not be tested."""
        if file is not None:
            return one_line_of(file), ""
        if not stdin:
            return terminal.ask_hidden(f"Secret {name}", option="--stdin or --file FILE"), ""
        value = one_line(terminal.piped())
        return value, question_mark(value) if session.environment.platform == "win32" else ""

    if name.startswith(CHANNEL):
        with shared_lock(session):
            config = session.config(reminders=True)
            shared_vault(session, config)  # one that does not open is told of before anybody types
            value, doubt = given()
            doubt = doubt if name == f"{CHANNEL}{RESERVED}" else ""  # in an address it is usual
            test_and_save(session, config, name.removeprefix(CHANNEL), value, untested=bool(doubt))
        _warn(session, doubt, file)
        tested = Tested.NOT_TESTED if doubt else Tested.ACCEPTED
        session.result.answer({"lea": None, "name": name, "test": tested.value})
        return
    with alone_with(session, lea) as (config, mine):
        vault = session.vault(config, mine)
        value, doubt = given()
        check_ssid(name, value)
        vault.keep_secret(name, value)
        terminal.say(f"Stored {name} in the {vault.description}.")
        if remark := around(value):
            terminal.say(remark)
        forget_refusal(session.environment, mine.key, name)
    _warn(session, doubt, file)
    tested = Tested.NOT_TESTED
    if not doubt and (try_it or (try_it is None and not stdin and file is None)):
        tested = _try_password(session, config, mine, name, strictly=try_it is True)
    session.result.answer({"lea": mine.key, "name": name, "test": tested.value})


def _warn(session: Session, doubt: str, file: Path | None) -> None:
    """Say what is doubtful about a secret that came through a pipe, and who can read the `file` that it came from."""
    warnings = [doubt] if doubt else []
    if file is not None:
        warnings.append(f"{file} still has the secret: delete that file.")
        if session.environment.platform == "win32":
            allowed = ", ".join(disk.access_list(file))
            warnings.append(
                f"Windows allows on it: {allowed}." if allowed else f'To see who can read it: icacls "{file}"'
            )
        elif disk.loose([file]):
            warnings.append("Other accounts on this computer can read it, or could: it should have had mode 0600.")
    for warning in warnings:
        session.terminal.say(warning, warns=True)


def drop_secret(session: Session, name: str, lea: str | None) -> None:
    """Delete a secret. Raises UsageWrong for a name that is none."""
    _check_name(name)
    owner = None
    if name.startswith(CHANNEL):
        with shared_lock(session):
            shared_vault(session, session.config()).drop_secret(name)
    else:
        with alone_with(session, lea) as (config, mine):
            session.vault(config, mine).drop_secret(name)
        owner = mine.key
    session.terminal.say(f"Deleted {name}.")
    session.result.answer({"lea": owner, "name": name})


def _check_name(name: str) -> None:
    if name in KNOWN or (name.startswith("parent:") and name != "parent:"):
        return
    if not name.startswith(CHANNEL):
        raise errors.UsageWrong(
            f"There is no secret named '{name}'.",
            state="Nothing was stored.",
            hint=f"The names are: {', '.join(KNOWN)}, parent:ACCOUNT, notify:NAME.",
        )
    try:
        if name != f"{CHANNEL}{RESERVED}":
            channel_name(name.removeprefix(CHANNEL))
    except Unfit as reason:
        raise errors.UsageWrong(
            f"The name of the channel {reason}.",
            state="Nothing was stored.",
            hint="Choose a short name like: ssrcred secret set notify:team.",
        ) from None


def _try_password(session: Session, config: Config, lea: Lea, name: str, *, strictly: bool) -> Tested:
    """Test a password by one sign-in, and say what came of it. Raises LoginRefused only if `strictly`."""
    places, say = [place for place, (_, secret) in accounts(lea).items() if secret == name], session.terminal.say
    # By hand a person signs in, with another password than the one that is stored here.
    if lea.schoolwise is None or lea.schoolwise.driver == "hand" or not (name == OFFICE or places):
        return Tested.NOT_TESTED
    say("Testing it with one sign-in to SchoolWise.")
    try:
        with session.opened(config, lea, reports=False, forgiving=True) as work:
            if name == OFFICE:
                work.portal.sign_in()
            elif (proof := work.portal.prove(places[0])).outcome in (Outcome.UNREACHABLE, Outcome.SKIPPED):
                say(f"It could not be tested: {proof.detail.rstrip('.')}.", warns=True)
                return Tested.NOT_TESTED
    except errors.LoginRefused as refusal:
        hint = f"If it was mistyped, store it again: ssrcred secret set {name} --lea {lea.key}"
        problem = errors.LoginRefused(f"SchoolWise rejected the password of {name}.", state=refusal.state, hint=hint)
        if strictly:
            raise problem from None
        say(f"{problem.message} It is stored, but it is not sent again until you store it again. {hint}", warns=True)
        return Tested.REJECTED
    except (errors.ConfigInvalid, errors.PortalFailed, errors.Unreachable, errors.UsageWrong) as problem:
        say(f"It could not be tested: {problem.message}", warns=True)
        return Tested.NOT_TESTED
    say("SchoolWise accepted it.")
    return Tested.ACCEPTED
