"""How good predictions are: per need key and overall, with intervals over people; unlabelled pairs are left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.metrics import Bootstrap, Interval, Matrix, ece, hit_at_1, map_at_k, ndcg_at_k, recall_at_k

LISTED = 5
_RANKING: dict[str, Callable[[Matrix, Matrix], float]] = {
    "map@5": map_at_k,
    "ndcg@5": ndcg_at_k,
    "recall@3": recall_at_k,
    "hit@1": hit_at_1,
}


@dataclass(frozen=True, slots=True)
class NeedFigures:
    """One need key on the validation period. expected, seen: sum of probabilities, and how often it occurred."""

    pairs: int
    seen: int
    expected: float
    log_loss: float
    brier_skill: float
    ece: float
    ece_by_chance: float


@dataclass(frozen=True, slots=True)
class Rows:
    """What paired comparisons need, a figure a row: who it is of, average precision, log loss. Never written down."""

    people: npt.NDArray[np.generic]
    precisions: Matrix
    losses: Matrix


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one set of predictions. overall: by name; intervals: of the figures that gates look at.

    ece_by_chance : the ECE that 19 in 20 sets of such predictions would stay below if each probability were true.
    """

    overall: Mapping[str, float]
    intervals: Mapping[str, Interval]
    needs: Mapping[str, NeedFigures]
    ece_by_chance: float
    rows: Rows


def figures(p: Matrix, t: Matrix) -> dict[str, float]:
    """Every overall figure; p and t of shape (rows, needs), t NaN where there is no label."""
    known = ~np.isnan(t)
    # A pair without a label takes no place in a list: scored below everything, and no need.
    shown, truth = np.where(known, p, -1.0), np.where(known, t, 0.0)
    found = {name: metric(shown, truth) for name, metric in _RANKING.items()}
    pairs, true = p[known], t[known]
    share = truth.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    rates = np.broadcast_to(share, t.shape)[known]
    worst = float(((rates - true) ** 2).mean()) if len(pairs) else 0.0
    return {
        **found,
        "log_loss": float(pair_losses(p, t)[known].mean()),
        "brier_skill": float(1 - ((pairs - true) ** 2).mean() / worst) if worst else float("nan"),
        "ece": ece(pairs, true),
    }


def evaluate(
    p: Matrix, t: Matrix, people: npt.NDArray[np.generic], needs: Sequence[str], bootstrap: Bootstrap | None = None
) -> Evaluation:
    """Judge predictions. people: who each row belongs to; intervals only when a bootstrap is given."""
    p, t = p.astype(np.float64), t.astype(np.float64)
    return Evaluation(
        overall=figures(p, t),
        intervals=_intervals(p, t, people, bootstrap) if bootstrap else {},
        needs={need: _of_need(p[:, place], t[:, place]) for place, need in enumerate(needs)},
        ece_by_chance=ece_by_chance(p[~np.isnan(t)]),
        rows=Rows(people, average_precisions(p, t), row_losses(p, t)),
    )


def pair_losses(p: Matrix, t: Matrix) -> Matrix:
    """Log loss of each pair, natural logarithm; NaN where there is no label."""
    q = np.clip(p, 1e-6, 1 - 1e-6)
    return -(t * np.log(q) + (1 - t) * np.log1p(-q))


def average_precisions(p: Matrix, t: Matrix) -> Matrix:
    """Average precision of the first five of each row; NaN for rows without a need. Their mean is MAP@5."""
    known = ~np.isnan(t)
    shown, truth = np.where(known, p, -1.0), np.where(known, t, 0.0)
    order = np.argsort(-shown, axis=1, kind="stable")[:, :LISTED]
    hits = np.take_along_axis(truth, order, axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    needs = truth.sum(axis=1)
    best = np.minimum(np.where(needs > 0, needs, np.nan), LISTED)
    return np.asarray((precision * hits).sum(axis=1) / best)


def difference(values: Matrix, others: Matrix, people: npt.NDArray[np.generic], bootstrap: Bootstrap) -> Interval:
    """Interval over people of the mean of `values` less that of `others`, both one figure a row; NaN rows left out."""
    gap = values - others
    some = ~np.isnan(gap)
    return bootstrap.interval(_mean, gap[some], gap[some], people[some])


def row_losses(p: Matrix, t: Matrix) -> Matrix:
    """Mean log loss of each row's pairs; NaN for a row without labels."""
    known = ~np.isnan(t)
    count = known.sum(axis=1)
    return np.where(count > 0, np.nansum(pair_losses(p, t), axis=1) / np.maximum(count, 1), np.nan)


def _intervals(p: Matrix, t: Matrix, people: npt.NDArray[np.generic], bootstrap: Bootstrap) -> dict[str, Interval]:
    """Drawn from one figure a row, which costs a thousandth of computing the metric again for each draw."""
    found = {}
    for name, rows in (("map@5", average_precisions(p, t)), ("log_loss", row_losses(p, t))):
        some = ~np.isnan(rows)
        found[name] = bootstrap.interval(_mean, rows[some], rows[some], people[some])
    return found


def _of_need(p: Matrix, t: Matrix) -> NeedFigures:
    known = ~np.isnan(t)
    pairs, true = p[known], t[known]
    if not len(pairs):
        return NeedFigures(0, 0, 0.0, *[float("nan")] * 4)
    worst = float(((true.mean() - true) ** 2).mean())
    return NeedFigures(
        pairs=len(pairs),
        seen=int(true.sum()),
        expected=float(pairs.sum()),
        log_loss=float(pair_losses(pairs, true).mean()),
        brier_skill=float(1 - ((pairs - true) ** 2).mean() / worst) if worst else float("nan"),
        ece=ece(pairs, true),
        ece_by_chance=ece_by_chance(pairs),
    )


def ece_by_chance(pairs: Matrix, draws: int = 40) -> float:
    """The ECE below which 19 in 20 sets of such probabilities stay when each of them is true."""
    random = np.random.default_rng(0)
    return float(
        np.quantile([ece(pairs, (random.random(len(pairs)) < pairs).astype(float)) for _ in range(draws)], 0.95)
    )


def _mean(values: Matrix, _: Matrix) -> float:
    return float(values.mean()) if len(values) else float("nan")
