"""Instants as integers and calendar periods: microseconds since 1970-01-01 UTC; P1Y is a calendar year."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import isodate

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_US = 86_400_000_000


def to_us(at: datetime) -> int:
    """Microseconds since the epoch of a tz-aware time, exactly. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """The UTC time of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=us)


@lru_cache(maxsize=4_096)
def local_day(at: datetime, zone: str) -> date:
    """The calendar day of `at` in `zone`: the day whose law a decision follows."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=65_536)
def before(at: datetime, period: str, zone: str = "UTC") -> datetime:
    """The instant one ISO 8601 `period` (P1Y, P3M, P10D, PT6H) before `at`, by the calendar of `zone`.

    29 February less a year is 28 February. Raises ValueError when `period` is not a positive ISO 8601 period.
    """
    return _moved(at, period, zone, -1)


@lru_cache(maxsize=65_536)
def after(at: datetime, period: str, zone: str = "UTC") -> datetime:
    """The instant one ISO 8601 `period` after `at`, by the calendar of `zone`. Raises as `before` does."""
    return _moved(at, period, zone, 1)


def check_period(period: str) -> str:
    """Return `period` when it is an ISO 8601 period. Raises ValueError otherwise."""
    if not period.startswith("P"):
        raise ValueError(f"{period!r} is not an ISO 8601 period such as P1Y or P3M")
    try:
        isodate.parse_duration(period)
    except isodate.ISO8601Error as error:
        raise ValueError(f"{period!r} is not an ISO 8601 period such as P1Y or P3M") from error
    return period


def _moved(at: datetime, period: str, zone: str, sign: int) -> datetime:
    step = _step(period)
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    moved = local + step if sign > 0 else local - step
    utc: datetime = moved.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return utc


@lru_cache(maxsize=1_024)
def _step(period: str) -> timedelta | isodate.Duration:
    return isodate.parse_duration(check_period(period))
