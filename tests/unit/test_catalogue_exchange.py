"""`herald catalogue import` and `export` as they are typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from features.catalogue_commands import catalogue
from recommender.adapters.yaml_catalogue import load_catalogue, read_catalogue
from recommender.errors import CatalogueError

CPSV = Path(__file__).parents[1] / "data" / "cpsv"
USAGOV = Path(__file__).parents[1] / "data" / "usagov"
CITY = Path(__file__).parents[2] / "experiments" / "city" / "services"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(catalogue, [str(argument) for argument in arguments])


def refused(*arguments: str | Path) -> str:
    """The one line that the command ends with."""
    result = run(*arguments)
    assert isinstance(result.exception, CatalogueError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_an_import_writes_the_catalogue_and_its_report(tmp_path: Path) -> None:
    result = run("import", "cpsv", CPSV / "valdora.ttl", "--out", tmp_path / "c", "--within", "P6M")
    assert result.exit_code == 0, result.output
    loaded = load_catalogue(tmp_path / "c")
    assert len(loaded.services) == 3
    assert {answer.within for service in loaded.services for answer in service.answers} == {"P6M"}
    report = json.loads((tmp_path / "c" / "report.json").read_text(encoding="utf-8"))
    assert report["catalogue_version"] == loaded.version
    assert report["imported"]["services"] == 3
    assert [fault["done"] for fault in report["faults"]["channel"]] == ["left out"]
    assert "criteria only an answer can settle" in result.output


def test_what_was_left_out_is_shown_and_ends_the_command_with_1(tmp_path: Path) -> None:
    result = run("import", "cpsv", CPSV / "broken.ttl", "--out", tmp_path / "c")
    assert result.exit_code == 1
    assert "noAuthority" in result.output
    assert [form.id for _, form in read_catalogue(tmp_path / "c").services] == ["also_sound"]


def test_a_file_of_which_nothing_comes_in_writes_nothing(tmp_path: Path) -> None:
    assert "no public service can come in" in refused("import", "cpsv", CPSV / "broken.jsonld", "--out", tmp_path / "c")
    assert list(tmp_path.iterdir()) == []


def test_an_import_does_not_touch_what_is_there_unless_told_to(tmp_path: Path) -> None:
    assert run("import", "cpsv", CPSV / "valdora.ttl", "--out", tmp_path / "c").exit_code == 0
    before = load_catalogue(tmp_path / "c").version
    assert "--force" in refused("import", "cpsv", CPSV / "norrhav.jsonld", "--out", tmp_path / "c")
    assert load_catalogue(tmp_path / "c").version == before
    assert run("import", "cpsv", CPSV / "norrhav.jsonld", "--out", tmp_path / "c", "--force").exit_code == 0
    assert [service.service_id for service in load_catalogue(tmp_path / "c").services] == ["bostadsbidrag"]


@pytest.mark.parametrize("ending", [".ttl", ".jsonld"])
def test_an_export_imports_as_the_same_catalogue(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"city{ending}"
    base = ("--base", "https://data.example.org/", "--territory", "https://data.example.org/city")
    assert run("export", CITY, file, *base).exit_code == 0
    assert run("import", "cpsv", file, "--out", tmp_path / "c").exit_code == 0
    assert load_catalogue(tmp_path / "c") == load_catalogue(CITY)
    assert "is there already" in refused("export", CITY, file)
    assert run("export", CITY, file, "--force").exit_code == 0
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["c", f"city{ending}"]


def test_an_import_exported_and_imported_is_itself(tmp_path: Path) -> None:
    assert run("import", "cpsv", CPSV / "valdora.ttl", "--out", tmp_path / "a").exit_code == 0
    assert run("export", tmp_path / "a", tmp_path / "a.jsonld").exit_code == 0
    assert run("import", "cpsv", tmp_path / "a.jsonld", "--out", tmp_path / "b").exit_code == 0
    assert load_catalogue(tmp_path / "a") == load_catalogue(tmp_path / "b")


def test_the_benefits_of_the_united_states_come_in_with_texts_of_ones_own(tmp_path: Path) -> None:
    result = run("import", "usagov", USAGOV, "--out", tmp_path / "c", "--texts", USAGOV / "own")
    assert result.exit_code == 1, "three benefits of the sample cannot come in"
    report = json.loads((tmp_path / "c" / "report.json").read_text(encoding="utf-8"))
    assert set(report["left_out"]) == {"benefits/nameless.md", "benefits/bomb.md", "benefits/broken-front.md"}
    assert report["languages"] == {"en": 5, "es": 4}
    assert run("check", tmp_path / "c").exit_code == 1, "a criterion asked by its name has no Spanish words"
    assert run("export", tmp_path / "c", tmp_path / "us.ttl").exit_code == 0
    assert run("import", "cpsv", tmp_path / "us.ttl", "--out", tmp_path / "again").exit_code == 0
    assert load_catalogue(tmp_path / "again") == load_catalogue(tmp_path / "c")


def test_what_is_mistyped_is_one_line(tmp_path: Path) -> None:
    valdora = CPSV / "valdora.ttl"
    assert "--within" in refused("import", "cpsv", valdora, "--out", tmp_path / "c", "--within", "a year")
    assert "neither .ttl nor .jsonld" in refused("export", CITY, tmp_path / "city.rdf")
    assert "no public service there" in refused("export", tmp_path, tmp_path / "x.ttl")
    assert "is a file" in refused("import", "cpsv", valdora, "--out", valdora)
