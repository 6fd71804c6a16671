"""Finds how the state's service is talked to: tries the usual shapes with the stored pair, keeps the one that works."""

from __future__ import annotations

from ssrcred.cli.session import Session
from ssrcred.errors import UsageWrong


def find_api(session: Session, lea: str | None, *, yes: bool) -> None:
    """Try the usual shapes of the service with the stored pair of `lea`, after asking, unless `yes` says so already.

    Writes the profile that worked beside config.toml and says which line to set. Raises UsageWrong where nobody is
    there to be asked and `yes` is not set, and else what the doors raise.
    """
    raise UsageWrong("The shapes cannot be tried yet.", state="Nothing was sent.", hint="Update ssrcred.")
