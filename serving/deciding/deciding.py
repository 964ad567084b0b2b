"""Runs the pipeline for a request, and in the background for every accepted fact, and records what was decided."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from recommender.clock import Clock
from recommender.decision import Decision, DecisionRequest, LegalGround, Standing, Trigger
from recommender.errors import ConflictError, HeraldError, NotFoundError, WorkspaceError
from recommender.facts import Fact, Knowledge
from recommender.identifiers import CitizenId, DecisionId, FactId, ServiceId
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend
from recommender.ports import Scorer
from recommender.rules_only import Picked
from serving.database import corrections, decisions, facts, feedback, standing
from serving.database.connect import Connection, Database
from serving.database.outbox import WITHDRAWN
from serving.database.standing import QuietOf
from serving.deciding.households import Households
from serving.deciding.knowing import Knowing
from serving.metrics import Metrics
from serving.versions.champion import Champion

_NOBODY_IS_TOLD = Standing(ground=None)
"""For a request: the policy pushes nothing then and looks at no standing, so none is read."""

log = logging.getLogger("herald.deciding")

GroundOf = Callable[[CitizenId], LegalGround | None]


class Requested(NamedTuple):
    """A decision made for a request. on_record: the receipt's id, an earlier one's when the same was decided then.

    wrong : the services of which the citizen said that they are wrong, until that is settled.
    """

    decision: Decision
    on_record: DecisionId
    knowledge: Knowledge
    wrong: frozenset[ServiceId]


@dataclass
class Decider:
    """Makes decisions. One thread works through the facts, so a citizen's facts are decided in the order accepted.

    ground_of : the ground on which a citizen may be told as long as nothing was said by or for them.
    quiet_of  : when a citizen is not to be disturbed.
    households : which services others of the household were told of.
    batch     : facts read from the queue at a time. retry_s: seconds after which a decision that failed is tried again.
    shadow    : the challenger that scores beside the champion where nobody waits for the answer; None: there is none.
    on_push   : tells the delivery that there is something to deliver; called after the commit.
    """

    database: Database
    knowing: Knowing
    champion: Champion
    clock: Clock
    metrics: Metrics
    ground_of: GroundOf
    quiet_of: QuietOf
    households: Households
    batch: int
    retry_s: float
    shadow: Callable[[], Scorer | None] = lambda: None
    on_push: Callable[[], None] = lambda: None
    _failed: dict[FactId, tuple[datetime, CitizenId]] = field(default_factory=dict)
    _stale: deque[CitizenId] = field(default_factory=deque)

    def for_request(self, citizen_id: CitizenId, picked: Picked | None = None) -> "Requested":
        """Decide because a portal asks; the receipt is committed when this returns, and nothing is pushed.

        picked : what the citizen says for this one answer; then no stored profile is read, nor the model asked.
        Raises NoChampionError, and NotFoundError when nothing is known about the citizen.
        """
        at = self.clock.now()
        engine = self.champion.engine_at(at)
        known = self.knowing.read(citizen_id, at, picked)
        if known is None:
            raise NotFoundError("nothing is known about this citizen yet", mend="send attributes or ingest")
        request = DecisionRequest(_new_id(), citizen_id, at, Trigger.REQUEST, mode=known.mode)
        decision = recommend(request, known.knowledge, _NOBODY_IS_TOLD, engine=engine)
        with self.database.write() as conn:
            on_record = decisions.record(conn, decision)
            wrong = frozenset(service_id for _, service_id in feedback.still_wrong(conn, citizen_id))
        self.metrics.decisions.labels(Trigger.REQUEST.value).inc()
        return Requested(decision, on_record, known.knowledge, wrong)

    def for_night(self, citizen_id: CitizenId) -> Decision | None:
        """Decide without a new fact, on what dates, deadlines and freed caps make of what is known; None: of nobody."""
        at = self.clock.now()
        known = self.knowing.read(citizen_id, at)
        if known is None:
            return None
        request = DecisionRequest(_new_id(), citizen_id, at, Trigger.NIGHTLY, mode=known.mode)
        decision = self._recorded(request, known.knowledge, self.champion.engine_at(at))
        if decision.push:
            self.on_push()
        self._count(decision)
        return decision

    def step(self) -> bool:
        """Decide on the oldest accepted facts; True when there may be more."""
        if not self.champion.loaded:
            return False
        with self.database.read() as conn:
            waiting = facts.undecided(conn, self.batch + len(self._failed))
        self.metrics.undecided.set(len(waiting))
        due = self._due(waiting)
        for fact in due:
            self._try(fact)
        return bool(due) or self._refresh_one()

    def recompute(self) -> None:
        """Bring the online features up to date with the log, citizen by citizen, whenever there is nothing to decide.

        Called at start: the online store is a cache, and a crash or a rebuild may have cost it what the log knows. Done
        in the deciding thread, because two refreshes of one citizen at once could leave the older one.
        """
        with self.database.read() as conn:
            self._stale.extend(facts.citizens_told_of(conn))

    def _refresh_one(self) -> bool:
        if not self._stale:
            return False
        citizen_id = self._stale.popleft()
        with self.database.read() as conn:
            accepted = facts.facts_of(conn, citizen_id)
        if accepted:  # none: the citizen was erased since the start
            self.knowing.online.refresh(citizen_id, accepted, self.clock.now())
        return True

    def _due(self, waiting: Sequence[Fact]) -> list[Fact]:
        """Facts to decide on now. After one that failed, its citizen's later ones wait with it."""
        now = self.clock.now()
        blocked = {citizen for at, citizen in self._failed.values() if at > now}
        return [fact for fact in waiting if fact.citizen_id not in blocked]

    def _try(self, fact: Fact) -> None:
        if any(citizen == fact.citizen_id and of != fact.fact_id for of, (_, citizen) in self._failed.items()):
            return
        try:
            self._for_fact(fact)
            self._failed.pop(fact.fact_id, None)
        except ConflictError:
            self._failed.pop(fact.fact_id, None)  # another process decided on it first: one decision per fact
        except Exception as error:
            self._failed[fact.fact_id] = (self.clock.now() + timedelta(seconds=self.retry_s), fact.citizen_id)
            self.metrics.decisions_failed.inc()
            about = {"fact_id": fact.fact_id, "citizen_id": fact.citizen_id, "reason": str(error)}
            log.error("decision_failed", extra=about, exc_info=not isinstance(error, HeraldError))

    def _for_fact(self, fact: Fact) -> None:
        at = max(self.clock.now(), fact.known_at)
        engine = self.champion.engine_at(at)
        with self.database.read() as conn:
            accepted = facts.facts_of(conn, fact.citizen_id)
        known = self.knowing.refresh(fact.citizen_id, accepted, at)
        request = DecisionRequest(_new_id(), fact.citizen_id, at, Trigger.FACT, fact_id=fact.fact_id, mode=known.mode)
        root = _corrected_root(fact, accepted)
        if root is not None:
            self._take_back(fact, root, known.knowledge, at)
        decision = self._recorded(request, known.knowledge, engine)
        if decision.push:
            self.on_push()
        self._count(decision)
        self.metrics.event_to_decision_s.observe(max(0.0, (self.clock.now() - fact.known_at).total_seconds()))
        self.metrics.online_known_at.set(fact.known_at.timestamp())

    def _take_back(self, fact: Fact, root: FactId, knowledge: Knowledge, at: datetime) -> None:
        """Take back what was told because of a life event that did not happen, or was of another type."""
        now = next((event.event_type for event in knowledge.recent if event.root == root), None)
        stands = now or (None if fact.withdrawn else fact.event_type)
        with self.database.write() as conn:
            ids = corrections.of_cause(conn, fact.citizen_id, root, stands)
            told = corrections.take_back(conn, ids, at, WITHDRAWN).told
        if told:
            self.on_push()

    def _recorded(self, request: DecisionRequest, knowledge: Knowledge, engine: Engine) -> Decision:
        """Decide by what stands and write it down; again when something else was told to the citizen in between."""
        while True:
            with self.database.read() as conn:
                stand = self._standing(conn, request, engine)
            if not stand.readable:
                # the fact waits, to be decided when it can be: recorded as withheld now, it would never be told
                raise WorkspaceError("what a citizen was told cannot be read", mend="see the line before this one")
            decision = recommend(request, knowledge, stand, engine=engine, shadow=self.shadow())
            with self.database.write() as conn:
                if decision.push:
                    standing.hold(conn, request.citizen_id)
                    if engine.catalogue.shared:
                        self.households.hold(conn, request.citizen_id)
                    if self._standing(conn, request, engine) != stand:
                        continue
                decisions.record(conn, decision)
                if request.fact_id is not None:
                    facts.decided(conn, request.fact_id, request.decision_id)
            return decision

    def _standing(self, conn: Connection, request: DecisionRequest, engine: Engine) -> Standing:
        ground = self.ground_of(request.citizen_id)
        stand = standing.read_standing(conn, request.citizen_id, request.at, ground, self.quiet_of)
        shared = engine.catalogue.shared
        return self.households.with_told(conn, stand, request.citizen_id, to_us(request.at), shared)

    def _count(self, decision: Decision) -> None:
        trigger = decision.request.trigger.value
        self.metrics.decisions.labels(trigger).inc()
        for candidate in decision.candidates:
            if candidate.withheld is not None:
                self.metrics.withheld.labels(trigger, candidate.withheld.value).inc()
        for _ in decision.push:
            self.metrics.pushes.labels("created").inc()


def _corrected_root(fact: Fact, accepted: Sequence[Fact]) -> FactId | None:
    """The first fact of those that this one corrects, one after the other; None when it corrects none."""
    if fact.corrects is None:
        return None
    corrected = {each.fact_id: each.corrects for each in accepted if each.corrects is not None}
    root, steps = fact.corrects, 0
    while root in corrected and steps <= len(corrected):  # a ring of corrections ends somewhere
        root, steps = corrected[root], steps + 1
    return root


def _new_id() -> DecisionId:
    return DecisionId(uuid4().hex)
