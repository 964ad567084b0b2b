"""Facts that repeat an id: the same words again are dropped, other words under the same id are set aside.

Only two 64-bit hashes a fact stay in memory, so a file of any length is compared as a whole while it is read in pieces;
two of twenty million ids share a hash once in a hundred thousand files, and that row would be set aside, not lost.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from features.ingest.reading import ROW

PLACE, ID, WORDS = "place", "id", "words"


def prints(facts: pl.DataFrame) -> pl.DataFrame:
    """ROW, the hash of the id, and the hash of everything else that a fact says."""
    said = [column for column in facts.columns if column not in (ROW, "fact_id")]
    return facts.select(ROW, pl.col("fact_id").hash().alias(ID), pl.struct(said).hash().alias(WORDS))


def prints_of(files: Sequence[Path], columns: Sequence[str], wanted: pl.DataFrame) -> pl.DataFrame:
    """ID and WORDS of the facts in `files` whose id hash is among those of `wanted`."""
    said = [column for column in columns if column != "fact_id"]
    found = [
        pl.scan_parquet(file)
        .select(pl.col("fact_id").hash().alias(ID), pl.struct(said).hash().alias(WORDS))
        .join(wanted.lazy().select(ID), on=ID, how="semi")
        .collect(engine="streaming")
        for file in files
    ]
    return pl.concat([pl.DataFrame(schema={ID: pl.UInt64, WORDS: pl.UInt64}), *found]).unique(ID, keep="first")


def judge(own: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(places of facts to drop as said already, places and ROW of facts that contradict one said before).

    own   : prints of one file's facts in order, of which the first to say something stands.
    known : prints of facts loaded before.
    """
    placed = own.with_row_index(PLACE)
    if known.is_empty() and own[ID].n_unique() == own.height:
        return placed.clear().select(PLACE), placed.clear().select(PLACE, ROW)
    first = placed.unique(ID, keep="first", maintain_order=True).select(ID, pl.col(WORDS).alias("first"))
    seen = placed.join(first, on=ID, how="left").join(known.rename({WORDS: "known"}), on=ID, how="left")
    stands = pl.coalesce("known", "first")
    earlier = pl.col("known").is_not_null() | ~pl.col(ID).is_first_distinct()
    seen = seen.sort(PLACE).with_columns(earlier.alias("earlier"), (pl.col(WORDS) == stands).alias("same"))
    said = seen.filter(pl.col("earlier") & pl.col("same")).select(PLACE)
    return said, seen.filter(pl.col("earlier") & ~pl.col("same")).select(PLACE, ROW)
