"""`herald train --grow`: what ingest saw for the first time joins the features with the model that knows it, or not."""

import json
from collections.abc import Callable

from features.descriptor import Descriptor
from features.schema import FeatureSchema, load_schema
from features.states import build_states
from features.workspace import Workspace, write_json
from training.run import Outcome


def train_grown(workspace: Workspace, descriptor: Descriptor, train: Callable[[], Outcome]) -> Outcome:
    """Grow the schema, then train; unless the new model became champion the schema is afterwards what it was.

    A champion of the former schema would be refused by a server that starts on the grown one, and nobody be told.
    """
    former = load_schema(workspace)
    grown = build_states(workspace, descriptor, grow=True)
    if grown.digest == former.digest:
        return train()
    try:
        outcome = train()
    except BaseException:
        _restore(workspace, descriptor, former)
        raise
    if not outcome.promoted:
        _restore(workspace, descriptor, former)
    return outcome


def _restore(workspace: Workspace, descriptor: Descriptor, former: FeatureSchema) -> None:
    write_json(workspace.schema_file, json.loads(former.to_json()))
    build_states(workspace, descriptor, grow=False)
