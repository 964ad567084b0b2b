"""Facts at the door: checked against what this town knows, then written to the event log in one transaction."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from recommender.clock import Clock
from recommender.errors import InvalidFactError, NotFoundError
from recommender.facts import Fact, FactKind, Scalar
from recommender.identifiers import CitizenId, EventType, FactId
from serving.bodies.requests import AttributesIn, LifeEventIn
from serving.bodies.responses import FactOut, FactStateOut
from serving.bodies.values import instant_of, value_of
from serving.database import citizens, facts
from serving.database.connect import Database
from serving.database.erasing import ErasedOf
from serving.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be said: the life-event types and the attributes with their kinds (number, boolean, category, time)."""

    event_types: frozenset[str]
    attributes: Mapping[str, str]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Intake:
    """Accepts facts.

    skew_s : seconds by which a fact may lie in the future because clocks differ.
    known  : whether a citizen is known from the offline store; those known by API are in the operational database.
    erased : whether a citizen was erased: nothing about them is taken in any more.
    wake   : tells the decider that there is something to do; called after the commit.
    """

    database: Database
    clock: Clock
    terms: Terms
    metrics: Metrics
    skew_s: float
    known: Callable[[CitizenId], bool]
    wake: Callable[[], None]
    erased: ErasedOf

    def life_event(self, body: LifeEventIn, citizen_id: CitizenId, portal: str) -> FactOut:
        """The life event is in the log, to be decided on; parked when the citizen is not known yet.

        Raises InvalidFactError (unknown type, in the future), ConflictError (same id, other body).
        """
        now = self.clock.now()
        if body.type not in self.terms.event_types:
            raise InvalidFactError("the type of life event is not known here", mend="see the descriptor's event types")
        fact = Fact(
            fact_id=FactId(body.id),
            citizen_id=citizen_id,
            kind=FactKind.LIFE_EVENT,
            register=portal,
            happened_at=self._past(body.happened_at, now),
            known_at=now,
            event_type=EventType(body.type),
            corrects=FactId(body.corrects) if body.corrects else None,
            withdrawn=body.withdrawn,
        )
        return self._accept(fact, _digest(body, citizen_id), portal)

    def attributes(self, body: AttributesIn, citizen_id: CitizenId, portal: str) -> FactOut:
        """The attributes are in the log; a citizen not known before is known now, and their parked facts wait no more.

        Raises as `life_event` does, and for an attribute that is not known here or of another kind.
        """
        now = self.clock.now()
        fact = Fact(
            fact_id=FactId(body.id),
            citizen_id=citizen_id,
            kind=FactKind.ATTRIBUTES,
            register=portal,
            happened_at=self._past(body.as_of, now),
            known_at=now,
            values={name: self._value(name, value) for name, value in body.values.items()},
            corrects=FactId(body.corrects) if body.corrects else None,
        )
        return self._accept(fact, _digest(body, citizen_id), portal)

    def state(self, fact_id: FactId, portal: str) -> FactStateOut:
        """What became of a fact since. Raises NotFoundError unless this portal sent it."""
        with self.database.read() as conn:
            found = facts.find_state(conn, fact_id, portal)
        if found is None:
            raise NotFoundError("this portal sent no such fact", mend="ask with the id it was sent under")
        status, decision_id = found
        return FactStateOut(fact_id=fact_id, status=status, decision_id=decision_id)

    def unpark_known(self) -> int:
        """Let parked facts whose citizen has come by an ingest since be decided on; how many."""
        with self.database.read() as conn:
            waiting = facts.parked_citizens(conn)
        arrived = [citizen_id for citizen_id in waiting if self.known(citizen_id)]
        with self.database.write() as conn:
            return sum(facts.unpark(conn, citizen_id) for citizen_id in arrived)

    def _accept(self, fact: Fact, digest: str, portal: str) -> FactOut:
        known_offline = self.known(fact.citizen_id)
        makes_known = fact.kind is FactKind.ATTRIBUTES
        with self.database.write() as conn:
            if self.erased(conn, fact.citizen_id):
                self.metrics.facts.labels(fact.kind.value, "erased").inc()
                return FactOut(fact_id=fact.fact_id, status="erased")
            parked = not (makes_known or known_offline or citizens.is_known(conn, fact.citizen_id))
            answer = facts.accept(conn, fact, digest, portal, parked)
            if makes_known and isinstance(answer, facts.Accepted):
                citizens.ensure_known(conn, fact.citizen_id, fact.known_at)
                facts.unpark(conn, fact.citizen_id)
        first = isinstance(answer, facts.Accepted)
        self.metrics.facts.labels(fact.kind.value, answer.status if first else "repeated").inc()
        if first and not parked:
            self.wake()
        return FactOut(fact_id=fact.fact_id, status=answer.status)

    def _past(self, text: str, now: datetime) -> datetime:
        at = instant_of(text, self.terms.zone.key)
        if at > now + timedelta(seconds=self.skew_s):
            raise InvalidFactError(
                f"the time lies in the future (it is {now.isoformat(timespec='seconds')} here)",
                mend="send a fact when it has happened; check the sender's clock",
            )
        return at

    def _value(self, name: str, value: object) -> Scalar | None:
        kind = self.terms.attributes.get(name)
        if kind is None:
            raise InvalidFactError(
                f"no attribute {json.dumps(name)} is known here", mend="see the descriptor's columns"
            )
        if value is None:
            return None
        return value_of(name, kind, value, self.terms.zone.key)


def _digest(body: LifeEventIn | AttributesIn, citizen_id: CitizenId) -> str:
    """The same for the same content, however it was spelt as JSON and whichever way the citizen was named."""
    content = body.model_dump(mode="json", exclude={"citizen_id", "register_number"}) | {"citizen": citizen_id}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
