"""The command that starts the practice district, and says how to rehearse the yearly job with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from ssrcred.cli.session import Session
from ssrcred.errors import UsageWrong
from ssrcred.installation import how_to_install

if TYPE_CHECKING:
    from ssrcred.practice import Practice

PORTS = (8601, 8602, 8603, 8604)


def practice(
    context: typer.Context,
    first_port: Annotated[
        int, typer.Option("--first-port", min=1024, max=65532, metavar="N", help="The first of its four ports.")
    ] = PORTS[0],
) -> None:
    """Start a pretend district on this computer: TOMS, SchoolWise and the SSR service, to rehearse with."""
    session = Session.of(context)
    try:
        from ssrcred.practice import serve
    except ModuleNotFoundError:
        raise UsageWrong(
            "The practice district is not installed.",
            state="Nothing was started.",
            hint=how_to_install("practice"),
        ) from None

    first, second, third, last = range(first_port, first_port + len(PORTS))
    try:
        serve((first, second, third, last), started=True, on_ready=lambda district: _show(session, district))
    except OSError:
        raise UsageWrong(
            f"The practice district needs the ports {first} to {last} of this computer, and one is in use.",
            state="Nothing was started.",
            hint="Probably a practice district is running already: look for its window. "
            f"To take other ports: ssrcred practice --first-port {first + 100}.",
        ) from None


def _show(session: Session, district: Practice) -> None:
    """Say where the sites are and what to type to rehearse."""
    for line in (*_sites(district), *rehearsal(district, powershell=os.name == "nt")):
        session.say(line)


def _sites(district: Practice) -> tuple[str, ...]:
    return (
        "The practice district is running. Nothing in it is real, and nothing outside this computer is asked.",
        "",
        f"  TOMS        {district.toms_url}",
        f"  mailbox     {district.control_url}/mailbox   (the code that TOMS e-mails)",
        f"  SchoolWise  {district.schoolwise_url}",
        f"  control     {district.control_url}   (accounts, passwords, faults, the clock)",
        "",
    )


def rehearsal(district: Practice, *, powershell: bool) -> tuple[str, ...]:
    """The lines that say what to type to rehearse, in the words of PowerShell or of any other shell."""
    accounts = district.accounts
    own = district.schools[1]
    set_home, more = ("$env:SSRCRED_HOME = ", "`") if powershell else ("export SSRCRED_HOME=", "\\")
    return (
        "To rehearse the yearly job, open a second terminal and type there:",
        "",
        f'  {set_home}"$HOME/ssrcred-rehearsal"',
        '  ssrcred vault init --key-file "$HOME/ssrcred-rehearsal.key"',
        f'  ssrcred setup --lea practice --name "{district.district_name}" {more}',
        f"    --cds {district.cds} --url {district.schoolwise_url} --driver http {more}",
        f"    --username {accounts.office.username} --parent {accounts.parent.username} {more}",
        f'    --parent-of "{own}={accounts.parents[own].username}" {more}',
        f"    --toms-api {district.service_url} --direct-check {more}",
        f"    --toms-site {district.toms_url}",
        "  ssrcred rotate",
        "",
        "The first line keeps the rehearsal's files apart from the real ones, the second keeps it out of your keyring.",
        f"The passwords and the SSID that setup asks for are on the control page, {district.control_url}.",
        "",
        "To stop the practice district: Ctrl-C.",
    )
