"""Which statements stand: corrections and withdrawals, in whatever order they are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.ingest.rows import EVENT_SCHEMA
from features.resolve import by_citizen, resolve

START = datetime(2024, 1, 1, tzinfo=UTC)


def statements(*rows: tuple[str, str | None, int, bool]) -> pl.DataFrame:
    """id, what it corrects, day it became known, whether it withdraws."""
    return pl.DataFrame(
        [
            {
                "fact_id": fact_id,
                "citizen_id": "ann",
                "event_type": "moved",
                "happened_at": START,
                "known_at": START + timedelta(days=day),
                "corrects": corrects,
                "withdrawn": withdrawn,
                "register": "population",
            }
            for fact_id, corrects, day, withdrawn in rows
        ],
        schema=EVENT_SCHEMA,
    )


def believed(frame: pl.DataFrame) -> list[tuple[str, str, int | None]]:
    """id, root, and the day until which it was believed."""
    rows = resolve(frame).select("fact_id", "root", "superseded_at").rows()
    return [(fact_id, root, None if end is None else (end - START).days) for fact_id, root, end in rows]


def test_a_correction_supersedes_and_keeps_the_root() -> None:
    frame = statements(("a", None, 1, False), ("b", "a", 2, False), ("c", "b", 3, False))
    assert believed(frame) == [("a", "a", 2), ("b", "a", 3), ("c", "a", None)]


def test_a_withdrawal_ends_the_belief_and_is_none_itself() -> None:
    assert believed(statements(("a", None, 1, False), ("b", "a", 2, True))) == [("a", "a", 2)]


def test_of_two_corrections_of_one_fact_the_later_known_stands() -> None:
    frame = statements(("a", None, 1, False), ("c", "a", 2, False), ("b", "a", 3, False))
    assert believed(frame) == [("a", "a", 2), ("c", "a", 3), ("b", "a", None)]


def test_a_correction_of_the_same_instant_supersedes_whatever_its_id() -> None:
    frame = statements(("b", None, 1, False), ("a", "b", 1, False))
    assert believed(frame) == [("b", "b", 1), ("a", "b", None)]
    assert by_citizen(frame)["fact_id"].to_list() == ["b", "a"]


def test_a_correction_about_another_citizen_ends_it_for_the_first() -> None:
    frame = statements(("a", None, 1, False), ("b", "a", 2, False), ("c", "b", 3, False))
    frame = frame.with_columns(pl.Series("citizen_id", ["ann", "bob", "bob"]))
    told = by_citizen(frame).select("citizen_id", "fact_id", "corrects", "withdrawn").rows()
    assert told == [
        ("ann", "a", None, False),
        ("ann", "b~", "a", True),
        ("bob", "b", "a", False),
        ("bob", "c", "a", False),
    ]


def test_a_correction_of_what_is_not_there_stands_under_its_name() -> None:
    assert believed(statements(("b", "a", 2, False))) == [("b", "a", None)]


def test_a_ring_of_corrections_ends() -> None:
    assert len(believed(statements(("a", "b", 1, False), ("b", "a", 2, False)))) == 2


def test_nothing_resolves_to_nothing() -> None:
    assert resolve(statements()).is_empty()


chains = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5), st.booleans()), max_size=9)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(chains=chains, data=st.data())
def test_the_order_of_statements_does_not_matter_and_at_most_one_of_a_chain_stands(chains: Any, data: Any) -> None:
    rows = [
        (f"f{i}", f"f{target}" if target < i else None, day, withdrawn and target < i)
        for i, (target, day, withdrawn) in enumerate(chains)
    ]
    frame = statements(*rows)
    shuffled = statements(*data.draw(st.permutations(rows)))
    assert believed(frame) == believed(shuffled)
    standing = resolve(frame).filter(pl.col("superseded_at").is_null())
    assert standing["root"].is_unique().all()
    ended = resolve(frame).drop_nulls("superseded_at")
    assert (ended["superseded_at"] >= ended["known_at"]).all()
