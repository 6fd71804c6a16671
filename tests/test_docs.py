"""The documentation says what is true: its examples are run, its tables are compared, its links lead somewhere."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import command_reference
import pytest

from pretend import START, World
from ssrcred import __version__
from ssrcred.adapters.config import load
from ssrcred.adapters.config.schema import PORTS, Toms
from ssrcred.adapters.vault import item
from ssrcred.adapters.web.bound import Limits
from ssrcred.app.completion_values import TABLE
from ssrcred.app.session import SHARED
from ssrcred.cli.command_list import COMMANDS
from ssrcred.cli.main import main
from ssrcred.domain import errors
from ssrcred.domain.event import TEST_OUTCOMES
from ssrcred.domain.evidence import Known, Shows, Sure, VerdictName, Who
from ssrcred.domain.finding import Result
from ssrcred.domain.lea_status import Condition, State, condition
from ssrcred.domain.place import Holds, Kind
from ssrcred.domain.verdict import judge
from ssrcred.output import document, prometheus
from ssrcred.output.schema import DOCUMENTS, EVENT
from ssrcred.workflows import rotation, upload, verification

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
OURS = [page for page in PAGES if "shared" not in page.parts]
GROUPS: Final = {
    "secret": ("set", "drop"),
    "vault": ("init", "move"),
    "portal": ("test", "find", "confirm", "show"),
    "lea": ("list", "add", "rename", "remove", "import", "export"),
    "sis": ("", "show"),
}
EVERYWHERE: Final = {"--lea", "--json", "--no-input", "--quiet", "--log", "--help"}
PORTAL_S: Final = {"--driver", "--show-browser"}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> Iterator[list[str]]:
    """Every `ssrcred …` that the page tells somebody to type."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    for found in re.findall(r"(?:^\$ |^|`)ssrcred ([a-z][^`\n…]*)", text, re.MULTILINE):
        yield found.split("#")[0].split("<")[0].split()


def known_commands() -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-m", "ssrcred", "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "200"}
    ).stdout
    return set(re.findall(r"│ ([a-z]+)  ", shown))


def test_every_command_in_the_pages_exists() -> None:
    known = known_commands()
    assert {"rotate", "resume", "status"} <= known
    for page in OURS:
        for words in commands(page):
            assert words[0].rstrip(".,:;") in known, f"{page.name}: ssrcred {' '.join(words)}"


def test_every_option_in_the_pages_exists() -> None:
    helps: dict[str, str] = {}
    for page in OURS:
        for words in commands(page):
            options = [word.split("=")[0].rstrip(".,:;)") for word in words if word.startswith("--")]
            name = " ".join(words[:2]) if words[0] in GROUPS and words[1:2] != ["--json"] else words[0]
            if options and name not in helps:
                run = [sys.executable, "-m", "ssrcred", *name.split(), "--help"]
                helps[name] = subprocess.run(run, capture_output=True, text=True, env={"COLUMNS": "200"}).stdout
            for option in options:
                assert option in helps[name], f"{page.name}: ssrcred {name} {option}"


@pytest.mark.parametrize("name", [f"{one} {two}".strip() for one in COMMANDS for two in GROUPS.get(one, ("",))])
def test_the_reference_names_every_option_of_every_command(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main([*name.split(), "--help"]) == 0
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", capsys.readouterr().out))
    reference = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    [row] = [line for line in reference.splitlines() if re.match(rf"\|[^|]*\|[^|]*`{name}`", line)]
    [driven] = re.findall(r"^(`rotate`.*?) take `--driver NAME`", reference, re.MULTILINE)
    assert (f"`{name}`" in driven) == (options >= PORTAL_S)
    assert options >= {"--json", "--no-input", "--quiet", "--log"}
    named = set(re.findall(r"--[a-z][a-z-]+", row))
    assert options - EVERYWHERE - PORTAL_S <= named


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.name)
def test_every_config_example_is_a_valid_config(page: Path, tmp_path: Path) -> None:
    for number, example in enumerate(blocks(page, "toml")):
        if "[lea." not in example:
            tomllib.loads(example)
            continue
        path = tmp_path / f"config{number}.toml"
        path.write_text(example, "utf-8")
        assert load(path).leas


def shown_status(one: Condition) -> dict[str, Any]:
    """The document of status of one LEA, as it is read from its text."""
    stdout = io.StringIO()
    assert document.show_status([one], stdout) is one.state
    printed: dict[str, Any] = json.loads(stdout.getvalue())
    assert printed.pop("schema") == "ssrcred.status/1"
    return printed


