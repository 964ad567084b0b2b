"""A world taken through the real ingest, for tests."""

from collections.abc import Mapping
from pathlib import Path

from features.descriptor import Descriptor
from features.ingest.run import ingest
from features.settings import FeatureSettings
from features.states import build_states
from features.testing.worlds import World, write_world
from features.workspace import Workspace
from recommender.adapters.settings import read_settings

SETTINGS = read_settings(FeatureSettings, online_store="sqlite")


def load_world(world: World, folder: Path, log: frozenset[str] = frozenset()) -> tuple[Descriptor, Workspace]:
    """Write the world's tables and ingest them; facts in `log` are left for the event log to tell."""
    descriptor = write_world(world, folder / "tables", log=log)
    workspace = Workspace(folder / "var" / "world")
    ingest(descriptor, folder / "tables", workspace, settings=SETTINGS)
    build_states(workspace, descriptor)
    return descriptor, workspace


def check_state(found: Mapping[str, object], wanted: Mapping[str, object], where: object) -> None:
    """Raise AssertionError naming each column that differs."""
    differ = {name: (found.get(name), value) for name, value in wanted.items() if found.get(name) != value}
    assert not differ, f"{where}: found, wanted: {differ}"
