"""`herald notify desk`: which people a counter's desk is to tell."""

from collections.abc import Sequence
from pathlib import Path

from recommender.adapters.settings import read_settings
from recommender.errors import SetupError
from serving.database import clients, worklist
from serving.database.worklist import Desk
from serving.place import open_operational
from serving.settings import ServingSettings


def put_desk(
    descriptor_file: Path, var: Path | None, portal: str, authorities: Sequence[str], districts: Sequence[str]
) -> tuple[int, int]:
    """Say what a desk sees; how many people wait on its worklist now, and how many on no desk's.

    Raises SetupError for a portal that there is not.
    """
    desk = Desk(frozenset(authorities), frozenset(districts))
    with open_operational(descriptor_file, var, read_settings(ServingSettings)) as database, database.write() as conn:
        if clients.find(conn, portal) is None:
            raise SetupError(f"no portal {portal!r} is registered", mend="herald client add … --scope counter")
        worklist.put_desk(conn, portal, desk)
        waiting = worklist.count_open(conn)
        seen = {
            item.notification_id
            for each in worklist.desks(conn).values()
            for item in worklist.list_open(conn, each, waiting)
        }
        return len(worklist.list_open(conn, desk, waiting)), waiting - len(seen)
