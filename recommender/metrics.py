"""Figures for predictions: how well needs are ordered, and how far the probabilities can be trusted.

Everywhere `p` and `t` have shape (citizen-times, need keys): predicted probability, and 1 where the need occurred.
Ranking figures are means over the rows with at least one need; NaN when there is none.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Metric = Callable[[Matrix, Matrix], float]


def map_at_k(p: Matrix, t: Matrix, k: int = 5) -> float:
    """Mean average precision of the first k; a row's best is min(its needs, k) hits at the top.

    >>> map_at_k(np.array([[0.9, 0.5, 0.1]]), np.array([[1.0, 0.0, 1.0]]), k=3)  # (1/1 + 2/3) / 2
    0.8333333333333333
    """
    hits, needs = _top(p, t, k)
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _mean((precision * hits).sum(axis=1) / np.minimum(needs, k))


def ndcg_at_k(p: Matrix, t: Matrix, k: int = 5) -> float:
    """Discounted gain of the first k over the best possible; the discount is 1 / log2(place + 1)."""
    hits, needs = _top(p, t, k)
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    best = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(needs, hits.shape[1]).astype(int)]
    return _mean((hits @ discount) / best)


def recall_at_k(p: Matrix, t: Matrix, k: int = 3) -> float:
    """Share of a row's needs among its first k."""
    hits, needs = _top(p, t, k)
    return _mean(hits.sum(axis=1) / needs)


def hit_at_1(p: Matrix, t: Matrix) -> float:
    """Share of rows whose first is a need."""
    return _mean(_top(p, t, 1)[0][:, 0])


def log_loss(p: Matrix, t: Matrix) -> float:
    """Mean over all pairs, natural logarithm, probabilities held within [1e-6, 1 - 1e-6]."""
    q = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-(t * np.log(q) + (1 - t) * np.log1p(-q)).mean())


def brier_skill(p: Matrix, t: Matrix) -> float:
    """1 less the squared error over that of each need key's own rate in `t`; 0 is no better than the rates.

    NaN when every need key's truth is the same for all.
    """
    rates = float(((t.mean(axis=0) - t) ** 2).mean())
    return float(1 - ((p - t) ** 2).mean() / rates) if rates else float("nan")


def ece(p: Matrix, t: Matrix, bins: int = 20) -> float:
    """Expected calibration error over all pairs: equal-width bins, each by its share of the pairs."""
    flat, truth = p.ravel(), t.ravel()
    place = np.clip((flat * bins).astype(int), 0, bins - 1)
    off = np.bincount(place, weights=flat - truth, minlength=bins)
    return float(np.abs(off).sum() / len(flat))


FIGURES: dict[str, Metric] = {
    "map@5": map_at_k,
    "ndcg@5": ndcg_at_k,
    "recall@3": recall_at_k,
    "hit@1": hit_at_1,
    "log_loss": log_loss,
    "brier_skill": brier_skill,
    "ece": ece,
}


def figures(p: Matrix, t: Matrix) -> dict[str, float]:
    """Every figure of a run, by name."""
    return {name: metric(p, t) for name, metric in FIGURES.items()}


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the range that it would fall in for other people of the same kind."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How an interval is drawn: percentile bootstrap, `draws` times as many people as there are, with replacement."""

    draws: int = 200
    level: float = 0.95
    seed: int = 0

    def interval(self, metric: Metric, p: Matrix, t: Matrix, people: npt.NDArray[np.generic]) -> Interval:
        """The metric's interval over people: one person's rows are drawn together, since they resemble each other.

        people : shape (rows,), who each row belongs to.
        """
        order = np.argsort(people, kind="stable")
        _, starts, counts = np.unique(people[order], return_index=True, return_counts=True)
        random = np.random.default_rng(self.seed)
        values = []
        for _ in range(self.draws):
            drawn = random.integers(len(starts), size=len(starts))
            ends = np.cumsum(counts[drawn])
            within = np.arange(ends[-1]) - np.repeat(ends - counts[drawn], counts[drawn])
            rows = order[np.repeat(starts[drawn], counts[drawn]) + within]
            values.append(metric(p[rows], t[rows]))
        low, high = np.nanquantile(values, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Interval(metric(p, t), float(low), float(high))


def _top(p: Matrix, t: Matrix, k: int) -> tuple[Matrix, Matrix]:
    """Hits among the first k, and the number of needs, of the rows with any; ties keep the columns' order."""
    needs = t.sum(axis=1)
    some = needs > 0
    order = np.argsort(-p[some], axis=1, kind="stable")[:, :k]
    return np.take_along_axis(t[some], order, axis=1).astype(float), needs[some].astype(float)


def _mean(values: Matrix) -> float:
    return float(values.mean()) if len(values) else float("nan")
