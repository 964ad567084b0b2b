"""`ingest()`: every table of a descriptor into the offline store; what cannot be kept whole is not kept at all."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.contacts import keep_contacts
from features.descriptor import Descriptor, TableSpec
from features.facts import has_facts, raw_facts
from features.ingest.checking import REJECTS, reject
from features.ingest.loading import Batch, Progress, Source, against_known, digest_of, load
from features.ingest.reading import extract_date_of, files_of
from features.ingest.registers import Loaded, record
from features.ingest.rows import kinds_of
from features.ingest.snapshots import compare
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.errors import TableError, WorkspaceError


@dataclass(slots=True)
class IngestReport:
    """What one ingest did: per file, and the rejects that were written."""

    files: list[Loaded] = field(default_factory=list)
    rejects: Path | None = None

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.files)

    @property
    def rejected(self) -> int:
        return sum(each.rejected for each in self.files)

    @property
    def facts(self) -> int:
        return sum(each.facts for each in self.files)


def ingest(
    descriptor: Descriptor,
    tables: Path,
    workspace: Workspace,
    *,
    settings: FeatureSettings,
    known_through: datetime | None = None,
    progress: Progress = lambda table, rows: None,
) -> IngestReport:
    """Load every table once; a file that was loaded before changes nothing.

    known_through : facts known later are left out, as if it were then.
    Raises TableError, TooManyRejectsError, WorkspaceError; the store is then as it was.
    """
    report = IngestReport()
    staging = workspace.offline / ".staging"
    with _whole(staging):
        moves: list[tuple[Path, Path]] = []
        rejects: list[pl.DataFrame] = []
        for name, table in descriptor.tables.items():
            source = Source(name, table, descriptor.time_zone, settings.key, known_through, progress)
            reader = _snapshots if table.kind == "snapshot" else _history
            for batch, facts in reader(source, tables, workspace, staging, moves):
                kept, contradicting = _write(batch, facts, source, workspace, staging, moves)
                set_aside = pl.concat([batch.rejects, contradicting])
                rejects.append(set_aside)
                report.files.append(_loaded(batch, source, kept, set_aside))
                keep_contacts(batch.typed, workspace, settings)
        for draft, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(target)
        report.rejects = _write_rejects(rejects, workspace)
        record(workspace, report.files)
    return report


Read = Iterator[tuple[Batch, dict[str, pl.DataFrame]]]


def _history(source: Source, tables: Path, workspace: Workspace, staging: Path, moves: list[tuple[Path, Path]]) -> Read:
    for file in files_of(source.name, source.table, tables):
        if not has_facts(workspace, source.name, digest_of(file, source)):
            batch = load(file, source)
            yield batch, batch.facts


def _snapshots(
    source: Source, tables: Path, workspace: Workspace, staging: Path, moves: list[tuple[Path, Path]]
) -> Read:
    """Extracts in the order of their dates, each against the one before, which is kept for the next run."""
    last: dict[str, pl.DataFrame] = {}
    folder = workspace.snapshots / source.name
    for kind in kinds_of(source.table):
        if (folder / f"{kind}.parquet").is_file():
            last[kind] = pl.read_parquet(folder / f"{kind}.parquet")
    for extract, file in sorted((_extract(f, source), f) for f in files_of(source.name, source.table, tables)):
        if has_facts(workspace, source.name, digest_of(file, source)) or _too_late(extract, source):
            continue
        batch = load(file, source, extract)
        facts = {}
        for kind, frame in batch.facts.items():
            _check_order(source, file, extract, last.get(kind))
            found = compare(frame, last.get(kind), kind, source.table, extract)
            facts[kind], last[kind] = found.facts, found.current
        yield batch, facts
        for kind, frame in last.items():
            _draft(frame, staging / f"last-{source.name}-{kind}.parquet", folder / f"{kind}.parquet", moves)


def _extract(file: Path, source: Source) -> datetime:
    named = extract_date_of(file)
    if named is None:
        raise TableError(
            f"table {source.name}: {file} does not say when it was extracted",
            mend="put the date into the file's name, as in residents-2024-03-31.csv",
        )
    zone = pl.Series([named]).dt.replace_time_zone(source.zone).dt.convert_time_zone("UTC")[0]
    return datetime.fromtimestamp(zone.timestamp(), UTC)


def _too_late(extract: datetime, source: Source) -> bool:
    return source.known_through is not None and extract > source.known_through


def _check_order(source: Source, file: Path, extract: datetime, last: pl.DataFrame | None) -> None:
    if last is None or last.is_empty():
        return
    newest = last["known_at"].max()
    if isinstance(newest, datetime) and extract <= newest:
        raise TableError(
            f"table {source.name}: {file} is not newer than the last extract, of {newest:%Y-%m-%d}",
            mend="extracts load in the order of their dates; nothing was loaded",
        )


def _write(
    batch: Batch,
    facts: dict[str, pl.DataFrame],
    source: Source,
    workspace: Workspace,
    staging: Path,
    moves: list[tuple[Path, Path]],
) -> tuple[int, pl.DataFrame]:
    """Draft the new facts of a batch; give their number and the reject lines of those that contradict known ones."""
    kept = 0
    contradicting = [pl.DataFrame(schema=REJECTS)]
    for kind, frame in facts.items():
        earlier = [
            pl.read_parquet(d) for d, t in moves if t.parent.name == source.name and t.parent.parent.name == kind
        ]
        known = pl.concat([raw_facts(workspace, kind, source.name, frame.schema), *earlier])
        new, wrong = against_known(frame, known)
        lines = wrong.with_columns(pl.lit(None, dtype=pl.Int64).alias("__row"))
        contradicting.append(
            reject(lines, batch.file.name, "fact_id", "fact_id", "contradicts an earlier load of this id")
        )
        kept += new.height
        target = workspace.facts / kind / source.name / f"{batch.digest}.parquet"
        _draft(new, staging / f"{kind}-{source.name}-{batch.digest}.parquet", target, moves)
    return kept, pl.concat(contradicting)


def _draft(frame: pl.DataFrame, draft: Path, target: Path, moves: list[tuple[Path, Path]]) -> None:
    frame.write_parquet(draft)
    if (draft, target) not in moves:
        moves.append((draft, target))


def _loaded(batch: Batch, source: Source, kept: int, rejects: pl.DataFrame) -> Loaded:
    table: TableSpec = source.table
    rejected = rejects["row"].n_unique()
    return Loaded(
        source.name,
        table.register_name,
        table.authority,
        batch.file.name,
        batch.digest,
        batch.rows,
        kept,
        rejected,
        batch.later,
    )


def _write_rejects(rejects: list[pl.DataFrame], workspace: Workspace) -> Path | None:
    lines = pl.concat([pl.DataFrame(schema=REJECTS), *rejects])
    if lines.is_empty():
        return None
    workspace.rejects.mkdir(parents=True, exist_ok=True)
    number = len(list(workspace.rejects.glob("rejects-*.csv"))) + 1
    target = workspace.rejects / f"rejects-{number:04d}.csv"
    lines.write_csv(target.with_suffix(".draft"))
    return target.with_suffix(".draft").replace(target)


@contextmanager
def _whole(staging: Path) -> Iterator[None]:
    """A staging folder that leaves nothing behind; a full disk is one clear line."""
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        why = "the disk is full" if full else " ".join(str(error).split())[:200]
        raise WorkspaceError(f"{staging.parent}: {why}", mend="nothing was loaded; make room and run again") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
