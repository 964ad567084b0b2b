"""MLflow's model registry: where the models are, and which one is champion."""

import fcntl
import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from features.workspace import Workspace
from recommender.disk import room_for
from recommender.errors import WorkspaceError

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL = "herald-needs"
CHAMPION, CHALLENGER = "champion", "challenger"
VERDICT, REASONS, APPROVED_BY = "verdict", "verdict_reasons", "approved_by"
SCHEMA_DIGEST, DATASET = "schema_digest", "dataset"
_LOCK_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Registry:
    """An MLflow server's address. file: the SQLite file behind it, None for a server; artifacts: where files go."""

    address: str
    artifacts: str
    file: Path | None

    def open(self) -> "MlflowClient":
        """A client, the database migrated. Raises WorkspaceError when it is locked or cannot be reached."""
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        os.environ["DO_NOT_TRACK"] = "true"
        if self.file is None:
            return _client(self.address)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # Two first starts at once would both migrate and one would fail, so they take turns.
        with _turn(self.file.with_name(f".{self.file.name}.turn")), quiet():
            if not self.file.exists():
                _make(self.file)
            check_free(self.file)
            return _client(self.address)

    def experiment(self, client: "MlflowClient", name: str) -> str:
        """The id of an experiment; it is made when absent."""
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        return str(client.create_experiment(name, artifact_location=self.artifacts or None))


def registry_of(workspace: Workspace, address: str = "") -> Registry:
    """The registry by setting: a server's address, else SQLite and a folder beside the workspace."""
    if address:
        return Registry(address, "", None)
    file = workspace.mlflow_db.absolute()
    return Registry(f"sqlite:///{file}", workspace.mlflow_artifacts.absolute().as_uri(), file)


def champion_version(client: "MlflowClient") -> str | None:
    """The version that servers use; None when there is none."""
    return aliased_version(client, CHAMPION)


def aliased_version(client: "MlflowClient", alias: str) -> str | None:
    """The version that carries the alias; None when there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_model_version_by_alias(MODEL, alias).version)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _make(file: Path) -> None:
    """Migrate a database beside its place and rename it when whole.

    MLflow never recovers from a migration that was killed or met a full disk half-way.
    """
    draft = file.with_name(f".{file.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        _client(f"sqlite:///{draft}")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def check_free(file: Path) -> None:
    """Return when the SQLite file can be written. Raises WorkspaceError when another process keeps it locked.

    MLflow itself would try to connect for minutes before it says so.
    """
    try:
        with sqlite3.connect(file, timeout=_LOCK_WAIT_S) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        raise WorkspaceError(
            f"MLflow's database {file} cannot be written ({error})",
            mend="end the process that holds it and run the command again; the champion is as it was",
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """MLflow's migrations configure the root logger and silence others; afterwards all is as it was.

    Its advice to log an input example is left unsaid too: an example would be a person's row.
    """
    import mlflow  # noqa: F401  # sets its own loggers when it is first imported, so that comes before they are quieted

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    disabled = {name: logger.disabled for name, logger in _loggers().items()}
    noisy = [logging.getLogger(name) for name in ("mlflow", "alembic")]
    levels = [logger.level for logger in noisy]
    for logger in noisy:
        logger.setLevel(logging.CRITICAL)  # what MLflow cannot do it raises too: told once, in one line, by `told_by`
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for logger, before in zip(noisy, levels, strict=True):
            logger.setLevel(before)
        for name, logger in _loggers().items():
            logger.disabled = disabled.get(name, False)


def _loggers() -> dict[str, logging.Logger]:
    known = logging.Logger.manager.loggerDict
    return {name: logger for name, logger in known.items() if isinstance(logger, logging.Logger)}


def _client(address: str) -> "MlflowClient":
    import mlflow

    with told_by(address):
        mlflow.set_tracking_uri(address)
        mlflow.set_registry_uri(address)
        client = mlflow.MlflowClient(tracking_uri=address, registry_uri=address)
        client.search_experiments(max_results=1)
    return client


@contextmanager
def told_by(address: str) -> Iterator[None]:
    """What MLflow at that address meets is one clear line. Raises WorkspaceError."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    where = f"MLflow at {address.removeprefix('sqlite:///')}"
    try:
        with room_for(where, "make room and run the command again; the champion is as it was"):
            yield
    except (MlflowException, SQLAlchemyError) as error:
        why = " ".join(str(error).split())[:200]
        if address.startswith("sqlite"):
            mend = "end what holds the file, or move it away if it is damaged, and run the command again"
        else:
            mend = "start it, or unset HERALD_TRAINING_MLFLOW_URI to use SQLite"
        raise WorkspaceError(f"{where} does not answer ({why})", mend=f"{mend}; the champion is as it was") from error


@contextmanager
def _turn(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
