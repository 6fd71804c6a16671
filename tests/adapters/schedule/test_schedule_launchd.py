"""launchd: property lists with the keys of launchd.plist(5) and no other, run by a made-up launchctl.

Nothing here is run on macOS.
"""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from adapters.schedule.stage import ODD, Stage, job, python
from ssrcred.adapters.schedule.launchd import Launchd
from ssrcred.domain.errors import ConfigInvalid

CALENDAR = {"Minute": range(60), "Hour": range(24), "Day": range(1, 32), "Weekday": range(8), "Month": range(1, 13)}


def fits(plist: dict[str, Any]) -> bool:
    """Whether a property list has only keys of launchd.plist(5), each with a value of its kind."""
    kinds: dict[str, Any] = {
        "Label": lambda value: isinstance(value, str) and "/" not in value and value != "",
        "ProgramArguments": lambda value: value and all(isinstance(one, str) for one in value) and value[0][0] == "/",
        "EnvironmentVariables": lambda value: all(isinstance(one, str) for pair in value.items() for one in pair),
        "StartCalendarInterval": lambda value: value and all(value[key] in CALENDAR[key] for key in value),
        "StandardOutPath": lambda value: Path(value).is_absolute(),
        "StandardErrorPath": lambda value: Path(value).is_absolute(),
        "ProcessType": lambda value: value in ("Background", "Standard", "Adaptive", "Interactive"),
        "Umask": lambda value: type(value) is int and 0 <= value <= 0o777,
        "RunAtLoad": lambda value: isinstance(value, bool),
    }
    return {"Label", "ProgramArguments"} <= plist.keys() <= kinds.keys() and all(
        kinds[key](plist[key]) for key in plist
    )


@pytest.fixture
def launchd(stage: Stage) -> Launchd:
    stage.put("launchctl")
    return Launchd(stage.host("darwin"))


def loaded(stage: Stage) -> list[str]:
    return sorted(path.name.removeprefix("loaded ") for path in stage.state.glob("loaded *"))


def test_the_property_lists_have_the_keys_of_the_manual(launchd: Launchd) -> None:
    both = launchd.pieces([job("verify", "pass", ODD, SSRCRED_HOME=ODD), job()])
    verify, remind = (plistlib.loads(piece.text.encode()) for piece in both)
    assert fits(verify) and fits(remind)
    assert verify["ProgramArguments"][-1] == ODD and verify["EnvironmentVariables"]["SSRCRED_HOME"] == ODD
    assert verify["StartCalendarInterval"]["Weekday"] == 1 and "Weekday" not in remind["StartCalendarInterval"]
    assert remind["StartCalendarInterval"]["Hour"] == 5 and remind["StartCalendarInterval"]["Minute"] < 30
    assert verify["StandardOutPath"] == str(launchd.host.user_home / "Library/Logs/ssrcred/verify.log")
    assert "KeepAlive" not in verify  # a warning, or a failure, starts nothing anew
    text = both[0].text
    assert '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"' in text


def test_the_check_of_the_keys_finds_a_mistake(launchd: Launchd) -> None:
    plist = plistlib.loads(launchd.pieces([job("verify")])[0].text.encode())
    for wrong in ({"Hours": 1}, {"StartCalendarInterval": {"Hour": 24}}, {"Umask": "077"}, {"Label": "a/b"}):
        assert not fits({**plist, **wrong})


def test_installing_loads_once_and_a_job_less_goes(stage: Stage, launchd: Launchd) -> None:
    both = [job("verify"), job()]
    launchd.install(both)
    assert loaded(stage) == ["ssrcred.remind", "ssrcred.verify"] and launchd.present()
    assert stage.calls
    launchd.install(both)
    assert not [call for call in stage.calls if "boot" in call]
    launchd.install([job("remind", "other")])
    assert [call.split()[1] for call in stage.calls if "boot" in call] == ["bootout", "bootout", "bootstrap"]
    assert loaded(stage) == ["ssrcred.remind"]
    theirs = launchd.folder / "theirs.plist"
    theirs.write_bytes(plistlib.dumps({"Label": "theirs"}))
    assert launchd.remove() and loaded(stage) == [] and list(launchd.folder.iterdir()) == [theirs]
    assert not launchd.remove() and not launchd.present()


def test_a_job_that_changed_is_loaded_anew_once_launchd_has_let_go_of_it(stage: Stage, launchd: Launchd) -> None:
    launchd.install([job()])
    (stage.state / "slow").touch()
    assert stage.calls
    launchd.install([job("remind", "other")])
    verbs = [call.split()[1] for call in stage.calls]
    assert verbs == ["print", "bootout", *["print"] * 4, "bootstrap"] and loaded(stage) == ["ssrcred.remind"]


@pytest.mark.parametrize("content", [plistlib.dumps({"Label": "ssrcred.remind"}), plistlib.dumps([1]), b"<plist", b""])
def test_a_file_that_somebody_else_wrote_is_left_alone(launchd: Launchd, content: bytes) -> None:
    launchd.folder.mkdir(parents=True)
    path = launchd.folder / "ssrcred.remind.plist"
    path.write_bytes(content)
    assert not launchd.present() and not launchd.remove()
    with pytest.raises(ConfigInvalid, match="ssrcred did not create it"):
        launchd.install([job()])
    assert path.read_bytes() == content


def test_a_run_tells_the_exit_code_and_what_was_added_to_the_log(launchd: Launchd) -> None:
    code = "import os, sys; print(sys.argv[1:], os.environ['SSRCRED_HOME']); sys.exit(8)"
    odd = job("verify", code, ODD, SSRCRED_HOME=ODD)
    launchd.install([odd])
    for _ in range(2):
        ran = launchd.run(odd, 5)
        assert (ran.exit_code, ran.stdout) == (8, f"{[ODD]!r} {ODD}\n") and "kickstart" in ran.how


def test_an_agent_that_does_not_end_is_told_of(stage: Stage, launchd: Launchd) -> None:
    launchd.install([job()])
    (stage.state / "hang").touch()
    assert launchd.run(job(), 1).exit_code == 124
    (stage.state / "hang").unlink()
    assert launchd.run(job(), 1).exit_code == 0
    (stage.state / "stale").touch()
    assert launchd.run(job(), 1).exit_code == 124  # the exit code that is told is the last run's, not this one's
    (stage.state / "hang").touch()
    assert launchd.try_out(python("pass"), 1).exit_code == 124
    assert loaded(stage) == ["ssrcred.remind"]


def test_any_command_can_be_tried_out_and_nothing_stays(stage: Stage) -> None:
    stage.put("launchctl")
    launchd = Launchd(stage.host("darwin", SSRCRED_HOME=str(stage.folder / ODD)))
    code = "import os, sys; print(os.environ['SSRCRED_HOME']); print('no', file=sys.stderr); sys.exit(7)"
    ran = launchd.try_out(python(code), 20)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (7, f"{stage.folder / ODD}\n", "no\n")
    assert loaded(stage) == [] and "launchd" in ran.how


def test_notes_say_where_the_output_goes(launchd: Launchd) -> None:
    assert "Library/Logs/ssrcred" in " ".join(launchd.notes())
