"""Herald's own Feast online store: one blob per citizen and view in SQLite with WAL, given to Feast by class path.

Feast's own SQLite store keeps a row per feature without WAL: a materialise beside a server locks readers for seconds.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import cbor2
from feast import Entity, FeatureView, RepoConfig
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import FeastConfigBaseModel

from features.blobs import BlobStore, Row
from features.definitions import PACKED
from features.packing import pack_state
from recommender.instants import from_us, to_us

Written = tuple[EntityKey, dict[str, Value], datetime, datetime | None]


class HeraldOnlineStoreConfig(FeastConfigBaseModel):
    """Configuration in Feast's terms: the class path, and the SQLite file."""

    type: Literal["features.online_store.HeraldOnlineStore"] = "features.online_store.HeraldOnlineStore"
    path: str = "online.db"


class HeraldOnlineStore(OnlineStore):
    """Feast's online store interface over BlobStore; a blob holds a view's known values by name."""

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[Written],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Store each entity's values; the last of several for one entity stands."""
        rows = [
            Row(
                _citizen(key),
                table.name,
                to_us(_utc(known)),
                _packed(table, values),
            )
            for key, values, known, _ in data
        ]
        _store(config.online_store.path).write(rows)
        if progress:
            progress(len(rows))

    def online_read(
        self,
        config: RepoConfig,
        table: FeatureView,
        entity_keys: list[EntityKey],
        requested_features: list[str] | None = None,
    ) -> list[tuple[datetime | None, dict[str, Value] | None]]:
        """Per entity its values' known time and values, (None, None) for one that is not stored."""
        names = [feature.name for feature in table.features]
        wanted = requested_features or names
        store = _store(config.online_store.path)
        found: list[tuple[datetime | None, dict[str, Value] | None]] = []
        for key in entity_keys:
            row = store.read_row(_citizen(key), table.name)
            if row is None:
                found.append((None, None))
                continue
            values = {PACKED: row.content} if names == [PACKED] else cbor2.loads(row.content)
            found.append((from_us(row.known_us), {name: _proto(values.get(name)) for name in wanted}))
        return found

    def update(
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],
        entities_to_delete: Sequence[Entity],
        entities_to_keep: Sequence[Entity],
        partial: bool,
    ) -> None:
        """Forget views that are no longer defined."""
        for table in tables_to_delete:
            _store(config.online_store.path).forget(table.name)

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Entity]) -> None:
        """Remove everything."""
        _store(config.online_store.path).clear()


@lru_cache(maxsize=8)
def _store(path: str) -> BlobStore:
    return BlobStore(Path(path))


def _packed(table: FeatureView, values: dict[str, Value]) -> bytes:
    """The blob as BlobStore's other writers make it: facts as they are packed, states by name."""
    plain = {feature.name: _value(values.get(feature.name)) for feature in table.features}
    packed = plain.get(PACKED)
    return packed if isinstance(packed, bytes) else pack_state(plain)


def _citizen(key: EntityKey) -> str:
    return str(key.entity_values[0].string_val)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _value(value: Value | None) -> Any:
    kind = value.WhichOneof("val") if value is not None else None
    return None if value is None or kind is None or kind == "null_val" else getattr(value, kind)


def _proto(value: Any) -> Value:
    if value is None:
        return Value()
    if isinstance(value, bytes):
        return Value(bytes_val=value)
    return Value(string_val=value) if isinstance(value, str) else Value(double_val=float(value))
