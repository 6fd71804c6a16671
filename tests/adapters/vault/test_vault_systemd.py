"""The key of the encrypted file as a systemd credential: a real systemd unseals it for a real run of the program.

systemd is started as the first process of a namespace of its own, with its host key in memory, so that nothing of this
machine's own systemd is touched. All items are made up.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ssrcred.adapters.vault.agefile import init, open_age_vault
from waiting import HUNG_S

NAME = "ssrcred:lincoln:pair-0001"
ENTER = ("unshare", "--map-root-user", "--pid", "--fork", "--mount", "--mount-proc", "--ipc", "--uts", "--cgroup")

START = """
set -e
mount --make-rshared /  # systemd mounts the credentials elsewhere and lets them arrive by this
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib/systemd
mkdir -p /run/systemd/system /run/lock
systemd-creds --with-key=host --name=ssrcred.key encrypt "$1/vault.key" "$1/ssrcred.key.cred"
[ "$2" = LoadCredential ] || rm "$1/vault.key"
cat > /run/systemd/system/job.service <<UNIT
[Unit]
DefaultDependencies=no
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
$2=ssrcred.key:$1/$3
Environment=SSRCRED_HOME=$1
ExecStart=$4 -m ssrcred vault move keyring --dry-run
StandardOutput=file:$1/said
StandardError=file:$1/said
UNIT
exec env container=made-up /lib/systemd/systemd --system --unit=job.service
"""


def inside(script: str, *words: object) -> subprocess.CompletedProcess[str]:
    """A script as root of a namespace of its own."""
    return subprocess.run(
        [*ENTER, "sh", "-c", script, "sh", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=HUNG_S,
        check=False,
    )


@pytest.mark.real("systemd-creds")
@pytest.mark.parametrize(
    ("setting", "file"), [("LoadCredentialEncrypted", "ssrcred.key.cred"), ("LoadCredential", "vault.key")]
)
def test_a_unit_opens_the_vault_with_the_key_that_systemd_gives_it(tmp_path: Path, setting: str, file: str) -> None:
    if (probe := inside("mount -t tmpfs tmpfs /run")).returncode:
        pytest.skip(f"no namespaces for this account: {probe.stderr.strip()}")
    init(tmp_path / "vault", key_file=tmp_path / "vault.key")
    open_age_vault(tmp_path / "vault", environ={}).write(NAME, "made-up pair")
    lea = '[lea.lincoln]\nname = "Made-Up Unified"\ncds = "19647330000000"\n'
    (tmp_path / "config.toml").write_text(f'{lea}[vault]\nbackend = "file"\n', "utf-8")
    if setting == "LoadCredential":
        # So that only systemd knows where it is.
        (tmp_path / "vault" / "key-file.txt").write_text("/nowhere/vault.key\n", "utf-8")

    ran = inside(START, tmp_path, setting, file, sys.executable)
    said = tmp_path / "said"
    assert said.exists(), ran.stderr
    assert said.read_text("utf-8") == f"to be moved: {NAME}\nItems: 1. Nothing was changed.\n"

    alone = subprocess.run(
        [sys.executable, "-m", "ssrcred", "vault", "move", "keyring", "--dry-run"],
        env={"SSRCRED_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert alone.returncode == 5 and "could not be read" in alone.stderr and NAME not in alone.stderr
    assert "If systemd holds it, start the command with: systemd-run" in alone.stderr
