"""Random rules of the whole language, and random citizens with nulls, dates and edge values, for property tests."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from recommender.facts import Holding, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId, ServiceId
from recommender.instants import to_us
from recommender.parameters import DatedValue, LegalParameter, Parameters
from recommender.rules import (
    COUNTED_AT_MOST,
    AllOf,
    AnyOf,
    Arithmetic,
    Attribute,
    Between,
    Comparator,
    Comparison,
    Constant,
    Counted,
    Day,
    Expression,
    Extreme,
    Happened,
    Held,
    Last,
    Membership,
    Not,
    Operator,
    Parameter,
    Relation,
    Rule,
    Shifted,
    Today,
    Unit,
)
from recommender.testing.fakes import knowledge_of

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
EVENTS = [EventType("moved"), EventType("born")]
SERVICES = [ServiceId("aid"), ServiceId("other")]
PARAMETERS = Parameters(
    {
        "limit": LegalParameter((DatedValue(20.0, None, date(2023, 12, 31)), DatedValue(18.0, date(2024, 1, 1)))),
        "by_place": LegalParameter((DatedValue(18.0, where={"north": 65.0}),), by="district"),
        "nowhere": LegalParameter((DatedValue(1.0, date(2030, 1, 1)),)),
    }
)
_NUMBERS = ["age", "children", "income"]
_DATES = ["birth_date", "since"]
_PERIODS = st.sampled_from(["P1Y", "P3M", "P10D", "P10000Y"])
_NUMBER = st.sampled_from([0.0, 1.0, -1.5, 17.5, 18.0, 65.0])
_WORDS = st.sampled_from(["", "none", "full_time", "north"])
_DAYS = st.dates(date(1900, 1, 1), date(2040, 12, 31))
_US = st.datetimes(datetime(1900, 1, 1), datetime(2040, 1, 1)).map(lambda at: float(to_us(at.replace(tzinfo=UTC))))  # noqa: DTZ001

CONSTANTS: st.SearchStrategy[Scalar] = st.one_of(_NUMBER, st.booleans(), _WORDS)
VALUES: st.SearchStrategy[Scalar] = st.one_of(CONSTANTS, _US, st.just(float("nan")), st.just(1e300))
"""What an attribute may hold, whatever its name promises."""

_DATE_LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Attribute, st.sampled_from(_DATES)),
    st.builds(Day, _DAYS.map(date.isoformat)),
    st.just(Today()),
    st.builds(Last, st.sampled_from(EVENTS)),
)
DATE_EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    _DATE_LEAVES, lambda inner: st.builds(Shifted, inner, _PERIODS, st.booleans()), max_leaves=2
)
_NUMBER_LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Attribute, st.sampled_from(_NUMBERS)),
    st.builds(Constant, _NUMBER),
    st.builds(Parameter, st.sampled_from(sorted(PARAMETERS.by_name))),
    st.builds(Between, st.sampled_from(Unit), DATE_EXPRESSIONS, DATE_EXPRESSIONS),
)
NUMBER_EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    _NUMBER_LEAVES,
    lambda inner: st.one_of(
        st.builds(Arithmetic, inner, st.sampled_from(Operator), inner),
        st.builds(Extreme, st.tuples(inner, inner), st.booleans()),
    ),
    max_leaves=4,
)
_EXPRESSIONS = st.one_of(NUMBER_EXPRESSIONS, DATE_EXPRESSIONS)
_ORDERED = st.sampled_from([Comparator.LESS, Comparator.AT_MOST, Comparator.GREATER, Comparator.AT_LEAST])
_NAMES = st.sampled_from([*_NUMBERS, "work", "student"])
_EQUALS = st.sampled_from([Comparator.EQUAL, Comparator.UNEQUAL])


def _more_than_a_comparison(relation: Relation) -> bool:
    """Whether the text of the relation parses to a relation: an attribute with a constant is a comparison."""
    sides = (relation.left, relation.right)
    return not any(isinstance(side, Constant) for side in sides)


ATOMS: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Comparison, _NAMES, _ORDERED, _NUMBER),
    st.builds(Comparison, _NAMES, _EQUALS, CONSTANTS),
    st.builds(Membership, _NAMES, st.frozensets(st.sampled_from(["none", "full_time"]), min_size=1)),
    st.builds(Membership, _NAMES, st.frozensets(_NUMBER, min_size=1)),
    st.builds(Relation, _EXPRESSIONS, st.sampled_from(Comparator), _EXPRESSIONS).filter(_more_than_a_comparison),
    st.builds(Happened, st.sampled_from(EVENTS), st.one_of(_PERIODS, st.none())),
    st.builds(Counted, st.sampled_from(EVENTS), _PERIODS, st.sampled_from(Comparator), st.integers(0, COUNTED_AT_MOST)),
    st.builds(Held, st.sampled_from(SERVICES)),
)
RULES: st.SearchStrategy[Rule] = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from([*_NUMBERS, *_DATES, "work", "student", "district"]), st.one_of(st.none(), VALUES)
)


@st.composite
def citizens(draw: st.DrawFn) -> Knowledge:
    """What is known of a citizen at NOW: some attributes, some events, perhaps covered, perhaps holding something."""
    events = []
    for number, days in enumerate(draw(st.lists(st.sampled_from([-1, 0, 1, 9, 10, 89, 365, 366, 4000]), max_size=4))):
        at = to_us(NOW - timedelta(days=days))
        events.append(RecordedEvent(FactId(f"f{number}"), draw(st.sampled_from(EVENTS)), at, at))
    covered = {event: draw(st.sampled_from([None, NOW, NOW - timedelta(days=366)])) for event in EVENTS}
    held = st.builds(Holding, st.booleans(), st.integers(0, 2), st.none())
    return knowledge_of(
        NOW,
        draw(ATTRIBUTES),
        recent=events,
        covered_from=covered,
        holdings=draw(st.dictionaries(st.sampled_from(SERVICES), held)),
    )
