"""The offline store's facts: raw as they were told, or resolved into what is believed and until when."""

from datetime import datetime
from pathlib import Path

import polars as pl

from features.ingest.ledger import AFRESH, batch_files, read_ledger
from features.ingest.rows import ATTRIBUTES, EVENT_SCHEMA, EVENTS, STATE_HEAD, USE_SCHEMA, USES
from features.ingest.values import INSTANT
from features.resolve import by_citizen, resolve
from features.workspace import Workspace
from recommender.errors import WorkspaceError

MEND = "run `herald ingest` first"


def raw_of_kind(workspace: Workspace, kind: str) -> pl.DataFrame:
    """All life events, or all uses, of every table, each citizen's to be told alone: see `resolve.by_citizen`."""
    return by_citizen(_told(workspace, kind))


def raw_states(workspace: Workspace, table: str) -> pl.DataFrame:
    """All states of one attribute table, as told, by citizen and known time."""
    frames = _read(batch_files(workspace, ATTRIBUTES, table)) or [pl.DataFrame(schema=STATE_HEAD)]
    return pl.concat(frames).sort("citizen_id", "known_at", "as_of", "fact_id")


def read_events(workspace: Workspace, known_through: datetime | None = None) -> pl.DataFrame:
    """Life events as believed: fact_id, root, citizen_id, event_type, happened_at, known_at, superseded_at."""
    return _believed(_told(workspace, EVENTS), known_through)


def read_uses(workspace: Workspace, known_through: datetime | None = None) -> pl.DataFrame:
    """Uses of services as believed: as `read_events`, with service_id and use."""
    return _believed(_told(workspace, USES), known_through)


def read_attributes(workspace: Workspace, table: str, known_through: datetime | None = None) -> pl.DataFrame:
    """States of one attribute table as believed: citizen_id, as_of, known_at, superseded_at and its columns."""
    return _believed(raw_states(workspace, table), known_through)


def attribute_tables(workspace: Workspace) -> tuple[str, ...]:
    """The tables that hold attributes, by name."""
    return tuple(sorted({line.table for line in read_ledger(workspace) if ATTRIBUTES in line.kinds}))


def read_citizens(workspace: Workspace) -> pl.DataFrame:
    """Every citizen of any table, with first_known_at, by id."""
    workspace.need(workspace.registers_file, MEND)
    files = [file for kind in (EVENTS, USES, ATTRIBUTES) for file in batch_files(workspace, kind)]
    known = [
        pl.scan_parquet(file).group_by("citizen_id").agg(pl.col("known_at").min().alias("first_known_at"))
        for file in files
    ]
    if not known:
        return pl.DataFrame(schema={"citizen_id": pl.String, "first_known_at": INSTANT})
    first = pl.concat(known).group_by("citizen_id").agg(pl.col("first_known_at").min())
    return first.sort("citizen_id").collect(engine="streaming")


def first_known(workspace: Workspace, kind: str) -> datetime | None:
    """When the first fact of a kind (events, uses, attributes) became known; None when none was told."""
    scans = [pl.scan_parquet(file).select(pl.col("known_at").min()) for file in batch_files(workspace, kind)]
    found = [frame.item() for frame in pl.collect_all(scans)]
    return min((at for at in found if at is not None), default=None)


def read_legal_grounds(workspace: Workspace) -> pl.DataFrame:
    """What a legal-ground column says now: citizen_id, allowed, known_at; who is not spoken of is absent."""
    return _now(workspace, "may_inform", pl.Boolean).rename({"may_inform": "allowed"})


def read_languages(workspace: Workspace) -> pl.DataFrame:
    """Each citizen's preferred language now: citizen_id, language, known_at."""
    return _now(workspace, "language", pl.String)


def _told(workspace: Workspace, kind: str) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=EVENT_SCHEMA if kind == EVENTS else USE_SCHEMA)]
    return pl.concat([*frames, *_read(batch_files(workspace, kind))])


def _now(workspace: Workspace, column: str, dtype: type[pl.DataType]) -> pl.DataFrame:
    """The word of the latest state, also when it says that nothing is known: what was once allowed may be no more."""
    frames = [pl.DataFrame(schema={"citizen_id": pl.String, "as_of": INSTANT, column: dtype, "known_at": INSTANT})]
    for table in attribute_tables(workspace):
        states = raw_states(workspace, table)
        if column in states.columns:
            frames.append(states.select("citizen_id", "as_of", column, "known_at"))
    latest = pl.concat(frames).sort("as_of", "known_at", maintain_order=True).unique("citizen_id", keep="last")
    return latest.drop("as_of").drop_nulls(column).sort("citizen_id")


def _read(files: list[Path]) -> list[pl.DataFrame]:
    try:
        return [pl.read_parquet(file) for file in files]
    except (OSError, pl.exceptions.PolarsError) as error:
        raise WorkspaceError(f"facts cannot be read: {' '.join(str(error).split())[:200]}", mend=AFRESH) from error


def _believed(raw: pl.DataFrame, known_through: datetime | None) -> pl.DataFrame:
    if known_through is not None:
        raw = raw.filter(pl.col("known_at") <= known_through)
    return resolve(raw)
