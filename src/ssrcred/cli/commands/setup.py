"""The command setup."""

from __future__ import annotations

from typing import Annotated

import typer

from ssrcred.app.session import Session
from ssrcred.app.setup import set_up
from ssrcred.cli.command import USUAL, command
from ssrcred.domain.errors import UsageWrong


@command(*USUAL)
def setup(
    session: Session,
    lea: Annotated[str | None, typer.Option("--lea", metavar="NAME", help="A short name for the LEA: lincoln.")] = None,
    name: Annotated[str | None, typer.Option(help="The LEA's full name.")] = None,
    cds: Annotated[str | None, typer.Option(help="The CDS code, 14 digits.")] = None,
    url: Annotated[str | None, typer.Option(help="SchoolWise: https://NAME.schoolwise.com, without www.")] = None,
    username: Annotated[str | None, typer.Option(help="SchoolWise: the office account's user name.")] = None,
    parent: Annotated[str | None, typer.Option(help="SchoolWise: a parent account, for the proof.")] = None,
    parent_of: Annotated[
        list[str] | None,
        typer.Option("--parent-of", metavar="SCHOOL=ACCOUNT", help="A parent of a school with a pair of its own."),
    ] = None,
    own_pair: Annotated[
        list[str] | None,
        typer.Option("--own-pair", metavar="SCHOOL", help="A school that keeps a pair of its own; is left alone."),
    ] = None,
    driver: Annotated[str | None, typer.Option(help="How the portal is driven: http, browser or hand.")] = None,
    vendor: Annotated[
        list[str] | None, typer.Option("--vendor", metavar="NAME", help="Another system that uses the pair: SIRAS.")
    ] = None,
    direct_check: Annotated[
        bool | None, typer.Option("--direct-check/--no-direct-check", help="Check directly with the state's service.")
    ] = None,
    lifetime_days: Annotated[int | None, typer.Option(help="The life of a pair in days; 365 since about 2020.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The LEA's time zone.")] = None,
    toms_api: Annotated[str | None, typer.Option(help="The SSR service's address, if not the state's.")] = None,
    toms_site: Annotated[str | None, typer.Option(help="Where TOMS is opened, if not caaspp-elpac.org.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over the LEA's section in config.toml.")] = False,
    try_doors: Annotated[
        bool | None, typer.Option("--try/--no-try", help="End by trying each door, without writing anything.")
    ] = None,
) -> None:
    """Set up one LEA: a short interview, then its passwords, which are kept apart, then a dry try of each door."""
    given: dict[str, object] = {
        "name": name,
        "cds": cds,
        "lifetime_days": lifetime_days,
        "timezone": timezone,
        "schoolwise.url": url,
        "schoolwise.username": username,
        "schoolwise.driver": driver,
        "schoolwise.parent": parent,
        "schoolwise.parents": dict(_split(item) for item in parent_of or ()),
        "schoolwise.schools": tuple(own_pair or ()),
        "vendors": tuple(vendor or ()),
        "toms.enabled": direct_check,
        "toms.api": toms_api,
        "toms.site": toms_site,
    }
    set_up(session, lea, given, replace=replace, try_doors=try_doors)


def _split(item: str) -> tuple[str, str]:
    school, equals, account = item.partition("=")
    if not equals or not school.strip() or not account.strip():
        raise UsageWrong(
            f"'{item}' is not of the form SCHOOL=ACCOUNT.",
            state="Nothing was written.",
            hint="Write it like this: --parent-of 'Lincoln High School=parent2'.",
        )
    return school.strip(), account.strip()
