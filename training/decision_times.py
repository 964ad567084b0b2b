"""The instants at which Herald decides: the same ones in training as a nightly run would have had."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from features.descriptor import Descriptor
from recommender.errors import ModelError
from recommender.instants import after


def decision_times(descriptor: Descriptor, first: datetime, last: datetime) -> tuple[datetime, ...]:
    """The descriptor's decision times t with first <= t <= last, in order, UTC.

    Yearly: 31 December 00:00 in the data's time zone; monthly: the last day of each month 00:00.
    """
    zone = descriptor.zone
    step = 12 if descriptor.decision_times == "yearly" else 1
    found: list[datetime] = []
    year, month = first.astimezone(zone).year, 12 if step == 12 else first.astimezone(zone).month
    while (at := _last_day(year, month, zone)) <= last:
        if at >= first:
            found.append(at)
        year, month = (year + (month + step - 1) // 12, (month + step - 1) % 12 + 1)
    return tuple(found)


def window_end(descriptor: Descriptor, at: datetime) -> datetime:
    """Where the label window (t, t+H] ends, by the calendar of the data's time zone."""
    return after(at, descriptor.horizon, descriptor.time_zone)


def whole_year(descriptor: Descriptor, times: tuple[datetime, ...]) -> bool:
    """Whether these decisions see every season: a year lies between the first and the end of the last's window."""
    return window_end(descriptor, times[-1]) >= after(times[0], "P1Y", descriptor.time_zone) and (
        descriptor.decision_times == "yearly" or len({at.month for at in times}) >= 12
    )


def split(
    descriptor: Descriptor, times: tuple[datetime, ...], train_through: datetime, validate_through: datetime
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """Decision times to train on and to choose on: no label window of the one reaches into the other.

    Train: windows that end by `train_through`. Validate: decided from then on, windows that end by `validate_through`.
    Raises ModelError when either is empty.
    """
    train = tuple(t for t in times if window_end(descriptor, t) <= train_through)
    validate = tuple(t for t in times if t >= train_through and window_end(descriptor, t) <= validate_through)
    for name, found, through in (("train on", train, train_through), ("validate on", validate, validate_through)):
        if not found:
            raise ModelError(
                f"dataset {descriptor.dataset}: no decision time to {name} has its label window of "
                f"{descriptor.horizon} closed by {through:%Y-%m-%d}",
                mend="ingest a longer history, or name later dates",
            )
    return train, validate


def _last_day(year: int, month: int, zone: ZoneInfo) -> datetime:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return (following - timedelta(days=1)).replace(tzinfo=zone).astimezone(UTC)
