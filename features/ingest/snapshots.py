"""A full extract against the one before: what changed, what is new, what vanished, all known at the extract's date."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.descriptor import TableSpec
from features.ingest.rows import ATTRIBUTES, schema_of
from features.ingest.values import INSTANT
from recommender.errors import TableError

_NOT_COMPARED = ("fact_id", "known_at", "as_of", "register", "corrects", "withdrawn")
STATED, GONE = "__stated", "__gone"
"""Kept with an extract: the id under which a row was last stated, and whether it has vanished since."""


@dataclass(frozen=True, slots=True)
class Difference:
    """facts: what the new extract tells beyond the one before. current: the extract as the next one will see it."""

    facts: pl.DataFrame
    current: pl.DataFrame


def compare(new: pl.DataFrame, old: pl.DataFrame | None, kind: str, table: TableSpec, extract: datetime) -> Difference:
    """Facts of one kind that follow from the extract `new` after `old`, the former `current` (None: the first extract).

    States are compared by citizen; events and uses by fact id. What vanished is withdrawn: a state becomes unknown, a
    holding ends, an event or use is taken back. Raises TableError when a larger share vanished than the table allows.
    """
    by = "citizen_id" if kind == ATTRIBUTES else "fact_id"
    compared = [column for column in new.columns if column not in _NOT_COMPARED and column != by]
    fresh = new.with_columns(pl.col("fact_id").alias(STATED), pl.lit(False).alias(GONE))
    if old is None:
        return Difference(new, fresh)
    there = old.filter(~pl.col(GONE))
    gone = there.join(new, on=by, how="anti")
    _stop_when_many(gone.height, there.height, table, extract)
    same = new.join(there, on=[by, *compared], how="semi", nulls_equal=True)
    told = new.join(same, on=by, how="anti")
    if kind == ATTRIBUTES:
        return Difference(pl.concat([told, _unknown(gone, table, extract)]), fresh)
    return _corrected(told, gone, fresh, old, extract)


def _corrected(
    told: pl.DataFrame, gone: pl.DataFrame, fresh: pl.DataFrame, old: pl.DataFrame, extract: datetime
) -> Difference:
    """Events: a changed row corrects the one before, a vanished one withdraws it, one that is back corrects that.

    Each of these statements has an id of its own; `current` remembers it, also of the vanished.
    """
    stated = old.select("fact_id", STATED)
    renamed = (pl.col("fact_id") + f"@{extract:%Y-%m-%dT%H:%M}").alias("fact_id")
    changed = told.join(stated, on="fact_id").with_columns(pl.col(STATED).alias("corrects"), renamed)
    at = pl.lit(extract, dtype=INSTANT).alias("known_at")
    taken_back = gone.with_columns(pl.col(STATED).alias("corrects"), renamed, pl.lit(True).alias("withdrawn"), at)
    first = told.join(stated, on="fact_id", how="anti")
    facts = pl.concat([frame.select(told.columns) for frame in (first, changed, taken_back)])
    restated = pl.concat([told.join(stated, on="fact_id", how="semi").select("fact_id"), gone.select("fact_id")])
    latest = pl.concat(
        [restated.select("fact_id", renamed.alias(STATED)), stated.join(restated, on="fact_id", how="anti")]
    )
    vanished = old.join(fresh, on="fact_id", how="anti").with_columns(pl.lit(True).alias(GONE))
    current = pl.concat([fresh, vanished.select(fresh.columns)]).drop(STATED).join(latest, on="fact_id", how="left")
    current = current.with_columns(pl.coalesce(STATED, "fact_id").alias(STATED))
    return Difference(facts, current.select(fresh.columns))


def _unknown(gone: pl.DataFrame, table: TableSpec, extract: datetime) -> pl.DataFrame:
    """Citizens who vanished: from the extract on their values in this table are unknown, and they hold nothing here."""
    schema = schema_of(ATTRIBUTES, table)
    at = pl.lit(extract, dtype=INSTANT)
    kept = {
        "fact_id": pl.col("fact_id") + f"@{extract:%Y-%m-%dT%H:%M}",
        "citizen_id": pl.col("citizen_id"),
        "register": pl.col("register"),
        "as_of": at,
        "known_at": at,
        "withdrawn": pl.lit(False),
    }
    kept |= {column: pl.lit(False) for column in schema if column.startswith("holds__")}
    return gone.select([kept.get(c, pl.lit(None)).cast(t).alias(c) for c, t in schema.items()])


def _stop_when_many(gone: int, before: int, table: TableSpec, extract: datetime) -> None:
    if gone > table.vanished_at_most * before:
        raise TableError(
            f"register {table.register_name}: {gone} of {before} rows vanished in the extract of {extract:%Y-%m-%d}, "
            f"allowed are {table.vanished_at_most:.0%}",
            mend="nothing was loaded; check the extract, or raise the table's vanished_at_most",
        )
