"""`schedule` shows what would be set up, sets it up, runs it once as the scheduler does, and takes it away."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.schedule.stage import Stage, inside
from cli.desk import Desk, Paper
from ssrcred.cli.main import main

LEA = """
[lea.lincoln]
name = "Made-up Unified School District"
cds = "19647330000000"

[vault]
backend = "file"
"""
REMIND = """
[remind]
mail = ["caaspp@lincoln.example", "it@lincoln.example"]

[smtp]
host = "127.0.0.1"
port = 9
security = "none"
from = "ssrcred@lincoln.example"
"""
"""All of it is made up; nothing listens at that mail server."""


@pytest.fixture
def server(bare: Desk, tmp_path: Path) -> Desk:
    """A server whose crontab and systemd are made up."""
    on_a_server(bare, tmp_path)
    bare.home.mkdir()
    (bare.home / "config.toml").write_text(LEA + REMIND, "utf-8")
    return bare


@pytest.fixture
def fine(bare: Desk, tmp_path: Path) -> Iterator[Desk]:
    """The same, of an LEA whose pair was made today, so that nothing is due and nobody is called."""
    bare.at = datetime.now(UTC)  # a job has the clock of the machine
    with bare.beside():
        bare.set_up()
        bare.rotated()
        on_a_server(bare, tmp_path)
        with (bare.home / "config.toml").open("a", encoding="utf-8") as file:
            file.write(REMIND)
        yield bare


def on_a_server(desk: Desk, folder: Path) -> None:
    """Put made-up schedulers on the desk's machine."""
    (folder / "stage").mkdir()
    stage = Stage(folder / "stage")
    stage.put("crontab", "systemctl", "loginctl", "journalctl")
    desk.environ |= stage.environ | {"XDG_CONFIG_HOME": str(folder / "xdg")}


def crontab(desk: Desk) -> str:
    path = Path(desk.environ["PRETEND_STATE"]) / "crontab"
    return path.read_text("utf-8") if path.exists() else ""


def test_alone_it_shows_the_exact_text_and_changes_nothing(server: Desk) -> None:
    ran = server.run("schedule", "--with", "cron")
    assert ran.code == 0 and crontab(server) == ""
    assert ran.out.startswith("No jobs are set up with cron.\n")
    assert "  verify: every Monday between 05:00 and 05:30\n  remind: every day between 06:00 and 06:30\n" in ran.out
    assert "To set up the jobs: ssrcred schedule --install --with cron" in ran.err
    assert server.run("schedule", "--with", "cron", "--install", "--no-run").code == 0
    assert crontab(server) and crontab(server) in ran.out


def test_what_is_set_up_is_said_and_how_it_would_be_now(server: Desk) -> None:
    server.run("schedule", "--with", "cron", "--install", "--no-run")
    ran = server.run("schedule")  # the scheduler that has our jobs is the one that is meant
    assert (
        ran.out.startswith("Set up with cron.\n") and "This is in the crontab" in ran.out and "--install" not in ran.err
    )
    ran = server.run("schedule", "--what", "remind", "--at", "7")
    assert ran.out.startswith("Set up with cron, but --install would change it.\n")
    assert "--install would write this in" in ran.out and f"It contains this now:\n\n{crontab(server)}" in ran.out


def test_installing_ends_with_one_run_as_cron_does_it(fine: Desk) -> None:
    ran = fine.run("schedule", "--with", "cron", "--what", "remind", "--install")
    assert ran.code == 0, ran.err
    assert "Set up with cron:\n  remind: every day between 06:00 and 06:30\n" in ran.err
    assert "Running remind once, as cron does." in ran.err and "remind succeeded." in ran.err
    assert " exit 0" in (fine.home / "log/remind.log").read_text("utf-8")
    assert "with cron's environment" in ran.err
    again = fine.run("schedule", "--with", "cron", "--what", "remind", "--install", "--no-run")
    assert again.code == 0 and again.err.startswith("Already set up with cron:")


def test_a_run_that_fails_is_said_with_its_words_and_its_code(server: Desk) -> None:
    ran = server.run("schedule", "--with", "cron", "--what", "verify", "--install")
    assert ran.code == 5
    assert "  | hint:" in ran.err or "  |   Next: " in ran.err
    assert "verify failed (exit code 5). The job is set up, and fails until this is fixed." in ran.err
    assert "ssrcred doctor --as-scheduled" in ran.err
    assert "verify --all --no-input" in crontab(server)


class Watched(Paper):
    """Somebody reads along, and presses Ctrl-C when the first job is run."""

    def write(self, text: str) -> int:
        if "Running verify once" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_ctrl_c_during_the_first_run_does_not_unsay_what_is_set_up(server: Desk) -> None:
    err = Watched()
    words = ("schedule", "--with", "cron", "--what", "verify", "--install")
    assert main(words, server.environment(io.StringIO(), Paper(), err)) == 130
    assert "state: What is listed above is done." in err.said
    assert "verify --all --no-input" in crontab(server)


