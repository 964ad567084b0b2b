"""The last look before a notification leaves by any channel: what may have changed since it was decided.

Whatever cannot be read lets it wait (promise 6).
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from recommender.decision import Withheld
from recommender.identifiers import ServiceId
from recommender.policy import loopback_only, may_inform
from serving.database import grounds, inbox
from serving.database.connect import Connection
from serving.database.outbox import INBOX, Claimed
from serving.database.preferences import PROFILING, REFUSED, read_preferences
from serving.database.safe_mode import is_safe
from serving.database.standing import QuietOf
from serving.grounds import PURPOSE, DefaultGround
from serving.holding import Holding

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
        try:
            return self._at(conn, row, now)
        except (ValueError, KeyError, TypeError) as error:  # one citizen's damaged record must not stop everybody's
            log.error("delivery_unreadable", extra={"outbox_id": row.outbox_id, "reason": str(error)})
            return Verdict(until=now + LOOK_AGAIN)

    def _at(self, conn: Connection, row: Claimed, now: datetime) -> Verdict:
        held = self.holding.look(conn, row.notification_id, row.channel, now)
        if held is not None:
            return Verdict(held.reason) if held.for_good else Verdict(until=now + STOP_AGAIN, held=held.reason)
        barred = self._barred(conn, row)
        if barred:
            return Verdict(barred)
        said = read_preferences(conn, row.citizen_id)
        if said.get(PROFILING) == REFUSED and row.corrects is None:
            return Verdict(Withheld.NOT_PROFILED.value)
        if row.channel != INBOX and is_safe(conn, row.citizen_id):
            return Verdict(SAFE_MODE)
        _, named = inbox.find(conn, row.notification_id) or (None, ())
        authorities = {service: self.holding.authority_of(service) for service in named}
        objected = grounds.objections(conn, row.citizen_id, PURPOSE)
        if authorities and objected.issuperset(authorities.values()):
            return Verdict(Withheld.OBJECTED.value)
        drop = tuple(service for service, by in authorities.items() if by in objected)
        quiet = self.quiet_of(said, now)
        if quiet is None or not quiet.holds(now):
            return Verdict(drop=drop)
        allowed = quiet.next_allowed(now)
        return (
            Verdict(Withheld.TOO_LATE.value)
            if row.deadline is not None and row.deadline < allowed
            else Verdict(until=allowed)
        )

    def _barred(self, conn: Connection, row: Claimed) -> str:
        ground = grounds.get_ground(conn, row.citizen_id, PURPOSE) or self.default(row.citizen_id)
        barred = may_inform(ground)
        if barred is not None:
            return barred.value
        if ground is not None and loopback_only(ground) and not (self.loopback and row.channel == INBOX):
            return NOT_LOOPBACK
        return ""
