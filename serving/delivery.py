"""Delivers notifications to the inbox: claims outbox rows, reads the legal ground again, shows them, wakes streams."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from recommender.clock import Clock
from recommender.decision import Withheld
from recommender.identifiers import CitizenId
from recommender.instants import from_us
from recommender.policy import loopback_only, may_inform
from serving.database import grounds, inbox, outbox
from serving.database.connect import Connection, Database
from serving.database.preferences import PROFILING, REFUSED, read_preferences
from serving.database.standing import QuietOf
from serving.grounds import PURPOSE, DefaultGround
from serving.holding import Holding
from serving.hub import Hub
from serving.metrics import Metrics

log = logging.getLogger("herald.delivery")

INBOX = "inbox"
WORKER = "inbox-1"
QUIET = "quiet_hours"
HELD = "held"
LOOK_AGAIN = timedelta(minutes=1)
"""How long a held message sleeps at most: a lifting releases it at once, unless it crossed a worker's look."""
NOT_LOOPBACK = "research_replay_reaches_loopback_only"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The inbox channel. Claim, ground, showing and the state commit together, so a kill leaves all or nothing.

    loopback : whether this server listens on loopback only; a replay of research data reaches no other inbox.
    """

    database: Database
    clock: Clock
    metrics: Metrics
    hub: Hub
    default: DefaultGround
    quiet_of: QuietOf
    batch: int
    lease_s: float
    loopback: bool
    holding: Holding

    def step(self) -> bool:
        """Deliver the oldest that waits; True when there may be more."""
        now = self.clock.now()
        with self.database.write() as conn:
            claimed = outbox.claim(conn, INBOX, self.batch, now, self.lease_s, WORKER)
            outcomes = [(row, self._deliver(conn, row, now)) for row in claimed]
        for row, refused in outcomes:
            if refused in (QUIET, HELD):
                continue
            if refused:
                self.metrics.pushes.labels("cancelled").inc()
                self.metrics.withheld.labels("delivery", refused).inc()
                log.info("notification_cancelled", extra={"notification_id": row.notification_id, "reason": refused})
                continue
            self.hub.wake(row.citizen_id)
            self._count(row)
        return len(claimed) == self.batch

    def _deliver(self, conn: Connection, row: outbox.Claimed, now: datetime) -> str:
        """Show one notification, cancel it, or let it wait for the morning; why it is not shown, or "".

        Ground and preferences may have changed since the decision, and a worker that was down may wake at night.
        """
        held = self.holding.look(conn, row.notification_id, INBOX, now)
        if held is not None and not held.for_good:
            outbox.held(conn, row, now, now + LOOK_AGAIN, held.reason)
            return HELD
        refused = held.reason if held is not None else self._barred(conn, row.citizen_id)
        if refused:
            outbox.cancelled(conn, row, now, refused)
            return refused
        said = read_preferences(conn, row.citizen_id)
        if said.get(PROFILING) == REFUSED:
            outbox.cancelled(conn, row, now, Withheld.NOT_PROFILED.value)
            return Withheld.NOT_PROFILED.value
        quiet = self.quiet_of(said, now)
        if quiet is not None and quiet.holds(now):
            outbox.postponed(conn, row, now, quiet.next_allowed(now))
            return QUIET
        inbox.show(conn, row.notification_id, now)
        outbox.delivered(conn, row, now)
        return ""

    def _barred(self, conn: Connection, citizen_id: CitizenId) -> str:
        ground = grounds.get_ground(conn, citizen_id, PURPOSE) or self.default(citizen_id)
        barred = may_inform(ground)
        if barred is not None:
            return barred.value
        if ground is not None and loopback_only(ground) and not self.loopback:
            return NOT_LOOPBACK
        return ""

    def _count(self, row: outbox.Claimed) -> None:
        self.metrics.pushes.labels("delivered").inc()
        if row.known_us is not None:
            waited = self.clock.now() - from_us(row.known_us)
            self.metrics.event_to_inbox_s.observe(max(0.0, waited.total_seconds()))
        log.info("notification_delivered", extra={"notification_id": row.notification_id, "channel": INBOX})
