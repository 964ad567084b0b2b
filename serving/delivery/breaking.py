"""Stops a service by itself when it suddenly speaks far more than usual; a person lifts the stop."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from recommender.breaker import Breaker
from recommender.clock import Clock
from recommender.identifiers import ServiceId
from recommender.stops import Reach, Stop, Stopped, Word
from serving.database import hourly, stops
from serving.database.connect import Connection, Database

log = logging.getLogger("herald.breaker")

BREAKER = "breaker"
ACCOUNT = "herald"


@dataclass(frozen=True, slots=True)
class Breaking:
    """Looks at the last hour of every service.

    Pushes are counted when they are planned: what is queued for the morning counts at night, while it can be held.
    Those from before a person's last lifting do not count again: who lifts a stop has looked at them.
    """

    database: Database
    clock: Clock
    breaker: Breaker

    def step(self) -> list[Stop]:
        """Stop what exceeds its limit; the stops that are new. Raises WorkspaceError."""
        if not self.breaker.multiple:
            return []
        now = self.clock.now()
        with self.database.read() as conn:
            loud = self._loud(conn, now)
        made = []
        for service_id, words in loud.items():
            with self.database.write(urgent=True) as conn:
                stop, new = stops.put(conn, Stopped(Reach.SERVICE, service_id), Word(BREAKER, ACCOUNT, words, now))
            if new:
                log.error("service_stopped_by_breaker", extra={"service_id": service_id, "reason": words})
                made.append(stop)
        return made

    def _loud(self, conn: Connection, now: datetime) -> Mapping[ServiceId, str]:
        """The services over their limit that are not stopped yet, with the words of their stop."""
        least = self.breaker.limit(())
        counts = hourly.pushes_between(conn, now - hourly.HOUR, now)
        suspects = {service_id for service_id, number in counts.items() if number > least}
        if not suspects:
            return {}
        standing = {stop.name for stop in stops.standing(conn) if stop.reach is Reach.SERVICE}
        found = {}
        for service_id in sorted(suspects - standing):
            number = self._since_lifted(conn, service_id, now, counts[service_id])
            before = hourly.same_hours(conn, service_id, now, self.breaker.days)
            if self.breaker.trips(number, before):
                usual, limit = self.breaker.usual(before), self.breaker.limit(before)
                found[service_id] = f"breaker: {number} pushes within an hour, usual are {usual:g}, limit {limit:g}"
        return found

    def _since_lifted(self, conn: Connection, service_id: ServiceId, now: datetime, number: int) -> int:
        lifted = stops.last_lifted(conn, Stopped(Reach.SERVICE, service_id))
        if lifted is None or lifted <= now - hourly.HOUR:
            return number
        return hourly.pushes_between(conn, lifted, now).get(service_id, 0)
