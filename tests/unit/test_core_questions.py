"""The best question settles the most expected need; what a citizen tells fills gaps and never overrides a register."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given

from recommender.bundles import QUESTION
from recommender.catalogue import Catalogue, PublicService
from recommender.decision import DecisionRequest, LegalGround, Standing, Told, Trigger, Withheld
from recommender.expressions import Law
from recommender.facts import Knowledge, RecordedEvent, Scalar
from recommender.identifiers import DecisionId, EventType, FactId, NeedKey
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend, replay
from recommender.policy import PushPolicy
from recommender.questions import Asked, Questions, plausible
from recommender.service_terms import Question
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from recommender.testing.rules import attributes
from recommender.testing.worlds import World, rebuild_of, worlds
from recommender.told import with_told

NOW = datetime(2024, 5, 17, 10, tzinfo=UTC)
LAW = LegalGround("law", "Act, s. 4", False, 1)


def asked(
    services: list[PublicService],
    known: Mapping[str, Scalar | None],
    scores: Mapping[str, float],
    questions: Mapping[str, Question] | None = None,
) -> Asked | None:
    catalogue = replace(catalogue_of(*services), questions=dict(questions or {}))
    names = {"age", "income", "tenure", "student"}
    engine = engine_of(catalogue, scores)
    knowledge = knowledge_of(NOW, known)
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.REQUEST)
    decision = recommend(request, knowledge, Standing(None), engine=engine)
    return Questions.compile(catalogue, Law("UTC", NOW.date()), names).best(knowledge, decision.candidates)


def engine_of(catalogue: Catalogue, scores: Mapping[str, float]) -> Engine:
    scorer = FixedScorer({NeedKey(name): score for name, score in scores.items()})
    return Engine(catalogue, scorer, StateVectoriser(), PushPolicy(), "UTC")


def test_the_question_that_settles_the_most_expected_need_is_asked() -> None:
    cheap, dear = service_of("cheap", rules=["tenure == 'rent'"]), service_of("dear", rules=["student"])
    best = asked([cheap, dear], {}, {"cheap": 0.2, "dear": 0.5})
    assert best == Asked("student", 0.5, (dear.service_id,))
    both = service_of("both", rules=["tenure == 'rent'", "age >= 18"])
    best = asked([cheap, dear, both], {"age": 20.0}, {"cheap": 0.2, "dear": 0.5, "both": 0.4})
    assert best is not None
    assert (best.attribute, best.services) == ("tenure", (both.service_id, cheap.service_id))
    assert best.value == pytest.approx(0.6)


def test_an_answer_that_settles_only_sometimes_is_worth_its_share() -> None:
    half = service_of("half", rules=["tenure == 'rent'", "income < 10"])
    best = asked([half], {}, {"half": 1.0})
    # tenure: `rent` leaves income open, `other` denies: half. income: of 9, 10 and 11 only 9 leaves tenure open
    assert best is not None
    assert (best.attribute, best.value) == ("income", pytest.approx(2 / 3))


def test_nobody_is_asked_for_the_sake_of_a_service_that_is_closed() -> None:
    closed = replace(service_of("closed", rules=["tenure == 'rent'"]), valid_to=date(2020, 1, 1))
    assert asked([closed], {}, {"closed": 1.0}) is None
    cheap = service_of("cheap", rules=["student"])
    assert asked([cheap, closed], {}, {"cheap": 0.5, "closed": 1.0}) == Asked("student", 0.5, (cheap.service_id,))


def test_nothing_is_asked_when_one_answer_settles_nothing_or_nothing_is_unknown() -> None:
    stuck = service_of("stuck", rules=["tenure == 'rent' or income < 10 or unheard == 1"])
    certain = service_of("certain", rules=["age >= 18"])
    assert asked([certain], {"age": 20.0}, {"certain": 1.0}) is None
    assert asked([certain], {"age": 10.0}, {"certain": 1.0}) is None
    best = asked([stuck], {}, {"stuck": 1.0})
    assert best is not None
    assert best.value < 1
    assert asked([service_of("odd", rules=["unheard == 1"])], {}, {"odd": 1.0}) is None


def test_the_catalogues_choices_are_the_plausible_answers() -> None:
    question = Question("tenure", {"en": "?"}, {name: {"en": name} for name in ("own", "rent", "social", "none")})
    assert plausible("tenure", [], question) == ("own", "rent", "social", "none")
    assert plausible("age", [r.rule for r in service_of("s", rules=["age >= 18", "age < 65"]).criteria], None) == (
        17.0,
        18.0,
        41.5,
        65.0,
        66.0,
    )


@given(attributes(), attributes())
def test_what_is_told_fills_gaps_and_overrides_nothing(
    known: Mapping[str, Scalar | None], said: Mapping[str, Scalar | None]
) -> None:
    told = {name: value for name, value in said.items() if value is not None and value == value}
    before = knowledge_of(NOW, known)
    after = with_told(before, told)
    for name, value in known.items():
        if value is not None and value == value:
            assert after.attributes[name] == value
            assert name not in after.told
    assert {**after.told} == {name: after.attributes[name] for name in after.told}
    assert after.state == before.state


@given(worlds())
def test_a_decision_on_answers_replays_and_keeps_them_in_its_receipt(world: World) -> None:
    told: Knowledge = with_told(world.knowledge, {"age": 40.0, "work": "none"})
    request = world.request()
    decision = recommend(request, told, world.standing, engine=world.engine)
    plain = replace(told, attributes=world.knowledge.attributes, told={})
    assert replay(decision.receipt, world.engine, rebuild_of(plain)) == decision.receipt
    assert decision.told == frozenset(told.told)


def test_the_question_may_be_pushed_where_its_authority_says_so_once_and_no_entitlement_with_it() -> None:
    aid = replace(service_of("aid", answers=[answer_to("born")], rules=["student"]), may_ask=True)
    shy = service_of("shy", answers=[answer_to("born")], rules=["student"])
    sure = service_of("sure", answers=[answer_to("moved")])
    at = to_us(NOW - timedelta(days=1))
    born = RecordedEvent(FactId("birth"), EventType("born"), at, at)
    moved = RecordedEvent(FactId("move"), EventType("moved"), at, at)
    engine = engine_of(catalogue_of(aid, shy, sure), {"aid": 0.9, "shy": 0.9, "sure": 0.1})

    def push(*recent: RecordedEvent, told: tuple[Told, ...] = (), **known: bool) -> dict[str, Withheld | None]:
        knowledge = knowledge_of(NOW, known, recent=recent)
        request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT)
        decision = recommend(request, knowledge, Standing(LAW, told), engine=engine)
        roots.append([notification.cause.root for notification in decision.push])
        return {c.service_id: c.withheld for c in decision.candidates}

    roots: list[list[str]] = []
    assert push(born) == {"aid": None, "shy": Withheld.ELIGIBILITY_UNKNOWN, "sure": Withheld.NO_CAUSE}
    assert push(born, moved)["aid"] is Withheld.CAPPED  # what may be had goes before what may be asked
    once = Told(aid.service_id, FactId(f"{QUESTION}birth"), to_us(NOW - timedelta(days=20)))
    assert push(born, told=(once,))["aid"] is Withheld.ALREADY_TOLD
    assert push(born, told=(once,), student=True)["aid"] is None
    assert roots == [[f"{QUESTION}birth"], ["move"], [], ["birth"]]
