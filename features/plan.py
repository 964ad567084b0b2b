"""The schema that a descriptor and the facts ingested call for, and how it may grow."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from features.descriptor import ColumnType, Covers, Descriptor, Role, TableSpec
from features.facts import raw_of_kind, raw_states
from features.ingest.checking import typed_name
from features.ingest.rows import EVENTS, USES
from features.schema import BOOLEAN, CATEGORY, EVERYONE, NUMBER, TIME, AttributeInfo, FeatureSchema, load_schema
from features.workspace import Workspace

_KINDS = {
    ColumnType.INTEGER: NUMBER,
    ColumnType.NUMBER: NUMBER,
    ColumnType.BOOLEAN: BOOLEAN,
    ColumnType.CATEGORY: CATEGORY,
    ColumnType.DATE: TIME,
    ColumnType.TIMESTAMP: TIME,
    ColumnType.TEXT: CATEGORY,
}


def settled(workspace: Workspace, descriptor: Descriptor, *, grow: bool) -> FeatureSchema:
    """The schema in force: the stored one while the descriptor's part of it is the same, unless it may `grow`.

    What was there keeps its place: new types and categories come last, so that no code changes its meaning.
    """
    planned = plan_schema(workspace, descriptor)
    if not workspace.schema_file.is_file():
        return planned
    stored = load_schema(workspace)
    if not grow and _given(stored) == _given(planned):
        return stored
    types = _appended(stored.event_types, planned.event_types)
    return replace(
        planned,
        event_types=types,
        services=_appended(stored.services, planned.services),
        coverage={name: column for name, column in planned.coverage.items() if name in types},
        vocabularies={
            name: _appended(stored.vocabularies.get(name, ()), words) for name, words in planned.vocabularies.items()
        },
    )


def growth(workspace: Workspace, descriptor: Descriptor) -> tuple[str, ...]:
    """What the facts held tell of that the stored schema does not know yet: `attribute=category`, types, services.

    Empty: `build_states(..., grow=True)` would change nothing. Raises WorkspaceError when nothing was ingested.
    """
    stored, grown = load_schema(workspace), settled(workspace, descriptor, grow=True)
    words = [
        f"{name}={word}"
        for name, vocabulary in grown.vocabularies.items()
        for word in vocabulary
        if word not in stored.vocabularies.get(name, ())
    ]
    types = [event_type for event_type in grown.event_types if event_type not in stored.event_types]
    return (*types, *(service for service in grown.services if service not in stored.services), *words)


def left_out(words: Sequence[str]) -> str:
    """One line on what the features do not know yet."""
    shown = ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
    return f"seen for the first time, and no feature yet: {shown}; `herald train DESCRIPTOR --grow` takes them up"


def _given(schema: FeatureSchema) -> FeatureSchema:
    """What the descriptor alone decides."""
    return replace(schema, event_types=(), services=(), coverage={}, vocabularies={})


def _appended(former: Sequence[str], seen: Sequence[str]) -> tuple[str, ...]:
    return (*former, *sorted(set(seen) - set(former)))


def plan_schema(workspace: Workspace, descriptor: Descriptor) -> FeatureSchema:
    """The schema of everything held: event types and services are those seen and those that a need names."""
    events = raw_of_kind(workspace, EVENTS)
    uses = raw_of_kind(workspace, USES)
    types = set(events["event_type"].unique()) | {n.event for n in descriptor.needs.values() if n.event}
    services = set(uses["service_id"].unique()) | {n.use for n in descriptor.needs.values() if n.use}
    tables = {name: table for name, table in descriptor.tables.items() if table.holds_attributes}
    attributes = _attributes(tables)
    return FeatureSchema(
        dataset=descriptor.dataset,
        zone=descriptor.time_zone,
        monthly=descriptor.decision_times == "monthly",
        windows=descriptor.windows,
        attributes=attributes,
        derived={name: derived.years_since for name, derived in descriptor.derived.items()},
        tables=tuple(tables),
        observed=tuple(name for name, table in tables.items() if table.column(Role.OBSERVED)),
        event_types=tuple(sorted(types)),
        coverage=_coverage(descriptor, events, types),
        services=tuple(sorted(services)),
        held={typed_name(c, s): name for name, t in tables.items() for c, s in t.of_role(Role.HOLDS).items()},
        vocabularies=_vocabularies(workspace, attributes),
    )


def _attributes(tables: dict[str, TableSpec]) -> tuple[AttributeInfo, ...]:
    found = []
    for table_name, table in tables.items():
        for name, column in table.of_role(Role.STATIC, Role.ATTRIBUTE).items():
            hidden = column.protected or column.sensitive or column.type is ColumnType.TEXT
            kind = _KINDS[column.type or ColumnType.TEXT]
            varying = column.role is Role.ATTRIBUTE
            found.append(AttributeInfo(name, kind, table_name, varying, hidden, column.protected))
    return tuple(found)


def _coverage(descriptor: Descriptor, events: pl.DataFrame, types: set[str]) -> dict[str, str]:
    """Per event type what its table's `covers` says; a type told by several tables is covered when the first is."""
    seen = events.select("event_type", "register").unique().rows()
    found: dict[str, str] = {}
    for table in descriptor.tables.values():
        if not table.holds_events or table.covers is None:
            continue
        only = table.register_name
        told = {t for t, register in seen if register == only} | ({table.event_type} if table.event_type else set())
        if isinstance(table.covers, Covers):
            roster, observed = table.covers.roster, table.covers.observed
            column = f"{roster}__since" if roster else f"{observed}__observed_since"
        else:
            column = EVERYONE
        for event_type in sorted(told & types):
            found.setdefault(event_type, column)
    return found


def _vocabularies(workspace: Workspace, attributes: tuple[AttributeInfo, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for table in {attribute.table for attribute in attributes}:
        states = raw_states(workspace, table)
        for attribute in attributes:
            if attribute.table == table and attribute.kind == CATEGORY and not attribute.hidden:
                told = states[attribute.name] if attribute.name in states.columns else pl.Series(dtype=pl.String)
                found[attribute.name] = tuple(sorted(told.drop_nulls().unique()))
    return found
