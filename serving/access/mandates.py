"""Mandates: guardians, carers and counter staff act for a citizen, within a scope and until a date.

They hold in the time of people and machines, as tokens do, never in a simulated one.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from recommender.clock import SystemClock
from recommender.errors import InvalidFactError, NotFoundError
from recommender.identifiers import CitizenId
from recommender.instants import after, from_us, to_us
from serving.access.scopes import CITIZEN, Scope
from serving.access.tokens import Caller
from serving.bodies.values import instant_of
from serving.database.connect import Database
from serving.database.mandates import Mandate, add_mandate, end_mandate, find_mandate, mandates_of

log = logging.getLogger("herald.mandates")

GUARDIAN, CARER, COUNTER = "guardian", "carer", "counter"
OF_AGE = "P18Y"
LONGEST = "P5Y"
"""No mandate is issued for longer; who still needs it then is asked again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mandate as asked for. until: the first day on which it holds no more."""

    kind: str
    holder: str
    scopes: frozenset[str]
    because: str
    until: str


@dataclass(frozen=True, slots=True)
class Mandates:
    """Issues, ends and applies mandates.

    born : a citizen's date of birth in microseconds; None when it is not known.
    """

    database: Database
    born: Callable[[CitizenId], float | None]
    zone: str

    def issue(self, citizen_id: CitizenId, wanted: Wanted, issued_by: str) -> Mandate:
        """A guardian's mandate ends at 18 at the latest: from then on the account is the child's own.

        Raises InvalidFactError for an end that has passed or is too far, one's own holding, or a guardian of an adult.
        """
        now = SystemClock().now()
        until = self._until(citizen_id, wanted, now)
        if wanted.holder == citizen_id:
            raise InvalidFactError("nobody needs a mandate for themselves", mend="name another holder")
        made = Mandate(
            uuid4().hex,
            citizen_id,
            wanted.kind,
            wanted.holder,
            wanted.scopes & CITIZEN,
            wanted.because,
            issued_by,
            to_us(now),
            to_us(until),
        )
        with self.database.write() as conn:
            add_mandate(conn, made)
        log.info("mandate_issued", extra={"mandate": made.mandate_id, "kind": made.kind, "issued_by": issued_by})
        return made

    def acting(self, mandate_id: str, caller: Caller) -> Caller | None:
        """The caller as who acts under a mandate of theirs; None when they hold no such one now.

        A citizen holds it by their own token, a counter by its client id and scope.
        """
        with self.database.read() as conn:
            mandate = find_mandate(conn, mandate_id)
        if mandate is None or caller.mandate is not None or not mandate.holds(to_us(SystemClock().now())):
            return None
        if mandate.kind == COUNTER:
            held_by, scopes = caller.portal if Scope.COUNTER.value in caller.scopes else None, mandate.scopes
            if caller.citizen_id is not None:
                return None
        else:
            held_by, scopes = caller.citizen_id, mandate.scopes & caller.scopes
        if held_by is None or held_by != mandate.holder:
            return None
        log.info("mandate_used", extra={"mandate": mandate_id, "portal": caller.portal})
        return Caller(caller.portal, scopes, mandate.citizen_id, caller.signed_in_s, mandate_id)

    def of_citizen(self, citizen_id: CitizenId) -> Sequence[Mandate]:
        """All that were ever issued for the citizen, oldest first."""
        with self.database.read() as conn:
            return mandates_of(conn, citizen_id)

    def end(self, mandate_id: str, by: str, may_end: Callable[[Mandate], bool]) -> None:
        """End it now; ending it twice changes nothing. Raises NotFoundError when it is not theirs to end."""
        with self.database.write() as conn:
            mandate = find_mandate(conn, mandate_id)
            if mandate is None or not may_end(mandate):
                raise NotFoundError("no such mandate is this caller's to end", mend="see GET mandates")
            end_mandate(conn, mandate_id, by, SystemClock().now())
        log.info("mandate_ended", extra={"mandate": mandate_id, "by": by})

    def _until(self, citizen_id: CitizenId, wanted: Wanted, now: datetime) -> datetime:
        until = instant_of(date.fromisoformat(wanted.until).isoformat(), self.zone)
        if until <= now or until > after(now, LONGEST, self.zone):
            raise InvalidFactError("a mandate ends after today, within five years", mend="choose a nearer day")
        if wanted.kind != GUARDIAN:
            return until
        born = self.born(citizen_id)
        of_age = None if born is None else after(from_us(int(born)), OF_AGE, self.zone)
        if of_age is not None and of_age <= now:
            raise InvalidFactError("who is of age has no guardian", mend="ask for a carer's mandate")
        return until if of_age is None else min(until, of_age)
