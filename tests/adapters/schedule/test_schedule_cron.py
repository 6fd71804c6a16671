"""cron: our block and nobody else's, run by a real cron, with the environment that cron gives."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.schedule.stage import ODD, Stage, inside, job, python
from ssrcred.adapters.schedule import run_once
from ssrcred.adapters.schedule.cron import BEGIN, END, Cron
from ssrcred.domain.errors import ConfigInvalid, UsageWrong

FOREIGN = b"# somebody's own\nMAILTO=a@b.example\n\n*/5 * * * * echo 50\\% \xfc\xff  # not ours\n\t\n"


@pytest.fixture
def cron(stage: Stage) -> Cron:
    stage.put("crontab")
    return Cron(stage.host())


def table(stage: Stage) -> bytes:
    path = stage.state / "crontab"
    return path.read_bytes() if path.exists() else b""


def test_others_lines_stay_byte_for_byte(stage: Stage, cron: Cron) -> None:
    (stage.state / "crontab").write_bytes(FOREIGN)
    assert not cron.present()
    cron.install([job()])
    assert cron.present()
    installed = table(stage)
    assert installed.startswith(FOREIGN + BEGIN) and installed.endswith(END)
    assert cron.remove()
    assert table(stage) == FOREIGN
    assert not cron.remove()


def test_installing_again_changes_nothing_and_another_plan_takes_its_place(stage: Stage, cron: Cron) -> None:
    (stage.state / "crontab").write_bytes(FOREIGN)
    cron.install([job()])
    first = table(stage)
    (stage.state / "crontab").write_bytes(first + b"0 1 * * * later\n")
    assert stage.calls
    cron.install([job()])
    assert stage.calls == ["crontab -l"]
    cron.install([job("verify"), job()])
    assert table(stage).count(BEGIN) == 1 and table(stage).count(b"--log") == 2
    assert table(stage).endswith(END + b"0 1 * * * later\n")


def test_a_crontab_that_was_only_ours_goes_as_a_whole(stage: Stage, cron: Cron) -> None:
    cron.install([job()])
    [piece] = cron.pieces([job()])
    assert piece.same and piece.where == "the crontab of somebody"
    assert cron.remove()
    assert not (stage.state / "crontab").exists()


def test_a_last_line_without_an_end_gets_one(stage: Stage, cron: Cron) -> None:
    (stage.state / "crontab").write_bytes(b"0 0 * * * last")
    cron.install([job()])
    assert table(stage).startswith(b"0 0 * * * last\n" + BEGIN)


@pytest.mark.parametrize("damage", [BEGIN, BEGIN + b"x\n" + BEGIN + END])
def test_damaged_marks_are_not_guessed_at(stage: Stage, cron: Cron, damage: bytes) -> None:
    (stage.state / "crontab").write_bytes(damage)
    with pytest.raises(ConfigInvalid, match="has changed the lines"):
        cron.install([job()])
    with pytest.raises(ConfigInvalid, match="has changed the lines"):
        cron.remove()
    assert table(stage) == damage


def test_a_mark_within_a_line_is_no_mark(stage: Stage, cron: Cron) -> None:
    (stage.state / "crontab").write_bytes(b"0 0 * * * echo " + BEGIN)
    cron.install([job()])
    assert cron.remove()
    assert table(stage) == b"0 0 * * * echo " + BEGIN


def test_a_refusal_is_told_in_crons_words(stage: Stage, cron: Cron) -> None:
    (stage.state / "refuse").touch()
    with pytest.raises(ConfigInvalid, match="not allowed to use this program"):
        cron.install([job()])


def test_who_may_not_have_a_crontab_has_no_jobs_in_it(stage: Stage) -> None:
    program = stage.folder / "bin/crontab"
    program.write_text("#!/bin/sh\necho 'You (somebody) are not allowed to use this program (crontab)' >&2; exit 1\n")
    program.chmod(0o755)
    assert not Cron(stage.host()).present()


def test_a_machine_without_cron_has_nothing_set_up_and_says_so(stage: Stage) -> None:
    cron = Cron(stage.host())
    assert not cron.present() and not cron.remove()
    assert cron.pieces([job()])[0].present is None
    with pytest.raises(UsageWrong, match="The program crontab is not installed on this machine"):
        cron.install([job()])


def test_a_crontab_that_cannot_be_read_is_not_taken_for_an_empty_one(stage: Stage) -> None:
    program = stage.folder / "bin/crontab"
    program.write_text("#!/bin/sh\necho 'crontabs/somebody: fopen: Permission denied' >&2; exit 1\n")
    program.chmod(0o755)
    with pytest.raises(ConfigInvalid, match="Permission denied"):
        Cron(stage.host()).install([job()])


def test_somebody_elses_change_at_the_same_time_is_not_overwritten(stage: Stage) -> None:
    program = stage.folder / "bin/crontab"
    program.write_text(f"#!/bin/sh\necho x >> {stage.state}/c; /bin/cat {stage.state}/c\n")
    program.chmod(0o755)
    with pytest.raises(ConfigInvalid, match="Somebody else changed the crontab"):
        Cron(stage.host()).install([job()])


def test_a_backslash_cannot_be_carried(cron: Cron) -> None:
    with pytest.raises(UsageWrong, match="backslash"):
        cron.pieces([job("remind", "pass", "a\\b")])


def test_a_line_break_in_the_folder_of_the_logs_begins_no_line_of_its_own(cron: Cron) -> None:
    odd = replace(cron, host=replace(cron.host, logs=Path("/made-up\n* * * * * touch up")))
    with pytest.raises(UsageWrong, match="control character"):
        odd.pieces([job()])


def test_the_minute_is_the_same_each_time_and_within_half_an_hour(cron: Cron) -> None:
    lines = cron.pieces([job("verify"), job()])[0].text.splitlines()[1:-1]
    fields = [line.split()[:5] for line in lines]
    assert [one[1:] for one in fields] == [["5", "*", "*", "1"], ["5", "*", "*", "*"]]
    assert fields[0][0] == fields[1][0] and 0 <= int(fields[0][0]) < 30
    others = replace(cron, host=replace(cron.host, user="another"))
    assert {
        other.pieces([job(SSRCRED_HOME=str(n))])[0].text.split("\n")[1].split()[0]
        for n in range(9)
        for other in [others]
    } != {fields[0][0]}


def test_the_session_bus_is_named_only_where_a_log_in_always_has_it(stage: Stage, cron: Cron) -> None:
    assert "DBUS" not in cron.command(job())
    bus = stage.folder / f"root/run/user/{cron.host.uid}/bus"
    bus.parent.mkdir(parents=True)
    bus.touch()
    assert "DBUS" not in cron.command(job())  # a file is no bus
    bus.unlink()
    short = Path("/tmp") / f"ssrcred-bus-{stage.folder.parent.name}-{stage.folder.name}"[:60]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short))
        short.rename(bus)
        assert f"DBUS_SESSION_BUS_ADDRESS=unix:path={bus}" in cron.command(job()).replace("\\%", "%")
        assert "DBUS" not in Cron(replace(cron.host, uid=cron.host.uid + 1)).command(job())


def test_a_job_is_run_as_its_line_says(stage: Stage, cron: Cron) -> None:
    code = "import os, sys; print(os.environ['SSRCRED_HOME'], sys.argv[1:], sorted(os.environ)); sys.exit(3)"
    ran = cron.run(job("remind", code, ODD, SSRCRED_HOME=ODD), 30)
    log = (stage.folder / "log/remind.log").read_text("utf-8")
    assert ran.exit_code == 3
    assert ran.stdout == "" and f"{ODD} {[ODD]!r}" in ran.stderr and f"{ODD} {[ODD]!r}" in log
    assert "'HOME', 'LC_CTYPE', 'LOGNAME', 'PATH', 'PWD', 'PYTHONIOENCODING', 'SHELL', 'SSRCRED_HOME'" in log
    assert "cron" in ran.how


def test_notes_say_where_the_output_goes(cron: Cron) -> None:
    assert str(cron.host.logs) in " ".join(cron.notes())


def test_a_cron_that_does_not_run_is_told_of(stage: Stage, cron: Cron) -> None:
    def told() -> bool:
        return "No cron is running" in cron.notes()[0]

    assert not told()  # nothing can be seen here
    for number, name in ((1, "init"), (2, "cron")):
        assert told() is (number == 2)
        comm = stage.folder / f"root/proc/{number}/comm"
        comm.parent.mkdir(parents=True)
        comm.write_text(f"{name}\n")
    assert not told()
    comm.unlink()
    assert told()
    (stage.folder / "root/run").mkdir()
    (stage.folder / "root/run/crond.pid").touch()
    assert not told()


def test_run_once_hands_on_no_more_than_a_job_gets(tmp_path: Path) -> None:
    environ = {"PATH": "/nowhere", "SECRET_OF_SOMEBODY": "made-up", "SSRCRED_HOME": str(tmp_path / ODD)}
    ran = run_once("cron", python("import os; print(dict(os.environ))"), environ=environ, limit_seconds=30)
    assert ran.exit_code == 0 and ran.stderr == ""
    assert repr(str(tmp_path / ODD)) in ran.stdout
    assert "'PATH': '/usr/bin:/bin'" in ran.stdout and "made-up" not in ran.stdout
    assert "environment" in ran.how


def test_run_once_ends_with_its_limit_and_takes_the_children_along(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    ran = run_once("cron", python(code), environ={}, limit_seconds=0.5)
    assert ran.exit_code == 124 and "0.5 seconds" in ran.stderr
    own = "import subprocess; subprocess.Popen(['/bin/sleep', '4'], start_new_session=True).wait()"
    assert run_once("cron", python(own), environ={}, limit_seconds=0.5).exit_code == 124
    assert run_once("cron", ["/nowhere/made-up"], environ={}, limit_seconds=30).exit_code == 127
    assert run_once("cron", ["/bin/sh", "-c", "kill -9 $$"], environ={}, limit_seconds=30).exit_code == 137


def test_run_once_with_a_scheduler_of_another_platform_is_refused() -> None:
    with pytest.raises(UsageWrong, match="no scheduler 'launchd'"):
        run_once("launchd", ["true"], environ={}, limit_seconds=1)


REAL = r"""
mount -t tmpfs tmpfs /var/spool/cron
install -d -m 1730 -g crontab /var/spool/cron/crontabs
printf '# somebody\n0 0 1 1 * true 50\\%%\n' | crontab -
crontab -l > "$OUT/before"
"$PYTHON" -P "$OUT/install.py"
crontab -l > "$OUT/installed"
# A daily job would keep the test waiting. cron starts @reboot lines when it starts, and nothing else is different.
crontab -l | sed -E 's/^[0-9]+ 5 \* \* [*1] /@reboot /' > "$OUT/at-once"
crontab "$OUT/at-once"
cron -f &
for _ in $(seq 100); do grep -q ' exit ' "$OUT/log/verify.log" 2>/dev/null && break; sleep 0.1; done
crontab "$OUT/installed"
"$PYTHON" -P "$OUT/remove.py"
crontab -l > "$OUT/after"
"""

JOB = f"""
import sys
from dataclasses import replace
from pathlib import Path
from ssrcred.adapters.schedule.host_commands import Host
from ssrcred.adapters.schedule.scheduler import Job
from ssrcred.adapters.schedule.cron import Cron
folder = Path(__file__).parent
cron = Cron(Host(logs=folder / "log"))
code = "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), sys.stdin.read(), sys.argv[1:]]))"
code += "; sys.exit(8)"
job = Job("verify", (sys.executable, "-P", "-c", code, {ODD!r}), 5, 0, 0, {{"SSRCRED_HOME": str(folder / {ODD!r})}})
"""


@pytest.mark.real("cron")
def test_a_real_cron_runs_our_line_as_we_said_it_would(tmp_path: Path) -> None:
    (tmp_path / "install.py").write_text(JOB + "cron.install([job])\n", "utf-8")
    (tmp_path / "remove.py").write_text(JOB + "assert cron.present() and cron.remove()\n", "utf-8")
    done = inside(REAL, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "installed").read_bytes().startswith((tmp_path / "before").read_bytes() + BEGIN)
    assert (tmp_path / "after").read_bytes() == (tmp_path / "before").read_bytes()
    began, said, ended = (tmp_path / "log/verify.log").read_text("utf-8").splitlines()
    assert began.startswith("--- 20") and ended.endswith(" exit 8")
    environ, folder, given, words = json.loads(said)
    assert words == [ODD] and given == "" and environ["SSRCRED_HOME"] == str(tmp_path / ODD)
    # What run_once imitates is what cron does.
    code = "import json, os; print(json.dumps([dict(os.environ), os.getcwd()]))"
    imitated = run_once("cron", (sys.executable, "-P", "-c", code), environ={}, limit_seconds=30)
    ours, our_folder = json.loads(imitated.stdout)
    assert our_folder == folder
    given_by_cron = set(environ) - {"SSRCRED_HOME", "PYTHONIOENCODING", "_", "SHLVL", "OLDPWD", "LANG", "LC_CTYPE"}
    assert {name: environ[name] for name in given_by_cron} == {name: ours.get(name) for name in given_by_cron}


@pytest.mark.real("cron")
def test_the_real_crontab_takes_what_we_write(stage: Stage) -> None:
    [piece] = Cron(stage.host()).pieces([job("verify", "pass", ODD, SSRCRED_HOME=ODD), job()])
    (stage.folder / "table").write_text(piece.text, "utf-8")
    # -n only looks at it.
    done = subprocess.run(["crontab", "-n", str(stage.folder / "table")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


KEYRING = """
mkdir -p /run/user/0
chmod 700 /run/user/0
export HOME="$OUT" XDG_DATA_HOME="$OUT/data" XDG_RUNTIME_DIR=/run/user/0
dbus-daemon --session --fork --address=unix:path=/run/user/0/bus
export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus
printf made-up | gnome-keyring-daemon --unlock --components=secrets >/dev/null
unset DBUS_SESSION_BUS_ADDRESS
"$PYTHON" -P "$OUT/ask.py" >"$OUT/told"
"""

ASK = """
import os, sys
from ssrcred.adapters.schedule import run_once
from ssrcred.adapters.schedule.host_commands import call
code = "from keyring.backends.SecretService import Keyring; ring = Keyring(); "
code += "ring.set_password('made-up', 'a', 'b'); print(ring.get_password('made-up', 'a'))"
ran = run_once("cron", (sys.executable, "-P", "-c", code), environ=os.environ, limit_seconds=30)
print(ran.exit_code, ran.stdout, ran.stderr)
bare = call((sys.executable, "-P", "-c", code), {"HOME": "/root", "PATH": "/usr/bin:/bin"}, 30)
print("without:", bare.exit_code)
"""


@pytest.mark.real("secret-service")
def test_a_cron_job_finds_the_real_secret_service_by_the_address_in_its_line(tmp_path: Path) -> None:
    """keyring is used alone, which finds no bus without that address (headless.md)."""
    (tmp_path / "ask.py").write_text(ASK, "utf-8")
    done = inside(KEYRING, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "told").read_text("utf-8").split() == ["0", "b", "without:", "1"]
