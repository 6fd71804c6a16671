"""Builds what a command needs on this machine, records every event before it is shown, and closes it all again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ssrcred.adapters.config import Config, Home, Lea, home, load_sound
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.ledger.run_lock import lock
from ssrcred.adapters.vault import Backend, Vault
from ssrcred.app.environment import Asker, Machine
from ssrcred.app.portal import accounts, test_save
from ssrcred.app.portal import portal as build_portal
from ssrcred.app.progress import Progress, watch
from ssrcred.app.run import picked
from ssrcred.domain import errors
from ssrcred.domain.event import Done, Event
from ssrcred.domain.standing import Standing
from ssrcred.domain.state import Condition, condition
from ssrcred.output import document
from ssrcred.workflows.workflow import Ports, Workflow

if TYPE_CHECKING:
    from rich.console import Console

    from ssrcred.adapters.reports import SsrService
    from ssrcred.domain.credential import SecretKey
    from ssrcred.output.person import Narrator

SHARED: Final = "_shared"
"""Whose the secrets of mail and chat are: no LEA's, so that a county gives each once. No LEA can have this name."""
PATIENT_LIMIT_S = 120.0
"""With a person: long enough to find the keyring's window and type a password (style.md, *Traps*)."""
SHORT_LIMIT_S = 10.0
PLAIN_WIDTH = 200
"""Columns where there is no terminal: a log's reader can scroll, and a line that is whole can be searched for."""


