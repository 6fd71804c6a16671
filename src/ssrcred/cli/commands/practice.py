"""The command practice: starts the practice district, and says what to type to rehearse with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from ssrcred.app.practice import PORTS, start
from ssrcred.app.session import Session
from ssrcred.cli.command import command

if TYPE_CHECKING:
    from ssrcred.practice import Practice


@command()
def practice(
    session: Session,
    first_port: Annotated[
        int, typer.Option("--first-port", min=1024, max=65532, metavar="N", help="The first of its four ports.")
    ] = PORTS[0],
) -> None:
    """Start a pretend district on this computer: TOMS, SchoolWise and the SSR service, to rehearse with."""

    def show(district: Practice) -> None:
        for line in instructions(district, powershell=os.name == "nt"):
            session.terminal.say(line)

    start(first_port, show)


def instructions(district: Practice, *, powershell: bool) -> tuple[str, ...]:
    """Where the sites are and what to type to rehearse, in the words of PowerShell or of any other shell."""
    accounts = district.accounts
    own = district.schools[1]
    set_home, more = ("$env:SSRCRED_HOME = ", "`") if powershell else ("export SSRCRED_HOME=", "\\")
    return (
        "The practice district is running. Nothing in it is real, and nothing outside this computer is asked.",
        "",
        f"  TOMS        {district.toms_url}",
        f"  mailbox     {district.control_url}/mailbox   (the code that TOMS e-mails)",
        f"  SchoolWise  {district.schoolwise_url}",
        f"  control     {district.control_url}   (accounts, passwords, faults, the clock)",
        "",
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
