"""One table of a descriptor: where it comes from, how it is laid out, and what each of its columns is for."""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


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
    HOUSEHOLD = "household"
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


ATTRIBUTE_ROLES = (Role.STATIC, Role.ATTRIBUTE, Role.HOLDS, Role.OBSERVED, Role.LANGUAGE, Role.LEGAL_GROUND)
"""Roles that make a table tell of citizens' states."""
_ONCE = (
    *(Role.FACT_ID, Role.AS_OF, Role.HAPPENED, Role.KNOWN, Role.EVENT_TYPE, Role.SERVICE, Role.USE, Role.CORRECTS),
    *(Role.WITHDRAWN, Role.OBSERVED, Role.EXTRACT_DATE, Role.LANGUAGE, Role.LEGAL_GROUND, Role.HOUSEHOLD),
)
HOUSEHOLD = "household"
"""Under this name contacts keep with whom a citizen lives."""
RESERVED = frozenset(
    {"fact_id", "root", "citizen_id", "event_type", "service_id", "use", "happened_at", "known_at", "as_of", "register"}
    | {"superseded_at", "corrects", "withdrawn", "observed", "extract_at", "language", "may_inform"}
)
"""Names of facts' own columns; an attribute of that name would be taken for them."""


class Strict(BaseModel):
    """Edge model: unknown keys are mistakes, not extensions."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnSpec(Strict):
    """One column: its role, and where the role needs it a type, flags, the service it is about, or the channel.

    locates : whether it tells where or with whom a person lives; it is left out for a person in safe mode.
    """

    role: Role
    type: ColumnType | None = None
    protected: bool = False
    sensitive: bool = False
    locates: bool = False
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
        """Whether it tells of states; a table of nothing but citizens (a roster) tells that they are there."""
        return bool(self.of_role(*ATTRIBUTE_ROLES)) or not (self.holds_events or self.holds_uses)

    @model_validator(mode="after")
    def _columns(self) -> "TableSpec":
        if len(self.of_role(Role.PSEUDONYM, Role.REGISTER_NUMBER)) != 1:
            raise ValueError("needs exactly one column of role pseudonym or register_number")
        for role in _ONCE:
            if len(self.of_role(role)) > 1:
                raise ValueError(f"has {len(self.of_role(role))} columns of role {role}, allowed is one")
        for name in self.of_role(Role.STATIC, Role.ATTRIBUTE):
            if self.columns[name].type is None:
                raise ValueError(f"column {name}: an attribute needs a type")
            if name in RESERVED or "__" in name:
                raise ValueError(f"column {name}: the name is Herald's own; give the column another in the extract")
        for name, column in self.of_role(Role.HOLDS).items():
            if column.service is None:
                raise ValueError(f"column {name}: holds needs `service:`")
        return self

    @model_validator(mode="after")
    def _needed(self) -> "TableSpec":
        """What a column of one role calls for in others."""
        has = {role for role in Role if self.column(role) is not None}
        happens = self.holds_events or self.holds_uses
        history = self.kind == "history"
        channels = {column.channel or name for name, column in self.of_role(Role.CONTACT).items()}
        wanting = [
            (history and Role.ATTRIBUTE in has and Role.AS_OF not in has, "time-varying attributes need one of as_of"),
            (history and happens and Role.HAPPENED not in has, "events and uses need one of happened"),
            (self.holds_uses and Role.SERVICE not in has, "a use log needs one of service"),
            (Role.SERVICE in has and not self.holds_uses, "a use log needs one of use"),
            (Role.WITHDRAWN in has and Role.CORRECTS not in has, "withdrawn needs one of corrects"),
            (HOUSEHOLD in channels, "a household is no channel of role contact; its role is `household`"),
            (history and Role.EXTRACT_DATE in has, "extract_date belongs to kind: snapshot"),
        ]
        for wrong, words in wanting:
            if wrong:
                raise ValueError(f"columns by role: {words}")
        return self

    @field_validator("known_from")
    @classmethod
    def _day(cls, value: str) -> str:
        date.fromisoformat(value)
        return value
