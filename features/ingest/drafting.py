"""What a load is about to add: written beside the store, and made to count in one instant or not at all."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow.parquet

from features.ingest.checking import REJECTS
from features.ingest.ledger import Loaded, batch_file, batch_files, extract_file, read_ledger, write_ledger
from features.ingest.reading import ROWS
from features.ingest.repeats import PLACE
from features.ingest.rows import ATTRIBUTES
from features.workspace import Workspace
from recommender.disk import is_full
from recommender.errors import WorkspaceError


@dataclass(slots=True)
class Draft:
    """One load in the making. Nothing is seen by readers before `commit`."""

    workspace: Workspace
    staging: Path
    before: list[Loaded]
    lines: list[Loaded] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)
    contacts: list[pl.DataFrame] = field(default_factory=list)
    moves: dict[Path, Path] = field(default_factory=dict)
    _of_kind: list[tuple[str, str, Path]] = field(default_factory=list)

    def loads_of(self, table: str) -> list[Loaded]:
        """Former loads of a table and those of this draft, in order."""
        return [line for line in (*self.before, *self.lines) if line.table == table]

    def known_files(self, kind: str, table: str) -> list[Path]:
        """Facts that a new one of that kind may repeat: of every table, but for states, which are a table's own."""
        own = table if kind == ATTRIBUTES else None
        drafted = [path for k, t, path in self._of_kind if k == kind and own in (None, t)]
        return batch_files(self.workspace, kind, own) + drafted

    def add(self, line: Loaded, facts: dict[str, Path], extract: dict[str, Path]) -> None:
        """Take in one file's drafts: facts by kind, and for snapshots the extract by kind."""
        self.lines.append(line)
        for kind, path in facts.items():
            self.moves[path] = batch_file(self.workspace, kind, line)
            self._of_kind.append((kind, line.table, path))
        for kind, path in extract.items():
            self.moves[path] = extract_file(self.workspace, kind, line)

    def commit(self) -> None:
        """Move everything into place under names that nobody reads yet, then replace the record."""
        if not self.lines:
            return
        for path, target in self.moves.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        write_ledger(self.workspace, [*self.before, *self.lines])
        self._forget()

    def _forget(self) -> None:
        """Remove extracts that were compared with, and what a killed load left behind."""
        lines = read_ledger(self.workspace)
        latest = {line.table: line for line in lines if line.extract is not None}
        held = {batch_file(self.workspace, kind, line) for line in lines for kind in line.kinds}
        held |= {extract_file(self.workspace, kind, line) for line in latest.values() for kind in line.kinds}
        for folder in (self.workspace.facts, self.workspace.snapshots):
            for path in folder.rglob("*.parquet"):
                if path not in held:
                    path.unlink()

    def write_rejects(self) -> Path | None:
        """Write what was set aside, if anything, to a new CSV file."""
        lines = pl.concat([pl.DataFrame(schema=REJECTS), *self.rejects])
        if lines.is_empty():
            return None
        folder = self.workspace.rejects
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("rejects-*.csv"))) + 1
        path = self.staging / "rejects.csv"
        lines.write_csv(path)
        return path.replace(folder / f"rejects-{number:04d}.csv")


def extract_of(draft: Draft, kind: str, line: Loaded | None) -> pl.DataFrame | None:
    """The extract of a former load, or of this draft; None when there is none."""
    if line is None:
        return None
    target = extract_file(draft.workspace, kind, line)
    drafted = next((path for path, to in draft.moves.items() if to == target), target)
    return pl.read_parquet(drafted)


@contextmanager
def drafting(workspace: Workspace) -> Iterator[Draft]:
    """A draft of whose staging folder nothing is left. One load at a time; a full disk is one clear line."""
    staging = workspace.offline / ".staging"
    try:
        workspace.offline.mkdir(parents=True, exist_ok=True)
        with (workspace.offline / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                where = workspace.offline
                raise WorkspaceError(f"{where}: another ingest is at work", mend="wait for it to end") from error
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            try:
                yield Draft(workspace, staging, read_ledger(workspace))
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except (OSError, pl.exceptions.ComputeError) as error:
        why = "the disk is full" if is_full(error) else " ".join(str(error).split())[:200]
        raise WorkspaceError(f"{workspace.offline}: {why}", mend="nothing was loaded; make room, run again") from error


class Pieces:
    """Facts of one kind of one file, written to one Parquet file piece by piece."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self.path = path
        self._schema = schema
        self._writer = pyarrow.parquet.ParquetWriter(path, pl.DataFrame(schema=schema).to_arrow().schema)

    def add(self, facts: pl.DataFrame) -> None:
        if facts.height:
            self._writer.write_table(facts.select(list(self._schema)).to_arrow())

    def close(self) -> None:
        self._writer.close()

    def leave_out(self, places: pl.Series) -> pl.DataFrame:
        """Write the file anew without the facts at these places; those, with their `place`, are given back."""
        if places.is_empty():
            return pl.DataFrame(schema={PLACE: pl.UInt32, **self._schema})
        rest = Pieces(self.path.with_suffix(".rest"), self._schema)
        out: list[pl.DataFrame] = []
        start = 0
        with pyarrow.parquet.ParquetFile(self.path) as source:
            for batch in source.iter_batches(batch_size=ROWS):
                facts = pl.DataFrame(batch).with_row_index(PLACE, offset=start)
                start += facts.height
                chosen = pl.col(PLACE).is_in(places.implode())
                out.append(facts.filter(chosen))
                rest.add(facts.filter(~chosen))
        rest.close()
        rest.path.replace(self.path)
        return pl.concat(out)
