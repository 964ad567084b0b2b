"""The city's descriptor and public services say what the city does."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.city.parameters import EVENTS, HORIZON_MONTHS
from experiments.city.services import NEEDS, SERVICES, SERVICES_OF
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.catalogue import PublicService
from recommender.references import check_names

FOLDER = Path(__file__).parents[2] / "experiments/city"
CATALOGUE = load_catalogue(FOLDER / "services", ("en", "zh"))
USAGE = {"once": "once", "repeatable": "repeatable", "held": "held_until_ended"}


def descriptor() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "dataset.yaml").read_text())
    return loaded


def test_the_catalogue_and_the_city_name_the_same_services_needs_and_usages() -> None:
    assert len(SERVICES) >= 24
    told = {s.service_id: (s.need_key, s.usage.value) for s in CATALOGUE.services}
    assert told == {service.id: (service.need, USAGE[service.usage]) for service in SERVICES}


def test_the_descriptor_names_the_same_needs() -> None:
    needs = descriptor()["needs"]
    assert {name: tuple(need["services"]) for name, need in needs.items()} == {
        need: tuple(SERVICES[i].id for i in SERVICES_OF[need]) for need in NEEDS
    }
    assert all(need["proxy"] is True for need in needs.values())
    assert descriptor()["horizon"] == f"P{HORIZON_MONTHS}M"
    assert 3 <= sum("use" in need for need in needs.values()) <= 6


def test_the_catalogue_refers_only_to_what_the_tables_have() -> None:
    columns = [name for table in descriptor()["tables"].values() for name in table["columns"]]
    attributes = [*columns, *descriptor()["derived"]]
    check_names(CATALOGUE, {"attribute": attributes, "event": EVENTS, "need": NEEDS})


def test_at_most_25_attributes_come_from_the_tables() -> None:
    roles = [
        column["role"] if isinstance(column, dict) else column
        for table in descriptor()["tables"].values()
        for column in table["columns"].values()
    ]
    assert sum(role in ("static", "attribute") for role in roles) <= 25


@pytest.mark.parametrize("service", CATALOGUE.services, ids=lambda service: service.service_id)
def test_a_service_says_may_be_entitled_and_names_the_authority(service: PublicService) -> None:
    assert "may be entitled" in service.description["en"]
    assert service.authority["en"] in service.description["en"]
    assert "可能有权" in service.description["zh"]
    assert service.authority["zh"] in service.description["zh"]
    assert all(criterion.source.act.startswith("Illustrative") for criterion in service.criteria)


def test_no_service_anticipates_a_divorce() -> None:
    anticipated = {s.service_id: s.need_key for s in CATALOGUE.services if s.may_be_anticipated}
    assert 2 <= len(anticipated) <= 4
    assert "divorce" not in anticipated.values()


def test_the_catalogue_holds_every_usage_several_deadlines_and_a_date_reached() -> None:
    assert {s.usage.value for s in CATALOGUE.services} == set(USAGE.values())
    assert sum(s.deadline is not None for s in CATALOGUE.services) >= 3
    answers = [answer for s in CATALOGUE.services for answer in s.answers]
    assert any(answer.date == "birth_date" and answer.after == "P60Y" for answer in answers)
