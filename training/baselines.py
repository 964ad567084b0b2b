"""What a model must beat: popularity, cells, logistic regression. Each gives probabilities of shape (rows, needs)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from recommender.metrics import Matrix
from recommender.ports import FloatMatrix
from training.dataset import Examples

LEVELS = 12
"""A feature of more distinct values than this is no cell."""
CELL_COLUMNS = 4
SMOOTHING = 20.0
"""A cell's rate is drawn to the need key's overall rate as if it had so many more people."""
LOGISTIC_ROWS = 20_000


class Baseline(Protocol):
    """Predicts from features alone."""

    def predict(self, features: FloatMatrix) -> Matrix: ...


@dataclass(frozen=True, slots=True)
class Popularity:
    """The share of labels that were 1, per need key."""

    rates: Matrix

    @classmethod
    def fit(cls, examples: Examples) -> "Popularity":
        known = ~np.isnan(examples.labels)
        hits = np.nansum(examples.labels, axis=0, dtype=np.float64)
        return cls(hits / np.maximum(known.sum(axis=0), 1))

    def predict(self, features: FloatMatrix) -> Matrix:
        return np.tile(self.rates, (len(features), 1))


@dataclass(frozen=True, slots=True)
class Cells:
    """The rate among people of the same cell: the few discrete features that tell most about the needs."""

    columns: tuple[int, ...]
    cells: FloatMatrix
    rates: Matrix
    fallback: Matrix

    @classmethod
    def fit(cls, examples: Examples) -> "Cells":
        overall = Popularity.fit(examples).rates
        columns = _most_telling(examples)
        keys, cell = np.unique(_keys(examples.features, columns), axis=0, return_inverse=True)
        cell = cell.ravel()
        rates = np.empty((len(keys), len(overall)))
        for need, rate in enumerate(overall):
            hits, known = _counts(cell, examples.labels[:, need], len(keys))
            rates[:, need] = (hits + SMOOTHING * rate) / (known + SMOOTHING)
        return cls(columns, keys, rates, overall)

    def predict(self, features: FloatMatrix) -> Matrix:
        wanted = _keys(features, self.columns)
        place = {key.tobytes(): number for number, key in enumerate(self.cells)}
        found = np.array([place.get(key.tobytes(), -1) for key in wanted], dtype=np.int64)
        return np.where((found >= 0)[:, None], self.rates[found], self.fallback)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Logistic regression per need key on standardised features, unknown as its own indicator (scikit-learn).

    Fitted on at most `LOGISTIC_ROWS` rows: more change its coefficients little and its minutes much. Standardised
    values are held within five, because a straight line through an outlier is sure of nonsense.
    """

    design: "Design"
    models: tuple[Any, ...]
    fallback: Matrix

    @classmethod
    def fit(cls, examples: Examples, *, threads: int = 2, seed: int = 0) -> "Logistic":
        rows = np.arange(len(examples))
        if len(rows) > LOGISTIC_ROWS:
            rows = np.sort(np.random.default_rng(seed).choice(rows, LOGISTIC_ROWS, replace=False))
        design = Design.of(examples.features[rows])
        inputs, labels = design.apply(examples.features[rows]), examples.labels[rows]
        # One BLAS thread a fit: two fits that each spread over two cores wait for one another.
        with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
            models = tuple(pool.map(lambda need: _logistic(inputs, labels[:, need]), range(labels.shape[1])))
        return cls(design, models, Popularity.fit(examples).rates)

    def predict(self, features: FloatMatrix) -> Matrix:
        inputs = self.design.apply(features)
        columns = [
            np.full(len(features), self.fallback[need]) if model is None else model.predict_proba(inputs)[:, 1]
            for need, model in enumerate(self.models)
        ]
        return np.stack(columns, axis=1)


@dataclass(frozen=True, slots=True)
class Design:
    """Features as a straight line can use them: standardised, unknown at the mean, and an indicator of unknown."""

    mean: Matrix
    spread: Matrix
    unknown: npt.NDArray[np.intp]

    @classmethod
    def of(cls, features: FloatMatrix) -> "Design":
        missing = np.isnan(features)
        known = np.maximum((~missing).sum(axis=0), 1)
        mean = np.nansum(features, axis=0, dtype=np.float64) / known
        spread = np.sqrt(np.nansum((features - mean) ** 2, axis=0) / known)
        share = missing.mean(axis=0)
        return cls(mean, np.where(spread > 0, spread, 1.0), np.flatnonzero((share > 0.01) & (share < 0.99)))

    def apply(self, features: FloatMatrix) -> FloatMatrix:
        """Shape (rows, features + indicators), float32."""
        scaled = np.clip(np.nan_to_num((features - self.mean) / self.spread, nan=0.0), -5, 5)
        return np.concatenate([scaled, np.isnan(features[:, self.unknown])], axis=1, dtype=np.float32)


def fit_baselines(examples: Examples, *, threads: int = 2, seed: int = 0) -> dict[str, Baseline]:
    """Every baseline by name."""
    return {
        "popularity": Popularity.fit(examples),
        "cells": Cells.fit(examples),
        "logistic": Logistic.fit(examples, threads=threads, seed=seed),
    }


def _logistic(inputs: FloatMatrix, labels: npt.NDArray[np.float32]) -> Any:
    from sklearn.linear_model import LogisticRegression

    known = ~np.isnan(labels)
    if len(np.unique(labels[known])) < 2:
        return None
    return LogisticRegression(C=0.01, max_iter=100).fit(inputs[known], labels[known])


def _most_telling(examples: Examples) -> tuple[int, ...]:
    """The discrete features with most mutual information with the needs, summed over them."""
    told = []
    for column in range(examples.features.shape[1]):
        values, codes = np.unique(examples.features[:, column], return_inverse=True)
        if 1 < len(values) <= LEVELS:
            told.append((_information(codes.ravel(), len(values), examples.labels), column))
    best = sorted(told, key=lambda pair: (-pair[0], pair[1]))[:CELL_COLUMNS]
    return tuple(sorted(column for _, column in best))


def _information(codes: npt.NDArray[np.intp], levels: int, labels: FloatMatrix) -> float:
    total = 0.0
    for need in range(labels.shape[1]):
        hits, known = _counts(codes, labels[:, need], levels)
        if known.sum():
            rate = hits / np.maximum(known, 1)
            total += _entropy(hits.sum() / known.sum()) - float((known / known.sum()) @ _entropies(rate))
    return total


def _counts(codes: npt.NDArray[np.intp], labels: FloatMatrix, levels: int) -> tuple[Matrix, Matrix]:
    known = ~np.isnan(labels)
    hits = np.bincount(codes[known], weights=labels[known], minlength=levels)
    counts: Matrix = np.bincount(codes[known], minlength=levels).astype(np.float64)
    return hits.astype(np.float64), counts


def _entropies(rates: Matrix) -> Matrix:
    inside = np.clip(rates, 1e-12, 1 - 1e-12)
    return -(inside * np.log(inside) + (1 - inside) * np.log1p(-inside))


def _entropy(rate: float) -> float:
    return float(_entropies(np.array([rate]))[0])


def _keys(features: FloatMatrix, columns: Sequence[int]) -> FloatMatrix:
    """The cells' columns, unknown as -1e30: NaN is not equal to itself."""
    return np.ascontiguousarray(np.nan_to_num(features[:, list(columns)], nan=-1e30))
