"""Looks at the alias in MLflow, in a background thread: MLflow takes seconds to import."""

import os
from collections.abc import Callable
from pathlib import Path

from recommender.errors import ModelError
from recommender.identifiers import ModelVersion
from serving.versions.copies import MODEL, Aliased

SCORER = "artifacts/scorer"
"""Folder of the logged model's artifacts that holds the scorer."""


def registry_lookup(uri: str, file: Path | None, alias: str) -> Callable[[], Aliased | None]:
    """A function that says what an alias names now; None when nothing does.

    uri  : address of the MLflow tracking server and registry.
    file : the SQLite file behind it; while it is absent MLflow is not asked, because asking would create it and race
           with the training run that migrates it.
    """

    def look() -> Aliased | None:
        if file is not None and not file.is_file():
            return None
        return _aliased(uri, alias)

    return look


def _aliased(uri: str, alias: str) -> Aliased | None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    try:
        found = client.get_model_version_by_alias(MODEL, alias)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
    version = ModelVersion(str(found.version))

    return Aliased(
        version=version,
        verdict=found.tags.get("verdict", "") if found.tags.get("approved_by") else "no approval",
        fetch=lambda target: _download(uri, version, target),
    )


def registry_fetch(uri: str, file: Path | None) -> Callable[[ModelVersion, Path], None]:
    """A function that copies the scorer folder of a registered version to a path. file: as for `registry_lookup`.

    What it raises is MLflow's, or ModelError when there is no registry.
    """

    def fetch(version: ModelVersion, target: Path) -> None:
        if file is not None and not file.is_file():
            raise ModelError(f"there is no model registry at {file}", mend="restore it from its backup")
        _download(uri, version, target)

    return fetch


def _download(uri: str, version: ModelVersion, target: Path) -> None:
    from mlflow import MlflowClient
    from mlflow.artifacts import download_artifacts

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    source = MlflowClient(tracking_uri=uri, registry_uri=uri).get_model_version_download_uri(MODEL, version)
    fetched = download_artifacts(artifact_uri=f"{source}/{SCORER}", dst_path=str(target.parent), tracking_uri=uri)
    if Path(fetched) != target:
        Path(fetched).rename(target)
