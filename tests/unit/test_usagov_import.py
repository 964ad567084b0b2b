"""The United States' benefits, on a made-up sample in the same format: what comes in, and each fault's place."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from experiments.usagov.real import statuses
from recommender.adapters.importing import Imported
from recommender.adapters.usagov_files import LARGEST_BYTES
from recommender.adapters.usagov_mapping import TABLE, read_mapping
from recommender.adapters.usagov_reading import import_folder
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.adapters.yaml_forms import ServiceForm
from recommender.adapters.yaml_writing import write_catalogue
from recommender.decision import Status
from recommender.errors import CatalogueError

SAMPLE = Path(__file__).parents[1] / "data" / "usagov"


@pytest.fixture(scope="module")
def imported() -> Imported:
    return import_folder(SAMPLE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample that a test may bend."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "source"))


def services(imported: Imported) -> dict[str, ServiceForm]:
    return {form.id: form for _, form in imported.written.services}


def rules(form: ServiceForm) -> dict[str, str]:
    return {criterion.id: criterion.rule for criterion in form.criteria}


def told(imported: Imported, kind: str) -> list[tuple[str, str, str]]:
    return [(fault.where, fault.what, fault.done) for fault in imported.faults if fault.kind == kind]


def front(folder: Path, name: str, **changes: Any) -> None:
    """Rewrite one benefit's front matter."""
    file = folder / "benefits" / f"{name}.md"
    held = yaml.safe_load(file.read_text(encoding="utf-8").split("---")[1]) | changes
    file.write_text(f"---\n{yaml.safe_dump(held)}---\n", encoding="utf-8")


def test_a_benefit_comes_in_with_its_texts_life_events_agency_and_page(imported: Imported) -> None:
    grant = services(imported)["warm_home_grant"]
    assert grant.name == {"en": "Warm home grant", "es": "Ayuda para un hogar cálido"}
    assert [answer.event for answer in grant.answers] == ["losing_a_job", "growing_old"]
    assert imported.written.shared.life_events["losing_a_job"] == {"en": "Losing a job", "es": "Perder el trabajo"}
    assert grant.authority == "office_of_warmth"
    assert imported.written.shared.authorities["office_of_warmth"].name["es"] == "Oficina del Calor"
    assert grant.channels[0].address == {
        "en": "https://warmth.example/apply",
        "es": "https://warmth.example/es/solicitar",
    }
    assert services(imported)["school_money"].channels[0].address == "https://families.example/school"
    assert imported.origin["warm_home_grant"] == "benefits/warm-home-grant.md"
    assert services(imported)["boat_pension"].description["en"] == "A pension for sailors. Bring your logbook."


def test_criteria_that_registers_know_become_rules_and_the_others_are_asked(imported: Imported) -> None:
    assert rules(services(imported)["warm_home_grant"]) == {
        "applicant_date_of_birth": "age >= 65",
        "applicant_income": "limited_means == true",
        "applicant_marital_status": "marital_status in ('widowed', 'single', 'divorced',)",
    }
    assert rules(services(imported)["boat_pension"]) == {
        "applicant_went_to_sea": "asked_applicant_went_to_sea == true",
        "applicant_marital_status": "marital_status in ('single', 'widowed', 'divorced',)",
        "applicant_sailor_status": "asked_applicant_sailor_status in ('on_land_for_good', 'still_at_sea',)",
    }
    asked = {ids for ids in imported.asked if ids[0] == "boat_pension"}
    assert asked == {("boat_pension", "applicant_went_to_sea"), ("boat_pension", "applicant_sailor_status")}
    assert imported.counts()["criteria only an answer can settle"] == 6


def test_what_is_asked_has_its_question_with_the_choices_of_the_table(imported: Imported) -> None:
    questions = imported.written.shared.questions
    assert questions["asked_applicant_sailor_status"].choices == {
        "still_at_sea": {"en": "still at sea", "es": "todavía en el mar"},
        "on_land_for_good": {"en": "on land for good", "es": "en tierra para siempre"},
    }
    assert questions["asked_applicant_went_to_sea"].words["es"] == "¿Alguna vez salió al mar?"
    assert set(questions["limited_means"].choices) == {"true", "false"}


