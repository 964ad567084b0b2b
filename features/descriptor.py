"""The descriptor: one YAML file that gives each column of a government's tables a role and a type."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from recommender.errors import DescriptorError
from recommender.instants import check_period


class Role(StrEnum):
    """What a column is for; see docs/descriptor.md."""

    PSEUDONYM = "pseudonym"
    REGISTER_NUMBER = "register_number"
    FACT_ID = "fact_id"
    STATIC = "static"
    ATTRIBUTE = "attribute"
    AS_OF = "as_of"
    HAPPENED = "happened"
    KNOWN = "known"
    EVENT_TYPE = "event_type"
    SERVICE = "service"
    USE = "use"
    HOLDS = "holds"
    CORRECTS = "corrects"
    WITHDRAWN = "withdrawn"
    OBSERVED = "observed"
    EXTRACT_DATE = "extract_date"
    CONTACT = "contact"
    LANGUAGE = "language"
    LEGAL_GROUND = "legal_ground"
    IGNORE = "ignore"


class ColumnType(StrEnum):
    """How a column's values are read."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT = "text"


class Strict(BaseModel):
    """Edge model: unknown keys are mistakes, not extensions."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnSpec(Strict):
    """One column: its role, and where the role needs it a type, flags, the service it is about, or the channel."""

    role: Role
    type: ColumnType | None = None
    protected: bool = False
    sensitive: bool = False
    service: str | None = None
    channel: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"role": value} if isinstance(value, str) else value


class Covers(Strict):
    """For whom the absence of an event means that it did not happen; exactly one of the two."""

    roster: str | None = None
    observed: str | None = None


class TableSpec(Strict):
    """One table: where it comes from, how it is laid out, and what its columns are."""

    register_name: str = Field(alias="register")
    authority: str
    kind: Literal["history", "snapshot"]
    file: str
    columns: dict[str, ColumnSpec]
    rejects_at_most: float = Field(0.05, ge=0, le=1)
    vanished_at_most: float = Field(0.1, ge=0, le=1)
    known_from: str = "1970-01-01"
    event_type: str | None = None
    covers: Literal["everyone"] | Covers | None = None

    def column(self, role: Role) -> str | None:
        """The one column of that role; None when there is none."""
        return next((name for name, column in self.columns.items() if column.role is role), None)

    def of_role(self, *roles: Role) -> dict[str, ColumnSpec]:
        """The columns of these roles, in the descriptor's order."""
        return {name: column for name, column in self.columns.items() if column.role in roles}

    @property
    def citizen(self) -> str:
        return self.column(Role.PSEUDONYM) or self.column(Role.REGISTER_NUMBER) or ""

    @property
    def holds_events(self) -> bool:
        return self.event_type is not None or self.column(Role.EVENT_TYPE) is not None

    @property
    def holds_uses(self) -> bool:
        return self.column(Role.USE) is not None

    @property
    def holds_attributes(self) -> bool:
        return bool(self.of_role(*ATTRIBUTE_ROLES))

    @model_validator(mode="after")
    def _whole(self) -> "TableSpec":
        citizens = self.of_role(Role.PSEUDONYM, Role.REGISTER_NUMBER)
        if len(citizens) != 1:
            raise ValueError("needs exactly one column of role pseudonym or register_number")
        for name, column in self.columns.items():
            if column.role in (Role.STATIC, Role.ATTRIBUTE) and column.type is None:
                raise ValueError(f"column {name}: an attribute needs a type")
            if column.role is Role.HOLDS and column.service is None:
                raise ValueError(f"column {name}: holds needs `service:`")
        if self.kind == "history":
            if self.of_role(Role.ATTRIBUTE) and not self.column(Role.AS_OF):
                raise ValueError("time-varying attributes need a column of role as_of, or kind: snapshot")
            if (self.holds_events or self.holds_uses) and not self.column(Role.HAPPENED):
                raise ValueError("events and uses need a column of role happened")
        if self.holds_uses and not self.column(Role.SERVICE):
            raise ValueError("a use log needs a column of role service")
        return self


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
        for name, derived in self.derived.items():
            if derived.years_since not in seen:
                raise ValueError(f"derived {name}: {derived.years_since!r} is no attribute")
        return self


ATTRIBUTE_ROLES = (Role.STATIC, Role.ATTRIBUTE, Role.HOLDS, Role.OBSERVED, Role.LANGUAGE, Role.LEGAL_GROUND)
"""Roles that make a table tell of citizens' states."""


def load_descriptor(path: Path) -> Descriptor:
    """Read a descriptor. Raises DescriptorError, in one line, for what it does not say as it must."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
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
