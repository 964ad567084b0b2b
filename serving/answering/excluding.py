"""Tells training whom to leave out, by the entry point `herald.excluded`: it imports nothing here."""

from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError

from features.descriptor import Descriptor
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from recommender.errors import WorkspaceError
from serving.database.connect import open_database
from serving.database.left_out import left_out
from serving.place import database_url
from serving.settings import ServingSettings


def excluded(workspace: Workspace, descriptor: Descriptor) -> Mapping[str, frozenset[str]]:
    """Citizens by reason; nobody where no server was ever started.

    Raises WorkspaceError when the operational database is there and cannot be read: who objected is not known then.
    """
    settings = read_settings(ServingSettings)
    if not settings.database_url and not workspace.operational_db.is_file():
        return {}
    try:
        with open_database(database_url(settings, workspace)) as database, database.read() as conn:
            return left_out(conn)
    except (DBAPIError, ValueError) as error:
        raise WorkspaceError(
            f"who objects cannot be read from the operational database ({' '.join(str(error).split())[:120]})",
            mend="restore it from its backup; nothing was learnt and the champion is as it was",
        ) from error
