"""One decision for one citizen at one time: the same function for the API, an event, the nightly run and a replay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import nan

from recommender.bars import Bars
from recommender.bundles import Draft
from recommender.candidates import UNCALLED, Callbook, Called, pausing
from recommender.catalogue import Catalogue
from recommender.decision import Candidate, Decision, DecisionRequest, Mode, Standing, Status, Versions, Withheld
from recommender.disputes import uncertain
from recommender.eligibility import Assessment, Rulebook
from recommender.errors import ReceiptError, SchemaMismatchError
from recommender.facts import Knowledge, RecordedEvent, Scalar
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from recommender.policy import Moment, PushPolicy, Verdict
from recommender.ports import Scorer, Vectoriser
from recommender.receipts import Made, Shadow, decode, encode
from recommender.renewals import Renewals
from recommender.rules_only import unprofiled
from recommender.told import with_told
from recommender.windows import NOW, since

Rebuild = Callable[[CitizenId, datetime, tuple[Scalar | None, ...], tuple[RecordedEvent, ...]], Knowledge]
"""What a citizen's knowledge was, from a receipt's state and recent events (`FeatureSchema.knowledge`)."""

_TRAIN = "train again on these tables, or go back to the tables that the model was trained on"


@dataclass(frozen=True)
class Engine:
    """What decides: catalogue, model, features, policy and the calendar's zone; compiled once, used by many threads.

    Raises SchemaMismatchError when the scorer's features are not those of the vectoriser, in name, order and schema:
    the same names over other categories would be scored in silence.
    """

    catalogue: Catalogue
    scorer: Scorer
    vectoriser: Vectoriser
    policy: PushPolicy
    zone: str

    def __post_init__(self) -> None:
        if self.scorer.need_keys:
            self._check_schema()
        _ = (
            self.periods,
            self.columns,
            self.versions,
            self.bars,
        )  # compiled here, not within the first citizen's request

    def _check_schema(self) -> None:
        if self.scorer.feature_names != self.vectoriser.feature_names:
            here, there = set(self.vectoriser.feature_names), set(self.scorer.feature_names)
            differ = sorted(here ^ there)[:3] or ["their order"]
            raise SchemaMismatchError(
                f"model {self.scorer.version} and the feature store differ in {', '.join(differ)}",
                mend=_TRAIN,
            )
        if self.scorer.schema_digest != self.vectoriser.schema_digest:
            raise SchemaMismatchError(
                f"model {self.scorer.version} was trained on schema {self.scorer.schema_digest[:12]}, the store has "
                f"{self.vectoriser.schema_digest[:12]}: the same names, but other categories or windows",
                mend=_TRAIN,
            )

    @cached_property
    def rules(self) -> Rulebook:
        return Rulebook.compile(self.catalogue.services, self.zone, self.catalogue.parameters)

    @cached_property
    def calls(self) -> Callbook:
        return Callbook.compile(self.catalogue.services, self.zone)

    @cached_property
    def bars(self) -> Bars:
        return Bars.compile(self.catalogue.services, self.zone)

    @cached_property
    def renewals(self) -> Renewals:
        return Renewals.compile(self.catalogue.services, self.zone)

    @cached_property
    def periods(self) -> tuple[str, ...]:
        return tuple(sorted({*self.rules.periods, *self.calls.periods, *self.catalogue.pauses.values()}))

    @cached_property
    def versions(self) -> Versions:
        return Versions(self.catalogue.version, self.scorer.version, self.policy.version, self.vectoriser.schema_digest)

    @cached_property
    def columns(self) -> tuple[int, ...]:
        return columns_of(self.catalogue, self.scorer)


def columns_of(catalogue: Catalogue, scorer: Scorer) -> tuple[int, ...]:
    """Per service the column of its need key in the scores; one past the last where the model does not know it."""
    keys = {key: column for column, key in enumerate(scorer.need_keys)}
    return tuple(keys.get(service.need_key, len(keys)) for service in catalogue.services)


def recommend(
    request: DecisionRequest,
    knowledge: Knowledge,
    standing: Standing,
    *,
    engine: Engine,
    shadow: Scorer | None = None,
) -> Decision:
    """Decide for one citizen at one time, and write the receipt.

    knowledge : as of `request.at`; with another `as_of` the receipt could not replay, so that is an error.
    standing  : not looked at when the trigger is `request`, so a GET need not read it.
    shadow    : a challenger of the engine's schema; its scores go into the receipt, and nothing depends on them.

    Candidates come in the catalogue's order, one per service. Shown are those eligible, then those unknown, of each
    first those that a recorded fact triggers, best score first; ties keep the catalogue's order.
    Raises ValueError when `knowledge` is of another citizen or time, SchemaMismatchError when of another schema.
    """
    if knowledge.as_of != request.at or knowledge.citizen_id != request.citizen_id:
        raise ValueError("a decision needs the citizen's knowledge as of its own time")
    if knowledge.schema_digest != engine.versions.schema:
        raise SchemaMismatchError(
            f"knowledge follows schema {knowledge.schema_digest[:12]}, the engine {engine.versions.schema[:12]}",
            mend="materialise with the engine's schema, or restart with the store's",
        )
    if request.mode is Mode.RULES_ONLY:
        knowledge = unprofiled(knowledge)
    starts = since(knowledge, engine.periods, engine.zone)
    assessed = engine.rules.assess(knowledge, starts)
    renewed = engine.renewals.due(knowledge, starts[NOW]) if engine.renewals.periods else {}
    called = {**engine.calls.called(knowledge, starts), **{i: Called((due,), False) for i, due in renewed.items()}}
    personal = request.mode is Mode.PERSONAL
    scores = _scores(knowledge, engine, engine.scorer) if personal else (nan,) * len(engine.columns)
    beside = None if shadow is None or not personal else Shadow(shadow.version, _scores(knowledge, engine, shadow))
    barred = {i: bar for i, bar in engine.bars.barred(knowledge).items() if i not in renewed}
    drafts = [
        Draft(service, assessed[i].status, scores[i], called.get(i, UNCALLED), barred.get(i))
        for i, service in enumerate(engine.catalogue.services)
    ]
    order = _order(drafts)
    paused = pausing(engine.catalogue.pauses, knowledge, starts) if engine.catalogue.pauses else frozenset()
    thresholds = engine.scorer.thresholds
    moment = Moment(engine.policy, to_us(request.at), request.trigger, standing, thresholds, paused, request.mode)
    verdict = moment.decide(drafts, order)
    candidates = _candidates(drafts, assessed, order, verdict)
    kept = moment.looked_at(drafts)
    receipt = encode(request, engine.versions, knowledge, kept, Made(candidates, verdict.push, beside))
    return Decision(request, engine.versions, candidates, verdict.push, receipt, frozenset(knowledge.told))


def replay(receipt: bytes, engine: Engine, rebuild: Rebuild, shadow: Scorer | None = None) -> bytes:
    """Decide again what a receipt records, from its own facts; equal bytes are the proof that it was so.

    shadow : the challenger whose scores it records; None when it records none.
    Raises ReceiptError when the engine, or the challenger, is of other versions than the receipt.
    """
    read = decode(receipt)
    if read.versions != engine.versions:
        raise ReceiptError(
            f"decision {read.request.decision_id} was made with {read.versions}, at hand is {engine.versions}",
            mend="replay it with the catalogue, model, policy and schema it names",
        )
    if (None if read.shadow is None else read.shadow.version) != (None if shadow is None else shadow.version):
        raise ReceiptError(
            f"decision {read.request.decision_id} was made beside another challenger than the one at hand",
            mend="replay it with the challenger it names",
        )
    rebuilt = rebuild(read.request.citizen_id, read.request.at, read.state, read.recent)
    knowledge = with_told(uncertain(rebuilt, read.disputed), read.told)
    return recommend(read.request, knowledge, read.standing, engine=engine, shadow=shadow).receipt


def _scores(knowledge: Knowledge, engine: Engine, scorer: Scorer) -> tuple[float, ...]:
    """Per service the score of its need key; NaN where the model gives none."""
    if not scorer.need_keys:
        return (nan,) * len(engine.columns)
    columns = engine.columns if scorer is engine.scorer else columns_of(engine.catalogue, scorer)
    by_need = [*scorer.score(engine.vectoriser.vector(knowledge))[0].tolist(), nan]
    return tuple([by_need[column] if by_need[column] == by_need[column] else nan for column in columns])


def _order(drafts: Sequence[Draft]) -> list[int]:
    """Places of those shown, best first."""
    keyed = [
        (
            draft.status is Status.UNKNOWN,
            not draft.called.openings,
            -draft.score if draft.score == draft.score else 1.0,
            i,
        )
        for i, draft in enumerate(drafts)
        if draft.status is not Status.NOT_ELIGIBLE and draft.barred is None
    ]
    return [key[-1] for key in sorted(keyed)]


def _candidates(
    drafts: Sequence[Draft], assessed: Sequence[Assessment], order: Sequence[int], verdict: Verdict
) -> tuple[Candidate, ...]:
    ranks: list[int | None] = [None] * len(drafts)
    for rank, place in enumerate(order, start=1):
        ranks[place] = rank
    return tuple(
        [
            Candidate(
                draft.service.service_id,
                draft.status,
                assessed[i].results,
                assessed[i].missing,
                draft.score,
                verdict.causes[i],
                draft.barred is Withheld.ALREADY_HELD,
                ranks[i],
                verdict.withheld[i],
            )
            for i, draft in enumerate(drafts)
        ]
    )
