"""Takes one citizen out of Redis: the one hash in which Feast keeps all views of an entity."""

from feast.infra.online_stores.helpers import _redis_key
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from features.settings import FeatureSettings
from features.store import open_store
from features.workspace import Workspace


def erase_in_redis(workspace: Workspace, settings: FeatureSettings, citizen_id: str) -> int:
    """Delete the citizen's hash; how many keys there were."""
    store = open_store(workspace, settings)
    entity = EntityKey(join_keys=["citizen_id"], entity_values=[Value(string_val=citizen_id)])
    key = _redis_key(store.project, entity, store.config.entity_key_serialization_version)
    client = store._get_provider().online_store._get_client(store.config.online_store)
    return int(client.delete(key))
