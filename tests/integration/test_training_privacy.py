"""A run trains again to the same bytes, holds nobody's row, and leaves out who does not want to be learnt from."""

import re
import struct
from datetime import UTC, datetime
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
import pytest

from features.descriptor import Descriptor
from features.schema import load_schema
from features.workspace import Workspace
from recommender.decision import LegalGround
from recommender.disputes import Disputed
from recommender.errors import ModelError, WorkspaceError
from recommender.identifiers import CitizenId
from serving.answering.excluding import excluded
from serving.database.connect import open_database
from serving.database.disputes import NOWHERE, UPHELD, disputes_of, raise_dispute, settle
from serving.database.grounds import put_ground
from serving.database.preferences import PROFILING, REFUSED, put_preferences
from tests.training_town import Town, build_town
from training.dataset import Source
from training.excluded import FEW, Excluded, excluded_from
from training.models import Recipe
from training.registry import MODEL, registry_of
from training.reproducing import reproduce
from training.run import Order, Outcome, train

QUICK = Recipe(l2=1.0, feature_share=0.8, rounds_at_most=25, seed=3)
SENTINEL = 987654.25
NOW = datetime(2010, 1, 1, tzinfo=UTC)


def silent(title: str, done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Descriptor, Workspace]:
    town = build_town(people=500)
    richest = (pl.col("person") == "p00001") & (pl.col("as_of") == datetime(2003, 12, 31, tzinfo=UTC))
    people = town.people.with_columns(income=pl.when(richest).then(SENTINEL).otherwise(pl.col("income")))
    return Town(people, town.events, town.chances).load(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def outcome(loaded: tuple[Descriptor, Workspace]) -> Outcome:
    return train(loaded[1], loaded[0], registry_of(loaded[1]), Order(QUICK, 50_000), silent)


def test_no_run_and_no_artifact_holds_a_citizen_or_a_value_of_one(
    outcome: Outcome, loaded: tuple[Descriptor, Workspace]
) -> None:
    registry = registry_of(loaded[1])
    written = [file for file in loaded[1].mlflow_artifacts.rglob("*") if file.is_file()]
    assert {"order.json", "digests.json", "model_digests.json", "needs.json"} <= {file.name for file in written}
    assert not [file for file in written if "example" in file.name]
    assert registry.file is not None
    sentinels = [str(SENTINEL).encode(), struct.pack("<d", SENTINEL), struct.pack("<f", SENTINEL)]
    for file in [*written, registry.file]:
        content = re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", file.read_bytes())  # a picture may hold any six letters
        assert not re.search(rb"p\d{5}\b", content), file
        assert not [value for value in sentinels if value in content], file


def test_what_a_forest_says_of_its_features_scores_nothing(
    outcome: Outcome, loaded: tuple[Descriptor, Workspace]
) -> None:
    rows = Source(loaded[1], loaded[0], load_schema(loaded[1])).everyone(NOW).features
    own = [lightgbm.Booster(model_str=text).predict(rows, raw_score=True) for text in outcome.fitted.forest.texts]
    assert np.allclose(np.stack(own, axis=1), outcome.fitted.forest.raw(rows))


def test_a_run_trained_again_is_identical(outcome: Outcome, loaded: tuple[Descriptor, Workspace]) -> None:
    found = reproduce(loaded[1], loaded[0], registry_of(loaded[1]), outcome.registered.run_id, silent)
    assert found.inputs == ()
    assert found.lines() == ["identical: the same model, byte for byte"]
    versions = registry_of(loaded[1]).open().search_model_versions(f"name='{MODEL}'")
    assert len(versions) == 1


def test_a_run_of_other_data_is_told_apart(
    outcome: Outcome, loaded: tuple[Descriptor, Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = Excluded(frozenset(f"p{i:05d}" for i in range(40)), {"objected": 40})
    monkeypatch.setattr("training.reproducing.excluded_from", lambda workspace, descriptor: leaving)
    found = reproduce(loaded[1], loaded[0], registry_of(loaded[1]), outcome.registered.run_id, silent)
    assert found.inputs == ("examples",)
    assert "forest" in found.outputs
    assert not found.identical


def test_a_run_that_is_not_there_is_named(outcome: Outcome, loaded: tuple[Descriptor, Workspace]) -> None:
    with pytest.raises(ModelError, match="has no run"):
        reproduce(loaded[1], loaded[0], registry_of(loaded[1]), "0" * 32, silent)


@pytest.fixture
def place(tmp_path: Path) -> tuple[Descriptor, Workspace]:
    return build_town(people=60).load(tmp_path)


def test_whoever_objects_refuses_or_disputes_is_no_example(place: tuple[Descriptor, Workspace]) -> None:
    descriptor, workspace = place
    refusing, back, objecting, disputing, upheld = (CitizenId(f"p{i:05d}") for i in range(5))
    law = LegalGround("law", "Act", True, 0)
    with open_database(f"sqlite:///{workspace.operational_db}") as database, database.write() as conn:
        put_preferences(conn, refusing, {PROFILING: REFUSED}, NOW)
        put_preferences(conn, back, {PROFILING: REFUSED}, NOW)
        put_preferences(conn, back, {}, NOW)
        put_ground(conn, objecting, "inform", law, NOW)
        for citizen in (disputing, upheld):
            about = Disputed(0, attribute="job", value="sailor")
            raise_dispute(conn, citizen, about, (["moving_help"], "population", "portal"), asked=NOWHERE)
        settle(conn, disputes_of(conn, upheld)[0].dispute_id, UPHELD, "registry", "it is so", NOW)
    left_out = excluded_from(workspace, descriptor)
    assert left_out.citizens == {refusing, objecting, disputing}
    assert left_out.told()["left_out_objected"] == f"fewer than {FEW}"
    source = Source(workspace, descriptor, load_schema(workspace), excluded=left_out.citizens)
    learnt = set(source.labelled([datetime(2004, 12, 31, tzinfo=UTC)], datetime(2005, 12, 31, tzinfo=UTC)).citizens)
    assert not learnt & left_out.citizens
    assert {back, upheld} <= learnt


def test_nobody_is_learnt_from_while_it_is_not_known_who_objects(place: tuple[Descriptor, Workspace]) -> None:
    descriptor, workspace = place
    assert excluded(workspace, descriptor) == {}
    workspace.operational_db.write_bytes(b"no database")
    with pytest.raises(WorkspaceError, match="who objects cannot be read"):
        train(workspace, descriptor, registry_of(workspace), Order(QUICK, 50_000), silent)
