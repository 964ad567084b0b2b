"""The point-in-time dataset beside Feast's own join on DuckDB, on the same entities: equal, and how much faster."""

import time
from collections.abc import Callable

import polars as pl

from experiments.bench.latency import Row
from features.dataset import point_in_time
from features.feast_join import feast_join
from features.schema import load_schema
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.settings import read_settings

ENTITIES = 20_000


def joins(workspace: Workspace, citizens: list[str]) -> Row:
    """Seconds for 20,000 citizen-times of everything stored. Raises RuntimeError when the two disagree."""
    schema = load_schema(workspace)
    times = pl.datetime_range(pl.datetime(2023, 1, 31), pl.datetime(2025, 10, 31), "1mo", time_zone="UTC", eager=True)
    every = pl.DataFrame({"citizen_id": citizens}).join(times.alias("as_of").to_frame(), how="cross")
    entities = every.sample(min(ENTITIES, every.height), seed=0)
    ours, own = _timed(lambda: point_in_time(workspace, schema, entities))
    theirs, feasts = _timed(lambda: feast_join(workspace, schema, entities, read_settings(FeatureSettings)))
    if not own.equals(feasts.select(own.columns)):
        raise RuntimeError("the point-in-time dataset and Feast's own join disagree")
    return Row("point_in_time", ours, "s", theirs, ours / theirs, "at most 1x Feast's own, and equal")


def _timed(join: Callable[[], pl.DataFrame]) -> tuple[float, pl.DataFrame]:
    join()  # once before: imports and files in the cache are not what is compared
    began = time.perf_counter()
    table = join()
    return time.perf_counter() - began, table
