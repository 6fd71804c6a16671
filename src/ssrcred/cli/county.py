"""Runs a command over every LEA in config.toml, as a county office does: worst first, and nothing is hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ssrcred.cli.channel import shared_vault
from ssrcred.cli.every import Ended, severity, side_by_side
from ssrcred.cli.run import every as all_of
from ssrcred.cli.session import addressee
from ssrcred.cli.turnstile import Turnstile
from ssrcred.config import Config
from ssrcred.errors import Interrupted, SsrcredError, UsageWrong
from ssrcred.output.addressee import address

if TYPE_CHECKING:
    from ssrcred.cli.session import Session, Work

T = TypeVar("T")


@dataclass(frozen=True)
class County(Generic[T]):
    """What came of a run over all LEAs: the ends so far, and the keys of those that nobody came to."""

    config: Config
    ends: Sequence[Ended[T]]
    left: Sequence[str]
    stopped: bool

    def name(self, lea: str) -> str:
        """How an LEA is called on a screen; one whose section cannot be read has its key only."""
        return f"{self.config.leas[lea].name} ({lea})" if lea in self.config.leas else f"An LEA in config.toml ({lea})"

    def told(self, session: Session, body: dict[str, Any], code: Callable[[Ended[T]], int], command: str) -> int:
        """Answer with the one document, if it was asked for; gives the worst exit code.

        Raises Interrupted after Ctrl-C, with the document of what is done in the error's own.
        """
        if self.stopped:
            session.partial = {**body, "not_done": list(self.left)}
            total = len(self.ends) + len(self.left)
            raise Interrupted(
                f"You stopped the program; {len(self.ends)} of {total} LEAs are done.",
                state="What was done and found is recorded. Of the other LEAs nothing new is known.",
                hint=f"To do all of them: ssrcred {command} --all. One alone: ssrcred {command} --lea NAME.",
            )
        session.answer(body)
        return max((code(end) for end in self.ends), key=severity, default=0)


def over_all(
    session: Session,
    lea: str | None,
    deed: Callable[[Work], T],
    bad: Callable[[Ended[T]], bool],
    *,
    forgiving: bool = True,
) -> County[T]:
    """Do `deed` with every LEA, side by side, a bar on a terminal counting the `bad` ends. Ctrl-C ends it early.

    Raises UsageWrong beside an LEA's name, ConfigInvalid (also without any LEA) or KeyringFailed for what concerns all.
    """
    if lea is not None:
        raise UsageWrong(
            "--all and --lea exclude each other.", state="Nothing was done.", hint="Leave one of the two out."
        )
    config = session.config()
    all_of(config.keys)
    session.say_aside(config)
    if config.leas:
        # A keyring that is locked or missing is one problem and not a thousand; any item will do to find it out.
        shared_vault(session, config).holds("pair-0001")
    session.no_input = True  # nobody can answer for several LEAs at once
    turnstile = Turnstile(config.per_host)

    def one(key: str) -> T:
        try:
            with session.opened(config, config.leas[key], forgiving=forgiving) as work:
                turnstile.guard(work)
                return deed(work)
        except SsrcredError as problem:
            address(problem, addressee(key, config))
            raise

    ends: list[Ended[T]] = [Ended(key, problem) for key, problem in config.wrong.items()]
    stopped = False
    coming = side_by_side(sorted(config.leas), one, turnstile)
    try:
        ends.extend(_counted(session, coming, len(config.leas), bad))
    except KeyboardInterrupt:
        stopped = True
    done = {end.lea for end in ends}
    return County(config, ends, sorted({*config.keys} - done), stopped)


def _counted(
    session: Session, ends: Iterator[Ended[T]], total: int, bad: Callable[[Ended[T]], bool]
) -> Iterator[Ended[T]]:
    from ssrcred.output.person import bar

    count = 0
    with bar(session.console(), total, shown=session.terminal and not session.json) as advance:
        for end in ends:
            count += bad(end)
            advance(f"{count} with a problem" if count else "no problem so far")
            yield end
