"""Models by version, for replays: the verified local copy that a server left, else out of the registry."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from recommender.errors import HeraldError, ModelError
from recommender.identifiers import ModelVersion
from recommender.ports import Scorer
from serving.versions.copies import MODEL, Load

Fetch = Callable[[ModelVersion, Path], None]
"""Copies the scorer folder of a registered version to a path."""


@dataclass(frozen=True, slots=True)
class Models:
    """Reads models. folder: the champion's, with one folder a version in it, which this only reads."""

    folder: Path
    load: Load
    fetch: Fetch

    def scorer(self, version: ModelVersion) -> Scorer:
        """Raises ModelError when neither the folder nor the registry has that version whole."""
        if Path(version).name == version and (self.folder / version).is_dir():
            try:
                return self.load(self.folder / version, version)
            except HeraldError:
                pass  # a damaged copy; the registry may have it whole
        room = Path(mkdtemp(prefix="herald-model-"))
        try:
            self.fetch(version, room / "scorer")
            return self.load(room / "scorer", version)
        except HeraldError:
            raise
        except Exception as error:
            why = " ".join(str(error).split())[:200]
            raise ModelError(
                f"version {version} of {MODEL} cannot be had from the registry: {why}",
                mend="start the registry, mend HERALD_SERVING_MLFLOW_URI, or restore it from its backup",
            ) from error
        finally:
            shutil.rmtree(room, ignore_errors=True)
