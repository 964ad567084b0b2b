"""One of a household is told for all: which one, for how long, and what the receipt keeps of it."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from recommender.decision import Decision, DecisionRequest, LegalGround, Standing, Told, Trigger, Withheld
from recommender.facts import RecordedEvent
from recommender.households import told_for_all
from recommender.identifiers import DecisionId, EventType, FactId, ServiceId
from recommender.instants import DAY_US, to_us
from recommender.pipeline import Engine, recommend, replay
from recommender.policy import PushPolicy
from recommender.receipts import decode
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from recommender.testing.worlds import rebuild_of

NOW = datetime(2031, 3, 5, 9, tzinfo=UTC)
NOW_US = to_us(NOW)
HOME, OWN = ServiceId("home"), ServiceId("own")
TIMES = st.integers(NOW_US - 800 * DAY_US, NOW_US)
SERVICES = st.sampled_from([HOME, OWN])
OTHERS = st.dictionaries(SERVICES, TIMES)
TOLD = st.lists(st.builds(Told, SERVICES, st.just(FactId("f")), TIMES))


def decided(trigger: Trigger, *covered: ServiceId) -> Decision:
    services = [service_of(name, answers=[answer_to("born")]) for name in (HOME, OWN)]
    services[0] = replace(services[0], per_household=True)
    engine = Engine(catalogue_of(*services), FixedScorer({}), StateVectoriser(), PushPolicy(), "UTC")
    born = RecordedEvent(FactId("birth"), EventType("born"), NOW_US - DAY_US, NOW_US - DAY_US)
    knowledge = knowledge_of(NOW, recent=[born])
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, trigger)
    standing = Standing(LegalGround("law", "Act", False, 0), household=frozenset(covered))
    made = recommend(request, knowledge, standing, engine=engine)
    assert replay(made.receipt, engine, rebuild_of(knowledge)) == made.receipt
    return made


def test_what_another_member_was_told_of_is_withheld_and_the_rest_is_told() -> None:
    made = decided(Trigger.FACT, HOME)
    assert [planned.service_ids for planned in made.push] == [(OWN,)]
    assert {c.service_id: c.withheld for c in made.candidates} == {HOME: Withheld.HOUSEHOLD, OWN: None}


def test_whoever_asks_is_shown_it_all_the_same() -> None:
    made = decided(Trigger.REQUEST, HOME)
    assert {c.service_id for c in made.ranking} == {HOME, OWN}


def test_a_receipt_keeps_which_services_and_nothing_of_whom() -> None:
    kept = decode(decided(Trigger.FACT, HOME, ServiceId("elsewhere")).receipt).standing
    assert kept.household == {HOME}
    assert decided(Trigger.FACT, ServiceId("elsewhere")).receipt == decided(Trigger.FACT).receipt


@given(OTHERS, TOLD, st.integers(1, 400))
def test_who_was_told_last_is_not_silenced(others: dict[ServiceId, int], own: list[Told], days: int) -> None:
    covered = told_for_all(others, own, NOW_US, days)
    for service in (HOME, OWN):
        mine = [told.at_us for told in own if told.service_id == service]
        if service not in others or (mine and max(mine) >= others[service]):
            assert service not in covered
        else:
            assert (service in covered) == (NOW_US - others[service] < days * DAY_US)


@given(TIMES, TIMES, st.integers(1, 400))
def test_of_two_members_at_most_one_is_silenced(mine_us: int, theirs_us: int, days: int) -> None:
    mine, theirs = [Told(HOME, FactId("f"), mine_us)], [Told(HOME, FactId("f"), theirs_us)]
    pairs = ((theirs_us, mine), (mine_us, theirs))
    silenced = [told_for_all({HOME: other_us}, own, NOW_US, days) for other_us, own in pairs]
    assert sum(HOME in each for each in silenced) <= 1
