"""Stand-ins for the core's ports, and knowledge made by hand: fakes, not mocks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from recommender.facts import Holding, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import CitizenId, EventType, ModelVersion, NeedKey, ServiceId
from recommender.instants import to_us
from recommender.ports import FloatMatrix


class FixedScorer:
    """Gives every citizen the same scores, by need key."""

    def __init__(
        self,
        scores: Mapping[NeedKey, float],
        *,
        thresholds: Mapping[NeedKey, float] | None = None,
        feature_names: Sequence[str] = ("one",),
        schema_digest: str = "0" * 32,
        version: str = "fixed-1",
    ) -> None:
        self.version = ModelVersion(version)
        self.need_keys = tuple(scores)
        self.feature_names = tuple(feature_names)
        self.schema_digest = schema_digest
        self.thresholds = dict(thresholds or {})
        self._row = np.array([list(scores.values())], dtype=np.float32)

    def score(self, features: FloatMatrix) -> FloatMatrix:
        return np.repeat(self._row, len(features), axis=0)


class StateVectoriser:
    """The first columns of the state as they are; unknown and non-numbers are NaN."""

    def __init__(self, feature_names: Sequence[str] = ("one",), schema_digest: str = "0" * 32) -> None:
        self.feature_names = tuple(feature_names)
        self.schema_digest = schema_digest

    def vector(self, knowledge: Knowledge) -> FloatMatrix:
        wanted = len(self.feature_names)
        given = [np.nan if v is None or isinstance(v, str) else float(v) for v in knowledge.state[:wanted]]
        with np.errstate(over="ignore"):
            return np.array([given + [np.nan] * (wanted - len(given))], dtype=np.float32)


def knowledge_of(
    as_of: datetime,
    attributes: Mapping[str, Scalar | None] | None = None,
    *,
    recent: Sequence[RecordedEvent] = (),
    covered_from: Mapping[EventType, datetime | None] | None = None,
    holdings: Mapping[ServiceId, Holding] | None = None,
    citizen_id: str = "citizen-1",
) -> Knowledge:
    """What is known about one citizen; `state` is the attributes' values in the order of their names."""
    given = dict(attributes or {})
    happened: dict[EventType, tuple[int, ...]] = {}
    for event in recent:
        earlier = happened.get(event.event_type, ())
        happened[event.event_type] = tuple(sorted((*earlier, event.happened_us), reverse=True))
    covered = {kind: None if at is None else to_us(at) for kind, at in (covered_from or {}).items()}
    state = tuple(given[name] for name in sorted(given))
    return Knowledge(
        CitizenId(citizen_id), as_of, given, happened, covered, dict(holdings or {}), tuple(recent), state, "0" * 32
    )
