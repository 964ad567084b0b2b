"""Laws that hold for every rule and every citizen: Kleene logic, what is decided stays, text and rule are one."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recommender.adapters.rule_text import parse_rule
from recommender.compiling import all_of
from recommender.decision import Status
from recommender.eligibility import Rulebook, evaluate
from recommender.facts import Knowledge
from recommender.rule_checks import type_faults
from recommender.rule_words import rule_words
from recommender.rules import AllOf, AnyOf, Not, Rule
from recommender.subjects import subjects_of
from recommender.testing.catalogues import service_of
from recommender.testing.rules import EVENT_RULES, PARAMETERS, PLACES, RULES, Place, citizens, fuller
from recommender.windows import since


def answer(rule: Rule, knowledge: Knowledge, place: Place) -> bool | None:
    return evaluate(rule, knowledge, place.zone, PARAMETERS)


@given(RULES, PLACES, st.data())
def test_filling_an_unknown_never_turns_a_decided_answer_around(rule: Rule, place: Place, data: st.DataObject) -> None:
    less = data.draw(citizens(place))
    more = data.draw(fuller(less, place))
    before = answer(rule, less, place)
    assert before is None or answer(rule, more, place) is before


@settings(max_examples=300)
@given(EVENT_RULES, PLACES, st.data())
def test_an_event_that_comes_to_light_where_no_register_covers_turns_nothing_around(
    rule: Rule, place: Place, data: st.DataObject
) -> None:
    less = data.draw(citizens(place))
    before = answer(rule, less, place)
    assume(before is not None)
    assert answer(rule, data.draw(fuller(less, place)), place) is before


@given(RULES)
def test_a_rule_written_out_is_read_as_the_same_rule(rule: Rule) -> None:
    assume(not type_faults(rule, {}))
    assert parse_rule(rule_words(rule)) == rule


@given(RULES, RULES, PLACES, st.data())
def test_de_morgan_holds_with_unknowns(one: Rule, other: Rule, place: Place, data: st.DataObject) -> None:
    citizen = data.draw(citizens(place))
    left, right = Not(AllOf((one, other))), AnyOf((Not(one), Not(other)))
    assert answer(left, citizen, place) == answer(right, citizen, place)
    assert answer(Not(Not(one)), citizen, place) is answer(one, citizen, place)


@given(st.lists(RULES, max_size=3), PLACES, st.data())
def test_a_service_is_eligible_only_when_every_criterion_says_yes(
    rules: list[Rule], place: Place, data: st.DataObject
) -> None:
    citizen = data.draw(citizens(place))
    book = Rulebook.compile([service_of("one", rules=rules)], place.zone, PARAMETERS)
    assessed = book.assess(citizen, since(citizen, book.periods, place.zone))[0]
    wanted = {True: Status.ELIGIBLE, False: Status.NOT_ELIGIBLE, None: Status.UNKNOWN}
    answers = [answer(rule, citizen, place) for rule in rules]
    assert assessed.results == tuple(wanted[truth] for truth in answers)
    assert assessed.status is wanted[all_of(answers)]
    assert assessed.status is Status.UNKNOWN or assessed.missing == ()


@given(RULES, PLACES, st.data())
def test_what_is_not_missing_cannot_settle_an_unknown_rule(rule: Rule, place: Place, data: st.DataObject) -> None:
    citizen = data.draw(citizens(place))
    book = Rulebook.compile([service_of("one", rules=[rule])], place.zone, PARAMETERS)
    assessed = book.assess(citizen, since(citizen, book.periods, place.zone))[0]
    if assessed.status is not Status.UNKNOWN:
        return
    more = data.draw(fuller(citizen, place))
    missing = {name for name in assessed.missing if ":" not in name}
    told = {name: value for name, value in more.attributes.items() if name not in missing}
    blind = replace(citizen, attributes={**citizen.attributes, **told})
    assert answer(rule, blind, place) is None or any(":" in name for name in assessed.missing)


@given(RULES, PLACES, st.data())
def test_what_a_rule_asks_about_is_all_it_depends_on(rule: Rule, place: Place, data: st.DataObject) -> None:
    citizen = data.draw(citizens(place))
    asked = subjects_of(rule, PARAMETERS)
    told = {name: value for name, value in citizen.attributes.items() if name in asked}
    assert answer(rule, replace(citizen, attributes=told), place) is answer(rule, citizen, place)
