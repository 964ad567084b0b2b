"""When a delivery that failed is tried again: exponential backoff with full jitter, and an end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

_DOUBLINGS = 40  # beyond any cap; keeps the power of two within a float


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and how long. Durations in seconds.

    first_s     : the longest wait after the first attempt; it doubles with each further one.
    longest_s   : no wait is longer, but what the provider itself asks for.
    attempts    : after so many, no more.
    give_way    : after so many, another channel is tried where the citizen allows one.
    max_age_s   : what is older than this is not delivered any more.
    """

    first_s: float = 10.0
    longest_s: float = 6 * 3600.0
    attempts: int = 12
    give_way: int = 3
    max_age_s: float = 7 * 86_400.0

    def ends(self, created: datetime, deadline: datetime | None) -> datetime:
        """The instant after which a delivery makes no sense: the deadline, or its age."""
        aged = created + timedelta(seconds=self.max_age_s)
        return aged if deadline is None else min(aged, deadline)

    def again(
        self, attempts: int, now: datetime, ends: datetime, after_s: float | None, draw: Callable[[], float]
    ) -> datetime | None:
        """When to try next; None: not any more.

        attempts : made so far, at least 1.   after_s: how long the provider asks to wait.
        draw     : a uniform number in [0, 1): full jitter, so that what failed together does not come back together.
        """
        if attempts >= self.attempts:
            return None
        longest = min(self.longest_s, self.first_s * 2.0 ** min(attempts - 1, _DOUBLINGS))
        wait_s = max(longest * draw(), after_s or 0.0)
        try:
            at = now + timedelta(seconds=wait_s)
        except OverflowError:
            return None
        return at if at <= ends else None
