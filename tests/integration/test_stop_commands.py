"""`herald stop` and `herald resume` as an operator types them, with no server running."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommender.cli import build
from recommender.errors import HeraldError, InvalidFactError, NotFoundError, SetupError
from tests.town_catalogue import write_services
from tests.training_town import build_town


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_services(folder / "services", 50)
    build_town(people=40).load(folder, catalogue="services", time_zone="Asia/Shanghai")
    return folder


@pytest.fixture
def folder(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The town with an operational database of its own."""
    monkeypatch.setenv("HERALD_SERVING_DATABASE_URL", f"sqlite:///{tmp_path}/herald.db")
    return ingested


def herald(folder: Path, command: str, *words: str) -> str:
    arguments = [command, str(folder / "town.yaml"), *words, "--var", str(folder / "var")]
    done = CliRunner().invoke(build(), arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def test_a_service_is_stopped_listed_and_resumed(folder: Path) -> None:
    because = ("--because", "wrong limit", "--by", "Anna Ahn")
    assert "nothing is stopped" in herald(folder, "stop", "--list")
    assert "stopped: service work_grant" in herald(folder, "stop", "--service", "work_grant", *because)
    again = herald(folder, "stop", "--service", "work_grant", "--because", "another")
    assert "stopped before: service work_grant, stopped by Anna Ahn" in again
    herald(folder, "stop", "--all", "--because", "drill")
    assert "everything: stopped by" in herald(folder, "stop", "--list")
    assert "resumed: service work_grant, stopped by Anna Ahn" in herald(folder, "resume", "--service", "work_grant")
    listed = herald(folder, "stop", "--list")
    assert "work_grant" not in listed
    assert "work_grant: stopped by Anna Ahn" in herald(folder, "stop", "--list", "--history")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--because", "x"), SetupError),
        (("--all", "--service", "work_grant", "--because", "x"), SetupError),
        (("--service", "work_grant"), InvalidFactError),
        (("--service", "work_grnat", "--because", "x"), InvalidFactError),
        (("--channel", "telex", "--because", "x"), InvalidFactError),
    ],
)
def test_what_would_stop_nothing_is_refused_in_one_line(
    folder: Path, words: tuple[str, ...], error: type[HeraldError]
) -> None:
    with pytest.raises(error, match="; "):
        herald(folder, "stop", *words)


def test_what_is_not_stopped_cannot_be_resumed(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="--list"):
        herald(folder, "resume", "--all")
