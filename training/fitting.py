"""One training: fit, choose and calibrate on the validation period, compare with the baselines, fit again on all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from features.facts import first_known as first_of
from features.ingest.rows import ATTRIBUTES, EVENTS, USES
from features.vectors import SchemaVectoriser
from recommender.errors import ModelError
from recommender.metrics import Bootstrap, Matrix
from training.artifact import ScorerParts
from training.baselines import fit_baselines
from training.calibration import Calibration, fit_shift, identity
from training.dataset import Examples, Source
from training.decision_times import decision_times, split, whole_year
from training.digests import digest_of_arrays
from training.evaluation import Evaluation, evaluate
from training.fairness import GroupFigures
from training.gates import Verdict
from training.judging import Trial
from training.labels import last_known
from training.leaks import refuse_leaks
from training.models import Forest, Recipe, choose_rounds, refit
from training.rivals import Rival
from training.thresholds import PRECISION, thresholds

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and of how much."""

VALIDATION_ROWS_AT_MOST = 40_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """What one training gave. validation: of the model fitted before the validation period; by_baseline: the same."""

    parts: ScorerParts
    validation: Evaluation
    by_baseline: Mapping[str, Evaluation]
    verdict: Verdict
    forest: Forest
    validated: tuple[Matrix, Matrix]
    facts: Mapping[str, Any]
    groups: tuple[GroupFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class Periods:
    """Until when labels are known for training and for choosing; `through` bounds every fact looked at."""

    train_through: datetime
    validate_through: datetime


def fit(
    source: Source,
    periods: Periods,
    recipe: Recipe,
    about: Mapping[str, Any],
    progress: Progress,
    rival: Rival | None = None,
) -> Fitted:
    """Train one model. Deterministic: the same facts, recipe and periods give the same bytes.

    rival : the champion, to be compared with. Raises ModelError when there is nothing to learn from, or a leak.
    """
    needs = tuple(source.descriptor.needs)
    names = SchemaVectoriser(source.schema).feature_names
    progress("examples", 0, 2)
    train, validate, facts = _examples(source, periods, progress)
    _check(source, train)
    facts |= refuse_leaks(source, train, recipe.seed)
    fitted = _Count(progress, "forests", 2 * len(needs))
    seasons = facts["validate_whole_year"]
    sides = (train, validate) if seasons else _apart(train, recipe.seed)
    early = choose_rounds(recipe, needs, names, *sides, fitted)
    raw = early.raw(validate.features, threads=recipe.threads)
    honest = _cross_fitted(raw, validate, recipe.seed) if seasons else identity(len(needs)).apply(raw)
    bootstrap = Bootstrap(draws=200, seed=recipe.seed)
    trial = _tried(source, recipe, (train, validate), honest, progress)
    final = refit(recipe, needs, names, _joined(train, validate), early.rounds, fitted)
    parts = ScorerParts(
        forest=final.text,
        need_keys=needs,
        schema=source.schema,
        calibration=fit_shift(raw, validate.labels) if seasons else identity(len(needs)),
        thresholds=thresholds(honest, validate.labels, needs),
        about={**about, "precision_of_thresholds": PRECISION},
    )
    groups = trial.groups(bootstrap)
    verdict = trial.verdict(parts, groups, rival, bootstrap)
    validated = (honest, validate.labels.astype(np.float64))
    return Fitted(parts, trial.evaluation, trial.by_baseline, verdict, final, validated, facts, groups)


def _tried(
    source: Source, recipe: Recipe, sides: tuple[Examples, Examples], honest: Matrix, progress: Progress
) -> Trial:
    """The model's figures on the validation period, and those of the baselines."""
    progress("baselines", 0, 1)
    train, validate = sides
    needs, labels = tuple(source.descriptor.needs), validate.labels.astype(np.float64)
    people = validate.citizens.astype(str)
    baselines = fit_baselines(train, threads=recipe.threads, seed=recipe.seed)
    predicted = {name: baseline.predict(validate.features) for name, baseline in baselines.items()}
    by_baseline = {name: evaluate(p, labels, people, needs) for name, p in predicted.items()}
    judged = evaluate(honest, labels, people, needs, Bootstrap(draws=200, seed=recipe.seed))
    progress("baselines", 1, 1)
    return Trial(source, validate, honest, judged, by_baseline, predicted["popularity"])


def _examples(source: Source, periods: Periods, progress: Progress) -> tuple[Examples, Examples, dict[str, Any]]:
    times = decision_times(source.descriptor, first_known(source), periods.validate_through)
    train_times, validate_times = split(source.descriptor, times, periods.train_through, periods.validate_through)
    train = source.labelled(train_times, periods.train_through)
    progress("examples", 1, 2)
    few = replace(source, rows_at_most=VALIDATION_ROWS_AT_MOST)
    validate = few.labelled(validate_times, periods.validate_through)
    progress("examples", 2, 2)
    if not len(train) or not len(validate):
        which = "before" if not len(train) else "after"
        raise ModelError(
            f"dataset {source.descriptor.dataset}: no citizen has a label {which} {periods.train_through:%Y-%m-%d}",
            mend="check the `observed` column and the dates of the facts",
        )
    facts = {
        "train_rows": len(train),
        "train_people": len(np.unique(train.citizens.astype(str))),
        "train_times": [f"{t:%Y-%m-%d}" for t in train_times],
        "validate_rows": len(validate),
        "validate_whole_year": whole_year(source.descriptor, validate_times),
        "validate_times": [f"{t:%Y-%m-%d}" for t in validate_times],
        "digest_examples": digest_of_arrays(train.features, train.labels, validate.features, validate.labels),
    }
    return train, validate, facts


def first_known(source: Source) -> datetime:
    """When the first life event or use, and the first attribute, was known: before it there is nothing to learn from.

    A register may hold events of decades ago, and the others be silent about that time. On the simulated city five in
    six examples were of such years, with hardly a feature known: the share of the reachable that was learnt was 0.72
    instead of 0.83.
    """
    labels = [at for at in (first_of(source.workspace, EVENTS), first_of(source.workspace, USES)) if at]
    if not labels:
        return last_known(source.workspace)
    attributes = first_of(source.workspace, ATTRIBUTES)
    return max(min(labels), attributes) if attributes else min(labels)


def _check(source: Source, train: Examples) -> None:
    """Raises ModelError when no need key ever occurred, or when everybody always needed everything."""
    hits = np.nansum(train.labels, axis=0)
    known = (~np.isnan(train.labels)).sum(axis=0)
    if not hits.sum():
        raise ModelError(
            f"dataset {source.descriptor.dataset}: no need ever occurred in {len(train)} examples",
            mend="check `needs` of the descriptor against the events and uses that were ingested",
        )
    if (hits == known).all():
        raise ModelError(
            f"dataset {source.descriptor.dataset}: every label is 1, so there is nothing to tell apart",
            mend="check `needs` and `horizon` of the descriptor",
        )


def _apart(train: Examples, seed: int) -> tuple[Examples, Examples]:
    """A fifth of the people, all their times, to stop on when the validation period is but part of a year.

    A need of another season never occurs in that part, so stopping or calibrating there would unlearn it: on the
    simulated city graduations of June were given 0.007 instead of 0.076.
    """
    held = train.folds(5, seed) == 0
    return train.only(~held), train.only(held)


def _cross_fitted(raw: Matrix, validate: Examples, seed: int) -> Matrix:
    """Calibrated probabilities, each person's from a shift fitted on the other half of the people."""
    half = validate.folds(2, seed)
    found = np.empty_like(raw)
    for fold in (0, 1):
        mine, others = half == fold, half != fold
        shift: Calibration = fit_shift(raw[others], validate.labels[others])
        found[mine] = shift.apply(raw[mine])
    return found


def _joined(first: Examples, second: Examples) -> Examples:
    return Examples(
        np.concatenate([first.citizens, second.citizens]),
        np.concatenate([first.as_of_us, second.as_of_us]),
        np.concatenate([first.features, second.features]),
        np.concatenate([first.labels, second.labels]),
    )


class _Count:
    """Tells progress of each need key fitted."""

    def __init__(self, progress: Progress, title: str, total: int) -> None:
        self._progress, self._title, self._total, self._done = progress, title, total, 0

    def __call__(self, need: str) -> None:
        self._done += 1
        self._progress(self._title, self._done, self._total)
