"""Rules: Kleene logic, unknown is not zero, and a decided status stays when more becomes known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.adapters.rule_text import parse_rule
from recommender.catalogue import Usage
from recommender.decision import Status
from recommender.eligibility import Rulebook, all_of, evaluate, is_held, since
from recommender.errors import CatalogueError
from recommender.facts import Holding, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId, ServiceId
from recommender.instants import to_us
from recommender.rules import AllOf, Comparator, Comparison, Happened, Held, Membership, Rule
from recommender.testing.catalogues import service_of
from recommender.testing.fakes import knowledge_of

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
TRUTHS = st.sampled_from([True, False, None])
NAMES = ["age", "work", "student", "children"]
VALUES: st.SearchStrategy[Scalar] = st.one_of(
    st.sampled_from([0.0, 1.0, 17.5, 18.0, 65.0, float("nan")]),
    st.booleans(),
    st.sampled_from(["", "none", "full_time"]),
)
ORDERED = st.sampled_from([Comparator.LESS, Comparator.AT_MOST, Comparator.GREATER, Comparator.AT_LEAST])
ATOMS: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Comparison, st.sampled_from(NAMES), ORDERED, st.sampled_from([0.0, 18.0, 65.0])),
    st.builds(Comparison, st.sampled_from(NAMES), st.sampled_from([Comparator.EQUAL, Comparator.UNEQUAL]), VALUES),
    st.builds(Membership, st.sampled_from(NAMES), st.frozensets(st.sampled_from(["none", "full_time"]), min_size=1)),
    st.builds(Happened, st.just(EventType("moved")), st.sampled_from(["P1Y", "P3M", "P10000Y"])),
    st.builds(Held, st.sampled_from([ServiceId("aid"), ServiceId("other")])),
)
RULES = st.recursive(ATOMS, lambda inner: st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)), max_leaves=5)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), st.one_of(st.none(), VALUES))


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


@given(RULES, ATTRIBUTES, st.dictionaries(st.sampled_from(NAMES), VALUES), st.integers(0, 900))
def test_filling_an_unknown_never_turns_a_decided_answer_around(
    rule: Rule, known: Mapping[str, Scalar | None], more: Mapping[str, Scalar], covered_days: int
) -> None:
    less = knowledge_of(NOW, known)
    attributes = {**more, **{name: v for name, v in known.items() if v is not None and v == v}}
    covered = {EventType("moved"): NOW - timedelta(days=covered_days)}
    fuller = knowledge_of(NOW, attributes, covered_from=covered)
    before = evaluate(rule, less)
    assert before is None or evaluate(rule, fuller) is before


@given(RULES, ATTRIBUTES)
def test_a_rule_answers_yes_no_or_unknown_whatever_the_types(rule: Rule, known: Mapping[str, Scalar | None]) -> None:
    assert evaluate(rule, knowledge_of(NOW, known)) in (True, False, None)


@given(st.lists(RULES, min_size=1, max_size=3), ATTRIBUTES)
def test_a_service_is_eligible_only_when_every_criterion_says_yes(
    rules: list[Rule], known: Mapping[str, Scalar | None]
) -> None:
    knowledge = knowledge_of(NOW, known)
    assessed = assess(rules, knowledge)
    wanted = {True: Status.ELIGIBLE, False: Status.NOT_ELIGIBLE, None: Status.UNKNOWN}
    assert assessed.status is wanted[all_of([evaluate(rule, knowledge) for rule in rules])]
    assert bool(assessed.missing) == (assessed.status is Status.UNKNOWN)


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
        ("age", "age == true"),
        ("age >= 18 or work == 'none'", "`or` is not in the language yet"),
        ("not held('aid')", "`not` is not in the language yet"),
        ("age >= 'old'", "has no order"),
        ("age in ()", "a list of constants"),
        ("age in (1, 'a')", "several types"),
        ("age in (1, true)", "several types"),
        ("happened('moved')", "not in the language"),
        ("happened('moved', within='1Y')", "ISO 8601"),
        ("held(aid)", "is not a constant"),
        ("__import__('os').system('x')", "not in the language"),
        ("age >= income", "is not a constant"),
        ("age == None", "is not a constant"),
        ("18 >= 17", "is not an attribute's name"),
        ("(lambda: 1)() == age", "is not a constant"),
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


def assess(rules: list[Rule], knowledge: Knowledge):  # type: ignore[no-untyped-def]
    book = Rulebook.compile([service_of("one", rules=rules)])
    return book.assess(knowledge, since(knowledge, book.periods, "UTC"))[0]
