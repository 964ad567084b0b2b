"""The mode that does not profile: no model, no profile, nothing pushed, and a receipt that replays and says so."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from recommender.decision import Decision, DecisionRequest, Mode, Status, Trigger, Withheld
from recommender.facts import Knowledge
from recommender.identifiers import EventType, FactId
from recommender.instants import to_us
from recommender.pipeline import recommend, replay
from recommender.receipts import decode
from recommender.rules_only import Picked
from recommender.testing.worlds import NOW, World, knowledges, rebuild_of, rescored, worlds

TRIGGERS = st.sampled_from(list(Trigger))


def decide(world: World, knowledge: Knowledge, trigger: Trigger) -> Decision:
    request = replace(world.request(trigger), mode=Mode.RULES_ONLY)
    return recommend(request, knowledge, world.standing, engine=world.engine)


@given(worlds(), knowledges(), TRIGGERS)
def test_whatever_is_stored_of_the_citizen_changes_nothing(world: World, other: Knowledge, trigger: Trigger) -> None:
    mine = world.knowledge
    stored = replace(other, recent=mine.recent, citizen_id=mine.citizen_id, state=mine.state)
    assert decide(world, mine, trigger).candidates == decide(world, stored, trigger).candidates


@given(worlds(), TRIGGERS)
def test_no_model_is_asked_and_nothing_is_pushed(world: World, trigger: Trigger) -> None:
    found = decide(world, world.knowledge, trigger)
    assert all(candidate.score != candidate.score for candidate in found.candidates)
    assert found.push == ()
    waits = Withheld.REQUEST if trigger is Trigger.REQUEST else Withheld.NOT_PROFILED
    assert {c.withheld for c in found.candidates} <= {waits, Withheld.SERVICE_CLOSED}
    again = decide(rescored(world, {}), world.knowledge, trigger)
    assert [c.rank for c in again.candidates] == [c.rank for c in found.candidates]


@given(worlds(), TRIGGERS)
def test_the_receipt_says_the_mode_and_replays_to_the_same_bytes(world: World, trigger: Trigger) -> None:
    found = decide(world, world.knowledge, trigger)
    assert decode(found.receipt).request.mode is Mode.RULES_ONLY
    assert replay(found.receipt, world.engine, rebuild_of(world.knowledge)) == found.receipt
    personal = recommend(world.request(trigger), world.knowledge, world.standing, engine=world.engine)
    assert decode(personal.receipt).request.mode is Mode.PERSONAL


@given(worlds(), worlds())
def test_a_status_that_rules_alone_settle_is_the_one_of_a_fuller_look(world: World, other: World) -> None:
    """Nothing is taken for absent, so knowing more about the same citizen never turns a settled status around."""
    known = replace(other.knowledge, recent=world.knowledge.recent, happened=world.knowledge.happened)
    request = DecisionRequest(world.request().decision_id, known.citizen_id, NOW, Trigger.REQUEST)
    fuller = recommend(request, known, world.standing, engine=world.engine)
    alone = recommend(replace(request, mode=Mode.RULES_ONLY), known, world.standing, engine=world.engine)
    for one, full in zip(alone.candidates, fuller.candidates, strict=True):
        assert one.status in (Status.UNKNOWN, full.status)


def test_what_is_picked_is_all_that_is_known() -> None:
    picked = Picked({EventType("moved"): to_us(NOW) - 5})
    (event,) = picked.recent(to_us(NOW))
    assert (event.root, event.event_type, event.known_us) == (FactId("picked:moved"), "moved", to_us(NOW))
