"""The model of a place that has none yet: every score is unknown, rules and recorded facts still work."""

from collections.abc import Mapping

import numpy as np

from recommender.identifiers import ModelVersion, NeedKey
from recommender.ports import FloatMatrix


class NoScorer:
    """A Scorer without need keys. Triggered services are told in the catalogue's order; nothing is predicted."""

    version = ModelVersion("none")
    need_keys: tuple[NeedKey, ...] = ()
    feature_names: tuple[str, ...] = ()
    schema_digest = ""
    thresholds: Mapping[NeedKey, float] = {}

    def score(self, features: FloatMatrix) -> FloatMatrix:
        return np.empty((len(features), 0), dtype=np.float32)