@dataclass
class Session:
    """One command's run. `events` are what has happened in it so far, for the one JSON document.

    `held_back` are the refusals of earlier runs for which a log-in was not sent in this one.
    `partial` is what an error's document shows in their place: what a command over many LEAs has come to so far.
    `stopped` is what Ctrl-C ends in from now on, for a command that knows better than the program what that leaves.
    `progress` is the line that tells what is waited for, once there is one.
    `addressee` is the LEA that commands in its words have to name, because the next run would not know which is meant.
    """

    machine: Machine
    command: str
    json: bool = False
    no_input: bool = False
    driver: str | None = None
    show_browser: bool = False
    events: list[Event] = field(default_factory=list)
    held_back: list[errors.PortalFailed] = field(default_factory=list)
    partial: Mapping[str, Any] = field(default_factory=dict)
    stopped: errors.Interrupted | None = None
    addressee: str = ""
    _said_aside: bool = field(default=False, init=False, repr=False)
    progress: Progress | None = field(default=None, init=False, repr=False)
    _backend: Backend | None = field(default=None, init=False, repr=False)

    def say(self, text: str, *, style: str = "") -> None:
        """A line for the person, on stderr."""
        from rich.text import Text

        from ssrcred.output.addressee import addressed
        from ssrcred.output.fold import folded

        console = self.console()
        told = addressed(text, self.addressee)
        with self.progress.hidden() if self.progress is not None else nullcontext():
            console.print(folded(console, Text(told, style=style)), soft_wrap=True)

    def choose(
        self,
        choices: Sequence[str],
        question: str = "Number",
        *,
        default: str = "",
        wrong: str = "Type one of the numbers.",
        may_stop: bool = False,
        indent: str = "",
    ) -> int | None:
        """The position of one of the choices, each told with its number; None for Enter alone."""
        numbers = [str(number) for number in range(1, len(choices) + 1)]
        for number, choice in zip(numbers, choices, strict=True):
            self.say(f"{indent}  {number}  {choice}")
        answer = self.asker.until_good(
            question, lambda text: None if text in numbers or (may_stop and not text) else wrong, default=default
        )
        return numbers.index(answer) if answer else None

    def waiting_for(self, words: str) -> AbstractContextManager[None]:
        """Tell, where somebody sees it, that `words` is waited for as long as the block lasts."""
        return self.progress.waiting_for(words) if self.progress is not None else nullcontext()

    def answer(self, body: Mapping[str, Any]) -> None:
        """The one JSON document, if it was asked for."""
        if self.json:
            document.show(self.command, body, self.machine.stdout)

    def answer_events(self, *, finished: bool) -> None:
        """The document of a command that does things."""
        self.answer(document.events(self.events, finished=finished))

    @property
    def asker(self) -> Asker:
        """Asks the person, or says by name what is missing."""
        return Asker(self.machine, no_input=self.no_input or self.json)

    @property
    def terminal(self) -> bool:
        """Whether somebody sees, at a terminal, what is told beside the answer."""
        return self.machine.stderr.isatty()

    @property
    def home(self) -> Home:
        """Where config, ledger, locks and files are."""
        return home(self.machine.environ)

    def config(self, *, reminders: bool = False) -> Config:
        """What config.toml says of the LEAs that are sound, and of `reminders` where the command needs that.

        A slip in one LEA's section stops no other: somebody may have a key in hand that TOMS shows only once. Raises
        ConfigInvalid for what concerns all.
        """
        return load_sound(self.home.config, reminders=reminders)

    def lea(self, wanted: str | None, config: Config) -> Lea:
        """The LEA that is meant: by option, by SSRCRED_LEA, or the only one; what is wrong with others is said.

        Raises UsageWrong, and ConfigInvalid for what is wrong with this one.
        """
        [key] = picked(config.keys, self.machine.environ, wanted)
        self.addressee = addressee(key, config)
        if key in config.wrong:
            raise config.wrong[key]
        self.say_aside(config)
        return config.leas[key]

    def leas(self, wanted: str | None, config: Config, *, every: bool, state: str = "Nothing was done.") -> list[Lea]:
        """The LEAs that are meant: every sound one, in order, or the one. Raises UsageWrong for both at once."""
        if not every:
            return [self.lea(wanted, config)]
        if wanted is not None:
            raise errors.UsageWrong(
                "--all and --lea exclude each other.", state=state, hint="Leave one of the two out."
            )
        return [config.leas[key] for key in sorted(config.leas)]

    def by_hand(self, lea: Lea) -> bool:
        """Whether a person works the LEA's portal."""
        return lea.schoolwise is not None and (self.driver or lea.schoolwise.driver) == "hand"

    def say_aside(self, config: Config) -> None:
        """Say on one line, once a run, what is wrong in config.toml that this command does not need."""
        problems = [problem for one in config.wrong.values() for problem in one.problems] + list(config.aside)
        if problems and not self._said_aside:
            more = f" (and {len(problems) - 1} more: ssrcred doctor)" if len(problems) > 1 else ""
            self.say(f"config.toml has a problem elsewhere, which does not stop this: {problems[0]}{more}")
        self._said_aside = True

    def condition(self, lea: Lea, standing: Standing) -> Condition:
        """What an LEA's standing amounts to now."""
        return condition(lea.key, lea.name, lea.lifetime_days, lea.timezone, standing, self.machine.now())

    def console(self, *, answer: bool = False) -> Console:
        """Where a person reads: answers on stdout, the rest on stderr. With --json all of it goes to stderr."""
        from ssrcred.output.fold import screen

        stream = self.machine.stdout if answer and not self.json else self.machine.stderr
        # In no columns nothing would be printed; a terminal without a size says COLUMNS=0.
        sizes = {name for name in ("COLUMNS", "LINES") if not _is_size(self.machine.environ.get(name, ""))}
        environ = {name: value for name, value in self.machine.environ.items() if name not in sizes}
        width = None if stream.isatty() or "COLUMNS" in environ else PLAIN_WIDTH
        return screen(
            file=stream,
            width=width,
            soft_wrap=width is not None,
            highlight=False,
            # Names of schools and accounts come from outside: what looks like rich's own codes in them is text.
            markup=False,
            emoji=False,
            _environ=environ,
        )

    def narrator(self) -> Narrator:
        """Tells events on stderr."""
        from ssrcred.output.person import Narrator

        return Narrator(self.console(), self.addressee)

    def vault(self, config: Config, lea: Lea) -> Vault:
        """The LEA's vault, in the backend that config.toml names. Raises KeyringFailed."""
        if self._backend is None:  # once a run: a passphrase is asked for once, however many LEAs there are
            self._backend = backend(self.machine, self.asker, config.backend, self.home.vault)
        return Vault(self._backend, lea.key)

    def use(self, backend: Backend) -> None:
        """Have `vault` give what is in this backend, which was just set up."""
        self._backend = backend

    @contextmanager
    def open(
        self, wanted: str | None, *, portal: bool = True, reports: bool = True, forgiving: bool = False
    ) -> Iterator[Work]:
        """Everything for one LEA, under its lock: config, vault, ledger, and the ports asked for. Closes all.

        Without `portal` its passwords are not read, so that a missing one is in nobody's way. A `forgiving` one does
        what it can with those that are stored.
        """
        config = self.config()
        lea = self.lea(wanted, config)
        with self.opened(config, lea, portal=portal, reports=reports, forgiving=forgiving) as work:
            watch(self, work)
            yield work

    @contextmanager
    def opened(
        self, config: Config, lea: Lea, *, portal: bool = True, reports: bool = True, forgiving: bool = False
    ) -> Iterator[Work]:
        """Like `open`, for an LEA that is known already; from any thread, one LEA each."""
        with ExitStack() as stack:
            stack.enter_context(lock(self.home.locks, lea.key))
            ledger = stack.enter_context(Ledger(self.home.ledger, actor=self.machine.actor()))
            vault = self.vault(config, lea)
            sis = build_portal(self, lea, vault, forgiving=forgiving) if portal else None
            if sis is not None:
                stack.callback(sis.close)
            ports = Ports(
                vault=vault,
                portal=sis,
                reports=_reports(self.machine, lea) if reports else None,
                now=self.machine.now,
                ssid=optional_secret(vault, "test-ssid") if reports else None,
                own_pair=frozenset(lea.schoolwise.schools) if lea.schoolwise else frozenset(),
                provable=frozenset(accounts(lea)),
                vendors=lea.vendors,
                toms=partial(_reach_toms, lea),
                direct=lea.toms.enabled,
                rehearse=test_save(self, lea, vault, sis) if portal else None,
            )
            yield Work(self, config, lea, ledger, vault, Workflow(ports, remembered(ledger, lea.key)))


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:6]) > 0


