"""The city's report: hand-made truths and predictions with known answers."""

from pathlib import Path

import polars as pl
import pytest

from experiments.city.baselines import with_baselines
from experiments.city.evaluate import evaluate
from experiments.city.simulate import Plan, build
from recommender.errors import TableError

KEYS = ["citizen_id", "as_of", "need"]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    build(folder, Plan(citizens=2_000, months=36, seed=5, truth=400))
    return folder


def predictions(city: Path, column: str) -> pl.DataFrame:
    truth = with_baselines(city, pl.read_parquet(city / "truth.parquet"))
    return truth.select(*KEYS, pl.col(column).alias("probability"))


def test_cells_go_none_of_the_way_and_the_best_reachable_goes_all_of_it(city: Path) -> None:
    assert evaluate(predictions(city, "cells"), city).share.value == pytest.approx(0.0)
    best = evaluate(predictions(city, "reachable"), city)
    assert best.share.value == pytest.approx(1.0)
    assert best.losses["model"] == pytest.approx(best.losses["reachable"])


def test_recall_at_5_is_one_for_who_knows_what_will_happen(city: Path) -> None:
    known = pl.read_parquet(city / "truth.parquet").select(*KEYS, probability=pl.col("happened").cast(pl.Float64))
    report = evaluate(known, city)
    assert set(report.recall) == {1, 2, 3, 4, 5}
    assert all(found["model"].value == 1.0 for found in report.recall.values() if found["model"].people)


def test_the_interval_holds_the_estimate(city: Path) -> None:
    share = evaluate(predictions(city, "probability"), city).share
    assert share.low <= share.value <= share.high


def test_only_the_decision_times_predicted_are_judged(city: Path) -> None:
    both = predictions(city, "reachable")
    one = both.filter(pl.col("as_of") == pl.col("as_of").max())
    assert evaluate(one, city).pairs < evaluate(both, city).pairs


def test_a_missing_prediction_is_an_error_not_a_guess(city: Path) -> None:
    with pytest.raises(TableError, match="missing or outside"):
        evaluate(predictions(city, "reachable").filter(pl.col("need") != "child_born"), city)


def test_a_repeated_prediction_is_an_error(city: Path) -> None:
    given = predictions(city, "reachable")
    with pytest.raises(TableError, match="repeat"):
        evaluate(pl.concat([given, given.head(3000)]), city)


def test_a_city_without_truth_says_how_to_get_it(city: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="--truth"):
        evaluate(predictions(city, "reachable"), tmp_path)


def test_a_column_that_is_lacking_is_named(city: Path) -> None:
    with pytest.raises(TableError, match="probability"):
        evaluate(predictions(city, "reachable").drop("probability"), city)
