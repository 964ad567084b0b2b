"""The core's ports: what it needs from the other rooms, each a promise that `recommender.testing` checks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.facts import Fact, Knowledge
from recommender.identifiers import CitizenId, ModelVersion, NeedKey

FloatMatrix = npt.NDArray[np.float32]


class Vectoriser(Protocol):
    """Turns knowledge into the model's features; the same functions build the training matrix (promise 7)."""

    @property
    def feature_names(self) -> tuple[str, ...]: ...

    @property
    def schema_digest(self) -> str: ...

    def vector(self, knowledge: Knowledge) -> FloatMatrix:
        """Shape (1, len(feature_names)), float32, NaN is unknown; as of `knowledge.as_of`."""
        ...


class Scorer(Protocol):
    """A model: calibrated probability of each need key within the horizon. Never an eligibility.

    Promise: thread-safe, one thread per call, the same bytes for the same input and version.
    """

    @property
    def version(self) -> ModelVersion: ...

    @property
    def need_keys(self) -> tuple[NeedKey, ...]: ...

    @property
    def feature_names(self) -> tuple[str, ...]: ...

    @property
    def schema_digest(self) -> str: ...

    @property
    def thresholds(self) -> Mapping[NeedKey, float]:
        """Least score at which a forecast alone may be pushed, for a stated precision on the validation period."""
        ...

    def score(self, features: FloatMatrix) -> FloatMatrix:
        """Shape (n, len(need_keys)), float32 in [0, 1], for features of shape (n, len(feature_names))."""
        ...


class OnlineFeatures(Protocol):
    """What is known now about one citizen, rebuilt from the log and the offline store at will."""

    def read(self, citizen_id: CitizenId, as_of: datetime) -> Knowledge | None:
        """What is stored about the citizen, seen at `as_of`; None when the citizen is not known here."""
        ...

    def refresh(self, citizen_id: CitizenId, accepted: Sequence[Fact], as_of: datetime) -> Knowledge:
        """Recompute the citizen's stored state from the offline store's facts and all `accepted` ones of the log.

        Facts known after `as_of` are left out. Never increments: doing it twice, or after a kill, gives the same.
        A citizen without offline facts is made known by it.
        """
        ...
