"""Which citizen a caller may name: by its own recorded link, or by the citizen's own token."""

from recommender.errors import ForbiddenError, NotFoundError
from recommender.identifiers import CitizenId
from serving.database import citizens
from serving.database.connect import Database
from serving.tokens import Caller

ME = "me"


def linked_citizen(database: Database, caller: Caller, identifier: str) -> CitizenId:
    """The citizen behind a portal's identifier, or behind `me` when the citizen's own token is presented.

    Raises NotFoundError, the same whether the identifier is another portal's or nobody's.
    """
    if caller.citizen_id is not None:
        if identifier != ME:
            raise NotFoundError("a citizen's own token reaches that citizen only", mend="call with `me`")
        return caller.citizen_id
    with database.read() as conn:
        found = citizens.find_by_link(conn, caller.portal, identifier)
    if found is None:
        raise _unlinked()
    return CitizenId(found)


def check_link(database: Database, caller: Caller, citizen_id: CitizenId) -> None:
    """Return when the caller may act for the citizen. Raises NotFoundError."""
    if caller.citizen_id is not None:
        if caller.citizen_id != citizen_id:
            raise _unlinked()
        return
    with database.read() as conn:
        if not citizens.is_linked(conn, caller.portal, citizen_id):
            raise _unlinked()


def no_citizen_token(caller: Caller) -> None:
    """Return when the caller is a portal by itself. Raises ForbiddenError: a citizen does not send facts or numbers."""
    if caller.citizen_id is not None:
        raise ForbiddenError("a citizen's own token does not allow this", mend="sign in as the portal")


def _unlinked() -> NotFoundError:
    return NotFoundError("this portal knows no such citizen", mend="POST /v1/citizens/resolve gives its identifier")
