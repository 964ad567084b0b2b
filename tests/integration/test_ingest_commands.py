"""`herald ingest` and `herald registers`, as typed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DESCRIPTOR = """
dataset: town
title: Registers of a town
time_zone: Europe/Tallinn
horizon: P1Y
decision_times: monthly
needs: {moved: {event: moved}}
tables:
  people:
    register: population
    authority: Interior Ministry
    kind: history
    file: people.csv
    columns: {person: pseudonym, as_of: as_of, district: {role: attribute, type: category}}
  events:
    register: population
    authority: Interior Ministry
    kind: history
    file: events.csv
    rejects_at_most: 0.5
    columns: {person: pseudonym, what: event_type, on: happened}
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    (tmp_path / "dataset.yaml").write_text(DESCRIPTOR)
    (tmp_path / "people.csv").write_text("person,as_of,district\nann,2024-01-01,d01\nbob,2024-01-01,d02\n")
    (tmp_path / "events.csv").write_text("person,what,on\nann,moved,2024-02-01\nbob,moved,some day\n")
    return tmp_path / "dataset.yaml"


def herald(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "160"}
    command = [sys.executable, "-m", "recommender.cli", *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, timeout=120, check=False, env=environment
    )


def test_tables_are_loaded_and_what_is_held_is_listed(town: Path, tmp_path: Path) -> None:
    done = herald("ingest", str(town), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 files, 4 rows read, 3 new facts" in done.stdout
    assert "1 rows set aside, with reasons, in var/town/rejects/rejects-0001.csv" in done.stdout
    assert (tmp_path / "var/town/offline/schema.json").is_file()
    again = herald("ingest", str(town), folder=tmp_path)
    assert "0 files, 0 rows read, 0 new facts" in again.stdout
    listed = herald("registers", str(town), "--at", "2024-02-11", folder=tmp_path)
    assert listed.returncode == 0, listed.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in listed.stdout.splitlines() if "│" in line]
    assert rows == [
        ["population", "Interior Ministry", "people", "2", "2", "2024-01-01", "41 d", "0"],
        ["population", "Interior Ministry", "events", "1", "1", "2024-02-01", "10 d", "1"],
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ingest", "nowhere.yaml"), "no descriptor at nowhere.yaml"),
        (("ingest", "dataset.yaml", "--tables", "elsewhere"), "no file people.csv in elsewhere"),
        (("ingest", "dataset.yaml", "--known-through", "soon"), "'soon' is not an ISO 8601 date or time"),
        (("registers", "dataset.yaml"), "run `herald ingest` first"),
        (("ingest", "dataset.yaml", "--var", "dataset.yaml"), "dataset.yaml"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_two(
    words: tuple[str, ...], said: str, town: Path, tmp_path: Path
) -> None:
    done = herald(*words, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "var/town/offline/registers.json").exists()
