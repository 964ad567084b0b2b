"""A full extract against the one before: what changed, what is new, what vanished, all known at the extract's date."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.descriptor import TableSpec
from features.ingest.rows import ATTRIBUTES, schema_of
from recommender.errors import TableError

_NOT_COMPARED = ("fact_id", "known_at", "as_of", "register", "corrects", "withdrawn")
_STAMP = "__stamp"


@dataclass(frozen=True, slots=True)
class Difference:
    """facts: what the new extract tells beyond the one before. current: the extract as the next one will see it."""

    facts: pl.DataFrame
    current: pl.DataFrame
    vanished: int


def compare(new: pl.DataFrame, old: pl.DataFrame | None, kind: str, table: TableSpec, extract: datetime) -> Difference:
    """Facts of one kind that follow from the extract `new` after `old` (None: the first extract).

    States are compared by citizen; events and uses by fact id. What vanished is withdrawn: a state becomes unknown, an
    event or use is taken back. Raises TableError when a larger share vanished than the table allows.
    """
    by = "citizen_id" if kind == ATTRIBUTES else "fact_id"
    new = new.unique(subset=[by], keep="last", maintain_order=True)
    if old is None or old.is_empty():
        return Difference(new, new, 0)
    compared = [c for c in new.columns if c not in _NOT_COMPARED and c != by]
    gone = old.join(new, on=by, how="anti")
    _stop_when_many(gone.height, old.height, table, extract)
    same = new.join(old, on=[by, *compared], how="semi", nulls_equal=True)
    told = new.join(same, on=by, how="anti")
    if kind == ATTRIBUTES:
        facts = pl.concat([told, _unknown(gone, kind, table, extract)])
        return Difference(facts, new, gone.height)
    return _corrected(new, old, told, gone, extract)


def _corrected(
    new: pl.DataFrame, old: pl.DataFrame, told: pl.DataFrame, gone: pl.DataFrame, extract: datetime
) -> Difference:
    """Events: a changed row corrects the one before, a vanished one withdraws it; each statement has an id of its own.

    In `current`, `corrects` holds the id under which a row was last stated, so that the next change corrects that.
    """
    stamp = f"@{extract:%Y-%m-%dT%H:%M}"
    stated = old.select("fact_id", pl.coalesce("corrects", "fact_id").alias(_STAMP))
    changed = told.join(stated, on="fact_id", how="inner").with_columns(
        pl.col(_STAMP).alias("corrects"), (pl.col("fact_id") + stamp).alias("fact_id")
    )
    fresh = told.join(old.select("fact_id"), on="fact_id", how="anti")
    taken_back = gone.join(stated, on="fact_id", how="left").with_columns(
        pl.col(_STAMP).alias("corrects"),
        (pl.col("fact_id") + stamp).alias("fact_id"),
        pl.lit(True).alias("withdrawn"),
        pl.lit(extract).dt.convert_time_zone("UTC").cast(new.schema["known_at"]).alias("known_at"),
    )
    facts = pl.concat([frame.select(new.columns) for frame in (fresh, changed, taken_back)])
    latest = pl.concat(
        [stated, changed.select(pl.col("fact_id").str.strip_suffix(stamp), pl.col("fact_id").alias(_STAMP))]
    )
    current = new.join(latest.unique("fact_id", keep="last"), on="fact_id", how="left")
    current = current.with_columns(pl.coalesce(_STAMP, "corrects").alias("corrects")).select(new.columns)
    return Difference(facts, current, gone.height)


def _unknown(gone: pl.DataFrame, kind: str, table: TableSpec, extract: datetime) -> pl.DataFrame:
    """Rows of nulls for citizens who vanished: from the extract on, their values in this table are unknown."""
    schema = schema_of(kind, table)
    at = pl.lit(extract).dt.convert_time_zone("UTC")
    named = pl.concat_str([pl.col("fact_id"), pl.lit(f"-{extract:%Y-%m-%dT%H:%M}")])
    kept = {
        "fact_id": named,
        "citizen_id": pl.col("citizen_id"),
        "register": pl.col("register"),
        "as_of": at,
        "known_at": at,
        "withdrawn": pl.lit(False),
    }
    return gone.select([kept.get(c, pl.lit(None)).cast(t).alias(c) for c, t in schema.items()])


def _stop_when_many(gone: int, before: int, table: TableSpec, extract: datetime) -> None:
    if gone > table.vanished_at_most * before:
        raise TableError(
            f"register {table.register_name}: {gone} of {before} rows vanished in the extract of {extract:%Y-%m-%d}, "
            f"more than {table.vanished_at_most:.0%}",
            mend="nothing was loaded; check the extract, or raise the table's vanished_at_most",
        )
