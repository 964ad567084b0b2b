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


def since(knowledge: Knowledge, periods: Sequence[str], zone: str) -> Since:
    """Where each window (t - period, t] starts; periods that reach before the calendar's first year start there."""
    starts = {NOW: to_us(knowledge.as_of)}
    for period in periods:
        try:
            starts[period] = start_of_day(knowledge.as_of, zone) if period == TODAY else _start(knowledge, period, zone)
        except (OverflowError, ValueError):
            starts[period] = -(2**62)
    return starts


def start_of_day(at: datetime, zone: str) -> int:
    """The first instant of the calendar day of `at`, in microseconds."""
    return to_us(at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


def _start(knowledge: Knowledge, period: str, zone: str) -> int:
    return to_us(before(knowledge.as_of, period, zone))
