"""Nothing known after a decision reaches its dataset: tried on a small city, and with leaks planted on purpose."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from experiments.city.simulate import Plan, build
from experiments.leaks import leaks
from features import dataset
from features.descriptor import Descriptor, load_descriptor
from features.schema import load_schema
from features.workspace import Workspace
from recommender.errors import ModelError
from tests.training_town import TOWN, YEARS, Town, build_town
from training.dataset import Examples, Source
from training.fitting import _apart, _cross_fitted
from training.leaks import looking_ahead, refuse_leaks
from training.models import Recipe
from training.registry import champion_version, registry_of
from training.run import Order, train

CITY = Path(__file__).parents[2] / "experiments" / "city" / "dataset.yaml"
CUT = datetime(2022, 9, 30, tzinfo=UTC)
SEED = 3


def silent(title: str, done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    build(folder, Plan(150, 30, 7, 0), lambda what, done, of: None)
    return folder


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Descriptor, Workspace]:
    return build_town(people=600).load(tmp_path_factory.mktemp("town"))


def source_of(loaded: tuple[Descriptor, Workspace]) -> Source:
    return Source(loaded[1], loaded[0], load_schema(loaded[1]), 50_000, SEED)


def learnt(source: Source) -> Examples:
    times = [datetime(year, 12, 31, tzinfo=UTC) for year in YEARS[:-2]]
    return source.labelled(times, datetime(YEARS[-2], 12, 31, tzinfo=UTC))


def test_the_citys_dataset_is_the_same_whatever_became_known_afterwards(city: Path, tmp_path: Path) -> None:
    assert leaks(load_descriptor(CITY), city, CUT, tmp_path) == []


def test_a_join_that_looks_ahead_is_found(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look_ahead(monkeypatch)
    assert leaks(load_descriptor(CITY), city, CUT, tmp_path)[0].startswith("what became known after 2022-09-30 changes")


def look_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the join takes the state after the decision, not the one before."""
    joined: Callable[..., pl.DataFrame] = pl.DataFrame.join_asof

    def join(self: pl.DataFrame, other: pl.DataFrame, **how: object) -> pl.DataFrame:
        ahead = {**how, "strategy": "forward"} if how.get("right_on") == "known_at" else how
        return joined(self, other, **ahead)

    monkeypatch.setattr(dataset.pl.DataFrame, "join_asof", join)


def test_honest_features_pass(loaded: tuple[Descriptor, Workspace]) -> None:
    source = source_of(loaded)
    assert refuse_leaks(source, learnt(source), SEED)["leaks"] == "none found"


def test_a_feature_made_of_later_facts_is_named(
    loaded: tuple[Descriptor, Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(loaded)
    with monkeypatch.context() as ahead:
        look_ahead(ahead)
        leaking = learnt(source)
    found = looking_ahead(source, leaking, SEED)
    assert {"days_since_moved", "hired_total"} <= set(found)
    with pytest.raises(ModelError, match="a leak"):
        refuse_leaks(source, leaking, SEED)


def test_a_planted_column_that_holds_the_label_is_named_and_trains_no_champion(tmp_path: Path) -> None:
    town = build_town(people=600)
    year = pl.col("on").dt.year() - 1
    moves = town.events.filter(pl.col("what") == "moved").select("person", year.alias("year"), leaving=True)
    people = town.people.with_columns(pl.col("as_of").dt.year().alias("year")).join(moves, ["person", "year"], "left")
    # filled in a year later, and dated back
    planted = people.with_columns(pl.col("leaving").fill_null(False)).drop("year")
    columns = {**TOWN["tables"]["people"]["columns"], "leaving": {"role": "attribute", "type": "boolean"}}
    tables = {**TOWN["tables"], "people": {**TOWN["tables"]["people"], "columns": columns}}
    descriptor, workspace = Town(planted, town.events, town.chances).load(tmp_path, tables=tables)
    registry = registry_of(workspace)
    with pytest.raises(ModelError, match=r"leaving tells 100% of moved.*that is the label in disguise"):
        train(workspace, descriptor, registry, Order(Recipe(rounds_at_most=5), 50_000), silent)
    assert champion_version(registry.open()) is None


def test_a_person_is_on_one_side_of_every_split_by_person(loaded: tuple[Descriptor, Workspace]) -> None:
    examples = learnt(source_of(loaded))
    learning, stopping = _apart(examples, SEED)
    assert not set(learning.citizens) & set(stopping.citizens)
    assert len(learning) + len(stopping) == len(examples)
    for folds in (2, 5):
        fold = examples.folds(folds, SEED)
        assert all(len(np.unique(fold[examples.citizens == who])) == 1 for who in np.unique(examples.citizens)[:100])


def test_nobodys_calibration_is_fitted_on_their_own_labels(loaded: tuple[Descriptor, Workspace]) -> None:
    examples = learnt(source_of(loaded))
    raw = np.zeros(examples.labels.shape)
    mine = examples.folds(2, SEED) == 0
    other = Examples(
        examples.citizens,
        examples.as_of_us,
        examples.features,
        np.where(mine[:, None], 1 - examples.labels, examples.labels),
    )
    before, after = _cross_fitted(raw, examples, SEED), _cross_fitted(raw, other, SEED)
    assert np.array_equal(before[mine], after[mine])
    assert not np.array_equal(before[~mine], after[~mine])
