"""What was known of many citizens at one time, in the words of rules, from the offline states."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from features.dataset import INSTANT, point_in_time
from features.facts import read_citizens
from features.schema import FeatureSchema
from features.workspace import Workspace
from recommender.facts import Knowledge, Scalar
from recommender.identifiers import CitizenId

_AT_ONCE = 10_000


def population(workspace: Workspace, as_of: datetime, most: int | None = None) -> list[CitizenId]:
    """The citizens known at a time, by id; of more than `most` an evenly spread part."""
    known = read_citizens(workspace).filter(pl.col("first_known_at") <= as_of)["citizen_id"].sort()
    if most is not None and len(known) > most:
        known = known.gather_every(-(-len(known) // most))
    return [CitizenId(citizen_id) for citizen_id in known.to_list()]


def citizens_where(workspace: Workspace, schema: FeatureSchema, attribute: str) -> list[CitizenId]:
    """The citizens of whom a boolean attribute is known to be true now, by id; none when there is no such attribute."""
    view = next((each.table for each in schema.attributes if each.name == attribute), None)
    if view is None:
        return []
    states = pl.scan_parquet(workspace.states / f"{view}.parquet").select("citizen_id", attribute)
    latest = states.group_by("citizen_id", maintain_order=True).last()  # states lie by citizen and known time
    found = latest.filter(pl.col(attribute) == 1).collect()["citizen_id"]
    return [CitizenId(citizen_id) for citizen_id in found.sort().to_list()]


def knowledge_of_many(
    workspace: Workspace, schema: FeatureSchema, as_of: datetime, citizens: list[CitizenId]
) -> Iterator[Knowledge]:
    """What was known of each citizen, in their order; recorded events are not among it, only their dates."""
    for start in range(0, len(citizens), _AT_ONCE):
        part = citizens[start : start + _AT_ONCE]
        entities = pl.DataFrame({"citizen_id": part}).with_columns(pl.lit(as_of).cast(INSTANT).alias("as_of"))
        states = point_in_time(workspace, schema, entities)
        columns = [_values(states[column.name]) for column in schema.columns]
        for citizen_id, state in zip(part, zip(*columns, strict=True), strict=True):
            yield schema.knowledge(citizen_id, as_of, state, ())


def _values(column: pl.Series) -> list[Scalar | None]:
    """Dates as microseconds, numbers as float; null stays None."""
    if column.dtype.is_temporal():
        column = column.cast(INSTANT).dt.epoch("us")
    values: list[Scalar | None] = (column.cast(pl.Float64) if column.dtype.is_numeric() else column).to_list()
    return values
