"""`herald doctor` says what is stale, broken or has moved, in one line each, and how to mend it."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.descriptor import Descriptor
from features.workspace import Workspace
from tests.training_town import Town, build_town
from training.doctor import examine
from training.drift import MOVED, MUCH, psi
from training.models import Recipe
from training.registry import MODEL, registry_of
from training.run import Order, train

QUICK = Recipe(l2=1.0, feature_share=0.8, rounds_at_most=60, seed=3)


def silent(title: str, done: int, total: int) -> None:
    """No progress is shown."""


def test_the_index_is_that_of_the_formula_and_nothing_for_the_same_people() -> None:
    then = np.array([0.0] * 50 + [1.0] * 50)
    now = np.array([0.0] * 80 + [1.0] * 20)
    wanted = 0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5)
    assert psi(then, now, bins=2) == pytest.approx(wanted, rel=1e-6)
    random = np.random.default_rng(0)
    assert psi(random.normal(size=5_000), random.normal(size=5_000)) < MOVED
    assert psi(random.normal(size=5_000), random.normal(2, 1, size=5_000)) > MUCH
    assert psi(random.normal(size=500), np.full(500, np.nan)) > MUCH


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Descriptor, Workspace]:
    town = build_town(people=800)
    last = pl.col("as_of").dt.year() == 2009
    moved = town.people.with_columns(income=pl.when(last).then(pl.col("income") + 200).otherwise(pl.col("income")))
    return Town(moved, town.events, town.chances).load(tmp_path_factory.mktemp("town"))


def test_before_a_training_it_says_to_train_and_to_materialise(loaded: tuple[Descriptor, Workspace]) -> None:
    found = {finding.words: finding.mend for finding in examine(*loaded, None)}
    assert "herald train" in found["nothing was trained yet"]
    assert "herald materialise" in found["no features online"]


def test_it_names_what_moved_who_fell_silent_and_what_nobody_approved(loaded: tuple[Descriptor, Workspace]) -> None:
    descriptor, workspace = loaded
    registry = registry_of(workspace)
    outcome = train(workspace, descriptor, registry, Order(QUICK, 50_000), silent)
    assert outcome.promoted
    now = datetime(2010, 1, 31, tzinfo=UTC)
    lines = [finding.line for finding in examine(descriptor, workspace, now)]
    assert any(line.startswith("wrong  income ") and "(PSI)" in line for line in lines)
    assert any(line.startswith("well   champion is version 1, approved by") for line in lines)
    client = registry.open()
    client.delete_model_version_tag(MODEL, "1", "approved_by")
    later = [finding.line for finding in examine(descriptor, workspace, datetime(2013, 1, 1, tzinfo=UTC))]
    assert any("approved by nobody: move the alias back" in line for line in later)
    assert any(line.startswith("wrong  events of Registry") for line in later)
    assert any("more than two horizons ago" in line for line in later)
    experiment = client.get_experiment_by_name("herald/town/watch")
    [run, *_] = client.search_runs([experiment.experiment_id])
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"findings.txt", "plots"} <= names
    assert run.data.metrics["findings/wrong"] >= 3
    assert not [f for f in Path(workspace.mlflow_artifacts).rglob("findings.txt") if "p000" in f.read_text()]
