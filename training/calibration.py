"""Calibration: each need key's log odds are shifted so that the predicted total goes toward the total that was seen.

A year that differs from those before it differs in part for good: on nlsy97 half of last year's shift lowered the log
loss of the next more than none, all of it, Platt scaling or isotonic regression did (docs/adr/0040-model-shape.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.metrics import Matrix

PERSISTS = 0.5
"""Share of a period's shift that is expected to last into the next."""
USUAL_SHIFT = 0.15
"""Standard deviation of the shift of a need key, in log odds, before anything was seen: rare needs are shifted less."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability = 1 / (1 + exp(-(slope * raw + intercept))), one slope and intercept per need key."""

    slope: npt.NDArray[np.float64]
    intercept: npt.NDArray[np.float64]

    def apply(self, raw: Matrix) -> Matrix:
        """Probabilities of raw log odds, shape (rows, needs)."""
        return np.asarray(1 / (1 + np.exp(-np.clip(raw * self.slope + self.intercept, -16.0, 16.0))))

    def told(self, needs: Sequence[str]) -> dict[str, dict[str, float]]:
        """As scorer.json keeps it."""
        pairs = zip(needs, self.slope, self.intercept, strict=True)
        return {need: {"slope": float(slope), "intercept": float(intercept)} for need, slope, intercept in pairs}


def fit_shift(raw: Matrix, labels: npt.NDArray[np.floating]) -> Calibration:
    """Shifts from raw log odds and labels (NaN: none) of people and times that the model was not fitted on."""
    intercept = np.array([_shift(raw[:, need], labels[:, need]) for need in range(raw.shape[1])])
    return Calibration(np.ones(raw.shape[1]), intercept * PERSISTS)


def identity(needs: int) -> Calibration:
    """No calibration."""
    return Calibration(np.ones(needs), np.zeros(needs))


def _shift(raw: Matrix, labels: npt.NDArray[np.floating]) -> float:
    """The most likely shift under a normal prior, by Newton's method: the penalised log likelihood is concave."""
    known = ~np.isnan(labels)
    odds, seen = raw[known].astype(np.float64), float(labels[known].sum())
    shift, weight = 0.0, 1 / USUAL_SHIFT**2
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(odds + shift, -30.0, 30.0)))
        step = (seen - float(p.sum()) - weight * shift) / (float((p * (1 - p)).sum()) + weight)
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-9:
            break
    return shift
