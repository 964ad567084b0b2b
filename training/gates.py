"""May this model be told to anybody? What it must be, on people and times that it was not fitted on."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.metrics import Bootstrap, Matrix
from recommender.ports import FloatMatrix, Scorer
from training.evaluation import Evaluation, difference
from training.fairness import Check, listed

PASSED, REFUSED = "passed", "refused"
ECE_BEYOND_CHANCE = 0.02
"""How far the ECE may lie beyond what perfectly calibrated predictions of as many pairs would show by chance."""
SMALL_VALIDATION = 20
"""Fewer needs than this in the validation period decide nothing."""
SCORING_MS = 5.0
"""The median request may spend this long in the model: one citizen, one thread."""
_TIMED = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gates' answer; reasons: one sentence a gate, first those that refused; refusals: how many did."""

    passed: bool
    reasons: tuple[str, ...]
    refusals: int = 0

    @property
    def word(self) -> str:
        return PASSED if self.passed else REFUSED


def judge(model: Evaluation, baselines: Mapping[str, Evaluation], further: Sequence[Check] = ()) -> Verdict:
    """Tried on enough needs, calibrated, and better than each baseline beyond chance; and what else was checked."""
    checks = [_enough(model), _calibrated(model), *_needs_calibrated(model)]
    bootstrap = Bootstrap(draws=200)
    for name, baseline in baselines.items():
        checks += _better(model, name, baseline, bootstrap)
    checks += further
    refused = [reason for holds, reason in checks if not holds]
    return Verdict(not refused, (*refused, *(reason for holds, reason in checks if holds)), len(refused))


def _better(model: Evaluation, name: str, baseline: Evaluation, bootstrap: Bootstrap) -> list[Check]:
    """By paired bootstrap over people: the whole interval of the difference lies on the better side."""
    pairs = {
        "log_loss": (-1.0, model.rows.losses, baseline.rows.losses),
        "map@5": (1.0, model.rows.precisions, baseline.rows.precisions),
    }
    checks = []
    for figure, (sign, ours, theirs) in pairs.items():
        gap = difference(sign * ours, sign * theirs, model.rows.people, bootstrap)
        # NaN (no row with a need, so nothing to rank) compares as false and refuses.
        holds = gap.low > 0
        words = f"{'better than' if holds else 'not better than'} {name} {baseline.overall[figure]:.4f}"
        checks.append((holds, f"{figure} {model.overall[figure]:.4f}, {words} by {gap.low:.4f} to {gap.high:.4f}"))
    return checks


def tail_check(p: Matrix, t: Matrix, popular: Matrix) -> Check:
    """The rarer half of the need keys are found at least as often as when everybody is told of the most frequent."""
    seen = np.nansum(t, axis=0)
    rare = np.argsort(seen, kind="stable")[: len(seen) // 2]
    arisen = np.nan_to_num(t[:, rare]) == 1
    if not arisen.sum():
        return True, "no need of the rarer half arose"
    ours, theirs = (float(listed(each, t)[:, rare][arisen].mean()) for each in (p, popular))
    return ours >= theirs, f"of the needs of the rarer half {ours:.0%} were listed, by popularity {theirs:.0%}"


def latency_check(scorer: Scorer, features: FloatMatrix) -> Check:
    """One citizen at a time through the scorer that a server runs."""
    took = []
    for row in range(min(_TIMED, len(features))):
        begun = time.perf_counter()
        scorer.score(features[row : row + 1])
        took.append((time.perf_counter() - begun) * 1_000)
    median = float(np.median(took)) if took else 0.0
    return median <= SCORING_MS, f"scoring one citizen takes {median:.2f} ms, at most {SCORING_MS} ms"


def _enough(model: Evaluation) -> Check:
    seen = sum(need.seen for need in model.needs.values())
    return seen >= SMALL_VALIDATION, f"{seen} needs in the validation period, at least {SMALL_VALIDATION} decide"


def _calibrated(model: Evaluation) -> Check:
    ece, least = model.overall["ece"], model.ece_by_chance + ECE_BEYOND_CHANCE
    return ece <= least, f"ECE {ece:.4f}, at most {least:.4f}"


def _needs_calibrated(model: Evaluation) -> list[Check]:
    """One sentence for each need key that is not; one for all when every one is."""
    wrong = [
        (False, f"ECE {of.ece:.4f} of {need}, at most {of.ece_by_chance + ECE_BEYOND_CHANCE:.4f}")
        for need, of in model.needs.items()
        if of.ece > of.ece_by_chance + ECE_BEYOND_CHANCE
    ]
    return wrong or [(True, f"each of {len(model.needs)} need keys is calibrated")]
