"""What was known of one citizen at one time, from the offline states, and which registers would know more."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from features.descriptor import Descriptor, Role, TableSpec
from features.ingest.ledger import batch_files
from features.ingest.rows import ATTRIBUTES, EVENTS
from features.online import knowledge_of
from features.schema import FeatureSchema
from features.workspace import Workspace
from recommender.errors import WorkspaceError
from recommender.facts import Knowledge
from recommender.identifiers import CitizenId


class Source(NamedTuple):
    """A register and the authority that keeps it."""

    register: str
    authority: str


def find_knowledge(
    workspace: Workspace, schema: FeatureSchema, citizen_id: CitizenId, as_of: datetime
) -> Knowledge | None:
    """What was known of one citizen at a time, corrections included; None when nobody told of them by then.

    What came by API since the last extract is not in the offline store. Raises WorkspaceError for a damaged one.
    """
    values: dict[str, Any] = {}
    for view in schema.views:
        file = workspace.need(workspace.states / f"{view}.parquet", "run `herald ingest` first")
        try:
            rows = pl.scan_parquet(file).filter(pl.col("citizen_id") == citizen_id, pl.col("known_at") <= as_of)
            state = rows.sort("known_at", maintain_order=True).last().collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            why = " ".join(str(error).split())[:200]
            raise WorkspaceError(f"{file} cannot be read: {why}", mend="run `herald ingest` again") from error
        values |= state.row(0, named=True) if state.height and state["citizen_id"][0] is not None else {}
    return knowledge_of(schema, citizen_id, as_of, values) if values else None


def sources_of(subject: str, descriptor: Descriptor, workspace: Workspace) -> tuple[Source, ...]:
    """The registers that would know an attribute, `event:<type>` or `service:<id>`; none for anything else."""
    kind, _, name = subject.rpartition(":")
    if kind == "event":
        tables = _tell_of_event(name, descriptor, workspace)
    elif kind == "service":
        tables = _tell_of_use(name, descriptor)
    else:
        derived = descriptor.derived.get(name)
        told = descriptor.attributes.get(name if derived is None else derived.years_since)
        tables = iter(() if kind or told is None else (descriptor.tables[told[0]],))
    return tuple(dict.fromkeys(Source(table.register_name, table.authority) for table in tables))


def _tell_of_event(event_type: str, descriptor: Descriptor, workspace: Workspace) -> Iterator[TableSpec]:
    """Tables of that event alone, and those whose register told of one before."""
    told: set[str] = set()
    for file in batch_files(workspace, EVENTS):
        facts = pl.scan_parquet(file).filter(pl.col("event_type") == event_type).select(pl.col("register").unique())
        told |= set(facts.collect()["register"])
    for table in descriptor.tables.values():
        if table.event_type == event_type or (table.column(Role.EVENT_TYPE) and table.register_name in told):
            yield table


def _tell_of_use(service_id: str, descriptor: Descriptor) -> Iterator[TableSpec]:
    for table in descriptor.tables.values():
        if table.holds_uses or any(column.service == service_id for column in table.of_role(Role.HOLDS).values()):
            yield table


def find_language(workspace: Workspace, citizen_id: CitizenId) -> str | None:
    """The language that a register says the citizen prefers now; None when none does."""
    told: list[pl.DataFrame] = []
    for file in batch_files(workspace, ATTRIBUTES):
        states = pl.scan_parquet(file)
        if "language" in states.collect_schema():
            own = states.filter(pl.col("citizen_id") == citizen_id)
            told.append(own.select("as_of", "known_at", pl.col("language").cast(pl.String)).collect())
    spoken = pl.concat(told).sort("as_of", "known_at").drop_nulls() if told else pl.DataFrame()
    return str(spoken["language"][-1]) if spoken.height else None
