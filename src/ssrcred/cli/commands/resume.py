"""The command resume: goes on with a rotation that was interrupted."""

from __future__ import annotations

from ssrcred.app import rotation
from ssrcred.app.capture import Source
from ssrcred.app.session import Session
from ssrcred.cli.option import WITH_PORTAL, LeaName, Replace, Unverified, command


@command(*WITH_PORTAL)
def resume(
    session: Session, source: Source, lea: LeaName = None, replace: Replace = False, unverified: Unverified = False
) -> None:
    """Go on with a rotation that was interrupted, from wherever it stopped."""
    rotation.resume(session, lea, source, replace=replace, unverified=unverified)
