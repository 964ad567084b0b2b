"""The engines in use: the champion with the catalogue in force now, and with those that are coming into force."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from recommender.catalogue import Catalogue
from recommender.pipeline import Engine
from recommender.ports import Scorer

EngineOf = Callable[[Catalogue, Scorer], Engine]
"""Puts both together with vectoriser and policy. Raises SchemaMismatchError when the scorer does not fit."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A catalogue that is in force from an instant on, until the next one is."""

    since: datetime
    catalogue: Catalogue


def place_at(stages: Sequence[Stage], at: datetime) -> int:
    """Which of the stages, in order of time and at least one, holds at a time; the first one holds before it too."""
    return max(bisect_right(stages, at, key=lambda stage: stage.since) - 1, 0)


class Engines:
    """One engine per stage. A decision takes its own by its own time, once, so that it never mixes two versions.

    Scorer and stages are changed by two background threads, each of which makes the engines first and then swaps all
    of them in one assignment.
    """

    def __init__(self, engine_of: EngineOf) -> None:
        self._engine_of = engine_of
        self._changing = Lock()
        self._scorer: Scorer | None = None
        self._stages: tuple[Stage, ...] = ()
        self._made: tuple[tuple[Stage, ...], tuple[Engine, ...]] = ((), ())

    @property
    def scorer(self) -> Scorer | None:
        """The champion; None as long as there is none."""
        return self._scorer

    def at(self, at: datetime) -> Engine | None:
        """The engine for a decision at that time; None as long as there is no champion, or no catalogue."""
        stages, engines = self._made
        return engines[place_at(stages, at)] if engines else None

    def take_scorer(self, scorer: Scorer) -> None:
        """Use another champion. Raises what `engine_of` does, and the former one stays."""
        with self._changing:
            engines = tuple(self._engine_of(stage.catalogue, scorer) for stage in self._stages)
            self._scorer = scorer
            self._made = (self._stages, engines)

    def take_stages(self, stages: tuple[Stage, ...]) -> None:
        """Use other catalogues; an engine whose catalogue stays is kept. Raises what `engine_of` does."""
        with self._changing:
            scorer = self._scorer
            if scorer is not None:
                kept = {engine.catalogue.version: engine for engine in self._made[1]}
                engines = tuple(
                    kept.get(stage.catalogue.version) or self._engine_of(stage.catalogue, scorer) for stage in stages
                )
                self._made = (stages, engines)
            self._stages = stages
