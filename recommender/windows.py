"""Where the windows before a decision start, worked out once for all rules, and the decision's own day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from recommender.facts import Knowledge
from recommender.instants import before, to_us

Since = Mapping[str, int]
"""Period to the instant one period before the decision, in microseconds; NOW is the decision's own time, TODAY the
start of its day in the data's zone."""

NOW = ""
TODAY = "today"
BEGINNING = -(2**62)
"""Before everything that has a date; a register that covers everybody covers from here on."""


def since(knowledge: Knowledge, periods: Sequence[str], zone: str) -> Since:
    """Where each window (t - period, t] starts; periods that reach before the calendar's first year start there."""
    at = knowledge.as_of
    starts = {NOW: to_us(at)}
    for period in periods:
        starts[period] = start_of_day(at, zone) if period == TODAY else start_before(at, period, zone)
    return starts


def start_before(at: datetime, period: str, zone: str) -> int:
    """Where the window (at - period, at] starts, in microseconds; BEGINNING when that is before the first year."""
    try:
        return to_us(before(at, period, zone))
    except (OverflowError, ValueError):
        return BEGINNING


def start_of_day(at: datetime, zone: str) -> int:
    """The first instant of the calendar day of `at`, in microseconds."""
    return to_us(at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0))
