"""`--log` tells each request and no value of anything; `--quiet` leaves the answer, warnings and errors."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from cli.desk import Desk
from cli.test_cli_screens import compare
from ssrcred.practice import Pair


def lines(log: Path) -> str:
    """A log without its times, ports and how long things took."""
    text = re.sub(r"^\S+Z  ", "", log.read_text("utf-8"), flags=re.MULTILINE)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", re.sub(r"\d+ ms", "N ms", text))


def test_a_rotation_as_its_log_tells_it(ready: Desk) -> None:
    log = ready.home / "rotate.log"  # where the desk looks for secrets when it is left
    assert ready.run("rotate", "--stdin", "--log", str(log), given=ready.pair_lines).code == 0
    compare("log_rotate", re.sub(r"ssrcred \S+ rotate", "ssrcred VERSION rotate", lines(log)))
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    text = log.read_text("utf-8")
    accounts = ready.district.accounts
    told = (accounts.office.username, accounts.parent.username, ready.district.test_ssid, "?", "=")
    assert not [word for word in told if word in text]


def test_a_log_that_is_there_is_added_to_and_closed_to_others(rotated: Desk) -> None:
    log = rotated.home / "some.log"
    log.write_text("what was there\n", "utf-8")
    log.chmod(0o644)
    assert rotated.run("--log", str(log), "verify").code == 0
    assert rotated.run("status", "--log", str(log)).code == 0
    text = lines(log)
    assert text.startswith("what was there\n") and "one report" in text and text.endswith("status begins\n")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_an_error_and_a_request_without_an_answer_are_logged(rotated: Desk) -> None:
    log = rotated.home / "some.log"
    rotated.district.fault("schoolwise", "refusing")
    assert rotated.run("schools", "--log", str(log)).code == 8
    text = lines(log)
    assert re.search(r"sign in +GET  127.0.0.1:PORT /  no answer: not_connected  N ms", text)
    assert text.endswith("schools ends with unreachable, exit 8\n")
    before = log.read_text("utf-8")
    rotated.run("schools")
    assert log.read_text("utf-8") == before, "the log of one run takes nothing of the next"


def test_a_log_that_cannot_be_written_stops_the_run_before_it_begins(rotated: Desk) -> None:
    ran = rotated.run("verify", "--log", str(rotated.home / "nowhere" / "some.log"))
    assert ran.code == 2 and ran.error["state"] == "Nothing was done."
    assert ran.error["error"].startswith("The log cannot be written to")


def test_quiet_leaves_the_answer_alone(rotated: Desk) -> None:
    for words in (("verify",), ("schools",), ("upload",), ("secret", "drop", "notify:smtp")):
        loud, quiet = rotated.run(*words), rotated.run(*words, "--quiet")
        assert (quiet.code, quiet.out, quiet.err) == (loud.code, loud.out, "")
    assert rotated.run("--quiet", "verify").err == ""


def test_quiet_still_tells_what_is_wrong_and_asks_nothing(rotated: Desk) -> None:
    rotated.district.put("district", Pair("somebody_else", "made-up key of somebody else"))
    ran = rotated.run("rotate", "--plan", "--force", "--quiet")
    assert ran.code == 7 and ran.error["error"]
    assert "somebody else" in ran.err.partition("error: ")[0] and "Nothing" not in ran.err.partition("error: ")[0]
    config = rotated.config.read_text("utf-8")
    rotated.config.write_text(f"{config}\n[lea.broken]\nname = 5\n", "utf-8")
    ran = rotated.run("schools", "--lea", "lincoln", "--quiet")
    assert ran.code == 0 and ran.err.startswith("config.toml has another problem")
    ran = rotated.sit("secret", "set", "parent", "--lea", "lincoln", "--quiet")
    assert ran.code == 2 and ran.error["hint"] == "Use --stdin or --file FILE."


@pytest.mark.real("chromium")
def test_a_browser_tells_its_pages_and_what_they_are_for_too(rotated: Desk) -> None:
    rotated.with_browser()
    log = rotated.home / "browser.log"
    assert rotated.run("schools", "--driver", "browser", "--log", str(log)).code == 0
    text = lines(log)
    assert re.search(r"^sign in +POST 127.0.0.1:PORT /login  303", text, re.MULTILINE), text
    assert re.search(r"^read the settings +GET  127.0.0.1:PORT /office/options  200", text, re.MULTILINE), text
