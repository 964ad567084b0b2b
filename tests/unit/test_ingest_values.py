"""Cells become typed values, or are marked as what cannot be read: never guessed, never filled."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest

from features.descriptor import ColumnType
from features.ingest.values import blank_to_null, instant, typed


def read(values: list[object], kind: ColumnType, zone: str = "UTC", dtype: pl.DataType | None = None) -> list[object]:
    raw = blank_to_null(pl.DataFrame({"c": pl.Series(values, dtype=dtype)}))
    return raw.select(typed(pl.col("c"), raw.schema["c"], kind, zone).alias("c"))["c"].to_list()


def times(values: list[object], zone: str, dtype: pl.DataType | None = None) -> list[object]:
    raw = pl.DataFrame({"c": pl.Series(values, dtype=dtype)})
    return raw.select(instant(pl.col("c"), raw.schema["c"], zone).alias("c"))["c"].to_list()


def test_a_number_is_finite_and_a_whole_number_is_whole() -> None:
    texts: list[object] = ["1", " 2.5 ", "1e3", "inf", "NaN", "-Infinity", "1,5", "twelve", "", None]
    assert read(texts, ColumnType.NUMBER) == [1.0, 2.5, 1000.0, None, None, None, None, None, None, None]
    assert read([1.0, 2.5, float("inf"), float("nan")], ColumnType.INTEGER) == [1.0, None, None, None]
    assert read([True], ColumnType.NUMBER) == [None]


def test_yes_and_no_have_several_spellings_and_no_others() -> None:
    texts: list[object] = ["true", "NO", "1", "0", "y", "maybe", "2"]
    assert read(texts, ColumnType.BOOLEAN) == [True, False, True, False, True, None, None]
    assert read([1, 0, 7], ColumnType.BOOLEAN) == [True, False, None]


def test_bare_dates_and_naive_times_are_read_in_the_descriptors_zone() -> None:
    tallinn_winter = datetime(2023, 12, 31, 22, tzinfo=UTC)
    texts: list[object] = ["2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00", "01.01.2024"]
    assert times(texts, "Europe/Tallinn") == [tallinn_winter] * 4
    assert times([date(2024, 1, 1)], "Europe/Tallinn") == [tallinn_winter]
    naive = pl.Series([date(2024, 1, 1)]).cast(pl.Datetime("ms"))
    assert times(naive.to_list(), "Europe/Tallinn", pl.Datetime("ms")) == [tallinn_winter]


def test_times_with_a_zone_keep_their_instant() -> None:
    six = datetime(2024, 1, 1, 6, tzinfo=UTC)
    texts: list[object] = ["2024-01-01T06:00:00Z", "2024-01-01T08:00:00+02:00", "2024-01-01 06:00:00.000+00:00"]
    assert times(texts, "Europe/Tallinn") == [six] * 3
    zoned = datetime(2024, 1, 1, 8, tzinfo=timezone(timedelta(hours=2)))
    assert times([zoned.astimezone(UTC)], "Asia/Tokyo") == [six]


def test_nanoseconds_are_cut_to_microseconds() -> None:
    nanos = pl.Series([1_704_067_200_123_456_789]).cast(pl.Datetime("ns", "UTC"))
    assert times(nanos.to_list(), "UTC", pl.Datetime("ns", "UTC")) == [datetime(2024, 1, 1, 0, 0, 0, 123456, UTC)]
    frame = pl.DataFrame({"c": nanos})
    assert frame.select(instant(pl.col("c"), frame.schema["c"], "UTC")).schema["c"] == pl.Datetime("us", "UTC")


@pytest.mark.parametrize("text", ["2024-13-01", "2023-02-29", "yesterday", "20240101", "2024-01-01T25:00:00"])
def test_what_is_no_time_is_not_read(text: str) -> None:
    assert times([text], "UTC") == [None]


def test_an_hour_that_the_clock_skips_is_read_and_one_that_comes_twice_is_the_first() -> None:
    assert times(["2024-03-31T03:30:00"], "Europe/Tallinn") == [datetime(2024, 3, 31, 1, 30, tzinfo=UTC)]
    assert times(["2024-10-27T03:30:00"], "Europe/Tallinn") == [datetime(2024, 10, 27, 0, 30, tzinfo=UTC)]


def test_a_category_may_be_called_na_and_is_trimmed() -> None:
    assert read(["NA", " d01 ", "  ", "null"], ColumnType.CATEGORY) == ["NA", "d01", None, "null"]
