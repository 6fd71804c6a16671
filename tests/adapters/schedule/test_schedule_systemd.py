"""systemd: unit files that the real systemd takes, run by a real manager, and taken away again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.schedule.stage import ODD, Stage, inside, job, python
from ssrcred.adapters.schedule import run_once
from ssrcred.adapters.schedule.scheduler import Job, jobs
from ssrcred.adapters.schedule.systemd import MARK, SYSTEM, USER, Systemd
from ssrcred.domain.errors import ConfigInvalid, UsageWrong

PROGRAMS = ("systemctl", "loginctl", "journalctl")


@pytest.fixture
def user(stage: Stage) -> Systemd:
    stage.put(*PROGRAMS)
    return Systemd(stage.host())


def system(stage: Stage) -> Systemd:
    stage.put(*PROGRAMS)
    return Systemd(stage.host(), SYSTEM, "caaspp", Path("/etc/ssrcred/ssrcred.key.cred"), (Path("/srv") / ODD,))


def files(systemd: Systemd) -> list[str]:
    return sorted(path.name for path in systemd.folder.iterdir()) if systemd.folder.exists() else []


def test_installing_writes_two_files_a_job_and_starts_the_timers(stage: Stage, user: Systemd) -> None:
    assert not user.present()
    user.install([job("verify"), job()])
    assert files(user) == [f"ssrcred-{one}.{kind}" for one in ("remind", "verify") for kind in ("service", "timer")]
    assert [call for call in stage.calls if "show" not in call] == [
        "systemctl --user daemon-reload",
        "systemctl --user enable ssrcred-verify.timer ssrcred-remind.timer",
        "systemctl --user restart ssrcred-verify.timer ssrcred-remind.timer",
    ]
    assert user.present() and all(piece.same for piece in user.pieces([job("verify"), job()]))


def test_installing_again_writes_nothing_and_a_job_less_goes(stage: Stage, user: Systemd) -> None:
    user.install([job("verify"), job()])
    before = {path.name: path.stat().st_mtime_ns for path in user.folder.iterdir()}
    user.install([job("verify"), job()])
    assert {path.name: path.stat().st_mtime_ns for path in user.folder.iterdir()} == before
    assert stage.calls
    user.install([job()])
    assert files(user) == ["ssrcred-remind.service", "ssrcred-remind.timer"]
    assert "systemctl --user disable --now ssrcred-verify.timer" in stage.calls


def test_removing_takes_ours_and_nothing_else(stage: Stage, user: Systemd) -> None:
    assert not user.remove()
    user.install([job()])
    (user.folder / "theirs.timer").write_text("[Timer]\n")
    assert user.remove()
    assert files(user) == ["theirs.timer"]
    assert stage.calls[-2:] == [
        "systemctl --user disable --now ssrcred-remind.timer",
        "systemctl --user daemon-reload",
    ]


def test_files_go_although_the_manager_cannot_be_asked(stage: Stage, user: Systemd) -> None:
    user.install([job()])
    wanted = user.folder / "timers.target.wants/ssrcred-remind.timer"
    wanted.parent.mkdir()
    wanted.symlink_to("../ssrcred-remind.timer")
    (stage.state / "refuse").touch()
    with pytest.raises(ConfigInvalid, match="Failed to connect to bus"):
        user.remove()
    assert files(user) == ["timers.target.wants"] and not wanted.is_symlink()


def test_a_file_that_somebody_else_wrote_is_left_alone(user: Systemd) -> None:
    user.folder.mkdir(parents=True)
    theirs = user.folder / "ssrcred-remind.service"
    theirs.write_text("[Service]\nExecStart=/bin/true\n")
    assert not user.present() and not user.remove()
    with pytest.raises(ConfigInvalid, match="ssrcred did not create it"):
        user.install([job()])
    assert theirs.read_text() == "[Service]\nExecStart=/bin/true\n"
    assert files(user) == ["ssrcred-remind.service"]


def test_a_warning_is_no_failed_unit(user: Systemd) -> None:
    verify, _, remind, _ = user.pieces([job("verify"), job()])
    assert "SuccessExitStatus=8 10\n" in verify.text
    assert "SuccessExitStatus" not in remind.text  # who was not reminded has to be seen


def test_the_timer_has_a_jitter_and_makes_up_for_a_missed_run(user: Systemd) -> None:
    _, verify, _, remind = (piece.text for piece in user.pieces([job("verify"), job()]))
    for line in ("RandomizedDelaySec=30min", "FixedRandomDelay=true", "Persistent=true", "WantedBy=timers.target"):
        assert f"\n{line}\n" in verify and f"\n{line}\n" in remind
    assert "OnCalendar=Mon *-*-* 05:00:00" in verify and "OnCalendar=*-*-* 05:00:00" in remind


def test_no_variable_is_put_into_the_command_also_by_a_systemd_that_is_older(user: Systemd) -> None:
    service = user.pieces([job("remind", "print('$HOME')")])[0].text
    [command] = [line for line in service.splitlines() if line.startswith("ExecStart=")]
    assert command == f"""ExecStart={sys.executable} -c "print('$$HOME')\""""
    odd = Job("remind", ("/opt/$HOME/python", "-c", "pass"), 5, 0)
    [command] = [line for line in user.pieces([odd])[0].text.splitlines() if line.startswith("ExecStart=")]
    assert command == 'ExecStart=/bin/sh -c "exec \\"$$0\\" \\"$$@\\"" "/opt/$$HOME/python" -c pass'


