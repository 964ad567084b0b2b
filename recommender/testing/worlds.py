"""Random worlds for the core's property tests: a catalogue, a citizen, a model, what stands, and a time."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from recommender.catalogue import Answer, PublicService, Usage
from recommender.decision import DecisionRequest, LegalGround, Standing, Told, Trigger
from recommender.facts import Holding, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId, NeedKey, ServiceId
from recommender.instants import from_us, to_us
from recommender.pipeline import Engine, Rebuild
from recommender.policy import PushPolicy
from recommender.quiet import Quiet
from recommender.service_terms import Season, Sensitivity
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of

NOW = datetime(2024, 5, 17, 10, 3, 22, 123456, tzinfo=UTC)
EVENTS = ["born", "moved", "job_lost"]
IDS = [f"service_{letter}" for letter in "abcdef"]
NIGHT = Quiet(time(21), time(8), "Europe/Tallinn")
LAW = LegalGround("law", "Act, s. 4", False, 1)
RULES = [
    "age >= 18",
    "work == 'none'",
    "happened('moved', within='P1Y')",
    "held('service_a')",
    "not (work == 'none') or years_between(birth_date, today) < 65",
]
SCORES = st.one_of(st.floats(0, 1, width=32), st.just(float("nan")))


@dataclass(frozen=True)
class World:
    """Everything that one decision needs."""

    engine: Engine
    knowledge: Knowledge
    standing: Standing

    def request(self, trigger: Trigger = Trigger.FACT) -> DecisionRequest:
        return DecisionRequest(DecisionId("d-1"), self.knowledge.citizen_id, self.knowledge.as_of, trigger)


def rebuild_of(knowledge: Knowledge) -> Rebuild:
    """Rebuilds this citizen's knowledge as a feature schema would, from what a receipt holds."""

    def rebuild(
        citizen_id: CitizenId,
        as_of: datetime,
        state: tuple[Scalar | None, ...],
        recent: tuple[RecordedEvent, ...],
    ) -> Knowledge:
        return replace(knowledge, citizen_id=citizen_id, as_of=as_of, state=state, recent=recent)

    return rebuild


@st.composite
def services(draw: st.DrawFn, service_id: str) -> PublicService:
    events = draw(
        st.lists(st.sampled_from(EVENTS), min_size=draw(st.sampled_from([0, 1, 1, 1])), max_size=2, unique=True)
    )
    answers = [answer_to(event, draw(st.sampled_from(["P1Y", "P3M"]))) for event in events]
    if draw(st.booleans()):
        answers.append(Answer("P3M", date="birth_date", after="P60Y"))
    made = service_of(
        service_id,
        answers=answers,
        rules=draw(st.lists(st.sampled_from(RULES), max_size=draw(st.sampled_from([0, 1, 1, 2])), unique=True)),
        usage=draw(st.sampled_from(list(Usage))),
        may_be_anticipated=draw(st.booleans()),
        deadline=draw(st.sampled_from([None, "P10D", "P60D"])),
    )
    return replace(
        made,
        season=draw(st.sampled_from([None, None, None, Season((9, 1), (5, 31)), Season((6, 1), (8, 31))])),
        excludes=tuple(map(ServiceId, draw(st.sampled_from([(), (), (), ("service_a",)])))),
        may_ask=draw(st.sampled_from([False, False, True])),
        authority_id=draw(st.sampled_from(["", "", "office"])),
        sensitivity=draw(st.sampled_from([Sensitivity.ORDINARY, Sensitivity.ORDINARY, Sensitivity.INTIMATE])),
    )


@st.composite
def recents(draw: st.DrawFn) -> tuple[RecordedEvent, ...]:
    drawn = draw(
        st.lists(
            st.tuples(st.sampled_from(EVENTS), st.one_of(st.integers(0, 80), st.integers(-1, 500)), st.integers(0, 9)),
            min_size=1,
            max_size=6,
        )
    )
    found = []
    for i, (kind, days, late) in enumerate(drawn):
        happened = NOW - timedelta(days=days)
        known = min(NOW, happened + timedelta(days=late))
        found.append(RecordedEvent(FactId(f"fact-{i}"), EventType(kind), to_us(happened), to_us(known)))
    return tuple(sorted(found, key=lambda event: -event.known_us))


@st.composite
def knowledges(draw: st.DrawFn) -> Knowledge:
    attributes = {
        "age": draw(st.sampled_from([40.0, 40.0, None, 17.0])),
        "work": draw(st.sampled_from(["none", "none", None, "full_time"])),
        "birth_date": draw(st.sampled_from([None, to_us(NOW.replace(year=1964, month=4)) * 1.0])),
    }
    held = draw(
        st.dictionaries(
            st.sampled_from(IDS), st.builds(Holding, st.booleans(), st.integers(0, 2), st.none()), max_size=2
        )
    )
    covered = {EventType("moved"): draw(st.sampled_from([None, NOW - timedelta(days=4000)]))}
    return knowledge_of(
        NOW,
        attributes,
        recent=draw(recents()),
        covered_from=covered,
        holdings={ServiceId(service_id): holding for service_id, holding in held.items()},
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    ground = draw(
        st.sampled_from([LAW, LAW, LAW, LAW, LAW, LAW, None, replace(LAW, objected=True), replace(LAW, kind="rumour")])
    )
    told = draw(
        st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, 5), st.sampled_from([1, 5, 8, 40, 40])), max_size=3)
    )
    kinds = st.tuples(st.sampled_from(["never", "not_now"]), st.just(to_us(NOW - timedelta(days=20))))
    refusals = draw(st.dictionaries(st.sampled_from(IDS), kinds, max_size=2))
    return Standing(
        ground,
        tuple(Told(ServiceId(s), FactId(f"fact-{i}"), to_us(NOW - timedelta(days=d))) for s, i, d in told),
        {ServiceId(service_id): refusal for service_id, refusal in refusals.items()},
        draw(st.sampled_from([True, True, True, True, False])),
        frozenset(draw(st.sampled_from([(), (), ("office",)]))),
        draw(st.sampled_from([None, NIGHT, Quiet(time(9), time(17), "Asia/Kathmandu", (NOW.date(),))])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    made = [draw(services(service_id)) for service_id in draw(st.lists(st.sampled_from(IDS), min_size=2, unique=True))]
    if "service_a" not in [service.service_id for service in made]:
        made.append(service_of("service_a"))
    scores = {NeedKey(service.need_key): draw(SCORES) for service in made}
    engine = Engine(
        replace(catalogue_of(*made), pauses=draw(st.sampled_from([{}, {}, {EventType("born"): "P14D"}]))),
        FixedScorer(scores, thresholds={key: 0.5 for key in scores}),
        StateVectoriser(),
        PushPolicy(),
        "Europe/Tallinn",
    )
    return World(engine, draw(knowledges()), draw(standings()))


def rescored(world: World, scores: dict[NeedKey, float]) -> World:
    """The same world under another model."""
    scorer = FixedScorer(scores, thresholds={key: 0.5 for key in scores})
    return replace(world, engine=replace(world.engine, scorer=scorer))


def later(world: World, days: float, told: tuple[Told, ...]) -> World:
    """The same citizen some days later, with what was told meanwhile."""
    at = from_us(to_us(world.knowledge.as_of) + int(days * 86_400_000_000))
    return replace(
        world,
        knowledge=replace(world.knowledge, as_of=at),
        standing=replace(world.standing, told=(*told, *world.standing.told)),
    )
