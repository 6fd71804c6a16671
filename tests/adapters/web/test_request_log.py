"""What a log of requests shows of an address: never a part that may be a value."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.adapters.web.request_log import shape


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://lincoln.schoolwise.com", "lincoln.schoolwise.com /"),
        ("https://caaspp-aws.ets.org/api/v1/token", "caaspp-aws.ets.org /api/v1/token"),
        ("https://e.org/scorereports/9000000001", "e.org /scorereports/{10 digits}"),
        (
            "https://e.org:8443/students/garcia/x.pdf?signature=abc#top",
            "e.org:8443 /students/{6 letters}/{5 characters}",
        ),
        ("https://dana:key@e.org/", "e.org /"),
        ("https://e.org:99999/", "(no address)"),
        ("https://[e.org/", "(no address)"),
    ],
)
def test_an_address_is_told_by_its_shape(url: str, told: str) -> None:
    assert shape(url) == told


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_.~%+", min_size=9))
def test_nothing_that_somebody_could_have_chosen_is_told(value: str) -> None:
    told = shape(f"https://e.org/students/{value}?key={value}#{value}")
    assert told.startswith("e.org /students/{") or value.lower() in ("credentials", "scorereports")
