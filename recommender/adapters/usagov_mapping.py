"""The table by which the United States' criteria become rules: `usagov_mapping.yaml`, or a changed copy of it."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_forms import Form, Identifier, Period, Text, Words
from recommender.catalogue import Usage
from recommender.errors import CatalogueError

TABLE = "usagov_mapping.yaml"


class CriterionMapping(Form):
    """One criterion's attribute; `values` gives the attribute's values that each of the source's values stands for."""

    attribute: Identifier
    kind: Literal["plain", "years"] = "plain"
    values: dict[str, Annotated[list[Text], Field(min_length=1)]] = Field(default_factory=dict)


class TextMapping(Form):
    """The rule that a text of the source says; `covers` are criteria that it makes one of two ways."""

    rule: Text
    covers: list[str] = Field(default_factory=list)


class Mapping(Form):
    """How the source's words are read. `usagov_mapping.yaml` explains each part."""

    languages: Annotated[list[Text], Field(min_length=1)]
    usage: Usage
    within: Period
    life_events: dict[str, str] = Field(default_factory=dict)
    same_value: dict[str, str] = Field(default_factory=dict)
    criteria: dict[str, CriterionMapping] = Field(default_factory=dict)
    texts: dict[str, TextMapping] = Field(default_factory=dict)
    questions: dict[Identifier, Words] = Field(default_factory=dict)


def read_mapping(file: Path | None = None) -> Mapping:
    """The table that comes with Herald, or that of `file`. Raises CatalogueError naming the place and the fault."""
    name = str(file) if file else TABLE
    try:
        text = file.read_text(encoding="utf-8") if file else files(__package__).joinpath(TABLE).read_text("utf-8")
        mapping = Mapping.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise CatalogueError(f"{name}: {place}: {first['msg']}", mend=f"see {TABLE}") from error
    except OSError as error:
        raise CatalogueError(f"{name}: {error.strerror}", mend="name a file that can be read") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{name}: not YAML: {' '.join(str(error).split())}", mend="mend the file") from error
    for text, told in mapping.texts.items():
        try:
            parse_rule(told.rule)
        except CatalogueError as error:
            raise CatalogueError(f"{name}: texts: {text[:60]!r}: {error.message}", mend=error.mend) from error
    return mapping
