"""A citizen's statements and states as small blobs: a refresh is base facts plus log facts, never an increment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2

from features.blobs import Row
from features.fold import EventBelief, Statement, TableBelief, UseBelief, in_known_order
from features.schema import EVENTS_VIEW, RECENT_COLUMN, TIME, USES_VIEW, FeatureSchema
from recommender.facts import Fact, FactKind, Scalar
from recommender.instants import to_us


@dataclass(slots=True)
class Statements:
    """All that was said of one citizen: per attribute table, of life events, of uses."""

    tables: dict[str, list[Statement]] = field(default_factory=dict)
    events: list[Statement] = field(default_factory=list)
    uses: list[Statement] = field(default_factory=list)

    def of_view(self, view: str) -> list[Statement]:
        if view == EVENTS_VIEW:
            return self.events
        return self.uses if view == USES_VIEW else self.tables.setdefault(view, [])

    def add(self, fact: Fact, schema: FeatureSchema) -> None:
        """Add a fact of the log; attribute values go to the tables that own them."""
        head = (fact.fact_id, to_us(fact.known_at), to_us(fact.happened_at))
        tail = (fact.corrects, fact.withdrawn)
        if fact.kind is FactKind.LIFE_EVENT:
            self.events.append(Statement(*head, str(fact.event_type), *tail))
        elif fact.kind is FactKind.USE:
            self.uses.append(Statement(*head, f"{fact.service_id}:{fact.use}", *tail))
        else:
            for table, told in _by_table(fact.values, schema).items():
                self.of_view(table).append(Statement(*head, told, *tail))


def pack(statements: Statements) -> bytes:
    """One blob; `unpack` gives the same statements."""
    tables = {table: [list(s) for s in told] for table, told in statements.tables.items()}
    return cbor2.dumps([tables, [list(s) for s in statements.events], [list(s) for s in statements.uses]])


def unpack(content: bytes | None) -> Statements:
    """The statements of a blob; none for None."""
    if content is None:
        return Statements()
    tables, events, uses = cbor2.loads(content)
    read = {table: [Statement(*s) for s in told] for table, told in tables.items()}
    return Statements(read, [Statement(*s) for s in events], [Statement(*s) for s in uses])


def joined(base: Statements, log: Statements) -> Statements:
    """All statements once: one that a register told in the meantime is not told again by the log."""
    views = [EVENTS_VIEW, USES_VIEW, *sorted({*base.tables, *log.tables})]
    found = Statements()
    for view in views:
        told = base.of_view(view)
        known = {statement.fact_id for statement in told}
        by_log = sorted(log.of_view(view), key=lambda statement: statement.fact_id)
        found.of_view(view).extend([*told, *(s for s in by_log if s.fact_id not in known)])
    return found


def rows_of(citizen_id: str, statements: Statements, schema: FeatureSchema, as_of_us: int) -> list[Row]:
    """The state of every view as known at `as_of_us`; of a view that nothing was said for, an empty one."""
    rows = []
    for view in schema.views:
        told = in_known_order(s for s in statements.of_view(view) if s.known_us <= as_of_us)
        values = _fold(told, schema, view) if told else {}
        rows.append(Row(citizen_id, view, told[-1].known_us if told else 0, pack_state(values)))
    return rows


def pack_state(values: Mapping[str, Any]) -> bytes:
    """Column to value of what is known; by name, so that a schema that has grown reads older states."""
    return cbor2.dumps({name: value for name, value in values.items() if value is not None})


def unpack_states(contents: Iterable[bytes]) -> dict[str, Any]:
    """Column to value, of every view."""
    values: dict[str, Any] = {}
    for content in contents:
        values.update(cbor2.loads(content))
    return values


def _fold(told: Iterable[Statement], schema: FeatureSchema, view: str) -> dict[str, Any]:
    names = [column.name for column in schema.of_view(view)]
    if view == EVENTS_VIEW:
        events = EventBelief()
        for statement in told:
            events.tell(statement)
        stored = [value for event_type in schema.event_types for value in events.stored(event_type)]
        return {**dict(zip(names, stored, strict=True)), RECENT_COLUMN: cbor2.dumps(events.recent())}
    if view == USES_VIEW:
        uses = UseBelief()
        for statement in told:
            uses.tell(statement)
        return dict(zip(names, [v for service in schema.services for v in uses.stored(service)], strict=True))
    belief = TableBelief(schema.told_in(view))
    for statement in told:
        belief.tell(statement)
    return dict(zip(names, table_values(belief, schema, view), strict=True))


def table_values(belief: TableBelief, schema: FeatureSchema, view: str) -> list[Any]:
    """A table's belief in the order of the view's columns."""
    values: dict[str, Scalar | int | None] = {}
    for i, name in enumerate(schema.told_in(view)):
        values[name] = belief.current[i]
        values[f"{name}__previous"] = belief.previous[i]
        values[f"{name}__changed_at"] = belief.changed_us[i]
    values[f"{view}__since"] = belief.since_us
    values[f"{view}__observed_since"] = belief.observed_since_us
    columns = schema.of_view(view)
    return [_stored(values[column.name], column.kind) for column in columns]


def _stored(value: Scalar | int | None, kind: str) -> Scalar | int | None:
    return float(value) if kind == TIME and value is not None else value


def _by_table(values: Mapping[str, Scalar | None], schema: FeatureSchema) -> dict[str, dict[str, Scalar | None]]:
    owners = {a.name: a.table for a in schema.attributes}
    told: dict[str, dict[str, Scalar | None]] = {}
    for name, value in values.items():
        table = owners.get(name) or schema.held.get(name)
        if table is not None:
            told.setdefault(table, {})[name] = float(value) if isinstance(value, bool | int) else value
    return told
