"""The commands secret set and secret drop: passwords and the test student's SSID come in and go, each alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ssrcred.cli.channel import check_name as check_channel
from ssrcred.cli.channel import keep as keep_channel
from ssrcred.cli.channel import shared_turn, shared_vault
from ssrcred.cli.driver import accounts
from ssrcred.cli.option import LeaName, NoInput
from ssrcred.cli.refusal import OFFICE, careful, forget_refusal
from ssrcred.cli.session import Session
from ssrcred.config import Config, Lea
from ssrcred.credential import SecretKey
from ssrcred.errors import ConfigInvalid, InputRefused, LoginRefused, PortalFailed, Unreachable, UsageWrong
from ssrcred.evidence import Outcome

secret = typer.Typer(
    help="Keep passwords and the test student's SSID: in the keyring, or in the encrypted files.", no_args_is_help=True
)


@contextmanager
def alone_with(session: Session, lea: str | None) -> Iterator[tuple[Config, Lea]]:
    """The settings and the LEA, while no other run works on it: not `vault move`, and not another of this kind."""
    from ssrcred.ledger import lock

    with lock(session.home.locks, session.lea(lea, session.config()).key):
        config = session.config()  # which names what holds the secrets only now for sure
        yield config, session.lea(lea, config)


def check_ssid(name: str, value: SecretKey) -> None:
    """Raise InputRefused for a test student's SSID that cannot be one."""
    if name == "test-ssid" and len(value) != 10:
        raise InputRefused(
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
    known = ("schoolwise", "parent", "test-ssid")
    kind, colon, rest = name.partition(":")
    if kind == "notify" and colon:
        return check_channel(rest)
    if name in known or (colon and rest and kind == "parent"):
        return None
    raise UsageWrong(
        f"There is no secret named '{name}'.",
        state="Nothing was kept.",
        hint=f"The names are: {', '.join(known)}, parent:ACCOUNT, notify:NAME.",
    )


@secret.command("set")
def secret_set(
    context: typer.Context,
    name: SecretName,
    lea: LeaName = None,
    stdin: OneLine = False,
    try_it: TryIt = None,
    no_input: NoInput = False,
) -> None:
    """Keep a secret: from a hidden prompt, or as one line on standard input."""
    session = Session.of(context, no_input=no_input)
    _check_name(name)
    if name.startswith("notify:"):
        with shared_turn(session):
            config = session.config(reminders=True)
            shared_vault(session, config)  # one that does not open is told of before anybody types
            keep_channel(session, config, name.removeprefix("notify:"), _given(session, name, stdin=stdin))
        return
    from ssrcred.capture import around

    with alone_with(session, lea) as (config, mine):
        kept = session.vault(config, mine)
        value = _given(session, name, stdin=stdin)
        check_ssid(name, value)
        kept.keep_secret(name, value)
        session.say(f"Kept {name} in the {kept.description}.")
        if remark := around(value):
            session.say(remark)
        forget_refusal(session, mine.key, name)
    if try_it or (try_it is None and not stdin):
        _try_password(session, config, mine, name, strictly=try_it is True)


def _try_password(session: Session, config: Config, lea: Lea, name: str, *, strictly: bool) -> None:
    """Test a password by one sign-in, and say what came of it. Raises LoginRefused only if that is what was asked for.

    By hand a person signs in, with another password than the one that is stored here.
    """
    places = [place for place, (_, secret) in accounts(lea).items() if secret == name]
    if lea.schoolwise is None or lea.schoolwise.driver == "hand" or not (name == OFFICE or places):
        return None
    session.say("Testing it with one sign-in to SchoolWise.")
    try:
        with session.opened(config, lea, reports=False, forgiving=True) as work:
            portal = work.story.doors.portal
            if portal is None:
                return None
            if name == OFFICE:
                careful(portal).sign_in()
            else:
                proof = portal.prove(places[0])
                if proof.outcome in (Outcome.UNREACHABLE, Outcome.SKIPPED):
                    return session.say(f"It could not be tested: {proof.detail.rstrip('.')}.")
    except LoginRefused as refusal:
        hint = f"If it was mistyped, store it again: ssrcred secret set {name} --lea {lea.key}"
        problem = LoginRefused(f"SchoolWise rejected the password of {name}.", state=refusal.state, hint=hint)
        if strictly:
            raise problem from None
        session.say(f"{problem.message} It is stored, and is not sent again before it is stored anew. {hint}")
    except (ConfigInvalid, PortalFailed, Unreachable, UsageWrong) as problem:
        session.say(f"It could not be tested: {problem.message}")
    else:
        session.say("SchoolWise accepted it.")


def _given(session: Session, name: str, *, stdin: bool) -> SecretKey:
    from ssrcred.capture import one_line

    if stdin:
        return one_line(session.asker.piped())
    return session.asker.hidden(f"Secret {name}", option="--stdin")


@secret.command("drop")
def secret_drop(context: typer.Context, name: SecretName, lea: LeaName = None) -> None:
    """Delete a secret, and see that it is gone."""
    session = Session.of(context)
    _check_name(name)
    if name.startswith("notify:"):
        with shared_turn(session):
            shared_vault(session, session.config()).drop_secret(name)
    else:
        with alone_with(session, lea) as (config, mine):
            session.vault(config, mine).drop_secret(name)
    session.say(f"Deleted {name}; it is seen to be gone.")
