"""Runs a command over every LEA in config.toml: side by side, none holds up another, and worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from ssrcred.adapters.config import Config
from ssrcred.app.host_limit import HostLimit
from ssrcred.app.lea_cache import picked
from ssrcred.app.session import Result, addressee, shared_vault
from ssrcred.app.standard_streams import told_of_bug
from ssrcred.app.terminal import Terminal
from ssrcred.domain.errors import Interrupted, SsrcredError, Unreachable
from ssrcred.domain.time_limit import Task

if TYPE_CHECKING:
    from ssrcred.app.session import Session, Work


class LeaOutcome(Protocol):
    """What came of an LEA: its name, and what the command would exit with for this LEA alone."""

    @property
    def name(self) -> str: ...
    @property
    def exit_code(self) -> int: ...


T = TypeVar("T")
OutcomeT = TypeVar("OutcomeT", bound=LeaOutcome)

# LEAs under way for each that may ask one host: most of them wait for a host, or for a slow portal.
PER_HOST_SHARE: Final = 4
# Seconds of work after which an LEA is given up. A portal's bounds allow a visit longer than anybody waits here.
PATIENCE_S: Final = 300.0
# Seconds between two looks; on Windows a wait without end cannot be stopped with Ctrl-C.
LOOK_S: Final = 0.2
# Exit codes from best to worst when many LEAs end differently: rejected credentials come before everything else.
SEVERITY: Final[Mapping[int, int]] = {code: rank for rank, code in enumerate((0, 8, 6, 2, 10, 9, 3, 5, 1, 7))}
STAYS: Final = "What was recorded for this LEA until then stays. More is not known. No other LEA was affected."


def severity(code: int) -> int:
    """The rank of an exit code among those of all LEAs; the highest is the worst."""
    return SEVERITY.get(code, SEVERITY[1])


@dataclass(frozen=True)
class Ended(Generic[T]):
    """How it ended for one LEA, by its key: what came of it, or what stood in the way."""

    lea: str
    outcome: T | SsrcredError


@dataclass(frozen=True)
class AllLeas(Generic[OutcomeT]):
    """The result of a run over all LEAs: those that ended, worst first, and the keys of those that were not begun."""

    config: Config
    ends: Sequence[Ended[OutcomeT]]
    left: Sequence[str]
    stopped: bool

    def name(self, lea: str) -> str:
        """How an LEA is called on a screen; one whose section cannot be read has its key only."""
        return f"{self.config.leas[lea].name} ({lea})" if lea in self.config.leas else f"An LEA in config.toml ({lea})"

    def show(self, terminal: Terminal, undone: str, fine: str, tell: Callable[[str, OutcomeT], None]) -> None:
        """Show each LEA for which it could not be done, by `tell` each that ended badly, and how many are `fine`."""
        from ssrcred.output import person  # brings rich, which the Tab key has no time for

        console, good = terminal.console(answer=True), []
        for end in self.ends:
            if isinstance(end.outcome, SsrcredError):
                person.undone(console, self.name(end.lea), undone, end.outcome)
            elif end.outcome.exit_code != 0:
                tell(self.name(end.lea), end.outcome)
            else:
                good.append(end.outcome.name)
        person.fine(console, good, len(self.ends), fine)

    def answer(self, result: Result, body: dict[str, Any]) -> int:
        """Answer with the one document, if it was asked for; gives the worst exit code.

        Raises Interrupted after Ctrl-C, with the document of what is done in the error's own.
        """
        if self.stopped:
            result.partial = {**body, "not_done": list(self.left)}
            raise Interrupted(
                f"You stopped the program; {len(self.ends)} of {len(self.ends) + len(self.left)} LEAs are done.",
                state="What was done and found is recorded. Nothing new is known of the other LEAs.",
                hint=f"To run all of them: ssrcred {result.command} --all. "
                f"One alone: ssrcred {result.command} --lea NAME.",
            )
        result.answer(body)
        return max((end.outcome.exit_code for end in self.ends), key=severity, default=0)


def over_all(
    session: Session,
    lea: str | None,
    task: Callable[[Work], OutcomeT],
    rank: Callable[[OutcomeT], int] = lambda outcome: 0,
    *,
    forgiving: bool = True,
) -> AllLeas[OutcomeT]:
    """Do `task` with every LEA, side by side, a bar on a terminal counting the bad ends. Ctrl-C ends it early.

    `rank` orders those that end with the same code. Raises UsageWrong beside an LEA's name, ConfigInvalid (also without
    any LEA) or KeyringFailed for what concerns all.
    """
    config = session.config()
    leas = session.leas(lea, config, every=True)
    picked(config.keys, {}, all_of_them=True)  # one at least
    session.say_aside(config)
    if config.leas:
        # A keyring that is locked or missing is one problem and not a thousand; any item will do to find it out.
        shared_vault(session, config).holds("pair-0001")
    wrong = {} if session.only.leaves_out_unknown else config.wrong
    session.terminal.no_input = True  # nobody can answer for several LEAs at once
    limit = HostLimit(config.per_host)

    def run(key: str) -> OutcomeT:
        try:
            with session.opened(config, config.leas[key], forgiving=forgiving) as work:
                work.workflow.ports = limit.guarded(work.workflow.ports, work.lea)
                return task(work)
        except SsrcredError as problem:
            problem.lea, problem.sis = addressee(key, config)
            raise

    ends: list[Ended[OutcomeT]] = [Ended(key, problem) for key, problem in wrong.items()]
    bad, stopped = 0, False
    from ssrcred.output import person

    try:
        with person.bar(session.terminal.console(), len(leas), shown=session.terminal.is_watched) as advance:
            for end in side_by_side([one.key for one in leas], run, limit):
                ends.append(end)
                bad += end.outcome.exit_code != 0
                advance(f"{bad} with a problem" if bad else "no problem so far")
    except KeyboardInterrupt:
        stopped = True

    def order(end: Ended[OutcomeT]) -> tuple[int, int, str]:
        place = -1 if isinstance(end.outcome, SsrcredError) else rank(end.outcome)
        return -severity(end.outcome.exit_code), place, end.lea

    left = sorted({*wrong, *(one.key for one in leas)} - {end.lea for end in ends})
    return AllLeas(config, sorted(ends, key=order), left, stopped)


def side_by_side(
    leas: Sequence[str], task: Callable[[str], T], limit: HostLimit, *, patience: float = PATIENCE_S
) -> Iterator[Ended[T]]:
    """Do `task` for each LEA, by its key, and give each end as it comes.

    A task raises SsrcredError; anything else is a bug, which ends that LEA with exit code 1 and hides no other. One
    that is at work for longer than `patience` seconds, waiting for hosts not counted, ends as Unreachable;
    others get its hosts, and its thread dies with the program. Stopped in between (Ctrl-C, or by
    closing the iterator), no other LEA is begun.
    """
    waiting = list(reversed(leas))
    running: dict[Future[T], tuple[str, float]] = {}
    while waiting or running:
        while waiting and len(running) < limit.per_host * PER_HOST_SHARE:
            lea = waiting.pop()
            running[Task(partial(task, lea), f"ssrcred-lea-{lea}")] = lea, limit.clock()
        wait(running, LOOK_S, FIRST_COMPLETED)
        for future, (lea, since) in list(running.items()):
            if future.done():
                end = _ended(lea, future)
            # Time in a queue is not counted: an LEA far behind in it has not even begun.
            elif limit.clock() - since - limit.waited(lea) > patience:
                limit.give_up(lea)
                late = Unreachable(
                    f"This took longer than {patience:g} seconds and was stopped.",
                    state=STAYS,
                    hint=f"Run it for this LEA alone: --lea {lea} instead of --all.",
                )
                end = Ended(lea, late)
            else:
                continue
            del running[future]
            yield end


def _ended(lea: str, future: Future[T]) -> Ended[T]:
    error = future.exception()
    if error is None:
        return Ended(lea, future.result())
    if isinstance(error, SsrcredError):
        return Ended(lea, error)
    bug = SsrcredError(
        f"This is a bug in ssrcred: {told_of_bug(error)}.",
        state=STAYS,
        hint=f"To see the status: ssrcred status --lea {lea}. Please report this line to the developers of ssrcred.",
    )
    return Ended(lea, bug)
