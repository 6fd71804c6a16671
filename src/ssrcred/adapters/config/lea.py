"""What config.toml can say of an LEA and of the vault, once it is found to be sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ssrcred.domain.days_left import LIFETIME_DAYS, TERMINAL_DAYS
from ssrcred.domain.errors import ConfigInvalid
from ssrcred.domain.rotation_day import Span


@dataclass(frozen=True)
class Toms:
    """The direct check: whether the LEA wants it, its base address, its profile (a name in data/, or a whole path)."""

    enabled: bool = True
    api: str = "https://caaspp-aws.ets.org/api/v1"
    profile: str = "ets-ssr"
    site: str | None = None


@dataclass(frozen=True)
class Schoolwise:
    """The portal: its address without a slash at the end, the office account, and how it is found and proved.

    `browser` is a channel such as "chrome" or an absolute path, `map` a name in data/ or an absolute path. `parent` is
    the account that proves the district's pair, `parents` maps a school to one of its own; `schools` keep pairs of
    their own. `limits` are bounds of a visit that differ from the usual ones, by the names of web.Limits.
    """

    url: str
    username: str
    driver: str = "http"
    browser: str | None = None
    map: str = "schoolwise"
    parent: str | None = None
    parents: Mapping[str, str] = field(default_factory=dict)
    schools: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Remind:
    """Days left on which to remind, most first; who hears; and the weeks that are no good for a rotation.

    `channels` are names of chats whose address is a secret. From `terminal_days` left on every command at a terminal
    begins with a line about it (0: only once it is over).
    """

    days: tuple[int, ...] = (60, 30, 14, 7, 3, 1)
    mail: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    testing: tuple[Span, ...] = ()
    release: tuple[Span, ...] = ()
    terminal_days: int = TERMINAL_DAYS


@dataclass(frozen=True)
class Lea:
    """One LEA: its key in config.toml, its name and CDS code (14 digits), the life of its pairs, its IANA time zone.

    `vendors` are the systems beside SchoolWise that use the pair, by free names.
    """

    key: str
    name: str
    cds: str
    lifetime_days: int = LIFETIME_DAYS
    timezone: str = "America/Los_Angeles"
    toms: Toms = field(default_factory=Toms)
    schoolwise: Schoolwise | None = None
    remind: Remind = field(default_factory=Remind)
    vendors: tuple[str, ...] = ()

    @property
    def needs_route(self) -> bool:
        """Whether a person has to confirm which fields of SchoolWise hold the credentials: not by hand."""
        return self.schoolwise is not None and self.schoolwise.driver != "hand"


@dataclass(frozen=True)
class Smtp:
    """The mail server. `security` is `starttls`, `tls` or `none`; with a `username` its password is a secret."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    username: str | None = None


@dataclass(frozen=True)
class Everyone:
    """Who hears of every LEA beside its own recipients, and the address that is called after each good run."""

    mail: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    heartbeat: str | None = None


@dataclass(frozen=True)
class Config:
    """Everything that config.toml says: LEAs by their key, in the file's order, and what is the same for all.

    Pairs are kept in the `backend` (`keyring`, or `file`: see vault/agefile.py for what opens it). Of all LEAs so many
    ask one host at the same time (`per_host`).
    `wrong` is by key what is wrong with the sections of other LEAs, `aside` what is wrong with those for reminders,
    which no other work needs.
    """

    leas: Mapping[str, Lea] = field(default_factory=dict)
    backend: str = "keyring"
    per_host: int = 8
    smtp: Smtp | None = None
    everyone: Everyone = field(default_factory=Everyone)
    wrong: Mapping[str, ConfigInvalid] = field(default_factory=dict)
    aside: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all LEAs, also of those whose section has a problem."""
        return (*self.leas, *self.wrong)
