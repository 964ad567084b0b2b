"""What was known of many citizens, as the columns that rules are evaluated over: no object a citizen is made."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from features.dataset import INSTANT
from features.facts import read_citizens
from features.functions import years_since
from features.schema import BOOLEAN, CATEGORY, DATES, EVERYONE, TIME, FeatureSchema
from features.workspace import Workspace
from recommender.columns import (
    NEVER_COVERED,
    NO,
    NO_DATE,
    UNKNOWN,
    YES,
    Columns,
    EventColumn,
    Floats,
    HoldingColumn,
    Ints,
    TextColumn,
    Truths,
)
from recommender.identifiers import EventType, ServiceId
from recommender.windows import BEGINNING

_HELD = "holds__"
_AT_ONCE = 100_000
"""Citizens read at a time, so that memory stays bounded as a nation grows."""


def population_in_parts(workspace: Workspace, schema: FeatureSchema, as_of: datetime) -> Iterator[Columns]:
    """Everybody known at a time, by id, some citizens at a time."""
    known = read_citizens(workspace).filter(pl.col("first_known_at") <= as_of)["citizen_id"].sort()
    for start in range(0, len(known), _AT_ONCE):
        yield columns_of_states(schema, states_at(workspace, schema, as_of, known.slice(start, _AT_ONCE)))


def states_at(workspace: Workspace, schema: FeatureSchema, as_of: datetime, citizens: pl.Series) -> pl.DataFrame:
    """The states of citizens as known at one time: what `point_in_time` gives, without a join by time for each.

    citizens : their ids, ascending.   Gives one row each, in that order, with `as_of` and the schema's stored columns.
    """
    states = pl.DataFrame({"citizen_id": citizens}).with_columns(pl.lit(as_of).cast(INSTANT).alias("as_of"))
    if not len(citizens):
        columns = {c.name: pl.String if c.kind == CATEGORY else pl.Float64 for c in schema.columns}
        return pl.DataFrame(schema={**states.schema, **columns})
    first, last = citizens[0], citizens[-1]
    for view in schema.views:
        names = [column.name for column in schema.of_view(view)]
        rows = pl.scan_parquet(workspace.states / f"{view}.parquet").filter(
            pl.col("citizen_id").is_between(pl.lit(first), pl.lit(last)), pl.col("known_at") <= as_of
        )
        latest = pl.col("citizen_id").ne_missing(pl.col("citizen_id").shift(-1))  # states lie by citizen and known time
        found = rows.select("citizen_id", *names).collect().filter(latest)
        states = states.join(found, on="citizen_id", how="left", maintain_order="left")
    return states


def columns_of_states(schema: FeatureSchema, states: pl.DataFrame) -> Columns:
    """The columns of a state frame, row by row: what `FeatureSchema.knowledge` makes of each row alone.

    states : as `point_in_time` gives them: `as_of` (UTC) and the schema's stored columns; null is unknown.
    """
    as_of_us = states["as_of"].dt.epoch("us").to_numpy()
    same = states.height > 0 and bool((as_of_us == as_of_us[0]).all())
    numbers = {a.name: _floats(states[a.name]) for a in schema.attributes if a.kind not in (BOOLEAN, CATEGORY)}
    kinds = {attribute.name: attribute.kind for attribute in schema.attributes}
    for name, source in schema.derived.items():
        if source in numbers:
            years = years_since(numbers[source], as_of_us, schema.zone, dated=kinds[source] == TIME)
            numbers[name] = np.atleast_1d(years)
    return Columns(
        states.height,
        as_of_us[:1] if same else as_of_us,
        schema.zone,
        numbers,
        {a.name: _words(states[a.name]) for a in schema.attributes if a.kind == CATEGORY},
        {a.name: _truths(states[a.name]) for a in schema.attributes if a.kind == BOOLEAN},
        {EventType(event): _events(schema, states, event) for event in schema.event_types},
        _holdings(schema, states),
    )


def _floats(column: pl.Series) -> Floats:
    if column.dtype.is_temporal():
        column = column.dt.epoch("us")
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _truths(column: pl.Series) -> Truths:
    values = _floats(column)
    return np.where(np.isnan(values), UNKNOWN, np.where(values != 0, YES, NO)).astype(np.int8)


def _words(column: pl.Series) -> TextColumn:
    words = column.drop_nulls().unique().sort()
    codes = column.cast(pl.Enum(words)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    smallest = np.int8 if len(words) < 2**7 else np.int32
    return TextColumn(codes.astype(smallest), tuple(words.to_list()))


def _events(schema: FeatureSchema, states: pl.DataFrame, event: str) -> EventColumn:
    dates = np.stack([_floats(states[f"{event}__{place}"]) for place in range(1, DATES + 1)], axis=1)
    return EventColumn.of_dates(dates, _covered(schema, states, event))


def _covered(schema: FeatureSchema, states: pl.DataFrame, event: str) -> Ints:
    column = schema.coverage.get(event)
    if column is None or column == EVERYONE:
        return np.full(states.height, NEVER_COVERED if column is None else BEGINNING, dtype=np.int64)
    return _whole(_floats(states[column]), NEVER_COVERED)


def _holdings(schema: FeatureSchema, states: pl.DataFrame) -> dict[ServiceId, HoldingColumn]:
    found: dict[ServiceId, HoldingColumn] = {}
    for service in schema.services:
        times = _floats(states[f"{service}__times"])
        used = ~np.isnan(times)
        holds = used & (_floats(states[f"{service}__holds"]) == 1)
        last = np.where(used, _floats(states[f"{service}__last"]), np.nan)
        found[ServiceId(service)] = HoldingColumn(holds, _whole(times, 0), _whole(last, NO_DATE))
    for name in schema.held:
        service_id = ServiceId(name.removeprefix(_HELD))
        held = _floats(states[name]) == 1
        before = found.get(service_id)
        if before is None:
            n = states.height
            found[service_id] = HoldingColumn(held, np.zeros(n, dtype=np.int64), np.full(n, NO_DATE, dtype=np.int64))
        else:
            found[service_id] = HoldingColumn(before.holds_now | held, before.times_used, before.last_us)
    return found


def _whole(values: Floats, unknown: int) -> npt.NDArray[np.int64]:
    known = ~np.isnan(values)
    return np.where(known, np.where(known, values, 0).astype(np.int64), unknown)
