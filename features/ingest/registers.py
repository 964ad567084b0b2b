"""What is held from whom, and how fresh it is."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.ingest.ledger import Loaded, batch_file, read_ledger
from features.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Held:
    """One table as held now. newest: the latest known time; rejected: rows set aside in all its loads."""

    register: str
    authority: str
    table: str
    facts: int
    citizens: int
    newest: datetime | None
    rejected: int


def held(workspace: Workspace) -> list[Held]:
    """Every table with what the offline store holds of it, in the order of their first load."""
    tables: dict[str, list[Loaded]] = {}
    for line in read_ledger(workspace):
        tables.setdefault(line.table, []).append(line)
    return [_held(workspace, lines) for lines in tables.values()]


def _held(workspace: Workspace, lines: list[Loaded]) -> Held:
    files = [batch_file(workspace, kind, line) for line in lines for kind in line.kinds]
    facts = pl.concat([pl.scan_parquet(file).select("citizen_id", "known_at") for file in files])
    sums = facts.select(pl.len(), pl.col("citizen_id").n_unique().alias("citizens"), pl.col("known_at").max())
    number, citizens, newest = sums.collect(engine="streaming").row(0)
    rejected = sum(line.rejected for line in lines)
    return Held(lines[-1].register, lines[-1].authority, lines[-1].table, number, citizens, newest, rejected)
