"""When a service speaks so much more than usual that something must be wrong: a pure comparison of counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Breaker:
    """The breaker's numbers.

    multiple : how many times its usual hourly pushes a service may reach; 0: there is no breaker.
    floor    : pushes an hour that count as usual for anybody, so that a new or a rare service is not stopped by its
               first ones.
    days     : how far back the usual is looked for.
    """

    multiple: float = 10.0
    floor: int = 50
    days: int = 28

    def usual(self, same_hours: Sequence[int]) -> float:
        """Pushes in an hour that nobody wonders at: the median of the same hour of the days before, or the floor.

        same_hours : one count a day, a day without pushes included; empty: the service is new.
        The median, because the day of one mistake, or of one law, must not become the measure of the next.
        """
        return max(float(self.floor), float(median(same_hours)) if same_hours else 0.0)

    def limit(self, same_hours: Sequence[int]) -> float:
        """The most pushes in an hour that are let through."""
        return self.multiple * self.usual(same_hours) if self.multiple else float("inf")

    def trips(self, pushes: int, same_hours: Sequence[int]) -> bool:
        """Whether so many pushes in the last hour are too many."""
        return pushes > self.limit(same_hours)