def test_the_sealed_key_is_the_system_managers(stage: Stage) -> None:
    service = system(stage).pieces([job()])[0].text
    assert "LoadCredentialEncrypted=ssrcred.key:/etc/ssrcred/ssrcred.key.cred\n" in service
    assert "User=caaspp\n" in service and "ReadWritePaths=" in service
    with pytest.raises(UsageWrong, match="system manager can open"):
        replace(system(stage), kind=USER).pieces([job()])


def test_the_user_and_the_key_of_jobs_that_are_set_up_are_kept(stage: Stage) -> None:
    system(stage).install([job()])
    found = Systemd(stage.host(), SYSTEM).settled()
    assert (found.runs_as, found.credential) == ("caaspp", Path("/etc/ssrcred/ssrcred.key.cred"))
    said = Systemd(stage.host(), SYSTEM, "other").settled()
    assert said.runs_as == "other"
    assert Systemd(stage.host(), USER).settled().runs_as is None


def test_only_root_sets_up_the_systems_timers(stage: Stage) -> None:
    systemd = system(stage)
    assert not replace(systemd, host=replace(systemd.host, uid=1000)).present()
    other = Systemd(replace(systemd.host, uid=1000, root=Path("/")), SYSTEM)
    with pytest.raises(UsageWrong, match="Only root can set up"):
        other.install([job()])
    systemd.install([job()])
    assert files(systemd) == ["ssrcred-remind.service", "ssrcred-remind.timer"]
    assert "systemctl daemon-reload" in stage.calls


def test_a_manager_that_cannot_be_asked_is_told_of(stage: Stage, user: Systemd) -> None:
    (stage.state / "refuse").touch()
    with pytest.raises(ConfigInvalid, match="Failed to connect to bus"):
        user.install([job()])


def test_a_folder_that_cannot_be_written_is_named(stage: Stage, user: Systemd) -> None:
    (stage.folder / "home/.config").write_text("in the way")
    with pytest.raises(ConfigInvalid, match="systemd/user"):
        user.install([job()])


