"""Disputes on record: raised once a subject, asked of the register until it answers, settled once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, func, select, update

from recommender.bundles import QUESTION
from recommender.disputes import Disputed
from recommender.identifiers import CitizenId, EventType, FactId, ServiceId
from recommender.instants import to_us
from serving.database.answer_tables import dispute as _disputes
from serving.database.connect import Connection
from serving.database.inserting import insert_once

OPEN, UPHELD, CORRECTED = "open", "upheld", "corrected"
WAITING, SENT, NOWHERE = "waiting", "sent", "nowhere"

_OF = (
    select(_disputes)
    .where(_disputes.c.citizen_id == bindparam("citizen_id"))
    .order_by(_disputes.c.raised_us, _disputes.c.dispute_id)
)
_HELD = _OF.where(_disputes.c.state != UPHELD)
_SAME = (
    select(_disputes.c.dispute_id, _disputes.c.services)
    .where(
        _disputes.c.citizen_id == bindparam("citizen_id"),
        _disputes.c.subject == bindparam("subject"),
        _disputes.c.state == OPEN,
    )
    .with_for_update()
)
_MORE = update(_disputes).where(_disputes.c.dispute_id == bindparam("of")).values(services=bindparam("named"))
_EVERY_OPEN = select(_disputes.c.citizen_id).where(_disputes.c.state == OPEN).distinct()
_ONE = select(_disputes).where(_disputes.c.dispute_id == bindparam("dispute_id"))
_DUE = (
    select(_disputes)
    .where(_disputes.c.asked == WAITING, _disputes.c.state == OPEN, _disputes.c.due_us <= bindparam("now_us"))
    .order_by(_disputes.c.due_us)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_SETTLE = (
    update(_disputes)
    .where(_disputes.c.dispute_id == bindparam("of"), _disputes.c.state == OPEN)
    .values(state=bindparam("to"), settled_us=bindparam("at_us"), settled_by=bindparam("by"), note=bindparam("why"))
)
_ASKED = (
    update(_disputes)
    .where(_disputes.c.dispute_id == bindparam("of"))
    .values(asked=bindparam("to"), due_us=bindparam("next_us"), attempts=bindparam("tries"))
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute. What is disputed: see `recommender.disputes.Disputed`."""

    dispute_id: str
    citizen_id: CitizenId
    services: tuple[ServiceId, ...]
    about: Disputed
    register: str
    raised_by: str
    state: str
    note: str
    settled_us: int | None
    asked: str
    attempts: int

    @property
    def raised_us(self) -> int:
        return self.about.raised_us


def raise_dispute(
    conn: Connection, citizen_id: CitizenId, about: Disputed, said: tuple[Sequence[ServiceId], str, str], *, asked: str
) -> bool:
    """Record it; False when an open one is about the same already: it is then about these services too.

    said  : of which services, the register that keeps the record, and who passed it on.
    asked : WAITING, or NOWHERE when the register has no address.
    """
    services, register, portal = said
    subject = f"attribute:{about.attribute}" if about.attribute else f"event:{about.event_type}:{about.root}"
    row = {
        "dispute_id": uuid4().hex,
        "citizen_id": citizen_id,
        "subject": subject,
        "services": json.dumps(sorted(services)),
        "root": about.root,
        "event_type": about.event_type,
        "attribute": about.attribute,
        "value": None if about.value is None else json.dumps(about.value),
        "register": register,
        "raised_us": about.raised_us,
        "raised_by": portal,
        "state": OPEN,
        "note": "",
        "asked": asked,
        "attempts": 0,
        "due_us": about.raised_us,
    }
    if insert_once(conn, _disputes, row):
        return True
    found = conn.execute(_SAME, {"citizen_id": citizen_id, "subject": subject}).first()
    if found is not None:
        more = sorted({*json.loads(found.services), *services})
        conn.execute(_MORE, {"of": found.dispute_id, "named": json.dumps(more)})
    return False


def held_back(conn: Connection, citizen_id: CitizenId) -> Sequence[Disputed]:
    """What is to be held back from decisions about the citizen: all but what a register upheld."""
    return [_dispute(row).about for row in conn.execute(_HELD, {"citizen_id": citizen_id})]


def disputed_roots(conn: Connection, citizen_id: CitizenId) -> frozenset[str]:
    """Roots of notifications that rest on a life event that is held back; of questions about it too."""
    roots = [about.root for about in held_back(conn, citizen_id) if about.root is not None]
    return frozenset({*roots, *(f"{QUESTION}{root}" for root in roots)})


def disputes_of(conn: Connection, citizen_id: CitizenId) -> Sequence[Dispute]:
    """Every dispute of a citizen, oldest first."""
    return [_dispute(row) for row in conn.execute(_OF, {"citizen_id": citizen_id})]


def find_dispute(conn: Connection, dispute_id: str) -> Dispute | None:
    """One dispute; None when there is none."""
    row = conn.execute(_ONE, {"dispute_id": dispute_id}).first()
    return None if row is None else _dispute(row)


def disputing_citizens(conn: Connection) -> Sequence[CitizenId]:
    """Citizens with an open dispute, in order."""
    return [CitizenId(citizen) for citizen in sorted(conn.execute(_EVERY_OPEN).scalars())]


def count_open(conn: Connection) -> int:
    """How many are open."""
    query = select(func.count()).select_from(_disputes).where(_disputes.c.state == OPEN)
    return int(conn.execute(query).scalar_one())


def settle(conn: Connection, dispute_id: str, state: str, by: str, note: str, at: datetime) -> bool:
    """Settle an open dispute; False when it is settled already."""
    settled = {"of": dispute_id, "to": state, "by": by, "why": note, "at_us": to_us(at)}
    return conn.execute(_SETTLE, settled).rowcount == 1


def claim_due(conn: Connection, now: datetime, lease_us: int) -> Dispute | None:
    """The next register to be asked, not to be asked again before the lease ends; None: nobody is waiting."""
    row = conn.execute(_DUE, {"now_us": to_us(now)}).first()
    if row is None:
        return None
    claimed = _dispute(row)
    tries = claimed.attempts + 1
    conn.execute(_ASKED, {"of": claimed.dispute_id, "to": WAITING, "next_us": to_us(now) + lease_us, "tries": tries})
    return claimed


def asked(conn: Connection, dispute: Dispute, *, again_us: int | None) -> None:
    """The register was asked; or, with `again_us`, it could not be and is to be asked then."""
    to = SENT if again_us is None else WAITING
    after = dispute.raised_us if again_us is None else again_us
    conn.execute(_ASKED, {"of": dispute.dispute_id, "to": to, "next_us": after, "tries": dispute.attempts + 1})


def _dispute(row: Any) -> Dispute:
    about = Disputed(
        row.raised_us,
        row.state == CORRECTED,
        None if row.root is None else FactId(row.root),
        None if row.event_type is None else EventType(row.event_type),
        row.attribute,
        None if row.value is None else json.loads(row.value),
    )
    return Dispute(
        row.dispute_id,
        CitizenId(row.citizen_id),
        tuple(ServiceId(each) for each in json.loads(row.services)),
        about,
        row.register,
        row.raised_by,
        row.state,
        row.note,
        row.settled_us,
        row.asked,
        row.attempts,
    )
