"""Stopping and resuming by a person: checked against what there is to stop, written with who, when and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from recommender.catalogue import Catalogue
from recommender.clock import Clock
from recommender.errors import InvalidFactError, NotFoundError, PublicationError
from recommender.publication import check_name
from recommender.stops import Reach, Stop, Stopped, Word, check_because
from serving.database import outbox, stops
from serving.database.connect import Connection, Database
from serving.database.tables import notification_service as _named

CHANNELS = ("inbox", "webhook", "email", "sms", "webpush", "letter", "counter")
"""All there are, in use here or not: a stop may come before a channel's first message."""

_EVER_NAMED = select(_named.c.service_id).where(_named.c.service_id == bindparam("service_id")).limit(1)


@dataclass(frozen=True, slots=True)
class Stopping:
    """Stops over one operational database.

    clock     : the server's; the breaker compares a lifting with when pushes were planned.
    catalogue : the version in force. on_lift: tells the delivery that what waited may go; called after the commit.
    """

    database: Database
    clock: Clock
    catalogue: Callable[[], Catalogue]
    on_lift: Callable[[], None] = lambda: None

    def stop(self, of: Stopped, because: str, by: str, account: str) -> tuple[Stop, bool]:
        """From the commit on nothing of it leaves; the stop, and whether it is new.

        Raises InvalidFactError when there is no such thing to stop: a misspelt stop would stop nothing, in silence.
        """
        said = Word(_person(by), account, check_because(because), self.clock.now())
        with self.database.write(urgent=True) as conn:
            self._check_known(conn, of)
            return stops.put(conn, of, said)

    def resume(self, of: Stopped, because: str, by: str, account: str) -> Stop:
        """Lift a stop; what waited goes by its own time. Raises NotFoundError when none stands."""
        said = Word(_person(by), account, check_because(because) if because else "", self.clock.now())
        with self.database.write(urgent=True) as conn:
            lifted = stops.lift(conn, of, said)
        if lifted is None:
            raise NotFoundError("nothing of that name is stopped", mend="see what stands: `herald stop --list`")
        # not in one transaction: a worker has its message first and then the stop, this would take them the other way
        with self.database.write(urgent=True) as conn:
            outbox.release(conn, said.at)
        self.on_lift()
        return lifted

    def listed(self, *, lifted: bool) -> Sequence[Stop]:
        """Those that stand, or with `lifted` all that ever stood."""
        with self.database.read() as conn:
            return stops.list_stops(conn, lifted=lifted)

    def _check_known(self, conn: Connection, of: Stopped) -> None:
        if of.reach is Reach.CHANNEL and of.name not in CHANNELS:
            raise InvalidFactError("no such channel", mend=f"one of {', '.join(CHANNELS)}")
        if of.reach is Reach.AUTHORITY:
            catalogue = self.catalogue()
            known = {*catalogue.authorities, *(service.authority_id for service in catalogue.services)} - {""}
            if of.name not in known:
                raise InvalidFactError(
                    "no such authority is in the catalogue", mend=f"one of {', '.join(sorted(known))}"
                )
        if of.reach is Reach.SERVICE and not self._is_service(conn, of.name):
            raise InvalidFactError("no such public service is in the catalogue", mend="see GET /v1/services")

    def _is_service(self, conn: Connection, name: str) -> bool:
        """In the catalogue in force, or in one before it: what that one had may be queued still."""
        return name in self.catalogue().by_id or conn.execute(_EVER_NAMED, {"service_id": name}).first() is not None


def _person(name: str) -> str:
    """The name, tidied. Raises InvalidFactError when it is none: here a caller gives it, not an operator's file."""
    try:
        return check_name(name)
    except PublicationError as error:
        raise InvalidFactError(error.message, mend=error.mend) from error