def test_the_users_timers_need_a_log_in_or_lingering(stage: Stage, user: Systemd) -> None:
    assert "loginctl enable-linger" in " ".join(user.notes())
    (stage.state / "linger").touch()
    assert "linger" not in " ".join(user.notes()) and "journalctl --user" in " ".join(user.notes())
    assert "run as the user caaspp" in " ".join(system(stage).notes())


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("Result=success\nExecMainStatus=8\nInvocationID=ab", 8),
        ("Result=exit-code\nExecMainStatus=7\nInvocationID=ab", 7),
        ("Result=exec-condition\nExecMainStatus=0\nInvocationID=", 1),
    ],
)
def test_what_came_of_a_run_is_the_units_result(stage: Stage, user: Systemd, shown: str, code: int) -> None:
    (stage.state / "show").write_text(shown)
    ran = user.run(job(), 30)
    assert ran.exit_code == code and "systemctl --user start ssrcred-remind.service" in ran.how
    assert ran.stdout == ("made-up words in the journal\n" if "=ab" in shown else "")


def test_run_once_without_a_manager_says_why(stage: Stage) -> None:
    with pytest.raises(UsageWrong, match="The program systemd-run is not installed on this machine"):
        run_once(USER, ["true"], environ=stage.environ, limit_seconds=5)
    program = stage.folder / "bin/systemd-run"
    program.write_text("#!/bin/sh\necho 'Failed to connect to bus: No medium found' >&2; exit 1\n")
    program.chmod(0o755)
    with pytest.raises(ConfigInvalid, match="No medium found"):
        run_once(USER, ["true"], environ=stage.environ, limit_seconds=5)


@pytest.mark.real("systemd")
@pytest.mark.parametrize("kind", [USER, SYSTEM])
def test_the_real_systemd_finds_nothing_wrong_with_our_units(stage: Stage, kind: str) -> None:
    interpreter = stage.folder / ODD / "python"
    interpreter.parent.mkdir()
    interpreter.symlink_to(sys.executable)
    systemd = replace(system(stage), kind=kind, runs_as="root", credential=None)
    if kind == SYSTEM:
        systemd = replace(systemd, credential=Path("/etc/ssrcred/ssrcred.key.cred"))
    odd = Job("verify", (str(interpreter), "-c", "pass", ODD), 5, 0, 0, {"SSRCRED_HOME": ODD})
    real = jobs(("verify", "remind"), hour=5, weekly_verify=True, environ={})
    for number, chosen in enumerate(([odd], real)):
        folder = stage.folder / f"units{number}"
        folder.mkdir()
        for piece in systemd.pieces(chosen):
            (folder / Path(piece.where).name).write_text(piece.text, "utf-8")
        words = ["systemd-analyze", "verify", "--man=no", *(() if kind == SYSTEM else ("--user",))]
        done = subprocess.run(
            [*words, *map(str, sorted(folder.iterdir()))],
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(stage.folder)},
        )
        assert not (done.stdout + done.stderr) and done.returncode == 0, done.stderr


@pytest.mark.real("systemd")
def test_systemd_would_find_a_mistake(stage: Stage) -> None:
    """The check above can fail."""
    unit = stage.folder / "ssrcred-remind.service"
    text = Systemd(stage.host()).pieces([job()])[0].text
    unit.write_text(text.replace("UMask=", "UMaske="))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert "UMaske" in done.stderr


MANAGER = """
mkdir -p /run/systemd/system /run/user/0
chmod 700 /run/user/0
export XDG_RUNTIME_DIR=/run/user/0 HOME="$OUT" SSRCRED_HOME="$OUT/where files are"
/lib/systemd/systemd --user >"$OUT/manager" 2>&1 &
manager=$!
for _ in $(seq 100); do systemctl --user is-system-running 2>/dev/null | grep -q running && break; sleep 0.1; done
"$PYTHON" -P "$OUT/live.py"
systemctl --user exit
wait $manager || true
# Its groups of processes are left empty where it was not started in one of its own.
find /sys/fs/cgroup/*/app.slice /sys/fs/cgroup/*/init.scope -depth -type d -exec rmdir {} + 2>/dev/null || true
"""

