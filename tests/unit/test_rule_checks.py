"""A rule that parses may still be wrong: types, and answers that it can never give."""

import pytest
from hypothesis import given

from recommender.adapters.rule_text import parse_rule
from recommender.eligibility import evaluate
from recommender.facts import Knowledge
from recommender.parameters import DatedValue, LegalParameter, Parameters
from recommender.rule_checks import Kind, type_faults
from recommender.rule_reasoning import follows, possible_answers
from recommender.rules import Rule
from recommender.testing.rules import PARAMETERS, RULES, citizens

KINDS = {"age": Kind.NUMBER, "income": Kind.NUMBER, "born": Kind.DATE, "work": Kind.TEXT, "student": Kind.BOOLEAN}
LIMITS = Parameters({"limit": LegalParameter((DatedValue(5.0),))})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("age == 'old'", "age is a number, 'old' is a text"),
        ("work == 3", "work is a text, 3 is a number"),
        ("born >= 18", "born is a date, 18 is a number"),
        ("age in ('a',)", "age is a number"),
        ("age", "age is a number, true is true or false"),
        ("born <= age", "a date is compared with a number"),
        ("years_between(age, today) >= 18", "age is a number where a date belongs"),
        ("work * 2 >= 18", "work is a text where a number belongs"),
        ("age + 'P1Y' <= today", "age is a number where a date belongs"),
        ("born <= parameter('limit')", "a date is compared with a number"),
        ("max(age, born) >= 3", "born is a date where a number belongs"),
        ("max(born, age) >= today", "age is a number where a date belongs"),
        ("work < region", "work has no order"),
        ("student >= carer", "student has no order"),
        ("income > today", "a number is compared with a date"),
    ],
)
def test_types_that_do_not_go_together_are_said(text: str, part: str) -> None:
    faults = type_faults(parse_rule(text), KINDS, LIMITS)
    assert len(faults) == 1
    assert part in faults[0][0]
    assert faults[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "age >= 18 and student and work in ('none',)",
        "years_between(born, today) >= age - 2",
        "age <= parameter('limit')",
        "born + 'P60Y' <= today and last('moved') > date('2020-01-01')",
        "unheard >= 18",
        "min(born, today) <= date('2020-01-01')",
    ],
)
def test_types_that_go_together_are_no_fault(text: str) -> None:
    assert type_faults(parse_rule(text), KINDS, LIMITS) == []


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("age >= 18 and age < 18", {False}),
        ("age >= 18 or age < 18", {True}),
        ("age >= 18 and not age >= 18", {False}),
        ("age > 18 and age < 19", {True, False}),
        ("18 <= age <= 18", {True, False}),
        ("work == 'a' and work == 'b'", {False}),
        ("work != 'a' or work != 'b'", {True}),
        ("work in ('a', 'b') and work not in ('a', 'b')", {False}),
        ("student and student == false", {False}),
        ("happened('m', within='P1Y') and not happened('m', within='P1Y')", {False}),
        ("happened('m', within='P1Y') or held('x')", {True, False}),
        ("age >= 18 and (work == 'a' or age < 10) and work != 'a'", {False}),
        ("age >= 18", {True, False}),
        ("count('m', within='P1Y') >= 0", {True}),
        ("count('m', within='P1Y') >= 2 and not happened('m', within='P1Y')", {False}),
        ("count('m', within='P1Y') >= 2 and not happened('m', within='P3Y')", {True, False}),
        ("count('m', within='P1Y') > 3", {True, False}),
        ("years_between(born, today) >= 60 and years_between(born, today) < 50", {False}),
        ("years_between(born, today) >= 60 or age < 50", {True, False}),
        ("born > date('2000-01-01') and born < date('1999-01-01')", {False}),
        ("date('2000-01-01') < born or born <= date('2000-01-01')", {True}),
        ("born <= today or today < born", {True}),
        ("age < parameter('limit') and parameter('limit') <= age", {False}),
        ("work == 'a' and student", {True, False}),
        ("held('x') and not held('x')", {False}),
        ("age >= 9000000000000000000", {True, False}),
        ("happened('m') or not happened('m')", {True}),
    ],
)
def test_what_a_rule_can_answer(text: str, answers: set[bool]) -> None:
    assert possible_answers(parse_rule(text)) == answers


@given(RULES, citizens())
def test_an_answer_that_a_citizen_gets_was_held_possible(rule: Rule, citizen: Knowledge) -> None:
    known = evaluate(rule, citizen, parameters=PARAMETERS)
    assert known is None or known in possible_answers(rule)


@pytest.mark.parametrize(
    ("rule", "other", "wanted"),
    [
        ("age >= 18", "age >= 21", True),
        ("age >= 21", "age >= 18", False),
        ("work in ('a', 'b')", "work == 'a'", True),
        ("age >= 18", "work == 'a'", False),
        ("happened('m', within='P1Y')", "count('m', within='P1Y') >= 2", True),
        ("age >= 18 or student", "student", True),
    ],
)
def test_what_follows_from_another_rule(rule: str, other: str, wanted: bool) -> None:
    assert follows(parse_rule(rule), parse_rule(other)) is wanted


def test_many_conditions_that_share_nothing_are_weighed_apart() -> None:
    text = " and ".join(f"a{i} >= 1 and a{i} < 3" for i in range(30))
    assert possible_answers(parse_rule(text)) == {True, False}
    assert possible_answers(parse_rule(f"{text} and a7 > 5")) == {False}
