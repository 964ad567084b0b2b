"""`herald catalogue check`: a folder's faults, against the names that a dataset has and the people in its workspace."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.descriptor import Descriptor, Role
from features.ingest.registers import held
from features.population import knowledge_of_many, population
from features.schema import FeatureSchema, load_schema
from features.tables import ColumnType
from features.workspace import Workspace
from recommender.adapters.catalogue_checked import Data
from recommender.adapters.catalogue_checks import check
from recommender.adapters.catalogue_files import Fault, File, Read, read_files
from recommender.adapters.form_values import parameters_of
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_forms import SharedForm
from recommender.compiling import Test, Truth, compile_rule, periods_of
from recommender.errors import CatalogueError
from recommender.expressions import Law
from recommender.instants import local_day
from recommender.rule_checks import Kind
from recommender.windows import since

SAMPLE = 5_000
_KINDS = {
    ColumnType.INTEGER: Kind.NUMBER,
    ColumnType.NUMBER: Kind.NUMBER,
    ColumnType.BOOLEAN: Kind.BOOLEAN,
    ColumnType.CATEGORY: Kind.TEXT,
    ColumnType.TEXT: Kind.TEXT,
    ColumnType.DATE: Kind.DATE,
    ColumnType.TIMESTAMP: Kind.DATE,
}


@dataclass(frozen=True, slots=True)
class People:
    """The people of a workspace, to see whom rules fit: those known at `as_of`."""

    workspace: Workspace
    schema: FeatureSchema
    as_of: datetime


def faults_of(folder: Path, descriptor: Descriptor | None, people: People | None) -> list[Fault]:
    """Every fault of a catalogue. Raises CatalogueError when the folder holds no service.

    descriptor : whose attributes, needs and registers the catalogue may name; None: names are checked among themselves.
    people     : None: rules are only reasoned about.
    """
    read = read_files(folder)
    found = check(read, _data(descriptor, people))
    return found if people is None else [*found, *_on_people(read, people)]


def people_of(workspace: Workspace) -> People | None:
    """The people of a workspace as of the latest that became known; None when nothing was ingested."""
    if not workspace.schema_file.exists() or not workspace.registers_file.exists():
        return None
    latest = max((line.newest for line in held(workspace) if line.newest is not None), default=None)
    return None if latest is None else People(workspace, load_schema(workspace), latest)


def _data(descriptor: Descriptor | None, people: People | None) -> Data:
    """What a dataset's descriptor names, and what its registers told so far."""
    heard = None if people is None else set(people.schema.event_types)
    words = None if people is None else people.schema.vocabularies
    if descriptor is None:
        return Data(events=heard, heard=heard, words=words)
    kinds = {
        name: _KINDS[column.type] for name, (_, column) in descriptor.attributes.items() if column.type is not None
    }
    kinds |= dict.fromkeys(descriptor.derived, Kind.NUMBER)
    registers = {table.register_name for table in descriptor.tables.values()}
    named = {need.event for need in descriptor.needs.values()} | {t.event_type for t in descriptor.tables.values()}
    events = {event for event in named if event is not None} | (heard or set())
    homes = any(table.column(Role.HOUSEHOLD) for table in descriptor.tables.values())
    return Data(kinds, events, set(descriptor.needs), registers, heard, words, homes)


def _on_people(read: Read, people: People) -> Iterator[Fault]:
    """Rules that nobody meets, or everybody does, of the people there are; a warning: the rule may still be right."""
    shared = SharedForm() if read.shared is None else read.shared.form
    law = Law(people.schema.zone, local_day(people.as_of, people.schema.zone), parameters_of(shared))
    asked: dict[tuple[str, int], tuple[File, Test]] = {}
    periods: set[str] = set()
    for file in read.services:
        for number, criterion in enumerate(file.form.criteria):
            try:
                rule = parse_rule(criterion.rule)
            except CatalogueError:
                continue
            periods |= set(periods_of(rule))
            asked[file.form.id, number] = (file, compile_rule(rule, law))
    answers = _answers(asked, people, sorted(periods))
    for (_, number), (file, _) in asked.items():
        counts = answers[file.form.id, number]
        total = sum(counts.values())
        if total and (counts[True] == total or counts[False] == total):
            who = "everybody meets" if counts[True] else "nobody meets"
            what = f"{who} criterion {file.form.criteria[number].id} among {total:,} people of this dataset"
            yield file.fault(("criteria", number, "rule"), what, "see whether that is meant", grave=False)
        elif total and counts[None] == total:
            what = f"criterion {file.form.criteria[number].id} is unknown for all {total:,} people of this dataset"
            yield file.fault(("criteria", number, "rule"), what, "see which register should know it", grave=False)


def _answers(
    asked: Mapping[tuple[str, int], tuple[File, Test]], people: People, periods: list[str]
) -> dict[tuple[str, int], Counter[Truth]]:
    citizens = population(people.workspace, people.as_of, SAMPLE)
    counts: dict[tuple[str, int], Counter[Truth]] = {key: Counter() for key in asked}
    starts = None
    for knowledge in knowledge_of_many(people.workspace, people.schema, people.as_of, citizens):
        starts = starts or since(knowledge, periods, people.schema.zone)
        for key, (_, test) in asked.items():
            counts[key][test(knowledge, starts)] += 1
    return counts
