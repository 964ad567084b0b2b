"""A period that is taken can be counted with: no catalogue that loads breaks a decision by its calendar."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.instants import after, before, check_period

NUMBER = st.one_of(st.integers(0, 400), st.integers(0, 10**25), st.sampled_from(["1.5", "0.5", ""]))


@given(st.lists(st.tuples(NUMBER, st.sampled_from("YMWD")), max_size=3))
def test_a_period_that_is_taken_reaches_a_day_of_the_calendar_both_ways(parts: list[tuple[int | str, str]]) -> None:
    period = "P" + "".join(f"{number}{unit}" for number, unit in parts)
    try:
        check_period(period)
    except ValueError as error:
        assert repr(period) in str(error)
        return
    for now in (datetime(1900, 3, 1, tzinfo=UTC), datetime(2096, 2, 29, 23, 59, tzinfo=UTC)):
        assert before(now, period) < now < after(now, period)


@pytest.mark.parametrize("period", ["P1Y", "P3M", "P2W", "P10D", "P1Y6M", "PT6H", "P100Y"])
def test_what_a_law_says_is_a_period(period: str) -> None:
    assert check_period(period) == period


@pytest.mark.parametrize(
    ("period", "part"),
    [
        ("P1.5Y", "18 months"),
        ("P1,5Y", "ISO 8601"),
        ("P99999999999999999999D", "too long"),
        ("P0.5M", "whole"),
        ("P0D", "no time"),
        ("PT", "no time"),
        ("P9999Y", "too long"),
        ("P99999999999999999999Y", "too long"),
        ("P3M\n", "ISO 8601"),
        ("P-1Y", "ISO 8601"),
        ("one year", "ISO 8601"),
    ],
)
def test_what_no_calendar_can_count_is_no_period_and_the_error_says_why(period: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        check_period(period)
