"""Calendar days of a time zone: what day an instant lies in, and dates moved and compared by the calendar.

The scalar functions serve one citizen, those on arrays a whole population; both read the same table of days, so that
they cannot differ. Microseconds are float, as attributes are; NaN and None are unknown.
"""

import re
from array import array
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from recommender.instants import DAY_US
from recommender.rules import Unit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_FIRST, _LAST = date(1850, 1, 1), date(2250, 1, 1)
"""Days outside are unknown: float64 holds microseconds exactly until 2255."""
_EPOCH = date(1970, 1, 1).toordinal()
_PERIOD = re.compile(r"P(?=\d)(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?")


class Span(NamedTuple):
    """A period in whole days: calendar months first, then days."""

    months: int
    days: int


def span(period: str) -> Span:
    """The span of an ISO 8601 period in years, months, weeks and days. Raises ValueError for any other text."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise ValueError(f"{period!r} is not an ISO 8601 period of whole days such as P1Y, P6M or P10D")
    years, months, weeks, days = (int(group or 0) for group in found.groups())
    return Span(12 * years + months, 7 * weeks + days)


@lru_cache(maxsize=8)
def calendar(zone: str) -> "Calendar":
    """The days of a zone; the table is made once, in some 0.1 s."""
    return Calendar(zone)


class _Months(NamedTuple):
    """The months of the table's days, counted from its first one, whatever the zone.

    of_day, day_within : per day its month, and its place in the month from 0.   starts : per month its first day.
    """

    of_day: Ints
    day_within: Ints
    starts: Ints

    @classmethod
    def make(cls) -> "_Months":
        month = np.arange(np.datetime64(_FIRST, "M"), np.datetime64(_LAST, "M") + 2)
        starts = month.astype("datetime64[D]").astype(np.int64)
        days = np.arange(_FIRST.toordinal(), _LAST.toordinal() + 1) - _EPOCH
        of_day = np.searchsorted(starts, days, side="right") - 1
        return cls(of_day, days - starts[of_day], starts)


class Calendar:
    """Days from 1850 to 2250 in one time zone. Days are counted from 1970-01-01."""

    def __init__(self, zone: str) -> None:
        days = range(_FIRST.toordinal() - _EPOCH, _LAST.toordinal() - _EPOCH + 1)
        self._first = days[0]
        offset_us = [0] * len(days) if zone == "UTC" else _offsets(days, ZoneInfo(zone))
        self._starts = array("q", [day * DAY_US - offset for day, offset in zip(days, offset_us, strict=True)])
        self._array = np.array(self._starts, dtype=np.float64)  # exact, see _LAST
        self._months = _Months.make()
        self.shifted = lru_cache(maxsize=65_536)(self._shifted)
        self.between = lru_cache(maxsize=65_536)(self._between)

    def day(self, us: float) -> int | None:
        """The day that an instant lies in; None outside the table and for NaN."""
        starts = self._starts
        if not starts[0] <= us < starts[-1]:
            return None
        place = min(max(int(us // DAY_US) - self._first, 0), len(starts) - 2)
        while us < starts[place]:
            place -= 1
        while starts[place + 1] <= us:
            place += 1
        return place + self._first

    def start(self, day: int) -> float | None:
        """The first instant of a day; None outside the table."""
        place = day - self._first
        return float(self._starts[place]) if 0 <= place < len(self._starts) else None

    def start_of(self, day: date) -> float:
        """The first instant of a date. Outside the table it is that of UTC, so that 9999-12-31 is long after today."""
        number = day.toordinal() - _EPOCH
        start = self.start(number)
        return float(number * DAY_US) if start is None else start

    def today(self, us: float) -> float | None:
        """The first instant of the day that an instant lies in."""
        day = self.day(us)
        return None if day is None else self.start(day)

    def _shifted(self, us: float, by: Span, later: bool) -> float | None:
        """The start of the day one span later or earlier; 29 February less a year is 28 February."""
        day = self.day(us)
        if day is None:
            return None
        sign = 1 if later else -1
        on = date.fromordinal(day + _EPOCH)
        month = on.year * 12 + on.month - 1 + sign * by.months
        if not 12 * _FIRST.year <= month < 12 * _LAST.year:
            return None
        year, of_year = divmod(month, 12)
        first = date(year, of_year + 1, 1).toordinal()
        return self.start(first - _EPOCH + min(on.day, _length(month)) - 1 + sign * by.days)

    def _between(self, unit: Unit, start_us: float, end_us: float) -> float | None:
        """Whole days, months or years between two days; a year from 29 February is over on 1 March."""
        start, end = self.day(start_us), self.day(end_us)
        if start is None or end is None:
            return None
        if unit is Unit.DAYS:
            return float(end - start)
        sign, first, last = (1, start, end) if start <= end else (-1, end, start)
        one, other = date.fromordinal(first + _EPOCH), date.fromordinal(last + _EPOCH)
        months = (other.year - one.year) * 12 + other.month - one.month - (other.day < one.day)
        return float(sign * (months // 12 if unit is Unit.YEARS else months))

    def days(self, us: Floats) -> tuple[Ints, Bools]:
        """Per instant its day and whether it has one; where it has none the day is 1970-01-01."""
        known = (us >= self._starts[0]) & (us < self._starts[-1])
        instants = np.where(known, us, 0.0)
        # the day in UTC, rounded anyhow, is at most two away: ten times as fast as a search in the table
        place = np.clip((instants * (1 / DAY_US)).astype(np.int64) - self._first, 0, len(self._array) - 2)
        for _ in range(2):
            place -= instants < self._array[place]
        for _ in range(2):  # two where a zone left out a day
            place += instants >= self._array[place + 1]
        return np.where(known, place + self._first, 0), known

    def todays(self, us: Floats) -> Floats:
        """Per instant the first instant of its day."""
        return self._starts_of(*self.days(us))

    def all_shifted(self, us: Floats, by: Span, later: bool) -> Floats:
        """`shifted` of every instant."""
        day, known = self.days(us)
        sign = 1 if later else -1
        place = day - self._first
        month = self._months.of_day[place] + sign * by.months
        known = known & (month >= 0) & (month < 12 * (_LAST.year - _FIRST.year))
        month = np.where(known, month, 0)
        first, length = self._months.starts[month], np.diff(self._months.starts)[month]
        return self._starts_of(first + np.minimum(self._months.day_within[place], length - 1) + sign * by.days, known)

    def all_between(self, unit: Unit, start_us: Floats, end_us: Floats) -> Floats:
        """`between` of every pair."""
        (start, started), (end, ended) = self.days(start_us), self.days(end_us)
        if unit is Unit.DAYS:
            return np.where(started & ended, (end - start).astype(np.float64), np.nan)
        months, within = self._months.of_day, self._months.day_within
        first, last = np.minimum(start, end) - self._first, np.maximum(start, end) - self._first
        whole = months[last] - months[first] - (within[last] < within[first])
        found = np.sign(end - start) * (whole // 12 if unit is Unit.YEARS else whole)
        return np.where(started & ended, found.astype(np.float64), np.nan)

    def _starts_of(self, day: Ints, known: Bools) -> Floats:
        place = day - self._first
        known = known & (place >= 0) & (place < len(self._array))
        return np.where(known, self._array[np.where(known, place, 0)], np.nan)


def _offsets(days: range, zone: ZoneInfo) -> list[int]:
    """The zone's distance from UTC at each midnight, in microseconds; of two midnights the earlier one."""
    in_us: dict[timedelta | None, int] = {}
    found = []
    for day in days:
        offset = zone.utcoffset(datetime.fromordinal(day + _EPOCH))
        if offset not in in_us:
            in_us[offset] = 0 if offset is None else offset // timedelta(microseconds=1)
        found.append(in_us[offset])
    return found


@lru_cache(maxsize=8_192)
def _length(month: int) -> int:
    year, of_year = divmod(month, 12)
    following = date(year + 1, 1, 1) if of_year == 11 else date(year, of_year + 2, 1)
    return (following - date(year, of_year + 1, 1)).days
