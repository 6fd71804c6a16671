"""Remembers what happened, by whom and in which order, so that a kill loses nothing and an edited past shows.

`Ledger` (book.py) records and reads. `reader.py` reads what each LEA stands at and nothing else, for what runs every
minute: `check_ssrcred` can afford only that.
"""


class Broken(Exception):
    """The chain does not hold; the text says where, in a sentence for people, and quotes nothing that was recorded."""


class Newer(Broken):
    """The chain holds, and has something that this version does not know."""
