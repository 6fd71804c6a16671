"""Builds what a command needs on this machine, records every event before it is shown, and closes it all again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TextIO

from ssrcred import __version__
from ssrcred.adapters.config import Config, Lea, load_sound
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.run_lock import SHARED_SECRETS, lock
from ssrcred.adapters.vault import Backend, Vault
from ssrcred.app.environment import Environment
from ssrcred.app.lea_cache import picked
from ssrcred.app.lea_conditions import unreadable
from ssrcred.app.portal import PortalBuilder, accounts, portal_of
from ssrcred.app.progress import Progress, watched
from ssrcred.app.refused_sign_in import CarefulPortal
from ssrcred.app.terminal import Terminal
from ssrcred.domain import errors
from ssrcred.domain.event import Event, Outcome, Recorded
from ssrcred.domain.lea_status import Condition, Filter, condition
from ssrcred.domain.standing import Standing
from ssrcred.output import document
from ssrcred.workflows.workflow import Ports, Workflow

if TYPE_CHECKING:
    from ssrcred.adapters.reports import SsrService
    from ssrcred.domain.credential import SecretKey

# The owner of the secrets of mail and chat: a county stores each once. No LEA can have this name.
SHARED: Final = "_shared"
# Outcomes of an event that tells of a change in the vault or the portal.
CHANGES: Final = frozenset(
    (Outcome.STORED, Outcome.WRITTEN, Outcome.UNCONFIRMED, Outcome.CLEARED, Outcome.POINTED, Outcome.RETIRED)
)
STEPS_DONE: Final = "The steps above are done and recorded."
# With a person: long enough to find the keyring's window and type a password (style.md, *Traps*).
PATIENT_LIMIT_S = 120.0
SHORT_LIMIT_S = 10.0


@dataclass
class Result:
    """One command's result; with `json` it is answered as a document on `stdout`.

    `held_back` are the rejections of earlier runs because of which a sign-in was not sent in this one.
    `partial` is what an error's document shows in place of the events: what a command over many LEAs came to so far.
    `stopped` is what Ctrl-C ends in from now on, for a command that knows better than the program what that leaves.
    `log` takes a line for the log of requests, if one was asked for.
    """

    command: str
    stdout: TextIO
    json: bool = False
    events: list[Event] = field(default_factory=list)
    held_back: list[errors.PortalFailed] = field(default_factory=list)
    partial: Mapping[str, Any] = field(default_factory=dict)
    stopped: errors.Interrupted | None = None
    log: Callable[[str], None] | None = None

    def answer(self, body: Mapping[str, Any]) -> None:
        """The one JSON document, if it was asked for."""
        if self.json:
            document.show(self.command, body, self.stdout)

    def answer_events(self, *, finished: bool) -> None:
        """The document of a command that does things."""
        self.answer(document.events(self.events, finished=finished))


class Session:
    """One command's run: what it runs in, the person's terminal, what it came to; and it opens LEAs."""

    def __init__(
        self,
        environment: Environment,
        command: str,
        *,
        json: bool = False,
        no_input: bool = False,
        quiet: bool = False,
        driver: str | None = None,
        show_browser: bool = False,
    ) -> None:
        self.environment = environment
        self.terminal = Terminal(environment, json=json, no_input=no_input, quiet=quiet)
        self.result = Result(command, environment.stdout, json)
        self.portals = PortalBuilder(environment, self.terminal, self.result.held_back.append, driver, show_browser)
        self.only = Filter()
        self._said_aside = False
        self._backend: Backend | None = None
        self._history_sound = False
        self._first_history: AbstractContextManager[object] = Lock()

    @contextmanager
    def logged(self, path: Path | None) -> Iterator[None]:
        """Add this run's requests, its events and its end to the file at `path`, if there is one. Raises UsageWrong."""
        if path is None:
            yield
            return
        from ssrcred.adapters.web.request_log import LOG, logged

        with logged(path):
            LOG.info("ssrcred %s %s begins", __version__, self.result.command)
            self.result.log = LOG.info
            try:
                yield
            except errors.SsrcredError as problem:
                LOG.info("%s ends with %s, exit %d", self.result.command, problem.code, problem.exit_code)
                raise

    def config(self, *, reminders: bool = False) -> Config:
        """What config.toml says of the LEAs that are sound, and of `reminders` where the command needs that.

        A mistake in one LEA's section stops no other: a key may be on the screen that TOMS shows only once. Raises
        ConfigInvalid for what concerns all.
        """
        return load_sound(self.environment.home.config, reminders=reminders)

    def systems(self) -> dict[str, str]:
        """By LEA, the name of its system if that is not SchoolWise; the history can be read without config.toml."""
        with suppress(errors.ConfigInvalid):
            return {key: lea.other_sis for key, lea in self.config().leas.items()}
        return {}

    def lea(self, wanted: str | None, config: Config) -> Lea:
        """The LEA that is meant: by option, by SSRCRED_LEA, or the only one; what is wrong with others is told.

        Raises UsageWrong, and ConfigInvalid for what is wrong with this one.
        """
        [key] = picked(config.keys, self.environment.environ, wanted)
        self.terminal.addressee = addressee(key, config)
        if key in config.wrong:
            raise config.wrong[key]
        self.say_aside(config)
        return config.leas[key]

    def leas(self, wanted: str | None, config: Config, *, every: bool, state: str = "Nothing was done.") -> list[Lea]:
        """Return the LEAs that are meant: every sound one that `only` lets through, in order, or the one.

        Raises UsageWrong for both at once.
        """
        if not every:
            return [self.lea(wanted, config)]
        if wanted is not None:
            raise errors.UsageWrong(
                "--all and --lea exclude each other.", state=state, hint="Leave one of the two out."
            )
        leas = [config.leas[key] for key in sorted(config.leas)]
        if not self.only.chooses:
            return leas
        self.only.check_groups((name for lea in leas for name in lea.groups), config.wrong)
        conditions = self.conditions(leas)
        return [lea for lea in leas if self.only.fits(conditions[lea.key])]

    def by_hand(self, lea: Lea) -> bool:
        """Whether a person works the LEA's portal."""
        return lea.schoolwise is not None and (self.portals.driver or lea.schoolwise.driver) == "hand"

    def say_aside(self, config: Config) -> None:
        """Say on one line, once a run, what is wrong in config.toml that this command does not need."""
        problems = [problem for one in config.wrong.values() for problem in one.problems] + list(config.aside)
        if problems and not self._said_aside:
            more = f" (and {len(problems) - 1} more; to list them: ssrcred doctor)" if len(problems) > 1 else ""
            what = "config.toml has another problem, which does not stop this command"
            self.terminal.say(f"{what}: {problems[0]}{more}", warns=True)
        self._said_aside = True

    def condition(self, lea: Lea, standing: Standing) -> Condition:
        """What an LEA's standing amounts to now."""
        one = condition(lea.key, lea.name, lea.lifetime_days, lea.timezone, standing, self.environment.now())
        one.groups = lea.groups
        return one

    @property
    def run(self) -> str:
        """This run, in words for one that finds an LEA taken by it: who runs it, since when, and which command."""
        return f"{self.environment.run}: ssrcred {self.result.command}"

    def history(self) -> Ledger:
        """The history, to record in. Raises LedgerDamaged; whether its pages are damaged is tested once a run."""
        # The threads of a run over many LEAs wait for the first one: the test takes the whole file into memory.
        with self._first_history:
            try:
                ledger = Ledger(self.environment.home.ledger, actor=self.environment.actor, sound=self._history_sound)
                self._history_sound = True
            finally:
                self._first_history = nullcontext()
        return ledger

    def vault(self, config: Config, lea: Lea) -> Vault:
        """The LEA's vault, in the backend that config.toml names. Raises KeyringFailed."""
        if self._backend is None:  # once a run: a passphrase is asked for once, however many LEAs there are
            self._backend = backend(self.environment, self.terminal, config.backend, self.environment.home.vault)
        return Vault(self._backend, lea.key)

    def use(self, backend: Backend) -> None:
        """Have `vault` give what is in this backend, which was just set up."""
        self._backend = backend

    def conditions(self, leas: Iterable[Lea]) -> dict[str, Condition]:
        """What each LEA's standing amounts to now, by its key; reads the ledger alone. Raises LedgerDamaged."""
        with Ledger.readonly(self.environment.home.ledger) as ledger:
            return {lea.key: self.condition(lea, remembered(ledger, lea.key)) for lea in leas}

    @contextmanager
    def open(
        self, wanted: str | None, *, portal: bool = True, reports: bool = True, forgiving: bool = False
    ) -> Iterator[Work]:
        """Everything for one LEA, under its lock: config, vault, ledger, and the ports asked for. Closes all.

        Without `portal` its passwords are not read, and a missing one does not matter. A `forgiving` one does
        what it can with those that are stored.
        """
        config = self.config()
        lea = self.lea(wanted, config)
        with self.opened(config, lea, portal=portal, reports=reports, forgiving=forgiving) as work:
            if self.terminal.is_watched and not self.by_hand(lea):  # by hand the person is asked, and waits for nothing
                self.terminal.progress = Progress(self.environment.stderr, self.environment.now)
                work.workflow.ports = watched(self.terminal.progress, work.workflow.ports)
            yield work

    @contextmanager
    def opened(
        self, config: Config, lea: Lea, *, portal: bool = True, reports: bool = True, forgiving: bool = False
    ) -> Iterator[Work]:
        """Like `open`, for an LEA that is known already; from any thread, one LEA each."""
        with ExitStack() as stack:
            # First the lock: what is read from here on must not be changed by another run.
            stack.enter_context(lock(self.environment.home.locks, lea.key, self.run))
            ledger = stack.enter_context(self.history())
            vault = self.vault(config, lea)
            sis = self.portals.portal(lea, vault, forgiving=forgiving) if portal else None
            if sis is not None:
                stack.callback(sis.close)
            ports = Ports(
                vault=vault,
                portal=sis,
                reports=_reports(self.environment, lea) if reports else None,
                now=self.environment.now,
                ssid=optional_secret(vault, "test-ssid") if reports else None,
                separate_schools=frozenset(lea.schoolwise.schools) if lea.schoolwise else frozenset(),
                provable=frozenset(accounts(lea)),
                vendors=lea.vendors,
                toms=partial(_reach_toms, lea),
                direct=lea.toms.enabled,
                rehearse=self.portals.test_save(lea, vault, sis) if portal else None,
            )
            workflow = Workflow(ports, remembered(ledger, lea.key), *addressee(lea.key, config))
            yield Work(self.terminal, self.result, config, lea, ledger, vault, workflow)


