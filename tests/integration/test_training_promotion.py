"""A successor waits for a name, a champion can be rolled back, and the card says what an approver has to know."""

import json
from pathlib import Path

import polars as pl
import pytest

from features.descriptor import Descriptor
from features.workspace import Workspace
from recommender.errors import ModelError
from serving.versions import champion
from serving.versions.registry import registry_lookup
from tests.training_town import Town, build_town
from training.models import Recipe
from training.promote import promote, roll_back
from training.registry import CHALLENGER, MODEL, Registry, aliased_version, champion_version, registry_of
from training.run import Order, Outcome, train

QUICK = Recipe(l2=1.0, feature_share=0.8, rounds_at_most=60, seed=3)
HASTY = Recipe(l2=1.0, feature_share=0.8, rounds_at_most=60, seed=4)


def silent(title: str, done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town(people=1_000)


@pytest.fixture(scope="module")
def loaded(town: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[Descriptor, Workspace]:
    return town.load(tmp_path_factory.mktemp("town"), neediness="income")


@pytest.fixture(scope="module")
def registry(loaded: tuple[Descriptor, Workspace]) -> Registry:
    return registry_of(loaded[1])


@pytest.fixture(scope="module")
def first(loaded: tuple[Descriptor, Workspace], registry: Registry) -> Outcome:
    return train(loaded[1], loaded[0], registry, Order(QUICK, 50_000), silent)


@pytest.fixture(scope="module")
def second(first: Outcome, loaded: tuple[Descriptor, Workspace], registry: Registry) -> Outcome:
    return train(loaded[1], loaded[0], registry, Order(HASTY, 50_000), silent)


def test_the_first_that_passes_is_champion_and_the_next_waits_for_a_name(
    first: Outcome, second: Outcome, registry: Registry
) -> None:
    client = registry.open()
    assert first.promoted
    assert second.fitted.verdict.passed
    assert not second.promoted
    assert champion_version(client) == first.registered.version
    assert aliased_version(client, CHALLENGER) == second.registered.version


def test_a_champion_that_learnt_from_the_validation_period_is_not_compared(second: Outcome) -> None:
    assert any("has learnt from this validation period" in reason for reason in second.fitted.verdict.reasons)


def test_a_server_refuses_what_nobody_approved(first: Outcome, second: Outcome, registry: Registry) -> None:
    client = registry.open()
    look = registry_lookup(registry.address, registry.file, champion.ALIAS)
    client.set_registered_model_alias(MODEL, "champion", second.registered.version)
    try:
        by_hand = look()
    finally:
        client.set_registered_model_alias(MODEL, "champion", first.registered.version)
    assert by_hand is not None
    assert by_hand.verdict == "no approval"
    approved = look()
    assert approved is not None
    assert approved.verdict == "passed"


def test_an_approved_one_is_champion_until_it_is_rolled_back(
    first: Outcome, second: Outcome, registry: Registry
) -> None:
    client = registry.open()
    promote(client, "town", second.registered.version, "Ann Example")
    assert champion_version(client) == second.registered.version
    assert aliased_version(client, CHALLENGER) is None
    with pytest.raises(ModelError, match="name of who answers"):
        roll_back(client, "town", " ")
    assert roll_back(client, "town", "Bert Bo") == first.registered.version
    assert champion_version(client) == first.registered.version
    tags = client.get_model_version(MODEL, second.registered.version).tags
    assert (tags["approved_by"], tags["rolled_back_by"]) == ("Ann Example", "Bert Bo")
    with pytest.raises(ModelError, match="no champion of town came before"):
        roll_back(client, "town", "Bert Bo")


def test_a_worse_one_on_a_later_year_is_refused_beside_the_champion(town: Town, tmp_path: Path) -> None:
    descriptor, workspace = town.load(tmp_path)
    registry = registry_of(workspace)
    early = pl.datetime(2007, 12, 31, time_zone="UTC").cast(pl.Datetime("us", "UTC"))
    through = pl.select(early).item()
    first = train(workspace, descriptor, registry, Order(QUICK, 50_000, through=through), silent)
    worse = Recipe(l2=1.0, feature_share=0.8, rounds_at_most=12, learning_rate=0.03, seed=3)
    second = train(workspace, descriptor, registry, Order(worse, 50_000, approved_by="Ann"), silent)
    assert first.promoted
    assert not second.promoted
    assert second.fitted.verdict.reasons[0].startswith("log loss less champion 1's +") or any(
        "champion 1's +" in reason for reason in second.fitted.verdict.reasons[: second.fitted.verdict.refusals]
    )
    assert champion_version(registry.open()) == first.registered.version


def test_the_card_says_what_for_how_good_for_whom_and_what_not(
    first: Outcome, registry: Registry, tmp_path: Path
) -> None:
    client = registry.open()
    fetched = {
        name: Path(client.download_artifacts(first.registered.run_id, name, str(tmp_path))).read_text("utf-8")
        for name in ("model_card.md", "model_card.html", "groups.json")
    }
    card, page = fetched["model_card.md"], fetched["model_card.html"]
    for words in ("decides no eligibility", "sect=red", "fifth 3", "## Limits", "stand-in for the need", "(95%"):
        assert words in card
    assert page.count("data:image/png;base64,") == 4
    assert 'src="http' not in page
    assert "sect=blue" in str(json.loads(fetched["groups.json"]))
    assert "decides no eligibility" in client.get_model_version(MODEL, first.registered.version).description
