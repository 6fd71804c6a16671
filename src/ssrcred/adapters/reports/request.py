"""Writes the requests to the state's service as an API profile says, and sends them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from ssrcred.adapters.reports.profile import SSID_GOES_HERE, Profile
from ssrcred.adapters.reports.tree import nested
from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.site import Site
from ssrcred.domain.credential import Credential, SecretKey

ASK_FOR_JSON: Final = {"Accept": "application/json, text/plain;q=0.5, */*;q=0.1"}
ASK_FOR_REPORT: Final = {"Accept": "application/pdf, text/html;q=0.9, */*;q=0.1"}
_TYPES: Final = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Outgoing:
    """One request: its path under the service's address, and what goes with it (confidential)."""

    method: str
    path: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Shown:
    """What a request to the service shows beside its own content: headers, and one parameter of the address."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def on(self, address: str) -> str:
        """The address with the parameter."""
        if not self.query:
            return address
        before, mark, after = address.partition("#")
        return f"{before}{'&' if '?' in before else '?'}{urlencode(self.query)}{mark}{after}"


def sent(site: Site, base: str, outgoing: Outgoing) -> Answer:
    """What is answered to a request at the address `base`."""
    url = base + outgoing.path
    if outgoing.method == "GET":
        return site.get(url, outgoing.headers)
    return site.send(outgoing.method, url, content=outgoing.content, headers=outgoing.headers)


def unsendable(profile: Profile, credential: Credential) -> str:
    """Why these credentials cannot be sent as the profile says, in plain words; "" if they can."""
    if profile.token.send == "basic" and ":" in credential.username:
        return "a user name with a colon cannot be sent in the way the API profile says"
    texts = (credential.username, credential.secret.reveal())
    if profile.token.send == "headers" and not all(text.isascii() and text.isprintable() for text in texts):
        return "credentials with characters other than ASCII cannot be sent in the way the API profile says"
    return ""


def token_request(profile: Profile, credential: Credential | None) -> Outgoing:
    """The request for a token; without a credential, what somebody without one would send."""
    request = profile.token
    shown = credential_headers(profile, credential)
    headers = {**ASK_FOR_JSON, **profile.headers, **shown}  # the later ones win
    fields = {**request.extra, **_credential_fields(profile, credential)}
    if request.method == "GET":
        return Outgoing("GET", request.path, headers)
    kind = "json" if request.send == "json" else "form"
    return Outgoing("POST", request.path, *_with_body(headers, kind, fields, always=request.send in _TYPES))


def report_request(profile: Profile, ssid: SecretKey, shown: Shown, credential: Credential | None = None) -> Outgoing:
    """The request for one student's reports; `credential` only where it goes into the body."""
    request = profile.report
    number = ssid.reveal()
    path = shown.on(request.path.replace(SSID_GOES_HERE, quote(number, safe="")))
    headers = {**ASK_FOR_JSON, **profile.headers, **shown.headers}
    if request.method == "GET":
        return Outgoing("GET", path, headers)
    fields = {**request.extra, **_credential_fields(profile, credential)}
    if request.body:
        fields[request.body] = number
    return Outgoing("POST", path, *_with_body(headers, request.send, fields, always=False))


def shows_token(profile: Profile, token: str) -> Shown:
    """How a token is shown."""
    request = profile.report
    if request.query:
        return Shown(query={request.query: token})
    return Shown({request.header: request.prefix + token} if request.header else {})


def _with_body(
    headers: dict[str, str], kind: str, fields: Mapping[str, str], *, always: bool
) -> tuple[dict[str, str], bytes]:
    if not fields and not always:
        return headers, b""
    content = json.dumps(nested(fields)) if kind == "json" else urlencode(fields)
    return {**headers, "Content-Type": _TYPES[kind]}, content.encode()


def credential_headers(profile: Profile, credential: Credential | None) -> dict[str, str]:
    """The headers that carry the credential, where no body does."""
    if credential is None:
        return {}
    request = profile.token
    if request.send == "basic":
        joined = f"{credential.username}:{credential.secret.reveal()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(joined).decode('ascii')}"}
    if request.send == "headers":
        return {request.username: credential.username, request.secret: credential.secret.reveal()}
    return {}


def _credential_fields(profile: Profile, credential: Credential | None) -> dict[str, str]:
    request = profile.token
    if credential is None or request.send not in _TYPES:
        return {}
    return {request.username: credential.username, request.secret: credential.secret.reveal()}
