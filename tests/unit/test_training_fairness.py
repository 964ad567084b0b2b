"""Gates over groups, need keys and the tail: what they refuse, and what chance alone may look like."""

import numpy as np
import pytest

from recommender.metrics import Bootstrap
from training.evaluation import evaluate
from training.fairness import DISTANCE, group_checks, group_figures, listed
from training.gates import judge, tail_check

NAN = float("nan")
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # type: ignore[type-arg]


def people(seed: int = 0, blind: bool = False) -> Arrays:
    """Probabilities, truth, who, and which of two groups; blind: of one group nothing is known but the rates."""
    random = np.random.default_rng(seed)
    p = random.beta(0.3, 2.5, size=(3_000, 8))
    t = (random.random(p.shape) < p).astype(float)
    group = np.array(["sect=red", "sect=blue"], dtype=object)[random.integers(2, size=3_000)]
    if blind:
        p = np.where((group == "sect=blue")[:, None], p.mean(axis=0), p)
    return p, t, np.arange(3_000), group


def checks(p: np.ndarray, t: np.ndarray, who: np.ndarray, group: np.ndarray) -> list[tuple[bool, str]]:  # type: ignore[type-arg]
    return group_checks(group_figures({"sect": group}, p, t, who, Bootstrap(draws=100)))


def test_groups_that_are_served_alike_pass() -> None:
    assert all(holds for holds, _ in checks(*people()))


def test_a_group_that_is_ranked_blindly_is_named() -> None:
    refused = [words for holds, words in checks(*people(blind=True)) if not holds]
    assert any("MAP@5 by sect" in words and "sect=blue" in words for words in refused)
    assert any("false silence by sect" in words for words in refused)
    assert all(str(DISTANCE) in words for words in refused)


def test_a_group_that_is_told_too_high_probabilities_is_named() -> None:
    p, t, who, group = people(1)
    tilted = np.where((group == "sect=red")[:, None], np.clip(p + 0.1, 0, 1), p)
    assert any(not holds and "of sect=red" in words for holds, words in checks(tilted, t, who, group))


def test_few_people_are_not_judged() -> None:
    p, t, who, _ = people(2, blind=True)
    few = np.where(who < 2_950, "sect=red", "sect=blue").astype(object)
    figures = group_figures({"sect": few}, p, t, who, Bootstrap(draws=20))
    assert [of.judged for of in figures] == [False, True]
    assert group_checks(figures)


def test_false_silence_is_the_share_of_needs_off_the_list() -> None:
    p = np.array([[0.9, 0.8, 0.1, 0.2]] * 2)
    t = np.array([[1.0, 0.0, 1.0, 0.0], [1.0, NAN, NAN, 0.0]])
    assert listed(p, t).tolist() == [[True, True, False, False], [True, False, False, True]]
    group = np.array(["g", "g"], dtype=object)
    [of] = group_figures({"a": group}, p, t, np.arange(2), Bootstrap(draws=5))
    assert of.false_silence.value == pytest.approx(1 / 3)


def test_a_need_key_that_is_not_calibrated_is_named() -> None:
    p, t, who, _ = people(3)
    p[:, 2] = np.clip(p[:, 2] + 0.2, 0, 1)
    verdict = judge(evaluate(p, t, who, list("abcdefgh")), {})
    assert any(" of c, at most" in reason for reason in verdict.reasons[: verdict.refusals])


def test_a_lead_that_chance_explains_is_no_lead() -> None:
    p, t, who, _ = people(4)
    same = p + np.random.default_rng(0).normal(0, 1e-4, p.shape)
    both = [evaluate(np.clip(each, 1e-4, 1), t, who, list("abcdefgh")) for each in (p, same)]
    assert not judge(both[0], {"cells": both[1]}).passed


def test_a_model_that_finds_no_rare_need_is_refused() -> None:
    random = np.random.default_rng(5)
    rates = np.array([0.5, 0.4, 0.3, 0.3, 0.2, 0.03, 0.02, 0.02, 0.01, 0.01])
    t = (random.random((2_000, 10)) < rates).astype(float)
    popular = np.tile(rates, (2_000, 1))
    assert tail_check(popular, t, popular)[0]
    assert tail_check(np.where(t == 1, 0.9, 0.1), t, popular)[0]
    some = popular.copy()
    some[:, 5] = 0.9
    assert not tail_check(popular, t, some)[0]