def shared_vault(session: Session, config: Config) -> Vault:
    """Where the secrets of mail and chat are, whatever the LEA."""
    return session.vault(config, Lea(SHARED, "", ""))


@contextmanager
def shared_turn(session: Session) -> Iterator[None]:
    """Keep other runs from changing or moving the secrets of mail and chat while the block lasts. Raises LockHeld."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock(session.home.locks, SHARED))
        except errors.LockHeld:
            raise errors.LockHeld(
                "Another run of ssrcred changes the secrets of mail and chat, or moves all of them.",
                state="This run has done nothing; the other one goes on.",
                hint="Let the other run end, in its window, and run this one again.",
            ) from None
        yield


def addressee(lea: str, config: Config) -> str:
    """The LEA that a command has to name, by its key; "" where there is no other one in config.toml."""
    return lea if len(config.keys) > 1 else ""


@dataclass
class Work:
    """One LEA, open: its workflow and all that the workflow's driver needs."""

    session: Session
    config: Config
    lea: Lea
    ledger: Ledger
    vault: Vault
    workflow: Workflow

    def follow(self, happening: Iterable[Event], tell: Callable[[Event], None] | None = None) -> list[Event]:
        """Drive a workflow: each event is recorded, then shown, then the next is asked for. Gives them all."""
        tell = tell or self.session.narrator().tell
        followed = []
        for event in happening:
            try:
                self.ledger.append(self.lea.key, event, self.workflow.standing.to_json())
            except errors.LedgerDamaged as damage:
                if event.outcome is not Done.HELD:
                    raise
                # The pair is in this process only: a full disk that refuses it too must not end what keeps it.
                self.session.say(damage.message)
            self.session.events.append(event)
            followed.append(event)
            tell(event)
        return followed


def remembered(ledger: Ledger, lea: str) -> Standing:
    """What the ledger remembers of an LEA. Raises LedgerDamaged when another version's record does not fit."""
    try:
        return Standing.from_json(ledger.standing(lea))
    except (KeyError, TypeError, ValueError):
        raise errors.LedgerDamaged(
            f"What the ledger remembers of {lea} cannot be read by this version of ssrcred.",
            state="Nothing was changed. The pairs in the keyring are untouched.",
            hint="Update ssrcred to the newest version and try again.",
        ) from None


def backend(machine: Machine, asker: Asker, kind: str, folder: Path) -> Backend:
    """The keyring, or the encrypted files, as config.toml says. Raises KeyringFailed."""
    if kind == "file":
        from ssrcred.adapters.vault.agefile import open_age_vault

        ask = None if asker.no_input else lambda: asker.hidden("Passphrase of the encrypted file")
        return open_age_vault(folder, environ=machine.environ, ask=ask)
    if asker.no_input:
        return machine.os_keyring(SHORT_LIMIT_S, None)
    return machine.os_keyring(PATIENT_LIMIT_S, lambda text: print(text, file=machine.stderr))


def _reach_toms(lea: Lea) -> None:
    """Raise Unreachable when the start page of TOMS does not answer, or says that it is closed. Nobody signs in."""
    from ssrcred.adapters.web.site import reach
    from ssrcred.app.capture import toms_start

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


def _reports(machine: Machine, lea: Lea) -> SsrService | None:
    if not lea.toms.enabled:
        return None
    from ssrcred.adapters.reports import SsrService, load_profile

    return SsrService(lea.toms.api, load_profile(lea.toms.profile), clock=machine.now, sleep=machine.sleep)
