"""Commands in hints name the LEA they are for, once, and only those commands that are for one LEA."""

from __future__ import annotations

import pytest

from ssrcred.domain.errors import SsrcredError
from ssrcred.output.addressee import address, addressed


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ssrcred store", "ssrcred store --lea alta"),
        (
            "Next: ssrcred upload, then: ssrcred verify.",
            "Next: ssrcred upload --lea alta, then: ssrcred verify --lea alta.",
        ),
        ("then: ssrcred verify --wait 10.", "then: ssrcred verify --lea alta --wait 10."),
        ("ssrcred schools --set 'Oak School'", "ssrcred schools --lea alta --set 'Oak School'"),
        ("ssrcred secret set test-ssid. Then", "ssrcred secret set test-ssid --lea alta. Then"),
        ("ssrcred secret set parent:dana-2", "ssrcred secret set parent:dana-2 --lea alta"),
        ("ssrcred secret set.", "ssrcred secret set --lea alta."),
        ("Whether it fits: ssrcred portal test", "Whether it fits: ssrcred portal test --lea alta"),
        (
            "ssrcred store --lea alta (or, if nobody has the pair: ssrcred rotate)",
            "ssrcred store --lea alta (or, if nobody has the pair: ssrcred rotate --lea alta)",
        ),
    ],
)
def test_a_command_for_one_lea_names_it_and_stays_as_it_is_when_said_again(said: str, told: str) -> None:
    assert addressed(said, "alta") == told
    assert addressed(told, "alta") == told


@pytest.mark.parametrize(
    "said",
    [
        "ssrcred rotate --plan --lea oak",
        "To do all of them: ssrcred verify --all. One alone: ssrcred verify --lea NAME.",
        "ssrcred secret set notify:team",
        "ssrcred secret set notify:smtp --stdin",
        "ssrcred schedule --install, ssrcred doctor, ssrcred remind and ssrcred support ask for no LEA.",
        "ssrcred stores it, and ssrcred verified it.",
    ],
)
def test_what_names_an_lea_or_all_or_is_for_none_is_left_alone(said: str) -> None:
    assert addressed(said, "alta") == said


def test_where_there_is_one_lea_nothing_is_named() -> None:
    assert addressed("ssrcred store", "") == "ssrcred store"


def test_all_three_lines_of_an_error_are_addressed() -> None:
    problem = SsrcredError("ssrcred verify failed.", state="See ssrcred status.", hint="Type: ssrcred resume")
    address(problem, "alta")
    assert problem.message == "ssrcred verify --lea alta failed."
    assert (problem.state, problem.hint) == ("See ssrcred status --lea alta.", "Type: ssrcred resume --lea alta")