def test_removing_takes_away_what_was_set_up(server: Desk) -> None:
    assert "No jobs of ssrcred were set up." in server.run("schedule", "--remove").err
    server.run("schedule", "--with", "cron", "--install", "--no-run")
    ran = server.run("schedule", "--remove")
    assert ran.code == 0 and "Removed the jobs of ssrcred from cron." in ran.err
    assert crontab(server) == ""
    assert server.run("schedule", "--remove", "--json").document["removed"] == []


def test_the_documents_tell_all_of_it(server: Desk) -> None:
    shown = server.run("schedule", "--with", "systemd-user", "--json").document
    assert (shown["schema"], shown["kind"]) == ("ssrcred.schedule/1", "systemd-user")
    assert (shown["installed"], shown["same"], shown["elsewhere"], shown["runs"]) == (False, False, [], [])
    assert [one["name"] for one in shown["jobs"]] == ["verify", "remind"]
    assert shown["jobs"][0]["command"][-3:] == ["verify", "--all", "--no-input"]
    assert shown["jobs"][0]["warnings"] == [8, 10]
    assert [Path(one["where"]).name for one in shown["texts"]][:2] == [
        "ssrcred-verify.service",
        "ssrcred-verify.timer",
    ]
    assert {one["present"] for one in shown["texts"]} == {None}
    installed = server.run("schedule", "--with", "systemd-user", "--install", "--json").document
    assert installed["installed"] is installed["same"] is True
    assert [(one["job"], one["exit_code"], one["fine"]) for one in installed["runs"]] == [
        ("verify", 0, True),
        ("remind", 0, True),
    ]
    assert installed["runs"][0]["stdout"] == "made-up words in the journal\n"
    for one in installed["texts"]:
        assert Path(one["where"]).read_text("utf-8") == one["text"] == one["present"]


def test_a_warning_is_told_and_is_no_failure(server: Desk) -> None:
    (Path(server.environ["PRETEND_STATE"]) / "show").write_text("Result=success\nExecMainStatus=8\nInvocationID=a")
    ran = server.run("schedule", "--with", "systemd-user", "--what", "verify", "--install")
    assert ran.code == 0
    assert "verify ended with exit code 8: it ran, and has a message for you." in ran.err
    assert "It did not reach every site" in ran.err and "ssrcred doctor --as-scheduled" in ran.err


def test_certificates_go_along_with_the_jobs_and_a_proxy_is_told_of_without_its_address(server: Desk) -> None:
    assert "uses a proxy" not in server.run("schedule", "--with", "cron").err
    server.secret("proxy", "made-up-password-of-a-proxy")
    server.environ |= {
        "https_proxy": "http://dana:made-up-password-of-a-proxy@proxy.example:3128",
        "SSL_CERT_FILE": "/etc/made-up/school.pem",
    }
    for words in (("schedule", "--with", "cron"), ("schedule", "--with", "cron", "--install", "--no-run")):
        assert "This terminal uses a proxy (https_proxy). The jobs do not get it" in server.run(*words).err
    assert "SSL_CERT_FILE=/etc/made-up/school.pem" in crontab(server) and "proxy" not in crontab(server)
    ran = server.run("schedule", "--with", "systemd-system")
    assert "Environment=SSL_CERT_FILE=/etc/made-up/school.pem\n" in ran.out
    assert ran.out.count("ReadWritePaths=") == 2, "of each service, and of the home alone"


def test_jobs_are_never_set_up_twice(server: Desk) -> None:
    server.run("schedule", "--with", "systemd-user", "--install", "--no-run")
    ran = server.run("schedule", "--with", "cron", "--install", "--no-run")
    assert ran.code == 2 and "would run twice" in ran.error["error"]
    assert ran.error["hint"] == "Remove them first: ssrcred schedule --remove --with systemd-user"
    assert crontab(server) == ""
    assert "also set up with systemd-user" in server.run("schedule", "--with", "cron").out


def test_without_a_config_nothing_is_set_up(server: Desk) -> None:
    (server.home / "config.toml").unlink()
    ran = server.run("schedule", "--with", "cron", "--install")
    assert ran.code == 3 and ran.error["hint"] == "To make it, type: ssrcred setup"
    assert crontab(server) == ""
    assert server.run("schedule", "--with", "systemd-system").code == 0  # it can be looked at all the same


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--install", "--remove"), "cannot be used together"),
        (("--what", "everything"), "no job 'everything'"),
        (("--verify-every", "year"), "'year'"),
        (("--with", "launchd"), "no scheduler 'launchd'"),
        (("--with", "cron", "--as", "caaspp"), "as another user"),
        (("--with", "systemd-user", "--credential", "k"), "system manager can open"),
    ],
)
def test_what_makes_no_sense_is_refused(server: Desk, words: tuple[str, ...], said: str) -> None:
    ran = server.run("schedule", *words)
    assert ran.code == 2 and said in ran.error["error"]
    assert crontab(server) == ""


