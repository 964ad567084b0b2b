"""What was known at each decision: states joined as of their known time, columnar or by Feast, and their features."""

import polars as pl

from features.schema import CATEGORY, EVENTS_VIEW, RECENT_COLUMN, FeatureSchema
from features.vectors import SchemaVectoriser
from features.workspace import Workspace
from recommender.ports import FloatMatrix

INSTANT = pl.Datetime("us", "UTC")


def point_in_time(
    workspace: Workspace, schema: FeatureSchema, entities: pl.DataFrame, *, recent: bool = False
) -> pl.DataFrame:
    """The state of each citizen as known at each time.

    entities : citizen_id, as_of (UTC); any order, repeats allowed.
    Gives one row per entity in its order, with the schema's stored columns, and `recent` when asked; null is unknown.
    """
    asked = entities.select(pl.col("citizen_id").cast(pl.String), pl.col("as_of").cast(INSTANT))
    asked = asked.with_row_index("__row").sort("as_of", maintain_order=True)
    for view in schema.views:
        columns = [column.name for column in schema.of_view(view)]
        if recent and view == EVENTS_VIEW:
            columns.append(RECENT_COLUMN)
        states = pl.read_parquet(workspace.states / f"{view}.parquet", columns=["citizen_id", "known_at", *columns])
        asked = asked.join_asof(
            states.sort("known_at", maintain_order=True),
            left_on="as_of",
            right_on="known_at",
            by="citizen_id",
            strategy="backward",
            check_sortedness=False,
        ).drop("known_at", strict=False)
    return asked.sort("__row").drop("__row")


def feature_matrix(
    workspace: Workspace, schema: FeatureSchema, entities: pl.DataFrame, *, audited: bool = False
) -> FloatMatrix:
    """Model features as known at each time, shape (entities, features), float32. See `SchemaVectoriser`."""
    states = point_in_time(workspace, schema, entities)
    as_of_us = states["as_of"].dt.epoch("us").to_numpy()
    return SchemaVectoriser(schema, audited=audited).matrix(states, as_of_us)


def stored_types(schema: FeatureSchema) -> dict[str, type[pl.DataType]]:
    """The column types of a state frame."""
    return {c.name: pl.String if c.kind == CATEGORY else pl.Float64 for c in schema.columns}
