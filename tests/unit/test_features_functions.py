"""Feature functions, worked by hand: calendar windows, coverage, ages, and one row as many."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.functions import Floats, counts_in_window, days_since, season, window_starts, years_since
from recommender.instants import DAY_US, to_us


def us(*parts: int, zone: str = "UTC") -> int:
    return to_us(datetime(*parts, tzinfo=ZoneInfo(zone)))  # type: ignore[arg-type]


def column(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)[:, None]


def test_days_since_counts_from_the_decision_and_a_future_date_is_unknown() -> None:
    times = np.array([[us(2024, 3, 1), us(2024, 3, 11), np.nan]])
    assert days_since(times, column(us(2024, 3, 10, 12)))[0].tolist()[:1] == [9.5]
    assert np.isnan(days_since(times, column(us(2024, 3, 10, 12)))[0][1:]).all()


def test_a_year_is_a_calendar_year_also_over_a_leap_day() -> None:
    at = np.array([us(2024, 12, 31), us(2023, 12, 31), us(2024, 2, 29)])
    starts = window_starts(at, "P1Y", "UTC")[:, 0].tolist()
    assert starts == [us(2023, 12, 31), us(2022, 12, 31), us(2023, 2, 28)]


def test_a_window_starts_at_local_time_over_a_change_of_clocks() -> None:
    at = np.array([us(2024, 5, 1, zone="Europe/Tallinn")])
    assert window_starts(at, "P3M", "Europe/Tallinn")[0, 0] == us(2024, 2, 1, zone="Europe/Tallinn")


def test_a_window_is_open_at_its_start_and_closed_at_the_decision() -> None:
    start, at = us(2023, 6, 1), us(2024, 6, 1)
    dates = np.array([[[at + 1, at, start + 1, start]]], dtype=np.float64)
    covered = np.array([[float(start)]])
    assert counts_in_window(dates, column(start), column(at), covered).tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("covered_from", "dates", "wanted"),
    [
        (us(2020, 1, 1), [np.nan], 0.0),
        (us(2023, 6, 1), [np.nan], 0.0),
        (us(2023, 6, 2), [np.nan], np.nan),
        (np.nan, [np.nan], np.nan),
        (np.nan, [us(2024, 1, 1)], 1.0),
    ],
    ids=["covered", "covered from the window's start", "covered in part", "never covered", "recorded all the same"],
)
def test_none_is_zero_only_where_the_register_covers_the_whole_window(
    covered_from: float, dates: list[float], wanted: float
) -> None:
    start, at = column(us(2023, 6, 1)), column(us(2024, 6, 1))
    found = counts_in_window(np.array([[dates]], dtype=np.float64), start, at, np.array([[covered_from]]))
    np.testing.assert_array_equal(found, [[wanted]])


def test_a_count_saturates_at_the_dates_kept() -> None:
    at = us(2024, 6, 1)
    dates = np.array([[[at - DAY_US * day for day in range(4)]]], dtype=np.float64)
    assert counts_in_window(dates, column(us(2023, 6, 1)), column(at), np.array([[np.nan]])).tolist() == [[4.0]]


@pytest.mark.parametrize(
    ("born", "at", "wanted"),
    [
        (us(1990, 6, 15), us(2024, 6, 14, 23), 33.0),
        (us(1990, 6, 15), us(2024, 6, 15), 34.0),
        (us(2000, 2, 29), us(2023, 2, 28, 12), 22.0),
        (us(2000, 2, 29), us(2023, 3, 1), 23.0),
        (us(1969, 12, 31), us(2024, 12, 31), 55.0),
        (np.nan, us(2024, 1, 1), np.nan),
    ],
    ids=["the day before", "the birthday", "leap day, day before", "leap day", "before 1970", "unknown"],
)
def test_years_pass_on_the_day_of_the_year(born: float, at: int, wanted: float) -> None:
    np.testing.assert_array_equal(years_since(born, at, "UTC", dated=True), wanted)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Kiritimati", "America/Anchorage", "Asia/Shanghai"])
def test_a_birthday_is_a_local_day_in_every_zone(zone: str) -> None:
    born = us(1980, 1, 10, zone=zone)
    assert years_since(born, us(2024, 1, 9, 23, 59, zone=zone), zone, dated=True) == 43
    assert years_since(born, us(2024, 1, 10, zone=zone), zone, dated=True) == 44


def test_years_since_a_bare_year_counts_calendar_years() -> None:
    at = np.array([us(2009, 12, 31), us(2010, 1, 1)])
    assert years_since(np.array([1982.0, 1982.0]), at, "UTC", dated=False).tolist() == [27.0, 28.0]


def test_december_lies_beside_january() -> None:
    december, january, june = season(np.array([us(2024, 12, 5), us(2024, 1, 5), us(2024, 6, 5)]), "UTC")
    assert np.hypot(*(december - january)) == pytest.approx(2 * np.sin(np.pi / 12))
    assert np.hypot(*(december - june)) == pytest.approx(2.0)


def test_one_decision_is_computed_as_many_are() -> None:
    at = np.array([to_us(datetime(2020, month, 3, tzinfo=UTC)) for month in range(1, 13)])
    many = np.concatenate([window_starts(at, "P5Y", "Asia/Tokyo"), season(at, "Asia/Tokyo")], axis=1)
    for place in range(len(at)):
        one = at[place : place + 1]
        alone = np.concatenate([window_starts(one, "P5Y", "Asia/Tokyo"), season(one, "Asia/Tokyo")], axis=1)
        assert alone.tobytes() == many[place : place + 1].tobytes()