def test_the_systems_timers_name_the_user_and_the_key(server: Desk) -> None:
    ran = server.run(
        "schedule",
        "--with",
        "systemd-system",
        "--as",
        "caaspp",
        "--credential",
        "/etc/ssrcred/k.cred",
        "--verify-every",
        "day",
    )
    assert "User=caaspp\n" in ran.out and "LoadCredentialEncrypted=ssrcred.key:/etc/ssrcred/k.cred\n" in ran.out
    assert f"ReadWritePaths=-{server.home}\n" in ran.out and "Mon *-*-*" not in ran.out
    ran = server.run("schedule", "--with", "systemd-system", "--as", "caaspp", "--credential", "k.cred")
    assert f"LoadCredentialEncrypted=ssrcred.key:{Path('k.cred').absolute()}\n" in ran.out
    del server.environ["SSRCRED_HOME"]
    ran = server.run("schedule", "--with", "systemd-system", "--as", "caaspp")
    assert "User=caaspp\n" in ran.out and "SSRCRED_HOME" not in ran.out


REAL = """
mount -t tmpfs tmpfs /var/spool/cron
install -d -m 1730 -g crontab /var/spool/cron/crontabs
export SSRCRED_HOME="$OUT/home"
"$PYTHON" -P -m ssrcred schedule --with cron --what remind --install >"$OUT/said" 2>&1
crontab -l | sed -E 's/^[0-9]+ 6 \\* \\* \\* /@reboot /' | crontab -
cron -f &
for _ in $(seq 150); do [ "$(grep -c ' exit 0' "$OUT/home/log/remind.log")" = 2 ] && break; sleep 0.1; done
"$PYTHON" -P -m ssrcred schedule --remove >"$OUT/removed" 2>&1
crontab -l >"$OUT/left" 2>&1 || true
"""


@pytest.mark.real("cron")
def test_a_real_cron_runs_the_reminders(fine: Desk, tmp_path: Path) -> None:
    """The daily line is made an @reboot line, which cron runs when it starts, so that nobody waits for a day."""
    done = inside(REAL, tmp_path, seconds=90)
    said = (tmp_path / "said").read_text("utf-8")
    assert done.returncode == 0, done.stderr + said
    assert "remind succeeded." in said
    log = (tmp_path / "home/log/remind.log").read_text("utf-8")
    assert len(re.findall(r"^--- \S+ exit 0$", log, re.MULTILINE)) == 2, log  # ours at the end of --install, and cron's
    assert "Removed" in (tmp_path / "removed").read_text("utf-8")
    assert (tmp_path / "left").read_text("utf-8").startswith("no crontab for")
    assert os.stat(tmp_path / "home/log").st_mode & 0o077 == 0


MANAGER = """
mkdir -p /run/systemd/system /run/user/0
chmod 700 /run/user/0
export XDG_RUNTIME_DIR=/run/user/0 XDG_CONFIG_HOME="$OUT/xdg" SSRCRED_HOME="$OUT/home"
/lib/systemd/systemd --user >"$OUT/manager" 2>&1 &
manager=$!
for _ in $(seq 100); do systemctl --user is-system-running 2>/dev/null | grep -q running && break; sleep 0.1; done
set +e
"$PYTHON" -P -m ssrcred schedule --with systemd-user --what verify --install >"$OUT/said" 2>&1
echo "ended with $?" >>"$OUT/said"
"$PYTHON" -P -m ssrcred schedule --remove >>"$OUT/said" 2>&1
systemctl --user exit
wait $manager
find /sys/fs/cgroup/*/app.slice /sys/fs/cgroup/*/init.scope -depth -type d -exec rmdir {} + 2>/dev/null
true
"""


@pytest.mark.real("systemd")
@pytest.mark.xdist_group("systemd-user")
def test_a_real_systemd_checks_a_pair_from_the_encrypted_files(bare: Desk, tmp_path: Path) -> None:
    """What the units forbid a job keeps it neither from the vault nor from the network."""
    with bare.beside():
        bare.set_up(secrets=False)
        assert bare.run("vault", "init", "--key-file", str(tmp_path / "key")).code == 0
        for name, value in bare.named_secrets().items():
            assert bare.run("secret", "set", name, "--stdin", given=f"{value}\n").code == 0
        bare.rotated()
        log_ins = len(bare.district.log_ins)
        done = inside(MANAGER, tmp_path, seconds=90)
        said = (tmp_path / "said").read_text("utf-8")
        assert done.returncode == 0, done.stderr + said
        assert "verify succeeded." in said and "result: success" in said and "ended with 0\n" in said, said
        assert len(bare.district.log_ins) > log_ins
        assert "Removed" in said
