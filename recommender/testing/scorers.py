"""What every Scorer promises, as checks that any adapter's tests run.

    @pytest.mark.parametrize("check", SCORER_CHECKS, ids=lambda check: check.__name__)
    def test_the_scorer_keeps_its_promises(check): check(my_scorer(), some_features)

`features` has shape (n, len(feature_names)), n at least 2. A check raises AssertionError.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from recommender.ports import FloatMatrix, Scorer

ScorerCheck = Callable[[Scorer, FloatMatrix], None]


def names_are_distinct(scorer: Scorer, features: FloatMatrix) -> None:
    assert len(set(scorer.need_keys)) == len(scorer.need_keys)
    assert len(set(scorer.feature_names)) == len(scorer.feature_names)
    assert features.shape[1] == len(scorer.feature_names)
    assert scorer.version


def scores_are_probabilities_in_float32(scorer: Scorer, features: FloatMatrix) -> None:
    scores = scorer.score(features)
    assert scores.shape == (len(features), len(scorer.need_keys))
    assert scores.dtype == np.float32
    assert bool(np.all((scores >= 0) & (scores <= 1)))


def one_row_scores_as_among_many(scorer: Scorer, features: FloatMatrix) -> None:
    together = scorer.score(features)
    alone = np.concatenate([scorer.score(features[i : i + 1]) for i in range(len(features))])
    assert np.array_equal(together, alone)


def the_same_input_gives_the_same_bytes(scorer: Scorer, features: FloatMatrix) -> None:
    assert scorer.score(features).tobytes() == scorer.score(features.copy()).tobytes()


def unknown_features_are_allowed(scorer: Scorer, features: FloatMatrix) -> None:
    scores = scorer.score(np.full_like(features, np.nan))
    assert bool(np.all((scores >= 0) & (scores <= 1)))


def features_are_left_as_they_are(scorer: Scorer, features: FloatMatrix) -> None:
    before = features.tobytes()
    scorer.score(features)
    assert features.tobytes() == before


def threads_do_not_disturb_each_other(scorer: Scorer, features: FloatMatrix) -> None:
    wanted = scorer.score(features).tobytes()
    with ThreadPoolExecutor(4) as pool:
        assert {scores.tobytes() for scores in pool.map(lambda _: scorer.score(features), range(32))} == {wanted}


def thresholds_are_of_known_needs(scorer: Scorer, features: FloatMatrix) -> None:
    assert set(scorer.thresholds) <= set(scorer.need_keys)
    assert all(0 <= threshold <= 1 for threshold in scorer.thresholds.values())


SCORER_CHECKS: tuple[ScorerCheck, ...] = (
    names_are_distinct,
    scores_are_probabilities_in_float32,
    one_row_scores_as_among_many,
    the_same_input_gives_the_same_bytes,
    unknown_features_are_allowed,
    features_are_left_as_they_are,
    threads_do_not_disturb_each_other,
    thresholds_are_of_known_needs,
)
