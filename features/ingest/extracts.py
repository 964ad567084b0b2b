"""Tables that come as full extracts: in the order of their dates, each against the one before, also across runs."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.descriptor import Role
from features.ingest.checking import reject
from features.ingest.drafting import Draft, extract_of
from features.ingest.histories import line_of, open_pieces, set_aside, settle
from features.ingest.ledger import Loaded
from features.ingest.loading import Source, Tally, digest_of, facts_of
from features.ingest.reading import ROW, extract_date_of, files_of, pieces
from features.ingest.repeats import PLACE, judge, prints
from features.ingest.rows import ATTRIBUTES, kinds_of
from features.ingest.snapshots import compare
from features.ingest.values import instant
from recommender.errors import TableError


def load_extracts(source: Source, tables: Path, draft: Draft) -> None:
    """Draft every extract that was not loaded before. Raises TableError for one older than the last."""
    dated = [(_drawn_at(source, file), file) for file in files_of(source.name, source.table, tables)]
    for extract, file in sorted(dated):
        if source.known_through is not None and extract > source.known_through:
            continue
        digest = digest_of(file)
        former = draft.loads_of(source.name)
        if any(line.source == digest and line.extract == extract.isoformat() for line in former):
            continue
        if former and extract <= datetime.fromisoformat(former[-1].extract or ""):
            raise TableError(
                f"table {source.name}: {file} is no newer than the last extract, {former[-1].file}",
                mend="extracts load in the order of their dates; nothing was loaded",
            )
        _load(source, Tally(file), draft, digest, extract, former[-1] if former else None)


def _load(source: Source, tally: Tally, draft: Draft, digest: str, extract: datetime, before: Loaded | None) -> None:
    batch = f"{digest}-{extract:%Y%m%dT%H%M}"
    whole = _whole(source, tally, extract)
    written = open_pieces(source, draft, batch)
    current: dict[str, Path] = {}
    own: dict[str, pl.DataFrame] = {}
    for kind, new in whole.items():
        found = compare(new, extract_of(draft, kind, before), kind, source.table, extract)
        written[kind].add(found.facts)
        own[kind] = prints(found.facts.with_columns(pl.lit(None, dtype=pl.Int64).alias(ROW)))
        current[kind] = draft.staging / f"{source.name}-{batch}-{kind}-extract.parquet"
        found.current.write_parquet(current[kind])
    kept = settle(source, tally, draft, written, own)
    set_aside(source, tally, draft, again=0)
    line = line_of(source, tally, batch, digest, kept, extract)
    draft.add(line, {kind: each.path for kind, each in written.items()}, current)


def _whole(source: Source, tally: Tally, extract: datetime) -> dict[str, pl.DataFrame]:
    """All facts of an extract by kind, one for each fact id, and for states one for each citizen."""
    parts: dict[str, list[pl.DataFrame]] = {kind: [] for kind in kinds_of(source.table)}
    for facts in facts_of(source, tally, extract):
        for kind, frame in facts.items():
            parts[kind].append(frame)
    whole = {}
    for kind, frames in parts.items():
        frame = pl.concat(frames)
        named = frame.with_columns(pl.col("citizen_id").alias("fact_id")) if kind == ATTRIBUTES else frame
        said, wrong = judge(prints(named), prints(named.clear()).drop(ROW))
        placed = frame.with_row_index(PLACE)
        contradicting = placed.join(wrong.select(PLACE), on=PLACE, how="semi")
        column = (source.table.column(Role.FACT_ID) if kind != ATTRIBUTES else None) or source.table.citizen
        value = "citizen_id" if kind == ATTRIBUTES else "fact_id"
        why = "says something else than an earlier row of the same extract"
        tally.rejects.append(reject(contradicting, tally.file.name, column, value, why))
        out = pl.concat([said, wrong.select(PLACE)])
        whole[kind] = placed.join(out, on=PLACE, how="anti", maintain_order="left").drop(PLACE, ROW)
    return whole


def _drawn_at(source: Source, file: Path) -> datetime:
    """When an extract was drawn: its column of that role, else the date in its name."""
    column = source.table.column(Role.EXTRACT_DATE)
    drawn = extract_date_of(file) if column is None else _date_in(source, file, column)
    if drawn is None:
        raise TableError(
            f"table {source.name}: {file} does not say when it was extracted",
            mend="put the date into the file's name, as in residents-2024-03-31.csv",
        )
    return drawn.astimezone(UTC) if drawn.tzinfo else drawn.replace(tzinfo=ZoneInfo(source.zone)).astimezone(UTC)


def _date_in(source: Source, file: Path, column: str) -> datetime | None:
    """The one date of a column; rows that cannot be read are rejected later."""
    dates: set[datetime] = set()
    for raw in pieces(source.name, source.table, file, lambda row, text, why: None):
        read = raw.select(instant(pl.col(column), raw.schema[column], source.zone).alias(column))
        dates |= set(read[column].drop_nulls().unique())
    if len(dates) > 1:
        raise TableError(
            f"table {source.name}: {file} names {len(dates)} extract dates in {column!r}",
            mend="give each extract a file of its own",
        )
    return next(iter(dates), None)
