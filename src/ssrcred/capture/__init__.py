"""A person, a clipboard or a pipe gives the new pair, and nothing that cannot be what TOMS showed gets past here.

Every way ends in a `Captured` pair or in InputRefused. What was given is never repeated: the clipboard's contents are
said by their length alone, and errors name a position and a character (see hygiene).
"""

from ssrcred.capture.captured import Captured
from ssrcred.capture.clipboard import Clipboard, SystemClipboard, clear_if_still, from_clipboard
from ssrcred.capture.generation import parse_date, parse_days_left
from ssrcred.capture.prompt import from_prompt
from ssrcred.capture.spell import easily_mistaken, spelled
from ssrcred.capture.stream import around, from_stream, one_line
from ssrcred.capture.unseen import Ask, hidden_line, unseen

__all__ = [
    "Ask",
    "Captured",
    "Clipboard",
    "SystemClipboard",
    "around",
    "clear_if_still",
    "easily_mistaken",
    "from_clipboard",
    "from_prompt",
    "from_stream",
    "hidden_line",
    "one_line",
    "parse_date",
    "parse_days_left",
    "spelled",
    "unseen",
]
