"""The push decision by example: one cause, one notification, a week's rest, and a reason for everything else."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from recommender.adapters.no_scorer import NoScorer
from recommender.bundles import ANTICIPATED
from recommender.catalogue import Answer, PublicService, Usage
from recommender.decision import (
    Decision,
    DecisionRequest,
    LegalGround,
    Standing,
    Told,
    Trigger,
    Withheld,
)
from recommender.errors import ReceiptError, SchemaMismatchError
from recommender.facts import Holding, Knowledge, RecordedEvent
from recommender.identifiers import DecisionId, EventType, FactId, NeedKey, ServiceId
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend, replay
from recommender.policy import APPLIED, PushPolicy, loopback_only, may_inform
from recommender.ports import Scorer
from recommender.quiet import Quiet
from recommender.service_terms import Sensitivity
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from recommender.testing.worlds import rebuild_of

NOW = datetime(2024, 5, 17, 10, tzinfo=UTC)
LAW = LegalGround("law", "Act, s. 4", False, 1)
GROUNDED = Standing(LAW)


def born(days_ago: float, root: str = "birth", kind: str = "born") -> RecordedEvent:
    at = to_us(NOW - timedelta(days=days_ago))
    return RecordedEvent(FactId(root), EventType(kind), at, at)


def told(service_id: str, cause: str, days_ago: float) -> Told:
    return Told(ServiceId(service_id), FactId(cause), to_us(NOW - timedelta(days=days_ago)))


def engine_of(*services: PublicService, scorer: Scorer | None = None) -> Engine:
    scores = {service.need_key: 0.1 * place for place, service in enumerate(services, start=1)}
    chosen = scorer or FixedScorer(scores, thresholds=dict.fromkeys(scores, 0.15))
    return Engine(catalogue_of(*services), chosen, StateVectoriser(), PushPolicy(), "Europe/Tallinn")


def decide(
    engine: Engine, *recent: RecordedEvent, standing: Standing = GROUNDED, knowledge: Knowledge | None = None
) -> Decision:
    known = knowledge or knowledge_of(NOW, recent=recent)
    request = DecisionRequest(DecisionId("d"), known.citizen_id, known.as_of, Trigger.FACT)
    return recommend(request, known, standing, engine=engine)


def withheld(decision: Decision) -> dict[str, Withheld | None]:
    return {candidate.service_id: candidate.withheld for candidate in decision.candidates}


def test_one_notification_carries_all_services_of_one_cause_in_the_models_order() -> None:
    engine = engine_of(*(service_of(name, answers=[answer_to("born")]) for name in "abc"))
    decision = decide(engine, born(1))
    assert [n.service_ids for n in decision.push] == [("c", "b", "a")]
    assert decision.push[0].cause.root == "birth"


def test_among_causes_the_nearest_deadline_goes_first_then_the_best_score() -> None:
    plain = service_of("plain", answers=[answer_to("moved")])
    slow = service_of("slow", answers=[answer_to("born")], deadline="P60D")
    late = service_of("late", answers=[answer_to("job_lost")], deadline="P1Y")
    events = (born(1), born(1, "move", "moved"), born(300, "loss", "job_lost"))
    decision = decide(engine_of(slow, late, plain), *events)
    assert [n.service_ids for n in decision.push] == [("slow",)]
    assert decision.push[0].deadline == datetime(2024, 7, 15, 10, tzinfo=UTC)
    assert withheld(decision) == {"late": Withheld.CAPPED, "plain": Withheld.CAPPED, "slow": None}
    without = decide(engine_of(replace(slow, deadline=None), replace(late, deadline=None), plain), *events)
    assert [n.service_ids for n in without.push] == [("plain",)]


@pytest.mark.parametrize(("days", "pushed"), [(6.9, False), (7.0, True), (30.0, True)])
def test_a_week_lies_between_two_notifications(days: float, pushed: bool) -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born")]))
    decision = decide(engine, born(1), standing=replace(GROUNDED, told=(told("other", "older", days),)))
    assert bool(decision.push) is pushed
    assert withheld(decision)["a"] is (None if pushed else Withheld.CAPPED)


def test_three_notifications_fill_a_month_and_one_names_a_service_no_sooner_than_a_week_later() -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born")]))
    month = tuple(told("other", f"cause-{days}", days) for days in (8, 16, 29))
    assert withheld(decide(engine, born(1), standing=replace(GROUNDED, told=month))) == {"a": Withheld.CAPPED}
    assert decide(engine, born(1), standing=replace(GROUNDED, told=(*month[:2], told("other", "old", 30)))).push
    patient = replace(engine, policy=PushPolicy(service_days=20))
    lately = replace(GROUNDED, told=(told("a", "another", 16),))
    assert withheld(decide(patient, born(1), standing=lately)) == {"a": Withheld.CAPPED}
    assert decide(engine, born(1), standing=lately).push


def test_an_intimate_service_rests_after_another_intimate_one() -> None:
    names = ("a", "b", "plain")
    made = [replace(service_of(name, answers=[answer_to("born")]), sensitivity=Sensitivity.INTIMATE) for name in names]
    made[2] = replace(made[2], sensitivity=Sensitivity.ORDINARY)
    engine = replace(engine_of(*made), policy=PushPolicy(intimate_days=14))
    decision = decide(engine, born(1), standing=replace(GROUNDED, told=(told("a", "older", 10),)))
    assert withheld(decision) == {"a": Withheld.CAPPED, "b": Withheld.CAPPED, "plain": None}


def test_what_is_planned_at_night_goes_in_the_morning_or_not_at_all_when_that_is_too_late() -> None:
    night = replace(GROUNDED, quiet=Quiet(time(13), time(15), "Europe/Tallinn"))  # NOW is 13:00 there
    slow = service_of("slow", answers=[answer_to("born")], deadline="P10D")
    planned = decide(engine_of(slow), born(1), standing=night).push[0]
    assert planned.not_before == NOW + timedelta(hours=2)
    hours_left = decide(engine_of(slow), born(10 - 1 / 24), standing=night)
    assert withheld(hours_left) == {"slow": Withheld.TOO_LATE}
    assert decide(engine_of(slow), born(10 - 1 / 24)).push[0].not_before is None


def test_a_deadline_is_reminded_of_once_unless_the_citizen_applied() -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born")], deadline="P30D"))
    once = replace(GROUNDED, told=(told("a", "birth", 20),))
    assert withheld(decide(engine, born(22), standing=once)) == {"a": Withheld.ALREADY_TOLD}  # eight days left
    reminded = decide(engine, born(23.5), standing=once)
    assert [n.service_ids for n in reminded.push] == [("a",)]
    twice = replace(GROUNDED, told=(told("a", "birth", 9), told("a", "birth", 20)))
    assert withheld(decide(engine, born(23.5), standing=twice)) == {"a": Withheld.ALREADY_TOLD}
    lately = replace(GROUNDED, told=(told("a", "birth", 6.9),))
    assert withheld(decide(engine, born(23.5), standing=lately)) == {"a": Withheld.ALREADY_TOLD}
    applied = replace(once, refusals={ServiceId("a"): (APPLIED, to_us(NOW - timedelta(days=10)))})
    assert withheld(decide(engine, born(23.5), standing=applied)) == {"a": Withheld.ALREADY_TOLD}
    assert decide(engine, born(1, "second"), standing=applied).push  # applying once is no refusal
    silent = replace(engine, policy=PushPolicy(reminder_days=0))
    assert withheld(decide(silent, born(23.5), standing=once)) == {"a": Withheld.ALREADY_TOLD}


@pytest.mark.parametrize(("days_held", "pushed"), [(335, False), (337, True), (365.9, True), (367, False)])
def test_what_is_held_and_lapses_is_renewed_in_its_last_month(days_held: float, pushed: bool) -> None:
    permit = replace(service_of("permit", usage=Usage.HELD_UNTIL_ENDED), renewal="P1Y")
    since = to_us(NOW - timedelta(days=days_held))
    held = {ServiceId("permit"): Holding(True, 1, since)}
    decision = decide(engine_of(permit), knowledge=knowledge_of(NOW, holdings=held))
    assert bool(decision.push) is pushed
    if pushed:
        assert decision.push[0].deadline is not None
        assert decision.candidates[0].rank == 1
    else:
        assert withheld(decision) == {"permit": Withheld.ALREADY_HELD}


def test_a_death_pauses_everything_but_what_concerns_it() -> None:
    grant, aid = service_of("grant", answers=[answer_to("died")]), service_of("aid", answers=[answer_to("born")])
    engine = engine_of(grant, aid, service_of("foreseen", may_be_anticipated=True))
    paused = replace(engine, catalogue=replace(engine.catalogue, pauses={EventType("died"): "P14D"}))
    died = born(3, "death", "died")
    told_of_it = replace(GROUNDED, told=(told("grant", "death", 2),))
    decision = decide(paused, born(1), died, standing=told_of_it)
    assert withheld(decision) == {
        "grant": Withheld.ALREADY_TOLD,
        "aid": Withheld.PAUSED,
        "foreseen": Withheld.PAUSED,
    }
    assert [n.service_ids for n in decide(paused, born(1), died).push] == [("grant",)]
    assert [n.cause.root for n in decide(paused, born(1), born(15, "death", "died")).push]


def test_an_objection_to_one_authority_leaves_the_others() -> None:
    mine, other = (replace(service_of(n, answers=[answer_to("born")]), authority_id=n) for n in ("mine", "other"))
    decision = decide(engine_of(mine, other), born(1), standing=replace(GROUNDED, objected=frozenset({"mine"})))
    assert withheld(decision) == {"mine": Withheld.OBJECTED, "other": None}


def test_a_deadline_within_the_blocked_time_uses_the_reserve_once() -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born")], deadline="P10D"))
    once = replace(GROUNDED, told=(told("other", "older", 2),))
    assert decide(engine, born(5), standing=once).push
    twice = replace(GROUNDED, told=(told("other", "older", 2), told("more", "oldest", 4)))
    assert withheld(decide(engine, born(5), standing=twice)) == {"a": Withheld.CAPPED}
    far = engine_of(service_of("a", answers=[answer_to("born")], deadline="P60D"))
    assert withheld(decide(far, born(5), standing=once)) == {"a": Withheld.CAPPED}


def test_a_cause_is_told_once_for_each_service_and_a_new_cause_again() -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born")]), service_of("b", answers=[answer_to("born")]))
    standing = replace(GROUNDED, told=(told("a", "birth", 20),))
    assert [n.service_ids for n in decide(engine, born(30), standing=standing).push] == [("b",)]
    assert withheld(decide(engine, born(30), standing=standing))["a"] is Withheld.ALREADY_TOLD
    again = decide(engine, born(1, "second"), born(30), standing=standing)
    assert again.push[0].cause.root == "second"
    assert again.push[0].service_ids == ("b", "a")


def test_an_older_fact_that_arrives_late_is_told_though_a_newer_one_was() -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born")]))
    standing = replace(GROUNDED, told=(told("a", "newer", 20),))
    decision = decide(engine, born(30, "newer"), born(90, "older"), standing=standing)
    assert [n.cause.root for n in decision.push] == ["older"]
    assert decision.candidates[0].cause == decision.push[0].cause


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(None), Withheld.NO_LEGAL_GROUND),
        (Standing(replace(LAW, kind="rumour")), Withheld.NO_LEGAL_GROUND),
        (Standing(replace(LAW, objected=True)), Withheld.OBJECTED),
        (Standing(LAW, readable=False), Withheld.UNREADABLE),
        (Standing(LAW, refusals={ServiceId("a"): ("never", 0)}), Withheld.NEVER),
        (Standing(LAW, refusals={ServiceId("a"): ("not_now", to_us(NOW - timedelta(days=89)))}), Withheld.NOT_NOW),
        (Standing(LAW, refusals={ServiceId("a"): ("not_now", to_us(NOW - timedelta(days=90)))}), None),
        (Standing(replace(LAW, kind="research_replay")), None),
        (Standing(replace(LAW, kind="consent")), None),
    ],
)
def test_what_stands_decides_whether_anybody_is_told(standing: Standing, reason: Withheld | None) -> None:
    decision = decide(engine_of(service_of("a", answers=[answer_to("born")])), born(1), standing=standing)
    assert withheld(decision) == {"a": reason}
    assert bool(decision.push) is (reason is None)


@pytest.mark.parametrize(
    ("age", "reason"),
    [(40.0, None), (None, Withheld.ELIGIBILITY_UNKNOWN), (17.0, Withheld.NOT_ELIGIBLE)],
)
def test_a_recorded_fact_pushes_only_what_the_rules_call_eligible(age: float | None, reason: Withheld | None) -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born")], rules=["age >= 18"], may_be_anticipated=True))
    decision = decide(engine, knowledge=knowledge_of(NOW, {"age": age}, recent=(born(1),)))
    assert withheld(decision) == {"a": reason}
    assert bool(decision.push) is (reason is None)


def test_a_research_ground_reaches_loopback_only() -> None:
    ground = replace(LAW, kind="research_replay")
    assert may_inform(ground) is None
    assert loopback_only(ground)
    assert not loopback_only(LAW)


def test_a_forecast_is_pushed_only_where_its_authority_lets_it_and_above_the_threshold() -> None:
    low = service_of("a_low", may_be_anticipated=True)
    high = service_of("b_high", may_be_anticipated=True)
    shy = service_of("c_shy")
    decision = decide(engine_of(low, high, shy))
    assert withheld(decision) == {"a_low": Withheld.BELOW_THRESHOLD, "b_high": None, "c_shy": Withheld.NO_CAUSE}
    assert decision.push[0].cause.root == ANTICIPATED
    assert decision.push[0].cause.event_type is None
    assert decision.candidates[1].cause is None
    told_before = replace(GROUNDED, told=(told("b_high", "whatever", 300),))
    assert withheld(decide(engine_of(low, high, shy), standing=told_before))["b_high"] is Withheld.ALREADY_TOLD


def test_a_forecast_never_goes_before_a_recorded_fact() -> None:
    sure = service_of("sure", may_be_anticipated=True)
    weak = service_of("weak", answers=[answer_to("born")])
    decision = decide(engine_of(weak, sure), born(1))
    assert [n.service_ids for n in decision.push] == [("weak",)]
    assert withheld(decision)["sure"] is Withheld.CAPPED


def test_a_closed_window_and_a_passed_deadline_are_said() -> None:
    short = service_of("short", answers=[answer_to("born", "P1M")])
    due = service_of("due", answers=[answer_to("born")], deadline="P10D")
    decision = decide(engine_of(short, due), born(40))
    assert withheld(decision) == {"short": Withheld.WINDOW_CLOSED, "due": Withheld.WINDOW_CLOSED}
    assert all(candidate.cause is None for candidate in decision.candidates)


def test_a_window_is_open_at_its_end_and_closed_at_its_start() -> None:
    engine = engine_of(service_of("a", answers=[answer_to("born", "P10D")]))
    assert not decide(engine, born(10)).push
    assert decide(engine, born(9.999)).push
    assert decide(engine, born(0)).push
    assert withheld(decide(engine, born(-0.001))) == {"a": Withheld.NO_CAUSE}


def test_a_date_reached_is_a_cause_of_its_own() -> None:
    pension = service_of("pension", answers=[Answer("P3M", date="birth_date", after="P60Y")])
    birth = datetime(1964, 3, 31, 21, tzinfo=UTC)  # midnight of 1 April in Tallinn
    known = knowledge_of(NOW, {"birth_date": float(to_us(birth))})
    decision = decide(engine_of(pension), knowledge=known)
    assert decision.push[0].cause.date == "birth_date"
    assert decision.push[0].cause.happened_us == to_us(datetime(2024, 3, 31, 21, tzinfo=UTC))
    again = replace(GROUNDED, told=(Told(ServiceId("pension"), decision.push[0].cause.root, 0),))
    assert withheld(decide(engine_of(pension), knowledge=known, standing=again)) == {"pension": Withheld.ALREADY_TOLD}
    for value in (None, "1964", True, float("nan"), 1e300):
        assert decide(engine_of(pension), knowledge=knowledge_of(NOW, {"birth_date": value})).push == ()


def test_without_a_model_recorded_facts_still_reach_people() -> None:
    engine = engine_of(service_of("b"), service_of("a", answers=[answer_to("born")]), scorer=NoScorer())
    decision = decide(engine, born(1))
    assert [n.service_ids for n in decision.push] == [("a",)]
    assert [c.service_id for c in decision.ranking] == ["a", "b"]


def test_a_triggered_service_without_a_score_is_told_last_but_told() -> None:
    engine = engine_of(
        *(service_of(name, answers=[answer_to("born")]) for name in "ab"), scorer=FixedScorer({NeedKey("b"): 0.0})
    )
    assert decide(engine, born(1)).push[0].service_ids == ("b", "a")


def test_the_policys_version_changes_with_its_numbers() -> None:
    assert PushPolicy().version == PushPolicy().version
    assert PushPolicy().version != PushPolicy(not_now_days=30).version


def test_a_model_of_other_features_is_refused() -> None:
    with pytest.raises(SchemaMismatchError, match="two"):
        Engine(
            catalogue_of(),
            FixedScorer({NeedKey("a"): 1}, feature_names=["two"]),
            StateVectoriser(),
            PushPolicy(),
            "UTC",
        )


def test_a_model_of_the_same_names_over_another_schema_is_refused() -> None:
    scorer = FixedScorer({NeedKey("a"): 1}, schema_digest="1" * 32)
    with pytest.raises(SchemaMismatchError, match="other categories"):
        Engine(catalogue_of(), scorer, StateVectoriser(), PushPolicy(), "UTC")


def test_knowledge_of_another_schema_time_or_citizen_is_refused() -> None:
    engine, known = engine_of(service_of("a")), knowledge_of(NOW)
    with pytest.raises(SchemaMismatchError):
        decide(engine, knowledge=replace(known, schema_digest="1" * 32))
    request = DecisionRequest(DecisionId("d"), known.citizen_id, NOW + timedelta(seconds=1), Trigger.FACT)
    with pytest.raises(ValueError, match="its own time"):
        recommend(request, known, GROUNDED, engine=engine)


def test_a_replay_with_other_versions_is_refused() -> None:
    decision = decide(engine_of(service_of("a")))
    other = replace(engine_of(service_of("a")), policy=PushPolicy(not_now_days=1))
    with pytest.raises(ReceiptError, match="made with"):
        replay(decision.receipt, other, rebuild_of(knowledge_of(NOW)))
