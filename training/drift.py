"""Has the world moved away from what the champion learnt? Population stability of features and scores, and calibration.

The population stability index compares shares of people by bin, then and now: sum of (now - then) * ln(now / then).
Below 0.1 nothing moved, above 0.25 much did; that rule of thumb is the trade's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.metrics import Matrix

MOVED, MUCH = 0.1, 0.25
BINS = 10
_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class Shift:
    """One feature or score: its index, and the share of people of whom it is unknown, then and now."""

    name: str
    psi: float
    unknown_then: float
    unknown_now: float


def psi(then: npt.NDArray[np.floating], now: npt.NDArray[np.floating], bins: int = BINS) -> float:
    """The index of one column; bins are quantiles of `then`, and unknown is one of its own. 0 when either is empty."""
    if not len(then) or not len(now):
        return 0.0
    known = then[~np.isnan(then)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.array([])
    shares = [np.maximum(_shares(values, edges), _LEAST) for values in (then, now)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def shifts(names: Sequence[str], then: npt.NDArray[np.floating], now: npt.NDArray[np.floating]) -> list[Shift]:
    """Every column's shift, the greatest first. then, now: shape (people, columns)."""
    found = [
        Shift(
            name,
            psi(then[:, place], now[:, place]),
            float(np.isnan(then[:, place]).mean()),
            float(np.isnan(now[:, place]).mean()),
        )
        for place, name in enumerate(names)
    ]
    return sorted(found, key=lambda shift: (-shift.psi, shift.name))


def expected_and_seen(p: Matrix, t: Matrix) -> tuple[float, float]:
    """Needs that the probabilities promised, and those that arose, over all pairs with a label."""
    known = ~np.isnan(t)
    return float(p[known].sum()), float(t[known].sum())


def _shares(values: npt.NDArray[np.floating], edges: npt.NDArray[np.floating]) -> Matrix:
    unknown = np.isnan(values)
    place = np.where(unknown, len(edges) + 1, np.searchsorted(edges, np.nan_to_num(values), side="right"))
    return np.asarray(np.bincount(place, minlength=len(edges) + 2) / len(values))