def test_the_json_example_has_the_keys_that_status_prints() -> None:
    world = World()
    workflow = world.workflow()
    world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold))
    one = condition("lincoln", "Made-up LEA", 365, "America/Los_Angeles", world.standing, START)
    printed = shown_status(one)
    [example] = [json.loads(text) for text in blocks(ROOT / "docs/reference/json.md", "json")]
    assert example.pop("schema") == "ssrcred.status/1"
    assert example.keys() == printed.keys()
    assert example["leas"][0].keys() == printed["leas"][0].keys()
    assert example["leas"][0]["places"][0].keys() == printed["leas"][0]["places"][0].keys()


def keys(document: object) -> set[str]:
    """Every key in a document, but those of an event's facts."""
    if isinstance(document, list):
        return set().union(*(keys(one) for one in document))
    if not isinstance(document, dict):
        return set()
    return set(document).union(*(keys(value) for name, value in document.items() if name != "detail"))


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """A document of most commands, of a made-up LEA whose rotation is under way, and by which row it is described."""
    world = World()
    workflow = world.workflow()
    followed = world.follow(workflow, rotation.rotate(workflow, world.capture, world.hold))
    proofs = verification.proofs(world.follow(workflow, verification.probe(workflow)))
    known = Known(365, None, verification.look(workflow, proofs))
    yield "verify", {"leas": [document.verdict("lincoln", judge(proofs, known), proofs, known.look)]}
    yield "rotate", document.events(followed, finished=True)
    surveyed = upload.survey(workflow)
    yield "schools", document.places(surveyed)
    yield "handover", document.handover("lincoln", world.standing, file=None, done=None)
    world.follow(workflow, rotation.store(workflow, world.capture, world.hold))
    one = condition("lincoln", "Made-up LEA", 365, "America/Los_Angeles", world.standing, START)
    yield "status", shown_status(one)


def test_the_reference_names_every_key_of_a_document() -> None:
    rows = (ROOT / "docs/reference/json.md").read_text("utf-8").splitlines()
    for command, body in documents():
        row = next(line for line in rows if line.startswith(f"| `{command}`"))
        missing = {key for key in keys(body) if not re.search(rf"(?<!\w){key}(?!\w)", row)}
        assert not missing, (command, missing)


def schema_keys(part: object) -> set[str]:
    """Every key that a schema names."""
    if isinstance(part, list):
        return set().union(*map(schema_keys, part))
    if not isinstance(part, dict):
        return set()
    properties = part.get("properties", {})
    inner = set().union(*(schema_keys(value) for name, value in part.items() if name != "properties"))
    return inner.union(properties, *map(schema_keys, properties.values()))


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "ssrcred"])
def test_the_reference_names_every_key_of_every_schema(name: str) -> None:
    page = (ROOT / "docs/reference/json.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    shown = "verify --publish" if name == "published" else name.replace("doctor find-api", "doctor --find-api")
    ours = [line for line in rows if re.search(rf"`(?:{shown}|{name} [a-z-]+)`", line.split(" | ")[0])]
    assert ours, name
    # What every document may have is described once; what is the same as elsewhere is named by its row.
    common = {*EVENT, *re.findall(r"\w+", next(line for line in rows if line.startswith("| any, on failure")))}
    others = " ".join(rows) if any("the same" in line or "as `portal find`" in line for line in ours) else ""
    words = set(re.findall(r"\w+", " ".join([*ours, others])))
    assert schema_keys(DOCUMENTS[name]) - words - common - {"schema", "not_done"} == set(), name


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("status", State),
        ("verify", TEST_OUTCOMES),
        ("verify", Shows),
        ("verify", Sure),
        ("verify", Who),
        ("schools", Holds),
        ("schools", Kind),
        ("doctor", Result),
    ],
)
def test_the_reference_names_every_word_that_a_key_can_hold(command: str, words: Iterable[StrEnum]) -> None:
    rows = (ROOT / "docs/reference/json.md").read_text("utf-8").splitlines()
    row = next(line for line in rows if line.startswith(f"| `{command}`"))
    assert all(f"`{word}`" in row for word in words)


def test_the_help_desk_finds_every_verdict_in_its_table() -> None:
    page = (ROOT / "docs/how-to/help-desk.md").read_text("utf-8")
    assert all(f"\n| {verdict.replace('_', ' ')} |" in page for verdict in VerdictName)


def test_the_monitoring_page_names_every_figure_and_no_other() -> None:
    figures = set(re.findall(r"^# HELP (\w+)", prometheus.figures([], START).decode(), re.MULTILINE))
    page = (ROOT / "docs/how-to/monitoring.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(ssrcred_\w+)` \|", page, re.MULTILINE)) == figures


