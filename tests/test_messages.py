"""Every message of the program in one list (`make messages`), and what no message may look like."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from messages import Message, messages

FOUND = list(messages())
BROKEN = {
    "two spaces in a row": re.compile(r"[\w.,;)]  +[\w(«]"),
    "a clause that has a subject already": re.compile(r"\bIt (?:it|its|this|that|there|the)\b"),
    "a word twice": re.compile(r"\b(the|a|an|to|of|is|and|in|it|not) \1\b", re.IGNORECASE),
    "a stop twice": re.compile(r"[^.]\.\.(?!\.)|[,;:] ?[.,;]"),
    "a space before a stop": re.compile(r" [.,;](?:\s|$)"),
    "a hole that nobody fills": re.compile(r"\{\w*\}|\bNone\b"),
}
OURS_ALONE = ("pairs?", "halves", r"mint\w*", r"mend\w*", "doors?", "hand-?overs?")
"""Words of the code or of earlier versions: people read credentials, generate, fix, connection, pending system."""
CHOICE = re.compile(r" ?\[[^\[\]]* \|[^\[\]]*\]")
"""What a sentence that was put together wrongly looks like."""


def test_the_list_has_the_messages_of_every_kind_and_corner() -> None:
    kinds = {one.kind for one in FOUND}
    assert {
        "said",
        "verdict",
        "event",
        "clause",
        "finding",
        "help",
        "LoginRefused",
        "Unreachable",
        "ConfigInvalid",
        "UsageWrong",
    } <= kinds
    assert len(FOUND) > 500 and len({one.path for one in FOUND}) > 60
    assert any("There are several LEAs in config.toml." in text for one in FOUND for _, text in one.parts)


@pytest.mark.parametrize("what", BROKEN)
def test_no_message_is_broken(what: str) -> None:
    # Of what is said in more than one way, the frame; each way is looked at where it stands.
    framed = ((one, CHOICE.sub("one", text)) for one in FOUND for _, text in one.parts)
    assert not [str(one) for one, text in framed if BROKEN[what].search(text)]


@pytest.mark.parametrize("what", OURS_ALONE)
def test_no_message_uses_a_word_that_only_we_use(what: str) -> None:
    word = re.compile(rf"\b{what}\b", re.IGNORECASE)
    texts = ((one, re.sub("«[^»]*»|ssrcred handover", "", text)) for one in FOUND for _, text in one.parts)
    assert not [str(one) for one, text in texts if word.search(text)]


def test_every_error_has_something_in_each_of_its_three_lines() -> None:
    errors = [one for one in FOUND if [name for name, _ in one.parts] == ["error", "state", "hint"]]
    assert len(errors) > 200
    assert not [str(one) for one in errors if not all(text.strip() for _, text in one.parts)]


def test_a_broken_message_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('raise SsrcredError(f"It its name {x.y} must  be.", state="", hint=HINT)\n')
    [one] = messages(tmp_path)
    assert one == Message(
        "one.py", 1, "SsrcredError", (("error", "It its name «y» must  be."), ("state", ""), ("hint", "«HINT»"))
    )
    assert BROKEN["two spaces in a row"].search(one.parts[0][1])
    assert BROKEN["a clause that has a subject already"].search(one.parts[0][1])


def test_the_command_prints_them_all() -> None:
    script = Path(__file__).parent.parent / "scripts" / "messages.py"
    done = subprocess.run((sys.executable, script), capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stderr.strip() == f"{len(FOUND)} messages."
    assert done.stdout.count("\n") > len(FOUND)
