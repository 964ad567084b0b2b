"""Where two receipts differ is told place by place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.differences import differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_there_is_a_line_exactly_when_the_values_are_not_equal(one: Any, other: Any) -> None:
    assert list(differences(one, one)) == []
    found = list(differences(one, other))
    assert bool(found) == (one != other)
    assert all("\n" not in line for line in found)


@pytest.mark.parametrize(
    ("one", "other", "line"),
    [
        ({"a": 1}, {"a": 2}, "a: 1, recomputed 2"),
        ({"a": None}, {}, "a: none, recomputed absent"),
        ([1], [1, 2], "[1]: absent, recomputed 2"),
        (
            {"candidates": [{"service_id": "aid", "status": "eligible"}]},
            {"candidates": [{"service_id": "aid", "status": "unknown"}]},
            "candidates[aid].status: eligible, recomputed unknown",
        ),
    ],
)
def test_a_line_names_the_place_and_both_values(one: Any, other: Any, line: str) -> None:
    assert list(differences(one, other)) == [line]
