"""May this model be told to anybody? It must beat every baseline on people and times it was not fitted on."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.evaluation import Evaluation

PASSED, REFUSED = "passed", "refused"
ECE_BEYOND_CHANCE = 0.02
"""How far the ECE may lie beyond what perfectly calibrated predictions of as many pairs would show by chance."""
SMALL_VALIDATION = 20
"""Fewer needs than this in the validation period decide nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gates' answer; reasons: one sentence a gate, first those that refused."""

    passed: bool
    reasons: tuple[str, ...]

    @property
    def word(self) -> str:
        return PASSED if self.passed else REFUSED


def judge(model: Evaluation, baselines: Mapping[str, Evaluation]) -> Verdict:
    """Beats each baseline by log loss and by MAP@5, is calibrated, and was tried on enough needs."""
    checks = [_enough(model), _calibrated(model)]
    for name, baseline in baselines.items():
        for figure, sign in (("log_loss", -1.0), ("map@5", 1.0)):
            ours, theirs = model.overall[figure], baseline.overall[figure]
            # NaN (no row with a need, so nothing to rank) compares as false and refuses.
            holds = sign * ours > sign * theirs
            checks.append(
                (holds, f"{figure} {ours:.4f}, {'better than' if holds else 'not better than'} {name} {theirs:.4f}")
            )
    refused = [reason for holds, reason in checks if not holds]
    return Verdict(not refused, (*refused, *(reason for holds, reason in checks if holds)))


def _enough(model: Evaluation) -> tuple[bool, str]:
    seen = sum(need.seen for need in model.needs.values())
    return seen >= SMALL_VALIDATION, f"{seen} needs in the validation period, at least {SMALL_VALIDATION} decide"


def _calibrated(model: Evaluation) -> tuple[bool, str]:
    ece, least = model.overall["ece"], model.ece_by_chance + ECE_BEYOND_CHANCE
    return ece <= least, f"ECE {ece:.4f}, at most {least:.4f}"
