"""Every setting of every section stands in .env.example with its default, and says what it is for."""

import importlib
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import SecretStr

from recommender.adapters.settings import Section

ROOT = Path(__file__).parents[2]
PARTS = (
    "serving.channels.settings",
    "serving.delivery.settings",
    "serving.intake.settings",
    "serving.messages.settings",
    "serving.pages.settings",
    "serving.answering.retention_settings",
)
"""Sections that a part of a room has for itself."""
ROOMS = ("recommender", "features", "training", "serving", "experiments")


def _sections() -> list[type[Section]]:
    for room in ROOMS:
        if find_spec(f"{room}.settings") is not None:
            importlib.import_module(f"{room}.settings")
    for module in PARTS:
        importlib.import_module(module)
    found = [cls for cls in Section.__subclasses__() if cls.__module__.split(".")[0] in ROOMS]
    return sorted(found, key=lambda cls: cls.section)


def _names(section: type[Section]) -> list[str]:
    prefix = str(section.model_config["env_prefix"])
    return [f"{prefix}{field.upper()}" for field in section.model_fields]


SECTIONS = _sections()


def test_the_example_lists_every_setting_and_no_other() -> None:
    listed = re.findall(r"^#?\s?(HERALD_[A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(set(listed) - {"HERALD_SETTINGS"}) == sorted(name for section in SECTIONS for name in _names(section))
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.section)
def test_every_setting_says_what_it_is_for(section: type[Section]) -> None:
    silent = [name for name, field in section.model_fields.items() if len(field.description or "") < 15]
    assert silent == []
    assert section.model_config.get("frozen")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.section)
def test_a_setting_named_a_secret_is_one(section: type[Section]) -> None:
    named = [name for name in section.model_fields if re.search(r"secret|password|_key$", name)]
    assert [name for name in named if section.model_fields[name].annotation is not SecretStr] == []
