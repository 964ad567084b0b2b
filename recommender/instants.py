"""Instants as integers and calendar periods: microseconds since 1970-01-01 UTC; P1Y is a calendar year."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import isodate

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNS = re.compile(r"P[0-9.YMWDTHS]+")
_YEAR_2000, _YEAR_3000, _NEVER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 3000, 9999))
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
    """Return `period` when it is an ISO 8601 period that a calendar can count. Raises ValueError otherwise.

    Half a year has no last day, no time at all calls for nothing, and what leaves the calendar would break a decision.
    """
    try:
        step = _parsed(period)
        reached = _YEAR_2000 + step if _whole(step) else _YEAR_2000
    except isodate.ISO8601Error as error:
        raise ValueError(f"{period!r} is not an ISO 8601 period such as P1Y or P3M") from error
    except (OverflowError, ValueError):
        reached = _NEVER
    if reached > _YEAR_3000:
        raise ValueError(f"{period!r} is too long: write P1000Y at most")
    if not _whole(step):
        raise ValueError(f"{period!r} is not of whole years and months: write 18 months as P18M")
    if reached == _YEAR_2000:
        raise ValueError(f"{period!r} is no time at all: write P1D at least")
    return period


def _parsed(period: str) -> timedelta | isodate.Duration:
    """A period as its signs say: isodate alone takes P1,5Y for one year."""
    if not _SIGNS.fullmatch(period):
        raise isodate.ISO8601Error(period)
    return isodate.parse_duration(period)


def _whole(step: timedelta | isodate.Duration) -> bool:
    return isinstance(step, timedelta) or not (step.years % 1 or step.months % 1)


def _moved(at: datetime, period: str, zone: str, sign: int) -> datetime:
    step = _step(period)
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    moved = local + step if sign > 0 else local - step
    utc: datetime = moved.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return utc


@lru_cache(maxsize=1_024)
def _step(period: str) -> timedelta | isodate.Duration:
    return isodate.parse_duration(check_period(period))
