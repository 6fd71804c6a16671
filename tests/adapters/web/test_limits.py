"""The bounds that config.toml may set are the bounds that the web door keeps."""

from __future__ import annotations

from dataclasses import asdict

from ssrcred.adapters.config.schema import LIMITS
from ssrcred.adapters.web.bound import Limits


def test_every_bound_can_be_set_and_the_usual_one_is_within_what_may_be_set() -> None:
    usual = asdict(Limits())
    assert LIMITS.keys() == usual.keys()
    for name, (lowest, highest) in LIMITS.items():
        assert lowest <= usual[name] <= highest
