"""`herald client` as an operator types it: a portal is registered, renewed, ended and taken back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommender.errors import ConflictError, NotFoundError
from serving.commands.running import client
from serving.database import clients, webhooks
from serving.database.connect import Database, open_database
from tests.town_catalogue import write_services
from tests.training_town import build_town


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_services(folder / "services", 50)
    build_town(people=5).load(folder, catalogue="services", time_zone="UTC")
    return folder


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = f"sqlite:///{tmp_path}/herald.db"
    monkeypatch.setenv("HERALD_SERVING_DATABASE_URL", url)
    return open_database(url)


def herald(town: Path, command: str, *words: str) -> list[str]:
    arguments = [command, str(town / "town.yaml"), *words, "--var", str(town / "var")]
    done = CliRunner().invoke(client, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def opens(database: Database, secret: str) -> bool:
    with database.read() as conn:
        return clients.verify(conn, "shop", secret) == {"recommend", "feedback"}


def test_a_portals_secret_is_renewed_and_the_portal_ended_and_taken_back(ingested: Path, database: Database) -> None:
    first = herald(ingested, "add", "shop", "--scope", "recommend", "--scope", "feedback")[1].split()[1]
    with database.write() as conn:
        webhooks.put(conn, "shop", "https://shop.example/hook", b"sealed", datetime(2031, 3, 5, tzinfo=UTC))
    assert opens(database, first)
    second = herald(ingested, "renew", "shop")[1].split()[1]
    assert not opens(database, first)
    assert opens(database, second)
    assert "within 900 s" in herald(ingested, "end", "shop")[0]
    assert not opens(database, second)
    assert not opens(database, "")
    assert herald(ingested, "list")[0].endswith("ended")
    with database.read() as conn:
        hook = webhooks.find(conn, "shop")
    assert hook is not None and hook.ended_because == "the portal was ended"
    with pytest.raises(ConflictError, match="exists"):
        herald(ingested, "add", "shop", "--scope", "recommend")
    assert opens(database, herald(ingested, "renew", "shop")[1].split()[1])
    assert herald(ingested, "list")[0].endswith("feedback recommend")


@pytest.mark.parametrize("command", ["renew", "end"])
def test_a_portal_that_there_is_not_is_one_line(ingested: Path, database: Database, command: str) -> None:
    with pytest.raises(NotFoundError, match="'shpo' is registered; herald client list"):
        herald(ingested, command, "shpo")
