"""What ingest saw for the first time is named, and joins the features together with a champion or not at all."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from features.schema import load_schema
from features.workspace import Workspace
from recommender.cli import build
from recommender.errors import SetupError
from tests.training_town import Town, build_town


def herald(*words: str) -> str:
    done = CliRunner().invoke(build(), list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.replace("\n", " ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A town with a champion in use, which then learns of a new job."""
    town = build_town(people=2_000)
    town.load(tmp_path)
    workspace = Workspace(tmp_path / "var/town")
    workspace.champion.mkdir()
    late = town.people.with_columns(
        pl.when(pl.col("job") == "none").then(pl.lit("diver")).otherwise(pl.col("job")).alias("job"),
        pl.col("as_of") + pl.duration(days=1),
    ).filter(pl.col("as_of").dt.year() < 2009)
    Town(pl.concat([town.people, late]), town.events, town.chances).write(tmp_path)
    return tmp_path


def words(folder: Path) -> tuple[str, ...]:
    return load_schema(Workspace(folder / "var/town")).vocabularies["job"]


def test_ingest_and_train_name_what_is_no_feature_yet_and_growing_takes_it_up(folder: Path) -> None:
    descriptor, var = str(folder / "town.yaml"), str(folder / "var")
    told = herald("ingest", descriptor, "--var", var)
    assert "no feature yet: job=diver; `herald train DESCRIPTOR --grow`" in told
    assert words(folder) == ("none", "sailor", "trainee")
    assert "no feature yet: job=diver" in herald("train", descriptor, "--var", var, "--no-promote")
    grown = herald("train", descriptor, "--var", var, "--grow", "--approve", "Ann Example")
    assert "it is champion now" in grown, grown
    assert "no feature yet" not in grown
    assert words(folder) == ("none", "sailor", "trainee", "diver")
    assert "no feature yet" not in herald("ingest", descriptor, "--var", var)


def test_a_training_that_makes_no_champion_leaves_the_schema_as_it_was(folder: Path) -> None:
    descriptor, var = str(folder / "town.yaml"), str(folder / "var")
    herald("ingest", descriptor, "--var", var)
    offline = Workspace(folder / "var/town").offline
    before = (offline / "schema.json").read_bytes(), (offline / "states/people.parquet").read_bytes()
    with pytest.raises(SetupError, match="contradict"):
        herald("train", descriptor, "--var", var, "--grow", "--no-promote")
    with pytest.raises(Exception, match="too short a history"):
        herald("train", descriptor, "--var", var, "--grow", "--through", "2002-06-30")
    assert ((offline / "schema.json").read_bytes(), (offline / "states/people.parquet").read_bytes()) == before


def test_a_descriptor_whose_features_changed_says_that_the_champion_no_longer_fits(folder: Path) -> None:
    descriptor, var = str(folder / "town.yaml"), str(folder / "var")
    assert "no longer fits" not in herald("ingest", descriptor, "--var", var)
    town = folder / "town.yaml"
    town.write_text(town.read_text().replace("- P1Y", "- P3M"))
    assert "no longer fits" in herald("ingest", descriptor, "--var", var)
    assert "no longer fits" not in herald("ingest", descriptor, "--var", var)
