"""The doctor's checks of the way to a site: its name, the proxy, the certificate, and whether it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from ssrcred import diagnosis, finding
from ssrcred.cli.attempt import Check
from ssrcred.errors import ConfigInvalid, PageNotUnderstood, Unreachable
from ssrcred.finding import Finding

LOOPBACK: Final = ("127.", "localhost", "[::1]", "::1")
SECONDS: Final = 8


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
    def here(self) -> bool:
        """Whether it is on this computer, as the practice district is: then no proxy is used."""
        return self.name.startswith(LOOPBACK)


class Journey:
    """The way to one site; `now` is this computer's clock. `ahead` is how far it is ahead of the site's, once known."""

    def __init__(self, site: Site, now: Callable[[], datetime]) -> None:
        self.site = site
        self.ahead: timedelta | None = None
        self._now = now

    def checks(self) -> list[Check]:
        """The checks, none of which needs another."""
        role = self.site.role
        return [
            Check(f"{role}_dns", self._dns),
            Check(f"{role}_tls", self._tls),
            Check(role, self._answer),
        ]

    def _proxied(self) -> bool:
        from ssrcred.machine import network

        try:
            return not self.site.here and network.proxy(self.site.url) is not None
        except ValueError:
            return True

    def _dns(self) -> list[Finding]:
        from ssrcred.machine import network

        found = network.addresses(self.site.name)
        return [diagnosis.name(f"{self.site.role}_dns", self.site.name, found, proxied=self._proxied())]

    def _tls(self) -> list[Finding]:
        from ssrcred.machine import certificate, network

        check, parts = f"{self.site.role}_tls", urlsplit(self.site.url)
        if parts.scheme != "https":
            return [finding.not_tried(check, f"{self.site.name} is this computer, and needs no certificate.")]
        try:
            proxy = None if self.site.here else network.proxy(self.site.url)
        except ValueError:
            return [finding.not_tried(check, "The proxy's address is not understood.")]
        if proxy is not None and proxy.scheme != "http":
            return [finding.not_tried(check, f"The certificate is not looked at through a proxy like {proxy.shown}.")]
        seen = certificate.shown(self.site.name, parts.port or 443, proxy=proxy, seconds=SECONDS)
        trusted = seen.public or self._trusted()
        return [diagnosis.certificate(check, self.site.name, seen.issuer, public=seen.public, trusted=trusted)]

    def _trusted(self) -> bool | None:
        """Whether a request gets through as any command's would; None where something else is in its way."""
        try:
            self._get()
        except Unreachable as error:
            return False if "does not trust" in error.message else None
        return True

    def _answer(self) -> list[Finding]:
        status = self._get()
        return [diagnosis.answered(self.site.role, self.site.name, status)]

    def _get(self) -> int | None:
        """The HTTP status of the site's first page; None for an answer that is none we take. Nobody is logged in."""
        from ssrcred import web

        limits = web.Limits(connect_seconds=5, read_seconds=SECONDS, total_seconds=10, visit_seconds=15)
        with web.Site(self.site.url, limits=limits) as site:
            try:
                answer = site.get(self.site.url)
            except PageNotUnderstood:
                return None  # it answered, which is all that was asked
        self.ahead = self._compared(answer.header("date"))
        return answer.status

    def _compared(self, date: str | None) -> timedelta | None:
        try:
            there = parsedate_to_datetime(date or "")
        except ValueError:
            return None
        return self._now() - (there if there.tzinfo else there.replace(tzinfo=UTC))


def proxies(sites: list[Site]) -> list[Finding]:
    """The proxies that stand in the way to `sites`, one finding for each, or one that there is none."""
    from ssrcred.machine import network

    by_proxy: dict[tuple[str, str, bool], list[str]] = {}
    for site in sites:
        if site.here:
            continue
        try:
            proxy = network.proxy(site.url)
        except ValueError:
            words = "The address of a proxy is not understood."
            mend = "IT looks at the proxy settings (HTTPS_PROXY, or the system's)."
            return [finding.problem("proxy", ConfigInvalid, words, mend)]
        if proxy is not None:
            by_proxy.setdefault((proxy.shown, proxy.source, bool(proxy.login)), []).append(site.name)
    found = [
        diagnosis.proxy(sorted(set(names)), shown, source, login=login)
        for (shown, source, login), names in by_proxy.items()
    ]
    return found or [diagnosis.proxy([], "", "", login=False)]
