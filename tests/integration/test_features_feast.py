"""One citizen, one time, three ways: the online store, Feast's own historical join, and the columnar build."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.dataset import point_in_time
from features.definitions import NEEDS_SERVICE, feature_refs
from features.feast_join import feast_join
from features.materialise import materialise
from features.schema import load_schema
from features.store import online_features, open_store
from features.testing.loading import SETTINGS, load_world
from features.testing.worlds import CITIZENS, LAST_DAY, World, day, worlds
from features.vectors import SchemaVectoriser
from recommender.identifiers import CitizenId

AS_OF = pl.Datetime("us", "UTC")


def asked(rows: list[tuple[str, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(citizen, day(number)) for citizen, number in rows],
        schema={"citizen_id": pl.String, "as_of": AS_OF},
        orient="row",
    )


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(0, LAST_DAY + 600), st.lists(st.integers(0, LAST_DAY), max_size=3))
def test_online_value_equals_feast_join_equals_columnar_build(world: World, moment: int, others: list[int]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        descriptor, workspace = load_world(world, folder)
        schema = load_schema(workspace)
        vectoriser = SchemaVectoriser(schema)
        materialise(workspace, descriptor, at=day(moment), settings=SETTINGS)
        # out of order, with one row asked twice and one citizen of whom nothing is known
        rows = [(c, number) for number in [moment, *others] for c in reversed(CITIZENS)]
        entities = asked([*rows, rows[0], ("stranger", moment)])
        columnar = point_in_time(workspace, schema, entities)
        by_feast = feast_join(workspace, schema, entities, SETTINGS)
        assert columnar.select("citizen_id", "as_of").equals(entities)
        assert by_feast.select(columnar.columns).equals(columnar)
        as_of_us = entities["as_of"].dt.epoch("us").to_numpy()
        matrix = vectoriser.matrix(columnar, as_of_us)
        assert vectoriser.matrix(by_feast, as_of_us).tobytes() == matrix.tobytes()
        features = online_features(workspace, schema, SETTINGS)
        for place, (citizen, _) in enumerate(rows[: len(CITIZENS)]):
            knowledge = features.read(CitizenId(citizen), day(moment))
            if knowledge is None:
                assert np.isnan(matrix[place][: len(schema.attributes)]).all()
            else:
                assert vectoriser.vector(knowledge).tobytes() == matrix[place : place + 1].tobytes()
    finally:
        shutil.rmtree(folder)


def test_feast_reads_what_herald_stored(tmp_path: Path) -> None:
    """Through Feast's own `get_online_features` on Herald's store: the same values, by feature service or by name."""
    world = World({citizen: (day(1), day(-9000), "f") for citizen in CITIZENS})
    descriptor, workspace = load_world(world, tmp_path)
    materialise(workspace, descriptor, settings=SETTINGS)
    schema = load_schema(workspace)
    store = open_store(workspace, SETTINGS)
    rows = [{"citizen_id": "c-2"}, {"citizen_id": "stranger"}]
    by_name = store.get_online_features(features=feature_refs(schema), entity_rows=rows).to_dict()
    by_service = store.get_online_features(
        features=store.get_feature_service(NEEDS_SERVICE), entity_rows=rows
    ).to_dict()
    knowledge = online_features(workspace, schema, SETTINGS).read(CitizenId("c-2"), day(2))
    assert knowledge is not None
    for column, value in zip(schema.columns, knowledge.state, strict=True):
        assert by_name[column.name] == [value, None]
        assert by_service[column.name] == [value, None]


def test_feasts_own_materialise_fills_the_same_store(tmp_path: Path) -> None:
    """Somebody who knows Feast only finds it working: its materialise writes what Herald's reader reads."""
    world = World({citizen: (day(1), day(-9000), "m") for citizen in CITIZENS})
    descriptor, workspace = load_world(world, tmp_path)
    materialise(workspace, descriptor, settings=SETTINGS)
    features = online_features(workspace, load_schema(workspace), SETTINGS)
    before = features.read(CitizenId("c-1"), day(3))
    store = open_store(workspace, SETTINGS)
    store.materialize(day(0), day(2), feature_views=["people"])
    assert features.read(CitizenId("c-1"), day(3)) == before
