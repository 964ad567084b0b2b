"""Decisions with their receipts, and what follows from a push: notification, services, outbox row, all at once."""

import hashlib
from random import Random
from uuid import uuid4

import cbor2
from sqlalchemy import bindparam, insert, select, update

from recommender.decision import Decision, PlannedNotification, Trigger
from recommender.errors import ErasedError, NotFoundError
from recommender.identifiers import DecisionId, NotificationId
from recommender.instants import to_us
from serving.database.answer_tables import erased_decision
from serving.database.connect import Connection
from serving.database.outbox import CREATED, begin
from serving.database.tables import decision as _decisions
from serving.database.tables import fact, notification, notification_service

_LATEST = (
    select(_decisions.c.decision_id, _decisions.c.silence)
    .where(_decisions.c.citizen_id == bindparam("citizen_id"))
    .order_by(_decisions.c.first_us.desc())
    .limit(1)
)
_AGAIN = (
    update(_decisions)
    .where(_decisions.c.decision_id == bindparam("of"))
    .values(last_us=bindparam("at_us"), times=_decisions.c.times + 1)
)
_RECEIPT = select(_decisions.c.receipt).where(_decisions.c.decision_id == bindparam("decision_id"))
_ERASED = select(erased_decision.c.decision_id).where(erased_decision.c.decision_id == bindparam("decision_id"))
_KNOWN = select(fact.c.known_us).where(fact.c.fact_id == bindparam("fact_id"))
_INSERT = insert(_decisions)
_FROM = (
    select(_decisions.c.decision_id)
    .where(_decisions.c.decision_id >= bindparam("beginning"))
    .order_by(_decisions.c.decision_id)
    .limit(1)
)


def record(conn: Connection, decision: Decision) -> DecisionId:
    """Write a decision, its receipt and its push; the id under which the receipt can be read.

    A silence that says, but for its id and time, what the citizen's latest one said is not stored again: that one's
    last time moves, and its id is given.
    """
    request = decision.request
    at_us = to_us(request.at)
    silence = None if request.trigger is Trigger.FACT or decision.push else _silence(decision.receipt)
    if silence is not None:
        latest = conn.execute(_LATEST, {"citizen_id": request.citizen_id}).first()
        if latest is not None and latest.silence == silence:
            conn.execute(_AGAIN, {"of": latest.decision_id, "at_us": at_us})
            return DecisionId(latest.decision_id)
    row = {
        "decision_id": request.decision_id,
        "citizen_id": request.citizen_id,
        "trigger": request.trigger.value,
        "first_us": at_us,
        "last_us": at_us,
        "times": 1,
        "silence": silence,
        "receipt": decision.receipt,
    }
    conn.execute(_INSERT, row)
    for planned in decision.push:
        _notify(conn, decision, planned, at_us)
    return request.decision_id


def get_receipt(conn: Connection, decision_id: DecisionId) -> bytes:
    """The receipt's bytes. Raises NotFoundError."""
    found: bytes | None = conn.execute(_RECEIPT, {"decision_id": decision_id}).scalar()
    if found is None:
        if conn.execute(_ERASED, {"decision_id": decision_id}).first() is not None:
            raise ErasedError("erased", mend="everything about its citizen was erased; nothing is left to read")
        raise NotFoundError("no such decision is on record", mend="take the id from an answer or a notification")
    return bytes(found)


def sample_ids(conn: Connection, size: int, random: Random) -> list[DecisionId]:
    """So many different decisions at random, or all where there are fewer.

    Ids are random hexadecimal numbers, so the one after a random number is a fair draw without reading the table.
    """
    found: dict[DecisionId, None] = {}
    for _ in range(4 * size):
        if len(found) >= size:
            break
        drawn = conn.execute(_FROM, {"beginning": f"{random.getrandbits(128):032x}"}).scalar()
        if drawn is not None:
            found[DecisionId(drawn)] = None
    if len(found) < size:  # few decisions, or ids of another kind: from the first on
        rest = conn.execute(_FROM.limit(2 * size), {"beginning": ""}).scalars()
        found.update(dict.fromkeys(map(DecisionId, rest)))
    return list(found)[:size]


def _notify(conn: Connection, decision: Decision, planned: PlannedNotification, at_us: int) -> None:
    notification_id = uuid4().hex
    known_us = None
    if decision.request.fact_id is not None:
        known_us = conn.execute(_KNOWN, {"fact_id": decision.request.fact_id}).scalar()
    row = {
        "notification_id": notification_id,
        "decision_id": decision.request.decision_id,
        "catalogue": decision.versions.catalogue,
        "model": decision.versions.model,
        "citizen_id": decision.request.citizen_id,
        "root": planned.cause.root,
        "happened_us": planned.cause.happened_us,
        "event_type": planned.cause.event_type,
        "date": planned.cause.date,
        "deadline_us": None if planned.deadline is None else to_us(planned.deadline),
        "created_us": at_us,
        "known_us": known_us,
        "state": CREATED,
    }
    conn.execute(insert(notification), row)
    services = [
        {"notification_id": notification_id, "place": place, "service_id": service_id}
        for place, service_id in enumerate(planned.service_ids)
    ]
    conn.execute(insert(notification_service), services)
    at = decision.request.at
    begin(conn, NotificationId(notification_id), planned.not_before or at, at)


def _silence(receipt: bytes) -> bytes:
    """Digest of a receipt's content without its decision's id and time."""
    form, request, *content = cbor2.loads(receipt)
    return hashlib.sha256(cbor2.dumps([form, request[1], request[3:], content])).digest()
