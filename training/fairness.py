"""Is everybody served as well? Ranking quality, calibration and false silence by group, and how far groups may differ.

False silence: of the needs that arose, the share that did not stand among the first few of the citizen's list. Rates by
group are fairlearn's; intervals are drawn over people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.metrics import Bootstrap, Interval, Matrix, ece
from training.evaluation import LISTED, average_precisions, ece_by_chance
from training.groups import Groups

DISTANCE = 0.10
"""How far the best and the worst served group may lie apart, in MAP@5 and in false silence, beyond chance."""
ECE_BEYOND_CHANCE = 0.02
LEAST_PEOPLE, LEAST_NEEDS = 100, 30
"""Smaller groups are told of and not judged: their figures are luck, and would be about persons."""

Check = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group of one attribute. ece_by_chance: as for `Evaluation`."""

    attribute: str
    group: str
    people: int
    needs: int
    map_at_5: Interval
    false_silence: Interval
    ece: float
    ece_by_chance: float

    @property
    def judged(self) -> bool:
        return self.people >= LEAST_PEOPLE and self.needs >= LEAST_NEEDS


def listed(p: Matrix, t: Matrix) -> npt.NDArray[np.bool_]:
    """Whether each pair stands among the first of its row: five, or half of the need keys where they are few."""
    shown = min(LISTED, -(-p.shape[1] // 2))
    order = np.argsort(-np.where(np.isnan(t), -1.0, p), axis=1, kind="stable")[:, :shown]
    found = np.zeros(p.shape, dtype=bool)
    np.put_along_axis(found, order, True, axis=1)
    return found & ~np.isnan(t)


def group_figures(
    groups: Groups, p: Matrix, t: Matrix, people: npt.NDArray[np.generic], bootstrap: Bootstrap
) -> tuple[GroupFigures, ...]:
    """Figures of every group, by attribute and name. p, t of shape (rows, needs), t NaN where there is no label."""
    from fairlearn.metrics import MetricFrame, false_negative_rate

    precisions, told, needed = average_precisions(p, t), listed(p, t), np.nan_to_num(t) == 1
    rows, _ = np.nonzero(needed)
    found = []
    for attribute, group in groups.items():
        if not len(rows):
            continue
        frame = MetricFrame(
            metrics=false_negative_rate,
            y_true=np.ones(len(rows), dtype=int),
            y_pred=told[needed].astype(int),
            sensitive_features=group[rows],
        )
        rates = {str(name): float(rate) for name, rate in frame.by_group.items()}
        for name in sorted(set(group.tolist())):
            of = group == name
            silent = Interval(rates.get(name, float("nan")), *_silence(told, needed, people, of, bootstrap))
            some = of & ~np.isnan(precisions)
            ranked = bootstrap.interval(_mean, precisions[some], precisions[some], people[some])
            known = ~np.isnan(t) & of[:, None]
            found.append(
                GroupFigures(
                    attribute=attribute,
                    group=name,
                    people=len(np.unique(people[of])),
                    needs=int(needed[of].sum()),
                    map_at_5=ranked,
                    false_silence=silent,
                    ece=ece(p[known], t[known]) if known.any() else float("nan"),
                    ece_by_chance=ece_by_chance(p[known]) if known.any() else float("nan"),
                )
            )
    return tuple(found)


def group_checks(figures: Sequence[GroupFigures]) -> list[Check]:
    """One sentence each: calibrated in every group, and no group far behind another."""
    checks: list[Check] = []
    judged = [of for of in figures if of.judged]
    for of in judged:
        most = of.ece_by_chance + ECE_BEYOND_CHANCE
        if of.ece > most:
            checks.append((False, f"ECE {of.ece:.4f} of {of.group}, at most {most:.4f}"))
    for attribute in dict.fromkeys(of.attribute for of in judged):
        among = [of for of in judged if of.attribute == attribute]
        for name, intervals in (
            ("MAP@5", {of.group: of.map_at_5 for of in among}),
            ("false silence", {of.group: of.false_silence for of in among}),
        ):
            checks.append(_apart(name, attribute, intervals))
    return checks


def _apart(name: str, attribute: str, intervals: dict[str, Interval]) -> Check:
    """Refuses when even the near ends of the intervals of the extremes lie further apart than DISTANCE."""
    least = min(intervals, key=lambda group: intervals[group].value)
    most = max(intervals, key=lambda group: intervals[group].value)
    gap = intervals[most].value - intervals[least].value
    surely = intervals[most].low - intervals[least].high
    words = f"{name} by {attribute}: {gap:.3f} between {most} and {least}, at most {DISTANCE} beyond chance"
    return not surely > DISTANCE, words


def _silence(
    told: npt.NDArray[np.bool_],
    needed: npt.NDArray[np.bool_],
    people: npt.NDArray[np.generic],
    of: npt.NDArray[np.bool_],
    bootstrap: Bootstrap,
) -> tuple[float, float]:
    """Low and high of the false silence, from missed and arisen needs a row."""
    arisen = needed[of].sum(axis=1).astype(np.float64)
    missed = (needed[of] & ~told[of]).sum(axis=1).astype(np.float64)
    if not arisen.sum():
        return float("nan"), float("nan")
    interval = bootstrap.interval(_share, missed, arisen, people[of])
    return interval.low, interval.high


def _share(missed: Matrix, arisen: Matrix) -> float:
    return float(missed.sum() / arisen.sum()) if arisen.sum() else float("nan")


def _mean(values: Matrix, _: Matrix) -> float:
    return float(values.mean()) if len(values) else float("nan")
