"""The champion in use: local copy, swap, refusal; and the challenger that scores beside it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recommender.errors import ModelError, NoChampionError, SchemaMismatchError
from recommender.identifiers import ModelVersion
from serving.versions.challenger import Challenger
from serving.versions.champion import Champion, check_fits
from serving.versions.copies import Aliased
from serving.versions.engines import Engines, Stage

NOW = datetime(2031, 3, 5, tzinfo=UTC)


@dataclass
class FakeScorer:
    version: ModelVersion
    need_keys: tuple[Any, ...] = ()
    feature_names: tuple[str, ...] = ("age", "income")
    schema_digest: str = "d1"
    thresholds: dict[Any, float] = field(default_factory=dict)

    def score(self, features: Any) -> Any:
        return np.zeros((len(features), 0), np.float32)


def load(folder: Path, version: ModelVersion) -> FakeScorer:
    text = (folder / "model.json").read_text()
    if text == "damaged":
        raise ModelError("model.json differs from its manifest")
    return FakeScorer(version, feature_names=tuple(json.loads(text)))


def engines() -> Engines:
    def engine_of(catalogue: Any, scorer: Any) -> Any:
        check_fits(scorer, ("age", "income"), "d1")
        return SimpleNamespace(catalogue=catalogue, scorer=scorer)

    made = Engines(engine_of)
    made.take_stages((Stage(NOW, SimpleNamespace(version="1")),))  # type: ignore[arg-type]
    return made


def aliased(version: str, *, verdict: str = "passed", content: str = '["age", "income"]') -> Aliased:
    def fetch(target: Path) -> None:
        target.mkdir()
        (target / "model.json").write_text(content)

    return Aliased(ModelVersion(version), verdict, fetch)


@pytest.fixture
def champion(tmp_path: Path) -> Champion:
    return Champion(tmp_path / "champion", load, engines())


def test_without_a_champion_the_error_says_how_to_mend_it(champion: Champion) -> None:
    champion.load_local()
    with pytest.raises(NoChampionError, match="herald train"):
        champion.get_version()


def test_the_alias_is_followed_and_the_copy_serves_the_next_start(champion: Champion, tmp_path: Path) -> None:
    assert champion.follow(aliased("1"))
    assert champion.get_version() == "1"
    again = Champion(tmp_path / "champion", load, engines())
    again.load_local()
    assert again.get_version() == "1"


def test_the_same_version_is_not_fetched_again(champion: Champion) -> None:
    champion.follow(aliased("1"))
    assert not champion.follow(aliased("1", content="damaged"))
    assert champion.trouble == ""


def test_a_version_that_did_not_pass_is_refused_and_the_old_one_kept(champion: Champion) -> None:
    champion.follow(aliased("1"))
    assert not champion.follow(aliased("2", verdict="failed"))
    assert champion.get_version() == "1"
    assert "failed" in champion.trouble


@pytest.mark.parametrize("content", ["damaged", '["income", "age"]', '["age"]'])
def test_a_version_that_is_damaged_or_does_not_fit_is_refused(champion: Champion, tmp_path: Path, content: str) -> None:
    champion.follow(aliased("1"))
    assert not champion.follow(aliased("2", content=content))
    assert champion.get_version() == "1"
    assert champion.trouble
    assert json.loads((tmp_path / "champion/current.json").read_text()) == {"version": "1"}
    assert not list((tmp_path / "champion").glob("fetching-*"))


def test_a_refusal_is_forgotten_when_the_alias_moves_back(champion: Champion) -> None:
    champion.follow(aliased("1"))
    champion.follow(aliased("2", verdict="failed"))
    champion.follow(aliased("1"))
    assert champion.trouble == ""


def test_a_mismatch_names_the_first_column_that_differs() -> None:
    with pytest.raises(SchemaMismatchError, match="column 0: income in the model, age in the store"):
        check_fits(FakeScorer(ModelVersion("1"), feature_names=("income", "age")), ("age", "income"), "d1")


def test_a_registry_that_cannot_be_asked_keeps_the_champion_and_is_said(champion: Champion) -> None:
    champion.follow(aliased("1"))

    def away() -> Aliased | None:
        raise ConnectionError("no route\nto host")

    assert not champion.ask(away)
    assert champion.get_version() == "1"
    assert champion.trouble.startswith("the model registry cannot be asked: no route to host; ")
    assert champion.ask(lambda: aliased("2"))
    assert champion.trouble == ""


def test_a_version_that_does_not_fit_is_not_fetched_again_and_stays_told(champion: Champion) -> None:
    fetched = []

    def misfit(target: Path) -> None:
        fetched.append(target)
        target.mkdir()
        (target / "model.json").write_text('["age"]')

    for _ in range(3):
        assert not champion.follow(Aliased(ModelVersion("2"), "passed", misfit))
    assert len(fetched) == 1
    with pytest.raises(NoChampionError, match="differ") as told:
        champion.get_version()
    assert str(told.value).count("herald train") == 1
    assert champion.follow(aliased("3"))
    assert champion.trouble == ""


def fits(scorer: Any) -> None:
    check_fits(scorer, ("age", "income"), "d1")


@pytest.fixture
def challenger(tmp_path: Path, champion: Champion) -> Challenger:
    champion.follow(aliased("1"))
    return Challenger(tmp_path / "champion", load, fits, champion.get_version)


def test_a_challenger_is_followed_as_long_as_the_alias_names_it(challenger: Challenger, champion: Champion) -> None:
    assert challenger.scorer is None
    challenger.ask(lambda: aliased("2", verdict="failed"))
    assert challenger.scorer is not None
    assert challenger.scorer.version == "2"
    assert champion.get_version() == "1"
    challenger.ask(lambda: None)
    assert challenger.scorer is None


def test_a_challenger_that_became_champion_is_none_any_more(challenger: Challenger, champion: Champion) -> None:
    challenger.ask(lambda: aliased("2"))
    champion.follow(aliased("2"))
    assert challenger.scorer is None
    challenger.ask(lambda: aliased("2"))
    assert challenger.scorer is None


@pytest.mark.parametrize("content", ["damaged", '["income", "age"]', '["age"]'])
def test_a_challenger_that_is_damaged_or_does_not_fit_is_left_out_and_not_fetched_again(
    challenger: Challenger, content: str
) -> None:
    challenger.ask(lambda: aliased("2"))
    fetched = []

    def fetch(target: Path) -> None:
        fetched.append(target)
        target.mkdir()
        (target / "model.json").write_text(content)

    for _ in range(3):
        challenger.ask(lambda: Aliased(ModelVersion("3"), "passed", fetch))
    assert challenger.scorer is None
    assert len(fetched) == 1


def test_a_registry_that_cannot_be_asked_keeps_the_challenger(challenger: Challenger) -> None:
    def away() -> Aliased | None:
        raise ConnectionError("no route to host")

    challenger.ask(lambda: aliased("2"))
    challenger.ask(away)
    assert challenger.scorer is not None
