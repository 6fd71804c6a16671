"""Where a redirect leads may be anything: httpx looks at it although it is told not to follow, and may stumble."""

from __future__ import annotations

import httpx
import pytest

from ssrcred.adapters.web.site import Site
from ssrcred.adapters.web.trouble import AnswerUnfit
from ssrcred.domain.errors import SsrcredError


@pytest.mark.parametrize("place", ["A:0", "https:0", "mailto:made-up@example.org"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_none_is_an_answer_that_does_not_fit(place: str, status: int, method: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://ssr.example.org/start"
        return httpx.Response(status, headers={"Location": place})

    with (
        Site("https://ssr.example.org", transport=httpx.MockTransport(handler)) as site,
        pytest.raises(SsrcredError) as caught,
    ):
        site.get("/start") if method == "GET" else site.send("POST", "/start", content=b"made-up")
    assert caught.value.__context__ is None or isinstance(caught.value.__context__, SsrcredError)
    assert place not in f"{caught.value.message}{caught.value.state}{caught.value.hint}"
    if place == "A:0":
        assert type(caught.value) is AnswerUnfit