def shared_vault(session: Session, config: Config) -> Vault:
    """Where the secrets of mail and chat are, whatever the LEA."""
    return session.vault(config, Lea(SHARED, "", ""))


def shared_lock(session: Session) -> AbstractContextManager[None]:
    """Keep other runs from changing or moving the secrets of mail and chat while the block lasts. Raises LockHeld."""
    return lock(session.environment.home.locks, SHARED, session.run, SHARED_SECRETS)


def addressee(lea: str, config: Config) -> tuple[str, str]:
    """The LEA that a command has to name, by its key ("" where there is no other one), and its system's name if that
    is not SchoolWise.
    """
    return lea if len(config.keys) > 1 else "", config.leas[lea].other_sis if lea in config.leas else ""


@dataclass
class Work:
    """One LEA, open: its workflow and all that the workflow's driver needs."""

    terminal: Terminal
    result: Result
    config: Config
    lea: Lea
    ledger: Ledger
    vault: Vault
    workflow: Workflow

    @property
    def portal(self) -> CarefulPortal:
        """The LEA's portal, which the workflow has, too. Raises ConfigInvalid for an LEA without one."""
        portal_of(self.lea)
        portal = self.workflow.ports.portal
        if not isinstance(portal, CarefulPortal):
            raise TypeError("this LEA was opened without its portal")
        return portal

    def follow(self, happening: Iterable[Event], tell: Callable[[Event], None] | None = None) -> list[Event]:
        """Drive a workflow: each event is recorded, then shown, then the next is asked for. Gives them all."""
        tell = tell or self.terminal.narrator().tell
        followed: list[Event] = []
        event: Event | None = None
        try:
            for event in happening:
                try:
                    self.ledger.append(self.lea.key, event, self.workflow.standing.to_json())
                except errors.LedgerDamaged as damage:
                    if event.outcome is not Outcome.HELD:
                        raise
                    # Only this process has the credentials: a full disk that refuses the event too must not end it.
                    self.terminal.say(damage.message, warns=True)
                self.result.events.append(event)
                if self.result.log is not None:
                    self.result.log(f"event {event.step} {event.outcome}")
                followed.append(event)
                tell(event)
        except (errors.KeyringFailed, errors.LedgerDamaged) as problem:
            # Its state is that of one call: after what this run has changed, "Nothing was changed" would not be true.
            if any(one.outcome in CHANGES for one in followed) and not isinstance(problem, errors.KeyringUnfaithful):
                problem.state = STEPS_DONE
            if event is not None and event.outcome in CHANGES and event not in followed:
                problem.state = f"{STEPS_DONE} The step after them is done, too, but could not be recorded."
            raise
        return followed

    def record(self, happening: Iterable[Event]) -> list[Event]:
        """Drive a workflow without showing its events, for a command that shows what they come to."""
        return self.follow(happening, lambda event: None)


