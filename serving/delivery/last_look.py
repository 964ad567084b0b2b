"""The last look before a notification leaves by any channel: what may have changed since it was decided.

Whatever cannot be read lets it wait (promise 6).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from recommender.decision import LegalGround, Withheld
from recommender.identifiers import ServiceId
from recommender.policy import loopback_only, may_inform
from serving.database import grounds, inbox
from serving.database.connect import Connection
from serving.database.outbox import INBOX, Claimed
from serving.database.preferences import PROFILING, REFUSED, preferences_of, said
from serving.database.safe_mode import safe_of
from serving.database.standing import QuietOf
from serving.deciding.grounds import PURPOSE, DefaultGround
from serving.delivery.holding import Held, Holding

log = logging.getLogger("herald.delivery")

NOT_LOOPBACK = "research_replay_reaches_loopback_only"
SAFE_MODE = "safe_mode"
LOOK_AGAIN = timedelta(minutes=5)
STOP_AGAIN = timedelta(minutes=1)
"""How long what is stopped sleeps at most: a lifting releases it at once, unless it crossed a worker's look."""


class Verdict(NamedTuple):
    """What follows: cancelled for a reason, waiting until a time, or, with neither, it may leave.

    held : what holds it, where somebody must lift it.
    drop : services of an authority by which the citizen does not want to be told any more; the others may leave.
    """

    cancel: str = ""
    until: datetime | None = None
    held: str = ""
    drop: tuple[ServiceId, ...] = ()


@dataclass(frozen=True, slots=True)
class LastLook:
    """Looks at deadline, ground, objections, profiling, safe mode, stops and quiet hours.

    holding  : what operators stopped, deadlines, and the catalogue that it was decided by.
    loopback : whether the inbox reaches this machine only; a replay of research data goes nowhere else.
    """

    default: DefaultGround
    quiet_of: QuietOf
    holding: Holding
    loopback: bool

    def at(self, conn: Connection, row: Claimed, now: datetime) -> Verdict:
        """Ask in the transaction that shows it, or just before it is handed over."""
        return self.at_all(conn, [row], now)[0]

    def at_all(self, conn: Connection, rows: Sequence[Claimed], now: datetime) -> list[Verdict]:
        """The same of many, in their order: what is known of all of them is read together."""
        if not rows:
            return []
        known = _Known.read(conn, rows)
        held = self.holding.look_at_all(conn, [(row.notification_id, row.channel) for row in rows], now)
        return [self._judged(row, stop, known, now) for row, stop in zip(rows, held, strict=True)]

    def _judged(self, row: Claimed, held: Held | None, known: "_Known", now: datetime) -> Verdict:
        if held is not None:
            return Verdict(held.reason) if held.for_good else Verdict(until=now + STOP_AGAIN, held=held.reason)
        try:
            return self._of_citizen(row, known, now)
        except (ValueError, KeyError, TypeError) as error:  # one citizen's damaged record must not stop everybody's
            log.error("delivery_unreadable", extra={"outbox_id": row.outbox_id, "reason": str(error)})
            return Verdict(until=now + LOOK_AGAIN)

    def _of_citizen(self, row: Claimed, known: "_Known", now: datetime) -> Verdict:
        barred = self._barred(row, known.grounds.get(row.citizen_id) or self.default(row.citizen_id))
        if barred:
            return Verdict(barred)
        wishes = said(known.preferences.get(row.citizen_id))
        if wishes.get(PROFILING) == REFUSED and row.corrects is None:
            return Verdict(Withheld.NOT_PROFILED.value)
        if row.channel != INBOX and row.citizen_id in known.safe:
            return Verdict(SAFE_MODE)
        objected = known.objected.get(row.citizen_id, frozenset())
        named = known.services.get(row.notification_id, ()) if objected else ()
        drop = tuple(service for service in named if self.holding.authority_of(service) in objected)
        if drop and len(drop) == len(named):
            return Verdict(Withheld.OBJECTED.value)
        quiet = self.quiet_of(wishes, now)
        if quiet is None or not quiet.holds(now):
            return Verdict(drop=drop)
        allowed = quiet.next_allowed(now)
        late = row.deadline is not None and row.deadline < allowed
        return Verdict(Withheld.TOO_LATE.value) if late else Verdict(until=allowed)

    def _barred(self, row: Claimed, ground: LegalGround | None) -> str:
        barred = may_inform(ground)
        if barred is not None:
            return barred.value
        if ground is not None and loopback_only(ground) and not (self.loopback and row.channel == INBOX):
            return NOT_LOOPBACK
        return ""


class _Known(NamedTuple):
    """What is on record of some notifications and their citizens, by their ids."""

    grounds: Mapping[str, LegalGround]
    objected: Mapping[str, frozenset[str]]
    preferences: Mapping[str, str]
    safe: frozenset[str]
    services: Mapping[str, tuple[ServiceId, ...]]

    @classmethod
    def read(cls, conn: Connection, rows: Sequence[Claimed]) -> "_Known":
        citizens = sorted({row.citizen_id for row in rows})
        objected = grounds.objections_of(conn, citizens, PURPOSE)
        return cls(
            grounds.grounds_of(conn, citizens, PURPOSE),
            objected,
            preferences_of(conn, citizens),
            safe_of(conn, citizens),
            inbox.services_of(conn, [row.notification_id for row in rows]) if objected else {},
        )
