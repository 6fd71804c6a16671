"""The command that starts the practice district, and says how to rehearse the yearly job with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ssrcred.cli.session import Session
from ssrcred.errors import UsageWrong

if TYPE_CHECKING:
    from ssrcred.practice import Practice

PORTS = (8601, 8602, 8603, 8604)


def practice(context: typer.Context) -> None:
    """Start a pretend district on this computer: TOMS, SchoolWise and the SSR service, to rehearse with."""
    session = Session.of(context)
    try:
        from ssrcred.practice import serve
    except ModuleNotFoundError:
        raise UsageWrong(
            "The practice district is not installed.",
            state="Nothing was started.",
            hint="Install it with: pipx install 'ssrcred[practice]' (or: uv tool install 'ssrcred[practice]').",
        ) from None

    try:
        serve(PORTS, started=True, on_ready=lambda district: _show(session, district))
    except OSError:
        raise UsageWrong(
            f"The practice district needs the ports {PORTS[0]} to {PORTS[-1]} of this computer, and one is in use.",
            state="Nothing was started.",
            hint="Probably a practice district is running already: look for its window.",
        ) from None


def _show(session: Session, district: Practice) -> None:
    """Say where the sites are and what to type to rehearse."""
    accounts = district.accounts
    own = district.schools[1]
    lines = (
        "The practice district is running. Nothing in it is real, and nothing outside this computer is asked.",
        "",
        f"  TOMS        {district.toms_url}",
        f"  mailbox     {district.control_url}/mailbox   (the code that TOMS e-mails)",
        f"  SchoolWise  {district.schoolwise_url}",
        f"  control     {district.control_url}   (accounts, passwords, faults, the clock)",
        "",
        "To rehearse the yearly job, open a second terminal, keep the rehearsal apart from the real thing with",
        "SSRCRED_HOME set to an empty folder, and type (the passwords and the test SSID are on the control page):",
        "",
        f"  ssrcred setup --lea practice --name '{district.district_name}' --cds {district.cds} \\",
        f"    --url {district.schoolwise_url} --username {accounts.office.username} --driver http \\",
        f"    --parent {accounts.parent.username} --parent-of '{own}={accounts.parents[own].username}' \\",
        f"    --toms-api {district.service_url} --toms-site {district.toms_url} --direct-check",
        "  ssrcred rotate --lea practice",
        "",
        "To stop the practice district: Ctrl-C.",
    )
    for line in lines:
        session.say(line)
