"""A population read as columns answers every rule as its citizens, read one by one, would be answered."""

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.dataset import point_in_time
from features.population import citizens_where, knowledge_of_many
from features.population_columns import columns_of_states
from features.schema import load_schema
from features.testing.loading import load_world
from features.testing.worlds import CITIZENS, LAST_DAY, World, day, worlds
from recommender.adapters.rule_text import parse_rule
from recommender.columnar import evaluate
from recommender.eligibility import evaluate as evaluate_one
from recommender.identifiers import CitizenId

RULES = [
    parse_rule(text)
    for text in (
        "work == 'none' or work in ('part', 'nothing')",
        "work != sex",
        "income >= 1000 and children < 2",
        "enrolled and not (enrolled == false)",
        "age >= 18",
        "years_between(born, today) >= 18 or born + 'P30Y' <= today",
        "happened('moved', within='P1Y')",
        "happened('job_lost')",
        "count('job_lost', within='P1Y') < 2",
        "last('child_born') >= today - 'P1Y'",
        "held('heating_aid') or used('birth_allowance', within='P1Y')",
        "used('heating_aid')",
    )
]
CODES = {False: 0, None: 1, True: 2}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.lists(st.integers(0, LAST_DAY + 600), min_size=1, max_size=3, unique=True))
def test_columns_answer_as_the_citizens_one_by_one(world: World, moments: list[int]) -> None:
    people = [CitizenId(citizen) for citizen in CITIZENS]
    with tempfile.TemporaryDirectory() as folder:
        _, workspace = load_world(world, Path(folder))
        schema = load_schema(workspace)
        entities = pl.DataFrame(
            [(citizen, day(moment)) for moment in moments for citizen in people],
            schema={"citizen_id": pl.String, "as_of": pl.Datetime("us", "UTC")},
            orient="row",
        )
        columns = columns_of_states(schema, point_in_time(workspace, schema, entities))
        known = [k for moment in moments for k in knowledge_of_many(workspace, schema, day(moment), people)]
    assert len(columns.as_of_us) == (1 if len(moments) == 1 else len(known))
    for rule in RULES:
        alone = [CODES[evaluate_one(rule, citizen, schema.zone)] for citizen in known]
        assert evaluate(rule, columns).tolist() == alone, rule


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_whoever_has_a_flag_now_is_found(world: World) -> None:
    people = [CitizenId(citizen) for citizen in CITIZENS]
    with tempfile.TemporaryDirectory() as folder:
        _, workspace = load_world(world, Path(folder))
        schema = load_schema(workspace)
        known = list(knowledge_of_many(workspace, schema, day(LAST_DAY + 5_000), people))
        found = citizens_where(workspace, schema, "enrolled")
        assert citizens_where(workspace, schema, "shoe_size") == []
    assert found == sorted(one.citizen_id for one in known if one.attributes["enrolled"] is True)
