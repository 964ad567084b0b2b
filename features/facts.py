"""The offline store's facts: raw as they were told, or resolved into what is believed and until when."""

from datetime import datetime

import polars as pl

from features.ingest.rows import ATTRIBUTES, EVENT_SCHEMA, EVENTS, STATE_HEAD, USE_SCHEMA, USES
from features.resolve import resolve
from features.workspace import Workspace

MEND = "run `herald ingest` first"


def has_facts(workspace: Workspace, table: str, digest: str) -> bool:
    """Whether a file's batch was loaded."""
    return any(workspace.facts.glob(f"*/{table}/{digest}.parquet"))


def raw_facts(workspace: Workspace, kind: str, table: str, schema: pl.Schema) -> pl.DataFrame:
    """All statements of one kind and table, as told; empty, with that schema, when there are none."""
    files = sorted((workspace.facts / kind / table).glob("*.parquet"))
    return pl.concat([pl.DataFrame(schema=schema), *(pl.read_parquet(f).select(list(schema)) for f in files)])


def raw_of_kind(workspace: Workspace, kind: str) -> pl.DataFrame:
    """All life events, or all uses, of every table, as told, by citizen and known time."""
    schema = EVENT_SCHEMA if kind == EVENTS else USE_SCHEMA
    tables = sorted(path.name for path in (workspace.facts / kind).glob("*") if path.is_dir())
    frames = [raw_facts(workspace, kind, table, schema) for table in tables]
    return pl.concat([pl.DataFrame(schema=schema), *frames]).sort("citizen_id", "known_at", "fact_id")


def raw_states(workspace: Workspace, table: str) -> pl.DataFrame:
    """All states of one attribute table, as told, by citizen and known time."""
    files = sorted((workspace.facts / ATTRIBUTES / table).glob("*.parquet"))
    if not files:
        return pl.DataFrame(schema=STATE_HEAD)
    frames = [pl.read_parquet(file) for file in files]
    return pl.concat(frames, how="diagonal").sort("citizen_id", "known_at", "as_of", "fact_id")


def read_events(workspace: Workspace, known_through: datetime | None = None) -> pl.DataFrame:
    """Life events as believed: fact_id, root, citizen_id, event_type, happened_at, known_at, superseded_at."""
    return _believed(raw_of_kind(workspace, EVENTS), known_through)


def read_uses(workspace: Workspace, known_through: datetime | None = None) -> pl.DataFrame:
    """Uses of services as believed: as `read_events`, with service_id and use."""
    return _believed(raw_of_kind(workspace, USES), known_through)


def read_attributes(workspace: Workspace, table: str, known_through: datetime | None = None) -> pl.DataFrame:
    """States of one attribute table as believed: citizen_id, as_of, known_at, superseded_at and its columns."""
    return _believed(raw_states(workspace, table), known_through)


def attribute_tables(workspace: Workspace) -> tuple[str, ...]:
    """The tables that hold attributes, by name."""
    return tuple(sorted(path.name for path in (workspace.facts / ATTRIBUTES).glob("*") if path.is_dir()))


def read_citizens(workspace: Workspace) -> pl.DataFrame:
    """Every citizen of any table, with first_known_at, by id."""
    files = sorted(workspace.facts.glob("*/*/*.parquet"))
    workspace.need(workspace.facts, MEND)
    frames = [pl.scan_parquet(file).select("citizen_id", "known_at") for file in files]
    known = pl.concat(frames).group_by("citizen_id").agg(pl.col("known_at").min().alias("first_known_at"))
    return known.sort("citizen_id").collect()


def read_legal_grounds(workspace: Workspace) -> pl.DataFrame:
    """The latest word of a legal-ground column: citizen_id, allowed, known_at."""
    return _latest(workspace, "may_inform").rename({"may_inform": "allowed"})


def read_languages(workspace: Workspace) -> pl.DataFrame:
    """Each citizen's latest preferred language: citizen_id, language, known_at."""
    return _latest(workspace, "language")


def _latest(workspace: Workspace, column: str) -> pl.DataFrame:
    dtype = pl.Boolean if column == "may_inform" else pl.String
    frames = [pl.DataFrame(schema={"citizen_id": pl.String, column: dtype, "known_at": STATE_HEAD["known_at"]})]
    for table in attribute_tables(workspace):
        states = raw_states(workspace, table)
        if column in states.columns:
            frames.append(states.select("citizen_id", column, "known_at").drop_nulls(column))
    return pl.concat(frames).sort("known_at").unique("citizen_id", keep="last").sort("citizen_id")


def _believed(raw: pl.DataFrame, known_through: datetime | None) -> pl.DataFrame:
    if known_through is not None:
        raw = raw.filter(pl.col("known_at") <= known_through)
    return resolve(raw).sort("citizen_id", "known_at", "fact_id")
