"""What config.toml says of reminders: the days, who hears, by which mail server, and which weeks are busy."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from ssrcred.config.address import is_this_machine, ping_address
from ssrcred.config.lea import Everyone, Remind, Smtp
from ssrcred.config.section import Section, Unfit, kind, meant, text, texts, whole
from ssrcred.season import Span

PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
"""The ways to speak to a mail server, each with its usual port (RFC 8314 for the first two)."""
RESERVED: Final = "smtp"
"""No channel's name: the mail server's own password is kept as notify:smtp."""

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
LEAP_YEAR: Final = "2028"
"""A day of every year is one of this year, so that 29 February is one."""


def remind(section: Section, lifetime_days: int) -> Remind:
    """The section [lea.KEY.remind] of an LEA whose pairs live `lifetime_days`."""
    found = Remind(
        days=section.take("days", _days(lifetime_days), Remind.days),
        terminal_days=section.take("terminal_days", whole(0, lifetime_days), Remind.terminal_days),
        mail=section.take("mail", _each(mail_address), ()),
        channels=section.take("channels", _each(channel_name), ()),
        testing=section.take("testing", _spans, ()),
        release=section.take("release", _spans, ()),
    )
    section.finish()
    return found


def everyone(section: Section) -> Everyone:
    """The section [remind], beside and not in an LEA's own."""
    found = Everyone(
        mail=section.take("mail", _each(mail_address), ()),
        channels=section.take("channels", _each(channel_name), ()),
        heartbeat=section.take("heartbeat", ping_address, None),
    )
    section.finish()
    return found


def smtp(section: Section) -> Smtp:
    """The section [smtp]."""
    security = section.take("security", _security, Smtp.security)
    server = Smtp(
        host=section.take("host", mail_host, "", needed=section.sound),
        port=section.take("port", whole(1, 65535), PORTS[security]),
        sender=section.take("from", mail_address, "", needed=section.sound),
        security=security,
        username=section.take("username", text, None),
    )
    if security == "none" and server.username and server.host and not is_this_machine(server.host):
        section.wrong("security", "must be starttls or tls where there is a username: its password would be readable")
    section.finish()
    return server


def mail_address(value: object) -> str:
    """One mail address, without a name or brackets around it; raises Unfit."""
    address = text(value)
    if not _MAIL.fullmatch(address):
        raise Unfit("is no mail address like caaspp@lincoln.k12.ca.us")
    return address


def mail_host(value: object) -> str:
    """The name or the number of a mail server, nothing in front of it or behind it; raises Unfit."""
    host = text(value)
    if not _HOST.fullmatch(host):
        raise Unfit("must be the server's name alone, like mail.lincoln.k12.ca.us")
    return host


def channel_name(value: object) -> str:
    """The name of a chat, whose address is kept as the secret notify:NAME; raises Unfit. An address is not repeated."""
    name = text(value)
    if not _CHANNEL.fullmatch(name):
        raise Unfit(
            "must be a name of 1 to 32 lower-case letters, digits and hyphens; the address itself is a secret: "
            "ssrcred secret set notify:NAME"
        )
    if name == RESERVED:
        raise Unfit(f"may not be {RESERVED}, which is the mail server's")
    return name


def _each(fit: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    return lambda value: tuple(fit(one) for one in texts(value))


def _security(value: object) -> str:
    name = text(value)
    if name not in PORTS:
        raise Unfit(f"is not known; {meant(name, PORTS)}")
    return name


def _spans(value: object) -> tuple[Span, ...]:
    return tuple(_span(one) for one in texts(value))


def _span(words: str) -> Span:
    first, _, last = words.partition("/")
    try:
        days = [date.fromisoformat(one if len(one) == 10 else f"{LEAP_YEAR}-{one}") for one in (first, last)]
    except ValueError:
        days = []
    # Python reads 20270412 and week dates as well, which would not compare.
    if not days or len(first) != len(last) or not re.fullmatch(r"(\d{4}-)?\d\d-\d\d", first):
        raise Unfit('must be like "2027-04-12/2027-05-21", or like "04-12/05-21" for every year')
    if len(first) == 10 and first > last:
        raise Unfit("ends before it begins")
    return Span(first, last)


def _days(lifetime_days: int) -> Callable[[object], tuple[int, ...]]:
    def fit(value: object) -> tuple[int, ...]:
        if not isinstance(value, (list, tuple)):
            raise Unfit(f"must be a list in square brackets, not {kind(value)}")
        # More days than a pair lives would remind on every day of its life.
        days = sorted((whole(1, lifetime_days)(one) for one in value), reverse=True)
        if len(set(days)) < len(days):
            raise Unfit("names a day twice")
        return tuple(days)

    return fit
