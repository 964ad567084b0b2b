"""An explanation: the conditions one by one, what each looked at, what is missing, and nothing hidden."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given

from recommender.adapters.rule_text import parse_rule
from recommender.catalogue import Catalogue
from recommender.decision import Status, Withheld
from recommender.explaining import Explanation, explain
from recommender.facts import Holding, Knowledge, RecordedEvent
from recommender.identifiers import EventType, FactId, ServiceId
from recommender.instants import to_us
from recommender.parameters import DatedValue, LegalParameter, Parameters
from recommender.pipeline import recommend
from recommender.reasons import Wording
from recommender.service_terms import Question
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import knowledge_of
from recommender.testing.worlds import World, worlds
from recommender.value_words import Reader, scalar_words

AT = datetime(2024, 6, 1, 12, tzinfo=UTC)
MOVED = RecordedEvent(
    FactId("f-1"), EventType("moved"), to_us(datetime(2024, 3, 3, tzinfo=UTC)), to_us(datetime(2024, 3, 5, tzinfo=UTC))
)


def told(
    rules: list[str],
    knowledge: Knowledge,
    *,
    language: str = "en",
    hidden: frozenset[str] = frozenset(),
    catalogue: Catalogue | None = None,
) -> Explanation:
    service = service_of("aid", answers=[answer_to("moved")], rules=rules)
    reader = Reader(language, Wording(hidden=hidden), catalogue or catalogue_of(service), frozenset({"born"}))
    if catalogue is not None:
        service = catalogue.by_id[ServiceId("aid")]
    return explain(service, knowledge, reader)


def test_what_was_looked_at_is_called_as_the_catalogue_calls_it_in_the_readers_language() -> None:
    service = service_of("aid", rules=["insurance_months >= 12", "income <= parameter('limit')", "carer"])
    asked = Question("insurance_months", {"en": "How many?"}, {}, {"en": "months insured", "zh": "缴费月数"})
    limits = Parameters({"limit": LegalParameter((DatedValue(900.0),), words={"en": "the limit", "zh": "收入上限"})})
    catalogue = replace(catalogue_of(service), questions={"insurance_months": asked}, parameters=limits)
    knowledge = knowledge_of(AT, {"insurance_months": 20.0, "income": 800.0})
    for language, names in (
        ("zh", ["缴费月数", "income", "收入上限", "carer"]),
        ("en", ["months insured", "the limit"]),
    ):
        found = told([], knowledge, language=language, catalogue=catalogue)
        looked = [look.name for condition in found.conditions for look in condition.looked]
        assert [name for name in looked if name in names] == names


def test_each_condition_has_its_result_its_words_and_what_it_looked_at() -> None:
    knowledge = knowledge_of(AT, {"age": 40.0, "born": float(to_us(datetime(1984, 2, 29, tzinfo=UTC)))}, recent=[MOVED])
    found = told(
        ["age >= 18", "work == 'none'", "born > date('1990-01-01')", "happened('moved', within='P1Y')"], knowledge
    )
    assert found.status is Status.NOT_ELIGIBLE
    results = (Status.ELIGIBLE, Status.UNKNOWN, Status.NOT_ELIGIBLE, Status.ELIGIBLE)
    assert tuple(condition.result for condition in found.conditions) == results
    assert [condition.words for condition in found.conditions] == ["c0 met", "c1 unknown", "c2 unmet", "c3 met"]
    looked = [(look.name, look.words, look.known) for condition in found.conditions for look in condition.looked]
    assert looked == [
        ("age", "40", True),
        ("work", "not known", False),
        ("born", "29 February 1984", True),
        ("moved", "3 March 2024", True),
    ]
    assert [condition.missing for condition in found.conditions] == [(), ("work",), (), ()]
    assert found.because == ("Because this was recorded: moved, 3 March 2024.",)


def test_the_absence_of_an_event_says_whether_it_proves_anything() -> None:
    rule = ["happened('moved', within='P1Y')"]
    uncovered = told(rule, knowledge_of(AT)).conditions[0]
    assert (uncovered.result, uncovered.missing) == (Status.UNKNOWN, ("event:moved",))
    assert "proves nothing" in uncovered.looked[0].words
    covered = told(rule, knowledge_of(AT, covered_from={EventType("moved"): datetime(2020, 5, 1, tzinfo=UTC)}))
    assert covered.conditions[0].result is Status.NOT_ELIGIBLE
    assert "1 May 2020" in covered.conditions[0].looked[0].words
    everyone = replace(knowledge_of(AT), covered_from_us={EventType("moved"): -(2**62)})
    assert told(rule, everyone).conditions[0].looked[0].words == "none recorded"


@pytest.mark.parametrize("rule", ["income < 10", "age >= 18 and income < 10", "income < parameter('limit')"])
def test_of_a_condition_over_something_hidden_only_the_result_is_told(rule: str) -> None:
    found = told([rule], knowledge_of(AT, {"income": 7.0, "age": 3.0}), hidden=frozenset({"income"})).conditions[0]
    assert (found.criterion, found.words, found.looked, found.missing) == (None, "", (), ())


def test_a_region_that_a_parameter_depends_on_may_be_hidden_too() -> None:
    limit = LegalParameter((DatedValue(10.0, where={"north": 20.0}),), by="district")
    catalogue = replace(
        catalogue_of(service_of("aid", rules=["age < parameter('limit')"])), parameters=Parameters({"limit": limit})
    )
    known = knowledge_of(AT, {"age": 15.0, "district": "north"})
    [named] = told([], known, catalogue=catalogue).conditions
    assert {(look.subject, look.words) for look in named.looked} == {
        ("age", "15"),
        ("district", "north"),
        ("parameter:limit", "20"),
    }
    assert told([], known, catalogue=catalogue, hidden=frozenset({"district"})).conditions[0].criterion is None


def test_the_law_of_the_day_decides_which_conditions_there_are() -> None:
    service = service_of("aid", rules=["age >= 18"])
    [criterion] = service.criteria
    later = replace(criterion, rule=parse_rule("age >= 21"), law_from=date(2025, 1, 1))
    service = replace(service, criteria=(replace(criterion, law_to=date(2024, 12, 31)), later))
    known = knowledge_of(AT, {"age": 19.0})
    assert told([], known, catalogue=catalogue_of(service)).status is Status.ELIGIBLE
    after = replace(known, as_of=datetime(2025, 1, 1, tzinfo=UTC))
    assert told([], after, catalogue=catalogue_of(service)).status is Status.NOT_ELIGIBLE


def test_what_is_held_or_closed_is_said_whatever_the_conditions_say() -> None:
    held = told([], knowledge_of(AT, holdings={ServiceId("aid"): Holding(True, 1, 0)}))
    assert (held.status, held.barred) == (Status.ELIGIBLE, Withheld.ALREADY_HELD)
    closed = catalogue_of(replace(service_of("aid"), valid_to=date(2023, 12, 31)))
    assert told([], knowledge_of(AT), catalogue=closed).barred is Withheld.SERVICE_CLOSED


def test_a_text_in_the_second_choice_says_which_language_it_is() -> None:
    found = told(["age >= 18"], knowledge_of(AT, {"age": 20.0}), language="fr")
    assert (found.conditions[0].words, found.conditions[0].language) == ("c0 met", "en")


@pytest.mark.parametrize(
    ("name", "value", "language", "words"),
    [
        ("age", 40.0, "en", "40"),
        ("rate", 0.25, "en", "0.25"),
        ("student", True, "zh", "是"),
        ("student", False, "en", "no"),
        ("work", "none", "zh", "没有工作"),
        ("asked", True, "en", "Yes, it does"),
        ("district", "d01", "zh", "老城区"),
        ("born", 0.0, "zh", "1970年1月1日"),
        ("age", None, "zh", "未知"),
        ("age", float("nan"), "en", "not known"),
    ],
)
def test_values_are_said_as_people_write_them(
    name: str, value: float | bool | str | None, language: str, words: str
) -> None:
    questions = {
        "work": Question("work", {"en": "Do you work?"}, {"none": {"en": "no work", "zh": "没有工作"}}),
        "asked": Question("asked", {"en": "Does it?"}, {"true": {"en": "Yes, it does"}}),
    }
    catalogue = replace(catalogue_of(), questions=questions, regions={"d01": {"en": "Old Town", "zh": "老城区"}})
    assert scalar_words(name, value, Reader(language, Wording(), catalogue, frozenset({"born"}))) == words


@given(worlds())
def test_an_explanation_says_what_the_decision_said(world: World) -> None:
    engine = world.engine
    decision = recommend(world.request(), world.knowledge, world.standing, engine=engine)
    reader = Reader("en", Wording(engine.zone), engine.catalogue)
    for service, candidate in zip(engine.catalogue.services, decision.candidates, strict=True):
        found = explain(service, world.knowledge, reader)
        assert found.status is candidate.status
        assert tuple(condition.result for condition in found.conditions) == candidate.results
        assert {subject for condition in found.conditions for subject in condition.missing} >= set(candidate.missing)
