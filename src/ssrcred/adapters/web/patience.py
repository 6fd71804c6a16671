"""Asks again what may be asked again, as long as the site wants it and no longer than somebody waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from ssrcred.adapters.web.answer import Answer
from ssrcred.adapters.web.trouble import NotConnected

if TYPE_CHECKING:
    from tenacity import Future, RetryCallState

CLOSED_FOR_NOW: Final = frozenset({429, 503})
PASSING: Final = frozenset({408, 429, 502, 503, 504})


@dataclass(frozen=True)
class Patience:
    """How often, and how many seconds in all over the life of a `Site`, it is waited to ask again.

    `sleep` waits that many seconds; `clock` gives aware UTC, for a Retry-After that is a date.
    """

    attempts: int = 3
    total_seconds: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Waiting:
    """Asks again as a Patience allows; what was slept counts over the life of a site."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._left = patience.total_seconds

    def ask(self, once: Callable[[], Answer], *, reads: bool) -> Answer:
        """The first answer that is worth having, or the last one. Raises what `once` raised last."""
        import tenacity

        pause = tenacity.wait_random_exponential(multiplier=1, max=5)
        jitter = tenacity.wait_random(0, 1)

        def wait(state: RetryCallState) -> float:
            future = cast("Future", state.outcome)
            wanted = None if future.failed else self._wanted(future.result())
            return pause(state) if wanted is None else wanted + jitter(state)

        def worth_asking_again(answer: Answer) -> bool:
            if reads:
                return answer.status in PASSING
            return answer.status in CLOSED_FOR_NOW and self._wanted(answer) is not None

        retrying = tenacity.Retrying(
            sleep=self._sleep,
            wait=wait,
            stop=self._stops,
            retry=tenacity.retry_if_result(worth_asking_again) | tenacity.retry_if_exception_type(NotConnected),
            # The last answer, or its error as it was, without the library's own around it.
            retry_error_callback=lambda state: cast("Future", state.outcome).result(),
        )
        return retrying(once)

    def _wanted(self, answer: Answer) -> float | None:
        return answer.retry_after(self._patience.clock())

    def _stops(self, state: RetryCallState) -> bool:
        return state.attempt_number >= self._patience.attempts or state.upcoming_sleep > self._left

    def _sleep(self, seconds: float) -> None:
        self._left -= seconds
        self._patience.sleep(seconds)
