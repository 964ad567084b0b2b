"""`herald citizen export` and `erase`: all that is held is written out; afterwards nothing is left, and stays so."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from features.blobs import BlobStore, Row
from features.contacts import Contacts, keep_contacts
from features.descriptor import load_descriptor
from features.disputing import keep_disputing
from features.facts import raw_of_kind, raw_states, read_citizens
from features.ingest.rows import EVENTS
from features.ingest.run import ingest
from features.known_then import find_knowledge
from features.packing import pack_state
from features.schema import load_schema
from features.searching import found_in
from features.settings import FeatureSettings
from features.vectors import SchemaVectoriser
from features.workspace import Workspace
from recommender.adapters.no_scorer import NoScorer
from recommender.adapters.settings import read_settings
from recommender.adapters.stored_catalogue import stored_catalogue
from recommender.adapters.yaml_catalogue import version_of
from recommender.cli import build
from recommender.decision import DecisionRequest, LegalGround, Standing, Trigger
from recommender.errors import WorkspaceError
from recommender.facts import Fact, FactKind
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId
from recommender.pipeline import Engine, recommend
from serving.answering import erasing as erasing_everywhere
from serving.answering.exporting import export
from serving.commands.at_hand import at_hand
from serving.database import addresses, audit, catalogues, citizens, decisions, facts
from serving.database.safe_mode import put_safe_mode
from serving.place import policy_of
from tests.town_catalogue import write_services
from tests.training_town import build_town

GONE, OTHER = CitizenId("p00007"), CitizenId("p00008")
AT = datetime(2024, 1, 5, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A town in which two citizens are known to every store."""
    monkeypatch.setenv("HERALD_FEATURES_DEVELOPMENT", "true")
    if request.param == "postgresql":
        import psycopg

        server: str = request.getfixturevalue("postgres_url")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
            conn.execute("DROP DATABASE IF EXISTS erased_town")
            conn.execute("CREATE DATABASE erased_town")
        monkeypatch.setenv("HERALD_SERVING_DATABASE_URL", f"{server}/erased_town")
    write_services(tmp_path / "services", 50)
    _, workspace = build_town(people=40).load(tmp_path, catalogue="services")
    settings = read_settings(FeatureSettings)
    contacts = {"citizen_id": [GONE, OTHER], "known_at": [AT, AT], "contact__email": ["a@x.example", "b@x.example"]}
    keep_contacts([pl.DataFrame(contacts).cast({"known_at": pl.Datetime("us", "UTC")})], workspace, settings)
    BlobStore(workspace.online_db).write([Row(each, "people", 0, pack_state({})) for each in (GONE, OTHER)])
    keep_disputing(workspace, [GONE, OTHER])
    workspace.rejects.mkdir()
    (workspace.rejects / "rejects-0001.csv").write_text(f"file,row,column,value,reason\nf,1,person,{GONE},odd\n")
    for number, citizen in enumerate((GONE, OTHER)):
        _decide(tmp_path, number, citizen)
    return tmp_path


def _decide(folder: Path, number: int, citizen: CitizenId) -> None:
    with at_hand(folder / "town.yaml", folder / "var") as here:
        schema = load_schema(here.place.workspace)
        knowledge = find_knowledge(here.place.workspace, schema, citizen, AT)
        assert knowledge is not None
        content = here.place.catalogue_content()
        catalogue = stored_catalogue(version_of(content), content, ("en",))
        engine = Engine(catalogue, NoScorer(), SchemaVectoriser(schema), policy_of(here.settings), schema.zone)
        request = DecisionRequest(DecisionId(f"d{number}"), citizen, AT, Trigger.NIGHTLY)
        decision = recommend(request, knowledge, Standing(LegalGround("law", "Act", False, 1)), engine=engine)
        fact = Fact(FactId(f"f{number}"), citizen, FactKind.LIFE_EVENT, "portal", AT, AT, event_type=EventType("moved"))
        with here.database.write() as conn:
            catalogues.put_catalogue(conn, catalogue.version, content, AT)
            decisions.record(conn, decision)
            facts.accept(conn, fact, "digest", "portal", parked=False)
            citizens.link(conn, "portal", citizen, AT)


