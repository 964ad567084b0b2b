"""What every Vectoriser promises, as checks that any adapter's tests run (see `recommender.testing.scorers`).

`knowledge` is a citizen of whom something is known. A check raises AssertionError.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from recommender.facts import Knowledge
from recommender.identifiers import CitizenId
from recommender.ports import Vectoriser

VectoriserCheck = Callable[[Vectoriser, Knowledge], None]


def feature_names_are_distinct(vectoriser: Vectoriser, knowledge: Knowledge) -> None:
    assert len(set(vectoriser.feature_names)) == len(vectoriser.feature_names)
    assert vectoriser.schema_digest == knowledge.schema_digest


def a_vector_is_one_row_of_float32(vectoriser: Vectoriser, knowledge: Knowledge) -> None:
    row = vectoriser.vector(knowledge)
    assert row.shape == (1, len(vectoriser.feature_names))
    assert row.dtype == np.float32
    assert not bool(np.isinf(row).any())


def the_same_knowledge_gives_the_same_bytes(vectoriser: Vectoriser, knowledge: Knowledge) -> None:
    assert vectoriser.vector(knowledge).tobytes() == vectoriser.vector(replace(knowledge)).tobytes()


def who_it_is_makes_no_difference(vectoriser: Vectoriser, knowledge: Knowledge) -> None:
    other = replace(knowledge, citizen_id=CitizenId("somebody-else"))
    assert vectoriser.vector(knowledge).tobytes() == vectoriser.vector(other).tobytes()


def threads_do_not_disturb_each_other(vectoriser: Vectoriser, knowledge: Knowledge) -> None:
    wanted = vectoriser.vector(knowledge).tobytes()
    with ThreadPoolExecutor(4) as pool:
        assert {row.tobytes() for row in pool.map(lambda _: vectoriser.vector(knowledge), range(32))} == {wanted}


VECTORISER_CHECKS: tuple[VectoriserCheck, ...] = (
    feature_names_are_distinct,
    a_vector_is_one_row_of_float32,
    the_same_knowledge_gives_the_same_bytes,
    who_it_is_makes_no_difference,
    threads_do_not_disturb_each_other,
)
