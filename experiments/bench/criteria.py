"""What a criterion costs: for one citizen, as in a decision, and for a population at once, as in a rehearsal."""

import statistics
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from experiments.bench.latency import Row
from features.dataset import INSTANT, point_in_time
from features.descriptor import load_descriptor
from features.population import knowledge_of_many, population
from features.population_columns import columns_of_states
from features.schema import FeatureSchema, load_schema
from features.workspace import Workspace
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.catalogue import Catalogue
from recommender.columnar import ColumnarRules
from recommender.eligibility import Rulebook
from recommender.identifiers import CitizenId
from recommender.instants import local_day
from recommender.windows import since

POPULATION = 200_000
ALONE = 500
REPEATS = 5


def criteria(workspace: Workspace, descriptor: Path, at: datetime) -> list[Row]:
    """Microseconds a criterion for one citizen; millions of criteria answered a second for 200,000, on one core.

    The population is the city's own people, again and again until there are enough. A criterion that services share is
    one result for each of them. Reading the people is not in it.
    """
    schema, loaded = load_schema(workspace), load_descriptor(descriptor)
    catalogue = load_catalogue(descriptor.parent / str(loaded.catalogue))
    people = population(workspace, at)
    asked = sum(len(service.criteria_at(local_day(at, schema.zone))) for service in catalogue.services)
    alone = _alone(workspace, schema, catalogue, at, people[:: max(1, len(people) // ALONE)])
    together = _together(workspace, schema, catalogue, at, people)
    return [
        Row("criteria.single", alone / asked * 1e6, "us", None, None, "at most 5 us a criterion"),
        Row("criteria.columnar", asked * POPULATION / together / 1e6, "million/s", None, None, "at least 50 million/s"),
    ]


def _alone(
    workspace: Workspace, schema: FeatureSchema, catalogue: Catalogue, at: datetime, people: list[CitizenId]
) -> float:
    """Median seconds for all criteria of one citizen, what is missing included."""
    book = Rulebook.compile(catalogue.services, schema.zone, catalogue.parameters)
    took = []
    for knowledge in list(knowledge_of_many(workspace, schema, at, people)):
        began = time.perf_counter()
        for _ in range(REPEATS):
            book.assess(knowledge, since(knowledge, book.periods, schema.zone))
        took.append((time.perf_counter() - began) / REPEATS)
    return statistics.median(took)


def _together(
    workspace: Workspace, schema: FeatureSchema, catalogue: Catalogue, at: datetime, people: list[CitizenId]
) -> float:
    """Least seconds of some runs for all criteria of everybody: nothing is remembered from one run to the next."""
    entities = pl.DataFrame({"citizen_id": people}).with_columns(pl.lit(at).cast(INSTANT).alias("as_of"))
    states = point_in_time(workspace, schema, entities)
    columns = columns_of_states(schema, states[np.arange(POPULATION) % states.height])
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        rules = ColumnarRules(columns, catalogue.parameters)
        for service in catalogue.services:
            rules.service(service)
        took.append(time.perf_counter() - began)
    return min(took)
