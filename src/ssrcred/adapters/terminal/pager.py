"""Shows a long text a screen at a time, by the pager that the system has or `PAGER` names."""

from __future__ import annotations

import os
import pydoc


def page_through(text: str) -> None:
    """Show `text` until its reader has seen enough; without a terminal, or a pager, it is simply printed."""
    # What git gives its pager too: less keeps colors, and leaves at once what fits on one screen.
    os.environ.setdefault("LESS", "FRX")
    pydoc.pager(text)
