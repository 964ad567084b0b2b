"""One history file to one batch of facts: checked in pieces, refused whole when too much is wrong, loaded once only."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from features.descriptor import TableSpec
from features.ingest.checking import REJECTS, ROW, check, reject
from features.ingest.reading import batches
from features.ingest.rows import kinds_of, schema_of, to_facts
from recommender.errors import TooManyRejectsError

Progress = Callable[[str, int], None]
"""Told after each piece: the table's name, and how many more rows were read."""


@dataclass(frozen=True, slots=True)
class Source:
    """What stays the same while one table is read. `key` gives the identity key, asked only for register numbers."""

    name: str
    table: TableSpec
    zone: str
    key: Callable[[], bytes]
    known_through: datetime | None
    progress: Progress


@dataclass(frozen=True, slots=True)
class Batch:
    """One file's facts by kind, and what was set aside. rows: read; later: left out, known after `known_through`."""

    file: Path
    digest: str
    facts: dict[str, pl.DataFrame]
    typed: pl.DataFrame
    rejects: pl.DataFrame
    rows: int
    later: int


def digest_of(file: Path, source: Source) -> str:
    """Names a batch: the same file, read in the same way, is the same batch."""
    content = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            content.update(block)
    content.update(source.table.model_dump_json().encode())
    content.update(f"{source.zone}|{source.known_through}".encode())
    return content.hexdigest()[:32]


def load(file: Path, source: Source, extract: datetime | None = None) -> Batch:
    """Read one file. Raises TableError and TooManyRejectsError; nothing is written here."""
    rows = 0
    typed: list[pl.DataFrame] = []
    rejects: list[pl.DataFrame] = [pl.DataFrame(schema=REJECTS)]
    for raw in batches(source.name, source.table, file):
        checked = check(raw, source.table, file.name, rows + 1, source.zone, source.key)
        rows += raw.height
        typed.append(checked.typed)
        rejects.append(checked.rejects)
        source.progress(source.name, raw.height)
    whole, repeated = _once(pl.concat(typed), source.table, file.name)
    facts, later = _facts(whole, source, extract)
    set_aside = pl.concat([*rejects, repeated])
    _refuse_many(set_aside, rows, source, file)
    return Batch(file, digest_of(file, source), facts, whole, set_aside, rows, later)


def _facts(typed: pl.DataFrame, source: Source, extract: datetime | None) -> tuple[dict[str, pl.DataFrame], int]:
    facts: dict[str, pl.DataFrame] = {}
    later = 0
    for kind in kinds_of(source.table):
        frame = to_facts(typed, kind, source.name, source.table, extract)
        if source.known_through is not None:
            before = frame.height
            frame = frame.filter(pl.col("known_at") <= source.known_through)
            later += before - frame.height
        facts[kind] = frame.select(list(schema_of(kind, source.table)))
    return facts, later


def _once(typed: pl.DataFrame, table: TableSpec, file: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first of rows that share a fact id, or that say the same of a citizen at the same times."""
    keys = [c for c in ("fact_id",) if c in typed.columns]
    if not keys:
        wanted = ("citizen_id", "event_type", "service_id", "use", "as_of", "happened_at", "known_at", "extract_at")
        keys = [c for c in wanted if c in typed.columns]
    repeated = typed.filter(~pl.struct(keys).is_first_distinct())
    lines = reject(repeated, file, keys[0], keys[0], f"repeats an earlier row of the same {' and '.join(keys)}")
    return typed.join(repeated.select(ROW), on=ROW, how="anti").sort(ROW), lines


def _refuse_many(rejects: pl.DataFrame, rows: int, source: Source, file: Path) -> None:
    bad = rejects["row"].n_unique()
    if bad == rows:
        raise TooManyRejectsError(f"{_first(rejects, source, file)}; all {rows} rows were rejected, nothing was loaded")
    if bad > source.table.rejects_at_most * rows:
        share = source.table.rejects_at_most
        raise TooManyRejectsError(
            f"{_first(rejects, source, file)}; {bad} of {rows} rows were rejected, more than {share:.0%}",
            mend="nothing was loaded; correct the extract, or raise the table's rejects_at_most",
        )


def _first(rejects: pl.DataFrame, source: Source, file: Path) -> str:
    line = rejects.row(0, named=True)
    where = f"table {source.name}: {file}, row {line['row']}, column {line['column']}"
    return f"{where}: {line['value']!r} is {line['reason']}"


def against_known(batch: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split off rows whose fact id is known: (new rows, rows that contradict what is known); repeats are dropped."""
    if known.is_empty():
        return batch, batch.clear()
    same = batch.join(known.select("fact_id"), on="fact_id", how="semi")
    contradicting = same.join(known, on=same.columns, how="anti", nulls_equal=True)
    return batch.join(known.select("fact_id"), on="fact_id", how="anti"), contradicting
