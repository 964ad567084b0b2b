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


def in_order(raw: pl.DataFrame) -> pl.DataFrame:
    """The statements by citizen and known time; of one instant what corrects comes after what it corrects."""
    return _placed(raw).sort("citizen_id", "known_at", "depth", "fact_id").drop("root", "depth")


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
