"""Real decisions of a tiny catalogue, for tests of what records them."""

from datetime import datetime, timedelta

from recommender.decision import Decision, DecisionRequest, LegalGround, Standing, Trigger
from recommender.facts import RecordedEvent
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId, NeedKey
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend
from recommender.policy import PushPolicy
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of

CATALOGUE = catalogue_of(
    service_of("birth_allowance", answers=[answer_to("child_born")], rules=["resident == true"]),
    service_of("parental_leave", answers=[answer_to("child_born")]),
)


def decided(
    decision_id: str,
    at: datetime,
    *,
    trigger: Trigger = Trigger.FACT,
    score: float = 0.5,
    citizen: str = "anna",
    engine: Engine | None = None,
) -> Decision:
    """A child was born the day before: a push of both services when the trigger is a fact, a silence on request."""
    scores = {NeedKey("birth_allowance"): score, NeedKey("parental_leave"): score / 2}
    engine = engine or Engine(CATALOGUE, FixedScorer(scores), StateVectoriser(), PushPolicy(), "UTC")
    born = to_us(at.replace(hour=0, minute=0, second=0) - timedelta(days=1))
    recent = [RecordedEvent(FactId("birth-1"), EventType("child_born"), born, born)]
    knowledge = knowledge_of(at, {"resident": True}, recent=recent, citizen_id=citizen)
    fact_id = FactId("birth-1") if trigger is Trigger.FACT else None
    request = DecisionRequest(DecisionId(decision_id), CitizenId(citizen), at, trigger, fact_id)
    return recommend(request, knowledge, Standing(LegalGround("law", "Act", False, 0)), engine=engine)
