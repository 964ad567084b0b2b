"""The descriptor: one YAML file that gives each column of a government's tables a role and a type."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from features.tables import ATTRIBUTE_ROLES, ColumnSpec, ColumnType, Covers, Role, Strict, TableSpec
from recommender.errors import DescriptorError
from recommender.instants import check_period

__all__ = [
    "ATTRIBUTE_ROLES",
    "ColumnSpec",
    "ColumnType",
    "Covers",
    "DerivedSpec",
    "Descriptor",
    "GroundSpec",
    "NeedSpec",
    "Role",
    "TableSpec",
    "load_descriptor",
]


class NeedSpec(Strict):
    """A need key: the event, or the use log of a service, that stands for it, and the services that answer it."""

    event: str | None = None
    use: str | None = None
    services: tuple[str, ...] = ()
    proxy: bool = True

    @model_validator(mode="after")
    def _one(self) -> "NeedSpec":
        if (self.event is None) == (self.use is None):
            raise ValueError("a need stands on exactly one of event and use")
        return self


class DerivedSpec(Strict):
    """An attribute computed at the decision time: calendar years since a date, or since an integer year."""

    years_since: str


class GroundSpec(Strict):
    """A legal ground: a law, or a column of a register (`table.column`)."""

    law: str | None = None
    column: str | None = None


class Descriptor(Strict):
    """A government's tables: all that Herald needs to ingest, learn and serve. `folder` is where the file lies."""

    dataset: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = ""
    time_zone: str = "UTC"
    horizon: str
    windows: tuple[str, ...] = ("P1Y",)
    decision_times: Literal["yearly", "monthly"]
    catalogue: str | None = None
    languages: tuple[str, ...] = ("en",)
    label_words: str = ""
    demo_from: date | None = None
    protected_address: str | None = None
    neediness: str | None = None
    legal_ground: dict[str, Literal["research_replay"] | GroundSpec] = Field(default_factory=dict)
    tables: dict[str, TableSpec]
    needs: dict[str, NeedSpec]
    derived: dict[str, DerivedSpec] = Field(default_factory=dict)
    folder: Path = Path()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def attributes(self) -> Mapping[str, tuple[str, ColumnSpec]]:
        """Name of each attribute to its table and column."""
        return {
            name: (table_name, column)
            for table_name, table in self.tables.items()
            for name, column in table.of_role(Role.STATIC, Role.ATTRIBUTE).items()
        }

    @property
    def hidden(self) -> frozenset[str]:
        """Attributes that no wording names: protected and sensitive ones, and what is derived from them."""
        told = {name for name, (_, column) in self.attributes.items() if column.sensitive or column.protected}
        return frozenset(told | {name for name, derived in self.derived.items() if derived.years_since in told})

    @property
    def hashes(self) -> bool:
        """Whether its citizens are named by hashed register numbers, not by pseudonyms that came with the tables."""
        return any(table.column(Role.REGISTER_NUMBER) for table in self.tables.values())

    @property
    def catalogue_folder(self) -> Path | None:
        return None if self.catalogue is None else self.folder / self.catalogue

    @field_validator("horizon", "windows")
    @classmethod
    def _periods(cls, value: Any) -> Any:
        for period in [value] if isinstance(value, str) else value:
            check_period(period)
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not an IANA time zone") from error
        return value

    @model_validator(mode="after")
    def _flagged(self) -> "Descriptor":
        if self.protected_address is not None:
            _, column = self.attributes.get(self.protected_address, ("", None))
            if column is None or column.type != "boolean":
                raise ValueError(f"protected_address: {self.protected_address!r} is no boolean attribute")
        if self.neediness is not None:
            _, column = self.attributes.get(self.neediness, ("", None))
            if column is None or column.type not in ("number", "integer"):
                raise ValueError(f"neediness: {self.neediness!r} is no attribute of type number or integer")
        return self

    @model_validator(mode="after")
    def _joined(self) -> "Descriptor":
        seen: dict[str, str] = {}
        for table_name, table in self.tables.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", table_name):
                raise ValueError(f"table {table_name!r}: a name is made of a-z, 0-9 and _")
            for name in table.of_role(Role.STATIC, Role.ATTRIBUTE):
                if name in seen:
                    raise ValueError(f"attribute {name!r} stands in both {seen[name]} and {table_name}")
                seen[name] = table_name
            covers = table.covers
            if isinstance(covers, Covers) and (covers.roster or covers.observed) not in self.tables:
                raise ValueError(f"table {table_name}: covers names no table of this descriptor")
        for purpose, ground in self.legal_ground.items():
            if isinstance(ground, GroundSpec) and ground.column is not None:
                self._check_ground(purpose, ground.column)
        for name, derived in self.derived.items():
            if derived.years_since not in seen:
                raise ValueError(f"derived {name}: {derived.years_since!r} is no attribute")
        return self

    def _check_ground(self, purpose: str, named: str) -> None:
        table_name, _, name = named.partition(".")
        table = self.tables.get(table_name)
        if table is None or table.column(Role.LEGAL_GROUND) != name:
            raise ValueError(f"legal_ground.{purpose}: {named!r} is no column of role legal_ground (as table.column)")


class _Words(yaml.SafeLoader):
    """YAML in which a column may be called `on` or `no`, and a date is text: only true and false are booleans."""


_BOOLEAN, _DATE = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"
_Words.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in rules if tag not in (_BOOLEAN, _DATE)]
    for letter, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Words.add_implicit_resolver(_BOOLEAN, re.compile("^(?:true|True|false|False)$"), list("tTfF"))


def load_descriptor(path: Path) -> Descriptor:
    """Read a descriptor. Raises DescriptorError, in one line, for what it does not say as it must."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Words)
    except FileNotFoundError as error:
        raise DescriptorError(f"no descriptor at {path}", mend="name a YAML file; see docs/descriptor.md") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DescriptorError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise DescriptorError(f"{path} is not a descriptor", mend="see docs/descriptor.md")
    try:
        return Descriptor(**{**content, "folder": path.parent})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise DescriptorError(f"{path}: {where}: {first['msg']}", mend="see docs/descriptor.md") from error
