"""The champion in use: loaded at start from a verified local copy, swapped in one assignment when the alias moves."""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from recommender.errors import HeraldError, ModelError, NoChampionError, SchemaMismatchError
from recommender.identifiers import ModelVersion
from recommender.pipeline import Engine
from recommender.ports import Scorer
from serving.versions.copies import MODEL, Aliased, Load, copy_whole
from serving.versions.engines import Engines

log = logging.getLogger("herald.champion")

ALIAS = "champion"
PASSED = "passed"
_POINTER = "current.json"
_MISFIT = "restart the server if its store has grown since it started, else train again: `herald train DESCRIPTOR`"


class Champion:
    """Keeps the champion in the engines in use. Readers take an engine once per request: no swap mixes two models."""

    def __init__(self, folder: Path, load: Load, engines: Engines) -> None:
        self._folder = folder
        self._load = load
        self._engines = engines
        self._refused: ModelVersion | None = None
        self._misfit: tuple[ModelVersion, str] | None = None
        self.trouble = ""
        self.on_swap: Callable[[ModelVersion], None] = lambda version: None

    def engine_at(self, at: datetime) -> Engine:
        """The engine for a decision at that time: the champion with the catalogue in force then.

        Raises NoChampionError.
        """
        return self._engines.at(at) or self._none()

    def get_version(self) -> ModelVersion:
        """The champion in use. Raises NoChampionError."""
        scorer = self._engines.scorer
        return self._none() if scorer is None else scorer.version

    @property
    def loaded(self) -> bool:
        return self._engines.scorer is not None

    def _none(self) -> NoReturn:
        if self.trouble:
            raise NoChampionError(self.trouble)  # which says how to mend it
        raise NoChampionError(
            f"no version of {MODEL} carries the alias {ALIAS} yet",
            mend="run `herald train DESCRIPTOR`; the server takes the champion up without a restart",
        )

    def load_local(self) -> None:
        """Take up the last verified local copy, if there is one; a damaged one is left to the registry."""
        try:
            version = ModelVersion(json.loads((self._folder / _POINTER).read_text())["version"])
            self._swap(version)
        except FileNotFoundError:
            log.warning("champion_not_copied_yet", extra={"folder": str(self._folder)})
        except (OSError, ValueError, KeyError, HeraldError) as error:
            self.trouble = f"the local copy of the champion cannot be used: {error}"
            log.error("champion_refused", extra={"reason": self.trouble})

    def ask(self, look: Callable[[], Aliased | None]) -> bool:
        """Look at the registry and follow it; one that cannot be asked is said once and the champion in use kept."""
        try:
            aliased = look()
        except Exception as error:
            why = " ".join(str(error).split())[:200]
            trouble = f"the model registry cannot be asked: {why}; start it, or mend HERALD_SERVING_MLFLOW_URI"
            if trouble != self.trouble:
                log.error("registry_unreachable", extra={"reason": trouble})
            self.trouble = trouble
            return False
        return self.follow(aliased)

    def follow(self, aliased: Aliased | None) -> bool:
        """Take up what the alias names now; True when the champion changed. What does not fit is refused and said."""
        if aliased is None:
            return False
        if self.loaded and self.get_version() == aliased.version:
            self.trouble = ""
            return False
        if self._misfit is not None and self._misfit[0] == aliased.version:
            # the store's schema is read at start, so fetching it again would end the same way every few seconds
            self.trouble = self._misfit[1]
            return False
        try:
            if aliased.verdict != PASSED:
                raise ModelError(
                    f"version {aliased.version} of {MODEL} has the verdict {aliased.verdict or 'none'}, not {PASSED}",
                    mend="promote a version that passed the gates",
                )
            copy_whole(aliased, self._folder, self._load)
            self._swap(aliased.version)
        except (OSError, HeraldError) as error:
            self.trouble = str(error)
            if isinstance(error, SchemaMismatchError):
                self._misfit = (aliased.version, self.trouble)
            if self._refused != aliased.version:
                log.error("champion_refused", extra={"version": aliased.version, "reason": str(error)})
            self._refused = aliased.version
            return False
        self._point(aliased.version)
        return True

    def _swap(self, version: ModelVersion) -> None:
        self._engines.take_scorer(self._load(self._folder / version, version))
        self.trouble = ""
        self._refused = None
        log.info("champion_taken_up", extra={"version": version})
        self.on_swap(version)

    def _point(self, version: ModelVersion) -> None:
        written = self._folder / f"{_POINTER}.new"
        written.write_text(json.dumps({"version": version}))
        written.replace(self._folder / _POINTER)


def check_fits(scorer: Scorer, feature_names: tuple[str, ...], schema_digest: str) -> None:
    """Return when the model was trained on this store's features. Raises SchemaMismatchError naming where not."""
    if scorer.feature_names != feature_names:
        pairs = enumerate(zip(scorer.feature_names, feature_names, strict=False))
        first = next((f"column {i}: {a} in the model, {b} in the store" for i, (a, b) in pairs if a != b), "")
        count = f"{len(scorer.feature_names)} columns in the model, {len(feature_names)} in the store"
        raise SchemaMismatchError(
            f"model version {scorer.version} and the feature store differ ({first or count})",
            mend=_MISFIT,
        )
    if scorer.schema_digest != schema_digest:
        raise SchemaMismatchError(
            f"model version {scorer.version} was trained on another feature schema (same names, other meaning)",
            mend=_MISFIT,
        )
