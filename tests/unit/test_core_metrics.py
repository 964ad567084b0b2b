"""Metrics against numbers worked by hand."""

import doctest
from math import log, log2

import numpy as np
import pytest

from recommender import metrics
from recommender.metrics import (
    Bootstrap,
    brier_skill,
    ece,
    figures,
    hit_at_1,
    log_loss,
    map_at_k,
    ndcg_at_k,
    recall_at_k,
)

# Three people, four needs. Orders: 0 1 2 3 | 3 2 1 0 | nobody needs anything.
P = np.array([[0.9, 0.6, 0.4, 0.1], [0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.5, 0.5]])
T = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=float)


def test_map_is_the_mean_of_average_precisions_over_those_with_a_need() -> None:
    first, second = (1 / 1 + 2 / 3) / 2, 1 / 3
    assert map_at_k(P, T, 5) == pytest.approx((first + second) / 2)
    assert map_at_k(P, T, 1) == pytest.approx((1 + 0) / 2)
    assert map_at_k(P, T, 2) == pytest.approx((1 / 2 + 0) / 2)


def test_ndcg_divides_by_the_best_possible_order() -> None:
    first = (1 + 1 / log2(4)) / (1 + 1 / log2(3))
    second = (1 / log2(4)) / 1
    assert ndcg_at_k(P, T, 5) == pytest.approx((first + second) / 2)


def test_recall_and_hit_count_the_top() -> None:
    assert recall_at_k(P, T, 3) == pytest.approx((2 / 2 + 1 / 1) / 2)
    assert recall_at_k(P, T, 2) == pytest.approx((1 / 2 + 0) / 2)
    assert hit_at_1(P, T) == pytest.approx(0.5)


def test_log_loss_is_over_all_pairs_and_clipped() -> None:
    assert log_loss(np.array([[0.8, 0.1]]), np.array([[1.0, 0.0]])) == pytest.approx(-(log(0.8) + log(0.9)) / 2)
    assert log_loss(np.array([[0.0]]), np.array([[1.0]])) == pytest.approx(-log(1e-6))


def test_brier_skill_compares_with_each_needs_own_rate() -> None:
    p, t = np.array([[0.9, 0.2], [0.3, 0.2]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    mine, rates = (0.01 + 0.04 + 0.09 + 0.04) / 4, (0.25 + 0 + 0.25 + 0) / 4
    assert brier_skill(p, t) == pytest.approx(1 - mine / rates)
    assert brier_skill(np.array([[0.5, 0.0], [0.5, 0.0]]), t) == pytest.approx(0)


def test_ece_weighs_each_bin_by_its_share() -> None:
    p = np.array([[0.01, 0.02, 0.97, 1.0]])
    t = np.array([[0.0, 1.0, 1.0, 1.0]])
    low, high = abs(0.015 - 0.5) * 0.5, abs(0.985 - 1.0) * 0.5
    assert ece(p, t) == pytest.approx(low + high)
    assert ece(np.array([[0.7, 0.3]]), np.array([[1.0, 0.0]])) == pytest.approx(0.3)


def test_ties_keep_the_columns_order() -> None:
    assert hit_at_1(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])) == 1
    assert hit_at_1(np.array([[0.5, 0.5]]), np.array([[0.0, 1.0]])) == 0


def test_ranking_figures_of_nobody_are_nan() -> None:
    nobody = figures(P, np.zeros_like(T))
    assert all(np.isnan(nobody[name]) for name in ("map@5", "ndcg@5", "recall@3", "hit@1"))


def test_the_interval_draws_people_not_rows() -> None:
    people = np.repeat(np.arange(50), 4)
    hits = np.repeat(np.random.default_rng(3).integers(0, 2, 50), 4)[:, None].astype(float)
    p = np.full_like(hits, 0.5)

    def rate(_: np.ndarray, t: np.ndarray) -> float:
        return float(t.mean())

    by_people = Bootstrap(draws=400).interval(rate, p, hits, people)
    by_rows = Bootstrap(draws=400).interval(rate, p, hits, np.arange(200))
    assert by_people.low < by_people.value < by_people.high
    assert (by_people.high - by_people.low) / (by_rows.high - by_rows.low) == pytest.approx(2, rel=0.25)
    assert Bootstrap(draws=50).interval(rate, p, hits, people) == Bootstrap(draws=50).interval(rate, p, hits, people)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(metrics).failed == 0
