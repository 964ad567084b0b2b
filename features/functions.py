"""Feature functions: pure numpy over arrays of n citizens; training calls them with many, a request with n = 1.

Times are float64 microseconds since 1970 UTC, NaN is unknown; float64 holds them exactly until the year 2255.
"""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from recommender.instants import DAY_US, before, from_us, to_us

Floats = npt.NDArray[np.float64]
_SEASON = np.array([[np.sin(month * np.pi / 6), np.cos(month * np.pi / 6)] for month in range(12)])


def days_since(times: Floats, as_of_us: Floats) -> Floats:
    """Days from each time to the decision. times: (n, m); as_of_us: (n, 1). A time still to come is NaN."""
    days = (as_of_us - times) / DAY_US
    return np.where(days >= 0, days, np.nan)


def counts_in_window(dates: Floats, start_us: Floats, as_of_us: Floats, covered_from_us: Floats) -> Floats:
    """How many dates lie in (start, as_of], per event type.

    dates : (n, types, k), the latest k dates; the count saturates at k.  start_us, as_of_us : (n, 1).
    covered_from_us : (n, types), since when absence means "did not happen"; NaN: never.
    A count of none is 0 where the whole window is covered, else NaN: unknown is not zero.
    """
    inside = (dates > start_us[:, :, None]) & (dates <= as_of_us[:, :, None])
    count = inside.sum(axis=2).astype(np.float64)
    return np.where((count > 0) | (covered_from_us <= start_us), count, np.nan)


def window_starts(as_of_us: npt.NDArray[np.int64], period: str, zone: str) -> Floats:
    """The start of (t - period, t] by the calendar of `zone`, shape (n, 1); few distinct t are expected."""
    if len(as_of_us) == 1:
        return np.array([[_start(int(as_of_us[0]), period, zone)]])
    distinct, inverse = np.unique(as_of_us, return_inverse=True)
    starts = np.array([_start(int(t), period, zone) for t in distinct])
    return starts[inverse][:, None]


def years_since(value: float | Floats, as_of_us: int | npt.NDArray[np.int64], zone: str, *, dated: bool) -> Floats:
    """Whole calendar years since a date (dated) or since an integer year; NaN stays NaN.

    A date is stored as its midnight in `zone`, so it is read back there. One value, as at a request, is looked up
    without numpy: four of these took an eighth of a millisecond.
    """
    if np.size(value) == 1:
        return np.array(_years(np.asarray(value).item(), int(np.asarray(as_of_us).item()), zone, dated))
    year, day = _calendar(np.atleast_1d(np.asarray(as_of_us, dtype=np.int64)), zone)
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if not dated:
        return np.squeeze(year - values)
    born_year, born_day = _calendar(np.where(np.isnan(values), 0.0, values).astype(np.int64), zone)
    return np.squeeze(np.where(np.isnan(values), np.nan, year - born_year - (day < born_day)))


def _years(value: float, as_of_us: int, zone: str, dated: bool) -> float:
    year, day = _local(as_of_us, zone)
    if not dated or value != value:
        return year - value
    born_year, born_day = _local(int(value), zone)
    return year - born_year - (day < born_day)


def season(as_of_us: npt.NDArray[np.int64], zone: str) -> Floats:
    """Sine and cosine of the month, shape (n, 2), so that December lies beside January.

    Looked up: numpy's own may differ in the last bit between one value and many.
    """
    _, day = _calendar(as_of_us, zone)
    return _SEASON[(day // 32).astype(np.intp)]


@lru_cache(maxsize=65_536)
def _start(as_of_us: int, period: str, zone: str) -> float:
    return float(to_us(before(from_us(as_of_us), period, zone)))


def _calendar(as_of_us: npt.NDArray[np.int64], zone: str) -> tuple[Floats, Floats]:
    """Local year, and month * 32 + day of month (both from 0), of each decision."""
    if len(as_of_us) == 1:
        year, day = _local(int(as_of_us[0]), zone)
        return np.array([year]), np.array([day])
    distinct, inverse = np.unique(as_of_us, return_inverse=True)
    local = np.array([_local(int(t), zone) for t in distinct]).reshape(-1, 2)[inverse]
    return local[:, 0], local[:, 1]


@lru_cache(maxsize=65_536)
def _local(as_of_us: int, zone: str) -> tuple[float, float]:
    at: datetime = from_us(as_of_us).astimezone(ZoneInfo(zone) if zone != "UTC" else UTC)
    return float(at.year), float((at.month - 1) * 32 + at.day - 1)