LIVE = f"""
import json, os, sys
from pathlib import Path
from ssrcred.adapters.schedule import choose, run_once
from ssrcred.adapters.schedule.host_commands import Host
from ssrcred.adapters.schedule.scheduler import Job, carried
from ssrcred.adapters.schedule.systemd import Systemd
folder = Path(__file__).parent
interpreter = folder / {ODD!r} / "python"
interpreter.parent.mkdir()
interpreter.symlink_to(sys.executable)
host = Host(user_home=folder, uid=0)
systemd = Systemd(host)
code = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:]]))"
code += "; open(sys.argv[2], 'w').write(json.dumps([dict(os.environ), sys.argv[1:]])); sys.exit(int(sys.argv[3]))"
def job(name, status):
    words = (str(interpreter), "-P", "-c", code, {ODD!r}, str(folder / name), str(status))
    return Job(name, words, 5, 0, 0, carried(os.environ))
told = {{}}
for name, status in (("verify", 8), ("remind", 8)):
    systemd.install([job(name, status)])
    ran = systemd.run(job(name, status), 30)
    told[name] = [ran.exit_code, ran.how, host.ask("systemctl", "--user", "is-failed", f"ssrcred-{{name}}").stdout]
variable = folder / "$HOME" / "python"
variable.parent.mkdir()
variable.symlink_to(sys.executable)
name = "import sys; open(sys.argv[1], 'w').write(sys.executable)"
named = Job("remind", (str(variable), "-P", "-c", name, str(folder / "named")), 6, 0)
systemd.install([named])
systemd.run(named, 30)
slow = Job("remind", ("/bin/sleep", "60"), 6, 0)
systemd.install([slow])
told["slow start"] = systemd.run(slow, 0.5).exit_code
host.ask("systemctl", "--user", "stop", "ssrcred-remind.service")
told["timers"] = host.ask("systemctl", "--user", "list-timers", "--all", "--output=json").stdout
told["there"] = systemd.remove()
told["left"] = host.ask("systemctl", "--user", "list-unit-files", "ssrcred-*").stdout
words = (str(interpreter), "-P", "-c", code, {ODD!r}, str(folder / "once"), "7")
once = run_once("systemd-user", words, environ=os.environ, limit_seconds=30)
told["once"] = [once.exit_code, json.loads(once.stdout), once.stderr, once.how]
slow = run_once("systemd-user", ("/bin/sleep", "60"), environ=os.environ, limit_seconds=1)
told["slow"] = slow.exit_code
(folder / "told").write_text(json.dumps(told))
"""


@pytest.mark.real("systemd")
@pytest.mark.xdist_group("systemd-user")
def test_a_real_manager_runs_our_units_as_we_said_it_would(tmp_path: Path) -> None:
    (tmp_path / "live.py").write_text(LIVE, "utf-8")
    done = inside(MANAGER, tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "told").read_text("utf-8"))
    code, how, failed = told["verify"]
    assert (code, failed.strip()) == (8, "inactive") and "result: success" in how
    code, how, failed = told["remind"]
    assert (code, failed.strip()) == (8, "failed") and "result: exit-code" in how
    environ, words = json.loads((tmp_path / "verify").read_text("utf-8"))
    assert words[0] == ODD and environ["SSRCRED_HOME"] == str(tmp_path / "where files are")
    assert "ssrcred-remind.timer" in told["timers"] and "ssrcred-verify.timer" not in told["timers"]
    assert told["there"] is True and "0 unit files" in told["left"]
    code, (environ, words), err, how = told["once"]
    assert code == 7 and words[0] == ODD and environ["SSRCRED_HOME"] == str(tmp_path / "where files are")
    assert err == "" and "systemd-run" in how
    assert told["slow"] not in (0, None) and told["slow start"] == 124
    assert (tmp_path / "named").read_text("utf-8") == str(tmp_path / "$HOME/python")


