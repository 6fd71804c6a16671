"""Replacing a file while another program holds it, as a virus scanner on Windows does for a moment."""

from __future__ import annotations

import pytest

from ssrcred.adapters.atomic_file import put_in_place


class Held(PermissionError):
    """What `os.replace` raises on Windows; elsewhere Python drops the number."""

    def __init__(self, winerror: int) -> None:
        super().__init__(13, "Access is denied")
        self.winerror = winerror


@pytest.mark.parametrize("winerror", [5, 32])
def test_a_file_that_is_held_for_a_moment_is_replaced_a_moment_later(winerror: int) -> None:
    slept: list[float] = []
    replaced: list[tuple[str, str]] = []

    def replace(temporary: str, path: str) -> None:
        if len(slept) < 3:
            raise Held(winerror)
        replaced.append((temporary, path))

    put_in_place("new", "file", replace=replace, pause=slept.append)
    assert replaced == [("new", "file")] and slept == [0.1] * 3


@pytest.mark.parametrize(
    ("refusal", "waited"),
    [(Held(5), 2.0), (Held(80), 0.0), (PermissionError(13, "Permission denied"), 0.0), (OSError(28, "No space"), 0.0)],
)
def test_what_lasts_longer_than_two_seconds_or_has_another_reason_is_raised(refusal: OSError, waited: float) -> None:
    slept: list[float] = []

    def replace(temporary: str, path: str) -> None:
        raise refusal

    with pytest.raises(OSError) as caught:
        put_in_place("new", "file", replace=replace, pause=slept.append)
    assert caught.value is refusal and sum(slept) == pytest.approx(waited)
