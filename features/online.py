"""What is known now about one citizen: read from the online store, refreshed from base facts and the event log."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

import cbor2

from features.blobs import Row
from features.packing import Statements, joined, pack, rows_of, unpack, unpack_states
from features.schema import FACTS_VIEW, LOG_VIEW, RECENT_COLUMN, FeatureSchema
from recommender.facts import Fact, Knowledge, RecordedEvent
from recommender.identifiers import CitizenId, EventType, FactId
from recommender.instants import to_us


class States(Protocol):
    """Packed states by citizen and view; BlobStore is one, Feast over Redis another."""

    def read(self, citizen_id: str, views: Sequence[str]) -> Mapping[str, bytes]: ...

    def read_view(self, citizen_ids: Sequence[str], view: str) -> Mapping[str, bytes]: ...

    def write(self, rows: Sequence[Row]) -> None: ...

    def clear(self) -> None: ...

    def exclusive(self) -> AbstractContextManager[None]:
        """What is read and written within is not interleaved with another writer, where the store can promise it."""
        ...


class StoredOnlineFeatures:
    """Implements the OnlineFeatures port over any States.

    The facts of the log are kept beside the state, so that a later materialise, which brings new base facts, folds both
    together again: neither the log's facts nor what the registers told since are lost.
    """

    def __init__(self, schema: FeatureSchema, states: States) -> None:
        self.schema = schema
        self._states = states
        self._asked = (*schema.views, LOG_VIEW)

    def read(self, citizen_id: CitizenId, as_of: datetime) -> Knowledge | None:
        found = dict(self._states.read(citizen_id, self._asked))
        told_by_log = found.pop(LOG_VIEW, None)
        values = unpack_states(found.values())
        if not values and told_by_log is None:
            return None
        return knowledge_of(self.schema, citizen_id, as_of, values)

    def refresh(self, citizen_id: CitizenId, accepted: Sequence[Fact], as_of: datetime) -> Knowledge:
        log = Statements()
        for fact in accepted:
            log.add(fact, self.schema)
        with self._states.exclusive():
            base = unpack(self._states.read(citizen_id, (FACTS_VIEW,)).get(FACTS_VIEW))
            rows = rows_of(citizen_id, joined(base, log), self.schema, to_us(as_of))
            self._states.write([*rows, Row(citizen_id, LOG_VIEW, to_us(as_of), pack(log))])
        return knowledge_of(self.schema, citizen_id, as_of, unpack_states(row.content for row in rows))


def knowledge_of(schema: FeatureSchema, citizen_id: CitizenId, as_of: datetime, values: Mapping[str, Any]) -> Knowledge:
    """What a state says, by column name, with the recent events as they are packed; a column left out is unknown."""
    recent = cbor2.loads(values[RECENT_COLUMN]) if values.get(RECENT_COLUMN) else ()
    events = tuple(
        [RecordedEvent(FactId(root), EventType(kind), happened, known) for root, kind, happened, known in recent]
    )
    state = tuple([values.get(column.name) for column in schema.columns])
    return schema.knowledge(citizen_id, as_of, state, events)
