"""Statements to beliefs: which statement each corrects, and until when it was believed."""

import polars as pl

_HOPS = 12
"""Pointer doubling: chains of up to 2**12 corrections; a ring of corrections ends there, whatever it meant."""


def resolve(raw: pl.DataFrame) -> pl.DataFrame:
    """Add `root` (first fact of the chain) and `superseded_at` (null: still believed); withdrawals themselves go.

    Within a chain the later known statement supersedes the earlier one, whichever of the chain it names.
    """
    if raw["corrects"].null_count() == raw.height:
        believed = raw.filter(~pl.col("withdrawn"))
        root = pl.col("fact_id").alias("root")
        return believed.with_columns(root, pl.lit(None, dtype=raw.schema["known_at"]).alias("superseded_at")).drop(
            "corrects", "withdrawn"
        )
    chained = raw.join(_roots(raw), on="fact_id", how="left").sort("known_at", maintain_order=True)
    ended = pl.col("known_at").shift(-1).over("root").alias("superseded_at")
    return chained.with_columns(ended).filter(~pl.col("withdrawn")).drop("corrects", "withdrawn")


def _roots(raw: pl.DataFrame) -> pl.DataFrame:
    points = raw.select("fact_id", pl.coalesce("corrects", "fact_id").alias("root")).unique("fact_id", keep="first")
    for _ in range(_HOPS):
        onward = points.select(pl.col("fact_id").alias("root"), pl.col("root").alias("next"))
        moved = points.join(onward, on="root", how="left")
        following = moved.select("fact_id", pl.coalesce("next", "root").alias("root"))
        if following.equals(points):
            break
        points = following
    return points