def checked_history(environment: Environment, lea: str | None, last: int | None) -> list[Recorded]:
    """The newest events of an LEA, also under its former names, or of all, oldest first.

    Raises LedgerDamaged where one was edited.
    """
    with Ledger.readonly(environment.home.ledger) as ledger:
        ledger.check()
        # Each name with the number of the event up to which it was this LEA's: another one may have it since.
        names: list[tuple[str | None, float]] = [(lea, inf)]
        found: list[Recorded] = []
        for name, until in names:
            events = list(ledger.events(name, limit=last if lea is None else None, newest_first=True))
            found += [one for one in events if one.number < until]
            former = (
                (one.event.detail.get("from"), one.number) for one in events if one.event.outcome is Outcome.RENAMED
            )
            names += [(before, number) for before, number in former if lea is not None and before and number < until]
    return sorted(found, key=lambda one: one.number)[-last if last else 0 :]


def remembered(ledger: Ledger, lea: str) -> Standing:
    """What is stored about an LEA. Raises LedgerDamaged when another version's record does not fit."""
    try:
        return Standing.from_json(ledger.standing(lea))
    except (KeyError, TypeError, ValueError):
        raise unreadable(lea) from None


def backend(environment: Environment, terminal: Terminal, kind: str, folder: Path) -> Backend:
    """The keyring, or the encrypted files, as config.toml says. Raises KeyringFailed."""
    if kind == "file":
        from ssrcred.adapters.vault.agefile import open_age_vault

        ask = None if terminal.no_input else lambda: terminal.ask_hidden("Passphrase of the encrypted file")
        return open_age_vault(folder, environ=environment.environ, ask=ask)
    if terminal.no_input:
        return environment.os_keyring(SHORT_LIMIT_S, None)
    return environment.os_keyring(PATIENT_LIMIT_S, lambda text: print(text, file=environment.stderr))


def _reach_toms(lea: Lea) -> None:
    """Raise Unreachable when the start page of TOMS does not answer, or says that it is closed. Nobody signs in."""
    from ssrcred.adapters.web.site import reach
    from ssrcred.app.toms_guide import toms_start

    try:
        reach(toms_start(lea), "TOMS")
    except errors.ConfigInvalid as invalid:
        raise errors.Unreachable(invalid.message, state=invalid.state, hint=invalid.hint) from None


def optional_secret(vault: Vault, name: str) -> SecretKey | None:
    """A secret, or None where it is not stored. Raises KeyringFailed where nobody can tell."""
    try:
        return vault.secret(name)
    except errors.CredentialMissing:
        return None


def _reports(environment: Environment, lea: Lea) -> SsrService | None:
    if not lea.toms.enabled:
        return None
    from ssrcred.adapters.reports import SsrService, load_profile

    return SsrService(lea.toms.api, load_profile(lea.toms.profile), clock=environment.now, sleep=environment.sleep)
