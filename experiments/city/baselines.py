"""What anybody would use without a model: each need's rate among people of the same cell, and its rate among all.

Cells are age group x work x marital status x children in the household. Rates come from the tables alone, from label
windows that were closed, and from rows that were recorded, by a given time.
"""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from experiments.city.parameters import HORIZON_MONTHS, START_YEAR, last_day
from experiments.city.services import NEEDS, SERVICES

CELL = ("age_group", "work", "marital_status", "with_children")
AGE_EDGES = (20, 25, 30, 35, 45, 55, 60, 65, 75)
SMOOTHING = 50
"""A cell's rate is drawn towards the need's own as if this many more people of average luck lived in it."""
MOST_CITIZENS, MOST_TIMES = 20_000, 36
INSTANT = pl.Datetime("us", "UTC")


def moment(month: int) -> datetime:
    """The decision time at the end of month index `month`."""
    day = last_day(month)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def cells_of(folder: Path, pairs: pl.DataFrame) -> pl.DataFrame:
    """The cell of each (citizen_id, as_of) of `pairs`, from what was recorded by then; unknown is a value too."""
    times = pairs.select("citizen_id", "as_of").unique().sort("as_of")
    for table, columns in (("residents", ["birth_date", "marital_status", "children"]), ("insured", ["work"])):
        rows = pl.read_parquet(folder / f"{table}.parquet", columns=["citizen_id", "recorded_at", *columns])
        times = times.join_asof(
            rows.sort("recorded_at"), left_on="as_of", right_on="recorded_at", by="citizen_id", check_sortedness=False
        ).drop("recorded_at")
    age = (pl.col("as_of").dt.date() - pl.col("birth_date")).dt.total_days() / 365.25
    group = pl.sum_horizontal([age >= edge for edge in AGE_EDGES])
    return times.select(
        "citizen_id",
        "as_of",
        group.cast(pl.String).fill_null("?").alias("age_group"),
        pl.col("work").fill_null("?"),
        pl.col("marital_status").fill_null("?"),
        (pl.col("children") > 0).cast(pl.String).fill_null("?").alias("with_children"),
    )


def rates(folder: Path, known_by: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rates per cell and need (CELL, need, cells), and per need (need, popularity), learned by `known_by`."""
    last = (known_by.year - START_YEAR) * 12 + known_by.month - 1 - HORIZON_MONTHS
    months = range(max(0, last + 1 - MOST_TIMES), last + 1)
    everybody = pl.read_parquet(folder / "residents.parquet", columns=["citizen_id", "recorded_at"])
    first = everybody.group_by("citizen_id").agg(pl.col("recorded_at").min()).sort("citizen_id").head(MOST_CITIZENS)
    times = pl.DataFrame({"as_of": [moment(month) for month in months]}, schema={"as_of": INSTANT})
    ends = times.with_columns(pl.col("as_of").dt.offset_by(f"{HORIZON_MONTHS}mo").alias("ends"))
    asked = first.join(ends, how="cross").filter(pl.col("recorded_at") <= pl.col("as_of")).drop("recorded_at")
    counted = cells_of(folder, asked).group_by(CELL).len("people")
    happened = _happened(folder, known_by).filter(pl.col("citizen_id").is_in(first["citizen_id"].to_list()))
    hits = happened.join_where(
        ends, pl.col("happened_at") > pl.col("as_of"), pl.col("happened_at") <= pl.col("ends")
    ).select("citizen_id", "as_of", "need")
    hits = hits.unique().join(cells_of(folder, hits), on=["citizen_id", "as_of"]).group_by(*CELL, "need").len("hits")
    needs = pl.DataFrame({"need": list(NEEDS)})
    total = hits.group_by("need").agg(pl.col("hits").sum())
    popular = needs.join(total, on="need", how="left").select(
        "need", popularity=(pl.col("hits").fill_null(0) + 0.5) / (asked.height + 1)
    )
    table = counted.join(needs, how="cross").join(hits, on=[*CELL, "need"], how="left").join(popular, on="need")
    smooth = (pl.col("hits").fill_null(0) + SMOOTHING * pl.col("popularity")) / (pl.col("people") + SMOOTHING)
    return table.select(*CELL, "need", smooth.alias("cells")), popular


def with_baselines(folder: Path, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the columns `cells` and `popularity` to (citizen_id, as_of, need) rows, learned by the earliest as_of."""
    earliest = pairs["as_of"].min()
    assert isinstance(earliest, datetime)
    per_cell, popular = rates(folder, earliest)
    joined = pairs.join(cells_of(folder, pairs), on=["citizen_id", "as_of"]).join(popular, on="need")
    joined = joined.join(per_cell, on=[*CELL, "need"], how="left").drop(CELL)
    return joined.with_columns(pl.col("cells").fill_null(pl.col("popularity")))


def _happened(folder: Path, known_by: datetime) -> pl.DataFrame:
    """citizen_id, need, happened_at as believed at `known_by`: corrections applied, withdrawals gone."""
    events = pl.concat([pl.read_parquet(file) for file in sorted(folder.glob("*_events.parquet"))])
    events = events.filter(pl.col("recorded_at") <= known_by)
    replaced = events["corrects"].drop_nulls()
    believed = events.filter(~pl.col("withdrawn") & ~pl.col("fact_id").is_in(replaced.to_list()))
    lives = believed.filter(pl.col("event_type").is_in(NEEDS)).rename({"event_type": "need"})
    uses = pl.read_parquet(folder / "uses.parquet").filter(
        pl.col("use") == "started", pl.col("recorded_at") <= known_by
    )
    used = [service.id for service in SERVICES if service.event is None]
    claimed = uses.filter(pl.col("service_id").is_in(used)).rename({"service_id": "need"})
    return pl.concat([frame.select("citizen_id", "need", "happened_at") for frame in (lives, claimed)])
