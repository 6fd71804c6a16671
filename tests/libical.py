"""libical, an iCalendar library in C that shares no line with the one that writes our files, as a validator of them.

It parses every value and checks RFC 5545's and 5546's rules of which property belongs where and how often.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
from pathlib import Path


def _library() -> ctypes.CDLL:
    found = ctypes.util.find_library("ical") or str(next(Path("/usr/lib").glob("*/libical.so.3")))
    library = ctypes.CDLL(found)
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    library.icalrestriction_check.argtypes = [ctypes.c_void_p]
    library.icalcomponent_count_errors.argtypes = [ctypes.c_void_p]
    library.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    library.icalcomponent_as_ical_string.argtypes = [ctypes.c_void_p]
    library.icalcomponent_free.argtypes = [ctypes.c_void_p]
    return library


def faults(content: bytes) -> list[str]:
    """What is wrong with an iCalendar file, as it is and as something that is published; nothing when it is good."""
    # What each event has to have is only looked at in something that is sent (RFC 5546), which names an organizer.
    sent = content.replace(b"VERSION:2.0", b"VERSION:2.0\r\nMETHOD:PUBLISH").replace(
        b"BEGIN:VEVENT", b"BEGIN:VEVENT\r\nORGANIZER:mailto:somebody@lincoln.example"
    )
    return _faults(content) + _faults(sent)


def _faults(content: bytes) -> list[str]:
    library = _library()
    parsed = library.icalparser_parse_string(content)
    if parsed is None:
        return ["is no iCalendar file"]
    good = library.icalrestriction_check(parsed)
    shown = library.icalcomponent_as_ical_string(parsed).decode()
    counted = library.icalcomponent_count_errors(parsed)
    library.icalcomponent_free(parsed)
    said = re.findall(r"^X-LIC-ERROR.*$", shown, re.MULTILINE)
    return said or ([] if good and not counted else ["a rule is broken"])
