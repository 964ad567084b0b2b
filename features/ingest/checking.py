"""Raw rows to typed rows by role; a row with any cell that cannot be read is set aside with its reason."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from features.descriptor import ColumnSpec, ColumnType, Role, TableSpec
from features.ingest.reading import ROW
from features.ingest.values import INSTANT, USES, blank_to_null, pseudonyms, typed, wanted
from features.tables import HOUSEHOLD

REJECTS = pl.Schema({"file": pl.String, "row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String})

NAMES = {
    Role.PSEUDONYM: "citizen_id",
    Role.REGISTER_NUMBER: "citizen_id",
    Role.FACT_ID: "fact_id",
    Role.AS_OF: "as_of",
    Role.HAPPENED: "happened_at",
    Role.KNOWN: "known_at",
    Role.EVENT_TYPE: "event_type",
    Role.SERVICE: "service_id",
    Role.USE: "use",
    Role.CORRECTS: "corrects",
    Role.WITHDRAWN: "withdrawn",
    Role.OBSERVED: "observed",
    Role.EXTRACT_DATE: "extract_at",
    Role.LANGUAGE: "language",
    Role.LEGAL_GROUND: "may_inform",
}
"""Role to the name of its column in typed rows; attributes keep their own names."""

_NEEDED = {Role.PSEUDONYM, Role.REGISTER_NUMBER, Role.AS_OF, Role.HAPPENED, Role.KNOWN, Role.EXTRACT_DATE}
_NEEDED |= {Role.SERVICE, Role.USE, Role.FACT_ID, Role.EVENT_TYPE}


@dataclass(frozen=True, slots=True)
class Checked:
    """typed: rows that read well, with ROW, their place in the file. rejects: one line a bad cell."""

    typed: pl.DataFrame
    rejects: pl.DataFrame


def typed_name(name: str, column: ColumnSpec) -> str:
    """The name of a column in typed rows."""
    if column.role is Role.HOLDS:
        return f"holds__{column.service}"
    if column.role is Role.CONTACT:
        return f"contact__{column.channel or name}"
    if column.role is Role.HOUSEHOLD:
        return f"contact__{HOUSEHOLD}"
    return NAMES.get(column.role, name)


def check(raw: pl.DataFrame, table: TableSpec, file: str, zone: str, key: Callable[[], bytes]) -> Checked:
    """Type every column of raw rows (with ROW) by its role."""
    raw = blank_to_null(raw)
    columns = {name: column for name, column in table.columns.items() if column.role is not Role.IGNORE}
    result = raw.select(ROW)
    problems: list[pl.DataFrame] = []
    for name, column in columns.items():
        values = _read(raw, name, column, zone, key)
        result = result.with_columns(values.alias(typed_name(name, column)))
        problems += _problems(raw, name, column, values, file)
    problems += _aimless(result, table, file)
    rejects = pl.concat([pl.DataFrame(schema=REJECTS), *problems])
    bad = rejects.select(pl.col("row").alias(ROW)).unique()
    return Checked(result.join(bad, on=ROW, how="anti").sort(ROW), rejects.sort("row", "column"))


def _aimless(typed: pl.DataFrame, table: TableSpec, file: str) -> list[pl.DataFrame]:
    """A withdrawal must say what it takes back."""
    flag, aim = table.column(Role.WITHDRAWN), table.column(Role.CORRECTS)
    if flag is None:
        return []
    aimless = typed.filter(pl.col("withdrawn") & (pl.col("corrects").is_null() if aim else pl.lit(True)))
    return [reject(aimless, file, flag, "withdrawn", "a withdrawal that names nothing in the column of role corrects")]


def reject(frame: pl.DataFrame, file: str, column: str, value: str, reason: str) -> pl.DataFrame:
    """Reject lines for whole rows of typed data; `value` names the column whose content is shown."""
    return frame.select(
        pl.lit(file).alias("file"),
        pl.col(ROW).alias("row"),
        pl.lit(column).alias("column"),
        pl.col(value).cast(pl.String).alias("value"),
        pl.lit(reason).alias("reason"),
    ).cast(REJECTS)


def _read(raw: pl.DataFrame, name: str, column: ColumnSpec, zone: str, key: Callable[[], bytes]) -> pl.Series:
    if column.role in (Role.PSEUDONYM, Role.REGISTER_NUMBER):
        return pseudonyms(raw[name], column.role, key)
    _, kind = wanted(column.role, column.type)
    # not select: a column of which no cell can be read is one literal, and must have the table's height
    values = raw.with_columns(typed(pl.col(name), raw.schema[name], kind, zone).alias(name))[name]
    if column.role is Role.USE:
        word = values.str.to_lowercase()
        return word.set(~word.is_in(USES), None)
    if column.role in (Role.STATIC, Role.ATTRIBUTE) and kind in (ColumnType.DATE, ColumnType.TIMESTAMP):
        return values.cast(INSTANT).dt.epoch("us").cast(pl.Float64)
    return values


def _problems(raw: pl.DataFrame, name: str, column: ColumnSpec, values: pl.Series, file: str) -> list[pl.DataFrame]:
    words, _ = wanted(column.role, column.type)
    unread = raw.filter(raw[name].is_not_null() & values.is_null())
    shown = pl.lit("(a register number)") if column.role is Role.REGISTER_NUMBER else pl.col(name)
    found = [_lines(unread, name, shown, f"not {words}", file)]
    if column.role in _NEEDED:
        found.append(_lines(raw.filter(raw[name].is_null()), name, pl.lit(None), "missing", file))
    return [lines for lines in found if lines.height]


def _lines(rows: pl.DataFrame, name: str, shown: pl.Expr, reason: str, file: str) -> pl.DataFrame:
    return rows.select(
        pl.lit(file).alias("file"),
        pl.col(ROW).alias("row"),
        pl.lit(name).alias("column"),
        shown.cast(pl.String, strict=False).alias("value"),
        pl.lit(reason).alias("reason"),
    ).cast(REJECTS)
