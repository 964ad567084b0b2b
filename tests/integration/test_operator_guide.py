"""The pages name commands and settings that there are; docs/operator.md names each metric, alarm and secret."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from typer.main import get_command

from recommender.cli import build
from serving.alarms import Alarm
from serving.app import MODULES
from serving.metrics import Metrics

ROOT = Path(__file__).parents[2]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))}
PAGE = PAGES["operator.md"]
SETTINGS = set(re.findall(r"^# (HERALD_[A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Each command by its words, with its options."""
    yield words, {option for param in group.params for option in (*param.opts, *param.secondary_opts)}
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*words, name))


@pytest.fixture(scope="module")
def known() -> dict[tuple[str, ...], set[str]]:
    return dict(commands(get_command(build())))


@pytest.mark.parametrize("name", PAGES)
def test_every_command_and_option_on_the_page_is_there(known: dict[tuple[str, ...], set[str]], name: str) -> None:
    said = re.findall(r"(?:^    |`|bin/)herald ([^`\n#]+)", PAGES[name], re.MULTILINE)
    assert len(said) > 5 or name != "operator.md"
    for line in said:
        words = line.split()
        if words[0] == "%i":
            continue
        command = max((one for one in known if tuple(words[: len(one)]) == one), key=len)
        assert command, f"herald {line}: no such command"
        options = {word for word in words if word.startswith("--")}
        assert options <= known[command], f"herald {line}: no option {options - known[command]}"


@pytest.mark.parametrize("name", PAGES)
def test_every_setting_on_the_page_is_there(name: str) -> None:
    said = set(re.findall(r"`(HERALD_[A-Z_]*[A-Z])`", PAGES[name]))
    assert said <= SETTINGS | {"HERALD_SETTINGS"}


def test_every_metric_is_on_the_page_and_there() -> None:
    said = set(re.findall(r"^\| `(herald_[a-z_]+)` \|", PAGE, re.MULTILINE))
    registered = Metrics().registry.collect()
    assert said == {f"{one.name}_total" if one.type == "counter" else one.name for one in registered}


def test_every_alarm_is_on_the_page() -> None:
    for alarm in Alarm:
        assert f"| {alarm.value} |" in PAGE


def test_every_secret_is_on_the_page() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    secrets = re.findall(r"a secret(?:, never changed)?\n# (HERALD_[A-Z_]+)=", text)
    assert len(secrets) >= 8
    missing = [name for name in secrets if f"`{name}`" not in PAGE]
    assert not missing


def test_every_route_on_the_page_is_there() -> None:
    routes = {
        (method, route.path)
        for module in MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    said = set(re.findall(r"`(GET|PUT|POST|DELETE) (/[a-z0-9/{}_-]+)`", PAGE))
    assert len(said) >= 8
    assert said <= routes
