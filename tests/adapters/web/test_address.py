"""An address that no name can be read from is none, and not an error that nobody foresaw."""

from __future__ import annotations

import httpx
import pytest

from ssrcred.adapters.web.address import host_of
from ssrcred.adapters.web.site import Site
from ssrcred.domain.errors import SsrcredError


@pytest.mark.parametrize("name", ["xn--", "xn--99999", "xn--A:0", "xn--" + "9" * 60_000, "a." * 200 + "org"])
def test_a_name_that_cannot_be_read_is_no_site(name: str) -> None:
    link = f"https://{name}/report.pdf"
    assert host_of(link) == ""

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "ssr.example.org"
        return httpx.Response(302, headers={"Location": link})

    with Site("https://ssr.example.org", transport=httpx.MockTransport(handler)) as site:
        assert not site.covers(link) and not site.reads(link)
        with pytest.raises(SsrcredError):
            site.get(link)
        with pytest.raises(SsrcredError):
            site.get("/")
        with pytest.raises(SsrcredError):
            site.send("POST", "/")
