"""The doctor's checks of the way to a site: its name, the proxy, the certificate, and whether it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment

from ssrcred.app.doctor import diagnosis
from ssrcred.app.doctor.parallel_checks import Check
from ssrcred.domain import finding
from ssrcred.domain.errors import PageNotUnderstood, Unreachable
from ssrcred.domain.finding import Finding

if TYPE_CHECKING:
    from ssrcred.adapters.web.connection import Proxy

LOOPBACK: Final = frozenset({"localhost", "::1"})
SECONDS: Final = 8.0


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

    @property
    def secure(self) -> bool:
        """Whether it is spoken to over TLS: everything is but what is on this computer."""
        return urlsplit(self.url).scheme == "https"

    @property
    def remote(self) -> bool:
        """Whether it is on another computer; on this one, as the practice district is, no proxy is used."""
        return self.name not in LOOPBACK and not self.name.startswith("127.")

    def proxy(self, settings: Callable[[], Mapping[str, str]] = getproxies) -> Proxy | None:
        """The proxy in the way, as every command would use it, or by some `settings` alone. Raises ConfigInvalid."""
        from ssrcred.adapters.web import connection

        return connection.proxy(self.name, self.port, settings=settings)


class SiteChecks:
    """The way to one site; `now` is this computer's clock. `ahead` is how far it is ahead of the site's, once known."""

    def __init__(self, site: Site, now: Callable[[], datetime]) -> None:
        self.site = site
        self.ahead: timedelta | None = None
        self._now = now

    def checks(self) -> list[Check]:
        """The checks, none of which needs another."""
        role = self.site.role
        return [Check(f"{role}_dns", self._dns), Check(f"{role}_tls", self._tls), Check(role, self._answer)]

    def _dns(self) -> list[Finding]:
        from ssrcred.adapters.machine import certificate

        found = certificate.addresses(self.site.name)
        proxied = self.site.remote and self.site.proxy() is not None
        return [diagnosis.name(f"{self.site.role}_dns", self.site.name, found, proxied=proxied)]

    def _tls(self) -> list[Finding]:
        from ssrcred.adapters.machine import certificate
        from ssrcred.adapters.web import connection

        check, site = f"{self.site.role}_tls", self.site
        if not site.secure:
            return [finding.not_tried(check, f"{site.name} is this computer, and needs no certificate.")]
        proxy = site.proxy() if site.remote else None
        if proxy is not None and proxy.scheme != "http":
            return [finding.not_tried(check, f"The certificate is not looked at through a proxy like {proxy.address}.")]
        through, login = ((proxy.host, proxy.port), proxy.login) if proxy else (None, None)
        way = certificate.Way(site.name, site.port, through, login, SECONDS)
        try:
            seen = certificate.shown(way, connection.trusted())
        except Unreachable as error:
            return [finding.not_tried(check, error.message)]  # the site's own line is the problem
        return [diagnosis.certificate(check, site.name, seen.issuer, public=seen.public, trusted=seen.trusted)]

    def _answer(self) -> list[Finding]:
        """Whether the site's first page comes, with whatever status. Nobody is logged in."""
        from ssrcred.adapters.web.bound import Limits
        from ssrcred.adapters.web.site import Site as WebSite

        limits, status = Limits(connect_seconds=5, read_seconds=SECONDS, total_seconds=10, visit_seconds=15), None
        # A page that is not understood is an answer, too, which is all that was asked.
        with WebSite(self.site.url, limits=limits) as site, suppress(PageNotUnderstood):
            answer = site.get(self.site.url)
            status, self.ahead = answer.status, self._compared(answer.header("date"))
        return [diagnosis.answered(self.site.role, self.site.name, status)]

    def _compared(self, date: str | None) -> timedelta | None:
        try:
            there = parsedate_to_datetime(date or "")
        except ValueError:
            return None
        return self._now() - (there if there.tzinfo else there.replace(tzinfo=UTC))


def proxies(sites: list[Site]) -> list[Finding]:
    """The proxies that stand in the way to `sites`, one finding for each, or one that there is none.

    Raises ConfigInvalid for a setting that is not understood.
    """
    by_proxy: dict[tuple[str, str, bool], set[str]] = {}
    for site in sites:
        if not site.remote or (proxy := site.proxy()) is None:
            continue
        source = "the environment" if site.proxy(getproxies_environment) == proxy else "the system's settings"
        by_proxy.setdefault((proxy.address, source, proxy.login is not None), set()).add(site.name)
    proxies = by_proxy.items()
    found = [diagnosis.proxy(sorted(names), shown, source, login=login) for (shown, source, login), names in proxies]
    return found or [diagnosis.proxy([], "", "", login=False)]
