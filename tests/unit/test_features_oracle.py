"""The fold of everybody's history against a slow and obvious reading of the same facts."""

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.dataset import feature_matrix, point_in_time
from features.facts import read_events
from features.schema import load_schema
from features.testing import oracle
from features.testing.loading import check_state, load_world
from features.testing.worlds import CITIZENS, LAST_DAY, World, day, worlds

MOMENTS = st.lists(st.integers(0, LAST_DAY + 600), min_size=1, max_size=4, unique=True)
AS_OF = pl.Datetime("us", "UTC")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), MOMENTS)
def test_the_columnar_join_knows_what_was_known_then(world: World, moments: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, workspace = load_world(world, Path(folder))
        entities = pl.DataFrame(
            [(citizen, day(moment)) for moment in moments for citizen in CITIZENS],
            schema={"citizen_id": pl.String, "as_of": pl.Datetime("us", "UTC")},
            orient="row",
        )
        joined = point_in_time(workspace, load_schema(workspace), entities)
        for row in joined.iter_rows(named=True):
            citizen, at = row["citizen_id"], row["as_of"]
            wanted = {**oracle.state(world, citizen, at), **oracle.coverage(world, citizen, at)}
            check_state(row, wanted, (citizen, at))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(1, LAST_DAY))
def test_what_becomes_known_later_changes_nothing_before(world: World, moment: int) -> None:
    """A leak test: the bytes of the features at t are the same with and without every fact known after t."""
    at = day(moment)
    then = World(world.people, tuple(fact for fact in world.facts if fact.known_at <= at))
    entities = pl.DataFrame({"citizen_id": list(CITIZENS), "as_of": [at] * len(CITIZENS)}).cast({"as_of": AS_OF})
    with tempfile.TemporaryDirectory() as folder:
        _, workspace = load_world(world, Path(folder) / "all")
        schema = load_schema(workspace)
        whole = feature_matrix(workspace, schema, entities)
        _, before = load_world(then, Path(folder) / "then")
        # the schema is the whole world's: which categories exist is not what is tested here
        assert feature_matrix(before, schema, entities).tobytes() == whole.tobytes()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(0, LAST_DAY + 600))
def test_labels_believe_what_features_believe(world: World, moment: int) -> None:
    """The events from which labels are made, as known at a time, are those that the fold counts."""
    with tempfile.TemporaryDirectory() as folder:
        _, workspace = load_world(world, Path(folder))
        standing = read_events(workspace, known_through=day(moment)).filter(pl.col("superseded_at").is_null())
        for citizen in CITIZENS:
            rows = standing.filter(pl.col("citizen_id") == citizen)
            found = rows.select("root", "event_type", pl.col("happened_at", "known_at").dt.epoch("us")).rows()
            assert set(found) == oracle.recent(world, citizen, day(moment))
