"""Delivers notifications to the inbox: claims outbox rows, takes the last look, shows them, wakes streams."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from recommender.clock import Clock
from recommender.instants import from_us
from serving.announcing import Announcing
from serving.database import inbox, outbox
from serving.database.connect import Connection, Database
from serving.database.outbox import INBOX
from serving.hub import Hub
from serving.last_look import LastLook, Verdict
from serving.metrics import Metrics

log = logging.getLogger("herald.delivery")


@dataclass
class Delivery:
    """The inbox channel. Claim, last look, showing, what is queued for other channels, and the state commit together:
    a kill leaves all or nothing.

    on_announced : tells the channels that something was queued for them; called after the commit.
    """

    database: Database
    clock: Clock
    metrics: Metrics
    hub: Hub
    look: LastLook
    announcing: Announcing
    batch: int
    lease_s: float
    worker: str = "inbox-1"
    on_announced: Callable[[Sequence[str]], None] = lambda channels: None

    def step(self) -> bool:
        """Deliver the oldest that waits; True when there may be more."""
        now = self.clock.now()
        with self.database.write() as conn:
            claimed = outbox.claim(conn, INBOX, self.batch, now, outbox.Lease(self.worker, self.lease_s))
            outcomes = [(row, *self._deliver(conn, row, now)) for row in claimed]
        for row, verdict, channels in outcomes:
            self._tell(row, verdict, channels)
        return len(claimed) == self.batch

    def _deliver(self, conn: Connection, row: outbox.Claimed, now: datetime) -> tuple[Verdict, Sequence[str]]:
        verdict = self.look.at(conn, row, now)
        if verdict.cancel:
            outbox.cancelled(conn, row, now, verdict.cancel)
        elif verdict.until is not None:
            outbox.held(conn, row, now, verdict.until, verdict.held)
        else:
            inbox.drop_services(conn, row.notification_id, verdict.drop)
            inbox.show(conn, row.notification_id, now)
            outbox.delivered(conn, row, now)
            return verdict, self.announcing.announce(conn, row, now)
        return verdict, ()

    def _tell(self, row: outbox.Claimed, verdict: Verdict, channels: Sequence[str]) -> None:
        if verdict.until is not None:
            return
        if verdict.cancel:
            self.metrics.pushes.labels("cancelled").inc()
            self.metrics.withheld.labels("delivery", verdict.cancel).inc()
            about = {"notification_id": row.notification_id, "reason": verdict.cancel}
            log.info("notification_cancelled", extra=about)
            return
        self.hub.wake(row.citizen_id)
        self.metrics.pushes.labels("delivered").inc()
        if row.known_us is not None:
            waited = self.clock.now() - from_us(row.known_us)
            self.metrics.event_to_inbox_s.observe(max(0.0, waited.total_seconds()))
        log.info("notification_delivered", extra={"notification_id": row.notification_id, "channel": INBOX})
        if channels:
            self.on_announced(channels)
