"""The breaker: what is too much, by example and by law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.breaker import Breaker

COUNTS = st.lists(st.integers(0, 10_000), max_size=40)
BREAKERS = st.builds(Breaker, st.floats(1, 100), st.integers(1, 1000), st.integers(1, 60))


@pytest.mark.parametrize(
    ("pushes", "before", "trips"),
    [
        (10, [], False),  # a new service's first ten
        (500, [], False),
        (501, [], True),
        (501, [60] * 28, False),
        (601, [60] * 28, True),
        (900, [0] * 14 + [10_000] * 13, True),  # what was loud on fewer than half the days is not usual
        (900, [0] * 13 + [100] * 15, False),
    ],
)
def test_ten_times_the_usual_trips(pushes: int, before: list[int], trips: bool) -> None:
    assert Breaker().trips(pushes, before) is trips


@given(BREAKERS, st.integers(0, 100_000), COUNTS)
def test_the_floor_protects_everybody_and_more_pushes_never_trip_less(
    breaker: Breaker, pushes: int, before: list[int]
) -> None:
    assert not breaker.trips(int(breaker.multiple * breaker.floor), before)
    if breaker.trips(pushes, before):
        assert breaker.trips(pushes + 1, before)


@given(BREAKERS, st.integers(0, 100_000), COUNTS, st.integers(0, 1_000))
def test_a_louder_past_never_makes_it_trip_sooner(
    breaker: Breaker, pushes: int, before: list[int], louder: int
) -> None:
    if not breaker.trips(pushes, before):
        assert not breaker.trips(pushes, [count + louder for count in before])


@given(BREAKERS, st.lists(st.integers(0, 1_000), min_size=3, max_size=40), st.integers(0, 10**9))
def test_one_wild_day_does_not_become_the_measure(breaker: Breaker, before: list[int], wild: int) -> None:
    assert breaker.limit([*before, wild]) <= breaker.multiple * max(breaker.floor, *before)


@given(st.integers(0, 10**9), COUNTS)
def test_without_a_multiple_there_is_no_breaker(pushes: int, before: list[int]) -> None:
    assert not Breaker(multiple=0).trips(pushes, before)