def test_the_known_faults_are_told_with_their_places(imported: Imported) -> None:
    assert told(imported, "life-event") == [
        ("benefits/boat-pension.md", "'growing_old' is 'growing-old' elsewhere", "read as 'growing-old'")
    ]
    assert told(imported, "stray-comment") == [
        (
            "benefits/warm-home-grant.md:17",
            "line 17 is a comment within a list",
            "left out: a comment is no text",
        )
    ]
    unmatched = [(where.partition(", ")[2], what, done) for where, what, done in told(imported, "value-unmatched")]
    assert [(key, what.removesuffix(" matches nothing in criteria.csv"), done) for key, what, done in unmatched] == [
        ("applicant_marital_status", "'no está casado/a' (es)", "read as 'not married'"),
        ("applicant_sailor_status", "'on land for ever' (en)", "read as 'on land for good'"),
        ("applicant_sailor_status", "'lost at sea / perdido en el mar'", "only an answer can settle it"),
        ("applicant_marital_status", "'unmarried' (en)", "read as 'not married'"),
        ("applicant_marital_status", "'no está casada' (es)", "read as 'not married'"),
    ]
    missing = {what for _, what, _ in told(imported, "text-missing")}
    assert "school-money.title has no text in es" in missing
    assert "boat-pension.criticalApplicationInformation has no text in es" in missing
    assert {where for where, _, _ in told(imported, "text-file-missing")} >= {"locales/es/benefits/school-money.json"}


def test_other_faults_are_told_too(imported: Imported) -> None:
    assert told(imported, "link")[0][0] == "benefits/boat-pension.md"
    assert told(imported, "text-file")[0][0] == "locales/es/benefits/half.json"
    assert "'Oficina de Calor'" in told(imported, "agency-spelling")[0][1]
    assert told(imported, "criterion")[0][1] == "'applicant_favourite_colour' is no criterion of criteria.csv"
    assert told(imported, "value-and-text")[0][2] == "read as 'age >= 18 and age < 65'"
    assert imported.left_out["benefits/nameless.md"] == "has no title in any language"
    assert "alias" in imported.left_out["benefits/bomb.md"]
    assert imported.left_out["benefits/broken-front.md"].startswith("cannot be read")
    assert all(fault.where and fault.what and fault.done for fault in imported.faults)


def test_a_benefit_without_criteria_is_nobodys_by_itself(imported: Imported) -> None:
    assert rules(services(imported)["everybody"]) == {"conditions": "asked_everybody_conditions == true"}
    assert told(imported, "no-condition")[0][0] == "benefits/everybody.md"


def test_texts_of_ones_own_fill_what_a_language_lacks_and_are_told_of(imported: Imported) -> None:
    filled = import_folder(SAMPLE, texts=SAMPLE / "own")
    assert imported.languages()["es"] == 3
    assert filled.languages()["es"] == 4
    assert services(filled)["school_money"].name == {"en": "School money", "es": "Dinero para la escuela"}
    done = {what: done for _, what, done in told(filled, "text-missing")}
    assert done["school-money.title has no text in es"] == "taken from the texts of one's own"
    assert len(told(filled, "text-missing")) == len(told(imported, "text-missing"))


def test_what_came_in_loads_as_a_catalogue_and_the_same_twice(imported: Imported, tmp_path: Path) -> None:
    write_catalogue(tmp_path / "c", imported.written, beside={"report.json": imported.report()})
    assert load_catalogue(tmp_path / "c").version == imported.written.version()
    assert import_folder(SAMPLE).report() == imported.report()


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ([">65years", "<18years"], "asked_applicant_date_of_birth_over_65years_under_18years == true"),
        (["about sixty"], "asked_applicant_date_of_birth_about_sixty == true"),
        ([], "asked_applicant_date_of_birth == true"),
        (["<64years"], "asked_applicant_date_of_birth_under_64years == true"),
    ],
)
def test_years_that_are_unclear_or_not_the_texts_are_asked(folder: Path, values: list[str], rule: str) -> None:
    entry = {"criteriaKey": "applicant_date_of_birth", "acceptableValues": values}
    front(folder, "warm-home-grant", eligibility=[entry | {"label": "warm-home-grant.eligibility.label"}])
    bent = import_folder(folder)
    assert rules(services(bent)["warm_home_grant"]) == {"applicant_date_of_birth": rule}
    assert told(bent, "value-unread") or told(bent, "value-and-text")[-1][2] == "only an answer can settle it"


