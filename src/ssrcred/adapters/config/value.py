"""What one value of config.toml must be like: web and mail addresses, days, codes; each returns it or raises Unfit."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ssrcred.adapters.config.folder import whole_path
from ssrcred.adapters.toml_file import KEEP_ELSEWHERE, Unfit, line, matching
from ssrcred.domain.loopback import is_loopback
from ssrcred.domain.rotation_day import Span

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
# Where the filters of schools' mail lead every link: those of Microsoft, Proofpoint, Mimecast, Barracuda, Cisco,
# Symantec, Sophos, Trustwave, Trend Micro, and the links in Google's mail and documents.
REWRITTEN: Final = (
    *("safelinks.protection.outlook.com", "urldefense.com", "urldefense.us", "urldefense.proofpoint.com"),
    *("protect.mimecast.com", "protect-us.mimecast.com", "mimecastprotect.com", "linkprotect.cudasvc.com"),
    *("secure-web.cisco.com", "clicktime.symantec.com", "clicktime.cloud.postoffice.net", "google.com/url?"),
    *("protection.sophos.com", "scanmail.trustwave.com", "url.emailprotection.link", "ddec1-0-en-ctp.trendmicro.com"),
)
ITSELF: Final = "open it in a browser, and copy the site's own address from there"
# No channel's name: the mail server's own password is stored as notify:smtp.
RESERVED: Final = "smtp"
# A day of every year is one of this year, so that 29 February is one.
LEAP_YEAR: Final = "2028"
SHORT_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def web_address(value: str) -> str:
    """An https address (or http on this machine) without a slash at its end; raises Unfit with all that is wrong.

    Of one that is refused nothing is repeated: it may have a password in it.
    """
    return _address(line(value), own=False)


def site(value: str) -> str:
    """The address of a portal, which is the LEA's own and has no www. in front, where TLS fails (domain.md)."""
    return _address(line(value), own=True)


def ping_address(value: str) -> str:
    """The address of a monitor that is called after a good run: like `web_address`, but as it stands, ? and all."""
    address = line(value)
    if address != address.partition("#")[0]:
        raise Unfit("must end before the #")
    _address(address.partition("?")[0], own=False)
    return address


def _address(address: str, *, own: bool) -> str:
    if re.search(r"[\s\\]", address):
        raise Unfit("has a space or a backslash in it")
    lowered = address.lower()
    if lowered.startswith("hxxp") or "[.]" in address or "[:]" in address:
        raise Unfit(f"was disabled by a mail filter (hxxp, or brackets in it); {ITSELF}")
    # A filter sends links through its own site first, and a password is for the LEA's site alone.
    if any(mark in lowered for mark in REWRITTEN):
        raise Unfit(f"is a link that a mail filter has rewritten; {ITSELF}")
    if "://" not in address:
        raise Unfit("must begin with https://")
    try:
        parts = urlsplit(address)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise Unfit("is not a web address") from None
    host = parts.hostname or ""
    if not _HOST.fullmatch(host):
        raise Unfit("has no site name made of the letters a to z, digits, hyphens and dots")
    faults = []
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        faults.append("must begin with https:// (http:// is allowed for this computer only, 127.0.0.1)")
    if "@" in parts.netloc:
        faults.append("must not have a user name or a password in it")
    bare = host.removeprefix("www.")
    if own and bare == "schoolwise.com":
        faults.append("must be the LEA's own site, https://NAME.schoolwise.com, and not the vendor's")
    elif own and bare != host:
        faults.append("must not have www. in front, where no secure connection can be made")
    if parts.query or parts.fragment:
        faults.append("must end before the ? or the #")
    if faults:
        better = f"; write https://{bare}{port}" if own and bare != "schoolwise.com" else ""
        raise Unfit(" and ".join(faults) + better)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path.rstrip('/')}"


# One mail address, without a name or brackets around it.
mail_address: Final = matching(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?",
    "is not a mail address like caaspp@lincoln.k12.ca.us",
)
# The name or the number of a mail server, nothing in front of it or behind it.
mail_host: Final = matching(
    r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+",
    "must be the server's name alone, like mail.lincoln.k12.ca.us",
)


def channel_name(name: str) -> str:
    """The name of a chat, whose address is the secret notify:NAME; raises Unfit. An address is not repeated."""
    if not SHORT_NAME.fullmatch(name):
        raise Unfit(
            "must be a name of 1 to 32 lower-case letters, digits and hyphens; the address itself is a secret: "
            "ssrcred secret set notify:NAME"
        )
    if name == RESERVED:
        raise Unfit(f"may not be {RESERVED}, which belongs to the mail server")
    return name


def span(words: object) -> Span:
    """A time of the year; raises Unfit."""
    first, _, last = words.partition("/") if isinstance(words, str) else ("", "", "")
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


def falling(days: tuple[int, ...]) -> tuple[int, ...]:
    """Days before the credentials expire, most first."""
    return tuple(sorted(days, reverse=True))


def lea_key(key: str) -> str:
    """The short name of an LEA; raises Unfit."""
    if not SHORT_NAME.fullmatch(key):
        raise Unfit("must be a short name of 1 to 32 lower-case letters, digits and hyphens, no hyphen first")
    return key


def school_name(name: str) -> str:
    """The name of a school as the portal has it; raises Unfit."""
    try:
        line(name)
    except Unfit as reason:
        raise Unfit(f"has a school name that {reason}") from None
    # Names of schools are free, so only what can be nothing else is taken for a secret.
    if name.casefold() in {"password", "secret", "token", "key", "ssid"}:
        raise Unfit(KEEP_ELSEWHERE)
    return name


def cds_code(code: str) -> str:
    """An LEA's code of 14 digits; raises Unfit with the slip that was probably made."""
    if re.fullmatch(r"[0-9]{14}", code):
        return code
    if code.startswith(("'", "\u2019", "\u2018", "`", "\u00b4")):
        raise Unfit("begins with an apostrophe, which a spreadsheet puts before text; write the 14 digits alone")
    bare = re.sub(r"[ \u2010-\u2015-]", "", code)
    if re.fullmatch(r"[0-9]{14}", bare):
        raise Unfit(f"has spaces or dashes in it; write it without: {bare}")
    if re.fullmatch(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+", code):
        raise Unfit("is a number shortened by a spreadsheet; write all 14 digits")
    count, lost = len(re.findall(r"[0-9]", code)), re.fullmatch(r"[0-9]{13}", code)
    zero = f"; a spreadsheet leaves a 0 in front out: if one did, write 0{code}" if lost else ""
    raise Unfit(f"must be 14 digits (2 county, 5 district, 7 school) and has {count}{zero}")


def time_zone(name: str) -> str:
    """A time zone that this machine knows; raises Unfit."""
    try:
        ZoneInfo(name)
    # A missing zone is a KeyError, a name like ../x a ValueError, the name of a whole region an OSError.
    except (KeyError, ValueError, OSError):
        raise Unfit('is not a time zone that this computer knows; for California write "America/Los_Angeles"') from None
    return name


def name_or_path(name: str, folder: Path) -> str:
    """A name, or a path, which starts from `folder`."""
    # From the file's own folder and not from the working directory, which under cron is another.
    return str(whole_path(name, folder)) if re.search(r"[/\\]|\.toml$", name) else name
