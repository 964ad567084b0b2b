"""Rules: Kleene logic, unknown is not zero, and a decided status stays when more becomes known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.adapters.rule_text import parse_rule
from recommender.catalogue import Usage
from recommender.compiling import all_of, any_of, periods_of, subjects_of
from recommender.decision import Status
from recommender.eligibility import Rulebook, evaluate, is_held
from recommender.errors import CatalogueError
from recommender.expressions import Law
from recommender.facts import Holding, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId, ServiceId
from recommender.instants import to_us
from recommender.missing import compile_missing
from recommender.rules import AllOf, Comparator, Comparison, Rule
from recommender.testing.catalogues import service_of
from recommender.testing.fakes import knowledge_of
from recommender.testing.rules import NOW, PARAMETERS, RULES, citizens
from recommender.windows import since

TRUTHS = st.sampled_from([True, False, None])


@given(TRUTHS, TRUTHS, TRUTHS)
def test_and_is_kleenes(a: bool | None, b: bool | None, c: bool | None) -> None:
    assert all_of([a, b]) == all_of([b, a])
    assert all_of([all_of([a, b]), c]) == all_of([a, all_of([b, c])])
    assert all_of([a, a]) == a
    assert all_of([a, True]) == a
    assert all_of([a, False]) is False
    assert all_of([a, None]) is (False if a is False else None)


def test_an_empty_and_is_yes() -> None:
    assert all_of([]) is True
    assert evaluate(AllOf(()), knowledge_of(NOW)) is True


@given(st.lists(TRUTHS, max_size=4))
def test_or_is_kleenes_and_by_de_morgan_the_mirror_of_and(truths: list[bool | None]) -> None:
    mirrored = [None if truth is None else not truth for truth in truths]
    conjunction = all_of(mirrored)
    assert any_of(truths) == (None if conjunction is None else not conjunction)


@given(RULES, citizens())
def test_a_rule_answers_yes_no_or_unknown_whatever_the_types(rule: Rule, citizen: Knowledge) -> None:
    assert evaluate(rule, citizen, "Asia/Shanghai", PARAMETERS) in (True, False, None)


@given(RULES, citizens())
def test_missing_is_empty_exactly_when_the_rule_is_decided_and_names_only_what_it_asks(
    rule: Rule, citizen: Knowledge
) -> None:
    law = Law("UTC", NOW.date(), PARAMETERS)
    missing = compile_missing(rule, law)(citizen, since(citizen, periods_of(rule), "UTC"))
    assert bool(missing) == (evaluate(rule, citizen, parameters=PARAMETERS) is None)
    assert missing <= subjects_of(rule, PARAMETERS)


@pytest.mark.parametrize(
    ("text", "value", "answer"),
    [
        ("age >= 18", 18.0, True),
        ("age >= 18", 17.9, False),
        ("age >= 18", None, None),
        ("age >= 18", "eighteen", None),
        ("age >= 18", True, None),
        ("age >= 18", float("nan"), None),
        ("age != 18", None, None),
        ("age == true", 1.0, None),
        ("18 <= age < 65", 65.0, False),
        ("age in (18, 19)", 19.0, True),
        ("age in (18, 19)", None, None),
        ("age in ('none',)", 18.0, None),
        ("age > -1", 0.0, True),
        ("age not in (18, 19)", 20.0, True),
        ("age not in (18, 19)", None, None),
        ("age < 18 or age >= 65", 70.0, True),
        ("not age < 18", 18.0, True),
        ("not age < 18", None, None),
        ("age", True, True),
        ("age", 1.0, None),
        ("age / 0 == 1", 1.0, None),
        ("age * 12 <= 240", 20.0, True),
        ("max(age, 21) == 21", 20.0, True),
        ("20 - age >= 5", 15.0, True),
    ],
)
def test_a_comparison_of_what_is_not_known_is_unknown(text: str, value: Scalar | None, answer: bool | None) -> None:
    assert evaluate(parse_rule(text), knowledge_of(NOW, {"age": value})) is answer


def event(at: datetime) -> RecordedEvent:
    return RecordedEvent(FactId("f"), EventType("moved"), to_us(at), to_us(at))


@pytest.mark.parametrize(
    ("happened", "covered_from", "answer"),
    [
        (None, None, None),
        (None, datetime(2023, 2, 28, 12, tzinfo=UTC), False),
        (None, datetime(2023, 2, 28, 12, 0, 1, tzinfo=UTC), None),
        (datetime(2023, 2, 28, 12, tzinfo=UTC), None, None),
        (datetime(2023, 2, 28, 12, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC), False),
        (datetime(2023, 2, 28, 12, 0, 1, tzinfo=UTC), None, True),
        (NOW, None, True),
        (NOW + timedelta(microseconds=1), datetime(2000, 1, 1, tzinfo=UTC), False),
    ],
)
def test_happened_is_no_only_where_the_register_covers_the_whole_window(
    happened: datetime | None, covered_from: datetime | None, answer: bool | None
) -> None:
    recent = () if happened is None else (event(happened),)
    knowledge = knowledge_of(NOW, recent=recent, covered_from={EventType("moved"): covered_from})
    assert evaluate(parse_rule("happened('moved', within='P1Y')"), knowledge) is answer


def test_missing_names_what_would_settle_it_and_nothing_that_would_not() -> None:
    rules = [parse_rule(t) for t in ("age >= 18 and income < 10", "happened('moved', within='P1Y')", "work == 'none'")]
    unknown = assess(rules, knowledge_of(NOW, {"age": 20.0, "work": "none"}))
    assert unknown.status is Status.UNKNOWN
    assert unknown.missing == ("event:moved", "income")
    settled = assess(rules, knowledge_of(NOW, {"age": 17.0, "work": "none"}))
    assert settled.status is Status.NOT_ELIGIBLE
    assert settled.missing == ()


def test_a_service_without_criteria_is_for_everybody() -> None:
    assert assess([], knowledge_of(NOW)).status is Status.ELIGIBLE


@pytest.mark.parametrize(
    ("usage", "holding", "held"),
    [
        (Usage.ONCE, None, False),
        (Usage.ONCE, Holding(False, 0, None), False),
        (Usage.ONCE, Holding(False, 1, 0), True),
        (Usage.HELD_UNTIL_ENDED, Holding(False, 1, 0), False),
        (Usage.HELD_UNTIL_ENDED, Holding(True, 1, 0), True),
        (Usage.REPEATABLE, Holding(False, 3, 0), False),
        (Usage.REPEATABLE, Holding(True, 3, 0), True),
    ],
)
def test_held_follows_the_usage(usage: Usage, holding: Holding | None, held: bool) -> None:
    assert is_held(usage, holding) is held


def test_held_in_a_rule_asks_for_now() -> None:
    holding = {ServiceId("aid"): Holding(False, 2, 0)}
    assert evaluate(parse_rule("held('aid')"), knowledge_of(NOW, holdings=holding)) is False
    held = replace(holding[ServiceId("aid")], holds_now=True)
    assert evaluate(parse_rule("held('aid')"), knowledge_of(NOW, holdings={ServiceId("aid"): held})) is True


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("age >=", "not readable"),
        ("age >= 18 # and income < 5", "no comments"),
        ("not " * 90 + "student", "more than 60 levels"),
        ("age > 1" + " + 1" * 90, "more than 60 levels"),
        ("(" * 900 + "a" + ")" * 900, "not readable"),
        ("used('aid', since='P1Y')", "is no condition"),
        ("birth_date + 'PT6H' > today", "whole days"),
        ("18", "is no condition"),
        ("age + 1", "is no condition"),
        ("today", "is no condition"),
        ("count('moved', within='P1Y')", "a count alone"),
        ("count('moved', within='P1Y') >= 4", "0 to 3"),
        ("count('moved') >= 1", "within="),
        ("max(age) >= 3", "of two or more"),
        ("age + 'x' >= 3", "ISO 8601"),
        ("age * 'P1Y' >= 3", "a date moves"),
        ("date('2025-02-30') <= today", "is not a day"),
        ("birth_date ** 2 > 1", "only + - * /"),
        ("years_between(birth_date) > 1", "between two dates"),
        ("age >= 'old'", "has no order"),
        ("age in ()", "a list of constants"),
        ("age in (1, 'a')", "several types"),
        ("age in (1, true)", "several types"),
        ("happened('moved', 'P1Y')", "is no condition"),
        ("happened('moved', within='1Y')", "ISO 8601"),
        ("held(aid)", "is not a constant"),
        ("__import__('os').system('x')", "is no condition"),
        ("age == None", "is not a constant"),
        ("18 >= 17", "two constants"),
        ("today - birth_date > 18", "today is a date where a number belongs"),
        ("today > 18", "a date is compared with a number"),
        ("years_between(18, today) > 2", "18 is a number where a date belongs"),
        ("max(today, 3) > birth_date", "3 is a number where a date belongs"),
        ("date('2020-01-01') < date('2021-01-01')", "two constants"),
        ("(lambda: 1)() == age", "not in the language"),
        ("age == age.real", "is not a constant"),
        ("age == [x for x in ()]", "is not a constant"),
        ("age is 18", "only =="),
    ],
)
def test_a_rule_outside_the_language_says_what_is_wrong(text: str, part: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_rule(text)
    assert part in str(caught.value)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


PIECES = [
    "age",
    ">=",
    "18",
    "and",
    "in",
    "(",
    ")",
    "'a'",
    ",",
    "happened",
    "held",
    "within=",
    "'P1Y'",
    "not",
    "1e999",
    ".",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)))
def test_any_text_is_a_rule_or_a_clear_error(text: str) -> None:
    try:
        rule = parse_rule(text)
    except CatalogueError as error:
        assert "\n" not in str(error)
    else:
        assert evaluate(rule, knowledge_of(NOW)) in (True, False, None)


def test_a_constant_may_stand_on_the_left() -> None:
    assert parse_rule("18 <= age") == parse_rule("age >= 18") == Comparison("age", Comparator.AT_LEAST, 18.0)


def test_a_rule_may_run_over_several_lines() -> None:
    assert parse_rule("\n  age >= 18\n  and student\n") == parse_rule("age >= 18 and student")


def test_the_number_one_is_not_true() -> None:
    rules = [parse_rule(f"children {words}") for words in ("== 1", "== true", "in (1,)", "in (true,)")]
    assert len(set(rules)) == 4
    book = Rulebook.compile([service_of("one", rules=rules)])
    one = knowledge_of(NOW, {"children": 1.0})
    yes, unknown = Status.ELIGIBLE, Status.UNKNOWN
    assert book.assess(one, since(one, book.periods, "UTC"))[0].results == (yes, unknown, yes, unknown)


def us(*day: int, zone: str = "UTC") -> float:
    return float(to_us(datetime(*day, tzinfo=ZoneInfo(zone))))  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "attributes", "answer"),
    [
        ("years_between(birth_date, today) >= 18", {"birth_date": us(2006, 2, 28)}, True),
        ("years_between(birth_date, today) >= 18", {"birth_date": us(2006, 3, 1)}, False),
        ("years_between(birth_date, today) >= 18", {}, None),
        ("birth_date + 'P60Y' <= today", {"birth_date": us(1964, 2, 29)}, True),
        ("birth_date + 'P60Y' <= today", {"birth_date": us(1964, 3, 1)}, False),
        ("since > today - 'P10D'", {"since": us(2024, 2, 20)}, True),
        ("since >= date('2024-02-20')", {"since": us(2024, 2, 20)}, True),
        ("months_between(since, today) == 1", {"since": us(2024, 1, 29)}, True),
        ("months_between(since, today) == 0", {"since": us(2024, 1, 30)}, True),
        ("days_between(today, since) == -1", {"since": us(2024, 2, 28)}, True),
        ("income <= parameter('limit')", {"income": 18.0}, True),
        ("income <= parameter('limit')", {"income": 19.0}, False),
        ("income <= parameter('by_place')", {"income": 60.0, "district": "north"}, True),
        ("income <= parameter('by_place')", {"income": 60.0, "district": "south"}, False),
        ("income <= parameter('by_place')", {"income": 60.0}, None),
        ("income <= parameter('nowhere')", {"income": 0.0}, None),
        ("birth_date + 'P9999Y' <= today", {"birth_date": us(1964, 3, 1)}, None),
    ],
)
def test_dates_and_what_the_law_sets(text: str, attributes: dict[str, Scalar], answer: bool | None) -> None:
    assert evaluate(parse_rule(text), knowledge_of(NOW, attributes), "UTC", PARAMETERS) is answer


def test_a_day_begins_at_midnight_of_the_datas_zone() -> None:
    rule = parse_rule("since >= date('2024-03-01')")
    shanghai = us(2024, 3, 1, zone="Asia/Shanghai")
    assert evaluate(rule, knowledge_of(NOW, {"since": shanghai}), "Asia/Shanghai") is True
    assert evaluate(rule, knowledge_of(NOW, {"since": shanghai - 1}), "Asia/Shanghai") is False
    evening = NOW.replace(hour=17)  # already 1 March in Shanghai
    assert evaluate(parse_rule("today == date('2024-03-01')"), knowledge_of(evening), "Asia/Shanghai") is True


@pytest.mark.parametrize(
    ("text", "days", "covered", "answer"),
    [
        ("count('moved', within='P1Y') >= 2", [1, 2], False, True),
        ("count('moved', within='P1Y') >= 2", [1], False, None),
        ("count('moved', within='P1Y') >= 2", [1, 400], True, False),
        ("count('moved', within='P1Y') == 1", [1], True, True),
        ("count('moved', within='P1Y') == 1", [1], False, None),
        ("count('moved', within='P1Y') == 1", [1, 2], False, False),
        ("count('moved', within='P1Y') <= 3", [1, 2, 3, 4], False, False),
        ("count('moved', within='P1Y') != 0", [1], False, True),
        ("2 <= count('moved', within='P1Y')", [1, 2], False, True),
        ("happened('moved')", [4000], False, True),
        ("happened('moved')", [], True, None),
        ("last('moved') >= today - 'P3M'", [20], False, True),
        ("last('moved') >= today - 'P3M'", [], True, None),
    ],
)
def test_events_are_counted_as_far_as_they_are_known(
    text: str, days: list[int], covered: bool, answer: bool | None
) -> None:
    since_when = {EventType("moved"): NOW - timedelta(days=5000) if covered else None}
    recent = [event(NOW - timedelta(days=number)) for number in days]
    assert evaluate(parse_rule(text), knowledge_of(NOW, recent=recent, covered_from=since_when)) is answer


def test_of_an_or_only_the_unknown_side_is_missing_and_of_a_yes_nothing() -> None:
    rules = [parse_rule("age >= 65 or disability == 'severe' or held('aid')")]
    assert assess(rules, knowledge_of(NOW, {"age": 20.0})).missing == ("disability",)
    assert assess(rules, knowledge_of(NOW, {"age": 70.0})).missing == ()
    assert assess([parse_rule("income <= parameter('by_place')")], knowledge_of(NOW, {"income": 1.0})).missing == (
        "district",
    )


def test_a_decision_follows_the_law_of_its_own_day() -> None:
    service = service_of("one", rules=["age >= 60", "age >= 63", "income <= parameter('limit')"])
    old, new, limit = service.criteria
    dated = replace(
        service,
        criteria=(replace(old, law_to=date(2023, 12, 31)), replace(new, law_from=date(2024, 1, 1)), limit),
    )
    book = Rulebook.compile([dated], "Asia/Shanghai", PARAMETERS)
    citizen = {"age": 61.0, "income": 19.0}
    last_instant = datetime(2023, 12, 31, 15, 59, tzinfo=UTC)
    for at, status in ((last_instant, Status.ELIGIBLE), (last_instant + timedelta(minutes=1), Status.NOT_ELIGIBLE)):
        knowledge = knowledge_of(at, citizen)
        assessed = book.assess(knowledge, since(knowledge, book.periods, "Asia/Shanghai"))[0]
        assert assessed.status is status
        assert len(assessed.results) == 2


def test_before_the_first_law_and_after_the_last_nothing_is_asked() -> None:
    service = service_of("one", rules=["age >= 60"])
    only = replace(service.criteria[0], law_from=date(2024, 1, 1), law_to=date(2024, 12, 31))
    book = Rulebook.compile([replace(service, criteria=(only,))])
    for year, results in ((2023, 0), (2024, 1), (2025, 0)):
        knowledge = knowledge_of(datetime(year, 6, 1, tzinfo=UTC))
        assert len(book.assess(knowledge, since(knowledge, book.periods, "UTC"))[0].results) == results


def assess(rules: list[Rule], knowledge: Knowledge):  # type: ignore[no-untyped-def]
    book = Rulebook.compile([service_of("one", rules=rules)], "UTC", PARAMETERS)
    return book.assess(knowledge, since(knowledge, book.periods, "UTC"))[0]
