"""Everybody's facts folded into states: one Parquet file per Feast view, a row per citizen and change."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import numpy as np
import polars as pl
import pyarrow.parquet as pq
from rich.progress import Progress

from features.descriptor import Descriptor
from features.facts import raw_of_kind, raw_states
from features.fold import EventBelief, Statement, TableBelief, UseBelief, in_known_order
from features.ingest.rows import EVENTS, USES
from features.plan import settled
from features.schema import CATEGORY, DATES, EVENTS_VIEW, RECENT_COLUMN, USES_VIEW, FeatureSchema
from features.workspace import Workspace, draft_json
from recommender.disk import room_for

KNOWN = pl.Datetime("us", "UTC")
CITIZENS = 20_000
"""Citizens folded at a time, so that memory stays bounded as a nation grows."""

_AGAIN = "the facts are loaded, the features as they were; make room and run `herald ingest` again"
_HEAD = ("fact_id", "citizen_id", "known_us", "happened_us", "corrects", "withdrawn")


class Recorder:
    """Rows of one view as they come, column by column: only what changed is told, the rest is carried forward."""

    def __init__(self, columns: dict[str, bool]) -> None:
        self._text = columns
        self._rows: dict[str, list[int]] = {name: [] for name in columns}
        self._values: dict[str, list[Any]] = {name: [] for name in columns}
        self._citizens: list[str] = []
        self._known: list[int] = []
        self._starts: list[int] = []

    def row(self, citizen: str, known_us: int) -> None:
        """Begin the row of one citizen and instant, unless it is the row in hand."""
        if not self._citizens or self._citizens[-1] != citizen:
            self._starts.append(len(self._citizens))
        elif self._known[-1] == known_us:
            return
        self._citizens.append(citizen)
        self._known.append(known_us)

    def tell(self, column: str, value: Any) -> None:
        """The value of a column from the row in hand on."""
        self._rows[column].append(len(self._citizens) - 1)
        self._values[column].append(value)

    def frame(self) -> pl.DataFrame:
        """citizen_id, known_at and every column."""
        n = len(self._citizens)
        starts = np.zeros(n, dtype=np.int64)
        starts[self._starts] = self._starts
        starts = np.maximum.accumulate(starts) if n else starts
        known = (
            pl.Series("known_at", self._known, dtype=pl.Int64).cast(KNOWN.__class__("us")).dt.replace_time_zone("UTC")
        )
        columns = [self._column(name, starts) for name in self._text]
        return pl.DataFrame([pl.Series("citizen_id", self._citizens, dtype=pl.String), known, *columns])

    def _column(self, name: str, starts: np.ndarray[Any, Any]) -> pl.Series:
        told = np.full(len(starts) + 1, -1, dtype=np.int64)
        rows = np.array(self._rows[name], dtype=np.int64)
        told[rows] = np.arange(len(rows))  # of several in one row the last stands
        placed = np.where(told[:-1] >= 0, np.arange(len(starts)), -1)
        latest = np.maximum.accumulate(placed) if len(placed) else placed
        index = np.where(latest >= starts, told[latest], -1)
        dtype = pl.Binary if name == RECENT_COLUMN else pl.String if self._text[name] else pl.Float64
        values = pl.Series(name, [*self._values[name], None], dtype=dtype, strict=False)
        return values.gather(np.where(index < 0, len(rows), index)).alias(name)


def build_states(
    workspace: Workspace, descriptor: Descriptor, *, grow: bool | None = None, progress: Progress | None = None
) -> FeatureSchema:
    """Write the schema and every view's states from all facts held; the former ones stay until the new are whole.

    grow : whether event types, services and categories seen for the first time join the schema; a model trained on the
           former schema is refused then. None: only while no server has taken up a model here.
    """
    schema = settled(workspace, descriptor, grow=not workspace.champion.exists() if grow is None else grow)
    task = progress.add_task("folding facts", total=len(schema.views)) if progress else None
    drafts = {workspace.states / f"{view}.draft": workspace.states / f"{view}.parquet" for view in schema.views}
    try:
        with room_for(workspace.states, _AGAIN):
            workspace.states.mkdir(parents=True, exist_ok=True)
            for view, draft in zip(schema.views, drafts, strict=True):
                _write(view_states(workspace, schema, view), draft, schema, view)
                if progress and task is not None:
                    progress.advance(task)
            drafts[draft_json(workspace.schema_file, _content(schema))] = workspace.schema_file
            for draft, target in drafts.items():
                draft.replace(target)
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)
    return schema


def view_states(workspace: Workspace, schema: FeatureSchema, view: str) -> Iterator[pl.DataFrame]:
    """States of one view, some citizens at a time, by citizen and known time."""
    if view == EVENTS_VIEW:
        facts = raw_of_kind(workspace, EVENTS)
        yield from _chunks(facts, lambda part: fold_events(part, schema))
    elif view == USES_VIEW:
        facts = raw_of_kind(workspace, USES)
        yield from _chunks(facts, lambda part: fold_uses(part, schema))
    else:
        yield from _chunks(raw_states(workspace, view), lambda part: fold_table(part, schema, view))


def fold_events(facts: pl.DataFrame, schema: FeatureSchema) -> pl.DataFrame:
    """States of the life-event view from raw facts sorted by citizen and known time."""
    recorder = Recorder({**{c.name: False for c in schema.of_view(EVENTS_VIEW)}, RECENT_COLUMN: True})
    known = set(schema.event_types)
    for citizen, statements in statements_by_citizen(facts, "event_type"):
        belief = EventBelief()
        for place, statement in enumerate(statements):
            touched = belief.tell(statement)
            recorder.row(citizen, statement.known_us)
            for event_type in touched & known:
                names = [f"{event_type}__{i}" for i in range(1, DATES + 1)] + [f"{event_type}__total"]
                for name, value in zip(names, belief.stored(event_type), strict=True):
                    recorder.tell(name, value)
            if place + 1 == len(statements) or statements[place + 1].known_us != statement.known_us:
                recorder.tell(RECENT_COLUMN, cbor2.dumps(belief.recent()))
    return recorder.frame()


def fold_uses(facts: pl.DataFrame, schema: FeatureSchema) -> pl.DataFrame:
    """States of the uses view from raw facts sorted by citizen and known time."""
    recorder = Recorder({c.name: False for c in schema.of_view(USES_VIEW)})
    known = set(schema.services)
    joined = facts.with_columns(pl.concat_str("service_id", pl.lit(":"), "use").alias("change"))
    for citizen, statements in statements_by_citizen(joined, "change"):
        belief = UseBelief()
        for statement in statements:
            recorder.row(citizen, statement.known_us)
            for service in belief.tell(statement) & known:
                for name, value in zip(("holds", "times", "last"), belief.stored(service), strict=True):
                    recorder.tell(f"{service}__{name}", value)
    return recorder.frame()


def fold_table(facts: pl.DataFrame, schema: FeatureSchema, view: str) -> pl.DataFrame:
    """States of one attribute table's view from raw facts sorted by citizen and known time."""
    columns = schema.of_view(view)
    recorder = Recorder({c.name: c.kind == CATEGORY for c in columns})
    told = schema.told_in(view)
    varying = {a.name for a in schema.attributes if a.table == view and a.varying}
    for citizen, statements in statements_by_citizen(
        facts, None, [c for c in (*told, "observed") if c in facts.columns]
    ):
        belief = TableBelief(told)
        for statement in statements:
            known_all = belief.tell(statement)
            recorder.row(citizen, statement.known_us)
            for i in range(len(told)) if known_all else belief.touched:
                recorder.tell(told[i], belief.current[i])
                if told[i] in varying:
                    recorder.tell(f"{told[i]}__previous", belief.previous[i])
                    recorder.tell(f"{told[i]}__changed_at", belief.changed_us[i])
            recorder.tell(f"{view}__since", belief.since_us)
            if view in schema.observed:
                recorder.tell(f"{view}__observed_since", belief.observed_since_us)
    return recorder.frame()


