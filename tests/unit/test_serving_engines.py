"""The engines in use: one per stage, chosen by a decision's own time, swapped whole."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.versions.engines import Engines, Stage, place_at

NOW = datetime(2031, 7, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def stage(version: str, days: int = 0) -> Stage:
    return Stage(NOW + timedelta(days=days), SimpleNamespace(version=version))  # type: ignore[arg-type]


def engine_of(catalogue: Any, scorer: Any) -> Any:
    if scorer == "misfit":
        raise ValueError("does not fit")
    return SimpleNamespace(catalogue=catalogue, scorer=scorer)


def made(engines: Engines, at: datetime) -> tuple[str, Any]:
    engine = engines.at(at)
    assert engine is not None
    return engine.catalogue.version, engine.scorer


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=6, unique=True), st.integers(-25, 25))
def test_a_stage_holds_from_its_instant_until_the_next_and_the_first_holds_before(days: list[int], at: int) -> None:
    stages = [stage(str(day), day) for day in sorted(days)]
    begun = [day for day in sorted(days) if day <= at]
    found = stages[place_at(stages, NOW + timedelta(days=at))]
    assert found.catalogue.version == str(begun[-1] if begun else min(days))


def test_without_a_champion_or_a_catalogue_there_is_no_engine() -> None:
    engines = Engines(engine_of)
    assert engines.at(NOW) is None
    engines.take_scorer("1")  # type: ignore[arg-type]
    assert engines.at(NOW) is None
    engines.take_stages((stage("a"),))
    assert made(engines, NOW) == ("a", "1")


def test_a_stage_is_taken_at_its_instant_and_not_before() -> None:
    engines = Engines(engine_of)
    engines.take_stages((stage("a"), stage("b", 1)))
    engines.take_scorer("1")  # type: ignore[arg-type]
    instant = NOW + timedelta(days=1)
    assert [made(engines, at)[0] for at in (instant - TICK, instant, instant + TICK)] == ["a", "b", "b"]


def test_an_engine_whose_catalogue_stays_is_not_compiled_again() -> None:
    engines = Engines(engine_of)
    engines.take_scorer("1")  # type: ignore[arg-type]
    engines.take_stages((stage("a"), stage("b", 1)))
    kept = engines.at(NOW + timedelta(days=1))
    engines.take_stages((stage("b"), stage("c", 2)))
    assert engines.at(NOW) is kept


def test_a_champion_that_does_not_fit_leaves_the_former_one() -> None:
    engines = Engines(engine_of)
    engines.take_stages((stage("a"),))
    engines.take_scorer("1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="does not fit"):
        engines.take_scorer("misfit")  # type: ignore[arg-type]
    assert (engines.scorer, made(engines, NOW)) == ("1", ("a", "1"))


def test_while_both_are_swapped_every_reader_gets_an_engine_and_the_last_of_each_remains() -> None:
    engines = Engines(engine_of)
    engines.take_stages((stage("0"),))
    engines.take_scorer("0")  # type: ignore[arg-type]
    seen: list[tuple[str, Any]] = []
    swapping = [
        Thread(target=lambda: [engines.take_scorer(str(i)) for i in range(1, 301)]),  # type: ignore[arg-type, func-returns-value]
        Thread(target=lambda: [engines.take_stages((stage(str(i)),)) for i in range(1, 301)]),  # type: ignore[func-returns-value]
    ]
    for thread in swapping:
        thread.start()
    while any(thread.is_alive() for thread in swapping):
        seen.append(made(engines, NOW))
    for thread in swapping:
        thread.join()
    assert made(engines, NOW) == ("300", "300")
    assert [int(version) for version, _ in seen] == sorted(int(version) for version, _ in seen)
    assert [int(scorer) for _, scorer in seen] == sorted(int(scorer) for _, scorer in seen)
