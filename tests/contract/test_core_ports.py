"""The core's own adapters of its ports keep the promises that every adapter makes."""

from datetime import UTC, datetime

import numpy as np
import pytest

from recommender.adapters.no_scorer import NoScorer
from recommender.identifiers import NeedKey
from recommender.ports import Scorer
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from recommender.testing.scorers import SCORER_CHECKS, ScorerCheck
from recommender.testing.vectorisers import VECTORISER_CHECKS, VectoriserCheck


@pytest.mark.parametrize("check", SCORER_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("scorer", [NoScorer(), FixedScorer({NeedKey("a"): 0.25, NeedKey("b"): 1.0})])
def test_a_scorer_keeps_its_promises(scorer: Scorer, check: ScorerCheck) -> None:
    features = np.arange(3 * len(scorer.feature_names), dtype=np.float32).reshape(3, len(scorer.feature_names))
    check(scorer, features)


@pytest.mark.parametrize("check", VECTORISER_CHECKS, ids=lambda check: check.__name__)
def test_a_vectoriser_keeps_its_promises(check: VectoriserCheck) -> None:
    check(StateVectoriser(), knowledge_of(datetime(2024, 5, 17, tzinfo=UTC), {"age": 40.0}))


def test_a_check_fails_on_a_scorer_that_breaks_its_promise() -> None:
    broken = FixedScorer({NeedKey("a"): 1.5})
    with pytest.raises(AssertionError):
        for check in SCORER_CHECKS:
            check(broken, np.zeros((2, 1), dtype=np.float32))
