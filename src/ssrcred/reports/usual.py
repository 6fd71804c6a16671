"""The shapes that a search tries: those that a service tells of itself, then the usual ones (data/ssr-shapes.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ssrcred.reports.description import Described
from ssrcred.reports.profile import TokenRequest

Tables = dict[str, Any]


@dataclass(frozen=True)
class Shapes:
    """Ways to a token and to reports, ways to show a token, and whole profiles that do without one; best first."""

    tokens: tuple[Tables, ...]
    reports: tuple[Tables, ...]
    shows: tuple[Tables, ...]
    pairs: tuple[Tables, ...]

    @classmethod
    def usual(cls, told: Described) -> Shapes:
        """What the service tells of itself, then the usual shapes."""
        data = tomllib.loads(resources.files("ssrcred").joinpath("data", "ssr-shapes.toml").read_text(encoding="utf-8"))
        reports = _once([*told.reports, *data["report"]])
        pairs = [
            {"says": f"{shape['says']}, {pair['says']}", "token": keys(pair), "report": keys(shape)}
            for pair in data["pair"]
            for shape in reports
            if shape.get("method", "GET") == "GET"
        ]
        return cls(
            tuple(_once([*told.tokens, *data["token"]])),
            tuple(reports),
            tuple(_once([*told.shows, *data["show"]])),
            tuple(_once([*told.pairs, *pairs])),
        )

    def ways_to_a_token(self, learned: Callable[[Tables], Iterator[Tables]]) -> Iterator[Tables]:
        """Each way once; before the first one at an address, what can be `learned` there."""
        tried: list[TokenRequest] = []
        asked: set[str] = set()
        for shape in self.tokens:
            new = shape["path"] not in asked and shape.get("method", "POST") == "POST"
            asked |= {shape["path"]} if new else set()
            for one in (*(learned(shape) if new else ()), shape):
                request = TokenRequest(**keys(one))
                if request not in tried:
                    tried.append(request)
                    yield one


def keys(shape: Mapping[str, Any]) -> Tables:
    """The keys of an API profile in a shape."""
    return {key: value for key, value in shape.items() if key != "says"}


def _once(shapes: list[Tables]) -> list[Tables]:
    """Each shape once, whatever its words."""
    return [shape for number, shape in enumerate(shapes) if keys(shape) not in map(keys, shapes[:number])]
