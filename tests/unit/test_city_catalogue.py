"""The city's descriptor and public services say what the city does, in words that are whole in both languages."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.city.parameters import EVENTS, HORIZON_MONTHS
from experiments.city.services import NEEDS, SERVICES, SERVICES_OF
from recommender.adapters.form_values import JURISDICTION
from recommender.adapters.yaml_catalogue import load_catalogue, read_catalogue
from recommender.catalogue import PublicService
from recommender.compiling import subjects_of
from recommender.identifiers import ServiceId
from recommender.references import check_names
from recommender.service_terms import ChannelKind, Sensitivity, Step

FOLDER = Path(__file__).parents[2] / "experiments/city"
CATALOGUE = load_catalogue(FOLDER / "services", ("en", "zh"))
WRITTEN = read_catalogue(FOLDER / "services")
REGISTERS = ("population", "social_insurance", "health_education", "service_desks")
CHINESE = re.compile("[\u4e00-\u9fff]")
USAGE = {"once": "once", "repeatable": "repeatable", "held": "held_until_ended"}


def descriptor() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "dataset.yaml").read_text())
    return loaded


def test_the_catalogue_and_the_city_name_the_same_services_needs_and_usages() -> None:
    assert len(SERVICES) == 60
    told = {s.service_id: (s.need_key, s.usage.value) for s in CATALOGUE.services}
    assert told == {service.id: (service.need, USAGE[service.usage]) for service in SERVICES}


def test_the_descriptor_names_the_same_needs() -> None:
    needs = descriptor()["needs"]
    assert {name: tuple(need["services"]) for name, need in needs.items()} == {
        need: tuple(SERVICES[i].id for i in SERVICES_OF[need]) for need in NEEDS
    }
    assert all(need["proxy"] is True for need in needs.values())
    assert descriptor()["horizon"] == f"P{HORIZON_MONTHS}M"
    assert 3 <= sum("use" in need for need in needs.values()) <= 8


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
def test_a_service_says_may_be_entitled_and_who_decides(service: PublicService) -> None:
    authority = CATALOGUE.authorities[service.authority_id]
    assert "may be entitled" in service.description["en"]
    assert f"the {authority.name['en']} decides" in service.description["en"]
    assert "可能有权" in service.description["zh"]
    assert f"由{authority.name['zh']}审核决定" in service.description["zh"]


@pytest.mark.parametrize("service", CATALOGUE.services, ids=lambda service: service.service_id)
def test_a_service_says_all_that_a_citizen_asks(service: PublicService) -> None:
    assert service.cost
    assert service.output
    assert service.processing_time
    assert service.valid_from
    assert service.apply_url
    assert service.evidence
    assert {evidence.held_by for evidence in service.evidence} <= {*REGISTERS, None}
    assert any(evidence.held_by for evidence in service.evidence)
    steps = {step for channel in service.channels for step in channel.can}
    assert {Step.ASK, Step.APPLY} <= steps
    assert (Step.END in steps) == (service.usage.value == "held_until_ended")
    assert len({channel.kind for channel in service.channels}) == len(service.channels) >= 2


@pytest.mark.parametrize("service", CATALOGUE.services, ids=lambda service: service.service_id)
def test_every_counter_kiosk_and_telephone_says_when_it_is_open(service: PublicService) -> None:
    for channel in service.channels:
        assert bool(channel.hours) == (channel.kind in (ChannelKind.COUNTER, ChannelKind.KIOSK, ChannelKind.PHONE))
        if channel.kind is ChannelKind.PHONE:
            assert channel.address[""] == CATALOGUE.authorities[service.authority_id].phone


@pytest.mark.parametrize("service", CATALOGUE.services, ids=lambda service: service.service_id)
def test_every_criterion_names_an_act_that_is_marked_as_illustrative(service: PublicService) -> None:
    assert service.criteria
    for criterion in service.criteria:
        if criterion.criterion_id != JURISDICTION:
            assert criterion.source.act.startswith("Illustrative: ")
            assert re.fullmatch(r"s\. \d+\(\d+\)", criterion.source.article)
            assert criterion.source.link.startswith("https://law.city.example/")


def test_a_place_in_the_law_is_that_of_one_condition_of_one_service() -> None:
    """Two wordings of one condition, before and after a change, stand in the same place."""
    conditions: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for service in CATALOGUE.services:
        for criterion in service.criteria:
            if criterion.criterion_id != JURISDICTION:
                place = criterion.source.act, criterion.source.article
                conditions.setdefault(place, set()).add((service.service_id, criterion.criterion_id))
    assert {len(found) for found in conditions.values()} == {1}


def test_something_calls_for_every_service_or_its_authority_lets_it_be_anticipated() -> None:
    assert not [s.service_id for s in CATALOGUE.services if not s.answers and not s.may_be_anticipated]


def texts(value: object) -> Iterator[dict[str, str]]:
    """Every text of a form, however deep: a mapping by language."""
    if isinstance(value, dict):
        if value.keys() & {"en", "zh"}:
            yield value
        else:
            yield from (text for part in value.values() for text in texts(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in texts(part))


@pytest.mark.parametrize("form", [*[form for _, form in WRITTEN.services], WRITTEN.shared], ids=lambda f: str(f)[:30])
def test_every_text_is_there_in_english_and_in_chinese(form: Any) -> None:
    found = list(texts(form.model_dump(mode="json", by_alias=True)))
    assert len(found) >= 10
    for text in found:
        assert text.keys() == {"en", "zh"}
        assert not CHINESE.search(text["en"])
        assert CHINESE.search(text["zh"])
        assert not re.search("[,;:?!]", re.sub(r"\d[,:]\d", "", text["zh"])), "Chinese has its own punctuation"


def test_the_shared_file_names_every_life_event_region_and_kind_of_residence() -> None:
    assert set(CATALOGUE.events) == set(EVENTS)
    assert set(CATALOGUE.regions) == {f"d{number:02d}" for number in range(1, 13)}
    assert {kind.value for kind in WRITTEN.shared.residence} == {"registered", "actual"}
    assert all(authority.page and authority.phone for authority in CATALOGUE.authorities.values())
    assert {service.authority_id for service in CATALOGUE.services} == set(CATALOGUE.authorities)


def test_every_attribute_that_a_rule_asks_about_has_its_question() -> None:
    rules = [criterion.rule for service in CATALOGUE.services for criterion in service.criteria]
    asked = {subject for rule in rules for subject in subjects_of(rule)}
    assert set(CATALOGUE.questions) == {subject for subject in asked if ":" not in subject}
    assert all(question.name for question in CATALOGUE.questions.values())


def test_a_question_offers_every_value_that_a_rule_names() -> None:
    for service in CATALOGUE.services:
        for criterion in service.criteria:
            for word in re.findall(r"'(\w+)'", re.sub(r"\w+\([^)]*\)", "", criterion.text)):
                questions = [CATALOGUE.questions[s] for s in subjects_of(criterion.rule) if ":" not in s]
                assert all(word in question.choices for question in questions), criterion.text


def test_a_bundle_holds_all_that_its_life_event_calls_for() -> None:
    answered: dict[str, set[str]] = {}
    for service in CATALOGUE.services:
        for answer in service.answers:
            if answer.event:
                answered.setdefault(answer.event, set()).add(service.service_id)
    bundled = {str(bundle.event): {str(service) for service in bundle.services} for bundle in CATALOGUE.bundles}
    assert len(CATALOGUE.bundles) == len(bundled) == len(EVENTS)
    assert bundled == answered


def test_every_life_event_of_the_city_is_answered() -> None:
    assert {a.event for service in CATALOGUE.services for a in service.answers} == {*EVENTS, None}


def test_what_is_intimate_is_marked_and_none_of_it_is_anticipated() -> None:
    intimate = {s.service_id for s in CATALOGUE.services if s.sensitivity is Sensitivity.INTIMATE}
    assert {"antenatal_checks", "disability_allowance", "separation_counselling"} <= intimate
    assert not [s for s in CATALOGUE.services if s.may_be_anticipated and s.sensitivity is Sensitivity.INTIMATE]


def test_heating_aid_is_open_in_winter_only() -> None:
    heating = CATALOGUE.by_id[ServiceId("heating_aid")]
    assert heating.is_open(date(2025, 1, 15))
    assert not heating.is_open(date(2025, 6, 30))


def test_no_service_anticipates_a_divorce() -> None:
    anticipated = {s.service_id: s.need_key for s in CATALOGUE.services if s.may_be_anticipated}
    assert 2 <= len(anticipated) <= 5
    assert "divorce" not in anticipated.values()


def test_the_catalogue_holds_every_usage_several_deadlines_and_a_date_reached() -> None:
    assert {s.usage.value for s in CATALOGUE.services} == set(USAGE.values())
    assert sum(s.deadline is not None for s in CATALOGUE.services) >= 3
    answers = [answer for s in CATALOGUE.services for answer in s.answers]
    assert any(answer.date == "birth_date" and answer.after == "P60Y" for answer in answers)


def test_the_law_of_last_year_is_another_one() -> None:
    """At least six criteria have an earlier wording, with another threshold, that ended the day before."""
    changed = 0
    for service in CATALOGUE.services:
        for first, second in pairwise(service.criteria):
            if first.criterion_id == second.criterion_id:
                assert first.law_to is not None
                assert first.law_to + timedelta(days=1) == second.law_from
                assert first.text != second.text
                changed += 1
    assert changed >= 6
    parameter = CATALOGUE.parameters.by_name["minimum_income"]
    values = [parameter.on(date(year, 12, 31)) for year in (2022, 2024, 2025)]
    assert [value.value for value in values if value] == [7500, 8000, 8500]


def test_what_excludes_each_other_is_held_until_ended() -> None:
    excluding = {s.service_id: s.excludes for s in CATALOGUE.services if s.excludes}
    assert excluding == {"disability_nursing_subsidy": ("care_allowance",), "public_rental_housing": ("rent_support",)}
    for service_id in {*excluding, *(other for others in excluding.values() for other in others)}:
        assert CATALOGUE.by_id[ServiceId(service_id)].usage.value == "held_until_ended"


def test_jurisdiction_goes_by_where_one_is_registered_or_by_where_one_lives() -> None:
    kinds = [service.jurisdiction.by.value for service in CATALOGUE.services if service.jurisdiction]
    assert {"registered", "actual"} == set(kinds)
    assert all(
        region in CATALOGUE.regions for s in CATALOGUE.services if s.jurisdiction for region in s.jurisdiction.regions
    )
