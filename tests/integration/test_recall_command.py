"""`herald recall` as an operator types it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from recommender.cli import build
from recommender.errors import HeraldError, InvalidFactError, NotFoundError, SetupError
from serving.database import decisions
from serving.database.connect import open_database
from tests.contract.decided import decided
from tests.town_catalogue import write_services
from tests.training_town import build_town

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_services(folder / "services", 50)
    build_town(people=40).load(folder, catalogue="services", time_zone="Asia/Shanghai")
    return folder


@pytest.fixture(autouse=True)
def two_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/herald.db"
    monkeypatch.setenv("HERALD_SERVING_DATABASE_URL", url)
    with open_database(url) as database, database.write() as conn:
        for citizen in ("anna", "bert"):
            decisions.record(conn, decided(f"d-{citizen}", AT, citizen=citizen))


def herald(folder: Path, *words: str) -> Result:
    arguments = ["recall", str(folder / "town.yaml"), *words, "--var", str(folder / "var")]
    done = CliRunner().invoke(build(), arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done


def test_a_dry_run_lists_and_changes_nothing_and_a_recall_takes_back_once(folder: Path) -> None:
    about = ("--service", "birth_allowance", "--because", "wrong limit")
    for _ in range(2):
        tried = herald(folder, *about, "--dry-run")
        assert sorted(line.split("\t")[3] for line in tried.stdout.splitlines()) == ["anna", "bert"]
        assert "0 would be corrected, 2 cancelled; nothing was changed" in tried.stderr
    done = herald(folder, *about)
    assert done.stdout == tried.stdout
    assert "0 corrected, 2 cancelled" in done.stderr
    assert herald(folder, *about).stdout == ""


def test_only_what_was_decided_since_is_recalled(folder: Path) -> None:
    version = decided("x", AT).versions.catalogue
    tried = herald(folder, "--catalogue", version[:8], "--since", "2031-03-06", "--dry-run")
    assert tried.stdout == ""
    assert (
        len(herald(folder, "--catalogue", version[:8], "--since", "2031-03-05", "--dry-run").stdout.splitlines()) == 2
    )


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), SetupError),
        (("--service", "a", "--model", "1"), SetupError),
        (("--model", "99", "--because", "x"), NotFoundError),
        (("--service", "birth_allowance"), InvalidFactError),
        (("--service", "birth_allowance", "--since", "soon"), SetupError),
    ],
)
def test_what_cannot_be_recalled_is_one_line(folder: Path, words: tuple[str, ...], error: type[HeraldError]) -> None:
    with pytest.raises(error, match="; "):
        herald(folder, *words)
