"""The steps in TOMS that generate new credentials, in the words of its screens, and what stops working then."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from ssrcred.adapters.config import Lea


def guide() -> dict[str, Any]:
    """The steps, from data/toms.toml."""
    return tomllib.loads(files("ssrcred.data").joinpath("toms.toml").read_text("utf-8"))


def toms_start(lea: Lea) -> str:
    """The address of the page where a person begins in TOMS."""
    start = lea.toms.site or str(guide()["start"])
    return start if "://" in start else f"https://{start}"


def who_breaks(lea: Lea) -> tuple[str, ...]:
    """Return lines that name what stops working (domain.md, *Other systems the pair reaches*)."""
    portal = () if lea.schoolwise is None else ("- SchoolWise, until ssrcred has saved the new credentials there",)
    return (
        "When you generate new credentials in TOMS, the old ones stop working everywhere at once:",
        *portal,
        "- the copy that the other coordinator has: CAASPP and ELPAC share the same credentials",
        *(f"- {vendor}, until it has the new credentials: ssrcred handover[lea]" for vendor in lea.vendors),
        "- any other system that uses the credentials: special education (SIRAS, SEIS), CERS rosters, the SIS-to-TOMS "
        "settings integration. ssrcred cannot reach these. The people who manage them need the new credentials too.",
    )
