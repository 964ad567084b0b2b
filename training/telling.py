"""How much one feature alone tells of a need: what no honest feature tells is a label in disguise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.metrics import Matrix
from training.dataset import Examples, person_hash

ROWS = 20_000
"""Examples looked at; more would find the same."""
BINS = 24
LEAST_NEEDS = 30
"""A need key that occurred less often than this among the examples is not judged: its figures would be luck."""
_SMOOTHING = 1.0


@dataclass(frozen=True, slots=True)
class Telling:
    """One feature, the need it tells most of, and the share of that need's uncertainty that it takes away (0 to 1)."""

    feature: str
    need: str
    share: float


def most_telling(examples: Examples, names: Sequence[str], needs: Sequence[str], seed: int) -> list[Telling]:
    """Per feature the need of which it alone tells most, most telling first.

    The share is 1 - log loss / log loss of the rate, of rates per bin that were learnt on half of the people and are
    judged on the other half. An unknown value is a bin of its own.
    """
    rows = _rows(examples, seed)
    labels, features = examples.labels[rows], examples.features[rows]
    learnt = person_hash(examples.citizens[rows], f"telling {seed}") % 2 == 0
    known = (~np.isnan(labels)).astype(np.float32)
    hits = np.nan_to_num(labels).astype(np.float32)
    enough = hits.sum(axis=0) >= LEAST_NEEDS
    found = []
    for place, name in enumerate(names):
        codes = _codes(features[:, place])
        shares = np.where(enough, _shares(codes, hits, known, learnt), -np.inf)
        best = int(np.argmax(shares))
        if np.isfinite(shares[best]):
            found.append(Telling(name, needs[best], float(shares[best])))
    return sorted(found, key=lambda telling: (-telling.share, telling.feature))


def _rows(examples: Examples, seed: int) -> npt.NDArray[np.intp]:
    if len(examples) <= ROWS:
        return np.arange(len(examples))
    return np.sort(np.random.default_rng(seed).choice(len(examples), ROWS, replace=False))


def _codes(values: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """A bin per row: distinct values where they are few, quantiles where they are many, the last bin for unknown."""
    there = values[~np.isnan(values)]
    distinct = np.unique(there)
    if len(distinct) > BINS:
        distinct = np.unique(np.quantile(there, np.linspace(0, 1, BINS + 1)[:-1]))
    codes = np.clip(np.searchsorted(distinct, values, side="right") - 1, 0, BINS - 1)
    return np.where(np.isnan(values), BINS, codes)


def _shares(
    codes: npt.NDArray[np.intp],
    hits: npt.NDArray[np.float32],
    known: npt.NDArray[np.float32],
    learnt: npt.NDArray[np.bool_],
) -> Matrix:
    """Of each need, the share of its uncertainty on the other half that the bins take away."""
    inside = np.zeros((BINS + 1, len(codes)), dtype=np.float32)
    inside[codes, np.arange(len(codes))] = 1
    seen, asked = inside[:, learnt] @ hits[learnt], inside[:, learnt] @ known[learnt]
    rate = (seen.sum(axis=0) + _SMOOTHING) / (asked.sum(axis=0) + 2 * _SMOOTHING)
    rates = (seen + _SMOOTHING * rate) / (asked + _SMOOTHING)
    judged_hits, judged = inside[:, ~learnt] @ hits[~learnt], inside[:, ~learnt] @ known[~learnt]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = _loss(rates, judged_hits, judged) / _loss(np.broadcast_to(rate, rates.shape), judged_hits, judged)
    return np.asarray(1 - left, dtype=np.float64)


def _loss(rates: npt.NDArray[np.float32], hits: npt.NDArray[np.float32], known: npt.NDArray[np.float32]) -> Matrix:
    inside = np.clip(rates.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(-(hits * np.log(inside) + (known - hits) * np.log1p(-inside)).sum(axis=0))
