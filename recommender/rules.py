"""A rule as data: comparisons, `in`, `happened`, `held`, joined by `and`. The text is parsed in an adapter."""

from dataclasses import dataclass
from enum import StrEnum

from recommender.facts import Scalar
from recommender.identifiers import EventType, ServiceId


class Comparator(StrEnum):
    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Comparison:
    """attribute <op> constant"""

    attribute: str
    comparator: Comparator
    constant: Scalar


@dataclass(frozen=True, slots=True)
class Membership:
    """attribute in (constants)"""

    attribute: str
    constants: frozenset[Scalar]


@dataclass(frozen=True, slots=True)
class Happened:
    """The life event happened within the period before the decision (t - within, t]."""

    event_type: EventType
    within: str


@dataclass(frozen=True, slots=True)
class Held:
    """The citizen holds the public service now."""

    service_id: ServiceId


@dataclass(frozen=True, slots=True)
class AllOf:
    """Kleene `and`: no if any is no, else unknown if any is unknown, else yes; empty is yes."""

    rules: tuple["Rule", ...]


Rule = Comparison | Membership | Happened | Held | AllOf