def statements_by_citizen(
    facts: pl.DataFrame, what: str | None, columns: list[str] | None = None
) -> Iterator[tuple[str, list[Statement]]]:
    """Each citizen's statements in the order in which they became known; facts come sorted by citizen."""
    time = "as_of" if what is None else "happened_at"
    head = facts.select(
        "fact_id",
        "citizen_id",
        pl.col("known_at").dt.epoch("us").alias("known_us"),
        pl.col(time).dt.epoch("us").alias("happened_us"),
        "corrects",
        "withdrawn",
    )
    if what is not None:
        told: list[Any] = facts[what].to_list()
    else:
        flags = [c for c in columns or [] if facts.schema[c] == pl.Boolean]
        told = facts.select(columns or []).with_columns(pl.col(flags).cast(pl.Float64)).to_dicts()
    citizen, statements = "", list[Statement]()
    rows = zip(*(head[name].to_list() for name in _HEAD), told, strict=True)
    for fact_id, of, known_us, happened_us, corrects, withdrawn, said in rows:
        if of != citizen:
            if statements:
                yield citizen, in_known_order(statements)
            citizen, statements = of, []
        statements.append(Statement(fact_id, known_us, happened_us, said, corrects, withdrawn))
    if statements:
        yield citizen, in_known_order(statements)


def _chunks(facts: pl.DataFrame, fold: Callable[[pl.DataFrame], pl.DataFrame]) -> Iterator[pl.DataFrame]:
    ranks = facts["citizen_id"].rle_id() // CITIZENS if facts.height else pl.Series(dtype=pl.UInt32)
    for chunk in ranks.unique().sort():
        yield fold(facts.filter(ranks == chunk))


def _write(frames: Iterator[pl.DataFrame], draft: Path, schema: FeatureSchema, view: str) -> None:
    columns = {**{c.name: c.kind == CATEGORY for c in schema.of_view(view)}}
    if view == EVENTS_VIEW:
        columns[RECENT_COLUMN] = True
    empty = Recorder(columns).frame().to_arrow(compat_level=pl.CompatLevel.oldest())
    with pq.ParquetWriter(draft, empty.schema) as writer:
        for frame in frames:
            writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(empty.schema))


def _content(schema: FeatureSchema) -> object:
    return json.loads(schema.to_json())
