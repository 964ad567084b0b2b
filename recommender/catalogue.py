"""The catalogue: public services, when each is called for, and the rules of who may have it (CPSV-AP terms)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from recommender.identifiers import CatalogueVersion, EventType, NeedKey, ServiceId
from recommender.rules import Rule

Texts = Mapping[str, str]
"""Language tag (en, zh) to text."""


class Usage(StrEnum):
    """How often one citizen may use a public service."""

    ONCE = "once"
    REPEATABLE = "repeatable"
    HELD_UNTIL_ENDED = "held_until_ended"


@dataclass(frozen=True, slots=True)
class Answer:
    """A recorded fact that a service answers.

    event  : the life event; None when a date is answered.
    date   : name of a date attribute; the date reached is that date plus `after` (birth_date, P60Y).
    within : how long the fact calls for the service, an ISO 8601 calendar period.
    words  : what the life event is called when a reason names it; None: its name with spaces.
    """

    within: str
    event: EventType | None = None
    date: str | None = None
    after: str | None = None
    words: Texts | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of eligibility: its rule, its words for each result, and the law it comes from."""

    criterion_id: str
    rule: Rule
    text: str
    met: Texts
    unmet: Texts
    unknown: Texts
    source: str


@dataclass(frozen=True, slots=True)
class PublicService:
    """A public service. `deadline` is an ISO 8601 period counted from the cause; None: no deadline."""

    service_id: ServiceId
    name: Texts
    description: Texts
    authority: Texts
    need_key: NeedKey
    answers: tuple[Answer, ...]
    criteria: tuple[Criterion, ...]
    usage: Usage
    may_be_anticipated: bool = False
    deadline: str | None = None
    apply_url: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All public services in a fixed order (by id); `version` is the hash of their content."""

    version: CatalogueVersion
    services: tuple[PublicService, ...]

    @cached_property
    def by_id(self) -> Mapping[ServiceId, PublicService]:
        return {service.service_id: service for service in self.services}

    @cached_property
    def position(self) -> Mapping[ServiceId, int]:
        """Where each service stands in `services`: receipts name services by it."""
        return {service.service_id: i for i, service in enumerate(self.services)}
