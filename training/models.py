"""The model: a LightGBM forest per need key, merged into one; docs/adr/0040-model-shape.md has the figures."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from recommender.adapters.lightgbm_scorer import forest_names
from recommender.metrics import Matrix
from recommender.ports import FloatMatrix
from training.dataset import Examples
from training.forest import merge

Told = Callable[[str], None]
"""Called with a need key when its model is fitted."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Parameters of every need key's forest. Chosen on nlsy97's target year 2009; the figures stand in the ADR.

    negatives_per_need, negatives_at_least : of a need key's rows without the need so many are kept, each with the
              weight of those it stands for, so that probabilities stay right without any later correction.
    threads : need keys fitted at the same time; each fit takes one thread, so that a model's bytes do not depend on
              the machine.
    """

    learning_rate: float = 0.1
    leaves: int = 8
    least_in_leaf: int = 100
    feature_share: float = 0.4
    row_share: float = 0.8
    l2: float = 10.0
    bins: int = 63
    rounds_at_most: int = 400
    patience: int = 25
    negatives_per_need: int = 10
    negatives_at_least: int = 20_000
    threads: int = 2
    seed: int = 7

    def parameters(self) -> dict[str, Any]:
        """As LightGBM names them."""
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.least_in_leaf,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "lambda_l2": self.l2,
            "max_bin": self.bins,
            "seed": self.seed,
            "num_threads": 1,
            "deterministic": True,
            "force_col_wise": True,
            "feature_pre_filter": False,
            "verbosity": -1,
        }

    def told(self) -> dict[str, Any]:
        """For the run's record."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Forest:
    """Fitted models in the order of the need keys: text, number of rounds, gain per feature."""

    texts: tuple[str, ...]
    rounds: tuple[int, ...]
    gains: Matrix

    @property
    def text(self) -> str:
        """One LightGBM model with an output per need key."""
        return merge([[text] for text in self.texts])

    def raw(self, features: FloatMatrix, *, threads: int = 2) -> Matrix:
        """Log odds of each need key, shape (rows, needs)."""
        booster = lightgbm.Booster(model_str=self.text)
        found = booster.predict(features, raw_score=True, num_threads=threads)
        return np.asarray(found, dtype=np.float64).reshape(len(features), -1)


def choose_rounds(
    recipe: Recipe, needs: Sequence[str], names: Sequence[str], train: Examples, validate: Examples, told: Told
) -> Forest:
    """Forests fitted on `train`, each stopped where its log loss on `validate` was least."""
    binned = _binned(recipe, names, train)

    def fit(place: int) -> tuple[str, int, Matrix]:
        data = _of_need(recipe, binned, train, place)
        known = ~np.isnan(validate.labels[:, place])
        if not known.any():
            return _finish(lightgbm.train(recipe.parameters(), data, 50), needs[place], told)
        check = lightgbm.Dataset(validate.features[known], validate.labels[known, place], reference=binned)
        stop = lightgbm.early_stopping(recipe.patience, verbose=False)
        booster = lightgbm.train(recipe.parameters(), data, recipe.rounds_at_most, [check], callbacks=[stop])
        return _finish(booster, needs[place], told)

    return _each(fit, recipe, needs)


def refit(
    recipe: Recipe, needs: Sequence[str], names: Sequence[str], examples: Examples, rounds: Sequence[int], told: Told
) -> Forest:
    """Forests of so many rounds each, on all examples."""
    binned = _binned(recipe, names, examples)

    def fit(place: int) -> tuple[str, int, Matrix]:
        data = _of_need(recipe, binned, examples, place)
        return _finish(lightgbm.train(recipe.parameters(), data, max(rounds[place], 1)), needs[place], told)

    return _each(fit, recipe, needs)


def _binned(recipe: Recipe, names: Sequence[str], examples: Examples) -> lightgbm.Dataset:
    """All rows, binned once for every need key: binning costs as much as fifty rounds of trees."""
    data = lightgbm.Dataset(examples.features, feature_name=forest_names(names), params=recipe.parameters())
    return data.construct()


def _of_need(recipe: Recipe, binned: lightgbm.Dataset, examples: Examples, place: int) -> lightgbm.Dataset:
    rows, weights = kept(examples.labels[:, place], recipe)
    data = binned.subset(rows.tolist()).construct()
    data.set_label(examples.labels[rows, place])
    if not np.all(weights == 1):
        data.set_weight(weights)
    return data


def kept(labels: npt.NDArray[np.float32], recipe: Recipe) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Rows to learn one need key from, in order, and their weights: every need, and a sample of the rest."""
    positives, negatives = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    enough = max(recipe.negatives_at_least, recipe.negatives_per_need * len(positives))
    weight = max(len(negatives) / enough, 1.0)
    if weight > 1:
        negatives = np.random.default_rng(recipe.seed).choice(negatives, enough, replace=False)
    rows = np.sort(np.concatenate([positives, negatives]))
    return rows, np.where(labels[rows] == 1, 1.0, weight)


def _finish(booster: lightgbm.Booster, need: str, told: Told) -> tuple[str, int, Matrix]:
    rounds = max(booster.best_iteration, 0) or booster.current_iteration()
    told(need)
    text = booster.model_to_string(num_iteration=rounds)
    return text, rounds, booster.feature_importance("gain", iteration=rounds).astype(np.float64)


def _each(fit: Callable[[int], tuple[str, int, Matrix]], recipe: Recipe, needs: Sequence[str]) -> Forest:
    with ThreadPoolExecutor(recipe.threads) as pool:
        fitted = list(pool.map(fit, range(len(needs))))
    texts, rounds, gains = zip(*fitted, strict=True)
    return Forest(tuple(texts), tuple(rounds), np.stack(gains))