def test_the_firewall_page_names_every_host_and_port_that_are_set_without_a_word_in_config() -> None:
    page = (ROOT / "docs/how-to/firewall.md").read_text("utf-8")
    toms = tomllib.loads((ROOT / "src/ssrcred/data/toms.toml").read_text("utf-8"))
    assert all(f"| `{host}` |" in page for host in (urlsplit(Toms.api).hostname, toms["start"]))
    assert all(f"{port} (`{security}`)" in page for security, port in PORTS.items())


def test_the_files_page_names_every_bound_that_can_be_set_with_its_usual_value() -> None:
    tables = [tomllib.loads(example) for example in blocks(ROOT / "docs/reference/files.md", "toml")]
    assert tables[0]["lea"]["lincoln"]["schoolwise"]["limits"] == asdict(Limits())


def test_the_files_page_names_the_items_of_a_keyring_as_they_are_named() -> None:
    page = (ROOT / "docs/reference/files.md").read_text("utf-8")
    names = (
        item.slot_name("lincoln", "pair-0001"),
        item.secret_name("lincoln", "schoolwise"),
        item.secret_name(SHARED, "notify:smtp"),
    )
    assert all(f"`{name}`" in page for name in names)


def test_the_verdict_that_is_shown_to_a_help_desk_is_one_that_it_sees() -> None:
    [shown] = blocks(ROOT / "docs/how-to/help-desk.md", "text")
    seen = (ROOT / "tests/cli/transcripts/verify_superseded.txt").read_text("utf-8")
    assert seen.startswith(shown)


def test_the_table_of_exit_codes_is_the_tree_of_errors() -> None:
    table = (ROOT / "docs/reference/exit-codes.md").read_text("utf-8")
    rows = {
        int(code): set(re.findall(r"`(\w+)`", words))
        for code, words in re.findall(r"^\| (\d+) \| (.*?) \|", table, re.M)
    }
    tree: dict[int, set[str]] = {0: set()}
    todo: list[type[errors.SsrcredError]] = [errors.SsrcredError]
    while todo:
        kind = todo.pop()
        tree.setdefault(kind.exit_code, set()).add(kind.code)
        todo += [sub for sub in kind.__subclasses__() if sub.__module__ == errors.__name__]
    assert rows == tree


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_architecture_names_only_files_that_exist() -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text("utf-8")
    named = {name for name in re.findall(r"`([\w./-]+/(?:[\w.-]+\.\w+)?)`", page) if name.strip("/")}
    assert len(named) > 40
    assert not [name for name in named if not (ROOT / "src/ssrcred" / name).exists() and not (ROOT / name).exists()]


def test_every_page_is_linked_from_an_index() -> None:
    linked = set()
    for page in OURS:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            linked.add((page.parent / target).resolve())
    alone = [
        page.name for page in PAGES if page.resolve() not in linked and page.name not in ("README.md", "CHANGELOG.md")
    ]
    assert not alone


def test_no_page_names_a_path_of_somebodys_machine() -> None:
    for page in PAGES:
        assert not re.search(r"(^|[^\w./])/(home|root|Users|work)/", page.read_text("utf-8")), page.name


def test_the_manual_page_is_that_of_these_commands() -> None:
    page = (ROOT / "docs/reference/ssrcred.1").read_text("utf-8")
    assert page == command_reference.man_page(), "To write it anew: make man"


def test_the_tab_key_offers_what_these_commands_take() -> None:
    assert Path(TABLE).read_text("utf-8") == command_reference.completions(), "To write it anew: make man"


@pytest.mark.real("groff")
def test_groff_has_nothing_against_the_manual_page() -> None:
    words = ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z", f"{ROOT}/docs/reference/ssrcred.1"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_changelog_begins_with_this_version_or_with_what_comes_after_it() -> None:
    headings = re.findall(
        r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    released = [(version, day) for version, day in headings if version != "Unreleased"]
    assert released[0][0] == __version__ and all(day for _, day in released)


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.name)
def test_a_page_that_names_a_wheel_names_that_of_this_version(page: Path) -> None:
    named = re.findall(r"ssrcred-(\d+\.\d+\.\d+)(?:-py3|\.dist-info)", page.read_text("utf-8"))
    assert set(named) <= {__version__}


def test_the_unattended_set_up_is_run_as_it_stands(tmp_path: Path) -> None:
    text = (ROOT / "docs/how-to/set-up.md").read_text("utf-8").replace("\\\n", " ")
    [line] = re.findall(r"^ssrcred (setup --no-input.*)$", text, re.MULTILINE)
    run = [sys.executable, "-m", "ssrcred", *shlex.split(line)]
    done = subprocess.run(run, capture_output=True, text=True, env={"SSRCRED_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert load(tmp_path / "config.toml").leas["lincoln"].name == "Lincoln Unified School District"
    assert "ssrcred secret set schoolwise --lea lincoln --stdin" in done.stderr
