"""Fills the online store from the offline store: each citizen's state and base facts, as known at one time."""

from collections.abc import Callable, Iterator
from datetime import datetime

import cbor2
import polars as pl

from features.blobs import Row
from features.descriptor import Descriptor
from features.facts import raw_of_kind, raw_states
from features.fold import Statement
from features.ingest.rows import EVENTS, USES
from features.packing import Statements, pack
from features.schema import EVENTS_VIEW, FACTS_VIEW, RECENT_COLUMN, FeatureSchema, load_schema
from features.settings import FeatureSettings
from features.states import statements_by_citizen
from features.store import apply, online_states
from features.workspace import Workspace

WRITTEN = 2_000
"""Rows written in one transaction: a server's own writes wait a few milliseconds at most."""

Progress = Callable[[int, int | None], None]


def materialise(
    workspace: Workspace,
    descriptor: Descriptor,
    *,
    at: datetime | None = None,
    settings: FeatureSettings,
    progress: Progress = lambda done, total: None,
) -> int:
    """Put online what was known at `at` (None: everything held); the number of citizens.

    May be interrupted and run again. Citizens whose state was refreshed from the event log keep that state.
    """
    schema = load_schema(workspace)
    states = online_states(workspace, schema, settings)
    apply(workspace, schema, settings)
    citizens: set[str] = set()
    total = len(schema.views) + 1
    for done, view in enumerate(schema.views):
        progress(done, total)
        for rows in _pieces(_state_rows(workspace, schema, view, at)):
            citizens.update(row.citizen_id for row in rows)
            states.write(rows, refreshed=False)
    for rows in _pieces(_fact_rows(workspace, schema, at)):
        states.write(rows, refreshed=False)
    progress(total, total)
    return len(citizens)


def _state_rows(workspace: Workspace, schema: FeatureSchema, view: str, at: datetime | None) -> Iterator[Row]:
    frame = pl.scan_parquet(workspace.states / f"{view}.parquet")
    if at is not None:
        frame = frame.filter(pl.col("known_at") <= at)
    latest = frame.group_by("citizen_id", maintain_order=True).last().collect()
    names = [column.name for column in schema.of_view(view)] + ([RECENT_COLUMN] if view == EVENTS_VIEW else [])
    for citizen, known_us, *values in latest.select(
        "citizen_id", pl.col("known_at").dt.epoch("us"), *names
    ).iter_rows():
        yield Row(citizen, view, known_us, cbor2.dumps(values))


def _fact_rows(workspace: Workspace, schema: FeatureSchema, at: datetime | None) -> Iterator[Row]:
    told: dict[str, Statements] = {}
    sources: list[tuple[str, pl.DataFrame, str | None, list[str] | None]] = [
        (EVENTS_VIEW, raw_of_kind(workspace, EVENTS), "event_type", None),
        ("uses", raw_of_kind(workspace, USES).with_columns(_change().alias("change")), "change", None),
    ]
    for table in schema.tables:
        facts = raw_states(workspace, table)
        columns = [c for c in (*schema.told_in(table), "observed") if c in facts.columns]
        sources.append((table, facts, None, columns))
    for view, facts, what, told_columns in sources:
        known = facts if at is None else facts.filter(pl.col("known_at") <= at)
        for citizen, statements in statements_by_citizen(known, what, told_columns):
            told.setdefault(citizen, Statements()).of_view(view).extend(statements)
    for citizen, statements_of in told.items():
        yield Row(citizen, FACTS_VIEW, _newest(statements_of), pack(statements_of))


def _change() -> pl.Expr:
    return pl.concat_str("service_id", pl.lit(":"), "use")


def _newest(told: Statements) -> int:
    every: list[Statement] = [*told.events, *told.uses, *(s for table in told.tables.values() for s in table)]
    return max((s.known_us for s in every), default=0)


def _pieces(rows: Iterator[Row]) -> Iterator[list[Row]]:
    piece: list[Row] = []
    for row in rows:
        piece.append(row)
        if len(piece) == WRITTEN:
            yield piece
            piece = []
    if piece:
        yield piece
