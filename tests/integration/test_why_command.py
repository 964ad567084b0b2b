"""`herald why` and `herald explain` as an officer types them: with a purpose, which the citizen reads afterwards."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.known_then import find_knowledge
from features.schema import load_schema
from features.vectors import SchemaVectoriser
from recommender.adapters.no_scorer import NoScorer
from recommender.adapters.stored_catalogue import stored_catalogue
from recommender.adapters.yaml_catalogue import version_of
from recommender.cli import build
from recommender.decision import DecisionRequest, LegalGround, Standing, Trigger
from recommender.disputes import Disputed
from recommender.errors import SetupError
from recommender.identifiers import CitizenId, DecisionId, ServiceId
from recommender.pipeline import Engine, recommend
from serving.commands.at_hand import at_hand
from serving.database import audit, catalogues, decisions, disputes
from serving.place import policy_of
from tests.town_catalogue import write_services
from tests.training_town import build_town

CITIZEN = CitizenId("p00007")
PURPOSE = ("--purpose", "complaint 31/77")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town in which one decision was made, on a night without a legal ground."""
    folder = tmp_path_factory.mktemp("town")
    write_services(folder / "services", 50)
    build_town(people=40).load(folder, catalogue="services")
    with at_hand(folder / "town.yaml", folder / "var") as here:
        schema, at = load_schema(here.place.workspace), datetime(2024, 1, 5, tzinfo=UTC)
        knowledge = find_knowledge(here.place.workspace, schema, CITIZEN, at)
        assert knowledge is not None
        content = here.place.catalogue_content()
        catalogue = stored_catalogue(version_of(content), content, ("en",))
        engine = Engine(catalogue, NoScorer(), SchemaVectoriser(schema), policy_of(here.settings), schema.zone)
        request = DecisionRequest(DecisionId("d1"), CITIZEN, at, Trigger.NIGHTLY)
        ground = LegalGround("law", "Act on telling, s. 4", True, 1)
        decision = recommend(request, knowledge, Standing(ground), engine=engine)
        with here.database.write() as conn:
            catalogues.put_catalogue(conn, catalogue.version, content, at)
            decisions.record(conn, decision)
    return folder


def herald(folder: Path, command: str, *words: str) -> str:
    arguments = [command, *words, "--dataset", str(folder / "town.yaml"), "--var", str(folder / "var")]
    done = CliRunner().invoke(build(), arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def test_why_a_citizen_was_not_told_and_the_question_is_on_record(folder: Path) -> None:
    said = herald(folder, "why", CITIZEN, "work_grant", *PURPOSE)
    assert "Work grant" in said
    assert "Not told on 5 January 2024" in said
    assert "income" in said or "earn" in said or "Nothing was recorded" in said
    assert "Nothing on record" in herald(folder, "why", CITIZEN, "work_grant", "--at", "2023-01-01", *PURPOSE)
    herald(folder, "explain", CITIZEN, "work_grant", *PURPOSE)
    with at_hand(folder / "town.yaml", folder / "var") as here, here.database.read() as conn:
        opened = audit.list_opened(conn, CITIZEN, 10)
    assert [each.what for each in opened] == ["explanation", "why", "why"]
    assert all(each.by.startswith("console ") and each.purpose == PURPOSE[1] for each in opened)


def test_an_explanation_says_that_something_is_disputed(folder: Path) -> None:
    assert "disputes" not in herald(folder, "explain", CITIZEN, "work_grant", *PURPOSE)
    about = Disputed(0, attribute="income", value=1.0)
    with at_hand(folder / "town.yaml", folder / "var") as here, here.database.write() as conn:
        said = [ServiceId("work_grant")], "population", "portal"
        disputes.raise_dispute(conn, CITIZEN, about, said, asked=disputes.NOWHERE)
    assert "The citizen disputes 1 recorded fact(s)" in herald(folder, "explain", CITIZEN, "work_grant", *PURPOSE)


@pytest.mark.parametrize("command", ["why", "explain"])
def test_without_a_purpose_nothing_is_opened(folder: Path, command: str) -> None:
    with pytest.raises(SetupError, match="purpose"):
        herald(folder, command, CITIZEN, "work_grant", "--purpose", "  because")
