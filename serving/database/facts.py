"""The event log: every accepted fact once, in the order accepted, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import cbor2
from sqlalchemy import bindparam, func, select, update

from recommender.errors import ConflictError
from recommender.facts import Fact, FactKind, UseChange
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId, ServiceId
from recommender.instants import from_us, to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.tables import fact as _facts

ACCEPTED: Literal["accepted"] = "accepted"
PARKED: Literal["parked"] = "parked"
DECIDED: Literal["decided"] = "decided"
Answer = Literal["accepted", "parked"]
State = Literal["accepted", "parked", "decided"]
_READ = (
    _facts.c.fact_id,
    _facts.c.citizen_id,
    _facts.c.kind,
    _facts.c.happened_us,
    _facts.c.known_us,
    _facts.c.content,
)
_FIRST = select(_facts.c.body_digest, _facts.c.first_answer).where(_facts.c.fact_id == bindparam("fact_id"))
_CONTENT = select(_facts.c.content).where(_facts.c.fact_id == bindparam("fact_id"))
_WAITING = select(*_READ).where(_facts.c.state == ACCEPTED).order_by(_facts.c.number).limit(bindparam("most"))
_OF_CITIZEN = (
    select(*_READ)
    .where(_facts.c.citizen_id == bindparam("citizen_id"), _facts.c.state != PARKED)
    .order_by(_facts.c.number)
)
_STATE = select(_facts.c.state, _facts.c.decision_id).where(
    _facts.c.fact_id == bindparam("fact_id"), _facts.c.portal == bindparam("portal")
)
_UNPARK = update(_facts).where(_facts.c.citizen_id == bindparam("of"), _facts.c.state == PARKED).values(state=ACCEPTED)
_DECIDE = (
    update(_facts)
    .where(_facts.c.fact_id == bindparam("of"), _facts.c.state == ACCEPTED)
    .values(state=DECIDED, decision_id=bindparam("by"))
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The fact is in the log. status: accepted, or parked until its citizen is known."""

    status: Answer


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same fact was in the log before; `status` is the first answer again."""

    status: Answer


def accept(conn: Connection, fact: Fact, body_digest: str, portal: str, parked: bool) -> Accepted | Repeated:
    """Write a fact to the log, once. Raises ConflictError when its id came before with another body."""
    status: Answer = PARKED if parked else ACCEPTED
    row = {
        "fact_id": fact.fact_id,
        "portal": portal,
        "body_digest": body_digest,
        "first_answer": status,
        "citizen_id": fact.citizen_id,
        "kind": fact.kind.value,
        "happened_us": to_us(fact.happened_at),
        "known_us": to_us(fact.known_at),
        "content": _content(fact),
        "state": status,
    }
    if insert_once(conn, _facts, row):
        return Accepted(status)
    digest, first = conn.execute(_FIRST, {"fact_id": fact.fact_id}).one()
    if digest != body_digest:
        raise ConflictError("this id came before with another content", mend="send a new fact under a new id")
    return Repeated(first)


def undecided(conn: Connection, limit: int) -> Sequence[Fact]:
    """Accepted facts that nothing was decided on yet, oldest first."""
    return [_fact(row) for row in conn.execute(_WAITING, {"most": limit})]


def facts_of(conn: Connection, citizen_id: CitizenId) -> tuple[Fact, ...]:
    """All facts of a citizen in the log, in the order accepted; parked ones are not told yet."""
    return tuple(_fact(row) for row in conn.execute(_OF_CITIZEN, {"citizen_id": citizen_id}))


def find_state(conn: Connection, fact_id: FactId, portal: str) -> tuple[State, DecisionId | None] | None:
    """State and decision of a fact that this portal sent; None when it sent none."""
    found = conn.execute(_STATE, {"fact_id": fact_id, "portal": portal}).first()
    return None if found is None else (found.state, found.decision_id)


def find_register(conn: Connection, fact_id: FactId) -> str | None:
    """The register that told a fact of the log; None for one that is not in it."""
    content: bytes | None = conn.execute(_CONTENT, {"fact_id": fact_id}).scalar()
    return None if content is None else str(cbor2.loads(content)[0])


def decided(conn: Connection, fact_id: FactId, decision_id: DecisionId) -> None:
    """The fact was decided on. Raises ConflictError when it was before: one decision per fact."""
    if conn.execute(_DECIDE, {"of": fact_id, "by": decision_id}).rowcount != 1:
        raise ConflictError(f"fact {fact_id} was decided on before")


def unpark(conn: Connection, citizen_id: CitizenId) -> int:
    """Let a citizen's parked facts be decided on; how many."""
    return conn.execute(_UNPARK, {"of": citizen_id}).rowcount


def parked_citizens(conn: Connection) -> Sequence[CitizenId]:
    """Citizens with parked facts."""
    query = select(_facts.c.citizen_id).where(_facts.c.state == PARKED).distinct()
    return [CitizenId(citizen_id) for citizen_id in conn.execute(query).scalars()]


def citizens_told_of(conn: Connection) -> Sequence[CitizenId]:
    """Citizens of whom the log tells anything."""
    query = select(_facts.c.citizen_id).where(_facts.c.state != PARKED).distinct()
    return [CitizenId(citizen_id) for citizen_id in conn.execute(query).scalars()]


def latest_known(conn: Connection) -> int | None:
    """The latest known time in the log, microseconds; None for an empty log."""
    found: int | None = conn.execute(select(func.max(_facts.c.known_us))).scalar()
    return found


def _content(fact: Fact) -> bytes:
    """All that is not a column of its own."""
    return cbor2.dumps(
        [fact.register, fact.event_type, dict(fact.values), fact.service_id, fact.use, fact.corrects, fact.withdrawn]
    )


def _fact(row: Any) -> Fact:
    register, event_type, values, service_id, use, corrects, withdrawn = cbor2.loads(row.content)
    happened_at: datetime = from_us(row.happened_us)
    return Fact(
        fact_id=FactId(row.fact_id),
        citizen_id=CitizenId(row.citizen_id),
        kind=FactKind(row.kind),
        register=register,
        happened_at=happened_at,
        known_at=from_us(row.known_us),
        event_type=None if event_type is None else EventType(event_type),
        values=values,
        service_id=None if service_id is None else ServiceId(service_id),
        use=None if use is None else UseChange(use),
        corrects=None if corrects is None else FactId(corrects),
        withdrawn=withdrawn,
    )
