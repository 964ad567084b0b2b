"""When a citizen may be disturbed: never in quiet hours or on a quiet day of their own calendar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_QUARTER = timedelta(minutes=15)  # clocks change on quarters of an hour
_LONGEST_DAYS = 30
"""Quiet days in a row after which a calendar is taken to be wrong: no country rests for a month."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A citizen's quiet hours, by the clock on their wall.

    first, last : quiet from `first` on, until `last`, which is no longer quiet; `first` after `last` spans midnight,
                  equal ones mean no quiet hours.
    zone        : IANA name of the citizen's own time zone.
    days        : whole days on which nobody is disturbed (public holidays); those of the month ahead are enough.
    """

    first: time
    last: time
    zone: str
    days: tuple[date, ...] = ()

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in quiet hours or on a quiet day."""
        local = at.astimezone(ZoneInfo(self.zone))
        return self._in_hours(local.timetz().replace(tzinfo=None)) or local.date() in self.days

    def next_allowed(self, at: datetime) -> datetime:
        """The first instant from `at` on that is not quiet, in UTC; `at` itself when it is not.

        A message at 22:00 with quiet hours from 21 to 8 goes at 8 the next morning, also when the clocks change in
        that night. Raises ValueError when `at` has no time zone or the calendar is quiet for a month.
        """
        if at.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone")
        if not self.holds(at):
            return at.astimezone(UTC)
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for number in range(_LONGEST_DAYS):
            day = today + timedelta(days=number)
            if day in self.days:
                continue
            found = [start for start in self._openings(day) if start >= at and not self.holds(start)]
            if found:
                return min(found)
        raise ValueError(f"no hour of {today} and the {_LONGEST_DAYS} days after it may disturb")

    def _in_hours(self, clock: time) -> bool:
        if self.first <= self.last:
            return self.first <= clock < self.last
        return clock >= self.first or clock < self.last

    def _openings(self, day: date) -> list[datetime]:
        """When quiet may end on `day`: at midnight, when its hours end (twice, on some nights), when clocks change."""
        zone = ZoneInfo(self.zone)
        local = (datetime.combine(day, clock, zone) for clock in {time(0), self.last})
        found = [moment.replace(fold=fold).astimezone(UTC) for moment in local for fold in (0, 1)]
        start = min(found) - timedelta(days=1)
        start -= timedelta(minutes=start.minute % 15, seconds=start.second, microseconds=start.microsecond)
        steps = [start + number * _QUARTER for number in range(3 * 96)]
        on_day = [at for at in steps if at.astimezone(zone).date() == day]
        changes = [
            at for at in on_day if at.astimezone(zone).utcoffset() != (at - _QUARTER).astimezone(zone).utcoffset()
        ]
        return found + changes
