"""Files to pieces of raw rows: Parquet or CSV, a bounded number of rows at a time."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from features.descriptor import Role, TableSpec
from recommender.errors import TableError

ROWS = 100_000
"""Rows read at a time: small beside a live server, large enough for speed."""
BLOCK_BYTES = 8 << 20
"""CSV read at a time."""
ROW = "__row"
"""Place of a row in its file, from 1, the header not counted."""
Broken = Callable[[int, str, str], None]
"""Told of each line that is no row: its place, its text, what is wrong."""

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?!.*\d{4}-\d{2}-\d{2})")


def files_of(name: str, table: TableSpec, folder: Path) -> list[Path]:
    """The table's files, by name. Raises TableError when there is none."""
    relative = not Path(table.file).is_absolute()
    files = sorted(path for path in folder.glob(table.file) if path.is_file()) if relative else []
    if not files:
        raise TableError(
            f"table {name}: no file {table.file} in {folder}", mend="check --tables and the descriptor's `file`"
        )
    return files


def extract_date_of(file: Path) -> datetime | None:
    """The date in a file's name, naive; None when there is none."""
    found = _DATE.search(file.stem)
    try:
        return datetime.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


def pieces(name: str, table: TableSpec, file: Path, broken: Broken) -> Iterator[pl.DataFrame]:
    """Raw rows of one file, in order: ROW and the columns that the descriptor names.

    Raises TableError for a file that is neither Parquet nor CSV, lacks a column, holds no row, or lists in its cells.
    """
    seen = 0
    read = [column for column, spec in table.columns.items() if spec.role is not Role.IGNORE]

    def counted(row: int, text: str, why: str) -> None:
        nonlocal seen
        seen += 1
        broken(row, text, why)

    for raw, rows in _raw(name, file, counted):
        _check_columns(name, table, file, raw.column_names)
        seen += raw.num_rows
        if raw.num_rows:
            yield _frame(name, file, raw.select(read)).with_columns(pl.Series(ROW, rows, dtype=pl.Int64))
    if seen == 0:
        raise TableError(f"table {name}: {file} holds no row", mend="check the extract; nothing was loaded")


def rows_in(file: Path) -> int:
    """How many rows a progress bar should expect; for CSV an estimate by size."""
    if file.suffix.lower() == ".parquet":
        try:
            return int(pa.parquet.read_metadata(file).num_rows)
        except (pa.ArrowInvalid, OSError):
            return 0
    return file.stat().st_size // 64


def _check_columns(name: str, table: TableSpec, file: Path, given: list[str]) -> None:
    for column in table.columns:
        if column not in given:
            raise TableError(
                f"table {name}: {file} lacks the column {column!r}",
                mend=f"it has {', '.join(given[:12])}; correct the descriptor or the extract",
            )
        if given.count(column) > 1:
            raise TableError(f"table {name}: {file} has the column {column!r} twice", mend="correct the extract")


def _raw(name: str, file: Path, broken: Broken) -> Iterator[tuple[pa.Table, np.ndarray]]:
    kind = {".parquet": "Parquet", ".csv": "CSV"}.get(file.suffix.lower())
    if kind is None:
        raise TableError(f"table {name}: {file} is neither .parquet nor .csv", mend="convert the extract")
    try:
        yield from _parquet(file) if kind == "Parquet" else _csv(file, broken)
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error) as error:
        why = " ".join(str(error).split())[:200]
        raise TableError(f"table {name}: {file} cannot be read as {kind}: {why}", mend="check the extract") from error


def _parquet(file: Path) -> Iterator[tuple[pa.Table, np.ndarray]]:
    with pa.parquet.ParquetFile(file) as source:
        yield source.schema_arrow.empty_table(), np.empty(0, dtype=np.int64)
        row = 1
        for batch in source.iter_batches(batch_size=ROWS):
            yield pa.Table.from_batches([batch]), np.arange(row, row + batch.num_rows)
            row += batch.num_rows


def _csv(file: Path, broken: Broken) -> Iterator[tuple[pa.Table, np.ndarray]]:
    if file.stat().st_size == 0:
        return
    names, delimiter = _header(file)
    skipped: list[int] = []

    def set_aside(line: pa.csv.InvalidRow) -> str:
        skipped.append(line.number - 1)
        broken(line.number - 1, line.text, f"a line of {line.actual_columns} cells, not {line.expected_columns}")
        return "skip"

    # every cell as text, and no word means missing: types are the descriptor's to say, a column of digits may hold
    # leading zeros, and NA is a country
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    parse = pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside)
    read = pa.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False)
    with pa.csv.open_csv(file, read_options=read, convert_options=convert, parse_options=parse) as reader:
        good = 0
        yield reader.schema.empty_table(), np.empty(0, dtype=np.int64)
        for batch in reader:
            counts = np.arange(good + 1, good + 1 + batch.num_rows)
            before = np.array(skipped, dtype=np.int64) - np.arange(len(skipped)) - 1
            good += batch.num_rows
            yield pa.Table.from_batches([batch]), counts + np.searchsorted(before, counts)


def _header(file: Path) -> tuple[list[str], str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        line = lines.readline()
    delimiter = max(",;\t", key=line.count)
    return next(csv.reader([line], delimiter=delimiter), []), delimiter


def _frame(name: str, file: Path, raw: pa.Table) -> pl.DataFrame:
    columns = zip(raw.column_names, raw.columns, strict=True)
    return pl.DataFrame([_series(name, file, column, cells) for column, cells in columns])


def _series(name: str, file: Path, column: str, cells: pa.ChunkedArray) -> pl.Series:
    try:
        series = pl.Series(column, cells)
        if series.dtype.is_nested() or series.dtype in (pl.Duration, pl.Object):
            raise TypeError
        as_text = isinstance(series.dtype, pl.Categorical | pl.Enum | pl.Null | pl.Binary)
        return series.cast(pl.String) if as_text else series
    except (pl.exceptions.PolarsError, pa.ArrowException, TypeError, ValueError) as error:
        raise TableError(
            f"table {name}: {file}: cells of the column {column!r} are of type {cells.type}, which is no text, number, "
            "flag, date or time",
            mend="give the column another type in the extract, or the role ignore in the descriptor",
        ) from error
