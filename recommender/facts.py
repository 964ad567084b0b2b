"""Facts as they arrive and as they are known: bitemporal, correctable, never averaged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from recommender.identifiers import CitizenId, EventType, FactId, ServiceId

Scalar = float | bool | str
"""Value of an attribute. Numbers and dates are float (a date is microseconds since 1970 UTC); unknown is None, never a
default."""


class FactKind(StrEnum):
    LIFE_EVENT = "life_event"
    ATTRIBUTES = "attributes"
    USE = "use"


class UseChange(StrEnum):
    """What became of one use of a public service."""

    STARTED = "started"
    SUBMITTED = "submitted"
    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of a register about one citizen.

    happened_at : when it happened (life event, use) or as of when the values hold (attributes).
    known_at    : when it became known to Herald; on the Herald clock, never before it could be used.
    values      : attributes only; those named here are told, None means "told to be unknown", others are untouched.
    corrects    : the fact that this one replaces, or with `withdrawn` takes back, from `known_at` on.
    """

    fact_id: FactId
    citizen_id: CitizenId
    kind: FactKind
    register: str
    happened_at: datetime
    known_at: datetime
    event_type: EventType | None = None
    values: Mapping[str, Scalar | None] = field(default_factory=dict)
    service_id: ServiceId | None = None
    use: UseChange | None = None
    corrects: FactId | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A life event as now believed. `root` is the first fact of its chain of corrections, so causes keep identity."""

    root: FactId
    event_type: EventType
    happened_us: int
    known_us: int


@dataclass(frozen=True, slots=True)
class Holding:
    """A citizen's history with one public service. `last_us` is the latest start, None when never started."""

    holds_now: bool
    times_used: int
    last_us: int | None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was known about one citizen at one instant: all that rules, features and reasons may look at.

    attributes       : current value of each attribute, derived ones (age) included; None is unknown.
    happened         : per event type the dates known so far, newest first, bounded (see the feature schema).
    covered_from_us  : per event type since when the register covers this citizen; None: absence means nothing.
    holdings         : per service; absent: never used, as far as a register covers it.
    recent           : the latest recorded events, newest known first: the causes a push may name.
    state            : the stored feature values in the schema's column order; with `recent` and `as_of` everything
                       above can be rebuilt from it (see `features.schema`), which is what a receipt stores.
    schema_digest    : which feature schema `state` follows.
    told             : the attributes whose values the citizen told, because no register did (`recommender.told`).
    holdings_known   : False: nobody looked whether anything is held, so a rule that asks is unknown.
    disputed         : event types of which a citizen says that the record is wrong (`recommender.disputes`): nothing is
                       known of them, nor that they did not happen.
    """

    citizen_id: CitizenId
    as_of: datetime
    attributes: Mapping[str, Scalar | None]
    happened: Mapping[EventType, tuple[int, ...]]
    covered_from_us: Mapping[EventType, int | None]
    holdings: Mapping[ServiceId, Holding]
    recent: tuple[RecordedEvent, ...]
    state: tuple[Scalar | None, ...]
    schema_digest: str
    told: Mapping[str, Scalar] = field(default_factory=dict)
    holdings_known: bool = True
    disputed: frozenset[EventType] = frozenset()
