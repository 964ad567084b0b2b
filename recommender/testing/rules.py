"""Random rules of the whole language, and random citizens with nulls, dates and edge values, for property tests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from recommender.facts import Holding, Knowledge, Scalar
from recommender.identifiers import EventType, ServiceId
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
    Used,
)
from recommender.subjects import subjects_of
from recommender.testing.fakes import knowledge_of

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
EVENTS = [EventType("moved"), EventType("born")]
SERVICES = [ServiceId("aid"), ServiceId("other")]
KEPT = 4
"""Dates that stores keep per event type."""
PARAMETERS = Parameters(
    {
        "limit": LegalParameter((DatedValue(20.0, None, date(2023, 12, 31)), DatedValue(18.0, date(2024, 1, 1)))),
        "by_place": LegalParameter((DatedValue(18.0, where={"north": 65.0}),), by="district"),
        "partly": LegalParameter((DatedValue(None, where={"north": 18.0}),), by="district"),
        "alike": LegalParameter((DatedValue(18.0, where={"north": 18.0}),), by="district"),
        "word": LegalParameter((DatedValue("none", where={"none": "north"}),), by="work"),
        "nowhere": LegalParameter((DatedValue(1.0, date(2030, 1, 1)),)),
    }
)
NUMBERS, DATES, TEXTS, BOOLEANS = (
    ["age", "children", "income"],
    ["birth_date", "since"],
    ["work", "district"],
    ["student"],
)
_PERIODS = st.sampled_from(["P1Y", "P3M", "P10D", "P1000Y", "PT6H"])
_SPANS = st.sampled_from(["P1Y", "P1M", "P18Y", "P60D", "P2W", "P1Y2M3D", "P900Y", "P10000Y"])
_NUMBER = st.sampled_from([0.0, 1.0, -1.5, 17.5, 18.0, 65.0])
_WORDS = st.sampled_from(["", "none", "full_time", "north", "it's"])
_DAYS = [date.fromisoformat(day) for day in ("2024-02-29", "2023-02-28", "2024-01-31", "1964-02-29", "9999-12-31")]
_ANY_DAY = st.one_of(st.sampled_from(_DAYS), st.dates(date(1840, 1, 1), date(2260, 12, 31)))

CONSTANTS: st.SearchStrategy[Scalar] = st.one_of(_NUMBER, st.booleans(), _WORDS)

_DATE_LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Attribute, st.sampled_from(DATES)),
    st.builds(Day, _ANY_DAY.map(date.isoformat)),
    st.just(Today()),
    st.builds(Last, st.sampled_from(EVENTS)),
)
DATE_EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    _DATE_LEAVES, lambda inner: st.builds(Shifted, inner, _SPANS, st.booleans()), max_leaves=2
)
_NUMBER_LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Attribute, st.sampled_from(NUMBERS)),
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
_OTHER_EXPRESSIONS: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Attribute, st.sampled_from([*TEXTS, *BOOLEANS])), st.just(Parameter("word"))
)
_EXPRESSIONS = st.one_of(NUMBER_EXPRESSIONS, DATE_EXPRESSIONS, _OTHER_EXPRESSIONS)
_ORDERED = st.sampled_from([Comparator.LESS, Comparator.AT_MOST, Comparator.GREATER, Comparator.AT_LEAST])
_NAMES = st.sampled_from([*NUMBERS, *TEXTS, *BOOLEANS])
_EQUALS = st.sampled_from([Comparator.EQUAL, Comparator.UNEQUAL])


def _more_than_a_comparison(relation: Relation) -> bool:
    """Whether it asks for something, and its text parses to it: an attribute with a constant is a comparison."""
    sides = (relation.left, relation.right)
    return bool(subjects_of(relation)) and not any(isinstance(side, Constant) for side in sides)


def _relations(sides: st.SearchStrategy[Expression]) -> st.SearchStrategy[Rule]:
    return st.builds(Relation, sides, st.sampled_from(Comparator), sides).filter(_more_than_a_comparison)


ATOMS: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Comparison, _NAMES, _ORDERED, _NUMBER),
    st.builds(Comparison, _NAMES, _EQUALS, CONSTANTS),
    st.builds(Membership, _NAMES, st.frozensets(_WORDS, min_size=1)),
    st.builds(Membership, _NAMES, st.frozensets(_NUMBER, min_size=1)),
    st.builds(Membership, _NAMES, st.frozensets(st.booleans(), min_size=1)),
    _relations(NUMBER_EXPRESSIONS),
    _relations(DATE_EXPRESSIONS),
    _relations(_EXPRESSIONS),
    st.builds(Happened, st.sampled_from(EVENTS), st.one_of(_PERIODS, st.none())),
    st.builds(Counted, st.sampled_from(EVENTS), _PERIODS, st.sampled_from(Comparator), st.integers(0, COUNTED_AT_MOST)),
    st.builds(Held, st.sampled_from(SERVICES)),
    st.builds(Used, st.sampled_from(SERVICES), st.one_of(_PERIODS, st.none())),
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
_AGO = st.builds(Shifted, st.just(Today()), st.sampled_from(["P1Y", "P60D", "P10D"]), st.just(False))
EVENT_RULES: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Happened, st.sampled_from(EVENTS), st.sampled_from(["P1Y", "P3M", "P10D"])),
    st.builds(Counted, st.sampled_from(EVENTS), st.just("P1Y"), st.sampled_from(Comparator), st.integers(0, 3)),
    st.builds(Relation, st.builds(Last, st.sampled_from(EVENTS)), st.sampled_from(Comparator), _AGO),
    st.builds(Relation, _AGO, st.sampled_from(Comparator), st.builds(Last, st.sampled_from(EVENTS))),
    st.builds(
        Relation,
        st.builds(Between, st.sampled_from(Unit), st.builds(Last, st.sampled_from(EVENTS)), st.just(Today())),
        st.sampled_from(Comparator),
        st.sampled_from([10.0, 60.0, 1.0]).map(
            lambda number: Arithmetic(Constant(number), Operator.PLUS, Constant(0.0))
        ),
    ),
)
"""Conditions on life events alone, near the edges of what citizens are drawn with."""


@dataclass(frozen=True)
class Place:
    """A decision's time and zone."""

    at: datetime = NOW
    zone: str = "UTC"

    @property
    def edges(self) -> list[float]:
        """Instants at and beside local midnights: of 29 February, and of days about the decision's."""
        zone = ZoneInfo(self.zone)
        today = self.at.astimezone(zone).date()
        days = [*_DAYS[:-1], *(today - timedelta(days=n) for n in (4000, 366, 365, 90, 10, 9, 1, 0, -1))]
        local = [datetime(d.year, d.month, d.day, tzinfo=zone) for d in days]
        whole = [to_us(at) for at in (*local, self.at, self.at - timedelta(days=10), self.at - timedelta(hours=6))]
        return [float(us + n) for us in whole for n in (-1, 0, 1)]

    @property
    def happenings(self) -> list[int]:
        """Instants of life events, at and beside the starts of windows and the decision; the last is still to come."""
        days = [self.at - timedelta(days=days) for days in (4000, 366, 365, 60, 10, 9)]
        return [*map(to_us, days), to_us(self.at) - 1, to_us(self.at), to_us(self.at) + 1]


