"""The feature schema: what is stored per citizen, in which order, and which model features follow from it.

Made from the descriptor and what ingest saw; a model carries the one it was trained with.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from features.functions import years_since
from features.workspace import Workspace
from recommender.errors import SchemaMismatchError
from recommender.facts import Holding, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import CitizenId, EventType, ServiceId
from recommender.instants import to_us

DATES = 4
"""Dates kept per life-event type, newest first: windowed counts saturate there."""

RECENT = 16
"""Recorded events kept with their identity: the causes that a push may name."""

NUMBER, BOOLEAN, CATEGORY, TIME = "number", "boolean", "category", "time"
EVENTS_VIEW, USES_VIEW, RECENT_COLUMN = "life_events", "uses", "recent"
FACTS_VIEW, LOG_VIEW = "citizen_facts", "accepted_facts"
"""Online only: a citizen's packed base facts, and those that the event log told at the last refresh."""

EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One stored value per citizen. kind: number, boolean (0 or 1), category (text), time (microseconds)."""

    name: str
    kind: str
    view: str


@dataclass(frozen=True, slots=True)
class AttributeInfo:
    """One attribute. hidden: protected or sensitive; told to rules and auditors, never a feature."""

    name: str
    kind: str
    table: str
    varying: bool
    hidden: bool
    protected: bool


@dataclass(frozen=True)
class FeatureSchema:
    """coverage: per event type the stored column that says since when absence counts, or "everyone"; absent: never."""

    dataset: str
    zone: str
    monthly: bool
    windows: tuple[str, ...]
    attributes: tuple[AttributeInfo, ...]
    derived: Mapping[str, str]
    tables: tuple[str, ...]
    observed: tuple[str, ...]
    event_types: tuple[str, ...]
    coverage: Mapping[str, str]
    services: tuple[str, ...]
    held: Mapping[str, str]
    vocabularies: Mapping[str, tuple[str, ...]]

    @cached_property
    def columns(self) -> tuple[StoredColumn, ...]:
        """Every stored value, view by view, in the order of a state."""
        return tuple(column for view in self.views for column in self.of_view(view))

    @cached_property
    def views(self) -> tuple[str, ...]:
        """The Feast views that hold state, in order."""
        return (*self.tables, EVENTS_VIEW, *([USES_VIEW] if self.services else []))

    @cached_property
    def position(self) -> Mapping[str, int]:
        return {column.name: i for i, column in enumerate(self.columns)}

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:32]

    def of_view(self, view: str) -> tuple[StoredColumn, ...]:
        """The stored columns of one view, in order."""
        if view == EVENTS_VIEW:
            return tuple(c for event_type in self.event_types for c in _event_columns(event_type))
        if view == USES_VIEW:
            return tuple(c for service in self.services for c in _use_columns(service))
        columns = [c for attribute in self.attributes if attribute.table == view for c in _attribute_columns(attribute)]
        columns += [StoredColumn(column, BOOLEAN, view) for column, table in self.held.items() if table == view]
        columns.append(StoredColumn(f"{view}__since", TIME, view))
        if view in self.observed:
            columns.append(StoredColumn(f"{view}__observed_since", TIME, view))
        return tuple(columns)

    def told_in(self, view: str) -> list[str]:
        """The columns that a statement of one attribute table may speak of."""
        told = [attribute.name for attribute in self.attributes if attribute.table == view]
        return told + [column for column, table in self.held.items() if table == view]

    def to_json(self) -> str:
        """Canonical text: equal schemas give equal bytes."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    def compatible_with(self, store: "FeatureSchema") -> str | None:
        """Why a model of this schema cannot read the states of `store`; None when it can.

        States are kept by column name and categories as words, so a store may hold more than the model asks for: the
        model codes and counts by its own schema.
        """
        theirs = set(store.columns)
        lacking = [column.name for column in self.columns if column not in theirs]
        if lacking:
            return f"the store lacks {', '.join(lacking[:3])}"
        if self.zone != store.zone:
            return f"the model reads dates in {self.zone}, the store keeps them in {store.zone}"
        return None

    def knowledge(
        self,
        citizen_id: CitizenId,
        as_of: datetime,
        state: tuple[Scalar | None, ...],
        recent: tuple[RecordedEvent, ...],
    ) -> Knowledge:
        """What is known, in the words of rules, from a stored state. Raises SchemaMismatchError for a wrong length."""
        if len(state) != len(self.columns):
            raise SchemaMismatchError(
                f"a state has {len(state)} values, the schema {len(self.columns)}", mend="materialise again"
            )
        return Knowledge(
            citizen_id,
            as_of,
            self._attributes(state, as_of),
            self._happened(state),
            {EventType(t): self._covered(t, state) for t in self.event_types},
            self._holdings(state),
            recent,
            state,
            self.digest,
        )

    def _attributes(self, state: tuple[Scalar | None, ...], as_of: datetime) -> dict[str, Scalar | None]:
        told: dict[str, Scalar | None] = {}
        for name, place, kind in self._attribute_places:
            value = state[place]
            told[name] = bool(value) if kind == BOOLEAN and value is not None else value
        for name, source in self.derived.items():
            told[name] = self._derive(source, told[source], as_of)
        return told

    def _derive(self, source: str, value: Scalar | None, as_of: datetime) -> float | None:
        if not isinstance(value, float | int):
            return None
        years = float(years_since(value, to_us(as_of), self.zone, dated=self._kinds[source] == TIME))
        return years if years == years else None

    def _happened(self, state: tuple[Scalar | None, ...]) -> dict[EventType, tuple[int, ...]]:
        found: dict[EventType, tuple[int, ...]] = {}
        for event_type, first in self._event_places:
            if state[first] is not None:
                dates = state[first : first + DATES]
                found[event_type] = tuple([int(date) for date in dates if date is not None])
        return found

    def _covered(self, event_type: str, state: tuple[Scalar | None, ...]) -> int | None:
        column = self.coverage.get(event_type)
        if column is None:
            return None
        if column == EVERYONE:
            return -(2**62)
        value = state[self.position[column]]
        return None if value is None else int(value)

    def _holdings(self, state: tuple[Scalar | None, ...]) -> dict[ServiceId, Holding]:
        found: dict[ServiceId, Holding] = {}
        for service, first in self._service_places:
            holds, times, last = state[first : first + 3]
            if times is not None:
                found[service] = Holding(bool(holds), int(times), None if last is None else int(last))
        for column in self.held:
            value = state[self.position[column]]
            if value is not None:
                service = ServiceId(column.removeprefix("holds__"))
                before = found.get(service, Holding(False, 0, None))
                found[service] = Holding(bool(value) or before.holds_now, before.times_used, before.last_us)
        return found

    @cached_property
    def _kinds(self) -> Mapping[str, str]:
        return {attribute.name: attribute.kind for attribute in self.attributes}

    @cached_property
    def _attribute_places(self) -> tuple[tuple[str, int, str], ...]:
        return tuple((a.name, self.position[a.name], a.kind) for a in self.attributes)

    @cached_property
    def _event_places(self) -> tuple[tuple[EventType, int], ...]:
        return tuple((EventType(t), self.position[f"{t}__1"]) for t in self.event_types)

    @cached_property
    def _service_places(self) -> tuple[tuple[ServiceId, int], ...]:
        return tuple((ServiceId(s), self.position[f"{s}__holds"]) for s in self.services)


