"""Two evaluators, one rule: what a population's columns answer is what each citizen would have been answered alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.adapters.rule_text import parse_rule
from recommender.columnar import ColumnarRules, evaluate
from recommender.columns import Columns, EventColumn, columns_of
from recommender.days import Span, calendar
from recommender.eligibility import Rulebook
from recommender.eligibility import evaluate as evaluate_one
from recommender.facts import Knowledge
from recommender.rules import Rule, Unit
from recommender.testing.catalogues import service_of
from recommender.testing.fakes import knowledge_of
from recommender.testing.rules import ATOMS, EVENT_RULES, NOW, PARAMETERS, PLACES, RULES, Place, citizens
from recommender.windows import since

CODES = {False: 0, None: 1, True: 2}


@st.composite
def populations(draw: st.DrawFn) -> tuple[str, list[Knowledge]]:
    """A zone and some citizens; half of the time all are decided on at once, else each at a time of its own."""
    place = draw(PLACES)
    if draw(st.booleans()):
        return place.zone, draw(st.lists(citizens(place), min_size=1, max_size=6))
    places = draw(st.lists(PLACES, min_size=1, max_size=5))
    return place.zone, [draw(citizens(Place(each.at, place.zone))) for each in places]


def columns(zone: str, known: Sequence[Knowledge]) -> Columns:
    """Their columns, with one time for all where there is but one."""
    made = columns_of(known, zone)
    same = len(set(made.as_of_us.tolist())) == 1
    return replace(made, as_of_us=made.as_of_us[:1]) if same else made


def agree(rule: Rule, zone: str, known: Sequence[Knowledge]) -> None:
    alone = [CODES[evaluate_one(rule, citizen, zone, PARAMETERS)] for citizen in known]
    together = evaluate(rule, columns(zone, known), PARAMETERS)
    assert together.dtype == np.int8
    assert together.tolist() == alone


@settings(max_examples=150)
@given(RULES, populations())
def test_a_population_is_answered_as_each_citizen_alone(rule: Rule, drawn: tuple[str, list[Knowledge]]) -> None:
    agree(rule, *drawn)


@settings(max_examples=150)
@given(ATOMS, populations())
def test_every_kind_of_condition_agrees(rule: Rule, drawn: tuple[str, list[Knowledge]]) -> None:
    agree(rule, *drawn)


@settings(max_examples=200)
@given(EVENT_RULES, populations())
def test_conditions_on_life_events_agree(rule: Rule, drawn: tuple[str, list[Knowledge]]) -> None:
    agree(rule, *drawn)


@given(st.lists(RULES, max_size=4), populations(), st.data())
def test_a_services_status_agrees_with_the_rulebook_by_the_law_of_each_day(
    rules: list[Rule], drawn: tuple[str, list[Knowledge]], data: st.DataObject
) -> None:
    zone, known = drawn
    service = service_of("one", rules=rules)
    day = st.one_of(st.none(), st.sampled_from([date(2018, 11, 4), date(2024, 2, 29), date(2024, 3, 1)]))
    criteria = [replace(c, law_from=data.draw(day), law_to=data.draw(day)) for c in service.criteria]
    dated = replace(service, criteria=tuple(criteria))
    book = Rulebook.compile([dated], zone, PARAMETERS)
    alone = [book.assess(citizen, since(citizen, book.periods, zone))[0] for citizen in known]
    answers, status = ColumnarRules(columns(zone, known), PARAMETERS).service(dated)
    words = {"not_eligible": 0, "unknown": 1, "eligible": 2}
    assert status.tolist() == [words[assessed.status.value] for assessed in alone]
    assert len(answers) == len(criteria)


@given(
    PLACES, st.lists(st.one_of(st.floats(), st.floats(-5e15, 9e15)), min_size=1), st.integers(-9, 999), st.booleans()
)
def test_the_calendar_of_columns_is_that_of_one_citizen(
    place: Place, drawn: list[float], months: int, later: bool
) -> None:
    days = calendar(place.zone)
    instants = [*drawn, *place.edges]
    by = Span(abs(months), abs(months) % 40)
    us, nan = np.array(instants), float("nan")
    moved = [days.shifted(each, by, later) for each in instants]
    np.testing.assert_array_equal(days.all_shifted(us, by, later), [nan if m is None else m for m in moved])
    starts = [days.today(each) for each in instants]
    np.testing.assert_array_equal(days.todays(us), [nan if m is None else m for m in starts])
    for unit in Unit:
        whole = [days.between(unit, a, b) for a, b in zip(instants, reversed(instants), strict=True)]
        np.testing.assert_array_equal(days.all_between(unit, us, us[::-1]), [nan if m is None else m for m in whole])


def test_what_services_share_is_worked_out_once() -> None:
    people = columns_of([knowledge_of(NOW, {"age": 20.0}), knowledge_of(NOW, {"age": None})])
    rules = ColumnarRules(people)
    adult = parse_rule("age >= 18")
    (first,), _ = rules.service(service_of("one", rules=[adult]))
    (second, _), status = rules.service(service_of("two", rules=[adult, parse_rule("age < 65")]))
    assert first is second is rules.rule(adult)
    assert status.tolist() == [2, 1]


def test_a_service_without_criteria_is_for_everybody() -> None:
    answers, status = ColumnarRules(columns_of([knowledge_of(NOW)] * 3)).service(service_of("one"))
    assert answers == []
    assert status.tolist() == [2, 2, 2]


def test_dates_side_by_side_become_dates_by_citizen() -> None:
    nan = np.nan
    dates = np.array([[3.0, 2.0, nan], [nan, nan, nan], [5.0, nan, nan]])
    column = EventColumn.of_dates(dates, np.zeros(3, dtype=np.int64))
    assert column.offsets.tolist() == [0, 2, 2, 3]
    assert column.happened_us.tolist() == [3, 2, 5]


@pytest.mark.parametrize(
    "text",
    [
        "happened('never', within='P1Y')",
        "held('nothing')",
        "nobody >= 3",
        "nobody == 'x'",
        "count('never', within='P1Y') < 0",
    ],
)
def test_what_no_column_tells_is_answered_as_for_a_citizen_of_whom_nothing_is_known(text: str) -> None:
    agree(parse_rule(text), "UTC", [knowledge_of(NOW), knowledge_of(NOW - timedelta(days=1))])
