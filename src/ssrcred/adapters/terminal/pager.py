"""Shows a long text a screen at a time, by the pager that the system has or `PAGER` names."""

from __future__ import annotations

import os
import pydoc
import shutil
import sys


def page_through(text: str) -> None:
    """Show `text` until its reader has seen enough; without a terminal, or a pager, it is simply printed."""
    # What git gives its pager too: less keeps colors, and leaves at once what fits on one screen.
    os.environ.setdefault("LESS", "FRX")
    # Who runs ssrcred by sudo as an account that owns the credentials would have a shell of that account in a pager.
    # less has a mode without one (less(1), "Security"); more has not, and so is only taken if somebody names it.
    os.environ["LESSSECURE"] = "1"
    chosen = os.environ.get("MANPAGER") or os.environ.get("PAGER")  # as pydoc does
    if os.name == "posix" and not chosen and shutil.which("less") is None:
        sys.stdout.write(text)
    else:
        pydoc.pager(text)
