"""What is held from whom: one line a loaded file, and the sums of them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl

from features.workspace import Workspace, write_json


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file's load. later: rows left out because they became known after `known_through`."""

    table: str
    register: str
    authority: str
    file: str
    digest: str
    rows: int
    facts: int
    rejected: int
    later: int


@dataclass(frozen=True, slots=True)
class Held:
    """One table as held now; `newest` is the latest known time."""

    register: str
    authority: str
    table: str
    facts: int
    citizens: int
    newest: datetime | None
    rejected: int


def record(workspace: Workspace, files: Sequence[Loaded]) -> None:
    """Add loaded files to the record."""
    write_json(workspace.registers_file, [asdict(each) for each in [*_recorded(workspace), *files]])


def held(workspace: Workspace) -> list[Held]:
    """Every table with what the offline store holds of it."""
    tables: dict[str, list[Loaded]] = {}
    for each in _recorded(workspace):
        tables.setdefault(each.table, []).append(each)
    return [_held(workspace, files) for files in tables.values()]


def _held(workspace: Workspace, files: list[Loaded]) -> Held:
    table = files[-1].table
    batches = sorted(workspace.facts.glob(f"*/{table}/*.parquet"))
    facts = pl.concat([pl.scan_parquet(batch).select("citizen_id", "known_at") for batch in batches])
    sums = facts.select(pl.len(), pl.col("citizen_id").n_unique().alias("citizens"), pl.col("known_at").max()).collect()
    number, citizens, newest = sums.row(0)
    rejected = sum(each.rejected for each in files)
    return Held(files[-1].register, files[-1].authority, table, number, citizens, newest, rejected)


def _recorded(workspace: Workspace) -> list[Loaded]:
    if not workspace.registers_file.is_file():
        return []
    return [Loaded(**line) for line in json.loads(workspace.registers_file.read_text(encoding="utf-8"))]
