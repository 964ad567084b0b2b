"""Files to batches of raw rows: Parquet or CSV, a bounded number of rows at a time."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from features.descriptor import TableSpec
from recommender.errors import TableError

ROWS = 100_000
"""Rows read at a time: small beside a live server, large enough for speed."""

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?!.*\d{4}-\d{2}-\d{2})")


def files_of(name: str, table: TableSpec, folder: Path) -> list[Path]:
    """The table's files, by name. Raises TableError when there is none."""
    files = sorted(path for path in folder.glob(table.file) if path.is_file())
    if not files:
        raise TableError(
            f"table {name}: no file {table.file} in {folder}", mend="check --tables and the descriptor's `file`"
        )
    return files


def extract_date_of(file: Path) -> datetime | None:
    """The date in a file's name, naive; None when there is none."""
    found = _DATE.search(file.stem)
    return datetime.fromisoformat(found.group(1)) if found else None


def batches(name: str, table: TableSpec, file: Path) -> Iterator[pl.DataFrame]:
    """Raw rows of one file, in order, with only the columns that the descriptor names.

    Raises TableError for a file that is neither Parquet nor CSV, lacks a column, or holds no row.
    """
    rows = 0
    for raw in _raw(name, file):
        lacking = [column for column in table.columns if column not in raw.column_names]
        if lacking:
            raise TableError(
                f"table {name}: {file} lacks the column {lacking[0]!r}",
                mend=f"it has {', '.join(raw.column_names[:12])}; correct the descriptor or the extract",
            )
        rows += raw.num_rows
        if raw.num_rows:
            yield _frame(name, file, raw.select(list(table.columns)))
    if rows == 0:
        raise TableError(f"table {name}: {file} holds no row", mend="check the extract; nothing was loaded")


def rows_in(file: Path) -> int:
    """How many rows a progress bar should expect; for CSV an estimate by size."""
    if file.suffix.lower() == ".parquet":
        try:
            return int(pa.parquet.read_metadata(file).num_rows)
        except (pa.ArrowInvalid, OSError):
            return 0
    return file.stat().st_size // 64


def _raw(name: str, file: Path) -> Iterator[pa.Table]:
    try:
        if file.suffix.lower() == ".parquet":
            source = pa.parquet.ParquetFile(file)
            yield pa.table({field.name: pa.array([], field.type) for field in source.schema_arrow})
            for batch in source.iter_batches(batch_size=ROWS):
                yield pa.Table.from_batches([batch])
        elif file.suffix.lower() == ".csv":
            yield from _csv(file)
        else:
            raise TableError(f"table {name}: {file} is neither .parquet nor .csv", mend="convert the extract")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
        kind = file.suffix[1:].upper() if file.suffix == ".csv" else "Parquet"
        why = " ".join(str(error).split())[:200]
        raise TableError(f"table {name}: {file} cannot be read as {kind}: {why}", mend="check the extract") from error


def _csv(file: Path) -> Iterator[pa.Table]:
    with file.open(encoding="utf-8-sig") as lines:
        header = lines.readline().rstrip("\r\n")
    names = [cell.strip().strip('"') for cell in header.split(",")]
    # every cell as text: types are the descriptor's to say, and a column of digits may hold leading zeros
    convert = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    with pa.csv.open_csv(file, convert_options=convert, parse_options=parse) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _frame(name: str, file: Path, raw: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(raw)
    if not isinstance(frame, pl.DataFrame):
        raise TableError(f"table {name}: {file} is not a table")
    texts = [c for c, given in frame.schema.items() if isinstance(given, pl.Categorical | pl.Enum | pl.Null)]
    return frame.with_columns(pl.col(texts).cast(pl.String)) if texts else frame
