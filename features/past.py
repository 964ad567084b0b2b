"""The offline store as it was: only what was known by an instant, of some citizens, in a workspace of its own."""

import json
from collections.abc import Sequence
from datetime import datetime

import polars as pl

from features.descriptor import Descriptor
from features.ingest.ledger import batch_file, read_ledger, write_ledger
from features.schema import FeatureSchema
from features.states import build_states
from features.workspace import Workspace, write_json


def store_as_of(
    workspace: Workspace,
    descriptor: Descriptor,
    schema: FeatureSchema,
    past: Workspace,
    known: tuple[Sequence[str], datetime],
) -> None:
    """Fill `past` with the facts of these citizens that were known by then, and fold them anew by the same schema.

    known : the citizens, and the instant; facts known later are not copied, so nothing that reads `past` can see them.
    """
    citizens, through = known
    ledger = read_ledger(workspace)
    wanted = pl.col("citizen_id").is_in(list(citizens)) & (pl.col("known_at") <= through)
    for line in ledger:
        for kind in line.kinds:
            file = batch_file(past, kind, line)
            file.parent.mkdir(parents=True, exist_ok=True)
            pl.scan_parquet(batch_file(workspace, kind, line)).filter(wanted).collect().write_parquet(file)
    write_ledger(past, ledger)
    write_json(past.schema_file, json.loads(schema.to_json()))
    build_states(past, descriptor, grow=False)
