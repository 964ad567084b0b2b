"""Takes a citizen's letters out of those that wait to be printed."""

from pathlib import Path

from sqlalchemy import bindparam, select

from recommender.adapters.settings import read_settings
from recommender.identifiers import CitizenId
from serving.channels.letter import Spool
from serving.channels.settings import ChannelSettings
from serving.database.connect import Connection
from serving.database.tables import notification

_OF = select(notification.c.notification_id).where(notification.c.citizen_id == bindparam("citizen_id"))


def erase_letters(conn: Connection, citizen_id: CitizenId) -> int:
    """How many letters waited and wait no more. To be called while the notifications are still there.

    What is printed stays as pages until `letter_days` have passed: a letter cannot be taken out of a print job.
    """
    folder = read_settings(ChannelSettings).letter_folder
    if not folder:
        return 0
    told = list(conn.execute(_OF, {"citizen_id": citizen_id}).scalars())
    return Spool(Path(folder)).erase([*told, *(f"{one}-correction" for one in told)])
