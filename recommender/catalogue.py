"""The catalogue: public services, when each is called for, and the rules of who may have it (CPSV-AP terms)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from recommender.identifiers import CatalogueVersion, EventType, NeedKey, ServiceId
from recommender.parameters import NO_PARAMETERS, Parameters
from recommender.rules import Rule
from recommender.service_terms import (
    Authority,
    Bundle,
    Channel,
    Evidence,
    Jurisdiction,
    LegalSource,
    Question,
    Season,
    Sensitivity,
    Texts,
)

__all__ = ["Answer", "Catalogue", "Criterion", "PublicService", "Texts", "Usage"]


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
    words  : what the life event is called when a reason names it; None: as the catalogue calls it.
    """

    within: str
    event: EventType | None = None
    date: str | None = None
    after: str | None = None
    words: Texts | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of eligibility: its rule, its words for each result, and the law it comes from.

    law_from, law_to : first and last day on which it is law, in the data's zone; None: open on that side. A decision
                       looks only at the criteria that were law on its own day.
    """

    criterion_id: str
    rule: Rule
    text: str
    met: Texts
    unmet: Texts
    unknown: Texts
    source: LegalSource
    law_from: date | None = None
    law_to: date | None = None

    def is_law(self, day: date) -> bool:
        """Whether the criterion is in force on `day`."""
        return (self.law_from is None or self.law_from <= day) and (self.law_to is None or day <= self.law_to)


@dataclass(frozen=True, slots=True)
class PublicService:
    """A public service.

    deadline   : ISO 8601 period counted from the cause; None: no deadline.
    valid_from, valid_to, season : when the service is open at all; a closed service is neither shown nor pushed.
    excludes   : services that nobody may hold together with this one; it works both ways.
    renewal    : how long a holding lasts before it must be renewed; None: until it is ended.
    may_ask    : whether the question that would settle an unknown status may itself be pushed.
    per_household : whether one member of a household is told for all of them.
    """

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
    authority_id: str = ""
    evidence: tuple[Evidence, ...] = ()
    channels: tuple[Channel, ...] = ()
    cost: Texts | None = None
    processing_time: str | None = None
    output: Texts | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    season: Season | None = None
    jurisdiction: Jurisdiction | None = None
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    excludes: tuple[ServiceId, ...] = ()
    renewal: str | None = None
    may_ask: bool = False
    per_household: bool = False

    def criteria_at(self, day: date) -> tuple[Criterion, ...]:
        """The criteria that are law on `day`, in order: what a decision's results stand for, one by one."""
        return tuple(criterion for criterion in self.criteria if criterion.is_law(day))

    def is_open(self, day: date) -> bool:
        """Whether the service exists and is in season on `day`."""
        if (self.valid_from and day < self.valid_from) or (self.valid_to and day > self.valid_to):
            return False
        return self.season is None or self.season.holds(day)


@dataclass(frozen=True)
class Catalogue:
    """All public services in a fixed order (by id), and what they share; `version` is the hash of their content.

    languages : in order of preference: the first that a text has is its second choice.
    events    : what each life event is called.   regions : what each region is called.
    pauses    : life events (a death in the household) that for a period pause every push but those they cause.
    parameters: what rules may name as parameter('...').
    bundles   : the ordered services of one life event, by id.   questions : how a citizen is asked for an attribute.
    """

    version: CatalogueVersion
    services: tuple[PublicService, ...]
    languages: tuple[str, ...] = ()
    authorities: Mapping[str, Authority] = field(default_factory=dict)
    events: Mapping[EventType, Texts] = field(default_factory=dict)
    regions: Mapping[str, Texts] = field(default_factory=dict)
    bundles: tuple[Bundle, ...] = ()
    questions: Mapping[str, Question] = field(default_factory=dict)
    pauses: Mapping[EventType, str] = field(default_factory=dict)
    parameters: Parameters = NO_PARAMETERS

    @cached_property
    def by_id(self) -> Mapping[ServiceId, PublicService]:
        return {service.service_id: service for service in self.services}

    @cached_property
    def shared(self) -> frozenset[ServiceId]:
        """The services of which one member of a household is told for all of them."""
        return frozenset(service.service_id for service in self.services if service.per_household)

    @cached_property
    def position(self) -> Mapping[ServiceId, int]:
        """Where each service stands in `services`: receipts name services by it."""
        return {service.service_id: i for i, service in enumerate(self.services)}
