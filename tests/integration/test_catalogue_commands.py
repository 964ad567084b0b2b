"""`herald catalogue publish`, `approve`, `rollback` and `versions` as a policy officer types them."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.cli import build
from recommender.errors import CatalogueError, HeraldError, PublicationError, SetupError
from serving.database import publications
from serving.database.connect import open_database
from serving.versions.publishing import publishing
from tests.town_catalogue import write_services
from tests.training_town import build_town


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_services(folder / "services", 50)
    build_town(people=40).load(folder, catalogue="services", time_zone="Asia/Shanghai")
    return folder


@pytest.fixture
def folder(ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The town with an operational database of its own, and a simulated clock."""
    monkeypatch.setenv("HERALD_SERVING_DATABASE_URL", f"sqlite:///{tmp_path}/herald.db")
    monkeypatch.setenv("HERALD_SERVING_CLOCK_START", "2031-06-30T09:00:00+08:00")
    write_services(tmp_path / "draft", 80)
    yield ingested


def herald(folder: Path, command: str, *words: str | Path) -> str:
    """What the command prints. Raises what it raises."""
    arguments = ["catalogue", command, str(folder / "town.yaml"), *map(str, words), "--var", str(folder / "var")]
    done = CliRunner().invoke(build(), arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def draft(folder: Path, tmp_path: Path, *more: str, since: str = "2031-07-01") -> str:
    """Draft the folder `draft`; the version."""
    told = herald(folder, "publish", tmp_path / "draft", "--by", "Anna Ahn", "--from", since, *more)
    found = re.search(r"version ([0-9a-f]{12}) is drafted", told)
    assert found, told
    return found[1]


def test_a_version_is_drafted_approved_listed_and_rolled_back(folder: Path, tmp_path: Path) -> None:
    told = herald(folder, "publish", tmp_path / "draft", "--by", "Anna Ahn", "--from", "2031-07-01", "--note", "more")
    version = load_catalogue(tmp_path / "draft").version[:12]
    assert f"version {version} is drafted, to be in force from 2031-07-01 00:00+08:00" in told
    assert f"herald catalogue approve {folder}/town.yaml {version} --by NAME" in told
    assert "draft" in herald(folder, "versions")

    approved = herald(folder, "approve", version, "--by", "Bert Bo")
    assert f"version {version} is approved, in force from 2031-07-01 00:00+08:00" in approved
    assert "2 public services changed: moving_help, work_grant" in approved
    assert "taken from the names" in approved, "one account for two names is told"

    [row] = [line for line in herald(folder, "versions").splitlines() if version in line]
    for word in ("approved", "2031-07-01 00:00+08:00", "Anna Ahn", "Bert Bo", "more"):
        assert word in row

    gone = herald(folder, "rollback", version[:6], "--by", "Cora Cho", "--note", "too soon")
    assert f"version {version} is rolled back" in gone
    assert "rolled back by Cora Cho" in " ".join(herald(folder, "versions").split())


def test_whoever_drafted_cannot_approve(folder: Path, tmp_path: Path) -> None:
    version = draft(folder, tmp_path)
    with pytest.raises(PublicationError, match="drafted by Anna Ahn; another person must approve it"):
        herald(folder, "approve", version, "--by", "ANNA  ahn")
    for nobody in ("", " ", "Anna Ahn\u200b", "7"):
        with pytest.raises(PublicationError, match="names nobody"):
            herald(folder, "approve", version, "--by", nobody)
    assert "approved" not in herald(folder, "versions").replace("approved by", "")


def test_the_same_draft_again_is_the_same_draft_and_another_one_of_that_version_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    assert draft(folder, tmp_path) == draft(folder, tmp_path)
    with pytest.raises(PublicationError, match="waits for its approval already"):
        draft(folder, tmp_path, since="2031-08-01")
    herald(folder, "rollback", load_catalogue(tmp_path / "draft").version, "--by", "Anna Ahn", "--note", "other day")
    draft(folder, tmp_path, since="2031-08-01")


def test_of_eight_who_publish_at_once_each_version_has_one_draft_and_each_day_one_approval(
    folder: Path, tmp_path: Path
) -> None:
    for number in range(4):
        write_services(tmp_path / f"draft{number}", 80 + number)
    since = datetime(2031, 7, 1, tzinfo=UTC)

    def attempt(number: int, approve: str = "") -> str:
        with publishing(folder / "town.yaml", folder / "var") as desk:
            try:
                if approve:
                    return desk.approve(approve, f"Zoe {chr(65 + number)}")[0].version
                return desk.draft(tmp_path / f"draft{number % 4}", since, f"Person {chr(65 + number)}", "")[0].version
            except PublicationError:
                return ""

    with ThreadPoolExecutor(8) as pool:
        drafted = list(pool.map(attempt, range(8)))
        assert sorted(filter(None, drafted)) == sorted(set(drafted) - {""})
        assert len(set(drafted) - {""}) == 4
        waiting = [version for version in drafted if version] * 2
        approved = [version for version in pool.map(attempt, range(8), waiting) if version]
    assert len(approved) == 1, "two that begin at the same instant would leave open which one holds"


def test_a_second_version_tells_what_differs_from_the_one_in_force(folder: Path, tmp_path: Path) -> None:
    herald(folder, "approve", draft(folder, tmp_path, since="2031-06-01"), "--by", "Bert Bo")
    write_services(tmp_path / "draft", 90, {"work_grant": "hired", "train_pass": "moved"})
    (tmp_path / "draft" / "moving_help.yaml").unlink()
    told = herald(folder, "publish", tmp_path / "draft", "--by", "Anna Ahn", "--from", "2031-07-01T12:30+08:00")
    assert "to be in force from 2031-07-01 12:30+08:00" in told
    for line in ("train_pass added", "moving_help removed", "work_grant changed"):
        assert line in told


def test_the_descriptors_own_folder_is_the_default(folder: Path) -> None:
    told = herald(folder, "publish", "--by", "Anna Ahn", "--from", "2031-07-01")
    assert load_catalogue(folder / "services").version[:12] in told


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["publish", "--by", "7", "--from", "2031-07-01"], PublicationError, "names nobody"),
        (["publish", "--by", "Anna", "--from", "soon"], SetupError, "not an ISO 8601"),
        (["publish", "/nowhere", "--by", "Anna", "--from", "2031-07-01"], CatalogueError, "no public service there"),
        (["approve", "abc", "--by", "Bert"], PublicationError, "no draft that waits for approval begins with 'abc'"),
        (["approve", "", "--by", "Bert"], PublicationError, "no draft"),
        (["rollback", "--by", "Bert", "--note", "x"], PublicationError, "no published version is in force"),
        (["rollback", "abc", "--by", "Bert", "--note", "x"], PublicationError, "could be rolled back"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    folder: Path, words: list[str], error: type[HeraldError], message: str
) -> None:
    with pytest.raises(error, match=message) as told:
        herald(folder, *words)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("rule", ["income <", "incme < 80", "income < 80 and income > 90", "income == 'low'"])
