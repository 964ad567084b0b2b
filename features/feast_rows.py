"""Packed states to Feast's rows and back, for online stores that only Feast can reach."""

from collections.abc import Mapping, Sequence
from typing import Any

import cbor2
import pandas as pd
from feast import FeatureStore

from features.blobs import Row
from features.schema import CATEGORY, EVENTS_VIEW, FACTS_VIEW, RECENT_COLUMN, FeatureSchema


def read_rows(store: FeatureStore, schema: FeatureSchema, citizen_id: str, views: Sequence[str]) -> Mapping[str, bytes]:
    """View to packed content of the views that Feast has for the citizen."""
    refs = [f"{view}:{name}" for view in views for name in _names(schema, view)]
    answer = store.get_online_features(
        features=refs, entity_rows=[{"citizen_id": citizen_id}], full_feature_names=True
    ).to_dict()
    found: dict[str, bytes] = {}
    for view in views:
        values = [answer[f"{view}__{name}"][0] for name in _names(schema, view)]
        if all(value is None for value in values):
            continue
        found[view] = values[0] if view == FACTS_VIEW else cbor2.dumps(values)
    return found


def frame_of(schema: FeatureSchema, view: str, rows: Sequence[Row]) -> pd.DataFrame:
    """What Feast writes: a row per citizen with known_at and the view's columns."""
    names = _names(schema, view)
    values: list[list[Any]] = [[row.content] if view == FACTS_VIEW else cbor2.loads(row.content) for row in rows]
    frame = pd.DataFrame(values, columns=names)
    text = {c.name for c in schema.of_view(view) if c.kind == CATEGORY} if view != FACTS_VIEW else {"facts"}
    for name in names:
        if name not in text and name != RECENT_COLUMN:
            frame[name] = frame[name].astype("float64")
    frame.insert(0, "citizen_id", [row.citizen_id for row in rows])
    frame["known_at"] = pd.to_datetime([row.known_us for row in rows], unit="us", utc=True)
    return frame


def _names(schema: FeatureSchema, view: str) -> list[str]:
    if view == FACTS_VIEW:
        return ["facts"]
    names = [column.name for column in schema.of_view(view)]
    return [*names, RECENT_COLUMN] if view == EVENTS_VIEW else names
