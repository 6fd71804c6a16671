"""Finds the word that somebody meant, among those that are known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The one of `known` that is most like a word, or nothing where none is near."""
    # Only a mistake is worth the import.
    import difflib

    return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")
