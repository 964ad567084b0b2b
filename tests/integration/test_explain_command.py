"""`herald explain` on a small town: as known and by the law of a time, in the citizen's language."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import typer
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from features.explain_commands import explain
from features.known_then import find_knowledge, sources_of
from features.population import knowledge_of_many, population
from features.schema import load_schema
from features.testing.loading import load_world
from features.testing.worlds import CITIZENS, World, day, worlds
from recommender.errors import HeraldError, SetupError
from recommender.identifiers import CitizenId
from recommender.identity import pseudonymise

DAY = datetime(2024, 3, 1, tzinfo=UTC)
KEY = "a key of more than sixteen bytes"

TOWN = """
dataset: town
time_zone: Asia/Shanghai
horizon: P1Y
decision_times: yearly
catalogue: services
languages: [en, zh]
tables:
  people:
    register: population
    authority: Registry
    kind: history
    file: people.parquet
    columns:
      number: register_number
      as_of: as_of
      told: known
      born: {role: static, type: date}
      income: {role: attribute, type: number, sensitive: true}
      months: {role: attribute, type: integer}
      speaks: language
  events:
    register: work_office
    authority: Fund
    kind: history
    file: events.parquet
    columns: {number: register_number, what: event_type, on: happened, told: known}
needs:
  retired: {event: retired, services: [pension]}
derived:
  age: {years_since: born}
