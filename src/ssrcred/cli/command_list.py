"""The list of commands, each with its heading in `--help` and its function; light, for the Tab key needs it at once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

YEARLY: Final = "Every year"
ANYDAY: Final = "Any day"
UNATTENDED: Final = "Unattended"
WRONG: Final = "When something is wrong"
SETUP: Final = "Set-up"


# Each command in the order of `--help`: the heading it is shown under, and its module in cli/commands/ and name there.
# A name is a function, or a Typer with commands of its own. Modules are imported when their command is run.
COMMANDS: Final = {
    "rotate": (YEARLY, "rotate.rotate"),
    "resume": (YEARLY, "resume.resume"),
    "abandon": (YEARLY, "abandon.abandon"),
    "handover": (YEARLY, "handover.handover"),
    "store": (ANYDAY, "store.store"),
    "upload": (ANYDAY, "upload.upload"),
    "verify": (ANYDAY, "verify.verify"),
    "status": (ANYDAY, "status.status"),
    "schools": (ANYDAY, "schools.schools"),
    "remind": (UNATTENDED, "remind.remind"),
    "calendar": (UNATTENDED, "calendar.calendar"),
    "report": (UNATTENDED, "report.report"),
    "schedule": (UNATTENDED, "schedule.schedule"),
    "schema": (UNATTENDED, "schema.schema"),
    "help": (WRONG, "help.help"),
    "doctor": (WRONG, "doctor.doctor"),
    "support": (WRONG, "support.support"),
    "history": (WRONG, "history.history"),
    "setup": (SETUP, "setup.setup"),
    "secret": (SETUP, "secret.secret"),
    "vault": (SETUP, "vault.vault"),
    "portal": (SETUP, "portal.portal"),
    "lea": (SETUP, "lea.lea"),
    "sis": (SETUP, "sis.sis"),
    "practice": (SETUP, "practice.practice"),
}
