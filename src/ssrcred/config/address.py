"""Says whether a web address may be used, and what to write instead of one that may not."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ssrcred.config.section import Unfit, text

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_THIS_MACHINE = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
REWRITTEN: Final = (
    *("safelinks.protection.outlook.com", "urldefense.com", "urldefense.us", "urldefense.proofpoint.com"),
    *("protect.mimecast.com", "protect-us.mimecast.com", "mimecastprotect.com", "linkprotect.cudasvc.com"),
    *("secure-web.cisco.com", "clicktime.symantec.com", "clicktime.cloud.postoffice.net", "google.com/url?"),
    *("protection.sophos.com", "scanmail.trustwave.com", "url.emailprotection.link", "ddec1-0-en-ctp.trendmicro.com"),
)
"""Where the filters of schools' mail lead every link: those of Microsoft, Proofpoint, Mimecast, Barracuda, Cisco,
Symantec, Sophos, Trustwave, Trend Micro, and the links in Google's mail and documents."""
ITSELF: Final = "open it in a browser, and copy the site's own address from there"


def web_address(value: object) -> str:
    """An https address (or http on this machine) without a slash at its end; raises Unfit with all that is wrong.

    Of one that is refused nothing is repeated: it may have a password in it.
    """
    return _address(text(value), own=False)


def site(value: object) -> str:
    """The address of a portal, which is the LEA's own and has no www. in front, where TLS fails (domain.md)."""
    return _address(text(value), own=True)


def ping_address(value: object) -> str:
    """The address of a monitor that is called after a good run: like `web_address`, but as it stands, ? and all."""
    address = text(value)
    if address != address.partition("#")[0]:
        raise Unfit("must end before the #")
    _address(address.partition("?")[0], own=False)
    return address


def is_this_machine(host: str) -> bool:
    """Whether a host is this computer, so that what is sent to it crosses no network."""
    return _THIS_MACHINE.fullmatch(host) is not None


def _address(address: str, *, own: bool) -> str:
    if re.search(r"[\s\\]", address):
        raise Unfit("has a space or a backslash in it")
    lowered = address.lower()
    if lowered.startswith("hxxp") or "[.]" in address or "[:]" in address:
        raise Unfit(f"was made harmless by a mail filter (hxxp, or brackets in it); {ITSELF}")
    if any(mark in lowered for mark in REWRITTEN):
        raise Unfit(f"is a link that a mail filter has rewritten; {ITSELF}")
    if "://" not in address:
        raise Unfit("must begin with https://")
    try:
        parts = urlsplit(address)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise Unfit("is no web address") from None
    host = parts.hostname or ""
    if not _HOST.fullmatch(host):
        raise Unfit("has no name of a site in it that is made of the letters a to z, digits, hyphens and dots")
    faults = _faults(parts, host, own=own)
    if not faults:
        return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path.rstrip('/')}"
    bare = host.removeprefix("www.")
    better = f"; write https://{bare}{port}" if own and bare != "schoolwise.com" else ""
    raise Unfit(" and ".join(faults) + better)


def _faults(parts: SplitResult, host: str, *, own: bool) -> list[str]:
    faults = []
    if parts.scheme != "https" and not (parts.scheme == "http" and _THIS_MACHINE.fullmatch(host)):
        faults.append("must begin with https:// (http:// is taken for this machine only, 127.0.0.1)")
    if "@" in parts.netloc:
        faults.append("must not have a user name or a password in it")
    if own and host in {"schoolwise.com", "www.schoolwise.com"}:
        faults.append("must be the LEA's own site, https://NAME.schoolwise.com, and not the vendor's")
    elif own and host.startswith("www."):
        faults.append("must not have www. in front, where no secure connection can be made")
    if parts.query or parts.fragment:
        faults.append("must end before the ? or the #")
    return faults
