"""Pictures of a run: are the probabilities right, and what does the model look at? Sums over people, never a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recommender.metrics import Matrix
from training.drift import Shift

BINS = 20
SHOWN = 30


def calibration_plot(p: Matrix, t: Matrix, file: Path, title: str) -> Path:
    """Predicted probability against the share that occurred, by twentieths, and how many pairs lie in each."""
    known = ~np.isnan(t)
    pairs, true = p[known], t[known]
    place = np.clip((pairs * BINS).astype(int), 0, BINS - 1)
    count = np.bincount(place, minlength=BINS)
    some = count >= 10  # a dot made of fewer people would be about them
    with np.errstate(invalid="ignore"):
        predicted = np.bincount(place, weights=pairs, minlength=BINS) / count
        seen = np.bincount(place, weights=true, minlength=BINS) / count
    figure, axes = _figure(6, 6)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.scatter(predicted[some], seen[some], s=10 + 40 * np.log10(count[some]))
    axes.set(xlabel="predicted probability", ylabel="share that occurred", xlim=(0, 1), ylim=(0, 1), title=title)
    return _saved(figure, file)


def totals_plot(expected: Sequence[float], seen: Sequence[float], needs: Sequence[str], file: Path) -> Path:
    """Per need key, how many were expected and how many occurred."""
    figure, axes = _figure(8, 1 + 0.35 * len(needs))
    rows = np.arange(len(needs))
    axes.barh(rows - 0.2, expected, height=0.4, label="expected")
    axes.barh(rows + 0.2, seen, height=0.4, label="occurred")
    axes.set_yticks(rows, list(needs))
    axes.invert_yaxis()
    axes.legend()
    axes.set_title("needs in the validation period")
    return _saved(figure, file)


def groups_plot(names: Sequence[str], values: Sequence[tuple[float, float, float]], words: str, file: Path) -> Path:
    """A figure by group with its interval. values: value, low, high."""
    figure, axes = _figure(8, 1 + 0.35 * len(names))
    rows = np.arange(len(names))
    told = np.array(values, dtype=float).reshape(-1, 3)
    axes.hlines(rows, told[:, 1], told[:, 2])
    axes.scatter(told[:, 0], rows)
    axes.set_yticks(rows, list(names))
    axes.invert_yaxis()
    axes.set_xlabel(words)
    return _saved(figure, file)


def drift_plot(shifts: Sequence[Shift], title: str, file: Path) -> Path:
    """What moved most."""
    first = shifts[:SHOWN]
    figure, axes = _figure(9, 1 + 0.25 * max(len(first), 1))
    axes.barh(np.arange(len(first)), [shift.psi for shift in first])
    axes.set_yticks(np.arange(len(first)), [shift.name for shift in first])
    axes.invert_yaxis()
    axes.set_title(title)
    return _saved(figure, file)


def importance_plot(gains: Matrix, names: Sequence[str], file: Path) -> Path:
    """The features with most gain; each need key's gains count as one, so that frequent needs do not hide rare ones."""
    share = importance(gains)
    first = np.argsort(-share, kind="stable")[:SHOWN]
    figure, axes = _figure(9, 1 + 0.25 * len(first))
    axes.barh(np.arange(len(first)), share[first])
    axes.set_yticks(np.arange(len(first)), [names[place] for place in first])
    axes.invert_yaxis()
    axes.set_xlabel("mean share of the gain over need keys")
    return _saved(figure, file)


def importance(gains: Matrix) -> Matrix:
    """Mean over need keys of each feature's share of the gain; gains of shape (needs, features)."""
    total = gains.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(gains, total, out=np.zeros_like(gains), where=total > 0).mean(axis=0))


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Without pyplot: no global state, no display, and threads may draw.
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _saved(figure: Any, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
    return file
