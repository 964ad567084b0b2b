"""docs/catalogue.md: every field is explained, the examples are sound, and the check says what the page says."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.catalogue_commands import catalogue
from recommender.adapters import yaml_forms
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.adapters.yaml_forms import Form
from recommender.identifiers import ServiceId

ROOT = Path(__file__).parents[2]
CITY = ROOT / "experiments" / "city"
GUIDE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
FORMS = [form for form in vars(yaml_forms).values() if isinstance(form, type) and issubclass(form, Form)]
SLIPS = {
    "held_by: social_insurance": "held_by: social_insurence",
    '"age >= 18"': '"agee >= 18"',
    "/mobility": "/mobility act",
    ', zh: "此项服务面向月收入低于 2500 元的人。"': "",
}


def block(first: str) -> str:
    """The code block whose first line is that."""
    found = re.search(rf"```\w+\n{re.escape(first)}\n(.*?)```", GUIDE, re.DOTALL)
    assert found, first
    return found[1]


VOUCHER = block("# services/bicycle_voucher.yaml")
WORDINGS = block("# criteria of services/bicycle_voucher.yaml")
LIMIT = block("# part of services/_catalogue.yaml")


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(CITY / "services", tmp_path / "services")
    return Path("services")


def check(folder: Path, voucher: str) -> tuple[int, list[str]]:
    """What the check says of the voucher; the page's block begins with a comment, which is a line too."""
    voucher = f"# {folder}/bicycle_voucher.yaml\n{voucher}"
    (folder / "bicycle_voucher.yaml").write_text(voucher, encoding="utf-8")
    arguments = ["check", f"{folder}", "--dataset", str(CITY / "dataset.yaml"), "--var", "none"]
    done = CliRunner().invoke(catalogue, arguments, catch_exceptions=False)
    lines = [line for line in done.output.splitlines() if "bicycle_voucher" in line or line.endswith(f" in {folder}")]
    return done.exit_code, lines


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_field_is_explained(form: type[Form]) -> None:
    written = set(re.findall(r"`([a-z_]+)`", GUIDE))
    named = {info.alias or name for name, info in form.model_fields.items()}
    assert named <= written | {"from", "to"}, named - written


def test_the_new_service_has_no_fault(services: Path) -> None:
    code, lines = check(services, VOUCHER)
    assert (code, lines[:-1]) == (0, [])


def test_the_check_says_of_slips_what_the_page_says(services: Path) -> None:
    slipped = VOUCHER
    for right, wrong in SLIPS.items():
        assert right in slipped
        slipped = slipped.replace(right, wrong, 1)
    code, lines = check(services, slipped)
    told = re.search(r"```text\n(.*?)```", GUIDE, re.DOTALL)
    assert told
    assert code == 1
    assert [re.sub(r"\d+ warnings?", "0 warnings", line) for line in lines] == told[1].splitlines()


def test_the_new_wording_takes_over_at_midnight(services: Path) -> None:
    criterion = VOUCHER[VOUCHER.index("  - id: low_income") :]
    assert check(services, VOUCHER.replace(criterion, WORDINGS)) == (0, [check(services, VOUCHER)[1][-1]])
    (services / "bicycle_voucher.yaml").write_text(VOUCHER.replace(criterion, WORDINGS), encoding="utf-8")
    voucher = load_catalogue(services).by_id[ServiceId("bicycle_voucher")]
    law = {day: voucher.criteria_at(day)[1].text for day in (date(2025, 12, 31), date(2026, 1, 1))}
    assert list(law.values()) == ["income < 2500", "income < 2700"]


def test_the_parameter_can_take_the_figures_place(services: Path) -> None:
    shared = services / "_catalogue.yaml"
    text = shared.read_text(encoding="utf-8")
    assert "\nparameters:" not in text or "income_limit" not in text
    limits = LIMIT if "\nparameters:" not in text else LIMIT.removeprefix("parameters:\n")
    before, there, after = text.partition("\nparameters:\n")
    shared.write_text(f"{before}{there}{limits}{after}" if there else f"{text}{limits}", encoding="utf-8")
    code, lines = check(services, VOUCHER.replace("income < 2500", "income < parameter('income_limit')"))
    assert (code, lines[:-1]) == (0, [])
