"""Every silence and every delivery has words, in both languages, and none gives away more than it may."""

from datetime import UTC, datetime

import pytest

from recommender.catalogue import Texts
from recommender.decision import Cause, DecisionRequest, LegalGround, Standing, Status, Trigger, Withheld
from recommender.facts import RecordedEvent
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId, NeedKey, ServiceId
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend
from recommender.policy import PushPolicy
from recommender.reasons import Wording
from recommender.receipts import decode
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from recommender.why import cause_words, find_line, reasoned, says_more
from recommender.why_words import CANCELLED, DELIVERY, WITHHELD, delivery_words
from serving.database import outbox
from serving.delivery.dispatching import GAVE_WAY, NO_ADDRESS
from serving.delivery.holding import GONE, ROLLED_BACK
from serving.delivery.last_look import NOT_LOOPBACK, SAFE_MODE

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
CATALOGUE = catalogue_of(
    service_of("birth_allowance", answers=[answer_to("child_born")], rules=["resident == true", "income < 10"]),
)
REASONS = (
    outbox.WITHDRAWN, outbox.DISPUTED, NOT_LOOPBACK, SAFE_MODE, ROLLED_BACK, GONE, NO_ADDRESS, GAVE_WAY
)  # fmt: skip
NEITHER_SAYS = ("score", "model", "probability", "分数", "模型")


def spoken(texts: Texts) -> None:
    assert set(texts) == {"en", "zh"}
    assert all(text.strip() and text.rstrip()[-1] in ".。" for text in texts.values())
    assert not any(word in text for word in NEITHER_SAYS for text in texts.values())


@pytest.mark.parametrize("reason", list(Withheld))
def test_every_reason_for_a_silence_is_a_sentence_in_both_languages(reason: Withheld) -> None:
    spoken(WITHHELD[reason])
    assert CANCELLED[reason.value] == WITHHELD[reason]


def test_every_state_of_a_delivery_and_every_reason_to_cancel_one_has_words() -> None:
    states = {outbox.CREATED, outbox.SENDING, outbox.DELIVERED, outbox.TEMPORARY, outbox.PERMANENT}
    for state in states | {outbox.TECHNICAL, outbox.CANCELLED}:
        spoken(DELIVERY[state])
    for reason in REASONS:
        spoken(CANCELLED[reason])


def test_a_providers_own_words_are_not_passed_on() -> None:
    said = delivery_words("permanent_failure", "550 no such user anna@example.org")
    assert said == (DELIVERY["permanent_failure"],)
    assert delivery_words("cancelled", f"{GAVE_WAY} sms: 421 busy")[1] == CANCELLED[GAVE_WAY]
    assert delivery_words("created", "stopped: service birth_allowance")[1] == WITHHELD[Withheld.STOPPED]
    assert delivery_words("a state of later times", None) == (DELIVERY["technical_failure"],)


def decided(**known: float | bool) -> bytes:
    engine = Engine(CATALOGUE, FixedScorer({NeedKey("birth_allowance"): 0.5}), StateVectoriser(), PushPolicy(), "UTC")
    recent = [RecordedEvent(FactId("birth-1"), EventType("child_born"), to_us(AT) - 1, to_us(AT) - 1)]
    request = DecisionRequest(DecisionId("d1"), CitizenId("anna"), AT, Trigger.FACT, FactId("birth-1"))
    knowledge = knowledge_of(AT, {"resident": None, "income": None, **known}, recent=recent, citizen_id="anna")
    return recommend(request, knowledge, Standing(LegalGround("law", "Act", False, 0)), engine=engine).receipt


def test_a_receipts_line_says_which_conditions_stand_in_the_way() -> None:
    receipt = decode(decided(resident=True, income=20.0))
    line = find_line(receipt, CATALOGUE, ServiceId("birth_allowance"))
    assert line is not None
    assert says_more(receipt)
    said = reasoned(receipt, line, CATALOGUE, "en", Wording())
    assert said.reason is Withheld.NOT_ELIGIBLE
    assert "child born" in said.because
    assert [len(words) for words in said.conditions] == [1, 1, 0]


def test_what_is_hidden_is_named_neither_as_met_nor_as_unmet() -> None:
    receipt = decode(decided(resident=False, income=20.0))
    line = find_line(receipt, CATALOGUE, ServiceId("birth_allowance"))
    assert line is not None
    assert line.status is Status.NOT_ELIGIBLE
    hidden = Wording(hidden=frozenset({"resident", "income", "event:child_born"}))
    said = reasoned(receipt, line, CATALOGUE, "zh", hidden)
    assert [len(words) for words in said.conditions] == [0, 0, 0]
    assert "child" not in said.because
    assert said.words == WITHHELD[Withheld.NOT_ELIGIBLE]["zh"]


def test_a_service_or_a_catalogue_that_was_not_there_has_no_line() -> None:
    receipt = decode(decided(resident=True))
    assert find_line(receipt, CATALOGUE, ServiceId("pension")) is None
    assert find_line(receipt, catalogue_of(service_of("pension")), ServiceId("pension")) is None


def test_a_question_is_worded_by_the_fact_that_it_asks_about() -> None:
    cause = Cause(FactId("question:birth-1"), to_us(AT), event_type=EventType("child_born"))
    assert "child born" in cause_words(cause, "en", Wording())
