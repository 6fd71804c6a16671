"""The way through TOMS to new credentials: its steps in the screens' own words, and what stops working at the click."""

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
    """Lines that say who stops working at the click (domain.md, *Other systems the pair reaches*)."""
    portal = () if lea.schoolwise is None else ("- SchoolWise, until ssrcred has written the new pair there",)
    return (
        "At the click in TOMS the old pair stops working everywhere, at once:",
        *portal,
        *(f"- {vendor}, until it gets the new pair: ssrcred handover[lea]" for vendor in lea.vendors),
        "- whatever else was given the pair: special education (SIRAS, SEIS), CERS rosters, the SIS-to-TOMS settings "
        "integration. ssrcred does not reach these: whoever looks after them needs the new pair too.",
    )
