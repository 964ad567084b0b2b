"""Values of attributes as callers send them, to values as rules and features see them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from recommender.errors import InvalidFactError
from recommender.facts import Scalar
from recommender.instants import to_us


def instant_of(text: str, zone: str) -> datetime:
    """A time of the calendar, in UTC; a bare date is read in `zone`. Raises InvalidFactError."""
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=ZoneInfo(zone))
        return parsed.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError) as error:
        raise InvalidFactError("the time is not one of the calendar", mend="send an ISO 8601 time") from error


def value_of(name: str, kind: str, value: object, zone: str) -> Scalar:
    """The value of an attribute of that kind. Raises InvalidFactError when it is of another."""
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind == "category" and isinstance(value, str):
        return value
    if kind == "time" and isinstance(value, str):
        return float(to_us(instant_of(value, zone)))
    raise InvalidFactError(f"the attribute {name} is a {kind}", mend=f"send a {kind}, or null for unknown")
