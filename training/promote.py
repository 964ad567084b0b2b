"""Moves the alias `champion`: only to a version whose verdict is passed, and with the name of who answers for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from recommender.errors import ModelError
from training.gates import PASSED
from training.registry import (
    APPROVED_BY,
    CHALLENGER,
    CHAMPION,
    DATASET,
    MODEL,
    REASONS,
    VERDICT,
    aliased_version,
    champion_version,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

BY_GATES = "gates of herald train"
"""Who answers for a version that a training promoted by itself."""
ROLLED_BACK_BY = "rolled_back_by"
_CHAMPIONS = "champions_of_"
_KEPT = 50


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
    _remember(client, dataset, [*(each for each in champions(client, dataset) if each != version), version])
    if aliased_version(client, CHALLENGER) == version:
        client.delete_registered_model_alias(MODEL, CHALLENGER)


def challenge(client: "MlflowClient", version: str) -> None:
    """A version that passed waits for its approval: `herald promote` names it, and whoever looks in MLflow sees it."""
    client.set_registered_model_alias(MODEL, CHALLENGER, version)


def roll_back(client: "MlflowClient", dataset: str, approved_by: str) -> str:
    """Make the champion before this one champion again; gives its version.

    Raises ModelError, and leaves the champion as it was, when there was none before or nobody answers for it.
    """
    if not approved_by.strip():
        raise ModelError("a rollback needs the name of who answers for it", mend="--approve 'Name'")
    told = champions(client, dataset)
    now = champion_version(client)
    if len(told) < 2 or told[-1] != now:
        raise ModelError(
            f"no champion of {dataset} came before version {now or 'none'}",
            mend="promote the version that is wanted: `herald promote DESCRIPTOR VERSION --approve NAME`",
        )
    client.set_model_version_tag(MODEL, told[-1], ROLLED_BACK_BY, approved_by.strip())
    client.set_registered_model_alias(MODEL, CHAMPION, told[-2])
    _remember(client, dataset, told[:-1])
    return told[-2]


def champions(client: "MlflowClient", dataset: str) -> list[str]:
    """The versions that were champion of a dataset and not rolled back, oldest first."""
    return str(client.get_registered_model(MODEL).tags.get(f"{_CHAMPIONS}{dataset}", "")).split()


def _remember(client: "MlflowClient", dataset: str, versions: Sequence[str]) -> None:
    client.set_registered_model_tag(MODEL, f"{_CHAMPIONS}{dataset}", " ".join(versions[-_KEPT:]))
