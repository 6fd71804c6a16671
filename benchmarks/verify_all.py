"""Measures `verify --all` over 1,000 LEAs against `curl --parallel` making the same requests at the same concurrency.

The practice service answers on this computer, each answer 50 ms late. Every LEA is made up and keeps a made-up pair in
an encrypted file; each asks for a token, a list and a report. It prints both wall times and their ratio; the server
takes part of the processor away from both. `--leas N` and `--rounds N` make it smaller or surer; it says, too, how much
memory `verify --all` had at most, and how much over 100 LEAs (Linux only).
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import tomli_w
from startup import HIGHEST

from ssrcred.adapters.ledger.book import Ledger
from ssrcred.adapters.vault import Vault
from ssrcred.adapters.vault.agefile import open_age_vault
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.event import Event, Outcome, Step
from ssrcred.domain.standing import Standing, slot_name
from ssrcred.practice import Practice, running

DELAY_S: Final = 0.05
AT_ONCE: Final = 8
FEW: Final = 100
SSRCRED: Final = (sys.executable, "-m", "ssrcred")


def main() -> int:
    """Run it and print what was measured; 1 when an LEA did not come out as working."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leas", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssrcred-benchmark-") as folder, running(started=True) as district:
        environment = surroundings(Path(folder))
        prepare(Path(folder), environment, district, options.leas)
        (few := Path(folder) / "few").mkdir()
        prepare(few, surroundings(few), district, FEW)
        least = verify_all(surroundings(few), district, FEW)[2]
        district.fault("service", "slow", DELAY_S)
        pairs, most = [], 0
        for number in range(options.rounds):
            ours, requests, memory = verify_all(environment, district, options.leas)
            theirs = curl(Path(folder), district, options.leas)
            pairs.append((ours, theirs))
            most = max(most, memory)
            print(
                f"round {number + 1}: verify --all {ours:.2f} s ({requests} requests, {memory} MiB), "
                f"curl {theirs:.2f} s, ratio {ours / theirs:.2f}"
            )
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    print(f"{options.leas} LEAs, {AT_ONCE} at a time, {DELAY_S * 1000:.0f} ms late: median ratio {ratio:.2f}")
    verdict = "met" if most <= 1.3 * least else "MISSED"
    print(f"memory, at most 1.3 times that of {FEW} LEAs ({least} MiB): {verdict}; {most / least:.2f} times")
    return 0


def surroundings(folder: Path) -> dict[str, str]:
    """An environment with a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    return kept | {"HOME": str(folder), "SSRCRED_HOME": str(folder / "ssrcred"), "PYTHONUTF8": "1"}


def prepare(folder: Path, environment: dict[str, str], district: Practice, leas: int) -> None:
    """A county of `leas` LEAs, each with the practice district's pair as its current one."""
    home = folder / "ssrcred"
    subprocess.run(
        [*SSRCRED, "vault", "init", "--key-file", str(folder / "key")], env=environment, check=True, capture_output=True
    )
    pair = district.pair
    assert pair is not None
    now = datetime.now(UTC)
    toms = {"enabled": True, "api": district.service_url}
    sections = {
        name(number): {"name": f"Made-Up Unified {number}", "cds": f"{number:014d}", "toms": toms}
        for number in range(leas)
    }
    tables: dict[str, Any] = {"vault": {"backend": "file"}, "all": {"per_host": AT_ONCE}, "lea": sections}
    (home / "config.toml").write_text(tomli_w.dumps(tables), "utf-8")
    backend = open_age_vault(home / "vault", environ=environment, ask=None)
    with Ledger(home / "ledger.sqlite", actor="benchmark") as ledger:
        for lea in sections:
            vault = Vault(backend, lea)
            vault.store(slot_name(1), Credential(pair.username, SecretKey(pair.secret), now))
            vault.keep_secret("test-ssid", SecretKey(district.test_ssid))
            standing = Standing()
            for event in (
                Event(Step.PREPARE, Outcome.PREPARED, now, "", {"slot": slot_name(1)}),
                Event(Step.STORE, Outcome.STORED, now, "", {"slot": slot_name(1), "generated_at": now.isoformat()}),
                Event(Step.FINISH, Outcome.POINTED, now, "", {"slot": slot_name(1), "proved": "yes"}),
                Event(Step.FINISH, Outcome.FINISHED, now),
            ):
                standing = standing.after(event)
                ledger.append(lea, event, standing.to_json())


def name(number: int) -> str:
    """The key of an LEA in config.toml."""
    return f"madeup-{number:04d}"


def verify_all(environment: dict[str, str], district: Practice, leas: int) -> tuple[float, int, int]:
    """The wall time in seconds of one `verify --all`, its requests and its memory in MiB; ends all if an LEA failed."""
    before, started = len(district.requests), time.perf_counter()
    words = [sys.executable, "-c", HIGHEST, "verify", "--all", "--json"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    took = time.perf_counter() - started
    verdicts = {entry["verdict"] for entry in json.loads(done.stdout)["leas"]}
    if done.returncode != 0 or verdicts != {"working"}:
        raise SystemExit(f"verify --all ended with {done.returncode} and the verdicts {sorted(verdicts)}")
    return took, len(district.requests) - before, int(done.stderr.splitlines()[-1]) // 1024


def curl(folder: Path, district: Practice, leas: int) -> float:
    """The wall time in seconds of curl's tokens, lists and reports, as many of each as there are LEAs."""
    pair = district.pair
    assert pair is not None
    halves = b64encode(f"{pair.username}:{pair.secret}".encode()).decode()
    basic = f"Authorization: Basic {halves}"
    token = json.load(ask(f"{district.service_url}/token", basic, b""))["token"]
    bearer = f"Authorization: Bearer {token}"
    reports = f"{district.service_url}/scorereports/{district.test_ssid}"
    link = json.load(ask(reports, bearer))["scoreReports"][0]["link"]
    started = time.perf_counter()
    for url, header, method in (
        (f"{district.service_url}/token?n=", basic, "POST"),
        (f"{reports}?n=", bearer, "GET"),
        (f"{link}&n=", bearer, "GET"),
    ):
        config = folder / f"curl-{secrets.token_hex(4)}"
        config.write_text(f'url = "{url}[1-{leas}]"\nheader = "{header}"\nrequest = "{method}"\n', "utf-8")
        how = ("--no-progress-meter", "--fail", "--parallel", "--parallel-max", str(AT_ONCE), "--output", os.devnull)
        subprocess.run(["curl", *how, "--config", str(config)], check=True)
    return time.perf_counter() - started


def ask(url: str, header: str, content: bytes | None = None) -> Any:
    """One answer of the practice service, read with the standard library alone."""
    key, _, value = header.partition(": ")
    return urllib.request.urlopen(urllib.request.Request(url, content, {key: value}))


if __name__ == "__main__":
    raise SystemExit(main())
