"""Packed states to Feast's rows and back, for online stores that only Feast can reach."""

from collections.abc import Mapping, Sequence

import cbor2
import pandas as pd
from feast import FeatureStore

from features.blobs import Row
from features.definitions import PACKED
from features.packing import pack_state
from features.schema import CATEGORY, EVENTS_VIEW, FACTS_VIEW, LOG_VIEW, RECENT_COLUMN, FeatureSchema

_PACKED_VIEWS = (FACTS_VIEW, LOG_VIEW)


def read_rows(
    store: FeatureStore, schema: FeatureSchema, citizen_ids: Sequence[str], views: Sequence[str]
) -> dict[str, dict[str, bytes]]:
    """Citizen to view to packed content, of the views in which anything is stored."""
    refs = [f"{view}:{name}" for view in views for name in _names(schema, view)]
    asked = [{"citizen_id": citizen_id} for citizen_id in citizen_ids]
    answer = store.get_online_features(features=refs, entity_rows=asked, full_feature_names=True).to_dict()
    found: dict[str, dict[str, bytes]] = {citizen_id: {} for citizen_id in citizen_ids}
    for view in views:
        names = _names(schema, view)
        for place, citizen_id in enumerate(citizen_ids):
            values = {name: answer[f"{view}__{name}"][place] for name in names}
            if any(value is not None for value in values.values()):
                found[citizen_id][view] = values[PACKED] if view in _PACKED_VIEWS else pack_state(values)
    return found


def frame_of(schema: FeatureSchema, view: str, rows: Sequence[Row]) -> pd.DataFrame:
    """What Feast writes: a row per citizen with known_at and the view's columns; what is unknown is null."""
    states: list[Mapping[str, object]] = [
        {PACKED: row.content} if view in _PACKED_VIEWS else cbor2.loads(row.content) for row in rows
    ]
    objects = {c.name for c in schema.of_view(view) if c.kind == CATEGORY} if view in schema.views else {PACKED}
    columns = {
        name: pd.Series([s.get(name) for s in states], dtype=object if name in objects | {RECENT_COLUMN} else "float64")
        for name in _names(schema, view)
    }
    known = pd.to_datetime([row.known_us for row in rows], unit="us", utc=True)
    return pd.DataFrame({"citizen_id": [row.citizen_id for row in rows], **columns, "known_at": known})


def _names(schema: FeatureSchema, view: str) -> list[str]:
    if view in _PACKED_VIEWS:
        return [PACKED]
    names = [column.name for column in schema.of_view(view)]
    return [*names, RECENT_COLUMN] if view == EVENTS_VIEW else names
