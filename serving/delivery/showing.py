"""Delivers notifications to the inbox: claims outbox rows, takes the last look, shows them, wakes streams."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from recommender.clock import Clock
from recommender.instants import from_us
from serving.database import inbox, outbox
from serving.database.connect import Connection, Database
from serving.database.outbox import INBOX
from serving.delivery.announcing import Announcing
from serving.delivery.holding import release_lifted
from serving.delivery.hub import Hub
from serving.delivery.last_look import LastLook, Verdict
from serving.metrics import Metrics

log = logging.getLogger("herald.delivery")

LOOK_AGAIN_S = 0.2
"""A look older than this is taken anew within a batch, so that a stop acts within a second on a busy machine too."""


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
    tick: Callable[[], float] = time.monotonic
    on_announced: Callable[[Sequence[str]], None] = lambda channels: None

    def step(self) -> bool:
        """Deliver the oldest that waits; True when there may be more."""
        now = self.clock.now()
        with self.database.write() as conn:
            claimed = outbox.claim(conn, INBOX, self.batch, now, outbox.Lease(self.worker, self.lease_s))
            outcomes = list(self._each(conn, claimed, now))
        held = {verdict.held for _, verdict, _ in outcomes if verdict.held}
        if held:
            with self.database.write() as conn:
                release_lifted(conn, held, now)
        for row, verdict, channels in outcomes:
            self._tell(row, verdict, channels)
        return len(claimed) == self.batch

    def _each(
        self, conn: Connection, rows: Sequence[outbox.Claimed], now: datetime
    ) -> Iterator[tuple[outbox.Claimed, Verdict, Sequence[str]]]:
        """Deliver each by a look that is not old: what was stopped meanwhile stays."""
        verdicts, looked_s = self.look.at_all(conn, rows, now), self.tick()
        for place, row in enumerate(rows):
            if self.tick() - looked_s > LOOK_AGAIN_S:
                verdicts[place:], looked_s = self.look.at_all(conn, rows[place:], now), self.tick()
            yield row, verdicts[place], self._deliver(conn, row, verdicts[place], now)

    def _deliver(self, conn: Connection, row: outbox.Claimed, verdict: Verdict, now: datetime) -> Sequence[str]:
        """Do what the last look says; the channels that were queued for."""
        if verdict.cancel:
            outbox.cancelled(conn, row, now, verdict.cancel)
            return ()
        if verdict.until is not None:
            outbox.held(conn, row, now, verdict.until, verdict.held)
            return ()
        inbox.drop_services(conn, row.notification_id, verdict.drop)
        inbox.show(conn, row.notification_id, now)
        outbox.delivered(conn, row, now)
        return self.announcing.announce(conn, row, now)

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
