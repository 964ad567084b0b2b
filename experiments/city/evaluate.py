"""How far a model gets from cells to the best reachable, and whom its list finds among those who do not claim.

Judged on the city's own truth: pairs of a citizen and a need for which the citizen was truly entitled to a public
service not held at the decision time (`truth.parquet`), never on what Herald's rules make of the registers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from experiments.city.baselines import with_baselines
from recommender.errors import TableError

KEYS = ("citizen_id", "as_of", "need")
LISTED = 5
RESAMPLES = 1_000
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the middle 95% of its bootstrap over people; people: how many it rests on."""

    value: float
    low: float
    high: float
    people: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Report:
    """share: of the way from cells to best reachable. losses: log loss by forecast; by_need: the same per need.

    recall: by fifth of need (1 the neediest) recall at 5 of the model, of popularity and of the best reachable.
    """

    share: Interval
    losses: dict[str, float]
    by_need: pl.DataFrame
    recall: dict[int, dict[str, Interval]]
    pairs: int


def evaluate(predictions: pl.DataFrame, folder: Path, *, seed: int = 0) -> Report:
    """Judge `predictions` (citizen_id, as_of, need, probability) against the truth written by `herald city --truth`.

    Only the decision times in both are judged. Raises TableError when there is no truth, when no time or person is
    shared, or when an entitled pair lacks a prediction, has two, or has one outside [0, 1].
    """
    pairs = _joined(predictions, folder)
    rng = np.random.default_rng(seed)
    forecasts = ("model", "cells", "reachable", "popularity")
    loss = pairs.select("citizen_id", "need", *(_loss(name).alias(name) for name in forecasts))
    people = loss.group_by("citizen_id").agg(pl.col(forecasts).sum()).sort("citizen_id")
    return Report(
        share=_bootstrap(people.select("cells", "model", "reachable").to_numpy(), _share, rng),
        losses={name: float(np.mean(loss[name].to_numpy())) for name in forecasts},
        by_need=_by_need(pairs, loss),
        recall={fifth: _recall(pairs.filter(pl.col("neediness") == fifth), rng) for fifth in range(1, 6)},
        pairs=pairs.height,
    )


def _joined(predictions: pl.DataFrame, folder: Path) -> pl.DataFrame:
    file = folder / "truth.parquet"
    if not file.exists():
        raise TableError(f"{file}: not there", mend="make the city with --truth 3000")
    lacking = {*KEYS, "probability"} - set(predictions.columns)
    if lacking:
        raise TableError(f"the predictions lack {', '.join(sorted(lacking))}", mend="write them with herald backtest")
    given = predictions.select(*KEYS, pl.col("probability").cast(pl.Float64).alias("model"))
    given = given.with_columns(pl.col("as_of").cast(pl.Datetime("us", "UTC")))
    truth = pl.read_parquet(file).filter(pl.col("entitled"))
    truth = truth.filter(pl.col("as_of").is_in(given["as_of"].unique().to_list()))
    if truth.is_empty():
        raise TableError(f"{file}: no decision time of it is in the predictions", mend="predict as of its as_of")
    joined = truth.join(given, on=KEYS, how="left")
    if joined.height != truth.height:
        raise TableError("the predictions repeat a citizen, time and need", mend="write each once")
    bad = joined.filter(~pl.col("model").is_between(0, 1).fill_null(False))
    if not bad.is_empty():
        row = bad.row(0, named=True)
        where = f"{row['citizen_id']}, {row['as_of']:%Y-%m-%d}, {row['need']}"
        raise TableError(f"{bad.height} predictions are missing or outside [0, 1], the first: {where}")
    return with_baselines(folder, joined).sort(KEYS)


def _loss(name: str) -> pl.Expr:
    chance = pl.col(name).clip(1e-6, 1 - 1e-6)
    return -pl.when(pl.col("happened") == 1).then(chance.log()).otherwise((1 - chance).log())


def _share(sums: Numbers) -> Numbers:
    cells, model, reachable = np.moveaxis(sums, -1, 0)
    result: Numbers = (cells - model) / (cells - reachable)
    return result


def _by_need(pairs: pl.DataFrame, loss: pl.DataFrame) -> pl.DataFrame:
    rate = pairs.group_by("need").agg(pl.len().alias("pairs"), pl.col("happened").mean().alias("rate"))
    means = loss.group_by("need").agg(pl.col("cells", "model", "reachable").mean())
    part = (pl.col("cells") - pl.col("model")) / (pl.col("cells") - pl.col("reachable"))
    weight = (pl.col("cells") - pl.col("reachable")) * pl.col("pairs")
    joined = rate.join(means, on="need").with_columns(share=part, weight=weight / weight.sum())
    return joined.sort("weight", descending=True)


def _recall(pairs: pl.DataFrame, rng: np.random.Generator) -> dict[str, Interval]:
    """Of the needs that arose for the entitled who do not claim: how many stand among the first five of their list."""
    missed = (pl.col("happened") == 1) & ~pl.col("claims")
    out = {}
    for name in ("model", "popularity", "reachable"):
        place = pl.col(name).rank("ordinal", descending=True).over("citizen_id", "as_of")
        found = pairs.with_columns(place=place).filter(missed).group_by("citizen_id")
        sums = found.agg(pl.len().alias("all"), (pl.col("place") <= LISTED).sum().alias("found")).sort("citizen_id")
        counted = sums.select("found", "all").to_numpy().astype(np.float64)
        out[name] = _bootstrap(counted, lambda totals: totals[..., 0] / totals[..., 1], rng)
    return out


def _bootstrap(sums: Numbers, figure: Callable[[Numbers], Numbers], rng: np.random.Generator) -> Interval:
    """`figure` of the sums over people, and its interval when people are drawn again with replacement.

    sums : shape (people, k); no people: NaN.
    """
    if not len(sums):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    drawn = np.stack([sums[rng.integers(0, len(sums), len(sums))].sum(axis=0) for _ in range(RESAMPLES)])
    low, high = np.quantile(figure(drawn), [0.025, 0.975])
    return Interval(float(figure(sums.sum(axis=0))), float(low), float(high), len(sums))
