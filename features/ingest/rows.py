"""Typed rows to facts: life events, uses of services, and states of attributes, each with its two times."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from features.descriptor import ATTRIBUTE_ROLES, ColumnSpec, ColumnType, Role, TableSpec
from features.ingest.checking import typed_name
from features.ingest.reading import ROW
from features.ingest.values import INSTANT

EVENTS, USES, ATTRIBUTES = "events", "uses", "attributes"
_Columns = dict[str, type[pl.DataType] | pl.DataType]
_COMMON: _Columns = {"fact_id": pl.String, "citizen_id": pl.String}
_CHANGE: _Columns = {"corrects": pl.String, "withdrawn": pl.Boolean, "register": pl.String}
_TIMES: _Columns = {"happened_at": INSTANT, "known_at": INSTANT}
EVENT_SCHEMA = pl.Schema({**_COMMON, "event_type": pl.String, **_TIMES, **_CHANGE})
USE_SCHEMA = pl.Schema({**_COMMON, "service_id": pl.String, "use": pl.String, **_TIMES, **_CHANGE})
STATE_HEAD = pl.Schema({**_COMMON, "as_of": INSTANT, "known_at": INSTANT, **_CHANGE})


def state_schema(table: TableSpec) -> pl.Schema:
    """Columns of an attribute table's facts."""
    told: _Columns = {
        typed_name(name, column): stored(column) for name, column in table.of_role(*ATTRIBUTE_ROLES).items()
    }
    return pl.Schema({**STATE_HEAD, **told})


def stored(column: ColumnSpec) -> type[pl.DataType]:
    """The type in which an attribute is stored: dates as microseconds, numbers as floats."""
    if column.role in (Role.HOLDS, Role.OBSERVED, Role.LEGAL_GROUND) or column.type is ColumnType.BOOLEAN:
        return pl.Boolean
    numbers = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DATE, ColumnType.TIMESTAMP)
    return pl.Float64 if column.type in numbers else pl.String


def kinds_of(table: TableSpec) -> list[str]:
    """The kinds of fact that a table holds; one that tells nothing else tells that its citizens exist."""
    held = {EVENTS: table.holds_events, USES: table.holds_uses, ATTRIBUTES: table.holds_attributes}
    return [kind for kind, holds in held.items() if holds] or [ATTRIBUTES]


def schema_of(kind: str, table: TableSpec) -> pl.Schema:
    """The facts' columns, in order."""
    return {EVENTS: EVENT_SCHEMA, USES: USE_SCHEMA}.get(kind) or state_schema(table)


def to_facts(
    typed: pl.DataFrame, kind: str, name: str, table: TableSpec, zone: ZoneInfo, extract: datetime | None
) -> pl.DataFrame:
    """Facts of one kind, with ROW kept; a fact without an id is named by what it says, so a rerun names it the same.

    extract : for snapshots, when the extract was drawn: everything in it is known then.
    """
    happened = "as_of" if kind == ATTRIBUTES else "happened_at"
    known = pl.lit(extract, dtype=INSTANT) if extract else _known(typed, happened, table, zone)
    frame = typed.with_columns(known.alias("known_at"), pl.lit(table.register_name).alias("register"))
    if happened not in frame.columns:
        frame = frame.with_columns(pl.col("known_at").alias(happened))
    if kind == EVENTS and "event_type" not in frame.columns:
        frame = frame.with_columns(pl.lit(table.event_type).alias("event_type"))
    if kind == ATTRIBUTES or "corrects" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias("corrects"))
    if kind == ATTRIBUTES or "withdrawn" not in frame.columns:
        frame = frame.with_columns(pl.lit(False).alias("withdrawn"))
    if kind == ATTRIBUTES or "fact_id" not in frame.columns:
        frame = frame.with_columns(_name(kind, name, happened, snapshot=extract is not None).alias("fact_id"))
    frame = frame.with_columns(pl.col("withdrawn").fill_null(False))
    return frame.select(ROW, *(pl.col(c).cast(t) for c, t in schema_of(kind, table).items()))


def _known(typed: pl.DataFrame, happened: str, table: TableSpec, zone: ZoneInfo) -> pl.Expr:
    for column in ("known_at", happened):
        if column in typed.columns:
            return pl.col(column).cast(INSTANT)
    return pl.lit(datetime.fromisoformat(table.known_from).replace(tzinfo=zone).astimezone(UTC), dtype=INSTANT)


def _name(kind: str, name: str, happened: str, *, snapshot: bool) -> pl.Expr:
    """In an extract an event or use is the same fact as in the one before, so its known time is no part of its name."""
    what = {EVENTS: ["event_type"], USES: ["service_id", "use"]}.get(kind, [])
    known = [] if snapshot and kind != ATTRIBUTES else ["known_at"]
    times = [pl.col(time).dt.epoch("us").cast(pl.String) for time in (happened, *known)]
    return pl.concat_str([pl.lit(name), pl.col("citizen_id"), *(pl.col(c) for c in what), *times], separator=":")
