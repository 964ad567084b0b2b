"""A dataset's place: its descriptor, its workspace, and what follows from them and the settings."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.descriptor import Descriptor, GroundSpec, load_descriptor
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from recommender.adapters.yaml_catalogue import checked_content
from recommender.clock import Clock, SimulatedClock, SystemClock
from recommender.errors import DescriptorError
from recommender.identifiers import CitizenId
from recommender.identity import pseudonymise
from recommender.instants import from_us
from recommender.policy import PushPolicy
from serving.database import facts
from serving.database.connect import Database, open_database
from serving.settings import ServingSettings

PURPOSE = "inform"


@dataclass(frozen=True)
class Place:
    """Where a dataset's state lies, and what its descriptor says."""

    descriptor: Descriptor
    workspace: Workspace
    features: FeatureSettings

    @classmethod
    def find(cls, descriptor_file: Path, var: Path | None) -> "Place":
        """Raises DescriptorError, and WorkspaceError when nothing was ingested."""
        descriptor = load_descriptor(descriptor_file)
        settings = read_settings(FeatureSettings, **({} if var is None else {"var": var}))
        workspace = Workspace(settings.var / descriptor.dataset)
        workspace.need(workspace.schema_file, f"run `herald ingest {descriptor_file}`")
        return cls(descriptor, workspace, settings)

    def catalogue_content(self) -> bytes:
        """The canonical content of the descriptor's catalogue.

        Raises CatalogueError, and DescriptorError when the descriptor names none.
        """
        folder = self.descriptor.catalogue_folder
        if folder is None:
            raise DescriptorError(
                "the descriptor names no catalogue", mend="set `catalogue:` to the folder of services"
            )
        return checked_content(folder)

    def identify(self, register_number: str) -> CitizenId:
        """The citizen whom a register calls so: hashed, unless the dataset's citizens are pseudonyms already."""
        if self.descriptor.hashes:
            return pseudonymise(register_number, self.features.key())
        return CitizenId(register_number.strip())

    @property
    def ground(self) -> object:
        """`legal_ground.inform` as `serving.deciding.grounds` takes it."""
        named = self.descriptor.legal_ground.get(PURPOSE)
        if isinstance(named, GroundSpec):
            return {"law": named.law} if named.law else {"column": named.column}
        return named


def database_url(settings: ServingSettings, workspace: Workspace) -> str:
    """The operational database's address: the setting's, or SQLite in the workspace."""
    return settings.database_url or f"sqlite:///{workspace.operational_db.absolute()}"


def mlflow_address(settings: ServingSettings, workspace: Workspace) -> tuple[str, Path | None]:
    """The registry's address, and the SQLite file behind it, if it is one."""
    if settings.mlflow_uri:
        return settings.mlflow_uri, None
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    return f"sqlite:///{workspace.mlflow_db.absolute()}", workspace.mlflow_db


def clock_of(start: datetime | None, database: Database) -> Clock:
    """The system's clock, or a simulated one from `start`, though never before what is already on record."""
    if start is None:
        return SystemClock()
    with database.read() as conn:
        latest = facts.latest_known(conn)
    return SimulatedClock(start if latest is None else max(start, from_us(latest)))


def policy_of(settings: ServingSettings) -> PushPolicy:
    """The push policy with the settings' numbers."""
    return PushPolicy(
        per_day=settings.push_per_day,
        per_week=settings.push_per_week,
        per_month=settings.push_per_month,
        reserve_notifications=settings.push_reserve,
        deadline_reserve_days=settings.push_reserve_days,
        service_days=settings.push_service_days,
        intimate_days=settings.push_intimate_days,
        reminder_days=settings.push_reminder_days,
        not_now_days=settings.push_not_now_days,
        anticipated_again_days=settings.push_again_days,
        household_days=settings.push_household_days,
    )


def open_operational(descriptor_file: Path, var: Path | None, settings: ServingSettings) -> Database:
    """A dataset's operational database, brought up to date."""
    return open_database(database_url(settings, Place.find(descriptor_file, var).workspace))