HERE = Place()
PLACES = st.builds(
    Place,
    st.sampled_from(
        [
            NOW,
            datetime(2018, 11, 4, 2, 30, tzinfo=UTC),  # Sao Paulo had no midnight on this day
            datetime(2011, 12, 30, 10, 0, 1, tzinfo=UTC),  # Apia had no 30 December
            datetime(2023, 3, 26, tzinfo=UTC),
            datetime(2025, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        ]
    ),
    st.sampled_from(["UTC", "Asia/Shanghai", "America/Sao_Paulo", "Pacific/Apia", "Europe/Tallinn"]),
)


@st.composite
def values(draw: st.DrawFn, name: str, place: Place = HERE) -> Scalar:
    """A value of an attribute; one in ten is not what the name promises."""
    usual: Sequence[Scalar] = [0.0, -0.0, 1.0, -1.5, 17.5, 18.0, 65.0, 1e15]
    if name in DATES:
        usual = place.edges
    elif name in TEXTS:
        usual = ["", "none", "full_time", "north", "it's"]
    elif name in BOOLEANS:
        usual = [True, False]
    odd: Sequence[Scalar] = [True, "none", 18.0, float("nan"), float("inf"), -1e18, 1e300]
    return draw(st.sampled_from(odd if draw(st.integers(0, 9)) == 0 else usual))


@st.composite
def attributes(draw: st.DrawFn, place: Place = HERE) -> dict[str, Scalar | None]:
    """Values of some attributes, some of them unknown."""
    names = [name for name in (*NUMBERS, *DATES, *TEXTS, *BOOLEANS) if draw(st.integers(0, 9))]
    return {name: draw(st.one_of(st.none(), values(name, place), values(name, place))) for name in names}


@st.composite
def citizens(draw: st.DrawFn, place: Place = HERE) -> Knowledge:
    """What is known of a citizen: some attributes, some events, perhaps covered, perhaps holding something."""
    near = st.sampled_from(place.happenings)
    happened = {
        event: tuple(sorted(draw(st.lists(near, min_size=1, max_size=5)), reverse=True)[:KEPT])
        for event in EVENTS
        if draw(st.booleans())
    }
    covered = {event: draw(st.one_of(st.none(), st.just(-(2**62)), near)) for event in EVENTS if draw(st.booleans())}
    holding = st.one_of(
        st.builds(Holding, st.booleans(), st.integers(0, 2), st.none()),
        st.builds(Holding, st.booleans(), st.integers(1, 3), near),
    )
    holdings = draw(st.dictionaries(st.sampled_from(SERVICES), holding))
    known = knowledge_of(place.at, draw(attributes(place)), holdings=holdings)
    return replace(known, happened=happened, covered_from_us=covered)


@st.composite
def fuller(draw: st.DrawFn, known: Knowledge, place: Place = HERE) -> Knowledge:
    """The same citizen when more is known: attributes, events that no register covered, registers that cover more."""
    told = dict(known.attributes)
    for name in (*NUMBERS, *DATES, *TEXTS, *BOOLEANS):
        value = told.get(name)
        if (value is None or value != value) and draw(st.booleans()):
            told[name] = draw(values(name, place))
    happened, covered = dict(known.happened), dict(known.covered_from_us)
    now = to_us(known.as_of)
    for event in EVENTS:
        since = covered.get(event)
        missed = [at for at in place.happenings if at <= (now if since is None else min(since, now))]
        more = draw(st.lists(st.sampled_from(missed), min_size=1, max_size=2)) if missed else []
        happened[event] = tuple(sorted((*happened.get(event, ()), *more), reverse=True)[:KEPT])
        if draw(st.booleans()):
            covered[event] = -(2**62)
    return replace(known, attributes=told, happened=happened, covered_from_us=covered)