def herald(folder: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(build(), [*words], catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done.output


def erase(folder: Path, citizen: str = GONE, code: int = 0) -> str:
    place = ("--var", str(folder / "var"), "--because", "request of 5 March", "--yes")
    return herald(folder, "citizen", "erase", str(folder / "town.yaml"), citizen, *place, code=code)


def of_others(workspace: Workspace) -> list[Any]:
    frames = [raw_of_kind(workspace, EVENTS), raw_states(workspace, "people")]
    frames += [pl.read_parquet(file) for file in sorted(workspace.states.glob("*.parquet"))]
    return [frame.filter(pl.col("citizen_id") != GONE).rows() for frame in frames]


def test_everything_held_is_written_out_without_a_score_and_the_reading_is_on_record(folder: Path) -> None:
    out = folder / "anna.json"
    place = ("--out", str(out), "--purpose", "asked for by herself", "--var", str(folder / "var"))
    assert "1 decisions" in herald(folder, "citizen", "export", str(folder / "town.yaml"), GONE, *place)
    held = json.loads(out.read_text())
    assert held["known_now"]["job"]
    assert held["told_by_registers"]["people"]
    assert [fact["fact_id"] for fact in held["told_by_interface"]] == ["f0"]
    assert [each["decision_id"] for each in held["decisions"]] == ["d0"]
    assert held["contacts"] == {"email": "a@x.example"}
    assert held["stored"]["link"][0]["portal"] == "portal"
    assert held["readings"][0]["what"] == "export"
    assert '"score"' not in out.read_text()
    assert OTHER not in out.read_text()
    page = out.with_suffix(".html").read_text()
    assert "Everything that is held about you" in page
    assert "a@x.example" in page
    assert out.stat().st_mode & 0o077 == 0
    with at_hand(folder / "town.yaml", folder / "var") as here, here.database.read() as conn:
        assert [each.purpose for each in audit.list_opened(conn, GONE, 9)] == ["asked for by herself"]


def test_after_erasure_nothing_is_left_and_others_are_as_before(folder: Path) -> None:
    workspace = Workspace(folder / "var" / "town")
    settings = read_settings(FeatureSettings)
    before = of_others(workspace)
    assert len(found_in(workspace, GONE)) >= 6
    said = erase(folder)
    assert "searched every table and file: nothing is left" in said
    assert found_in(workspace, GONE) == []
    assert of_others(workspace) == before
    assert GONE not in read_citizens(workspace)["citizen_id"]
    assert Contacts(workspace, settings).of(OTHER)["email"].address == "b@x.example"
    assert BlobStore(workspace.online_db).read(OTHER, ["people"])
    (file,) = workspace.certificates.glob("*.json")
    certificate = json.loads(file.read_text())
    assert certificate["complete"]
    assert certificate["erased"]["contacts"] == 1
    assert certificate["erased"]["online"] == 1
    assert certificate["erased"]["table decision"] == 1
    assert "decision d0: erased" in herald(
        folder, "replay", str(folder / "town.yaml"), "d0", "--var", str(folder / "var")
    )
    again = erase(folder)
    assert "nothing is left" in again
    assert json.loads(file.read_text())["erased"] == certificate["erased"]


def test_a_later_load_drops_and_counts_what_it_tells_of_the_erased(folder: Path) -> None:
    erase(folder)
    workspace = Workspace(folder / "var" / "town")
    moved = {"person": [GONE, OTHER], "what": ["moved", "moved"], "on": [AT, AT], "told": [AT, AT]}
    pl.DataFrame(moved).write_parquet(folder / "events.parquet")
    report = ingest(load_descriptor(folder / "town.yaml"), folder, workspace, settings=read_settings(FeatureSettings))
    assert report.erased == 1
    assert report.facts == 1
    assert found_in(workspace, GONE) == []


def test_an_erasure_that_was_interrupted_is_completed_by_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise WorkspaceError("the disk is full", mend="make room")

    with monkeypatch.context() as broken:
        broken.setattr(erasing_everywhere.erasing, "erase_rows", full)
        with pytest.raises(WorkspaceError):
            erase(folder)
    workspace = Workspace(folder / "var" / "town")
    assert not list(workspace.certificates.glob("*.json"))
    assert "nothing is left" in erase(folder)
    assert found_in(workspace, GONE) == []
    (file,) = workspace.certificates.glob("*.json")
    erased = json.loads(file.read_text())["erased"]
    assert (erased["contacts"], erased["online"], erased["table decision"]) == (1, 1, 1)
    assert erased["facts"] > 1


def test_a_server_may_be_running_meanwhile(folder: Path) -> None:
    workspace = Workspace(folder / "var" / "town")
    online = BlobStore(workspace.online_db)
    with at_hand(folder / "town.yaml", folder / "var") as server:
        with server.database.read() as conn:
            assert facts.facts_of(conn, GONE)
        assert online.read(GONE, ["people"])
        assert "nothing is left" in erase(folder)
        with server.database.read() as conn:
            assert facts.facts_of(conn, GONE) == ()
            assert len(facts.facts_of(conn, OTHER)) == 1
        assert online.read(GONE, ["people"]) == {}


def test_addresses_that_the_citizen_gave_are_written_out_opened(folder: Path) -> None:
    with at_hand(folder / "town.yaml", folder / "var") as here:
        seals = Contacts(here.place.workspace, here.place.features)
        given = addresses.Given(seals.seal("+3725550100"), seals.digest("sms", "+3725550100"), sole=True)
        with here.database.write() as conn:
            addresses.give(conn, GONE, "sms", given, AT)
        assert export(here, GONE, "en")["contacts"]["sms, as you gave it"] == "+3725550100"
        with here.database.write() as conn:
            put_safe_mode(conn, GONE, on=True, said_by="me", at=AT)
        assert export(here, GONE, "en")["contacts"] == {}


def test_whoever_was_never_known_can_be_erased_before_they_come(folder: Path) -> None:
    assert "nothing is left" in erase(folder, "p09999")
