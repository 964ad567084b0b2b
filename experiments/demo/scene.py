"""What a demo plays: which tables, what is known before it starts, and at what time its clock starts."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.descriptor import Descriptor, Role, TableSpec
from recommender.errors import TableError
from recommender.instants import after, before

HELD_BACK = {"monthly": "P1M", "yearly": "P1Y"}
"""How much of the end of the data is not ingested but sent as life events, by the data's rhythm."""


@dataclass(frozen=True, slots=True)
class Scene:
    """known_through: facts known later are not ingested. start: the simulated clock's first instant, in daytime."""

    descriptor: Descriptor
    tables: Path
    known_through: datetime
    start: datetime


def scene(descriptor: Descriptor, tables: Path) -> Scene:
    """The scene: one month or year arrives live, at ten in the morning of its last day.

    It follows `demo_from` where the descriptor names it, else it is the last of the data.
    """
    zone = ZoneInfo(descriptor.time_zone)
    period = HELD_BACK[descriptor.decision_times]
    if descriptor.demo_from is not None:
        midnight = datetime.combine(descriptor.demo_from, time(), zone).astimezone(UTC)
        last = after(midnight, period, descriptor.time_zone)
    else:
        last = _last_known(descriptor, tables)
    morning = last.astimezone(zone).replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)
    start = morning if morning >= last else morning + timedelta(days=1)
    day = last.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    return Scene(descriptor, tables, before(day, period, descriptor.time_zone), start)


def _last_known(descriptor: Descriptor, tables: Path) -> datetime:
    known = pl.concat([life_events(descriptor, tables, name).select("known_at") for name in event_tables(descriptor)])
    last = known["known_at"].max()
    if not isinstance(last, datetime):
        raise TableError(f"{descriptor.dataset}: no table under {tables} holds a life event")
    return last


def event_tables(descriptor: Descriptor) -> list[str]:
    """The tables that hold life events."""
    return [name for name, table in descriptor.tables.items() if _column(table, Role.EVENT_TYPE) or table.event_type]


def life_events(descriptor: Descriptor, tables: Path, name: str) -> pl.DataFrame:
    """One event table by role: id, citizen, event_type, happened_at, known_at, corrects, withdrawn; by known time."""
    table = descriptor.tables[name]
    files = sorted(tables.glob(table.file))
    if not files:
        raise TableError(f"table {name}: no file {table.file} in {tables}", mend="name the folder with --tables")
    frame = pl.concat(
        [pl.read_parquet(f) if f.suffix == ".parquet" else pl.read_csv(f, try_parse_dates=True) for f in files]
    )
    wanted = {
        "id": _column(table, Role.FACT_ID),
        "citizen": _column(table, Role.PSEUDONYM) or _column(table, Role.REGISTER_NUMBER),
        "event_type": _column(table, Role.EVENT_TYPE),
        "happened_at": _column(table, Role.HAPPENED),
        "known_at": _column(table, Role.KNOWN) or _column(table, Role.HAPPENED),
        "corrects": _column(table, Role.CORRECTS),
        "withdrawn": _column(table, Role.WITHDRAWN),
    }
    columns = [_expression(role, column, table) for role, column in wanted.items()]
    times = [pl.col(role).cast(pl.Datetime("us")).dt.replace_time_zone("UTC") for role in ("happened_at", "known_at")]
    return frame.select(columns).with_columns(times).sort("known_at", maintain_order=True)


def sent_live(played: Scene) -> pl.DataFrame:
    """The life events that a register sends during the demo: known after `known_through`, happened by the start."""
    events = pl.concat([life_events(played.descriptor, played.tables, n) for n in event_tables(played.descriptor)])
    due = pl.col("known_at").is_between(played.known_through, played.start, closed="right")
    return events.filter(due).sort("known_at", maintain_order=True)


def _column(table: TableSpec, role: Role) -> str | None:
    return next((name for name, column in table.columns.items() if column.role == role), None)


def _expression(role: str, column: str | None, table: TableSpec) -> pl.Expr:
    if column is not None:
        return pl.col(column).alias(role)
    if role == "event_type":
        return pl.lit(table.event_type).alias(role)
    return pl.lit(None, dtype=pl.Boolean if role == "withdrawn" else pl.String).alias(role)
