"""Takes one citizen out of Redis: the one hash in which Feast keeps all views of an entity."""

from typing import Any

from feast.infra.online_stores.helpers import _redis_key
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from features.searching import needles
from features.settings import FeatureSettings
from features.store import open_store
from features.workspace import Workspace


def erase_in_redis(workspace: Workspace, settings: FeatureSettings, citizen_id: str) -> int:
    """Delete the citizen's hash; how many keys there were."""
    store = open_store(workspace, settings)
    entity = EntityKey(join_keys=["citizen_id"], entity_values=[Value(string_val=citizen_id)])
    key = _redis_key(store.project, entity, store.config.entity_key_serialization_version)
    return int(_client(store).delete(key))


def keys_naming(workspace: Workspace, settings: FeatureSettings, citizen_id: str) -> int:
    """Keys of this dataset in Redis that hold the pseudonym; 0 is the proof."""
    store = open_store(workspace, settings)
    own = (key for key in _client(store).scan_iter(count=10_000) if store.project.encode() in key)
    text, *_ = needles(citizen_id)
    return sum(text in key for key in own)


def _client(store: Any) -> Any:
    return store._get_provider().online_store._get_client(store.config.online_store)
