"""A rule as data: conditions over expressions, joined by and, or, not. The text is parsed in an adapter.

What a rule looks at: attributes, life events, what is held, parameters that the law sets by date and region. Dates are
microseconds since 1970 UTC, as everywhere; a condition answers yes, no or unknown (`recommender.compiling`).
"""

from dataclasses import dataclass, field
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


class Operator(StrEnum):
    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    OVER = "/"


class Unit(StrEnum):
    YEARS = "years"
    MONTHS = "months"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value of an attribute."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number (float), a text, true or false. Its kind counts: Python's own equality takes true for 1."""

    value: Scalar
    kind: type = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", type(self.value))


@dataclass(frozen=True, slots=True)
class Day:
    """The start of a calendar day in the data's zone; `iso` is YYYY-MM-DD."""

    iso: str


@dataclass(frozen=True, slots=True)
class Today:
    """The start of the decision's day in the data's zone."""


@dataclass(frozen=True, slots=True)
class Last:
    """The start of the day on which the life event last happened; unknown when none is recorded.

    Where the register does not cover the time since, there may have been a later one.
    """

    event_type: EventType


@dataclass(frozen=True, slots=True)
class Parameter:
    """What the law sets, by date and region (`recommender.parameters`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Shifted:
    """A date one period of years, months, weeks and days later or earlier, by the calendar of the data's zone."""

    date: "Expression"
    period: str
    later: bool


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """left <operator> right; dividing by zero is unknown."""

    left: "Expression"
    operator: Operator
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or the greatest of several numbers; unknown when any is."""

    parts: tuple["Expression", ...]
    greatest: bool


@dataclass(frozen=True, slots=True)
class Between:
    """Whole calendar years, months or days from one date to another; negative when `end` is earlier."""

    unit: Unit
    start: "Expression"
    end: "Expression"


Expression = Attribute | Constant | Day | Today | Last | Parameter | Shifted | Arithmetic | Extreme | Between


@dataclass(frozen=True, slots=True)
class Comparison:
    """attribute <comparator> constant: the usual condition. Two are equal only with constants of one kind."""

    attribute: str
    comparator: Comparator
    constant: Scalar
    kind: type = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", type(self.constant))


@dataclass(frozen=True, slots=True)
class Relation:
    """left <comparator> right, for everything that is more than an attribute and a constant."""

    left: Expression
    comparator: Comparator
    right: Expression


@dataclass(frozen=True, slots=True)
class Membership:
    """attribute in (constants), all of one kind"""

    attribute: str
    constants: frozenset[Scalar]
    kind: type = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", type(next(iter(self.constants))))


@dataclass(frozen=True, slots=True)
class Happened:
    """The life event happened within the period before the decision (t - within, t]; without a period: ever."""

    event_type: EventType
    within: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How often the life event happened within the period, compared with a number of at most `COUNTED_AT_MOST`."""

    event_type: EventType
    within: str
    comparator: Comparator
    number: int


COUNTED_AT_MOST = 3
"""Stores keep the four newest dates of a type: above three a count could not be told from more."""


@dataclass(frozen=True, slots=True)
class Held:
    """The citizen holds the public service now."""

    service_id: ServiceId


@dataclass(frozen=True, slots=True)
class Used:
    """The public service was started within the period before the decision (t - within, t]; without a period: ever."""

    service_id: ServiceId
    within: str | None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Kleene `and`: no if any is no, else unknown if any is unknown, else yes; empty is yes."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Kleene `or`: yes if any is yes, else unknown if any is unknown, else no; empty is no."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene `not`: unknown stays unknown."""

    rule: "Rule"


Atom = Comparison | Relation | Membership | Happened | Counted | Held | Used
Rule = Atom | AllOf | AnyOf | Not
