"""What is known now about one citizen: read from the online store, refreshed from base facts and the event log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import cbor2

from features.blobs import BlobStore, Row
from features.packing import states_of, unpack
from features.schema import EVENTS_VIEW, FACTS_VIEW, FeatureSchema
from recommender.facts import Fact, Knowledge, RecordedEvent
from recommender.identifiers import CitizenId, EventType, FactId
from recommender.instants import to_us


class States(Protocol):
    """Packed states by citizen and view; BlobStore is one, Feast over Redis another."""

    def read(self, citizen_id: str, views: Sequence[str]) -> Mapping[str, bytes]: ...

    def write(self, rows: Sequence[Row], *, refreshed: bool) -> None: ...


class StoredOnlineFeatures:
    """Implements the OnlineFeatures port over any States."""

    def __init__(self, schema: FeatureSchema, states: States | BlobStore) -> None:
        self.schema = schema
        self._states: Any = states
        self._widths = {view: len(schema.of_view(view)) for view in schema.views}

    def read(self, citizen_id: CitizenId, as_of: datetime) -> Knowledge | None:
        found = self._states.read(citizen_id, self.schema.views)
        if not found:
            return None
        return self._knowledge(citizen_id, as_of, {view: cbor2.loads(content) for view, content in found.items()})

    def refresh(self, citizen_id: CitizenId, accepted: Sequence[Fact], as_of: datetime) -> Knowledge:
        base = self._states.read(citizen_id, (FACTS_VIEW,))
        statements = unpack(base.get(FACTS_VIEW))
        for fact in accepted:
            statements.add(fact, self.schema)
        states = list(states_of(statements, self.schema, to_us(as_of)))
        self._states.write([Row(citizen_id, view, known, packed) for view, known, packed in states], refreshed=True)
        return self._knowledge(citizen_id, as_of, {view: cbor2.loads(packed) for view, _, packed in states})

    def _knowledge(self, citizen_id: CitizenId, as_of: datetime, views: Mapping[str, list[Any]]) -> Knowledge:
        state: list[Any] = []
        recent: list[Any] = []
        for view in self.schema.views:
            width = self._widths[view]
            values = views.get(view)
            if values is None:
                state += [None] * width
                continue
            state += values[:width]
            if view == EVENTS_VIEW:
                recent = cbor2.loads(values[width])
        events = tuple(
            [RecordedEvent(FactId(root), EventType(t), happened, known) for root, t, happened, known in recent]
        )
        return self.schema.knowledge(citizen_id, as_of, tuple(state), events)
