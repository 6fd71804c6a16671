"""A cookie that no request can carry, or that is for other hosts, is left behind; the next request goes without it."""

from __future__ import annotations

import httpx
import pytest

from ssrcred.adapters.web.site import Site

ELSEWHERE = [
    "name=value; Domain=another.example.com",
    "name=value; Domain=.org",
    "name=value; Domain=other.example.org",
]


@pytest.mark.parametrize(
    "bad", ["name=\u00e9", "n\u00e4me=value", "\x80", "name=a\x01b", "name=value; Path=/\u00fc", *ELSEWHERE]
)
def test_a_cookie_that_cannot_be_sent_is_left_behind_and_others_are_kept(bad: str) -> None:
    sent = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("Cookie"))
        return httpx.Response(200, headers=[(b"Set-Cookie", bad.encode()), (b"Set-Cookie", b"session=made-up; Path=/")])

    with Site("https://ssr.example.org", transport=httpx.MockTransport(handler)) as site:
        assert site.get("/").status == site.send("POST", "/").status == 200
    assert sent == [None, "session=made-up"]
