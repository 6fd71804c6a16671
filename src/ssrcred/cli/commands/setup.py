"""The command setup."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from ssrcred.app.session import Session
from ssrcred.app.setup import set_up
from ssrcred.cli.option import command
from ssrcred.domain.errors import UsageWrong

SYSTEM: Final = "Student information system"
CREDENTIALS: Final = "Credentials"


def _option(value: str, help: str, panel: str | None = None) -> Any:
    # Each panel of --help has columns of its own: in one table, long options leave no room for what they mean.
    return typer.Option(metavar=value, help=help, rich_help_panel=panel)


@command()
def setup(
    session: Session,
    lea: Annotated[str | None, _option("NAME", "A short name for the LEA: lincoln.")] = None,
    name: Annotated[str | None, _option("NAME", "The LEA's full name.")] = None,
    cds: Annotated[str | None, _option("CODE", "The CDS code, 14 digits.")] = None,
    timezone: Annotated[str | None, _option("ZONE", "The LEA's time zone.")] = None,
    sis: Annotated[str | None, _option("NAME", "Its name in ssrcred sis, if not SchoolWise.", SYSTEM)] = None,
    url: Annotated[str | None, _option("URL", "https://NAME.schoolwise.com, without www.", SYSTEM)] = None,
    username: Annotated[str | None, _option("NAME", "The office account's user name.", SYSTEM)] = None,
    parent: Annotated[str | None, _option("NAME", "A parent account, for testing.", SYSTEM)] = None,
    parent_of: Annotated[
        list[str] | None,
        _option("SCHOOL=ACCOUNT", "A parent account of a school with its own credentials; repeatable.", SYSTEM),
    ] = None,
    own_pair: Annotated[
        list[str] | None,
        _option("SCHOOL", "A school with its own credentials, which is left alone; repeatable.", SYSTEM),
    ] = None,
    driver: Annotated[str | None, _option("NAME", "How ssrcred works in it: http, browser or hand.", SYSTEM)] = None,
    vendor: Annotated[
        list[str] | None,
        _option("NAME", "Another system that uses the credentials, such as SIRAS; repeatable.", CREDENTIALS),
    ] = None,
    caaspp: Annotated[
        str | None,
        _option("ADDRESS", "Mail address of the CAASPP coordinator, who is told before each rotation.", CREDENTIALS),
    ] = None,
    elpac: Annotated[
        str | None, _option("ADDRESS", "Mail address of the ELPAC coordinator, who is told too.", CREDENTIALS)
    ] = None,
    lifetime_days: Annotated[
        int | None, _option("N", "How many days credentials last; 365 since about 2020.", CREDENTIALS)
    ] = None,
    toms_api: Annotated[
        str | None, _option("URL", "The SSR service's address, if not the state's.", CREDENTIALS)
    ] = None,
    toms_site: Annotated[
        str | None, _option("URL", "Where TOMS is opened, if not caaspp-elpac.org.", CREDENTIALS)
    ] = None,
    direct_check: Annotated[
        bool | None,
        typer.Option(help="Check the credentials directly with the state's service.", rich_help_panel="Tests"),
    ] = None,
    test_connections: Annotated[
        bool | None,
        typer.Option(
            "--try/--no-try", help="At the end, test the connections; nothing is changed.", rich_help_panel="Tests"
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the LEA's section in config.toml.")] = False,
) -> None:
    """Set up one LEA: answer a few questions, store its passwords, and test the connections."""
    given: dict[str, object] = {
        "name": name,
        "cds": cds,
        "lifetime_days": lifetime_days,
        "timezone": timezone,
        "schoolwise.sis": sis,
        "schoolwise.url": url,
        "schoolwise.username": username,
        "schoolwise.driver": driver,
        "schoolwise.parent": parent,
        "schoolwise.parents": dict(_split(item) for item in parent_of or ()),
        "schoolwise.schools": tuple(own_pair or ()),
        "coordinators.caaspp": caaspp,
        "coordinators.elpac": elpac,
        "vendors": tuple(vendor or ()),
        "toms.enabled": direct_check,
        "toms.api": toms_api,
        "toms.site": toms_site,
    }
    set_up(session, lea, given, replace=replace, test_connections=test_connections)


def _split(item: str) -> tuple[str, str]:
    school, equals, account = item.partition("=")
    if not equals or not school.strip() or not account.strip():
        raise UsageWrong(
            f"'{item}' is not of the form SCHOOL=ACCOUNT.",
            state="Nothing was written.",
            hint="Write it like this: --parent-of 'Lincoln High School=parent2'.",
        )
    return school.strip(), account.strip()
