"""`herald notify desk` as an operator types it: whom a counter sees, and whom nobody sees."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommender.errors import SetupError
from recommender.identifiers import CitizenId, NotificationId
from serving.commands.messages import notify
from serving.database import clients, decisions, worklist
from serving.database.connect import open_database
from serving.database.tables import notification
from serving.database.worklist import Desk, Item
from tests.contract.decided import decided
from tests.town_catalogue import write_services
from tests.training_town import build_town

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_services(folder / "services", 50)
    build_town(people=5).load(folder, catalogue="services", time_zone="UTC")
    return folder


@pytest.fixture
def town(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The town; two people wait to be told in person, each about another authority."""
    url = f"sqlite:///{tmp_path}/herald.db"
    monkeypatch.setenv("HERALD_SERVING_DATABASE_URL", url)
    with open_database(url) as database, database.write() as conn:
        clients.add(conn, "desk", "secret", frozenset({"counter"}), AT)
        for number in range(2):
            decisions.record(conn, decided(f"d{number}", AT, citizen=f"c{number}"))
        told = conn.execute(notification.select().order_by(notification.c.citizen_id)).all()
        for row, authority in zip(told, ("family", "tax"), strict=True):
            item = Item(NotificationId(row.notification_id), CitizenId(row.citizen_id), "en", "north")
            worklist.add(conn, item, {authority}, AT)
    return ingested


def desk(town: Path, *words: str) -> str:
    arguments = ["desk", str(town / "town.yaml"), *words, "--var", str(town / "var")]
    done = CliRunner().invoke(notify, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_desk_is_given_its_people_and_those_on_no_desks_worklist_are_counted(town: Path, tmp_path: Path) -> None:
    told = desk(town, "desk", "--authority", "family", "--district", "north")
    assert told.splitlines()[0] == "1 people wait on its worklist"
    assert told.splitlines()[1].startswith("1 people wait on no desk's")
    assert desk(town, "desk", "--authority", "family", "--authority", "tax") == "2 people wait on its worklist\n"
    assert "2 people wait on no desk's" in desk(town, "desk")
    with open_database(f"sqlite:///{tmp_path}/herald.db") as database, database.read() as conn:
        assert worklist.desk_of(conn, "desk") == Desk(frozenset(), frozenset())


def test_a_portal_that_there_is_not_has_no_desk(town: Path) -> None:
    with pytest.raises(SetupError, match="herald client add"):
        desk(town, "nobody", "--authority", "family")
