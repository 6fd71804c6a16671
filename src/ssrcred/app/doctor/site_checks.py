"""Checks the connection to a site: its name, the proxy, the certificate, and whether it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment

from ssrcred.adapters.machine import site_certificate
from ssrcred.adapters.web import connection_settings
from ssrcred.adapters.web.bound import Limits
from ssrcred.adapters.web.site import Site as WebSite
from ssrcred.adapters.web.trouble import LATER
from ssrcred.app.doctor import explanation
from ssrcred.domain import finding
from ssrcred.domain.errors import Cause, PageNotUnderstood, Unreachable
from ssrcred.domain.finding import Finding
from ssrcred.domain.loopback import is_loopback

LIMITS: Final = Limits(connect_seconds=5, read_seconds=8, total_seconds=10, visit_seconds=15)


@dataclass(frozen=True)
class Site:
    """A site that some LEA needs: what it is (`portal` or `service`), and its address."""

    role: str
    url: str

    @property
    def name(self) -> str:
        """Its host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or 443

    def proxy(self, settings: Callable[[], Mapping[str, str]] = getproxies) -> connection_settings.Proxy | None:
        """Return the proxy that every command would use, or one by some `settings` alone. Raises ConfigInvalid."""
        # For what is on this computer, as the practice district is, no proxy is used.
        if is_loopback(self.name):
            return None
        return connection_settings.proxy(self.name, self.port, settings=settings)


class SiteChecks:
    """The checks of one site; `now` is this computer's clock, `ahead` how far it is ahead of the site's, once known."""

    def __init__(self, site: Site, now: Callable[[], datetime]) -> None:
        self.site = site
        self.ahead: timedelta | None = None
        self._now = now

    def checks(self) -> dict[str, Callable[[], list[Finding]]]:
        """The checks by their names in the document; none of them needs another."""
        role = self.site.role
        return {f"{role}_dns": self._dns, f"{role}_tls": self._tls, role: self._answer}

    def _dns(self) -> list[Finding]:
        site = self.site
        addresses = site_certificate.addresses(site.name)
        return [explanation.name(f"{site.role}_dns", site.name, addresses, proxied=site.proxy() is not None)]

    def _tls(self) -> list[Finding]:
        check, site = f"{self.site.role}_tls", self.site
        if urlsplit(site.url).scheme != "https":  # which config.toml allows on this computer only
            return [finding.not_tried(check, f"{site.name} is this computer and needs no certificate.")]
        proxy = site.proxy()
        if proxy is not None and proxy.scheme != "http":
            return [
                finding.not_tried(check, f"ssrcred cannot check the certificate through the proxy {proxy.address}.")
            ]
        through, login = ((proxy.host, proxy.port), proxy.login) if proxy else (None, None)
        try:
            seen = site_certificate.shown(
                site.name, site.port, connection_settings.trusted(), through=through, login=login
            )
        except Unreachable as error:
            return [finding.not_tried(check, error.message)]  # the site's own line is the problem
        return [explanation.certificate(check, site.name, seen.issuer, public=seen.public, trusted=seen.trusted)]

    def _answer(self) -> list[Finding]:
        """Whether the site returns its first page, with whatever status. Nobody signs in."""
        status = None
        # A page that is not understood is an answer, too, which is all that was asked.
        with WebSite(self.site.url, limits=LIMITS) as site, suppress(PageNotUnderstood):
            try:
                answer = site.get(self.site.url)
            except Unreachable as error:
                if error.cause is Cause.NOT_CONNECTED:
                    error.hint = LATER  # and not the doctor, which has just checked the way there
                raise
            status, self.ahead = answer.status, self.compared(answer.header("date"))
        return [explanation.answered(self.site.role, self.site.name, self.site.port, status)]

    def compared(self, date: str | None) -> timedelta | None:
        """How far this computer's clock is ahead of the time in a `Date` header; None where it cannot be read."""
        try:
            there = parsedate_to_datetime(date or "")
        except ValueError:
            return None
        return self._now() - (there if there.tzinfo else there.replace(tzinfo=UTC))


def proxies(sites: list[Site], script: str | None = None, *, reached: bool = True) -> list[Finding]:
    """Return a finding for each proxy on the way to `sites`, or one that there is none.

    `script` is what chooses a proxy for other programs here, `reached` whether all sites answered. Raises
    ConfigInvalid for a setting that is not understood.
    """
    by_proxy: dict[tuple[str, str, bool], set[str]] = {}
    for site in sites:
        if (proxy := site.proxy()) is not None:
            source = "the environment" if site.proxy(getproxies_environment) == proxy else "the system's settings"
            by_proxy.setdefault((proxy.address, source, proxy.login is not None), set()).add(site.name)
    findings = [
        explanation.proxy(sorted(names), shown, source, login=login)
        for (shown, source, login), names in by_proxy.items()
    ]
    if not findings and script is not None:
        return [explanation.proxy_script(script, reached=reached)]
    return findings or [finding.fine("proxy", "No proxy is used.", proxy="none")]
