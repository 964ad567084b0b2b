"""The core's promises over random worlds: rules decide, models order, and every silence has a reason."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.bundles import ANTICIPATED, QUESTION
from recommender.decision import Decision, Status, Told, Trigger, Withheld
from recommender.instants import DAY_US, to_us
from recommender.pipeline import recommend, replay
from recommender.receipts import decode
from recommender.testing.fakes import FixedScorer
from recommender.testing.worlds import NOW, SCORES, World, later, rebuild_of, rescored, worlds

BARS = {Withheld.ALREADY_HELD, Withheld.EXCLUDED, Withheld.SERVICE_CLOSED}
SCORE_REASONS = {Withheld.BELOW_THRESHOLD}
TRIGGERS = st.sampled_from([Trigger.FACT, Trigger.NIGHTLY])


def decide(world: World, trigger: Trigger = Trigger.FACT) -> Decision:
    return recommend(world.request(trigger), world.knowledge, world.standing, engine=world.engine)


def pushed_ids(decision: Decision) -> set[str]:
    return {service_id for notification in decision.push for service_id in notification.service_ids}


@given(worlds(), TRIGGERS)
def test_only_eligible_services_not_held_are_pushed_under_a_ground_that_can_be_read(
    world: World, trigger: Trigger
) -> None:
    decision = decide(world, trigger)
    for candidate in decision.candidates:
        if candidate.service_id in pushed_ids(decision):
            asked = decision.push[0].cause.root.startswith(QUESTION)
            assert candidate.status is (Status.UNKNOWN if asked else Status.ELIGIBLE)
            assert not asked or world.engine.catalogue.by_id[candidate.service_id].may_ask
            assert not candidate.held
            assert candidate.withheld is None
            assert world.standing.readable
            assert world.standing.ground is not None
            assert not world.standing.ground.objected
            assert world.standing.ground.kind == "law"
            assert world.standing.refusals.get(candidate.service_id, ("", 0))[0] == ""
        else:
            assert candidate.withheld is not None


@given(worlds())
def test_a_get_pushes_nothing_and_shows_what_an_event_would_show(world: World) -> None:
    asked = decide(world, Trigger.REQUEST)
    assert asked.push == ()
    assert {candidate.withheld for candidate in asked.candidates} <= {Withheld.REQUEST, *BARS}
    shown = [(c.service_id, c.rank, c.status) for c in asked.ranking]
    assert shown == [(c.service_id, c.rank, c.status) for c in decide(world).ranking]


@given(worlds(), TRIGGERS)
def test_every_triggered_eligible_service_is_pushed_or_waits_for_a_reason_that_is_no_score(
    world: World, trigger: Trigger
) -> None:
    for candidate in decide(world, trigger).candidates:
        if candidate.cause is not None and candidate.status is Status.ELIGIBLE and not candidate.held:
            assert candidate.withheld not in SCORE_REASONS
            assert candidate.withheld not in {Withheld.NO_CAUSE, Withheld.WINDOW_CLOSED}


@given(worlds(), TRIGGERS)
def test_a_push_needs_a_recorded_fact_unless_its_authority_lets_it_be_anticipated(
    world: World, trigger: Trigger
) -> None:
    decision = decide(world, trigger)
    for notification in decision.push:
        for service_id in notification.service_ids:
            candidate = next(c for c in decision.candidates if c.service_id == service_id)
            if notification.cause.root == ANTICIPATED:
                assert world.engine.catalogue.by_id[service_id].may_be_anticipated
                assert candidate.cause is None
                assert candidate.score >= 0.5
            else:
                assert candidate.cause == notification.cause
                assert notification.cause.happened_us <= to_us(world.knowledge.as_of)


@given(worlds(), st.data())
def test_no_model_changes_a_status_or_whether_a_triggered_service_may_be_told(
    world: World, data: st.DataObject
) -> None:
    scores = {key: data.draw(SCORES) for key in world.engine.scorer.need_keys}
    one, other = decide(world), decide(rescored(world, scores))
    facts = [(c.status, c.results, c.missing, c.held) for c in one.candidates]
    assert facts == [(c.status, c.results, c.missing, c.held) for c in other.candidates]
    going = {None, Withheld.CAPPED}
    for a, b in zip(one.candidates, other.candidates, strict=True):
        if a.cause is not None:
            assert a.withheld == b.withheld or {a.withheld, b.withheld} <= going
    triggered = [d for d in (one, other) if d.push and d.push[0].cause.root != ANTICIPATED]
    assert len(triggered) in (0, 2)


@given(worlds(), st.data())
def test_whatever_a_model_gives_no_status_no_criterion_and_nothing_missing_changes(
    world: World, data: st.DataObject
) -> None:
    """Not only probabilities: a broken model gives infinities, negative numbers, or nothing at all."""
    scores = {key: data.draw(st.floats(width=32)) for key in world.engine.scorer.need_keys}
    without = replace(world, engine=replace(world.engine, scorer=FixedScorer({})))
    for other in (rescored(world, scores), without):
        facts = [(c.status, c.results, c.missing, c.held) for c in decide(other).candidates]
        assert facts == [(c.status, c.results, c.missing, c.held) for c in decide(world).candidates]


@given(worlds())
def test_the_list_is_eligible_then_unknown_and_in_each_recorded_facts_before_forecasts(world: World) -> None:
    decision = decide(world)
    shown = decision.ranking
    assert [c.rank for c in shown] == list(range(1, len(shown) + 1))
    assert all(c.status is not Status.NOT_ELIGIBLE and c.withheld not in BARS for c in shown)
    keys = [(c.status is Status.UNKNOWN, c.cause is None, -c.score if c.score == c.score else 1.0) for c in shown]
    assert keys == sorted(keys)
    hidden = {c.service_id for c in decision.candidates} - {c.service_id for c in shown}
    barred = {c.service_id for c in decision.candidates if c.withheld in BARS}
    assert all(c.held is (c.withheld is Withheld.ALREADY_HELD) for c in decision.candidates)
    assert hidden == barred | {c.service_id for c in decision.candidates if c.status is Status.NOT_ELIGIBLE}


@settings(max_examples=60)
@given(worlds(), st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0, 6.9, 7.0, 30.0]), min_size=1, max_size=12))
def test_the_cap_is_never_exceeded_and_nothing_told_again_but_one_reminder_of_a_deadline(
    world: World, pauses: list[float]
) -> None:
    sent = [(each.at_us, each.cause) for each in world.standing.told]
    told: dict[tuple[str, str], int] = {(each.service_id, each.cause): each.at_us for each in world.standing.told}
    reminded: set[tuple[str, str]] = set()
    new: tuple[Told, ...] = ()
    for pause in pauses:
        world = later(world, pause, new)
        new = ()
        decision = decide(world, Trigger.NIGHTLY)
        assert len(decision.push) <= 1
        for notification in decision.push:
            at_us = to_us(world.knowledge.as_of)
            for days, most in ((1, 1), (7, 1), (30, 3)):
                within = {(at, cause) for at, cause in sent if at > at_us - days * DAY_US}
                assert len(within) <= most
                assert len(within) < most or notification.deadline is not None
            sent.append((at_us, notification.cause.root))
            if notification.cause.root != ANTICIPATED:
                pairs = {(service_id, notification.cause.root) for service_id in notification.service_ids}
                for pair in pairs & told.keys():
                    assert pair not in reminded
                    assert notification.deadline is not None
                    goes = notification.not_before or world.knowledge.as_of
                    assert to_us(notification.deadline) - to_us(goes) <= 7 * DAY_US <= at_us - told[pair]
                    reminded.add(pair)
                told |= dict.fromkeys(pairs, at_us)
            new = tuple(Told(s, notification.cause.root, at_us) for s in notification.service_ids)


@given(worlds(), TRIGGERS)
def test_nobody_is_disturbed_in_quiet_hours_nor_told_after_the_deadline(world: World, trigger: Trigger) -> None:
    quiet = world.standing.quiet
    for notification in decide(world, trigger).push:
        goes = notification.not_before or world.knowledge.as_of
        assert goes >= world.knowledge.as_of
        assert quiet is None or not quiet.holds(goes)
        assert notification.deadline is None or goes <= notification.deadline


@given(worlds(), TRIGGERS)
def test_an_authority_objected_to_tells_nothing_and_a_pausing_event_only_what_answers_it(
    world: World, trigger: Trigger
) -> None:
    decision = decide(world, trigger)
    by_id = world.engine.catalogue.by_id
    assert not {by_id[i].authority_id for i in pushed_ids(decision)} & world.standing.objected
    born = {
        event.root
        for event in world.knowledge.recent
        if event.event_type == "born" and 0 <= to_us(NOW) - event.happened_us < 14 * DAY_US
    }
    if born and world.engine.catalogue.pauses:
        assert {notification.cause.root.removeprefix(QUESTION) for notification in decision.push} <= born


@given(worlds(), st.sampled_from(list(Trigger)))
def test_a_receipt_replays_to_the_same_bytes(world: World, trigger: Trigger) -> None:
    decision = decide(world, trigger)
    assert replay(decision.receipt, world.engine, rebuild_of(world.knowledge)) == decision.receipt


@given(worlds(), st.sampled_from(list(Trigger)))
def test_a_receipt_reads_back_as_the_decision(world: World, trigger: Trigger) -> None:
    decision = decide(world, trigger)
    read = decode(decision.receipt)
    assert read.request == decision.request
    assert read.versions == decision.versions
    assert read.recent == world.knowledge.recent
    assert read.state == world.knowledge.state
    for line, candidate in zip(read.lines, decision.candidates, strict=True):
        assert (line.status, line.results, line.held) == (candidate.status, candidate.results, candidate.held)
        assert (line.rank, line.withheld, line.cause) == (candidate.rank, candidate.withheld, candidate.cause)
        assert line.score == pytest.approx(candidate.score, nan_ok=True, abs=0)
    ids = [service.service_id for service in world.engine.catalogue.services]
    pushed = [(p.cause, tuple(ids[place] for place in p.places), p.deadline, p.not_before) for p in read.push]
    assert pushed == [(p.cause, p.service_ids, p.deadline, p.not_before) for p in decision.push]
    if trigger is not Trigger.REQUEST:
        assert (read.standing.quiet, read.standing.objected) == (world.standing.quiet, world.standing.objected)


@given(worlds())
def test_what_is_unreadable_makes_every_push_wait(world: World) -> None:
    blind = replace(world, standing=replace(world.standing, readable=False))
    assert decide(blind).push == ()
