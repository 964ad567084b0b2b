"""A disk that takes no more: one clear line, exit code 2, nothing half-written, and all is well once there is room."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training_town import build_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    build_town(people=300).write(folder)
    done = herald("ingest", "town.yaml", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


def herald(*words: str, folder: Path, bytes_at_most: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command as typed. bytes_at_most: no file may grow beyond it, as on a disk that is full."""

    def limit() -> None:
        if bytes_at_most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_at_most, bytes_at_most))

    command = [sys.executable, "-m", "recommender.cli", *words]
    return subprocess.run(  # the child is a fresh interpreter: nothing else runs between fork and exec
        command, capture_output=True, text=True, cwd=folder, timeout=180, check=False, preexec_fn=limit, env=os.environ
    )


def assert_one_line(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert all(words in done.stderr for words in said), done.stderr


@pytest.mark.parametrize("draft", ["states/life_events.draft", "schema.draft"])
def test_features_stay_as_they_were_when_ingest_cannot_write_them(town: Path, draft: str) -> None:
    offline = town / "var/town/offline"
    before = {path: path.read_bytes() for path in (*offline.glob("states/*"), offline / "schema.json")}
    (offline / draft).symlink_to("/dev/full")
    done = herald("ingest", "town.yaml", folder=town)
    assert_one_line(done, "the disk is full", "offline/states", "run `herald ingest` again")
    assert {path: path.read_bytes() for path in (*offline.glob("states/*"), offline / "schema.json")} == before
    assert not list(offline.rglob("*.draft"))


def test_materialise_says_that_there_is_no_room_and_fills_the_store_later(town: Path) -> None:
    assert_one_line(herald("materialise", "town.yaml", folder=town, bytes_at_most=500), "var/town", "make room")
    assert "300 citizens are online" in herald("materialise", "town.yaml", folder=town).stdout


def test_training_that_met_a_full_disk_while_mlflow_migrated_can_be_run_again(town: Path) -> None:
    done = herald("train", "town.yaml", folder=town, bytes_at_most=300_000)
    assert_one_line(done, "mlflow.db", "the champion is as it was")
    assert not (town / "var/mlflow.db").exists()
    assert not list((town / "var").glob(".mlflow.db.draft*"))
    again = herald("train", "town.yaml", "--no-promote", folder=town)
    assert again.returncode == 0, again.stderr
    assert "version 1 of herald-needs" in again.stdout


def test_training_that_finds_no_room_for_its_record_leaves_the_champion(town: Path) -> None:
    ready = herald("train", "town.yaml", "--no-promote", folder=town)
    assert ready.returncode == 0, ready.stderr
    size = (town / "var/mlflow.db").stat().st_size
    done = herald("train", "town.yaml", folder=town, bytes_at_most=size)
    assert_one_line(done, "mlflow.db", "the champion is as it was")


def test_a_backtest_that_cannot_be_written_leaves_nothing(town: Path) -> None:
    out = town / "p.parquet"
    (town / ".p.parquet.draft").symlink_to("/dev/full")
    days = ["--train-through", "2006-12-31", "--validate-through", "2007-12-31", "--as-of", "2007-12-31"]
    done = herald("backtest", "town.yaml", "--tables", ".", *days, "--out", str(out), folder=town)
    assert_one_line(done, "p.parquet", "the disk is full")
    assert not out.exists()
    assert not list(town.glob(".p.parquet*"))
