"""`herald catalogue check` on copies of the city's catalogue, each with one fault put in: found, at its line."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.catalogue_commands import catalogue

CITY = Path(__file__).parents[2] / "experiments/city"
NLSY97 = Path(__file__).parents[2] / "experiments/nlsy97"
BENEFIT = "unemployment_benefit.yaml"
SHARED = "_catalogue.yaml"

Faults = list[dict[str, object]]


def checked(folder: Path, dataset: Path = CITY / "dataset.yaml", var: Path | None = None) -> tuple[int, Faults]:
    arguments = ["check", str(folder), "--dataset", str(dataset), "--json", "--var", str(var or folder / "none")]
    result = CliRunner().invoke(catalogue, arguments, catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CITY / "services", tmp_path / "services"))


def edited(folder: Path, file: str, old: str, new: str) -> int:
    """Put a fault in, and the line on which it begins."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{file} no longer holds {old!r}"
    before, _, after = text.partition(old)
    path.write_text(before + new + after, encoding="utf-8")
    alike = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old) + 1)
    return before.count("\n") + new[:alike].count("\n") + 1


@pytest.mark.parametrize(("folder", "dataset"), [(CITY, CITY), (NLSY97, NLSY97)])
def test_the_shipped_catalogues_have_no_fault(folder: Path, dataset: Path, tmp_path: Path) -> None:
    code, faults = checked(folder / "services", dataset / "dataset.yaml", tmp_path)
    assert [fault for fault in faults if fault["grave"]] == []
    assert code == 0


AGE = 'rule: "age < 65"'
YOUNG = '  - id: young_enough\n    rule: "age < 65"\n'


HELD = "usage: held_until_ended"
LAW = '{act: "Illustrative: Social Insurance Act", article: "s. 10(1)", link: "https://law.city.example/insurance"}'
INSURED = '  - id: young_enough\n    rule: "insurance_months >= 12"\n'

FAULTS = {
    "unknown attribute": (BENEFIT, AGE, 'rule: "agee < 65"', "did you mean 'age'"),
    "unknown life event": (BENEFIT, "{event: job_lost,", "{event: job_los,", "life event 'job_los'"),
    "type error": (BENEFIT, AGE, 'rule: "age < 65 and work == 3"', "work is a text, 3 is a number"),
    "never true": (BENEFIT, AGE, 'rule: "age < 65 and age > 70"', "never true"),
    "always true": (BENEFIT, AGE, 'rule: "age < 65 or age >= 60"', "always true"),
    "missing language": (BENEFIT, ', zh: "您未满 65 岁。"}', "}", "met lacks zh"),
    "missing legal source": (BENEFIT, LAW, '""', "source"),
    "overlapping dates": (BENEFIT, "- id: young_enough", "- id: resident", "two wordings of criterion resident"),
    "malformed link": (BENEFIT, "https://law.city", "htp//law.city", "is no link"),
    "never asked": (BENEFIT, YOUNG, f"{YOUNG}    in_force: {{to: 1998-12-31}}\n", "is never asked"),
    "asked twice": (BENEFIT, YOUNG, INSURED, "never decides anything"),
    "unknown authority": (BENEFIT, "authority: social_insurance_fund", "authority: fund", "authority 'fund'"),
    "unknown register": (BENEFIT, "held_by: social_insurance}", "held_by: insurance}", "register 'insurance'"),
    "unknown service": (BENEFIT, HELD, f"{HELD}\nexcludes: [pension]", "service 'pension'"),
    "unknown need": (BENEFIT, "need: job_lost", "need: job_los", "need 'job_los'"),
    "unknown field": (BENEFIT, HELD, "usages: held_until_ended", "did you mean 'usage'"),
    "malformed period": (BENEFIT, "deadline: P30D", "deadline: 30 days", "ISO 8601"),
    "unreadable rule": (BENEFIT, AGE, 'rule: "age < 65 and"', "not readable"),
    "unknown parameter": (BENEFIT, AGE, "rule: \"age <= parameter('limit')\"", "parameter 'limit'"),
    "unknown shared field": (SHARED, '"555-0102"\n', '"555-0102"\n    telex: "1"\n', "no field"),
    "malformed page": (SHARED, "https://tax.city.example", "https:///page", "is no link"),
}


@pytest.mark.parametrize(("file", "old", "new", "part"), FAULTS.values(), ids=FAULTS.keys())
def test_each_fault_is_found_at_its_line(copy: Path, file: str, old: str, new: str, part: str) -> None:
    line = edited(copy, file, old, new)
    code, faults = checked(copy)
    found = [fault for fault in faults if part in f"{fault['what']}; {fault['mend']}"]
    assert code == 1
    assert found, faults
    assert (Path(str(found[0]["file"])).name, found[0]["line"]) == (file, line)
    assert found[0]["mend"]


def test_an_id_that_is_taken_and_a_text_that_is_no_yaml_are_told(copy: Path) -> None:
    edited(copy, BENEFIT, "id: unemployment_benefit", "id: state_pension")
    edited(copy, "birth_allowance.yaml", "usage:", "usage: [")
    whats = [str(fault["what"]) for fault in checked(copy)[1] if fault["grave"]]
    assert any("id 'state_pension' is taken by state_pension.yaml" in what for what in whats)
    assert any("not YAML" in what for what in whats)


def test_two_faults_are_both_told_and_every_line_can_be_read(copy: Path) -> None:
    edited(copy, BENEFIT, AGE, 'rule: "agee < 65"')
    edited(copy, "state_pension.yaml", "need: retired", "need: tired")
    arguments = ["check", str(copy), "--dataset", str(CITY / "dataset.yaml"), "--var", "none"]
    lines = CliRunner().invoke(catalogue, arguments).stdout.splitlines()
    assert lines[-1].startswith("2 faults")
    told = [line for line in lines if line.startswith(f"{copy}/") and "warning:" not in line]
    assert [line.removeprefix(f"{copy}/").split(":")[0] for line in told] == ["state_pension.yaml", BENEFIT]


def test_a_gap_in_the_law_is_a_warning(copy: Path) -> None:
    former = YOUNG.replace("65", "60") + "    in_force: {to: 2019-12-31}\n"
    text = (copy / BENEFIT).read_text(encoding="utf-8")
    start = text.index(YOUNG)
    block = text[start:]
    again = block.replace(YOUNG, YOUNG + "    in_force: {from: 2021-01-01}\n")
    (copy / BENEFIT).write_text(text[:start] + block.replace(YOUNG, former) + again, encoding="utf-8")
    code, faults = checked(copy)
    gaps = [fault for fault in faults if "is not law between" in str(fault["what"])]
    assert (code, len(gaps), gaps[0]["grave"]) == (0, 1, False)


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    from recommender.errors import CatalogueError

    with pytest.raises(CatalogueError, match="no public service"):
        CliRunner().invoke(catalogue, ["check", str(tmp_path)], catch_exceptions=False)