def schema_from_json(text: str) -> FeatureSchema:
    """Read a schema. Raises SchemaMismatchError when it is not one of this version."""
    try:
        content: dict[str, Any] = json.loads(text)
        content["attributes"] = tuple(AttributeInfo(**a) for a in content["attributes"])
        content["vocabularies"] = {name: tuple(words) for name, words in content["vocabularies"].items()}
        for name in ("windows", "tables", "observed", "event_types", "services"):
            content[name] = tuple(content[name])
        return FeatureSchema(**content)
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaMismatchError("a feature schema cannot be read", mend="run `herald ingest` again") from error


def load_schema(workspace: Workspace) -> FeatureSchema:
    """The schema of the store. Raises WorkspaceError when ingest was not run."""
    file = workspace.need(workspace.schema_file, "run `herald ingest` first")
    return schema_from_json(file.read_text(encoding="utf-8"))


def _attribute_columns(attribute: AttributeInfo) -> tuple[StoredColumn, ...]:
    value = StoredColumn(attribute.name, attribute.kind, attribute.table)
    if not attribute.varying:
        return (value,)
    previous = StoredColumn(f"{attribute.name}__previous", attribute.kind, attribute.table)
    return value, previous, StoredColumn(f"{attribute.name}__changed_at", TIME, attribute.table)


def _event_columns(event_type: str) -> tuple[StoredColumn, ...]:
    dates = tuple(StoredColumn(f"{event_type}__{i}", TIME, EVENTS_VIEW) for i in range(1, DATES + 1))
    return *dates, StoredColumn(f"{event_type}__total", NUMBER, EVENTS_VIEW)


def _use_columns(service: str) -> tuple[StoredColumn, ...]:
    return (
        StoredColumn(f"{service}__holds", BOOLEAN, USES_VIEW),
        StoredColumn(f"{service}__times", NUMBER, USES_VIEW),
        StoredColumn(f"{service}__last", TIME, USES_VIEW),
    )
