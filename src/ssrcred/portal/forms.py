"""A SIS portal worked through its forms, as a browser without scripts would: read, write and prove each place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ssrcred.adapters.portal.visit.session import Account, Session
from ssrcred.credential import SecretKey
from ssrcred.portal.map import PortalMap
from ssrcred.portal.setting import Setting, anew, save_request, scripted
from ssrcred.portal.visit import VisitedPortal
from ssrcred.web import Answer, Limits, Site

if TYPE_CHECKING:
    import httpx


class FormPortal(VisitedPortal):
    """One LEA's portal.

    `base_url` is its address; `username` and `password` those of an office account. `probes` maps a place to a parent's
    or student's account at a school that uses that place's pair. `clock` gives aware UTC. Nothing is sent before the
    first call of a method. Each account logs in once; see session.py.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: SecretKey,
        words: PortalMap,
        *,
        probes: Mapping[str, tuple[str, SecretKey]] | None = None,
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        def visit(account: Account) -> FormVisit:
            return FormVisit(Site(base_url, limits=limits, transport=transport), base_url, account, words, limits)

        super().__init__(visit, Account(username, password), words, probes, clock)


class FormVisit(Session):
    """A visit over HTTP: a save is the request that a browser would make of the page's form."""

    def save(self, setting: Setting, username: str, key: str) -> Answer:
        """The answer to the form of a place with the two texts in it; see `Visit.save`."""
        now = anew(setting, self._words, self.page_anew() if setting.turn is None else None)
        request = save_request(now, self._words, username, key)
        if not (now.username.control.name and now.key.control.name):
            raise self.lost(now.page, "has a field of the pair without a name, which only a script could send")
        if scripted(now, self._words):
            raise self.lost(now.page, "has a script at its save button that changes what is sent, or sends it itself")
        return self.send(now.page, request)
