"""The page on API profiles: its examples are loaded, its worked example is run, its tables are the program's."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.reports.shapes import KEY, USERNAME, WITH_REPORT, WITHOUT_REPORT, Shape, serving
from ssrcred.adapters.reports import SsrService, load_profile
from ssrcred.adapters.reports.profile import Profile, ReportRequest, Rule, TokenRequest, understood
from ssrcred.adapters.reports.service import LIMITS, WAIT_SECONDS
from ssrcred.adapters.web.bound import Patience
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.event import Outcome

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/how-to/api-profile.md"
TEXT = PAGE.read_text("utf-8")
PROFILES = [block for block in re.findall(r"^```toml\n(.*?)^```", TEXT, re.M | re.S) if "[lea." not in block]
NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)

# The specification that the page quotes, as a service.
WORKED = Shape(
    "the made-up specification of the page",
    next(block for block in PROFILES if block.startswith("# worked example")),
    pair="json",
    names=("credentials.userName", "credentials.secretKey"),
    token="POST /session",
    token_at=("session", "id"),
    headers={"X-Api-Version": "2"},
    shown="header:X-Session:",
    report="POST /reports/search",
    ssid="json:student.ssid",
    report_fields={"format": "pdf"},
    list_at=("data", "items"),
    entry={"assessment": "ELPAC", "schoolYear": "2024-25", "document": {"href": "LINK"}},
    files="second",
    refuses=(403, {"code": 17}),
    nothing=(200, {"message": "No scores on file."}),
)


@pytest.mark.parametrize("block", PROFILES)
def test_every_profile_of_the_page_can_be_used(block: str) -> None:
    assert understood("of the page", tomllib.loads(block))


def test_the_worked_example_fits_its_specification(tmp_path: Path) -> None:
    with serving(WORKED) as service:
        path = tmp_path / "lincoln-ssr.toml"
        path.write_text(WORKED.profile.replace("files.example.org", service.files.removeprefix("http://")), "utf-8")
        door = SsrService(service.api, load_profile(str(path)), clock=lambda: NOW, sleep=lambda seconds: None)

        def tried(key: str, ssid: str) -> Outcome:
            return door.prove(Credential(USERNAME, SecretKey(key), NOW), SecretKey(ssid)).outcome

        assert tried(KEY, WITH_REPORT) is Outcome.PROVED
        assert tried(KEY, WITHOUT_REPORT) is Outcome.NO_REPORT
        assert tried("*MadeUp>()(OldKey12*", WITH_REPORT) is Outcome.REFUSED


def shown_keys(text: str) -> set[str]:
    table = text[text.index("## Every key") :]
    return {key for key in re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", table) if "." in key or key in PARTS} - {"toms.api"}


PARTS = {"headers", "refused", "no_report"}


def test_the_table_has_every_key_and_no_other() -> None:
    keys = {f"token.{name}" for name in TokenRequest.__dataclass_fields__}
    keys |= {f"report.{name}" for name in ReportRequest.__dataclass_fields__}
    keys |= {f"{part}.{name}" for part in ("refused", "no_report") for name in Rule.__dataclass_fields__}
    keys |= set(Profile.__dataclass_fields__) - {"name", "token", "report"}
    keys.remove("no_report.at")  # no report is always about the report request
    assert shown_keys(TEXT) == keys


def test_the_profile_that_ships_shows_every_key() -> None:
    content = (ROOT / "src/ssrcred/data/ets-ssr.toml").read_text("utf-8")
    record = tomllib.loads(content)
    assert set(record["token"]) == set(TokenRequest.__dataclass_fields__)
    assert set(record["report"]) == set(ReportRequest.__dataclass_fields__)
    for name in ("token", "report"):
        defaults = {"token": TokenRequest(), "report": ReportRequest()}[name]
        for key, value in record[name].items():
            usual = getattr(defaults, key)
            assert key == "words" or (list(usual) if isinstance(usual, tuple) else usual) == value
    # The rules that it shows as a comment are sound too.
    left, right = (
        "\n".join(line.removeprefix("# ")[part].strip() for line in content.splitlines()[-3:])
        for part in (slice(0, 34), slice(34, None))
    )
    assert understood("of the comment", tomllib.loads(f"[token]\n[report]\n{left}\n{right}"))


def test_the_bounds_of_the_page_are_the_programs() -> None:
    assert f"up to {Patience().attempts} times" in TEXT
    assert f"within {WAIT_SECONDS:.0f} seconds" in TEXT
    assert (LIMITS.total_seconds, LIMITS.max_bytes) == (60, 16 * 1024 * 1024)
