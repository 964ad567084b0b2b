"""Whatever type a Parquet column has, a row is read, set aside, or the file refused in one line; never a crash."""

from datetime import date, time, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from features.descriptor import TableSpec
from features.ingest.checking import Checked, check
from features.ingest.reading import pieces
from recommender.errors import TableError

READ: dict[str, pl.Series] = {
    "flag": pl.Series([True, None]),
    "date": pl.Series([date(2020, 1, 1), None]),
    "nanoseconds": pl.Series([date(2020, 1, 1), None]).cast(pl.Datetime("ns")),
    "zoned": pl.Series([date(2020, 1, 1), None]).cast(pl.Datetime("ms")).dt.replace_time_zone("Europe/Tallinn"),
    "decimal": pl.Series([Decimal("1.5"), None]),
    "time of day": pl.Series([time(1), None]),
    "nothing": pl.Series([None, None]),
    "text": pl.Series(["x", None]),
    "text as bytes": pl.Series([b"x", None]),
    "float": pl.Series([1.5, None], dtype=pl.Float32),
    "byte": pl.Series([1, None], dtype=pl.UInt8),
}
REFUSED: dict[str, pl.Series] = {
    "list": pl.Series([[1], None]),
    "struct": pl.Series([{"a": 1}, None]),
    "bytes": pl.Series([b"\xff\x00", None]),
    "duration": pl.Series([timedelta(1), None]),
}
ROLES: list[dict[str, Any]] = [
    *({"role": "attribute", "type": of} for of in ("integer", "number", "boolean", "category", "date", "text")),
    *({"role": role} for role in ("as_of", "known", "language", "observed", "legal_ground")),
    {"role": "holds", "service": "s"},
]


def checked(folder: Path, cells: pl.Series, role: dict[str, Any], name: str = "x") -> list[Checked]:
    """One column of these cells beside two citizens, as `herald ingest` reads and checks it."""
    columns = {"p": {"role": "pseudonym"}, name: role}
    if role["role"] != "as_of":
        columns["at"] = {"role": "as_of"}
    table = TableSpec.model_validate(
        {"register": "r", "authority": "a", "kind": "history", "file": "x.parquet", "columns": columns}
    )
    file = folder / "x.parquet"
    frame = pl.DataFrame({"p": ["a", "b"], "at": ["2020-01-01", "2020-01-01"]}).with_columns(cells.alias(name))
    pq.write_table(frame.to_arrow(), file)
    read = pieces("people", table, file, lambda row, text, why: None)
    return [check(raw, table, file.name, "UTC", lambda: b"k" * 32) for raw in read]


@pytest.mark.parametrize(("kind", "role"), list(product(READ, ROLES)), ids=str)
def test_a_column_of_single_values_is_read_or_its_rows_are_set_aside(
    kind: str, role: dict[str, Any], tmp_path: Path
) -> None:
    (found,) = checked(tmp_path, READ[kind], role)
    assert found.typed.height + found.rejects["row"].n_unique() == 2


@pytest.mark.parametrize(("kind", "role"), list(product(REFUSED, ROLES)), ids=str)
def test_a_column_of_anything_else_is_refused_in_one_line(kind: str, role: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"people.*x\.parquet.*'x'.*role ignore") as told:
        checked(tmp_path, REFUSED[kind], role)
    assert "\n" not in str(told.value)


def test_a_column_that_nobody_reads_may_hold_anything(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, REFUSED["list"], {"role": "ignore"})
    assert found.typed.height == 2
