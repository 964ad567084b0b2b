"""Looks every few seconds at what operators must know: breaker, champion, database, what cannot be delivered."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from recommender.errors import WorkspaceError
from serving.alarms import Alarm, Alarms
from serving.database import outbox, stops
from serving.database.connect import Database
from serving.delivery.breaking import ACCOUNT, BREAKER, Breaking


@dataclass(frozen=True, slots=True)
class Watching:
    """Sounds alarms by what stands, not by what happens: after a restart what is still wrong is said again.

    trouble : why the champion that was named last is not in use; "" when it is.
    """

    database: Database
    breaking: Breaking
    alarms: Alarms
    trouble: Callable[[], str]

    def step(self) -> bool:
        """Look once; False, because there is nothing more to do until the next look."""
        trouble = self.trouble()
        if trouble:
            self.alarms.sound(Alarm.CHAMPION, "champion", trouble)
        try:
            self.breaking.step()
            with self.database.read() as conn:
                standing = stops.list_stops(conn, lifted=False)
                poisoned = outbox.poisoned(conn)
        except (WorkspaceError, SQLAlchemyError) as error:
            self.alarms.sound(Alarm.DATABASE, "database", " ".join(str(error).split())[:400])
            return False
        if poisoned:
            self.alarms.sound(Alarm.POISON, "outbox", f"{poisoned} messages failed for a reason that no retry mends")
        for stop in standing:
            if (stop.said.by, stop.said.account) == (BREAKER, ACCOUNT):
                words = (
                    f"{stop.said.because}; look at it, then `herald resume DESCRIPTOR --service {stop.stopped.name}`"
                )
                self.alarms.sound(Alarm.BREAKER, f"{stop.stopped.name} {stop.number}", words)
        return False
