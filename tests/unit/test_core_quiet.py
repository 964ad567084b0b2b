"""Quiet hours by the citizen's own clock: never inside them, never in the past, and no later than need be."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recommender.quiet import Quiet

ZONES = st.sampled_from(
    [
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Africa/Casablanca",
        "America/Santiago",
    ]
)
TIMES = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda t: t.replace(microsecond=0))
MOMENTS = st.integers(1_324_339_200, 1_798_761_600).map(lambda second: datetime.fromtimestamp(second, UTC))
NIGHT = Quiet(time(21), time(8), "Europe/Berlin")


def berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo("Europe/Berlin"))  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        (berlin(2025, 5, 5, 22, 0), berlin(2025, 5, 6, 8, 0)),
        (berlin(2025, 5, 6, 7, 59, 59), berlin(2025, 5, 6, 8, 0)),
        (berlin(2025, 5, 6, 8, 0), berlin(2025, 5, 6, 8, 0)),
        (berlin(2025, 5, 5, 20, 59, 59), berlin(2025, 5, 5, 20, 59, 59)),
        (berlin(2025, 3, 29, 22, 0), berlin(2025, 3, 30, 8, 0)),  # the clocks go forward in this night
        (berlin(2025, 10, 25, 22, 0), berlin(2025, 10, 26, 8, 0)),  # and back in this one
    ],
)
def test_a_message_in_the_night_goes_the_next_morning(at: datetime, goes: datetime) -> None:
    assert NIGHT.next_allowed(at) == goes


def test_a_quiet_day_is_quiet_to_its_end_and_the_night_after_it_too() -> None:
    holiday = Quiet(time(21), time(8), "Europe/Berlin", (date(2025, 12, 25), date(2025, 12, 26)))
    assert holiday.next_allowed(berlin(2025, 12, 25, 12, 0)) == berlin(2025, 12, 27, 8, 0)
    assert holiday.next_allowed(berlin(2025, 12, 24, 22, 0)) == berlin(2025, 12, 27, 8, 0)
    by_day = Quiet(time(12), time(13), "Europe/Berlin", (date(2025, 12, 25),))
    assert by_day.next_allowed(berlin(2025, 12, 25, 10, 0)) == berlin(2025, 12, 26, 0, 0)


def test_a_calendar_that_never_works_is_an_error_not_an_endless_search() -> None:
    always = tuple(date(2025, 1, 1) + timedelta(days=number) for number in range(40))
    with pytest.raises(ValueError, match="may disturb"):
        Quiet(time(0), time(0), "UTC", always).next_allowed(datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="no time zone"):
        NIGHT.next_allowed(datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None))


@given(at=MOMENTS, first=TIMES, last=TIMES, zone=ZONES, rest=st.sets(st.integers(0, 6), max_size=3))
@example(datetime(2025, 10, 26, 0, 10, tzinfo=UTC), time(1, 0), time(2, 30), "Europe/Berlin", set())
@example(datetime(2025, 10, 26, 1, 10, tzinfo=UTC), time(1, 0), time(2, 30), "Europe/Berlin", set())
@example(datetime(2025, 3, 30, 0, 10, tzinfo=UTC), time(1, 0), time(2, 30), "Europe/Berlin", set())
@example(datetime(2011, 12, 30, 5, 0, tzinfo=UTC), time(21), time(8), "Pacific/Apia", set())
def test_it_is_never_quiet_then_never_past_and_never_later_than_need_be(
    at: datetime, first: time, last: time, zone: str, rest: set[int]
) -> None:
    ahead = (at.date() + timedelta(days=number) for number in range(-2, 32))
    quiet = Quiet(first, last, zone, tuple(day for day in ahead if day.weekday() in rest))
    goes = quiet.next_allowed(at)
    assert goes >= at
    assert not quiet.holds(goes)
    step = timedelta(minutes=15) if goes - at < timedelta(days=2) else (goes - at) / 50
    between = at
    while between < goes:
        assert quiet.holds(between)
        between += step
