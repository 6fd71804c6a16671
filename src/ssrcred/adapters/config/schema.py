"""What config.toml may say: each key with its type, its checks and its default (see toml_file)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from ssrcred.adapters.config.value import (
    cds_code,
    channel_name,
    falling,
    mail_address,
    mail_host,
    ping_address,
    school_name,
    site,
    span,
    time_zone,
    web_address,
)
from ssrcred.adapters.toml_file import Line, Lines, different, one_of, whole
from ssrcred.domain.cds_code import county
from ssrcred.domain.days_left import LIFETIME_DAYS, TERMINAL_DAYS
from ssrcred.domain.errors import SCHOOLWISE, ConfigInvalid
from ssrcred.domain.loopback import is_loopback
from ssrcred.domain.rotation_day import Span
from ssrcred.domain.sis import DRIVERS

# The ways to speak to a mail server, each with its usual port (RFC 8314 for the first two).
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
# The bounds of a portal that may be set, each with the lowest and the highest value (see web.Limits).
LIMITS: Final = {
    "connect_seconds": (1, 300),
    "read_seconds": (1, 600),
    "total_seconds": (1, 3600),
    "visit_seconds": (10, 86_400),
    "max_bytes": (65_536, 1 << 30),
    "max_hops": (0, 50),
}

MailAddresses = Annotated[tuple[Annotated[str, mail_address], ...], different]
Channels = Annotated[tuple[Annotated[str, channel_name], ...], different]
Spans = Annotated[tuple[Annotated[Span, span], ...], different]


@dataclass(frozen=True)
class Toms:
    """The direct check."""

    enabled: bool = True  # whether the LEA wants it
    api: Annotated[str, web_address] = "https://caaspp-aws.ets.org/api/v1"
    profile: Line = "ets-ssr"  # a name in data/, or an absolute path
    site: Line | None = None  # where TOMS is opened, if not at the usual address


@dataclass(frozen=True)
class Schoolwise:
    """The portal: its address, the office account, how it is worked, and the accounts that test the credentials."""

    url: Annotated[str, site]  # without a slash at the end
    username: Line
    sis: Line = SCHOOLWISE  # which system it is, by its name in the directory of systems
    driver: Annotated[str, one_of(*DRIVERS)] = "http"
    browser: Line | None = None  # a channel such as "chrome", or an absolute path
    map: Line = "schoolwise"  # a name in data/, or an absolute path
    parent: Line | None = None  # tests the district's credentials
    parents: Mapping[Annotated[str, school_name], Line] = field(default_factory=dict)  # test a school's own
    schools: Lines = ()  # have credentials of their own
    limits: Mapping[Annotated[str, one_of(*LIMITS)], int] = field(default_factory=dict)  # what differs from web.Limits

    def contradictions(self) -> Iterator[str]:
        """Limits that are out of bounds."""
        for name, value in self.limits.items():
            low, high = LIMITS[name]
            if not low <= value <= high:
                yield f"limits.{name}: must be from {low} to {high}"


@dataclass(frozen=True)
class Remind:
    """When to remind, whom, and which weeks are no good for a rotation."""

    days: Annotated[tuple[int, ...], different, falling] = (60, 30, 14, 7, 3, 1)  # days left
    mail: MailAddresses = ()
    channels: Channels = ()  # names of chats, whose addresses are secrets
    testing: Spans = ()
    release: Spans = ()
    terminal_days: int = TERMINAL_DAYS  # from then on, commands at a terminal begin with a line about it


@dataclass(frozen=True)
class Coordinators:
    """The people who can end each other's credentials in TOMS: both are told when a rotation begins and ends."""

    caaspp: Annotated[str, mail_address] | None = None
    elpac: Annotated[str, mail_address] | None = None


@dataclass(frozen=True)
class Lea:
    """One LEA."""

    key: str = field(metadata={"key": None})  # of its section, [lea.KEY]
    name: Line
    cds: Annotated[str, cds_code]  # 14 digits
    lifetime_days: Annotated[int, whole(1, 3660)] = LIFETIME_DAYS
    timezone: Annotated[str, time_zone] = "America/Los_Angeles"  # IANA
    toms: Toms = field(default_factory=Toms)
    schoolwise: Schoolwise | None = None
    remind: Remind = field(default_factory=Remind)
    vendors: Lines = ()  # other systems that use the credentials, by free names
    coordinators: Coordinators = field(default_factory=Coordinators)
    group: Line | None = None  # of the county's own making, to work with some LEAs at a time

    def contradictions(self) -> Iterator[str]:
        """Days before the end of the credentials' life that are no days of it."""
        life, remind = self.lifetime_days, self.remind
        # More days than credentials live would remind on every day of their life. The usual days need no fit:
        # credentials of 30 days never have 60 left.
        if remind.days != Remind.days and not all(1 <= day <= life for day in remind.days):
            yield f"remind.days: must be from 1 to {life}"
        if remind.terminal_days != Remind.terminal_days and not 0 <= remind.terminal_days <= life:
            yield f"remind.terminal_days: must be from 0 to {life}"

    @property
    def groups(self) -> tuple[str, ...]:
        """The names by which it is one of several: its group, if it has one, and its county."""
        return tuple(filter(None, (self.group, county(self.cds))))

    @property
    def other_sis(self) -> str:
        """The name of its system, "" for SchoolWise; also where SchoolWise is another system beside it."""
        sis = self.schoolwise.sis if self.schoolwise is not None else SCHOOLWISE
        return "" if SCHOOLWISE in (sis, *self.vendors) else sis

    @property
    def needs_route(self) -> bool:
        """Whether a person has to confirm which fields of SchoolWise hold the credentials: not by hand."""
        return self.schoolwise is not None and self.schoolwise.driver != "hand"


@dataclass(frozen=True)
class Smtp:
    """The mail server."""

    host: Annotated[str, mail_host]
    sender: Annotated[str, mail_address] = field(metadata={"key": "from"})
    port: Annotated[int, whole(1, 65535)] = 0  # the usual one of `security`
    security: Annotated[str, one_of(*PORTS)] = "starttls"
    username: Line | None = None  # its password is the secret notify:smtp

    def contradictions(self) -> Iterator[str]:
        """A password that anybody on the way could read."""
        if self.security == "none" and self.username and not is_loopback(self.host):
            yield "security: must be starttls or tls where there is a username: its password would be readable"


@dataclass(frozen=True)
class Everyone:
    """Who hears of every LEA beside its own recipients, and the address that is called after each good run."""

    mail: MailAddresses = ()
    channels: Channels = ()
    heartbeat: Annotated[str, ping_address] | None = None


@dataclass(frozen=True)
class Config:
    """Everything that config.toml says: LEAs by their key, in the file's order, and what is the same for all."""

    leas: Mapping[str, Lea] = field(default_factory=dict)
    backend: str = "keyring"  # or "file": see vault/agefile.py for what opens it
    per_host: int = 8  # LEAs that ask one host at the same time
    smtp: Smtp | None = None
    everyone: Everyone = field(default_factory=Everyone)
    wrong: Mapping[str, ConfigInvalid] = field(default_factory=dict)  # what is wrong with each other LEA's section
    aside: tuple[str, ...] = ()  # what is wrong with the sections for reminders, which no other work needs

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all LEAs, also of those whose section has a problem."""
        return (*self.leas, *self.wrong)
