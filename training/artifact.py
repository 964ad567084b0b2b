"""Writes a scorer's folder: what `recommender.adapters.lightgbm_scorer` reads, verified by digests."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.schema import FeatureSchema
from features.vectors import SchemaVectoriser
from recommender.adapters.lightgbm_scorer import DESCRIPTION, FORMAT, MANIFEST, MODEL
from training.calibration import Calibration


@dataclass(frozen=True, slots=True)
class ScorerParts:
    """All that a scorer is made of. about: what a reader wants to know (label words, horizon, recipe, digests)."""

    forest: str
    need_keys: tuple[str, ...]
    schema: FeatureSchema
    calibration: Calibration
    thresholds: Mapping[str, float]
    about: Mapping[str, Any]

    def write(self, folder: Path) -> Path:
        """Write the folder; equal parts give equal bytes. Gives the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        description = {
            **self.about,
            "format": FORMAT,
            "kind": "lightgbm: one forest per need key, merged",
            "need_keys": list(self.need_keys),
            "feature_names": list(SchemaVectoriser(self.schema).feature_names),
            "schema": json.loads(self.schema.to_json()),
            "schema_digest": self.schema.digest,
            "calibration": self.calibration.told(self.need_keys),
            "thresholds": dict(self.thresholds),
        }
        (folder / MODEL).write_text(self.forest, encoding="utf-8")
        (folder / DESCRIPTION).write_text(
            json.dumps(description, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8"
        )
        listed = {name: digest_of(folder / name) for name in (MODEL, DESCRIPTION)}
        (folder / MANIFEST).write_text(json.dumps(listed, indent=1, sort_keys=True), encoding="utf-8")
        return folder


def digests_of_parts(parts: ScorerParts) -> dict[str, str]:
    """A digest of each part that decides a score, and of both files: two trainings that agree gave the same model."""
    described = {
        "calibration": parts.calibration.told(parts.need_keys),
        "thresholds": dict(parts.thresholds),
        "schema": parts.schema.digest,
        "need_keys": list(parts.need_keys),
        "about": dict(parts.about),
    }
    told = {name: json.dumps(said, sort_keys=True).encode() for name, said in described.items()}
    told["forest"] = parts.forest.encode()
    return {name: hashlib.sha256(said).hexdigest() for name, said in sorted(told.items())}


def digest_of(file: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
