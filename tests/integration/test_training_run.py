"""From tables to a champion, on a small town, through the real ingest and the real MLflow."""

import logging
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.descriptor import Descriptor
from features.schema import load_schema
from features.workspace import Workspace
from recommender.adapters.lightgbm_scorer import load_scorer
from recommender.errors import ModelError, WorkspaceError
from recommender.identifiers import ModelVersion
from recommender.testing.scorers import SCORER_CHECKS, ScorerCheck
from tests.training_town import TOWN, Town, build_town
from training import registry as registries
from training.backtest import Question, backtest
from training.dataset import Source
from training.fitting import Periods, first_known, fit
from training.models import Recipe
from training.promote import promote
from training.registry import MODEL, champion_version, registry_of
from training.run import Order, Outcome, latest_periods, train

QUICK = Recipe(l2=1.0, feature_share=0.8, rounds_at_most=100, seed=3)
ROWS = 50_000


def silent(title: str, done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town()


@pytest.fixture(scope="module")
def loaded(town: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[Descriptor, Workspace]:
    return town.load(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def outcome(loaded: tuple[Descriptor, Workspace]) -> Outcome:
    descriptor, workspace = loaded
    return train(workspace, descriptor, registry_of(workspace), Order(QUICK, ROWS), silent)


@pytest.fixture
def scorer_folder(outcome: Outcome, tmp_path: Path) -> Path:
    return outcome.fitted.parts.write(tmp_path / "scorer")


def test_what_beats_the_baselines_becomes_champion(outcome: Outcome, loaded: tuple[Descriptor, Workspace]) -> None:
    client = registry_of(loaded[1]).open()
    version = client.get_model_version(MODEL, champion_version(client) or "")
    assert outcome.promoted
    assert str(version.version) == outcome.registered.version
    assert version.tags["verdict"] == "passed"
    assert version.tags["dataset"] == "town"
    assert version.tags["schema_digest"] == load_schema(loaded[1]).digest
    assert "popularity" in version.tags["verdict_reasons"]
    assert version.tags["approved_by"]


def test_the_registered_scorer_scores_as_the_trained_one(
    outcome: Outcome, loaded: tuple[Descriptor, Workspace], tmp_path: Path
) -> None:
    from mlflow.artifacts import download_artifacts

    descriptor, workspace = loaded
    registry = registry_of(workspace)
    source = registry.open().get_model_version_download_uri(MODEL, outcome.registered.version)
    fetched = download_artifacts(
        artifact_uri=f"{source}/artifacts/scorer", dst_path=str(tmp_path), tracking_uri=registry.address
    )
    registered = load_scorer(Path(fetched), ModelVersion("1"))
    trained = load_scorer(outcome.fitted.parts.write(tmp_path / "trained"), ModelVersion("1"))
    everyone = Source(workspace, descriptor, load_schema(workspace)).everyone(datetime(2009, 12, 31, tzinfo=UTC))
    assert np.array_equal(registered.score(everyone.features), trained.score(everyone.features))
    raw = outcome.fitted.forest.raw(everyone.features)
    wanted = outcome.fitted.parts.calibration.apply(raw)
    assert np.allclose(registered.score(everyone.features), wanted, atol=1e-6)


@pytest.mark.parametrize("check", SCORER_CHECKS, ids=lambda check: check.__name__)
def test_a_trained_scorer_keeps_the_ports_promises(check: ScorerCheck, scorer_folder: Path) -> None:
    scorer = load_scorer(scorer_folder, ModelVersion("7"))
    random = np.random.default_rng(0)
    features = random.normal(2, 3, size=(40, len(scorer.feature_names))).astype(np.float32)
    features[random.random(features.shape) < 0.2] = np.nan
    check(scorer, features)


def test_the_same_data_and_seed_give_the_same_bytes(
    outcome: Outcome, loaded: tuple[Descriptor, Workspace], tmp_path: Path
) -> None:
    descriptor, workspace = loaded
    again = train(workspace, descriptor, registry_of(workspace), Order(QUICK, ROWS, promoting=False), silent)
    first, second = outcome.fitted.parts.write(tmp_path / "a"), again.fitted.parts.write(tmp_path / "b")
    assert {f.name: f.read_bytes() for f in first.iterdir()} == {f.name: f.read_bytes() for f in second.iterdir()}


def test_a_run_holds_figures_and_digests_and_no_persons_row(
    outcome: Outcome, loaded: tuple[Descriptor, Workspace]
) -> None:
    workspace = loaded[1]
    run = registry_of(workspace).open().get_run(outcome.registered.run_id)
    assert run.data.metrics["validation/log_loss"] < run.data.metrics["popularity/log_loss"]
    assert "needs/moved/ece" in run.data.metrics
    assert {"digest_tables_people", "digest_descriptor", "digest_code", "seed"} <= set(run.data.params)
    for file in (f for f in workspace.mlflow_artifacts.rglob("*") if f.is_file()):
        written = re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", file.read_bytes())  # a picture may hold any six letters
        assert b"p00" not in written or file.suffix == ".png", file


def test_training_leaves_logging_as_it_was(loaded: tuple[Descriptor, Workspace]) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    registry_of(loaded[1]).open()
    assert (list(root.handlers), root.level) == before
    assert not logging.getLogger("herald.champion").disabled


def test_a_refused_version_is_not_promoted_by_anybody(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Labels of another world: next year's events are dealt to people at random, so nothing can be learnt.
    random = np.random.default_rng(5)
    people = town.people["person"].unique().sort().to_numpy()
    dealt = town.events.with_columns(person=pl.Series(random.choice(people, town.events.height)))
    descriptor, workspace = Town(town.people, dealt, town.chances).load(tmp_path)
    registry = registry_of(workspace)
    outcome = train(workspace, descriptor, registry, Order(QUICK, ROWS), silent)
    assert not outcome.fitted.verdict.passed
    assert outcome.champion is None
    with pytest.raises(ModelError, match="verdict refused"):
        promote(registry.open(), "town", outcome.registered.version, "A. Person")
    assert champion_version(registry.open()) is None


def test_a_version_of_another_dataset_is_not_promoted(outcome: Outcome, loaded: tuple[Descriptor, Workspace]) -> None:
    with pytest.raises(ModelError, match="was trained on town, not on elsewhere"):
        promote(registry_of(loaded[1]).open(), "elsewhere", outcome.registered.version, "A. Person")


def test_an_unknown_version_is_named(outcome: Outcome, loaded: tuple[Descriptor, Workspace]) -> None:
    with pytest.raises(ModelError, match="no version 99"):
        promote(registry_of(loaded[1]).open(), "town", "99", "A. Person")


def test_a_locked_registry_is_told_in_one_line(
    outcome: Outcome, loaded: tuple[Descriptor, Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registries, "_LOCK_WAIT_S", 0.1)
    registry = registry_of(loaded[1])
    assert registry.file is not None
    holder = sqlite3.connect(registry.file)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(WorkspaceError, match="cannot be written"):
            train(loaded[1], loaded[0], registry, Order(QUICK, ROWS), silent)
    finally:
        holder.rollback()
        holder.close()
    assert champion_version(registry.open()) == outcome.registered.version


def test_a_workspace_without_ingest_is_named(tmp_path: Path, town: Town) -> None:
    descriptor = town.write(tmp_path)
    workspace = Workspace(tmp_path / "var" / "town")
    with pytest.raises(WorkspaceError, match="herald ingest"):
        train(workspace, descriptor, registry_of(workspace), Order(QUICK, ROWS), silent)


def test_a_short_history_is_named(tmp_path: Path, town: Town) -> None:
    descriptor, workspace = town.load(tmp_path, through=datetime(2002, 12, 31, tzinfo=UTC))
    with pytest.raises(ModelError, match="too short a history"):
        latest_periods(Source(workspace, descriptor, load_schema(workspace)), None)


def test_a_need_that_never_occurred_is_learnt_as_rare(tmp_path: Path, town: Town) -> None:
    needs = {"moved": {"event": "moved"}, "abducted": {"event": "abducted"}}
    descriptor, workspace = town.load(tmp_path, needs=needs)
    source = Source(workspace, descriptor, load_schema(workspace), ROWS, 3)
    fitted = fit(source, latest_periods(source, None), QUICK, {}, silent)
    scorer = load_scorer(fitted.parts.write(tmp_path / "scorer"), ModelVersion("1"))
    scores = scorer.score(source.everyone(datetime(2009, 12, 31, tzinfo=UTC)).features)
    assert scores[:, scorer.need_keys.index("abducted")].max() < 0.01  # type: ignore[arg-type]


def test_no_label_at_all_is_named(tmp_path: Path, town: Town) -> None:
    descriptor, workspace = town.load(tmp_path, needs={"abducted": {"event": "abducted"}})
    source = Source(workspace, descriptor, load_schema(workspace), ROWS, 3)
    with pytest.raises(ModelError, match="no need ever occurred"):
        fit(source, latest_periods(source, None), QUICK, {}, silent)


def test_a_backtest_covers_every_citizen_and_need_once(tmp_path: Path, town: Town) -> None:
    descriptor = town.write(tmp_path)
    times = tuple(datetime(year, 12, 31, tzinfo=UTC) for year in (2007, 2008))
    periods = Periods(datetime(2006, 12, 31, tzinfo=UTC), times[0])
    out = tmp_path / "p.parquet"
    backtest(descriptor, Question(tmp_path, periods, times, out, rows_at_most=ROWS), QUICK, silent)
    told = pl.read_parquet(out)
    assert told.columns == ["citizen_id", "as_of", "need", "probability"]
    assert told.height == 1200 * 2 * 2
    assert told.unique(["citizen_id", "as_of", "need"]).height == told.height
    assert told["probability"].is_between(0, 1).all()


def test_a_backtest_does_not_see_what_comes_after(tmp_path: Path, town: Town) -> None:
    at = datetime(2007, 12, 31, tzinfo=UTC)
    periods = Periods(datetime(2006, 12, 31, tzinfo=UTC), at)
    later = pl.col("told") > at
    other = town.events.with_columns(what=pl.when(later).then(pl.lit("moved")).otherwise(pl.col("what")))
    people = town.people.with_columns(
        job=pl.when(pl.col("as_of") > at).then(pl.lit("astronaut")).otherwise(pl.col("job"))
    )
    answers = []
    for name, tables in (("true", town), ("changed", Town(people, other, town.chances))):
        descriptor = tables.write(tmp_path / name)
        out = tmp_path / f"{name}.parquet"
        backtest(descriptor, Question(tmp_path / name, periods, (at,), out, rows_at_most=ROWS), QUICK, silent)
        answers.append(pl.read_parquet(out))
    assert answers[0].equals(answers[1])


def test_people_never_seen_in_training_are_scored(tmp_path: Path, town: Town) -> None:
    descriptor = town.write(tmp_path / "known")
    others = build_town(people=50, seed=9)
    renamed = others.people.with_columns(person="q" + pl.col("person"))
    Town(renamed, others.events.with_columns(person="q" + pl.col("person")), others.chances).write(tmp_path / "new")
    at = datetime(2008, 12, 31, tzinfo=UTC)
    periods = Periods(datetime(2007, 12, 31, tzinfo=UTC), at)
    out = tmp_path / "p.parquet"
    question = Question(tmp_path / "known", periods, (at,), out, tmp_path / "new", rows_at_most=ROWS)
    backtest(descriptor, question, QUICK, silent)
    told = pl.read_parquet(out)
    assert told["citizen_id"].n_unique() == 50
    assert told["citizen_id"].str.starts_with("qp").all()


def test_an_event_of_decades_ago_brings_no_example_of_years_of_which_nothing_else_is_known(tmp_path: Path) -> None:
    town = build_town(people=20)
    long_ago = town.events.head(1).with_columns(
        on=datetime(1985, 6, 15, tzinfo=UTC), told=datetime(1985, 6, 15, tzinfo=UTC)
    )
    old = Town(town.people, pl.concat([town.events, long_ago]), town.chances)
    town.people.select("person", "as_of", rank="income").write_parquet(tmp_path / "ranks.parquet")
    columns = {"person": "pseudonym", "as_of": "as_of", "rank": {"role": "attribute", "type": "number"}}
    ranks = {"register": "ranks", "authority": "Registry", "kind": "history", "file": "ranks.parquet"}
    descriptor, workspace = old.load(tmp_path, tables={**TOWN["tables"], "ranks": {**ranks, "columns": columns}})
    assert first_known(Source(workspace, descriptor, load_schema(workspace))) == datetime(2001, 12, 31, tzinfo=UTC)
