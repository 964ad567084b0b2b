"""Per need key the least probability at which a forecast alone may be pushed, for a stated precision."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recommender.metrics import Matrix

PRECISION = 0.5
"""Of those told on a forecast alone, at least this share should have the need within the horizon."""
LEAST_PEOPLE = 20
NEVER = 1.0
"""No probability reaches this threshold: scores end below 1."""


def thresholds(
    p: Matrix, labels: npt.NDArray[np.floating], needs: Sequence[str], *, precision: float = PRECISION
) -> dict[str, float]:
    """The lowest threshold at and above which the precision on the validation period held; NEVER when none does.

    A threshold above which fewer than `LEAST_PEOPLE` pairs lie is luck, not a finding.
    """
    return {need: _threshold(p[:, place], labels[:, place], precision) for place, need in enumerate(needs)}


def _threshold(p: Matrix, labels: npt.NDArray[np.floating], precision: float) -> float:
    known = ~np.isnan(labels)
    order = np.argsort(-p[known], kind="stable")
    scores, hits = p[known][order], labels[known][order]
    told = np.arange(1, len(scores) + 1)
    last_of_ties = np.append(scores[1:] != scores[:-1], True) if len(scores) else np.zeros(0, dtype=bool)
    good = (np.cumsum(hits) / told >= precision) & (told >= LEAST_PEOPLE) & last_of_ties
    return float(scores[np.flatnonzero(good)[-1]]) if good.any() else NEVER
