"""The person's terminal: messages to whoever is there, and questions.

All of it goes to stderr: stdout has the answer alone. Questions come one at a time; without a person each is
refused by name and never waits.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, TypeVar

from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import InputRefused, Interrupted, UsageWrong
from ssrcred.output.fold import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from rich.console import Console

    from ssrcred.app.environment import Environment
    from ssrcred.app.progress import Progress
    from ssrcred.output.person import Narrator

# Columns where there is no terminal: a log's reader can scroll, and a line that is whole can be searched for.
PLAIN_WIDTH: Final = 200

T = TypeVar("T")


class Terminal:
    """Where a person reads and answers.

    `no_input`: nobody is asked anything; implied with `json`, where the answer is a document, without a terminal, and
    if it is `quiet`: then only warnings are told, and a question would stand there without what explains it.
    `addressee` is the LEA that commands in its words have to name, because the next run would not know which is meant,
    and the name of its system if that is not SchoolWise.
    `progress` is the line that tells what is waited for, once there is one.
    """

    def __init__(
        self, environment: Environment, *, json: bool = False, no_input: bool = False, quiet: bool = False
    ) -> None:
        self._environment, self._json, self._quiet = environment, json, quiet
        self.no_input = no_input or json or quiet or not environment.has_person
        self.addressee = ("", "")
        self.progress: Progress | None = None

    @property
    def is_watched(self) -> bool:
        """Whether somebody sees, at a terminal, what is told beside the answer."""
        return self._environment.stderr.isatty() and not self._json and not self._quiet

    def say(self, text: str, *, style: str = "", warns: bool = False) -> None:
        """A line for the person; one that `warns` is told with --quiet, too."""
        if self._quiet and not warns:
            return
        from rich.text import Text

        from ssrcred.output.fold import folded

        console, told = self.console(), self.addressed(text)
        with self.progress.hidden() if self.progress is not None else nullcontext():
            console.print(folded(console, Text(told, style=style)), soft_wrap=True)

    def addressed(self, text: str) -> str:
        """A text of ours for the LEA that this run is about."""
        from ssrcred.domain.errors import addressed

        return addressed(text, *self.addressee)

    def waiting_for(self, words: str) -> AbstractContextManager[None]:
        """Tell, where somebody sees it, that `words` is waited for as long as the block lasts."""
        return self.progress.waiting_for(words) if self.progress is not None else nullcontext()

    def console(self, *, answer: bool = False) -> Console:
        """Where a person reads: answers on stdout, the rest on stderr. With --json all of it goes to stderr."""
        from ssrcred.output.fold import screen

        environ = dict(self._environment.environ)
        stream = self._environment.stdout if answer and not self._json else self._environment.stderr
        for name in ("COLUMNS", "LINES"):  # in no columns nothing would be printed; a terminal without a size says 0
            size = environ.get(name, "")
            if not (size.isascii() and size.isdigit() and int(size[:6]) > 0):
                environ.pop(name, None)
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

        return Narrator(self.console(), self.addressed, only_bad=self._quiet)

    def ask(self, question: str, *, default: str = "", option: str = "") -> str:
        """One line as it was typed; the default when it is empty. `option` is what to use without a person."""
        self._refuse_without_person(question, option)
        shown = f" [{default}]" if default else ""
        self._write(f"{self.addressed(question)}{shown}: ")
        try:
            answer = self._environment.stdin.readline()
        except UnicodeError:
            raise InputRefused(
                "What was typed is not valid text in this terminal's encoding.",
                state="It was not used.",
                hint="Run the command again, and paste plain text only.",
            ) from None
        # An empty line has its line end, so nothing at all is the end of the input.
        if not answer:
            self._write("\n")
            raise Interrupted(
                "The input ended before the question was answered.",
                state="Nothing was done after the last line above.",
                hint="To see the status: ssrcred status[lea].",
            )
        return answer.rstrip("\r\n") or default

    def ask_until_good(
        self, question: str, check: Callable[[str], str | None], *, default: str = "", option: str = ""
    ) -> str:
        """Ask until `check` has no objection (it gives a sentence, or None)."""
        while True:
            answer = self.ask(question, default=default, option=option).strip()
            objection = check(answer)
            if objection is None:
                return answer
            self._write(f"  {objection}\n")

    def ask_parsed(
        self, question: str, parse: Callable[[str], T], refusal: type[Exception], *, told: str = "{}", default: str = ""
    ) -> T:
        """What `parse` makes of the answer; asked again as long as it raises `refusal`, whose words are `told`."""
        while True:
            answer = self.ask(question, default=default).strip()
            try:
                return parse(answer)
            except refusal as problem:
                self._write(f"  {told.format(problem)}\n")

    def ask_yes_no(self, question: str, *, default: bool | None, option: str = "") -> bool:
        """Yes or no; an empty answer is the default, if there is one: None takes neither for granted."""
        marks = {True: "Y/n", False: "y/N", None: "y/n"}[default]
        while True:
            answer = self.ask(f"{question} ({marks})", option=option).strip().lower()
            if not answer and default is not None:
                return default
            if answer in ("y", "yes", "n", "no"):
                return answer[0] == "y"
            self._write("  Please answer y or n.\n")

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
        answer = self.ask_until_good(
            question, lambda text: None if text in numbers or (may_stop and not text) else wrong, default=default
        )
        return numbers.index(answer) if answer else None

    def wait_for_enter(self, text: str) -> None:
        """Wait for the Enter key."""
        self.ask(text)

    def ask_hidden(self, question: str, *, option: str = "") -> SecretKey:
        """One line that is not shown while it is typed or pasted."""
        self._refuse_without_person(question, option)
        try:
            return SecretKey(self._environment.hidden(f"{question}: "))
        except EOFError:
            raise InputRefused(
                "The input ended before the secret was entered.", state="Nothing was stored.", hint="Run it again."
            ) from None

    def piped(self) -> BinaryIO:
        """Standard input, for a secret from a file or a pipe. Raises UsageWrong for a terminal, which would show it."""
        if self._environment.stdin.isatty():
            raise UsageWrong(
                "Standard input is this terminal, which would show what you type.",
                state="Nothing was asked and nothing was changed.",
                hint="Leave out --stdin, and you are asked without showing it. Or use a file: --stdin < FILE.",
            )
        return self._environment.stdin.buffer

    def _write(self, text: str) -> None:
        self._environment.stderr.write(harmless(text))
        self._environment.stderr.flush()

    def _refuse_without_person(self, question: str, option: str) -> None:
        if self.no_input:
            raise UsageWrong(
                f"This question needs a person at a terminal: {question}",
                state="Nothing was asked and nothing was changed.",
                hint=f"Use {option}." if option else "Run it in a terminal.",
            )