def test_a_path_with_a_line_break_is_refused(stage: Stage) -> None:
    with pytest.raises(UsageWrong, match="control character"):
        Job("remind", python("a\nb"), 5, 0)
    with pytest.raises(UsageWrong, match="control character"):
        replace(system(stage), credential=Path("/etc/a\nb")).pieces([job()])


def test_every_file_of_ours_begins_with_our_mark(user: Systemd) -> None:
    assert all(piece.text.startswith(f"{MARK}\n") for piece in user.pieces([job("verify"), job()]))


WHOLE = """
mount --make-rshared /
mount -t tmpfs tmpfs /var/lib/systemd
# Nothing of this machine's own is started: all that there is are the units below and ours.
for folder in /etc/systemd/system /lib/systemd/system /lib/systemd/system-generators /srv; do
  mount -t tmpfs tmpfs $folder
done
mkdir -p /run/systemd/system /run/lock
for name in sysinit basic shutdown timers network-online exit; do
  printf '[Unit]\nDefaultDependencies=no\n' >/run/systemd/system/$name.target
done
systemd-creds --with-key=host --name=ssrcred.key encrypt "$OUT/key" "$OUT/key.cred"
cat >/run/systemd/system/start.service <<UNIT
[Unit]
DefaultDependencies=no
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
Environment="PYTHONPATH=$PYTHONPATH"
ExecStart=$PYTHON -P $OUT/whole.py
StandardError=file:$OUT/err
UNIT
exec env -i container=made-up PATH="$PATH" /lib/systemd/systemd --system --unit=start.service
"""

WHOLE_LIVE = """
import json, os, sys
from pathlib import Path
from ssrcred.adapters.schedule import choose
from ssrcred.adapters.schedule.host_commands import Host
from ssrcred.adapters.schedule.scheduler import Job
from ssrcred.adapters.schedule.systemd import SYSTEM, Systemd
folder = Path(__file__).parent
host = Host()
code = "import json, os, sys; key = open(os.environ['CREDENTIALS_DIRECTORY'] + '/ssrcred.key').read(); "
code += "open(sys.argv[1], 'w').write(json.dumps([key, os.umask(0)])); "
code += "open('/usr/made-up', 'w')"
# Not the environment's own: it may lie in a temporary folder, and the job has one of its own.
job = Job("remind", (os.path.realpath(sys.executable), "-P", "-c", code, "/srv/wrote"), 5, 0)
systemd = Systemd(host, SYSTEM, "root", folder / "key.cred", (Path("/srv"),))
systemd.install([job])
ran = systemd.run(job, 30)
told = [choose(host), systemd.present(), ran.exit_code, ran.how, host.ask("systemctl", "list-timers").stdout]
told += [systemd.remove(), systemd.present(), json.loads(Path("/srv/wrote").read_text())]
(folder / "told").write_text(json.dumps(told))
"""


@pytest.mark.real("systemd")
def test_the_real_systems_manager_opens_the_sealed_key_for_the_job_alone(tmp_path: Path) -> None:
    """A systemd that is the first process of a namespace of its own; its units are ours and nobody else's."""
    (tmp_path / "whole.py").write_text(WHOLE_LIVE, "utf-8")
    (tmp_path / "key").write_text("made-up key")
    done = inside(WHOLE, tmp_path)
    err = (tmp_path / "err").read_text("utf-8") if (tmp_path / "err").exists() else done.stderr
    assert (tmp_path / "told").exists(), err
    chosen, there, code, how, timers, removed, left, wrote = json.loads((tmp_path / "told").read_text("utf-8"))
    assert (chosen, there, removed, left) == (SYSTEM, True, True, False)
    assert "ssrcred-remind.timer" in timers
    assert wrote == ["made-up key", 0o077]
    assert code == 1 and "result: exit-code" in how  # the machine's own part is read-only
    assert not Path("/usr/made-up").exists()
