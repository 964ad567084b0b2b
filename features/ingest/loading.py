"""One file to typed facts, a piece at a time; what cannot be read is told to a tally."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.descriptor import Role, TableSpec
from features.erased import Erased
from features.ingest.checking import REJECTS, check
from features.ingest.reading import ROW, pieces
from features.ingest.rows import kinds_of, to_facts
from recommender.errors import TooManyRejectsError

Progress = Callable[[str, int], None]
"""Told after each piece: the table's name, and how many more rows were read."""
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Source:
    """What stays the same while one table is read. `key` gives the identity key, asked only for register numbers."""

    name: str
    table: TableSpec
    zone: str
    key: Callable[[], bytes]
    known_through: datetime | None
    progress: Progress
    erased: Erased

    @property
    def spec(self) -> str:
        """Digest of how the table is read: facts of two readings do not mix."""
        table = self.table
        read = table.model_dump_json(include={"kind", "columns", "known_from", "event_type", "register_name"})
        return hashlib.sha256(f"{read}|{self.zone}".encode()).hexdigest()[:16]


@dataclass(slots=True)
class Tally:
    """What one file held.

    erased   : facts dropped because their citizen was erased.
    contacts : addresses by citizen, column and known time, kept for the end of the load.
    """

    file: Path
    rows: int = 0
    later: int = 0
    erased: int = 0
    rejects: list[pl.DataFrame] = field(default_factory=list)
    contacts: list[pl.DataFrame] = field(default_factory=list)

    def set_aside(self) -> pl.DataFrame:
        """All reject lines so far."""
        return pl.concat([pl.DataFrame(schema=REJECTS), *self.rejects])


def digest_of(file: Path) -> str:
    """Names a file by its content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:32]


def facts_of(source: Source, tally: Tally, extract: datetime | None = None) -> Iterator[dict[str, pl.DataFrame]]:
    """Facts by kind, with ROW, piece by piece. Raises TableError; nothing is written here."""
    file, table = tally.file, source.table
    secret = table.of_role(Role.REGISTER_NUMBER, Role.CONTACT, Role.HOUSEHOLD)

    def broken(row: int, text: str, why: str) -> None:
        shown = "(not shown: it may hold a register number)" if secret else text[:_SHOWN]
        line = {"file": [file.name], "row": [row], "column": ["(line)"], "value": [shown], "reason": [why]}
        tally.rejects.append(pl.DataFrame(line, schema=REJECTS))
        tally.rows += 1

    for raw in pieces(source.name, table, file, broken):
        checked = check(raw, table, file.name, source.zone, source.key)
        tally.rows += raw.height
        tally.rejects.append(checked.rejects)
        yield _facts(checked.typed, source, tally, extract)
        source.progress(source.name, raw.height)


def refuse_many(rejects: pl.DataFrame, rows: int, source: Source, file: Path) -> None:
    """Raise TooManyRejectsError when more rows were set aside than the table allows."""
    bad = rejects["row"].n_unique()
    allowed = source.table.rejects_at_most
    if bad <= allowed * rows and (bad < rows or rows == 0):
        return
    line = rejects.row(0, named=True)
    value = "" if line["value"] is None else f"{line['value']!r}: "
    where = f"table {source.name}: {file}, row {line['row']}, column {line['column']}: {value}{line['reason']}"
    many = f"all {rows} rows were" if bad == rows else f"{bad} of {rows} rows were"
    raise TooManyRejectsError(
        f"{where}; {many} rejected, allowed are {allowed:.0%}",
        mend="nothing was loaded; correct the extract, or raise the table's rejects_at_most",
    )


def _facts(typed: pl.DataFrame, source: Source, tally: Tally, extract: datetime | None) -> dict[str, pl.DataFrame]:
    facts: dict[str, pl.DataFrame] = {}
    zone = ZoneInfo(source.zone)
    for kind in kinds_of(source.table):
        frame = to_facts(typed, kind, source.name, source.table, zone, extract)
        if source.known_through is not None:
            before = frame.height
            frame = frame.filter(pl.col("known_at") <= source.known_through)
            tally.later += before - frame.height
        told = frame.height
        frame = source.erased.kept(frame)
        tally.erased += told - frame.height
        facts[kind] = frame
    _note_contacts(typed, next(iter(facts.values())), tally)
    return facts


def _note_contacts(typed: pl.DataFrame, facts: pl.DataFrame, tally: Tally) -> None:
    columns = [column for column in typed.columns if column.startswith("contact__")]
    if columns:
        addresses = typed.select(ROW, *columns).join(facts.select(ROW, "citizen_id", "known_at"), on=ROW)
        tally.contacts.append(addresses.drop(ROW))
