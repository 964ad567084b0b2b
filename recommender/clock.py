"""What time it is: the system's clock, or a simulated one (demo, backtest, replay, tests)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The only source of `now`. Promise: tz-aware UTC with microseconds; never runs backwards."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SimulatedClock:
    """Starts at `start` and runs with the machine's monotonic time, `speed` simulated seconds a second."""

    def __init__(self, start: datetime, *, speed: float = 1.0) -> None:
        if start.tzinfo is None:
            raise ValueError("a simulated clock needs a start with a time zone")
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._origin = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self._speed)


class FixedClock:
    """Stands still until moved: replay and tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        """Advance by a non-negative step."""
        if by < timedelta(0):
            raise ValueError("a clock never runs backwards")
        self._at += by
