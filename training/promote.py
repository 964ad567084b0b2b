"""Moves the alias `champion`: only to a version whose verdict is passed, and with the name of who answers for it."""

from typing import TYPE_CHECKING

from recommender.errors import ModelError
from training.gates import PASSED
from training.registry import APPROVED_BY, CHAMPION, DATASET, MODEL, REASONS, VERDICT

if TYPE_CHECKING:
    from mlflow import MlflowClient

BY_GATES = "gates of herald train"
"""Who answers for a version that a training promoted by itself."""


def promote(client: "MlflowClient", dataset: str, version: str, approved_by: str) -> None:
    """Make a version champion. Raises ModelError, and leaves the champion as it was, when it may not be."""
    from mlflow.exceptions import MlflowException

    if not approved_by.strip():
        raise ModelError("a promotion needs the name of who answers for it", mend="--approve 'Name'")
    try:
        found = client.get_model_version(MODEL, version)
    except MlflowException as error:
        raise ModelError(
            f"{MODEL} has no version {version}", mend="see the versions in the MLflow UI, or run `herald train`"
        ) from error
    tags = found.tags
    if tags.get(DATASET) != dataset:
        raise ModelError(
            f"version {version} of {MODEL} was trained on {tags.get(DATASET, 'an unknown dataset')}, not on {dataset}",
            mend="name the descriptor it was trained with",
        )
    if tags.get(VERDICT) != PASSED:
        raise ModelError(
            f"version {version} of {MODEL} has the verdict {tags.get(VERDICT, 'none')}"
            f" ({tags.get(REASONS, 'no reasons were recorded')})",
            mend="train a better one; the champion is as it was",
        )
    client.set_model_version_tag(MODEL, version, APPROVED_BY, approved_by.strip())
    client.set_registered_model_alias(MODEL, CHAMPION, version)
