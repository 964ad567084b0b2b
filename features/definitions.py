"""Feast's objects for a schema: one entity, one wide view per table, feature services. Known time is Feast's time."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Bytes, Float64, String

from features.schema import CATEGORY, EVENTS_VIEW, FACTS_VIEW, LOG_VIEW, RECENT_COLUMN, FeatureSchema
from features.workspace import Workspace

CITIZEN = "citizen"
NEEDS_SERVICE = "needs"
"""Feature service of everything the models and rules read."""

KNOWN_AT = "known_at"

PACKED = "facts"
"""The one feature of the views that hold a citizen's packed facts."""


def definitions(workspace: Workspace, schema: FeatureSchema) -> list[Entity | FeatureView | FeatureService]:
    """What to apply: the entity, the views in the schema's order, the citizen's base facts, the feature service."""
    citizen = Entity(name=CITIZEN, join_keys=["citizen_id"], value_type=ValueType.STRING)
    views = [_view(workspace, citizen, name, _fields(schema, name)) for name in schema.views]
    packed = [_view(workspace, citizen, name, [Field(name=PACKED, dtype=Bytes)]) for name in (FACTS_VIEW, LOG_VIEW)]
    return [citizen, *views, *packed, FeatureService(name=NEEDS_SERVICE, features=views)]


def feature_refs(schema: FeatureSchema, *, recent: bool = False) -> list[str]:
    """`view:column` of every stored column, in the order of a state."""
    refs = [f"{column.view}:{column.name}" for column in schema.columns]
    return [*refs, f"{EVENTS_VIEW}:{RECENT_COLUMN}"] if recent else refs


def _fields(schema: FeatureSchema, view: str) -> list[Field]:
    fields = [Field(name=c.name, dtype=String if c.kind == CATEGORY else Float64) for c in schema.of_view(view)]
    return [*fields, Field(name=RECENT_COLUMN, dtype=Bytes)] if view == EVENTS_VIEW else fields


def _view(workspace: Workspace, citizen: Entity, name: str, fields: list[Field]) -> FeatureView:
    source = FileSource(
        name=f"{name}_states",
        path=str((workspace.states / f"{name}.parquet").resolve()),
        timestamp_field=KNOWN_AT,
    )
    # no time to live: what is known stays known until a register says otherwise
    return FeatureView(name=name, entities=[citizen], schema=fields, source=source, ttl=timedelta(0), online=True)
