"""What a stop holds back, by example and by law."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.decision import Decision, DecisionRequest, LegalGround, Standing, Trigger, Withheld
from recommender.errors import InvalidFactError
from recommender.facts import RecordedEvent
from recommender.identifiers import DecisionId, EventType, FactId, ServiceId
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend, replay
from recommender.policy import PushPolicy
from recommender.receipts import decode
from recommender.stops import Reach, Stopped, first_stop
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from recommender.testing.worlds import rebuild_of

NOW = datetime(2031, 3, 5, 9, tzinfo=UTC)
EVERYTHING = Stopped(Reach.EVERYTHING)
A, B = ServiceId("a"), ServiceId("b")
NAMES = st.sampled_from(["a", "b", "c"])
STOPS = st.frozensets(
    st.one_of(
        st.just(EVERYTHING),
        st.builds(Stopped, st.sampled_from([Reach.CHANNEL, Reach.AUTHORITY, Reach.SERVICE]), NAMES),
    )
)
SERVICES = st.dictionaries(NAMES.map(ServiceId), NAMES, min_size=1)


def decided(*stops: Stopped) -> Decision:
    at = to_us(NOW) - 86_400_000_000
    services = [service_of(name, answers=[answer_to("born")]) for name in ("a", "b")]
    services = [replace(service, authority_id=f"office_{service.service_id}") for service in services]
    engine = Engine(catalogue_of(*services), FixedScorer({}), StateVectoriser(), PushPolicy(), "UTC")
    knowledge = knowledge_of(NOW, recent=[RecordedEvent(FactId("birth"), EventType("born"), at, at)])
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT, FactId("birth"))
    standing = Standing(LegalGround("law", "Act", False, 0), stops=frozenset(stops))
    made = recommend(request, knowledge, standing, engine=engine)
    assert replay(made.receipt, engine, rebuild_of(knowledge)) == made.receipt
    return made


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        (Stopped(Reach.SERVICE, "a"), ("b",)),
        (Stopped(Reach.AUTHORITY, "office_b"), ("a",)),
        (EVERYTHING, ()),
        (Stopped(Reach.CHANNEL, "inbox"), ("a", "b")),
        (Stopped(Reach.SERVICE, "c"), ("a", "b")),
    ],
)
def test_what_is_stopped_is_withheld_with_its_own_reason_and_the_rest_is_told(
    stop: Stopped, told: tuple[str, ...]
) -> None:
    decision = decided(stop)
    assert tuple(s for each in decision.push for s in each.service_ids) == told
    withheld = {c.service_id for c in decision.candidates if c.withheld is Withheld.STOPPED}
    assert withheld == {"a", "b"} - set(told)


def test_a_receipt_keeps_only_the_stops_that_touched_a_candidate() -> None:
    touched = Stopped(Reach.SERVICE, "a")
    assert decode(decided(touched, Stopped(Reach.SERVICE, "c")).receipt).standing.stops == {touched}
    assert decided(Stopped(Reach.SERVICE, "c")).receipt == decided().receipt


@given(STOPS, STOPS, NAMES, SERVICES)
def test_a_further_stop_never_lets_anything_go(
    some: frozenset[Stopped], more: frozenset[Stopped], channel: str, services: dict[ServiceId, str]
) -> None:
    if first_stop(some, channel, services) is not None:
        assert first_stop(some | more, channel, services) is not None


@given(STOPS, NAMES, SERVICES)
def test_a_message_goes_exactly_when_each_of_its_services_would_go(
    stops: frozenset[Stopped], channel: str, services: dict[ServiceId, str]
) -> None:
    alone = [first_stop(stops, channel, {service: authority}) for service, authority in services.items()]
    assert (first_stop(stops, channel, services) is None) == all(each is None for each in alone)


def test_a_service_of_an_authority_that_nobody_can_name_waits_while_any_is_stopped() -> None:
    tax = frozenset({Stopped(Reach.AUTHORITY, "tax")})
    assert first_stop(tax, "inbox", {A: "school"}) is None
    assert first_stop(tax, "inbox", {A: "school", B: ""}) == Stopped(Reach.AUTHORITY, "tax")


def test_the_widest_stop_is_the_reason() -> None:
    stops = {Stopped(Reach.SERVICE, "a"), Stopped(Reach.CHANNEL, "inbox")}
    assert str(first_stop(stops, "inbox", {A: ""})) == "channel inbox"


@pytest.mark.parametrize(("reach", "name"), [("service", ""), ("everything", "a"), ("planet", "earth")])
def test_a_stop_that_names_nothing_or_two_things_is_refused(reach: str, name: str) -> None:
    with pytest.raises(InvalidFactError):
        Stopped.of(reach, name)
