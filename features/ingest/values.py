"""Cells to typed values: what cannot be read is marked, never guessed and never filled."""

from collections.abc import Callable

import polars as pl

from features.descriptor import ColumnType, Role
from recommender.identity import pseudonymise

INSTANT = pl.Datetime("us", "UTC")
USES = ("started", "submitted", "granted", "refused", "ended")
YES = ("true", "t", "yes", "y", "1")
NO = ("false", "f", "no", "n", "0")
TIMES = (Role.AS_OF, Role.HAPPENED, Role.KNOWN, Role.EXTRACT_DATE)
FLAGS = (Role.WITHDRAWN, Role.OBSERVED, Role.HOLDS, Role.LEGAL_GROUND)

_FORMATS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%d.%m.%Y")
_ZONED = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z")


def wanted(role: Role, kind: ColumnType | None) -> tuple[str, ColumnType]:
    """What a column of that role must hold, in words and as a type."""
    if role in TIMES:
        return "a date or a time", ColumnType.TIMESTAMP
    if role in FLAGS:
        return "true or false", ColumnType.BOOLEAN
    if role is Role.USE:
        return "one of " + ", ".join(USES), ColumnType.TEXT
    kind = kind or ColumnType.TEXT
    words = {ColumnType.INTEGER: "a whole number", ColumnType.NUMBER: "a number", ColumnType.BOOLEAN: "true or false"}
    return words.get(kind, "a date or a time" if kind in (ColumnType.DATE, ColumnType.TIMESTAMP) else "text"), kind


def typed(column: pl.Expr, given: pl.DataType, kind: ColumnType, zone: str) -> pl.Expr:
    """The column as Float64, Boolean, String or a UTC instant; null where the cell does not read as `kind`."""
    if kind in (ColumnType.INTEGER, ColumnType.NUMBER):
        return _number(column, given, whole=kind is ColumnType.INTEGER)
    if kind is ColumnType.BOOLEAN:
        return _flag(column, given)
    if kind in (ColumnType.DATE, ColumnType.TIMESTAMP):
        return instant(column, given, zone)
    return _text(column)


def instant(column: pl.Expr, given: pl.DataType, zone: str) -> pl.Expr:
    """A UTC instant in microseconds; bare dates and naive times are read in `zone`, nanoseconds are cut."""
    if isinstance(given, pl.Datetime):
        micro = column.dt.cast_time_unit("us")
        return micro.dt.convert_time_zone("UTC") if given.time_zone else _local(micro, zone)
    if given == pl.Date:
        return _local(column.cast(pl.Datetime("us")), zone)
    if given != pl.String:
        return pl.lit(None, dtype=INSTANT)
    return column.map_batches(lambda texts: _times(texts, zone), return_dtype=INSTANT)


def _times(texts: pl.Series, zone: str) -> pl.Series:
    """Each form in turn for what no earlier form could read: one pass where a file keeps to one form."""
    frame = pl.DataFrame({"text": texts.str.strip_chars().str.replace(r"[Zz]$", "+00:00")})
    text = pl.col("text")
    found = pl.Series([None] * texts.len(), dtype=INSTANT)
    for form in (*_FORMATS, *_ZONED):
        unread = found.is_null() & frame["text"].is_not_null()
        if not unread.any():
            break
        if form in _ZONED:
            read = text.str.to_datetime(form, time_unit="us", strict=False, time_zone="UTC")
        else:
            read = _local(text.str.to_datetime(form, time_unit="us", strict=False), zone)
        found = found.scatter(unread.arg_true(), frame.filter(unread).select(read)["text"])
    return found.alias(texts.name)


def pseudonyms(column: pl.Series, role: Role, key: Callable[[], bytes]) -> pl.Series:
    """Citizen ids: a pseudonym as it is, a register number hashed; blank becomes null."""
    text = column.cast(pl.String, strict=False).str.strip_chars()
    text = text.set(text == "", None)
    if role is Role.PSEUDONYM:
        return text
    secret = key()
    unique = text.drop_nulls().unique()
    hashed = pl.Series([pseudonymise(number, secret) for number in unique], dtype=pl.String)
    return text.replace_strict(unique, hashed, default=None, return_dtype=pl.String)


def _local(column: pl.Expr, zone: str) -> pl.Expr:
    # an hour that the clock skips is read as the first instant after it would have been, by way of UTC
    placed = column.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    skipped = (column + pl.duration(hours=1)).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(placed, skipped).dt.convert_time_zone("UTC")


def _number(column: pl.Expr, given: pl.DataType, *, whole: bool) -> pl.Expr:
    if given == pl.String:
        number = column.str.strip_chars().cast(pl.Float64, strict=False)
    elif given.is_numeric():
        number = column.cast(pl.Float64)
    else:
        return pl.lit(None, dtype=pl.Float64)
    sound = number.is_finite() & (number == number.floor()) if whole else number.is_finite()
    return pl.when(sound).then(number)


def _flag(column: pl.Expr, given: pl.DataType) -> pl.Expr:
    if given == pl.Boolean:
        return column
    word = column.cast(pl.String, strict=False).str.strip_chars().str.to_lowercase().str.replace(r"\.0$", "")
    return pl.when(word.is_in(YES)).then(True).when(word.is_in(NO)).then(False)


def _text(column: pl.Expr) -> pl.Expr:
    return column.cast(pl.String, strict=False).str.strip_chars()


def blank_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells of nothing but white space, and NaN, are missing."""
    text = [pl.when(pl.col(c).str.strip_chars() != "").then(pl.col(c)).alias(c) for c in _of(frame, pl.String)]
    floats = [pl.col(c).fill_nan(None) for c in (*_of(frame, pl.Float64), *_of(frame, pl.Float32))]
    return frame.with_columns(*text, *floats)


def _of(frame: pl.DataFrame, dtype: pl.DataType | type[pl.DataType]) -> list[str]:
    return [name for name, given in frame.schema.items() if given == dtype]
