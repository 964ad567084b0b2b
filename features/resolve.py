"""Statements to beliefs: which statement each corrects, and until when it was believed."""

import polars as pl

_HOPS = 12
"""Pointer doubling: chains of up to 2**12 corrections; a ring of corrections ends there, whatever it meant."""


def resolve(raw: pl.DataFrame) -> pl.DataFrame:
    """Add `root` (first fact of the chain) and `superseded_at` (null: still believed); withdrawals themselves go.

    Within a chain the later known statement supersedes the earlier one, whichever of the chain it names; of two known
    at the same instant the one that corrects supersedes. A correction of a fact that is not there stands for itself
    under that fact's name. Rows come by citizen_id, known_at.
    """
    when = raw.schema["known_at"]
    placed = _placed(raw)
    ended = pl.col("known_at").shift(-1).over("root", order_by="order").cast(when).alias("superseded_at")
    ordered = placed.sort("known_at", "depth", "fact_id").with_row_index("order").with_columns(ended)
    believed = ordered.filter(~pl.col("withdrawn")).sort("citizen_id", "order")
    return believed.drop("corrects", "withdrawn", "depth", "order")


def by_citizen(raw: pl.DataFrame) -> pl.DataFrame:
    """The statements so that each citizen's can be told alone, by known time; what corrects follows what it corrects.

    `corrects` names the root of the chain. Where a correction is about another citizen than the statement before it,
    that one's citizen gets a withdrawal of the same instant: an event credited to the wrong person ends with them.
    """
    ordered = _placed(raw).sort("known_at", "depth", "fact_id").with_row_index("order")
    before = (
        pl.col(c).shift(1).over("root", order_by="order").alias(f"{c}_before") for c in ("citizen_id", "withdrawn")
    )
    root = pl.when(pl.col("fact_id") != pl.col("root")).then("root").alias("corrects")
    ordered = ordered.with_columns(*before, root)
    moved = ordered.filter((pl.col("citizen_id_before") != pl.col("citizen_id")) & ~pl.col("withdrawn_before"))
    ended = moved.with_columns(
        pl.col("citizen_id_before").alias("citizen_id"),
        (pl.col("fact_id") + "~").alias("fact_id"),
        pl.lit(True).alias("withdrawn"),
    )
    return pl.concat([ordered, ended]).sort("citizen_id", "known_at", "order").select(raw.columns)


def _placed(raw: pl.DataFrame) -> pl.DataFrame:
    """Add `root` and `depth`, how many corrections a statement is away from it."""
    points = raw.select("fact_id", "corrects").drop_nulls().unique("fact_id", keep="first")
    if points.is_empty():
        return raw.with_columns(pl.col("fact_id").alias("root"), pl.lit(0, dtype=pl.Int64).alias("depth"))
    points = points.select("fact_id", pl.col("corrects").alias("root"), pl.lit(1, dtype=pl.Int64).alias("depth"))
    for _ in range(_HOPS):
        onward = points.select(
            pl.col("fact_id").alias("root"), pl.col("root").alias("next"), pl.col("depth").alias("on")
        )
        moved = points.join(onward, on="root", how="left")
        if moved["next"].null_count() == moved.height:
            break
        depth = pl.col("depth") + pl.col("on").fill_null(0)
        points = moved.select("fact_id", pl.coalesce("next", "root").alias("root"), depth)
    placed = raw.join(points, on="fact_id", how="left")
    return placed.with_columns(pl.coalesce("root", "fact_id"), pl.col("depth").fill_null(0))
