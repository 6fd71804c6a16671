"""A coordinator's desk for tests: one machine, perhaps somebody in front of it, beside a practice district.

Every run looks for secrets in what was said, and the desk looks for them in every file when it is left.
All pairs, passwords and SSIDs are made up by the practice district.
"""

from __future__ import annotations

import html
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from json_schema import check_document
from keyring_moods import HonestKeyring, under
from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.vault import Backend, Vault
from ssrcred.app.environment import Environment
from ssrcred.cli.main import main
from ssrcred.domain.credential import SecretKey
from ssrcred.practice import CONFIRMED, Pair, Practice, running

TODAY = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
LEA = "lincoln"
NO_BROWSER = 'browser = "/nonexistent/made-up-browser"'
COLOURS = re.compile(r"\x1b\[[0-9;]*m")

Answer = str | None | Callable[[], str]
"""What somebody types: a text, or what a deed gives (a click in TOMS); None is Ctrl-D."""

Script = Sequence[tuple[str, Answer]]
"""What somebody answers, in order, each beside words of the question that they expect."""


class Paper(io.StringIO):
    """A stream that is no terminal; `said` is what the program wrote to it."""

    @property
    def said(self) -> str:
        """All that the program wrote."""
        return self.getvalue()


class Screen(Paper):
    """A terminal: what the program says and what somebody types both show on it; colours are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.shown += COLOURS.sub("", text)
        return super().write(text)

    def echo(self, text: str) -> None:
        """Show what was typed."""
        self.shown += text

    @property
    def question(self) -> str:
        """The line that waits for an answer."""
        return self.shown.rpartition("\n")[2]


class Person(io.StringIO):
    """Somebody at the keyboard, who answers by a script and notices a question that they did not expect."""

    def __init__(self, screen: Screen, script: Script) -> None:
        super().__init__()
        self._screen = screen
        self._script = list(script)
        self.surprise = ""

    @property
    def buffer(self) -> io.BytesIO:
        """A terminal that is read as a pipe gives nothing."""
        return io.BytesIO()

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # typeshed: of the bytes below
        """Type a line, seen on the screen."""
        answer = self._answer()
        self._screen.echo("" if answer is None else f"{answer}\n")
        return "" if answer is None else f"{answer}\n"

    def hidden(self, prompt: str) -> str:
        """Type or paste a line that the screen does not show."""
        self._screen.write(prompt)
        answer = self._answer()
        self._screen.echo("\n")
        if answer is None:
            raise EOFError
        return answer

    @contextmanager
    def unseen(self) -> Iterator[Callable[[str], list[str]]]:
        """Type or paste at prompts of which the screen shows nothing; a text with line ends is pasted in one go."""

        def ask(prompt: str) -> list[str]:
            self._screen.write(prompt)
            answer = self._answer()
            if answer is None:
                raise EOFError
            return answer.splitlines(keepends=True) or [""]

        yield ask

    def _answer(self) -> str | None:
        question = self._screen.question
        words, answer = self._script.pop(0) if self._script else ("no question at all", None)
        if words not in question:
            self.surprise = f"expected {words!r}, and was asked: {question}"
            raise AssertionError(self.surprise)
        return answer() if callable(answer) else answer

    def left_over(self) -> list[str]:
        """The questions that never came."""
        return [words for words, _ in self._script]


class Pipe(io.BytesIO):
    """Standard input from another program, which gives its text when it is first asked."""

    def __init__(self, text: str | bytes | Callable[[], str]) -> None:
        super().__init__()
        self._text: str | bytes | Callable[[], str] | None = text

    def read(self, size: int | None = -1, /) -> bytes:
        if self._text is not None:
            given = self._text() if callable(self._text) else self._text
            self._text = None
            super().write(given if isinstance(given, bytes) else given.encode())
            self.seek(0)
        return super().read(size)


class CopiedTexts:
    """A clipboard: each look finds the next of `texts`, and then the last one for good."""

    def __init__(self, *texts: str | Callable[[], str]) -> None:
        self._texts = list(texts)
        self.holds = ""
        self.broken = False

    def read(self) -> str:
        """What was copied last."""
        if self.broken:
            from ssrcred.domain.errors import InputRefused

            raise InputRefused("The clipboard cannot be read from this terminal.", state="s", hint="h")
        if self._texts:
            text = self._texts.pop(0)
            self.holds = text() if callable(text) else text
        return self.holds

    def copy(self, text: str) -> bool:
        """Put a text on it, for no history."""
        self.holds = text
        return True

    def clear(self) -> None:
        """Empty it."""
        self.holds = ""


@dataclass
class Ran:
    """One run: its exit code, what it wrote to each stream, and the screen as a person saw it ("" without one)."""

    code: int
    out: str
    err: str
    screen: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output; anything else there fails the test."""
        parsed = json.loads(self.out)
        assert isinstance(parsed, dict)
        return parsed

    @property
    def error(self) -> dict[str, str]:
        """The three lines of the error, by their first word; fails the test when they are not there, in this order."""
        lines = (self.screen or self.err).splitlines()[-3:]
        parts = [line.split(": ", 1) for line in lines]
        assert [part[0] for part in parts] == ["error", "state", "hint"], lines
        assert all(text for _, text in parts), lines
        return {part[0]: part[1] for part in parts}


