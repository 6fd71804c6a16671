"""What SchoolWise holds in Set District Options: a pair per place, and many settings that are nobody's business.

From domain.md: the district's pair serves every school, a school's own pair overrides it, blank inherits. Made
up: every other setting, all names, and how a save reads. A saved form replaces its settings by exactly what was
posted (a field left out is stored as empty, as a plain web application does), a blank password keeps the stored
one while the user name is unchanged, and blank in both clears the place. Safe to use from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ssrcred.practice import people
from ssrcred.practice.district import Pair

DISTRICT_PLACE = "district"
PLACES = (DISTRICT_PLACE, *(school.name for school in people.SCHOOLS))
Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Setting:
    """One field of a tab; `values` is what it holds at first, as a browser would post it."""

    name: str
    label: str
    kind: str
    values: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tab:
    """One tab of Set District Options."""

    key: str
    title: str
    settings: tuple[Setting, ...]


def _tab(key: str, title: str, *settings: Setting) -> Tab:
    return Tab(key, title, settings)


CAASPP = _tab(
    "caaspp",
    "CAASPP Credentials",
    Setting("ShowScoreReports", "Show score reports to parents and students", "checkbox", ("yes",)),
    Setting("FirstYearShown", "First school year shown", "select", ("2023-24",), ("2022-23", "2023-24", "2024-25")),
    Setting(
        "FamilyMessage",
        "Message shown above the reports",
        "textarea",
        ('\r\nQuestions? Call the office & ask for "scores".\r\n<b>Not</b> HTML; 100% text + more.\r\n',),
    ),
    Setting("LegacyOptions", "", "hidden", ("v=3&amp;x=1; path=C:\\sw\\caaspp",)),
)
TABS = (
    _tab(
        "general",
        "General",
        Setting("DistrictPhone", "District phone", "text", ("(209) 555-0100",)),
        Setting("Superintendent", "Superintendent", "text", ("Dr. Pat O'Brien & staff",)),
        Setting("TimeZone", "Time zone", "select", ("Pacific",), ("Pacific", "Mountain", "Hawaii")),
        Setting("AllowSummerEnrollment", "Allow summer enrollment", "checkbox"),
    ),
    _tab(
        "calpads",
        "CALPADS Extracts",
        Setting("SftpHost", "SFTP host", "text", ("sftp.lincoln.example",)),
        Setting("SftpUsername", "SFTP Username", "text", ("calpads_extract",)),
        Setting("SftpPassword", "SFTP Password", "password", ("Sftp$practice`1",)),
        Setting("NightlyExtract", "Send extracts every night", "checkbox", ("yes",)),
    ),
    CAASPP,
    _tab(
        "email",
        "Email",
        Setting("SmtpServer", "SMTP server", "text", ("smtp.lincoln.example",)),
        Setting("SmtpUsername", "Username", "text", ("noreply@lincoln.example",)),
        Setting("SmtpPassword", "Password", "password", ("Smtp<practice>2",)),
    ),
    _tab(
        "portal",
        "Parent Portal",
        Setting("Welcome", "Welcome message", "textarea", ("Welcome!\r\nBienvenidos.",)),
        Setting("PortalOpen", "Portal is", "radio", ("open",), ("open", "read only", "closed")),
        Setting(
            "ShowToFamilies",
            "Show to families",
            "multiple",
            ("grades", "attendance"),
            ("grades", "attendance", "meals"),
        ),
    ),
)
SCHOOL_SETTING = Setting("ShowAtSchool", "Show score reports", "checkbox", ("yes",))


class Refused(Exception):
    """A save that stores nothing; the text is what the page says."""


class Options:
    """The stored settings and pairs."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._places: dict[str, Pair | None] = dict.fromkeys(PLACES)
        self._values = {f"{tab.key}.{one.name}": one.values for tab in TABS for one in tab.settings}
        self._values |= {f"caaspp.{place}.{SCHOOL_SETTING.name}": SCHOOL_SETTING.values for place in PLACES[1:]}
        self._versions: dict[str, int] = dict.fromkeys([tab.key for tab in TABS] + list(PLACES[1:]), 1)

    def stored(self, place: str) -> Pair | None:
        """The pair that a place holds itself."""
        return self._places[place]

    def put(self, place: str, pair: Pair | None) -> None:
        """Set what a place holds, without a page."""
        with self._lock:
            if place not in self._places:
                raise ValueError(f"no place {place!r}; there are {', '.join(PLACES)}")
            self._places[place] = pair

    def values(self, tab: Tab) -> dict[str, tuple[str, ...]]:
        """What the settings of a tab hold, by field name."""
        with self._lock:
            return {one.name: self._values[f"{tab.key}.{one.name}"] for one in tab.settings}

    def ticked(self, school: str) -> bool:
        """Whether the school's own check box is ticked."""
        return bool(self._values[f"caaspp.{school}.{SCHOOL_SETTING.name}"])

    def shown(self, school: str) -> bool:
        """Whether families of this school see score reports: the district's check box and the school's are ticked."""
        with self._lock:
            return self.ticked(school) and bool(self._values["caaspp.ShowScoreReports"])

    def version(self, form: str) -> str:
        """The stamp that a form carries: a tab's key or a school's name."""
        return str(self._versions[form])

    def snapshot(self) -> dict[str, tuple[str, ...]]:
        """Every setting that isn't one of the pairs."""
        return dict(self._values)

    def save(self, tab: Tab, posted: Posted, school: str = "", *, dry: bool = False) -> None:
        """Store a tab's form, the district's pair with the CAASPP tab, or a school's form on it; `dry` only checks."""
        form, place, before = tab.key, DISTRICT_PLACE, tab.key
        settings, prefix = tab.settings, "District"
        if school:
            form, place, before = school, school, f"{tab.key}.{school}"
            settings, prefix = (SCHOOL_SETTING,), ""
        with self._lock:
            if tuple(posted.get("RowVersion", ())) != (self.version(form),):
                raise Refused("These settings were changed by someone else in the meantime. Nothing was saved.")
            pair = self._read(place, posted, prefix) if tab is CAASPP else None
            if dry:
                return
            if tab is CAASPP:
                self._places[place] = pair
            for one in settings:
                values = tuple(posted.get(one.name, ()))
                if one.kind != "password" or any(values):
                    self._values[f"{before}.{one.name}"] = values
            self._versions[form] += 1

    def _read(self, place: str, posted: Posted, prefix: str) -> Pair | None:
        username = "".join(posted.get(f"{prefix}CalpadsApiUsername", ()))
        secret = "".join(posted.get(f"{prefix}CalpadsApiPassword", ()))
        stored = self._places[place]
        if not username and not secret:
            return None
        if not username:
            raise Refused("Enter a CALPADS API Username to go with the password. Nothing was saved.")
        if not secret and (stored is None or stored.username != username):
            raise Refused("Enter the CALPADS API Password that belongs to this user name. Nothing was saved.")
        return Pair(username, secret) if secret else stored
