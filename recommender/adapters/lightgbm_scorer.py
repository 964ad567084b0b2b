"""A trained model from its folder: one LightGBM forest with an output per need key, calibrated, verified at load.

model.txt        the forest; output k is the raw score (log odds) of need key k
scorer.json      need keys, feature names in order, schema and its digest, calibration, thresholds, digests
manifest.json    sha256 of every other file
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from recommender.errors import ModelError, SchemaMismatchError
from recommender.identifiers import ModelVersion, NeedKey
from recommender.ports import FloatMatrix

FORMAT = 1
MODEL, DESCRIPTION, MANIFEST = "model.txt", "scorer.json", "manifest.json"
_MEND = "train and promote again: `herald train DESCRIPTOR`"


@dataclass(frozen=True, slots=True)
class LightGBMScorer:
    """Implements the Scorer port. Probability of need k: 1 / (1 + exp(-(slope[k] * raw[k] + intercept[k]))).

    about : all of scorer.json, the feature schema included.
    """

    version: ModelVersion
    need_keys: tuple[NeedKey, ...]
    feature_names: tuple[str, ...]
    schema_digest: str
    thresholds: Mapping[NeedKey, float]
    about: Mapping[str, Any]
    forest: lightgbm.Booster
    slope: npt.NDArray[np.float64]
    intercept: npt.NDArray[np.float64]

    def score(self, features: FloatMatrix) -> FloatMatrix:
        """Raises SchemaMismatchError when the number of columns is not the model's."""
        if features.shape[1] != len(self.feature_names):
            raise SchemaMismatchError(
                f"model version {self.version} takes {len(self.feature_names)} features, got {features.shape[1]}",
                mend=_MEND,
            )
        if not len(features):
            return np.empty((0, len(self.need_keys)), dtype=np.float32)
        odds = self.raw(features) * self.slope + self.intercept
        # Clipped, so that float32 neither overflows in exp nor rounds a probability to 0 or 1 and breaks a log loss.
        return (1 / (1 + np.exp(-np.clip(odds, -16.0, 16.0)))).astype(np.float32)

    def raw(self, features: FloatMatrix) -> npt.NDArray[np.float64]:
        """The forest's own log odds, before calibration, shape (n, len(need_keys)); one thread."""
        found = self.forest.predict(features, raw_score=True, num_threads=1)
        return np.asarray(found, dtype=np.float64).reshape(len(features), -1)


def forest_names(feature_names: Sequence[str]) -> list[str]:
    """The names in model.txt: place and name, without the characters that LightGBM refuses; never two alike."""
    return [f"{place}_{re.sub(r'[^A-Za-z0-9_]', '_', name)}" for place, name in enumerate(feature_names)]


def load_scorer(folder: Path, version: ModelVersion) -> LightGBMScorer:
    """Read and verify a scorer's folder.

    Raises ModelError for a missing or changed file and SchemaMismatchError when the forest's columns are not those
    that scorer.json names, in that order.
    """
    _verify(folder)
    try:
        about: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise ModelError(f"{folder}: a scorer of format {about['format']!r}, known is {FORMAT}", mend=_MEND)
        text = (folder / MODEL).read_text(encoding="utf-8")
        forest = lightgbm.Booster(model_str=text)
        needs = tuple(NeedKey(key) for key in about["need_keys"])
        calibration = about["calibration"]
        scorer = LightGBMScorer(
            version=version,
            need_keys=needs,
            feature_names=tuple(about["feature_names"]),
            schema_digest=about["schema_digest"],
            thresholds=MappingProxyType({NeedKey(key): float(least) for key, least in about["thresholds"].items()}),
            about=MappingProxyType(about),
            forest=forest,
            slope=np.array([calibration[key]["slope"] for key in needs], dtype=np.float64),
            intercept=np.array([calibration[key]["intercept"] for key in needs], dtype=np.float64),
        )
    except (OSError, ValueError, KeyError, TypeError, lightgbm.basic.LightGBMError) as error:
        raise ModelError(f"{folder}: the scorer cannot be read ({error})", mend=_MEND) from error
    _check_columns(scorer, folder)
    return scorer


def _verify(folder: Path) -> None:
    try:
        listed: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        lacking = sorted({MODEL, DESCRIPTION} - set(listed))
        if lacking:
            raise ModelError(f"{folder / MANIFEST} does not list {lacking[0]}", mend=_MEND)
        for name, digest in listed.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise ModelError(f"{folder / name} was changed after training", mend=_MEND)
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"{folder}: the scorer is not whole ({error})", mend=_MEND) from error


def _check_columns(scorer: LightGBMScorer, folder: Path) -> None:
    wanted, found = forest_names(scorer.feature_names), scorer.forest.feature_name()
    if wanted != found:
        pairs = zip(wanted, found, strict=False)
        first = next((f"{a} in scorer.json, {b} in the forest" for a, b in pairs if a != b), "their number")
        raise SchemaMismatchError(f"{folder}: the forest's columns differ from scorer.json: {first}", mend=_MEND)
    if scorer.forest.num_model_per_iteration() != max(len(scorer.need_keys), 1):
        raise SchemaMismatchError(f"{folder}: the forest's outputs are not the need keys", mend=_MEND)
