"""The doctor with the scheduler's eyes: another process, with the environment that a job really gets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cli.desk import Desk
from ssrcred.adapters.schedule import cron
from ssrcred.adapters.schedule.host_commands import RunResult
from ssrcred.app.doctor.all_checks import nothing_came

pytestmark = pytest.mark.skipif(os.name == "nt", reason="cron and systemd are tried on Linux")
SCHEDULED = ("doctor", "--as-scheduled", "--no-practice", "--json")


def found(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["check"]: one for one in document["checks"]}


def test_a_file_vault_opens_in_the_schedule_too_and_a_proxy_of_the_terminal_is_not_there(
    bare: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert bare.run("vault", "init", "--key-file", str(bare.home / "key")).code == 0
    with (bare.home / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[lea.alone]\nname = "Made-up"\ncds = "19647330000000"\n')
        file.write('[lea.alone.toms]\napi = "https://ssr.invalid"\n')
    ran = bare.run(*SCHEDULED)
    assert ran.code == 8, ran.err  # ssr.invalid is nowhere
    document = ran.document
    assert document["schema"] == "ssrcred.doctor/1" and document["manner"].startswith(
        "This is what a scheduled job sees."
    )
    checks = found(document)
    assert "also in a scheduled job" in checks["vault"]["words"]
    assert checks["proxy"]["words"] == "No proxy is used."
    assert "through the proxy" in found(bare.run("doctor", "--no-practice", "--json").document)["proxy"]["words"]
    assert document["leas"][0]["lea"] == "alone"


def test_the_lea_that_the_terminal_means_is_meant_there_too(bare: Desk) -> None:
    bare.home.mkdir()
    lea = '[lea.NAME]\nname = "Made-up"\ncds = "1964733000000NUMBER"\n[lea.NAME.toms]\nenabled = false\n'
    text = "".join(lea.replace("NAME", name).replace("NUMBER", number) for name, number in (("one", "1"), ("two", "2")))
    (bare.home / "config.toml").write_text(text, "utf-8")
    bare.environ["SSRCRED_LEA"] = "two"
    assert [lea["lea"] for lea in bare.run(*SCHEDULED).document["leas"]] == ["two"]


def test_a_keyring_that_only_the_desktop_has_is_a_problem(bare: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # The desk's keyring opens here; no job finds it, because there is no session bus where none is announced.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(bare.home))
    bare.home.mkdir()
    lea = '[lea.alone]\nname = "Made-up"\ncds = "19647330000000"\n[lea.alone.toms]\nenabled = false\n'
    (bare.home / "config.toml").write_text(lea, "utf-8")
    (bare.home / "config.toml").chmod(0o600)
    assert found(bare.run("doctor", "--no-practice", "--json").document)["vault"]["result"] == "fine"
    ran = bare.run(*SCHEDULED)
    assert found(ran.document)["vault"]["exit"] == 5 and ran.document["exit"] == 5


def test_the_error_of_the_scheduled_run_is_told_as_its_own(bare: Desk) -> None:
    bare.home.mkdir()
    (bare.home / "config.toml").write_text('[lea.alone]\nname = "Made-up"\ncds = "19647330000000"\n', "utf-8")
    ran = bare.run(*SCHEDULED, "--lea", "nowhere")
    [only] = ran.document["checks"]
    assert ran.code == 2 and only["check"] == "schedule" and "There is no LEA 'nowhere'" in only["words"]


def test_a_run_that_said_nothing_useful_is_a_problem_with_its_first_line() -> None:
    said = nothing_came(RunResult(127, "", "\n/nowhere/python: not found\nmore\n"))
    assert said.exit_code == 1 and said.words.endswith("(exit 127): /nowhere/python: not found")
    assert "no output" in nothing_came(RunResult(124, "[]", "")).words
    odd = json.dumps({"error": {"message": "m"}})
    assert "(exit 3)" in nothing_came(RunResult(3, odd, "")).words


def test_scheduled_jobs_are_seen(bare: Desk, tmp_path: Path) -> None:
    crontab = tmp_path / "bin" / "crontab"
    crontab.parent.mkdir()
    bare.environ["PATH"] = f"{crontab.parent}:/usr/bin:/bin"
    crontab.write_text("#!/bin/sh\n", "utf-8")
    crontab.chmod(0o700)
    checks = found(bare.run("doctor", "--no-practice", "--json").document)
    assert checks["schedule"]["result"] == "not_tried"
    crontab.write_text(f"#!/bin/sh\nprintf '%s' '{cron.BEGIN.decode()}{cron.END.decode()}'\n", "utf-8")
    checks = found(bare.run("doctor", "--no-practice", "--json").document)
    assert checks["schedule"]["words"] == "Jobs of ssrcred are scheduled with cron."
