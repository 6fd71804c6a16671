"""What a person does at each pretend portal while recording: log in, go to the settings, save the markers."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import httpx

from portal.mechanics import ACCOUNT, Django, DoubleSubmit, Mechanic, WebForms, found_in
from portal.recorder import Recorder
from ssrcred.portal.trace import Markers

MARK = Markers()


def django(person: Recorder) -> None:
    page = person.ask("GET", "/admin/")
    page = person.submit(page, {"username": ACCOUNT[0], "password": ACCOUNT[1]})
    page = person.ask("GET", "/admin/sis/1/change/")
    person.submit(page, {"api_username": MARK.username, "api_key": MARK.key}, button="_save", form=1)


def web_forms(person: Recorder) -> None:
    page = person.ask("GET", "/")
    typed = {"ctl00$Main$User": ACCOUNT[0], "ctl00$Main$Password": ACCOUNT[1]}
    page = person.submit(page, typed, button="ctl00$Main$Go")
    page = person.submit(page, {"__EVENTTARGET": "ctl00$Tabs$Caaspp"})
    typed = {"ctl00$Main$ApiUser": MARK.username, "ctl00$Main$ApiPassword": MARK.key}
    person.submit(page, typed, button="ctl00$Main$Save")
    page = person.ask("GET", "/Options.aspx")
    person.submit(page, {"__EVENTTARGET": "ctl00$Tabs$Caaspp"})


def double_submit(person: Recorder) -> None:
    def post(address: str, fields: dict[str, str]) -> None:
        token = httpx.QueryParams(f"t={person.client.cookies['XSRF-TOKEN']}")["t"]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-XSRF-TOKEN": token, "Accept": "*/*"}
        person.ask("POST", address, content=urlencode(fields), headers=headers)

    person.ask("GET", "/")
    post("/session", {"email": ACCOUNT[0], "password": ACCOUNT[1]})
    page = person.ask("GET", "/settings/sis")
    nonce = found_in(page.text, r'"nonce": "([^"]+)"')
    held = dict(re.findall(r'<input name="(\w+)" value="([^"]*)">', page.text.replace("&amp;", "&")))
    post("/api/sis", {**held, "nonce": nonce, "user": MARK.username, "secret": MARK.key, "kind": "caaspp"})
    person.ask("GET", "/settings/sis")


PLAYS: dict[type[Mechanic], Callable[[Recorder], None]] = {
    Django: django,
    WebForms: web_forms,
    DoubleSubmit: double_submit,
}
