"""Jobs: absolute commands at quiet hours; and which scheduler is the right one for a machine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.schedule.stage import Stage
from ssrcred.adapters.schedule import choose, kinds, present, scheduler_named, sealed_key
from ssrcred.adapters.schedule.host_commands import Host, read, save
from ssrcred.adapters.schedule.launchd import Launchd
from ssrcred.adapters.schedule.scheduler import SPREAD_MINUTES, carried, jobs, minute_of, program
from ssrcred.adapters.schedule.systemd import MARK
from ssrcred.adapters.schedule.task_scheduler import TaskScheduler
from ssrcred.domain.errors import ConfigInvalid, UsageWrong


def test_the_jobs_are_absolute_commands_that_ask_nothing() -> None:
    verify, remind = jobs(("remind", "verify"), hour=23, weekly_verify=True, environ={})
    assert verify.argv == (os.path.abspath(sys.executable), "-P", "-m", "ssrcred", "verify", "--all", "--no-input")
    assert remind.argv[-3:] == ("remind", "--all", "--no-input")
    assert (verify.hour, verify.weekday, remind.hour, remind.weekday) == (23, 0, 0, None)
    assert verify.when == "every Monday between 23:00 and 23:30" and remind.when == "every day between 00:00 and 00:30"
    assert jobs(("verify",), hour=5, weekly_verify=False, environ={})[0].weekday is None


def test_only_what_a_person_has_to_see_to_is_a_failure() -> None:
    verify, remind = jobs(("remind", "verify"), hour=5, weekly_verify=True, environ={})
    assert verify.warnings == (8, 10)  # unreachable, and a rotation that waits for a person
    assert remind.warnings == ()


def test_the_command_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    (tmp_path / "ssrcred.py").write_text("raise SystemExit(99)")
    done = subprocess.run(program("--version"), cwd=tmp_path, capture_output=True, text=True, env={})
    assert done.returncode == 0 and done.stdout.startswith("ssrcred ")


def test_where_the_files_are_is_handed_on_as_a_whole_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert carried({}) == {} and carried({"SSRCRED_HOME": "", "SSRCRED_LEA": "x"}) == {}
    assert carried({"SSRCRED_HOME": "here"}) == {"SSRCRED_HOME": str(tmp_path / "here")}
    assert carried({"SSRCRED_HOME": "~/there"}) == {"SSRCRED_HOME": os.path.expanduser("~/there")}


def test_whose_certificates_are_believed_is_handed_on_and_a_proxy_with_its_password_is_not(tmp_path: Path) -> None:
    folders = os.pathsep.join(["there", "", str(tmp_path)])
    environ = {"SSL_CERT_FILE": str(tmp_path / "a.pem"), "SSL_CERT_DIR": folders, "HTTPS_PROXY": "http://a:made-up@b"}
    assert carried(environ) == {
        "SSL_CERT_FILE": str(tmp_path / "a.pem"),
        "SSL_CERT_DIR": os.pathsep.join([os.path.abspath("there"), str(tmp_path)]),
    }


def test_minutes_are_spread_and_stay() -> None:
    minutes = [minute_of(f"host{number}", "somebody") for number in range(300)]
    assert set(minutes) == set(range(SPREAD_MINUTES))
    assert minute_of("host1", "somebody") == minutes[1]


def test_each_machine_has_its_scheduler(stage: Stage) -> None:
    assert choose(stage.host("win32")) == "task-scheduler" and kinds(stage.host("win32")) == ("task-scheduler",)
    assert choose(stage.host("darwin")) == "launchd"
    linux = replace(stage.host(), uid=1000)
    assert choose(linux) == "cron"
    (linux.root / "run/systemd/system").mkdir(parents=True)
    assert choose(linux) == "cron"  # systemd runs, and this user has no manager
    assert choose(replace(linux, uid=0)) == "systemd-system"
    (linux.root / "run/user/1000/systemd").mkdir(parents=True)
    assert choose(linux) == "systemd-user"


def test_a_name_is_the_scheduler_of_its_platform(stage: Stage) -> None:
    assert isinstance(scheduler_named("launchd", stage.host("darwin")), Launchd)
    assert isinstance(scheduler_named("task-scheduler", stage.host("win32")), TaskScheduler)
    for name in kinds(stage.host()):
        assert scheduler_named(name, stage.host()).kind == name
    with pytest.raises(UsageWrong) as refused:
        scheduler_named("at", stage.host())
    assert refused.value.hint == "Use one of these with --with: systemd-user, systemd-system, cron."
    with pytest.raises(UsageWrong, match="as another user"):
        scheduler_named("cron", stage.host(), runs_as="caaspp")


def test_the_systems_jobs_concern_their_user_and_root(stage: Stage) -> None:
    folder = stage.folder / "root/etc/systemd/system"
    folder.mkdir(parents=True)
    assert present(stage.host()) == ()
    (folder / "ssrcred-verify.service").write_text(f"{MARK}\n[Service]\nUser=caaspp\n")
    for user, uid, found in (("root", 0, ("systemd-system",)), ("caaspp", 7, ("systemd-system",)), ("other", 8, ())):
        assert present(replace(stage.host(), user=user, uid=uid)) == found


def test_the_sealed_key_is_found_where_the_pages_put_it(stage: Stage) -> None:
    assert sealed_key(stage.host()) is None
    path = stage.folder / "root/etc/ssrcred/ssrcred.key.cred"
    path.parent.mkdir(parents=True)
    path.touch()
    assert sealed_key(stage.host()) == path


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a/b"
    assert read(path) is None and read(tmp_path / "a/b/c") is None
    save(path, b"one")
    save(path, b"two")
    assert read(path) == b"two" and path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in path.parent.iterdir()] == ["b"]
    with pytest.raises(ConfigInvalid):
        read(tmp_path)
    with pytest.raises(ConfigInvalid):
        save(tmp_path / "a", b"a folder is in the way")
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_the_real_machine_knows_whose_jobs_they_are() -> None:
    host = Host()
    assert host.user and host.user_home.is_absolute()


@pytest.mark.parametrize(
    ("environ", "platform", "wanted"),
    [
        ({"HOME": "/home/dana"}, "linux", {}),
        ({}, "linux", {}),
        (
            {"HOME": "/srv/ssrcred"},
            "linux",
            {"XDG_CONFIG_HOME": "/srv/ssrcred/.config", "XDG_DATA_HOME": "/srv/ssrcred/.local/share"},
        ),
        ({"HOME": "/home/dana", "XDG_DATA_HOME": "/data"}, "linux", {"XDG_DATA_HOME": "/data"}),
        ({"HOME": "/home/dana", "XDG_DATA_HOME": "data"}, "linux", {}),
        ({"HOME": "/srv/x"}, "darwin", {"SSRCRED_HOME": "/srv/x/Library/Application Support/ssrcred"}),
        ({"HOME": "/srv/x", "SSRCRED_HOME": "/srv/y"}, "linux", {"SSRCRED_HOME": "/srv/y"}),
    ],
)
def test_a_job_finds_the_files_where_whoever_sets_it_up_finds_them(
    environ: dict[str, str], platform: str, wanted: dict[str, str]
) -> None:
    assert carried(environ, Path("/home/dana"), platform) == wanted


def test_a_job_under_another_home_reads_the_config_that_is_there(tmp_path: Path) -> None:
    found = carried({"HOME": str(tmp_path)})
    code = (
        "import os; from ssrcred.adapters.config import home; print(home(os.environ).config, home(os.environ).ledger)"
    )
    job_environ = {"PATH": os.environ["PATH"], "HOME": os.path.expanduser("~")} | found
    seen = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    told = [
        subprocess.run((sys.executable, "-c", code), env=environ, capture_output=True, text=True, check=True).stdout
        for environ in (job_environ, seen)
    ]
    assert told[0] == told[1] and str(tmp_path) in told[0]
