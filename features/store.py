"""Opens the feature store: Feast with a file registry and DuckDB, online in Herald's SQLite store or in Redis.

Feast takes seconds to import, so it is imported where it is used: a server on SQLite answers without it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from features.blobs import BlobStore, Row
from features.online import States, StoredOnlineFeatures
from features.schema import FeatureSchema
from features.settings import FeatureSettings
from features.workspace import Workspace

if TYPE_CHECKING:
    from feast import FeatureStore

HERALD_STORE = "features.online_store.HeraldOnlineStore"


def open_store(workspace: Workspace, settings: FeatureSettings) -> "FeatureStore":
    """Feast's store for a workspace; nothing is applied or read yet."""
    from feast import FeatureStore, RepoConfig

    if settings.online_store == "redis":
        # without skip_dedup Feast's Redis store drops, in silence, what is folded again for the same known time
        online = {"type": "redis", "connection_string": settings.redis_url, "skip_dedup": True}
    else:
        online = {"type": HERALD_STORE, "path": str(workspace.online_db.resolve())}
    config = RepoConfig(
        project="herald_" + workspace.root.name,
        provider="local",
        registry={"registry_type": "file", "path": str(workspace.registry.resolve()), "cache_mode": "thread"},
        offline_store={"type": "duckdb"},
        online_store=online,
        entity_key_serialization_version=3,
    )
    return FeatureStore(config=config)


def apply(workspace: Workspace, schema: FeatureSchema, settings: FeatureSettings) -> "FeatureStore":
    """Tell Feast's registry what the schema defines, from an explicit list."""
    from features.definitions import definitions

    store = open_store(workspace, settings)
    store.apply(definitions(workspace, schema), partial=False, objects_to_delete=[])
    return store


def online_states(workspace: Workspace, schema: FeatureSchema, settings: FeatureSettings) -> States:
    """Where states are kept online, by setting."""
    if settings.online_store == "redis":
        return FeastStates(open_store(workspace, settings), schema)
    return BlobStore(workspace.online_db)


def online_features(workspace: Workspace, schema: FeatureSchema, settings: FeatureSettings) -> StoredOnlineFeatures:
    """The OnlineFeatures port, by setting. Raises WorkspaceError when nothing was materialised."""
    if settings.online_store == "sqlite":
        workspace.need(workspace.online_db, "run `herald materialise` first")
    return StoredOnlineFeatures(schema, online_states(workspace, schema, settings))


class FeastStates:
    """States through Feast's own reads and writes: any online store that Feast has."""

    def __init__(self, store: "FeatureStore", schema: FeatureSchema) -> None:
        self._store = store
        self._schema = schema

    def read(self, citizen_id: str, views: Sequence[str]) -> Mapping[str, bytes]:
        from features.feast_rows import read_rows

        return read_rows(self._store, self._schema, [citizen_id], views)[citizen_id]

    def read_view(self, citizen_ids: Sequence[str], view: str) -> Mapping[str, bytes]:
        from features.feast_rows import read_rows

        found = read_rows(self._store, self._schema, citizen_ids, [view])
        return {citizen_id: views[view] for citizen_id, views in found.items() if view in views}

    def write(self, rows: Sequence[Row]) -> None:
        from features.feast_rows import frame_of

        for view in dict.fromkeys(row.view for row in rows):
            frame = frame_of(self._schema, view, [row for row in rows if row.view == view])
            # not write_to_online_store: it leaves a frame of nulls alone, so what is unknown again would stay known
            self._store._get_provider().ingest_df(self._store.get_feature_view(view), frame)

    def exclusive(self) -> AbstractContextManager[None]:
        """Redis promises nothing here: a refresh beside a materialise may be folded again only at the next one."""
        return nullcontext()

    def clear(self) -> None:
        """Remove every citizen's views."""
        for view in self._store.list_feature_views():
            self._store._get_provider().online_store.delete_table(self._store.config, view)
