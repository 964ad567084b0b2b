"""The trained model behaves: it nears what any model could reach, and protected attributes move nothing."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.descriptor import Descriptor
from features.schema import load_schema
from features.workspace import Workspace
from tests.training_town import MIDDLING, RISKS, YEARS, Town, build_town
from training.dataset import Source
from training.fitting import Fitted, fit
from training.models import Recipe
from training.run import latest_periods

RECIPE = Recipe(l2=1.0, feature_share=0.8, rounds_at_most=150, seed=3)


def silent(title: str, done: int, total: int) -> None:
    """No progress is shown."""


def trained(descriptor: Descriptor, workspace: Workspace) -> Fitted:
    source = Source(workspace, descriptor, load_schema(workspace), 60_000, 3)
    return fit(source, latest_periods(source, None), RECIPE, {}, silent)


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town(people=3_000, seed=1)


@pytest.fixture(scope="module")
def loaded(town: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[Descriptor, Workspace]:
    return town.load(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def fitted(loaded: tuple[Descriptor, Workspace]) -> Fitted:
    return trained(*loaded)


def test_it_goes_most_of_the_way_from_popularity_to_the_best_reachable(fitted: Fitted, town: Town) -> None:
    year = YEARS.index(int(fitted.facts["validate_times"][0][:4]))
    chances = town.chances[:, year, :]
    best = float(-(chances * np.log(chances) + (1 - chances) * np.log(1 - chances)).mean())
    popularity = fitted.by_baseline["popularity"].overall["log_loss"]
    model = fitted.validation.overall["log_loss"]
    assert (popularity - model) / (popularity - best) >= 0.9


def test_its_probabilities_are_those_that_the_town_was_made_with(
    fitted: Fitted, loaded: tuple[Descriptor, Workspace], town: Town
) -> None:
    descriptor, workspace = loaded
    everyone = Source(workspace, descriptor, load_schema(workspace)).everyone(datetime(2009, 12, 31, tzinfo=UTC))
    p = fitted.parts.calibration.apply(fitted.forest.raw(everyone.features))
    truth = town.chances[:, YEARS.index(2009), :]
    for place, (low, high) in enumerate(RISKS.values()):
        at_risk = truth[:, place] == high
        assert p[at_risk, place].mean() == pytest.approx(high, abs=0.1)  # the edges of a middling income blur
        assert p[~at_risk, place].mean() == pytest.approx(low, abs=0.03)


def test_a_middling_income_raises_the_chance_and_a_high_one_does_not(
    fitted: Fitted, loaded: tuple[Descriptor, Workspace]
) -> None:
    descriptor, workspace = loaded
    source = Source(workspace, descriptor, load_schema(workspace))
    features = source.everyone(datetime(2009, 12, 31, tzinfo=UTC)).features
    names = list(fitted_names(fitted))
    sailor = float(source.schema.vocabularies["job"].index("sailor"))
    person = features[:1].copy()
    person[0, names.index("job")] = sailor
    rows = np.repeat(person, 2, axis=0)
    rows[:, names.index("income")] = [sum(MIDDLING) / 2, 95.0]
    middling, high = fitted.parts.calibration.apply(fitted.forest.raw(rows))[:, 0]
    assert middling > 3 * high


def test_protected_attributes_are_no_features(fitted: Fitted) -> None:
    assert not [name for name in fitted_names(fitted) if "sect" in name]


def test_a_world_with_protected_attributes_dealt_anew_gives_the_same_model(
    fitted: Fitted, town: Town, tmp_path: Path
) -> None:
    dealt = np.random.default_rng(9).permutation(town.people["sect"].to_numpy())
    others = Town(town.people.with_columns(sect=pl.Series(dealt)), town.events, town.chances)
    again = trained(*others.load(tmp_path))
    assert again.forest.text == fitted.forest.text
    assert np.array_equal(again.parts.calibration.intercept, fitted.parts.calibration.intercept)


def test_unobserved_years_are_no_labels_and_teach_nothing_false(tmp_path: Path) -> None:
    # In two years of five nobody asks, and what happened then is not recorded; the rates must not fall with it.
    whole = build_town(people=4_000, seed=2, share_seen=0.6)
    asked = whole.people.filter(pl.col("seen")).select("person", pl.col("as_of").dt.year().alias("year"))
    told = whole.events.with_columns(pl.col("told").dt.year().alias("year")).join(asked, on=["person", "year"])
    fitted = trained(*Town(whole.people, told.drop("year"), whole.chances).load(tmp_path))
    _, labels = fitted.validated
    year = YEARS.index(int(fitted.facts["validate_times"][0][:4]))
    assert len(labels) < 4_000 * 0.5
    assert labels.mean(axis=0) == pytest.approx(whole.chances[:, year, :].mean(axis=0), abs=0.03)


def fitted_names(fitted: Fitted) -> tuple[str, ...]:
    from features.vectors import SchemaVectoriser

    return SchemaVectoriser(fitted.parts.schema).feature_names
