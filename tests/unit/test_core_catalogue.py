"""The catalogue from YAML: what it takes, what it refuses and how it says so."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.catalogue import Usage
from recommender.errors import CatalogueError
from recommender.reasons import event_words, pick
from recommender.references import check_names
from recommender.rules import Comparator, Comparison

NLSY97 = Path(__file__).parents[2] / "experiments" / "nlsy97" / "services"
NEEDS = {
    *("marriage", "marriage_ended", "child_born", "child_lives_elsewhere", "moved_region", "college_started"),
    *("college_left", "school_finished", "degree_earned", "job_lost", "long_unemployment", "full_time_started"),
}
ATTRIBUTES = {
    *("age", "marital_status", "children", "children_elsewhere", "region", "metropolitan", "enrolled_in_college"),
    *("work", "weeks_without_work", "hours_worked", "hourly_wage_usd", "occupation_class"),
}


def words(text: str) -> dict[str, str]:
    return {"en": text, "zh": text}


def service(**changes: Any) -> dict[str, Any]:
    criterion = {"id": "adult", "rule": "age >= 18", "source": "Act, s. 1"}
    criterion |= {result: words(result) for result in ("met", "unmet", "unknown")}
    return {
        "id": "aid",
        "name": words("Aid"),
        "description": words("It helps."),
        "authority": words("Office"),
        "need": "moved",
        "answers": [{"event": "moved", "within": "P1Y"}, {"date": "birth_date", "after": "P60Y", "within": "P3M"}],
        "usage": "once",
        "deadline": "P60D",
        "criteria": [criterion],
        **changes,
    }


def written(folder: Path, *services: dict[str, Any]) -> Path:
    for place, content in enumerate(services):
        (folder / f"{place}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder


def test_services_come_in_the_order_of_their_ids_whatever_the_files_are_called(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path, service(id="zeta"), service(id="alpha")), ["en", "zh"])
    assert [s.service_id for s in catalogue.services] == ["alpha", "zeta"]
    assert catalogue.position == {"alpha": 0, "zeta": 1}
    first = catalogue.by_id[catalogue.services[0].service_id]
    assert first.usage is Usage.ONCE
    assert first.criteria[0].rule == Comparison("age", Comparator.AT_LEAST, 18.0)
    assert first.answers[1].after == "P60Y"


def test_the_version_is_of_the_content_not_of_its_writing(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir()
    one = load_catalogue(written(folders[0], service(id="x"), service(id="y")))
    (folders[1] / "only.yaml").write_text("# a comment\n" + yaml.safe_dump(service(id="y")), encoding="utf-8")
    (folders[1] / "first.yaml").write_text(yaml.safe_dump(service(id="x"), default_flow_style=True), encoding="utf-8")
    assert load_catalogue(folders[1]).version == one.version
    assert len(one.version) == 64
    changed = load_catalogue(written(folders[2], service(id="x"), service(id="y", deadline="P61D")))
    assert changed.version != one.version


def criterion_with(rule: str) -> list[dict[str, Any]]:
    return [{**service()["criteria"][0], "rule": rule}]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"criteria": criterion_with("age >= 18 xor age < 2")}, ["0.yaml", "adult", "not readable"]),
        ({"criteria": criterion_with("age >= parameter('limit')")}, ["0.yaml", "adult", "no parameter 'limit'"]),
        ({"criteria": criterion_with("held('aids')")}, ["0.yaml", "adult", "did you mean 'aid'?"]),
        ({"criteria": service()["criteria"] * 2}, ["0.yaml", "two criteria", "adult", "same day"]),
        ({"deadline": "60 days"}, ["0.yaml", "deadline", "ISO 8601"]),
        ({"deadline": "P-1D"}, ["0.yaml", "deadline"]),
        ({"answers": [{"event": "moved", "within": "1Y"}]}, ["0.yaml", "answers.0.within"]),
        ({"answers": [{"within": "P1Y"}]}, ["0.yaml", "answers.0", "`event` or `date`"]),
        ({"answers": [{"event": "moved", "after": "P1Y", "within": "P1Y"}]}, ["`after` goes with `date`"]),
        ({"name": {"en": "Aid", "zh": ""}}, ["0.yaml", "name.zh"]),
        ({"name": {}}, ["0.yaml", "name"]),
        ({"name": {"english": "Aid"}}, ["0.yaml", "name.english"]),
        ({"season": {"from": "02-30", "to": "03-01"}}, ["0.yaml", "season.from", "02-30"]),
        ({"valid": {"from": "2025-01-01", "to": "2024-01-01"}}, ["0.yaml", "valid", "before it begins"]),
        ({"channels": [{"kind": "letterbox", "address": "x", "can": ["ask"]}]}, ["0.yaml", "channels.0.kind"]),
        ({"excludes": ["aids"]}, ["0.yaml", "excludes", "did you mean 'aid'?"]),
        ({"authority": "office"}, ["0.yaml", "no authority 'office'"]),
        ({"jurisdiction": {"regions": ["north"]}}, ["0.yaml", "registered residence"]),
        ({"usage": "sometimes"}, ["0.yaml", "usage"]),
        ({"colour": "blue"}, ["0.yaml", "colour"]),
        ({"id": "Aid 1"}, ["0.yaml", "id"]),
    ],
)
def test_what_is_wrong_is_one_line_naming_the_file(tmp_path: Path, content: dict[str, Any], parts: list[str]) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(written(tmp_path, service(**content)))
    message = str(caught.value)
    assert all(part in message for part in parts), message
    assert "\n" not in message


def test_two_services_with_one_id_are_refused_naming_both_files(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"1\.yaml.*taken by.*0\.yaml"):
        load_catalogue(written(tmp_path, service(), service()))


def test_a_text_may_lack_a_language_and_the_catalogue_says_which_come_next(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path, service(name={"en": "Aid"})), ["zh", "en"])
    assert catalogue.languages == ("zh", "en")
    assert pick(catalogue.services[0].name, "zh", catalogue.languages) == ("Aid", "en")


@pytest.mark.parametrize("content", ["", "- a list", "key: [", "\x00"])
def test_a_file_that_is_no_service_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "broken.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"broken\.yaml") as caught:
        load_catalogue(tmp_path)
    assert "\n" not in str(caught.value)


def test_an_empty_or_absent_folder_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(CatalogueError, match="no public service"):
            load_catalogue(folder)


@pytest.mark.parametrize(
    ("kind", "known", "part"),
    [
        ("need", ["move"], "no need 'moved'"),
        ("event", ["born"], "no event 'moved'"),
        ("attribute", ["birth_date"], "no attribute 'age'"),
        ("attribute", ["age"], "no attribute 'birth_date'"),
    ],
)
def test_names_that_the_data_lack_are_refused(tmp_path: Path, kind: str, known: list[str], part: str) -> None:
    with pytest.raises(CatalogueError, match=part):
        check_names(load_catalogue(written(tmp_path, service())), {kind: known})


def test_names_that_the_data_have_pass(tmp_path: Path) -> None:
    known = {"need": ["moved"], "event": ["moved"], "attribute": ["age", "birth_date"]}
    check_names(load_catalogue(written(tmp_path, service())), known)


def test_the_services_of_nlsy97_answer_every_need_with_names_the_data_have() -> None:
    catalogue = load_catalogue(NLSY97, ["en", "zh"])
    check_names(catalogue, {"need": NEEDS, "event": NEEDS, "attribute": ATTRIBUTES})
    assert {service.need_key for service in catalogue.services} == NEEDS
    assert all(service.usage is Usage.REPEATABLE for service in catalogue.services)
    assert event_words(catalogue).keys() == NEEDS
    assert all("llustrative" in c.source.act for service in catalogue.services for c in service.criteria)


def test_no_service_of_nlsy97_lists_a_forecast_of_a_loss() -> None:
    losses = {"marriage_ended", "child_lives_elsewhere", "job_lost"}
    for service in load_catalogue(NLSY97).services:
        if service.need_key in losses:
            assert any(c.text == f"happened('{service.need_key}', within='P1Y')" for c in service.criteria)
            assert not service.may_be_anticipated
