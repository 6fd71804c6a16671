"""A text that holds JSON, read tolerantly."""

from __future__ import annotations

import json


def parsed(text: str) -> tuple[object] | None:
    """A JSON object or array in a tuple of one, or None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None