def test_two_sides_of_one_date_are_two_questions(folder: Path) -> None:
    for name, value in (("warm-home-grant", "<2years"), ("boat-pension", ">2years")):
        front(folder, name, eligibility=[{"criteriaKey": "deceased_date_of_death", "acceptableValues": [value]}])
    forms = services(import_folder(folder))
    assert rules(forms["warm_home_grant"]) != rules(forms["boat_pension"])


@pytest.mark.parametrize(
    "changes",
    [
        {"eligibility": "none"},
        {"eligibility": [None, "x", {"criteriaKey": None}, {"criteriaKey": "applicant_income"}]},
        {"eligibility": [{"criteriaKey": "applicant_income", "acceptableValues": [{"a": 1}]}]},
        {"eligibility": [{"criteriaKey": "applicant-basics", "acceptableValues": [True]}]},
        {"lifeEvents": None},
        {"lifeEvents": {"a": 1}},
        {"lifeEvents": [None, 7, "growing-old"]},
        {"source": None},
        {"source": "x"},
        {"summary": ["x"]},
        {"title": 7},
    ],
    ids=str,
)
def test_front_matter_that_is_bent_is_told_of_and_never_met_by_itself(folder: Path, changes: dict[str, Any]) -> None:
    front(folder, "warm-home-grant", **changes)
    bent = import_folder(folder)
    assert ("warm_home_grant" in services(bent)) is ("benefits/warm-home-grant.md" not in bent.left_out)
    write_catalogue(folder / "written", bent.written)
    assert set(statuses(load_catalogue(folder / "written")).values()) == {Status.UNKNOWN}


def test_text_that_is_too_much_or_no_text_is_left_out(folder: Path) -> None:
    file = folder / "locales" / "es" / "benefits" / "school-money.json"
    texts = {"school-money.title": "x" * 30_000, "school-money.summary": {"a": "b"}}
    file.write_text(json.dumps(texts), encoding="utf-8")
    bent = import_folder(folder)
    assert told(bent, "text-too-long")[0][0] == "locales/es/benefits/school-money.json"
    assert services(bent)["school_money"].name == {"en": "School money"}


@pytest.mark.parametrize("missing", ["benefits", "criteria.csv", "locales"])
def test_a_folder_of_another_kind_is_one_line(folder: Path, missing: str) -> None:
    target = folder / missing
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    with pytest.raises(CatalogueError) as caught:
        import_folder(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_file_over_the_bound_is_left_out(folder: Path) -> None:
    with (folder / "benefits" / "large.md").open("wb") as opened:
        opened.write(b"---\n")
        opened.truncate(LARGEST_BYTES + 1)
    assert "over 2 MB" in import_folder(folder).left_out["benefits/large.md"]


def test_a_mapping_of_ones_own_is_followed(tmp_path: Path) -> None:
    table = yaml.safe_load(Path(read_mapping.__code__.co_filename).with_name(TABLE).read_text(encoding="utf-8"))
    table["criteria"]["applicant_income"] = {"attribute": "poor"}
    table["within"] = "P2Y"
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    grant = services(import_folder(SAMPLE, mapping=tmp_path / "mine.yaml"))["warm_home_grant"]
    assert rules(grant)["applicant_income"] == "poor == true"
    assert {answer.within for answer in grant.answers} == {"P2Y"}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("languages: []", "languages"),
        ("a: [", "not YAML"),
        ("languages: [en]\nusage: once\nwithin: P1Y\ntexts: {x: {rule: 'age >'}}", "texts: 'x'"),
        ("languages: [en]\nusage: once\nwithin: P1Y\ncolour: blue", "colour"),
    ],
)
def test_a_mapping_that_is_wrong_is_one_line(tmp_path: Path, content: str, part: str) -> None:
    (tmp_path / "mine.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"mine\.yaml") as caught:
        read_mapping(tmp_path / "mine.yaml")
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)
