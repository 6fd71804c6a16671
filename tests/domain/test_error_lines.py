"""Commands in hints name the LEA they are for, where there are several."""

from __future__ import annotations

import pytest

from ssrcred.domain.errors import SsrcredError, addressed


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ssrcred store[lea]", "ssrcred store --lea alta"),
        (
            "Next: ssrcred upload[lea], then: ssrcred verify[lea].",
            "Next: ssrcred upload --lea alta, then: ssrcred verify --lea alta.",
        ),
        ("then: ssrcred verify[lea] --wait 10.", "then: ssrcred verify --lea alta --wait 10."),
        ("ssrcred secret set parent:dana-2[lea]", "ssrcred secret set parent:dana-2 --lea alta"),
    ],
)
def test_a_command_for_one_lea_names_it_and_stays_as_it_is_when_said_again(said: str, told: str) -> None:
    assert addressed(said, "alta") == told
    assert addressed(told, "alta") == told


@pytest.mark.parametrize(
    "said",
    [
        "ssrcred rotate --plan --lea oak",
        "To run all of them: ssrcred verify --all. One alone: ssrcred verify --lea NAME.",
        "ssrcred secret set notify:team",
        "Add it to [lea.alta] in config.toml, or type: ssrcred setup",
    ],
)
def test_what_names_an_lea_or_all_or_is_for_none_is_left_alone(said: str) -> None:
    assert addressed(said, "alta") == said


def test_where_there_is_one_lea_nothing_is_named() -> None:
    assert addressed("Type: ssrcred store[lea].") == "Type: ssrcred store."


def test_all_three_lines_of_an_error_are_addressed() -> None:
    problem = SsrcredError("ssrcred verify[lea] failed.", state="See ssrcred status[lea].", hint="ssrcred resume[lea]")
    assert problem.lines() == ("ssrcred verify failed.", "See ssrcred status.", "ssrcred resume")
    problem.lea = "alta"
    assert problem.lines()[0] == "ssrcred verify --lea alta failed."
    assert problem.lines()[1:] == ("See ssrcred status --lea alta.", "ssrcred resume --lea alta")
