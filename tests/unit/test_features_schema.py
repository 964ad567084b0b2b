"""The schema's digest, its growth, and what a model of another schema is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.ingest.run import ingest
from features.plan import growth
from features.schema import FeatureSchema, load_schema, schema_from_json
from features.states import build_states
from features.testing.loading import SETTINGS, load_world
from features.testing.worlds import World, day, write_world
from features.vectors import SchemaVectoriser
from recommender.errors import SchemaMismatchError, WorkspaceError
from recommender.facts import Fact, FactKind
from recommender.identifiers import CitizenId, EventType, FactId

PEOPLE = {"c-1": (day(1), day(-9000), "f")}


def row(number: int, work: str) -> Fact:
    values = {"work": work, "income": 1.0, "children": 0.0, "enrolled": True}
    at = day(number)
    return Fact(FactId(f"a-{number}"), CitizenId("c-1"), FactKind.ATTRIBUTES, "work", at, at, values=values)


def event(number: int, event_type: str) -> Fact:
    at = day(number)
    named = FactId(f"e-{number}")
    return Fact(named, CitizenId("c-1"), FactKind.LIFE_EVENT, "population", at, at, event_type=EventType(event_type))


@pytest.fixture
def schema(tmp_path: Path) -> FeatureSchema:
    _, workspace = load_world(World(PEOPLE, (row(10, "part"), event(11, "moved"))), tmp_path)
    return load_schema(workspace)


def test_reading_back_gives_the_same_digest(schema: FeatureSchema) -> None:
    again = schema_from_json(schema.to_json())
    assert again == schema
    assert again.digest == schema.digest


def test_a_text_that_is_no_schema_is_refused_in_one_line() -> None:
    with pytest.raises(SchemaMismatchError, match="cannot be read"):
        schema_from_json('{"dataset": "x"}')


def test_before_ingest_one_line_says_what_to_run(tmp_path: Path) -> None:
    from features.workspace import Workspace

    with pytest.raises(WorkspaceError, match="herald ingest"):
        load_schema(Workspace(tmp_path))


def test_other_values_of_the_same_kinds_keep_the_digest(tmp_path: Path, schema: FeatureSchema) -> None:
    other = World({"c-9": (day(4), day(-4000), "f")}, (row(50, "part"), row(90, "part"), event(60, "moved")))
    _, workspace = load_world(other, tmp_path / "other")
    assert load_schema(workspace).digest == schema.digest


@pytest.mark.parametrize(
    "change",
    [
        {"windows": ("P3M",)},
        {"zone": "UTC"},
        {"monthly": False},
        {"event_types": ("moved",)},
        {"vocabularies": {"work": ("full", "part")}},
        {"derived": {}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_a_feature_changes_the_digest(schema: FeatureSchema, change: dict[str, object]) -> None:
    assert replace(schema, **change).digest != schema.digest  # type: ignore[arg-type]


def test_protected_and_sensitive_attributes_are_no_features(schema: FeatureSchema) -> None:
    names = SchemaVectoriser(schema).feature_names
    assert not [name for name in names if "sex" in name or "income" in name]
    audited = SchemaVectoriser(schema, audited=True).feature_names
    assert "sex" in audited
    assert not [name for name in audited if "income" in name], "sensitive values are never ranked on, audited or not"


def test_while_no_model_is_in_use_the_schema_follows_the_data(tmp_path: Path) -> None:
    _, workspace = load_world(World(PEOPLE, (row(10, "part"),)), tmp_path)
    descriptor = write_world(World(PEOPLE, (row(10, "part"), row(40, "full"))), tmp_path / "tables")
    ingest(descriptor, tmp_path / "tables", workspace, settings=SETTINGS)
    build_states(workspace, descriptor)
    assert load_schema(workspace).vocabularies["work"] == ("part", "full"), "what was there keeps its code"


def test_with_a_model_in_use_the_schema_grows_only_when_told(tmp_path: Path) -> None:
    _, workspace = load_world(World(PEOPLE, (row(10, "part"), event(11, "moved"))), tmp_path)
    before = load_schema(workspace)
    workspace.champion.mkdir()
    more = (row(10, "part"), row(40, "full"), event(11, "moved"), event(12, "emigrated"))
    descriptor = write_world(World(PEOPLE, more), tmp_path / "tables")
    ingest(descriptor, tmp_path / "tables", workspace, settings=SETTINGS)
    assert build_states(workspace, descriptor).digest == before.digest
    assert growth(workspace, descriptor) == ("emigrated", "work=full")
    grown = build_states(workspace, descriptor, grow=True)
    assert growth(workspace, descriptor) == ()
    assert grown.event_types == (*before.event_types, "emigrated")
    assert grown.vocabularies["work"] == ("part", "full")
    assert before.compatible_with(grown) is None, "a store that has grown serves the older model"
    assert "emigrated" in str(grown.compatible_with(before))


def test_a_model_of_other_tables_is_told_what_is_lacking(schema: FeatureSchema) -> None:
    fewer = replace(schema, event_types=("job_lost",))
    assert "child_born__1" in str(schema.compatible_with(fewer))
    assert "UTC" in str(schema.compatible_with(replace(schema, zone="UTC")))
