"""The house keeps its shape: arrows, sizes, no rings, light command line, drawn error tree."""

import ast
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from recommender import errors

ROOMS = ["recommender", "features", "training", "serving", "experiments"]
ROOT = Path(__file__).parents[2]
PACKAGES = sorted({file.parent for room in ROOMS for file in (ROOT / room).rglob("__init__.py")})
MODULES = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_is_over_300_lines(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 300


def test_no_import_ring() -> None:
    graph = grimp.build_graph(*ROOMS)
    reach = {module: graph.find_upstream_modules(module) for module in graph.modules}
    rings = sorted(module for module in reach if any(module in reach[other] for other in reach[module]))
    assert rings == []


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_time_is_asked_only_where_the_program_starts(file: Path) -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
    ]
    assert not calls or file == ROOT / "recommender/clock.py"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_each_package_says_in_one_docstring_what_it_is_for(package: Path) -> None:
    body = ast.parse((package / "__init__.py").read_text()).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def test_the_command_line_stays_light() -> None:
    heavy = {"feast", "mlflow", "lightgbm", "polars", "pandas", "fastapi", "sqlalchemy", "sklearn", "rdflib", "pyshacl"}
    code = "import sys; from recommender.cli import build; build(); print(' '.join(m for m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert heavy.isdisjoint(loaded.stdout.split())


def test_every_command_of_a_group_has_its_group() -> None:
    names = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["herald.commands"])
    assert {name.partition(".")[0] for name in names if "." in name} <= names


def test_the_error_tree_is_drawn_as_it_is() -> None:
    classes = {name for name, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.HeraldError)}
    drawn = {word for word in (errors.__doc__ or "").split() if word.endswith("Error")}
    assert classes == drawn


def test_every_file_beside_the_code_is_installed_with_it() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    packages = {file.parent for room in ROOMS for file in (ROOT / room).rglob("__init__.py")}
    installed = {file for package in packages for pattern in patterns for file in package.glob(pattern)}
    beside = {file for room in ROOMS for file in (ROOT / room).rglob("*") if file.suffix in {".j2", ".ttl", ".mako"}}
    assert beside - installed == set()
