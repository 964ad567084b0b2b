"""`herald retain` as cron runs it: first a look, then for good; the page in docs lists every kind with its default."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommender.cli import build
from recommender.clock import SystemClock
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.answering.retention_settings import RetentionSettings
from serving.commands.at_hand import at_hand
from serving.database import audit
from serving.database.retaining import KINDS
from tests.training_town import build_town

PAGE = Path(__file__).parents[2] / "docs" / "data-protection.md"


def herald(folder: Path, *words: str) -> str:
    arguments = ["retain", str(folder / "town.yaml"), *words, "--var", str(folder / "var")]
    done = CliRunner().invoke(build(), arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def counts(said: str) -> dict[str, int]:
    return {line.split()[0]: int(line.split()[-1]) for line in said.splitlines()[1:]}


def test_a_dry_run_counts_what_a_run_deletes_and_deletes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERALD_RETENTION_READINGS_DAYS", "30")
    _, workspace = build_town(people=20).load(tmp_path)
    workspace.rejects.mkdir()
    old = workspace.rejects / "rejects-0001.csv"
    old.write_text("file,row\n")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    os.utime(old, (long_ago, long_ago))
    (workspace.rejects / "rejects-0002.csv").write_text("file,row\n")
    now = SystemClock().now()
    with at_hand(tmp_path / "town.yaml", tmp_path / "var") as here, here.database.write() as conn:
        for days in (1, 29, 31, 400):
            at_us = to_us(now - timedelta(days=days))
            audit.record(conn, CitizenId("p00001"), audit.Opened(audit.WHY, "console a", "a test", at_us))
    due = counts(herald(tmp_path, "--dry-run"))
    assert (due["readings"], due["rejects"]) == (2, 1)
    assert old.exists()
    assert counts(herald(tmp_path)) == due
    assert not old.exists()
    assert counts(herald(tmp_path))["readings"] == 0


def test_the_page_lists_every_kind_with_its_setting_and_default() -> None:
    told = dict(re.findall(r"^\| [^|]+ \| `HERALD_RETENTION_([A-Z_]+)` \| ([0-9]+) \|", PAGE.read_text(), re.MULTILINE))
    fields = RetentionSettings.model_fields
    assert told == {name.upper(): str(field.default) for name, field in fields.items()}
    assert {f"{kind.name}_days" for kind in KINDS} | {"rejects_days"} == set(fields)


def test_every_duty_on_the_page_names_tests_that_there_are() -> None:
    named = re.findall(r"`(tests/[a-z_/]+\.py)(?:::([a-z_0-9]+))?`", PAGE.read_text())
    assert len(named) >= 20
    for file, test in named:
        text = (PAGE.parents[1] / file).read_text()
        assert not test or f"def {test}(" in text, f"{file}::{test}"
