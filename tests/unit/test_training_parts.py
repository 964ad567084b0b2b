"""Decision times, calibration, thresholds, baselines, evaluation, gates: the arithmetic of training, by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from features.descriptor import Descriptor
from recommender.errors import ModelError, SetupError
from recommender.metrics import Bootstrap, map_at_k
from training.backtest import Question
from training.baselines import Cells, Logistic, Popularity
from training.calibration import PERSISTS, fit_shift, identity
from training.dataset import Examples, person_hash
from training.decision_times import decision_times, split, whole_year, window_end
from training.evaluation import average_precisions, evaluate, figures, row_losses
from training.fitting import Periods
from training.forest import merge
from training.gates import judge
from training.models import Recipe, kept
from training.plots import calibration_plot, importance, importance_plot, totals_plot
from training.thresholds import LEAST_PEOPLE, NEVER, thresholds

NAN = float("nan")


def day(year: int, month: int = 12, on: int = 31) -> datetime:
    return datetime(year, month, on, tzinfo=UTC)


def descriptor(**changes: object) -> Descriptor:
    told: dict[str, object] = {
        "dataset": "town",
        "horizon": "P1Y",
        "decision_times": "yearly",
        "tables": {},
        "needs": {"moved": {"event": "moved"}},
    }
    return Descriptor.model_validate({**told, **changes})


def examples(features: list[list[float]], labels: list[list[float]]) -> Examples:
    n = len(features)
    ids = np.array([f"p{i}" for i in range(n)], dtype=object)
    return Examples(ids, np.zeros(n, dtype=np.int64), np.array(features, np.float32), np.array(labels, np.float32))


def test_yearly_decisions_are_on_31_december() -> None:
    assert decision_times(descriptor(), day(2001, 3, 1), day(2003)) == (day(2001), day(2002), day(2003))


def test_monthly_decisions_are_on_the_last_day_leap_years_too() -> None:
    monthly = descriptor(decision_times="monthly")
    assert decision_times(monthly, day(2023, 12, 31), day(2024, 3, 30)) == (
        day(2023),
        day(2024, 1, 31),
        day(2024, 2, 29),
    )


def test_a_decision_is_at_midnight_of_the_datas_time_zone() -> None:
    [at] = decision_times(descriptor(time_zone="Asia/Shanghai"), day(2001, 1, 1), day(2001))
    assert at == datetime(2001, 12, 30, 16, tzinfo=UTC)


def test_a_leap_year_is_one_year() -> None:
    assert window_end(descriptor(), day(2003)) - day(2003) == timedelta(days=366)


def test_half_a_year_of_months_does_not_see_every_season() -> None:
    monthly = descriptor(decision_times="monthly", horizon="P6M")
    times = decision_times(monthly, day(2022), day(2023, 12, 1))
    assert len(times) == 12
    assert whole_year(monthly, times)
    assert not whole_year(monthly, times[6:])
    assert whole_year(descriptor(), (day(2022),))


def test_no_training_window_reaches_into_the_validation_period() -> None:
    times = tuple(day(year) for year in range(2000, 2010))
    train, validate = split(descriptor(), times, day(2006), day(2008))
    assert train == tuple(day(year) for year in range(2000, 2006))
    assert validate == (day(2006), day(2007))


def test_dates_without_a_closed_window_are_named() -> None:
    with pytest.raises(ModelError, match="to validate on"):
        split(descriptor(), (day(2000), day(2001)), day(2001), day(2001, 12, 31))


def test_a_shift_moves_halfway_to_the_total_that_was_seen() -> None:
    raw = np.full((20_000, 1), -2.0)
    labels = np.zeros((20_000, 1))
    labels[:6_000] = 1
    whole = np.log(0.3 / 0.7) + 2.0
    assert fit_shift(raw, labels).intercept[0] == pytest.approx(PERSISTS * whole, rel=0.03)


def test_a_rare_need_is_hardly_shifted() -> None:
    raw = np.full((1_000, 1), -5.0)
    labels = np.zeros((1_000, 1))
    labels[:1] = 1
    labels[500:] = NAN
    assert abs(fit_shift(raw, labels).intercept[0]) < 0.05


def test_no_calibration_leaves_log_odds_as_they_are() -> None:
    raw = np.array([[0.0, -1.0]])
    assert np.allclose(identity(2).apply(raw), 1 / (1 + np.exp(-raw)))


def test_the_threshold_is_the_lowest_with_the_stated_precision() -> None:
    p = np.linspace(0.99, 0.01, 99)[:, None]
    labels = (p > 0.5).astype(float)
    found = thresholds(p, labels, ["moved"], precision=0.8)["moved"]
    told = p >= found
    assert labels[told].mean() >= 0.8
    assert labels[p >= found - 0.011].mean() < 0.8


def test_a_forecast_that_is_never_precise_enough_is_never_told() -> None:
    p = np.linspace(0, 0.9, 200)[:, None]
    assert thresholds(p, np.zeros((200, 1)), ["moved"])["moved"] == NEVER


def test_those_of_one_score_are_told_all_or_none() -> None:
    p = np.array([[0.9]] * 30 + [[0.5]] * 70)
    labels = np.array([[1.0]] * 40 + [[0.0]] * 60)
    assert thresholds(p, labels, ["moved"]) == {"moved": 0.9}


def test_luck_among_few_people_sets_no_threshold() -> None:
    p = np.linspace(0.9, 0.1, 200)[:, None]
    labels = (np.arange(200) < LEAST_PEOPLE // 4).astype(float)[:, None]
    assert thresholds(p, labels, ["moved"])["moved"] == NEVER


def test_popularity_leaves_out_what_has_no_label() -> None:
    fitted = Popularity.fit(examples([[0], [0], [0]], [[1, NAN], [0, 0], [1, NAN]]))
    assert np.allclose(fitted.predict(np.zeros((1, 1), np.float32)), [[2 / 3, 0]])


def test_cells_tell_people_apart_and_fall_back_to_popularity() -> None:
    known = examples([[0.0], [1.0]] * 500, [[0.0], [1.0]] * 500)
    told = Cells.fit(known).predict(np.array([[0.0], [1.0], [7.0]], np.float32))[:, 0]
    assert told[0] < 0.05
    assert told[1] > 0.95
    assert told[2] == pytest.approx(0.5)


def test_an_unknown_value_is_a_cell_of_its_own() -> None:
    known = examples([[NAN], [1.0]] * 500, [[1.0], [0.0]] * 500)
    told = Cells.fit(known).predict(np.array([[NAN], [1.0]], np.float32))[:, 0]
    assert told[0] > 0.95
    assert told[1] < 0.05


def test_logistic_regression_learns_a_slope_and_survives_a_need_of_one_class() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(2_000, 2))
    y = (random.random(2_000) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(float)
    fitted = Logistic.fit(examples(x.tolist(), np.stack([y, np.zeros(2_000)], axis=1).tolist()))
    told = fitted.predict(np.array([[2.0, 0], [-2.0, 0], [NAN, NAN]], np.float32))
    assert told[0, 0] > 0.9
    assert told[1, 0] < 0.1
    assert np.allclose(told[:, 1], 0)


def test_figures_without_gaps_are_the_cores() -> None:
    random = np.random.default_rng(0)
    p, t = random.random((300, 6)), (random.random((300, 6)) < 0.3).astype(float)
    assert figures(p, t)["map@5"] == pytest.approx(map_at_k(p, t))
    assert np.nanmean(average_precisions(p, t)) == pytest.approx(map_at_k(p, t))
    assert row_losses(p, t).mean() == pytest.approx(figures(p, t)["log_loss"])


def test_a_pair_without_a_label_changes_no_figure() -> None:
    random = np.random.default_rng(1)
    p, t = random.random((50, 3)), (random.random((50, 3)) < 0.4).astype(float)
    wider_p = np.concatenate([p, random.random((50, 1))], axis=1)
    wider_t = np.concatenate([t, np.full((50, 1), NAN)], axis=1)
    wanted, found = figures(p, t), figures(wider_p, wider_t)
    assert found == pytest.approx(wanted)


def test_intervals_hold_the_figure_and_widen_with_fewer_people() -> None:
    random = np.random.default_rng(2)
    p = random.random((600, 3))
    t = (random.random((600, 3)) < p).astype(float)
    everybody = evaluate(p, t, np.arange(600), ["a", "b", "c"], Bootstrap(draws=100))
    families = evaluate(p, t, np.arange(600) // 60, ["a", "b", "c"], Bootstrap(draws=100))
    each = everybody.intervals["log_loss"]
    assert each.low < each.value < each.high
    assert each.value == pytest.approx(everybody.overall["log_loss"])
    assert families.needs["a"].pairs == 600


def test_perfectly_calibrated_predictions_pass_for_calibrated() -> None:
    random = np.random.default_rng(3)
    p = random.beta(1, 8, size=(3_000, 4))
    t = (random.random(p.shape) < p).astype(float)
    model = evaluate(p, t, np.arange(3_000), list("abcd"))
    popular = evaluate(np.tile(t.mean(axis=0), (3_000, 1)), t, np.arange(3_000), list("abcd"))
    assert judge(model, {"popularity": popular}).passed


def test_a_refusal_names_the_figure_and_the_baseline() -> None:
    random = np.random.default_rng(4)
    p = random.beta(1, 8, size=(500, 4))
    t = (random.random(p.shape) < p).astype(float)
    good = evaluate(p, t, np.arange(500), list("abcd"))
    bad = evaluate(np.clip(p + 0.3, 0, 1), t, np.arange(500), list("abcd"))
    verdict = judge(bad, {"cells": good})
    assert not verdict.passed
    assert any("ECE" in reason for reason in verdict.reasons[:2])
    assert any("not better than cells" in reason for reason in verdict.reasons)


def test_too_few_needs_decide_nothing() -> None:
    t = np.zeros((100, 1))
    t[:5] = 1
    model = evaluate(np.where(t == 1, 0.99, 0.001), t, np.arange(100), ["a"])
    worse = replace(model, overall={**model.overall, "log_loss": 1.0, "map@5": 0.0})
    assert not judge(model, {"cells": worse}).passed


def test_sampled_negatives_stand_for_all() -> None:
    labels = np.array([1.0] * 10 + [0.0] * 1_000 + [NAN] * 50, dtype=np.float32)
    rows, weights = kept(labels, Recipe(negatives_per_need=10, negatives_at_least=100))
    assert (labels[rows] == 1).sum() == 10
    assert (labels[rows] == 0).sum() == 100
    assert weights[labels[rows] == 0].sum() == pytest.approx(1_000)
    assert np.all(np.diff(rows) > 0)


def test_a_merged_forest_is_its_parts() -> None:
    random = np.random.default_rng(5)
    x = random.normal(size=(500, 4)).astype(np.float32)
    x[random.random(x.shape) < 0.1] = np.nan
    quiet = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
    parts = [
        lightgbm.train(quiet, lightgbm.Dataset(x, (np.nan_to_num(x[:, k]) > k / 2).astype(float)), 3 + 5 * k)
        for k in range(3)
    ]
    merged = lightgbm.Booster(model_str=merge([[part.model_to_string()] for part in parts]))
    wanted = np.stack([part.predict(x, raw_score=True) for part in parts], axis=1)
    assert np.array_equal(merged.predict(x, raw_score=True), wanted)


def test_a_persons_hash_depends_on_the_person_and_the_salt_alone() -> None:
    people = np.array(["b", "a", "b"], dtype=object)
    first = person_hash(people, "salt")
    assert first[0] == first[2] != first[1]
    assert np.array_equal(person_hash(people[::-1], "salt"), first[::-1])
    assert not np.array_equal(person_hash(people, "other"), first)


def test_no_person_straddles_folds() -> None:
    rows = examples([[0.0]] * 6, [[0.0]] * 6)
    twice = Examples(np.tile(rows.citizens, 2), np.tile(rows.as_of_us, 2), np.tile(rows.features, (2, 1)), rows.labels)
    folds = twice.folds(2, seed=1)
    assert np.array_equal(folds[:6], folds[6:])


def test_a_backtest_refuses_to_predict_what_it_learnt_from(tmp_path: Path) -> None:
    question = Question(tmp_path, Periods(day(2006), day(2008)), (day(2007),), tmp_path / "p.parquet")
    with pytest.raises(SetupError, match="would know what it predicts"):
        question.check()


def test_a_backtest_refuses_dates_in_the_wrong_order(tmp_path: Path) -> None:
    question = Question(tmp_path, Periods(day(2009), day(2008)), (day(2009),), tmp_path / "p.parquet")
    with pytest.raises(SetupError, match="later than"):
        question.check()


def test_pictures_are_drawn_without_a_display(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    p = random.random((400, 2))
    t = (random.random(p.shape) < p).astype(float)
    t[:3] = NAN
    gains = np.array([[3.0, 1.0], [0.0, 0.0]])
    drawn = [
        calibration_plot(p, t, tmp_path / "c.png", "a title"),
        totals_plot([3.0, 4.0], [2.0, 5.0], ["moved", "hired"], tmp_path / "t.png"),
        importance_plot(gains, ["age", "children"], tmp_path / "i.png"),
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in drawn)
    assert importance(gains).tolist() == [0.375, 0.125]