"""


def words(english: str, chinese: str) -> dict[str, str]:
    return {"en": english, "zh": chinese}


def criterion(name: str, rule: str, chinese: str, **more: object) -> dict[str, object]:
    said = {result: words(f"{name} {result}", f"{chinese} {result}") for result in ("met", "unmet", "unknown")}
    return {"id": name, "rule": rule, **said, "source": {"act": "Pension Act", "article": "s. 7"}, **more}


PENSION = {
    "id": "pension",
    "name": words("Pension", "养老金"),
    "description": words("You may be entitled.", "您可能有权申领。"),
    "authority": words("The Fund", "基金管理中心"),
    "need": "retired",
    "usage": "held_until_ended",
    "answers": [{"event": "retired", "within": "P1Y"}],
    "criteria": [
        criterion("old", "age >= 58", "年龄", in_force={"to": "2024-12-31"}),
        criterion("old", "age >= 60", "年龄", in_force={"from": "2025-01-01"}),
        criterion("insured", "months >= 180", "参保"),
        criterion("poor", "income < 900", "收入"),
        criterion("moved", "happened('moved', within='P1Y')", "搬家"),
    ],
}
SHARED = {"questions": {"months": {"words": words("How many months?", "参保多少个月？")}}, "languages": ["en", "zh"]}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One citizen, born on 1 February 1966; the months were told late, and the retirement later still."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "services").mkdir()
    for file, content in (("pension", PENSION), ("_catalogue", SHARED)):
        (folder / f"services/{file}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    (folder / "town.yaml").write_text(TOWN, encoding="utf-8")
    born = date(1966, 2, 1)
    rows = [(DAY, born, 800.0, None), (DAY + timedelta(days=30), born, 800.0, 200.0)]
    people = [("N1", at, at, was, income, months, "zh-CN") for at, was, income, months in rows]
    columns = ["number", "as_of", "told", "born", "income", "months", "speaks"]
    pl.DataFrame(people, schema=columns, orient="row").write_parquet(folder / "people.parquet")
    retired = [("N1", "retired", DAY + timedelta(days=40), DAY + timedelta(days=60))]
    pl.DataFrame(retired, schema=["number", "what", "on", "told"], orient="row").write_parquet(
        folder / "events.parquet"
    )
    return folder


@pytest.fixture
def loaded(town: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from features.commands import ingest

    monkeypatch.setenv("HERALD_FEATURES_IDENTITY_KEY", KEY)
    if not (town / "var").exists():
        ingest(town / "town.yaml", var=town / "var")
    return town


def explained(town: Path, *more: str, citizen: str = "-", service: str = "pension", typed: str = "n1\n") -> str:
    """What the command prints. Raises what it raises."""
    app = typer.Typer()
    app.command()(explain)
    arguments = [citizen, service, "--dataset", str(town / "town.yaml"), "--var", str(town / "var"), *more]
    done = CliRunner().invoke(app, arguments, input=typed, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def test_each_condition_is_told_with_values_sources_and_what_is_missing(loaded: Path) -> None:
    told = explained(loaded, "--as-of", "2024-03-15", "--language", "en")
    lines = [line.strip() for line in told.splitlines()]
    assert lines[0] == "Pension"
    assert pseudonymise("N1", KEY.encode()) in lines[1]
    assert "as known on 15 March 2024" in lines[1]
    assert "✓ met  old met" in lines
    assert "looked at: age: 58" in lines
    assert "law: Pension Act, s. 7" in lines
    assert "? not known  insured unknown" in lines
    assert "missing: months; population (Registry) would know; or ask: How many months?" in lines
    assert "missing: moved; no register of this dataset tells it" in lines
    assert "It cannot be told from what is recorded. The Fund decides." in lines


def test_nothing_sensitive_is_named(loaded: Path) -> None:
    told = explained(loaded, "--as-of", "2024-03-15", "--language", "en")
    assert "✓ met  A condition that is not named here, because it looks at something sensitive." in told
    for word in ("income", "800", "poor"):
        assert word not in told


def test_it_is_as_known_then_and_by_the_law_of_that_day(loaded: Path) -> None:
    assert "insured met" in explained(loaded, "--as-of", "2024-04-15", "--language", "en")
    assert "No recorded fact calls for it now." in explained(loaded, "--as-of", "2024-04-15", "--language", "en")
    told = explained(loaded, "--as-of", "2024-06-01", "--language", "en")
    assert "Because this was recorded: retired, 10 April 2024." in told
    after = explained(loaded, "--as-of", "2025-01-01", "--language", "en")
    assert "✗ not met  old unmet" in after, "the law that begins on 1 January asks for 60"


def test_it_speaks_the_citizens_language(loaded: Path) -> None:
    told = explained(loaded, "--as-of", "2024-03-15")
    for part in ("养老金", "✓ 符合  年龄 met", "或询问：参保多少个月？", "由基金管理中心审核决定"):
        assert part in told
    assert "there is no text in fr; this is en" in explained(loaded, "--as-of", "2024-03-15", "--language", "fr")


def test_a_draft_can_be_tried(loaded: Path, tmp_path: Path) -> None:
    draft = {**PENSION, "criteria": [criterion("young", "age < 30", "年龄")]}
    (tmp_path / "pension.yaml").write_text(yaml.safe_dump(draft), encoding="utf-8")
    told = explained(loaded, "--as-of", "2024-03-15", "--language", "en", "--catalogue", str(tmp_path))
    assert "✗ not met  young unmet" in told


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"service": "pensoin"}, "did you mean 'pension'"),
        ({"citizen": "N1"}, "no register had told of a citizen 'N1'"),
        ({"typed": "N2\n"}, "no register had told of a citizen"),
        ({"typed": "\n"}, "no register number was given"),
        ({"typed": ""}, "no register number was given"),
    ],
)
def test_what_is_not_there_is_one_line(loaded: Path, given: dict[str, str], part: str) -> None:
    with pytest.raises(SetupError, match=part):
        explained(loaded, "--as-of", "2024-03-15", **given)


def test_before_anything_was_told_there_is_nothing_to_explain(loaded: Path) -> None:
    with pytest.raises(SetupError, match="by 2024-02-29 00:00 no register had told"):
        explained(loaded, "--as-of", "2024-02-29")


def test_a_damaged_store_and_a_missing_one_are_one_line(loaded: Path, tmp_path: Path) -> None:
    with pytest.raises(HeraldError, match="run `herald ingest` first"):
        explained(loaded, "--var", str(tmp_path))
    copy = shutil.copytree(loaded, tmp_path / "copy")
    next((copy / "var/town/offline/states").glob("people.parquet")).write_bytes(b"PAR1 nothing")
    with pytest.raises(HeraldError, match="run `herald ingest` again"):
        explained(copy)


@given(worlds(), st.integers(-30, 1600))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_citizen_is_known_as_all_are(tmp_path_factory: pytest.TempPathFactory, world: World, number: int) -> None:
    descriptor, workspace = load_world(world, tmp_path_factory.mktemp("world"))
    schema, at = load_schema(workspace), day(number)
    known = population(workspace, at)
    for citizen, wanted in zip(known, knowledge_of_many(workspace, schema, at, known), strict=True):
        found = find_knowledge(workspace, schema, citizen, at)
        assert found is not None
        assert (found.state, found.attributes, found.holdings) == (wanted.state, wanted.attributes, wanted.holdings)
    for citizen in set(map(CitizenId, CITIZENS)) - set(known):
        assert find_knowledge(workspace, schema, citizen, at) is None
    assert sources_of("service:heating_aid", descriptor, workspace)[0].register == "desks"
