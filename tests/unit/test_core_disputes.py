"""What is disputed is unknown: neither used nor taken for absent, until it is settled or replaced."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.decision import DecisionRequest, LegalGround, Standing, Status, Trigger
from recommender.disputes import Disputed, uncertain, without
from recommender.facts import Knowledge, RecordedEvent
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId, NeedKey
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend, replay
from recommender.policy import PushPolicy
from recommender.receipts import decode
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
NOW = to_us(AT)
BORN = EventType("child_born")
CATALOGUE = catalogue_of(
    service_of("birth_allowance", answers=[answer_to("child_born")]),
    service_of("parents_card", rules=["happened('child_born', within='P1Y')"]),
    service_of("childless_card", rules=["not happened('child_born', within='P1Y')"]),
    service_of("pass", rules=["age >= 18"]),
)
ENGINE = Engine(CATALOGUE, FixedScorer({NeedKey("pass"): 0.5}), StateVectoriser(), PushPolicy(), "UTC")


def known(*roots: str, **attributes: float) -> Knowledge:
    recent = [RecordedEvent(FactId(root), BORN, NOW - 10 - i, NOW - 5 - i) for i, root in enumerate(roots)]
    covered = {BORN: AT - timedelta(days=900)}
    return knowledge_of(AT, {"born_on": 1.0, "age": 30.0, **attributes}, recent=recent, covered_from=covered)


def statuses(knowledge: Knowledge) -> dict[str, Status]:
    request = DecisionRequest(DecisionId("d"), CitizenId("citizen-1"), AT, Trigger.NIGHTLY)
    decision = recommend(request, knowledge, Standing(LegalGround("law", "Act", False, 0)), engine=ENGINE)
    return {str(candidate.service_id): candidate.status for candidate in decision.candidates}


EVENT = Disputed(NOW, root=FactId("b1"), event_type=BORN)


def test_a_disputed_event_is_neither_believed_nor_taken_for_absent() -> None:
    assert statuses(known("b1"))["parents_card"] is Status.ELIGIBLE
    left = without(known("b1"), [EVENT], (), {})
    assert left.recent == ()
    assert statuses(left)["parents_card"] is Status.UNKNOWN
    assert statuses(left)["childless_card"] is Status.UNKNOWN
    assert statuses(known())["childless_card"] is Status.ELIGIBLE


def test_another_event_of_the_type_still_calls() -> None:
    left = without(known("b1", "b2"), [EVENT], (), {})
    assert [event.root for event in left.recent] == ["b2"]


def test_a_disputed_attribute_takes_what_is_worked_out_of_it_with_it() -> None:
    dispute = Disputed(NOW, attribute="born_on", value=1.0)
    left = without(known(), [dispute], ("age", "born_on"), {"age": "born_on"})
    assert left.attributes == {"born_on": None, "age": None}
    assert left.state == (None, None)
    assert statuses(left)["pass"] is Status.UNKNOWN


def test_columns_that_come_of_it_are_unknown_too() -> None:
    columns = ("age", "born_on", "born_on__previous", "child_born__1", "child_bornes__1")
    knowledge = replace(known("b1"), state=(30.0, 1.0, 2.0, 3.0, 4.0))
    assert without(knowledge, [EVENT], columns, {}).state == (30.0, 1.0, 2.0, None, 4.0)
    of_attribute = Disputed(NOW, attribute="born_on", value=1.0)
    assert without(knowledge, [of_attribute], columns, {}).state == (30.0, None, None, 3.0, 4.0)


@pytest.mark.parametrize(
    ("dispute", "held"),
    [
        (replace(EVENT, corrected=True), True),
        (replace(EVENT, corrected=True, raised_us=NOW - 100), False),
        (replace(EVENT, corrected=True, root=FactId("gone")), False),
        (Disputed(NOW, corrected=True, attribute="born_on", value=1.0), True),
        (Disputed(NOW, corrected=True, attribute="born_on", value=2.0), False),
    ],
)
def test_what_a_register_corrects_is_held_back_until_the_correction_has_come(dispute: Disputed, held: bool) -> None:
    assert (without(known("b1"), [dispute], (), {}) != known("b1")) is held


@given(st.lists(st.sampled_from(["b1", "b2", "b3"]), unique=True), st.booleans())
def test_a_decision_on_what_is_disputed_replays_to_the_same_bytes(roots: list[str], told: bool) -> None:
    left = without(known(*roots), [EVENT], (), {})
    if told:
        left = replace(left, attributes={**left.attributes, "income": 3.0}, told={"income": 3.0})
    request = DecisionRequest(DecisionId("d"), CitizenId("citizen-1"), AT, Trigger.NIGHTLY)
    made = recommend(request, left, Standing(LegalGround("law", "Act", False, 0)), engine=ENGINE).receipt
    assert decode(made).disputed == {BORN}

    def rebuild(citizen: CitizenId, at: datetime, state: object, recent: tuple[RecordedEvent, ...]) -> Knowledge:
        again = known(*(str(event.root) for event in recent))
        return replace(again, recent=recent)

    assert replay(made, ENGINE, rebuild) == made


def test_without_a_dispute_nothing_changes() -> None:
    assert without(known("b1"), [], (), {}) == known("b1")
    assert uncertain(known("b1"), frozenset()) == known("b1")