@dataclass(frozen=True)
class LeftDesk:
    """A desk as somebody left it: its files, its keyring, and the pair that TOMS gave out last.

    `addresses` are the district's as the files have them; `places` are those that hold the pair.
    """

    home: Path
    items: dict[tuple[str, str], str]
    addresses: tuple[str, ...]
    pair: Pair | None
    places: tuple[str, ...]


class Desk:
    """The environment: `ring` is its keyring, `at` its time; `environ`, `clipboard`, `user` and `login` can be set."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.at = TODAY
        self.ring: HonestKeyring = HonestKeyring()
        self.environ: dict[str, str] = {"SSRCRED_HOME": str(self.home)}
        self.clipboard = CopiedTexts()
        self.slept: list[float] = []
        self.opened: list[str] = []
        self.keyring_limits: list[tuple[float, bool]] = []
        self.user: Callable[[], str] = lambda: "dana"
        self.platform = "linux"
        self.login: Callable[[], str] = lambda: self.user()
        self._secrets: dict[str, str] = {}
        self._district: Practice | None = None

    @property
    def district(self) -> Practice:
        """The practice district beside the desk."""
        assert self._district is not None
        return self._district

    @contextmanager
    def beside(self, *, started: bool = True, measures: bool = False) -> Iterator[None]:
        """Put a practice district beside the desk, with Lexile/Quantile Measures Reports or without."""
        with running(clock=lambda: self.at, started=started, measures=measures) as district:
            self._district = district
            self._learn()
            yield

    def environment(self, stdin: io.StringIO | io.TextIOWrapper, out: io.StringIO, err: io.StringIO) -> Environment:
        """This desk's environment with these streams."""
        return Environment(
            environ=self.environ,
            stdin=stdin,
            stdout=out,
            stderr=err,
            now=lambda: self.at,
            sleep=self.slept.append,
            hidden=stdin.hidden if isinstance(stdin, Person) else _nobody,
            unseen=stdin.unseen if isinstance(stdin, Person) else _nobody_unseen,
            os_keyring=self._keyring,
            clipboard=lambda: self.clipboard,
            open_page=self._open_page,
            page_through=out.write,
            user=self.user,
            platform=self.platform,
            login=self.login,
        )

    def _open_page(self, url: str) -> bool:
        self.opened.append(url)
        return True

    def _keyring(self, limit: float, waiting: Callable[[str], None] | None) -> Backend:
        self.keyring_limits.append((limit, waiting is not None))
        return under(self.ring, waiting=waiting)

    def run(self, *arguments: str, given: str | bytes | Callable[[], str] = "") -> Ran:
        """A run without a person, with `given` on standard input."""
        out, err = Paper(), Paper()
        with io.TextIOWrapper(Pipe(given), encoding="utf-8") as stdin:
            code = main(arguments, self.environment(stdin, out, err))
        return self._looked_over(Ran(code, out.said, err.said))

    def sit(self, *arguments: str, script: Script = (), redirected: bool = False, screen: Screen | None = None) -> Ran:
        """A run with a person at a terminal, `screen`; `redirected` sends standard output elsewhere."""
        screen = screen or Screen()
        out = Paper() if redirected else screen
        person = Person(screen, script)
        environ = {"COLUMNS": "200"} | self.environ
        code = main(arguments, replace(self.environment(person, out, screen), environ=environ))
        assert not person.surprise, person.surprise  # the program may have taken it for a bug of its own
        assert not person.left_over(), f"never asked: {person.left_over()}"
        return self._looked_over(Ran(code, out.said, screen.said, self.readable(screen.shown)))

    def readable(self, shown: str) -> str:
        """A screen without what differs from run to run."""
        seen = re.sub(r"[^\n\r]*\r(?!\n)", "", shown)  # a line that was taken away again
        text = re.sub(rf"\s*{re.escape(str(self.home))}", " HOME", seen)
        text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
        text = re.sub(r"\S+/page\.png", "PICTURE", text)
        return re.sub(r"[ \t\r]+$", "", text, flags=re.MULTILINE)

    # What the tests do beside the program.

    def set_up(self, *more: str, secrets: bool = True) -> None:
        """Run `setup` for the practice district as IT staff would, and put the secrets into the keyring."""
        ran = self.run(*self.setup_options(), *more, "--no-input")
        assert ran.code == 0, ran.err
        if secrets:
            for name, value in self.named_secrets().items():
                self.vault.keep_secret(name, SecretKey(value))
        self.without_browser()
        self.confirm()

    def confirm(self, lea: str = LEA) -> None:
        """Leave the file that `portal confirm` writes once a person has confirmed the practice district's fields."""
        route = self.home / "portals" / f"{lea}.toml"
        route.parent.mkdir(exist_ok=True)
        shutil.copy(CONFIRMED, route)

    def without_browser(self) -> None:
        """From now on this computer has no browser; a desk that is `ready` or `rotated` has none."""
        text = self.config.read_text("utf-8")
        self.config.write_text(text.replace('driver = "http"', f'driver = "http"\n{NO_BROWSER}'), "utf-8")

    def with_browser(self) -> None:
        """From now on this computer has the browser that it really has."""
        self.config.write_text(self.config.read_text("utf-8").replace(f"{NO_BROWSER}\n", ""), "utf-8")

    @property
    def config(self) -> Path:
        """The file config.toml."""
        return self.home / "config.toml"

    def setup_options(self) -> tuple[str, ...]:
        """The command line of a set-up for the practice district."""
        practice = self.district
        own = practice.schools[1]
        return (
            *("setup", "--lea", LEA, "--name", practice.district_name, "--cds", practice.cds),
            *("--url", practice.schoolwise_url, "--username", practice.accounts.office.username),
            *("--parent", practice.accounts.parent.username),
            *("--parent-of", f"{own}={practice.accounts.parents[own].username}"),
            *("--toms-api", practice.service_url, "--toms-site", practice.toms_url),
        )

    def named_secrets(self) -> dict[str, str]:
        """The practice district's secrets, by the name under which the program keeps them."""
        accounts = self.district.accounts
        second = accounts.parents[self.district.schools[1]]
        return {
            "schoolwise": accounts.office.password,
            "parent": accounts.parent.password,
            f"parent:{second.username}": second.password,
            "test-ssid": self.district.test_ssid,
        }

    @property
    def vault(self) -> Vault:
        """The LEA's vault over the same keyring."""
        return Vault(under(self.ring), LEA)

    def click(self) -> Pair:
        """What the click on *Yes, Generate Credentials* makes."""
        pair = self.district.generate()
        self._learn()
        return pair

    def pair_lines(self) -> str:
        """A freshly generated pair as a pipe gives it."""
        pair = self.click()
        return f"{pair.username}\n{pair.secret}\n"

    def rotated(self) -> Pair:
        """Rotate once, from a pipe, however young the pair before; gives the pair that is current then."""
        ran = self.run("rotate", "--stdin", "--force", given=self.pair_lines)
        assert ran.code == 0, ran.err
        pair = self.district.pair
        assert pair is not None
        return pair

    def left(self) -> LeftDesk:
        """This desk as it is now, to be taken over by others. Its own files may not change any more."""
        practice = self.district
        places = tuple(place for place in ("district", *practice.schools) if practice.stored(place) == practice.pair)
        return LeftDesk(self.home, dict(self.ring.items), self._addresses(), practice.pair, places)

    def take_over(self, left: LeftDesk) -> None:
        """Go on where another desk was left, beside a district of this desk's own that has come equally far.

        The district draws the same keys in the same order; who signed in and what was asked is not taken over.
        """
        shutil.copytree(left.home, self.home)
        config = self.home / "config.toml"
        ours = dict(zip(left.addresses, self._addresses(), strict=True))
        # In one go: the ports of a district that has gone are given to others, so one of ours may be another of theirs.
        text = re.sub("|".join(map(re.escape, ours)), lambda found: ours[found[0]], config.read_text("utf-8"))
        config.write_text(text, "utf-8")
        self.ring.items |= left.items
        if self.district.pair != left.pair:
            assert self.click() == left.pair, "the district that was left had clicked more than once"
        for place in left.places:
            self.district.put(place, left.pair)

    def _addresses(self) -> tuple[str, ...]:
        return self.district.schoolwise_url, self.district.service_url, self.district.toms_url

    def events(self) -> list[str]:
        """What the ledger remembers, as "step/outcome place"."""
        with Ledger.readonly(self.home / "ledger.sqlite") as ledger:
            found = [one.event for one in ledger.events()]
        return [f"{event.step}/{event.outcome} {event.place}".rstrip() for event in found]

    # Secrets.

    def secret(self, name: str, value: str) -> None:
        """From now on `value` may be neither said nor written anywhere."""
        self._secrets[name] = value

    def _learn(self) -> None:
        practice = self.district
        for place in ("district", *practice.schools):
            if (pair := practice.stored(place)) is not None:
                self.secret(f"key at {place} before {len(self._secrets)}", pair.secret)
        if practice.pair is not None:
            self.secret(f"key number {len(self._secrets)}", practice.pair.secret)
        for name, value in self.named_secrets().items():
            self.secret(name, value)

    def _looked_over(self, ran: Ran) -> Ran:
        check_document(ran.out)
        for stream, text in (("stdout", ran.out), ("stderr", ran.err)):
            assert "[lea]" not in text, f"a command on {stream} was told without its LEA filled in: {text}"
            self._search(stream, text.encode("utf-8", "surrogatepass"))
        return ran

    def search_files(self) -> None:
        """Fail the test when a file under the desk's home holds a secret."""
        for path in sorted(self.home.rglob("*")):
            if path.is_file():
                self._search(path.name, path.read_bytes())
                if path.suffix == ".json":
                    check_document(path.read_text("utf-8"))

    def _search(self, where: str, content: bytes) -> None:
        for name, value in self._secrets.items():
            if any(form.encode() in content for form in written_forms(value)):
                pytest.fail(f"the secret {name} is in {where}", pytrace=False)
        if b"signature=" in content or b"Bearer " in content:
            pytest.fail(f"a link to a report or a token is in {where}", pytrace=False)


def written_forms(value: str) -> Iterable[str]:
    """The ways in which a program may write a text by accident."""
    return {value, json.dumps(value)[1:-1], html.escape(value), quote(value, safe=""), repr(value)[1:-1]}


@contextmanager
def _nobody_unseen() -> Iterator[Callable[[str], list[str]]]:
    yield lambda prompt: [_nobody(prompt)]


def _nobody(prompt: str) -> str:
    raise AssertionError(f"nobody is there to be asked: {prompt}")
