"""Local copies of models: what an alias names is copied whole and verified, or not at all."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from recommender.identifiers import ModelVersion
from recommender.ports import Scorer

MODEL = "herald-needs"

Load = Callable[[Path, ModelVersion], Scorer]
"""Reads and verifies a folder: `recommender.adapters.lightgbm_scorer.load_scorer`."""


@dataclass(frozen=True, slots=True)
class Aliased:
    """The model version that an alias names in the registry. `fetch` copies its scorer folder to a path."""

    version: ModelVersion
    verdict: str
    fetch: Callable[[Path], None]


def copy_whole(aliased: Aliased, folder: Path, load: Load) -> Scorer:
    """Fetch beside the place, verify by loading, then rename: a killed copy never looks like a whole one.

    folder : holds one folder a version. Raises what `fetch` and `load` do.
    """
    folder.mkdir(parents=True, exist_ok=True)
    room = Path(mkdtemp(prefix="fetching-", dir=folder))
    try:
        aliased.fetch(room / "scorer")
        scorer = load(room / "scorer", aliased.version)
        target = folder / aliased.version
        shutil.rmtree(target, ignore_errors=True)
        (room / "scorer").rename(target)
        return scorer
    finally:
        shutil.rmtree(room, ignore_errors=True)