def test_a_catalogue_with_a_fault_is_not_drafted(folder: Path, tmp_path: Path, rule: str) -> None:
    file = tmp_path / "draft" / "work_grant.yaml"
    file.write_text(file.read_text().replace("income < 80", rule))
    with pytest.raises(CatalogueError, match=r"work_grant\.yaml:\d+: .*herald catalogue check"):
        draft(folder, tmp_path)
    assert "no version is on record" in herald(folder, "versions")


@pytest.mark.timeout(120)
def test_a_publish_that_is_killed_leaves_a_whole_draft_or_none(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recommender.cli", "catalogue", "publish", str(folder / "town.yaml")]
    command += [str(tmp_path / "draft"), "--by", "Anna Ahn", "--from", "2031-07-01", "--var", str(folder / "var")]
    began = time.monotonic()
    assert subprocess.run(command, env=os.environ, check=True, capture_output=True, timeout=60).returncode == 0
    whole_s = time.monotonic() - began
    for kill in range(6):
        write_services(tmp_path / "draft", 100 + kill)
        version = load_catalogue(tmp_path / "draft").version
        process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole_s * (0.65 + 0.07 * kill))
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open_database(os.environ["HERALD_SERVING_DATABASE_URL"]) as database, database.read() as conn:
            found = [each for each in publications.list_all(conn) if each.version == version]
        assert len(found) <= 1
        assert all(each.waits and each.drafted is not None for each in found)
        assert draft(folder, tmp_path) == version[:12], "typed again, it is drafted, once"
        with open_database(os.environ["HERALD_SERVING_DATABASE_URL"]) as database, database.read() as conn:
            assert [each.version for each in publications.list_all(conn)].count(version) == 1
