"""Which citizen a caller may name: by its own recorded link, or by the citizen's own token; and who is out of reach.

A person in safe mode is reached by nobody but themselves, and only just after they signed in. To everybody else it is
as if there were no link: that somebody asked for protection is nobody's to learn.
"""

from recommender.clock import Clock, SystemClock
from recommender.errors import ForbiddenError, NotFoundError, StaleSignInError
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.access.tokens import Caller
from serving.database import citizens
from serving.database.connect import Connection, Database
from serving.database.mandates import find_mandate
from serving.database.safe_mode import is_safe

ME = "me"

FRESH_S = 300
"""Seconds for which a sign-in counts as fresh."""


def linked_citizen(database: Database, caller: Caller, identifier: str) -> CitizenId:
    """The citizen behind a portal's identifier, or behind `me` when the citizen's own token is presented.

    Raises NotFoundError, the same whether the identifier is another portal's or nobody's, a mandate has ended or the
    person is in safe mode; StaleSignInError when the person has to sign in again.
    """
    with database.read() as conn:
        citizen_id = _named(conn, caller, identifier)
        _check_reach(conn, caller, citizen_id)
    return citizen_id


def named_citizen(database: Database, caller: Caller, identifier: str) -> CitizenId:
    """As `linked_citizen`, for what is only told, never read: facts, and what a counter protects. In safe mode too."""
    with database.read() as conn:
        return _named(conn, caller, identifier)


def check_link(database: Database, caller: Caller, citizen_id: CitizenId) -> None:
    """Return when the caller may act for the citizen. Raises as `linked_citizen` does."""
    with database.read() as conn:
        if caller.citizen_id is None and not citizens.is_linked(conn, caller.portal, citizen_id):
            raise _unlinked()
        if caller.citizen_id not in (None, citizen_id):
            raise _unlinked()
        _check_reach(conn, caller, citizen_id)


def own_citizen(database: Database, caller: Caller, identifier: str) -> CitizenId:
    """The citizen themself, by their own token and not under a mandate. Raises as `linked_citizen` does."""
    if caller.citizen_id is None or caller.mandate is not None:
        raise _unlinked()
    return linked_citizen(database, caller, identifier)


def no_citizen_token(caller: Caller) -> None:
    """Return when the caller is a portal by itself. Raises ForbiddenError: a citizen does not send facts or numbers."""
    if caller.citizen_id is not None:
        raise ForbiddenError("a citizen's own token does not allow this", mend="sign in as the portal")


def is_fresh(caller: Caller, clock: Clock) -> bool:
    """Whether the person signed in lately enough to be shown what is protected."""
    return caller.signed_in_s is not None and clock.now().timestamp() - caller.signed_in_s <= FRESH_S


def _named(conn: Connection, caller: Caller, identifier: str) -> CitizenId:
    if caller.citizen_id is not None:
        if identifier != ME:
            raise NotFoundError("a citizen's own token reaches that citizen only", mend="call with `me`")
        return caller.citizen_id
    found = citizens.find_by_link(conn, caller.portal, identifier)
    if found is None:
        raise _unlinked()
    return CitizenId(found)


def _check_reach(conn: Connection, caller: Caller, citizen_id: CitizenId) -> None:
    """Raises when the person is in safe mode and the caller is not they, just signed in, or the mandate has ended."""
    now = SystemClock()
    if caller.mandate is not None:
        mandate = find_mandate(conn, caller.mandate)
        if mandate is None or not mandate.holds(to_us(now.now())):
            raise _unlinked()
    if not is_safe(conn, citizen_id):
        return
    if caller.citizen_id is None or caller.mandate is not None:
        raise _unlinked()
    if not is_fresh(caller, now):
        raise StaleSignInError("this is shown only just after signing in", mend="sign in again")


def _unlinked() -> NotFoundError:
    return NotFoundError("this portal knows no such citizen", mend="POST /v1/citizens/resolve gives its identifier")
