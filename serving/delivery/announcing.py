"""When a notification is shown in the inbox, the same transaction queues it for the channels that point there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from recommender.identifiers import CitizenId
from recommender.routing import Reach, route
from serving.channels.port import AddressBook
from serving.channels.webhook import WEBHOOK
from serving.database import codes, outbox
from serving.database.connect import Connection
from serving.database.preferences import CHANNELS, read_preferences
from serving.database.safe_mode import is_safe

Subscribers = Callable[[Connection, CitizenId], Sequence[str]]
"""The portals that are linked to a citizen and want to be called when a notification is shown."""


@dataclass(frozen=True, slots=True)
class Announcing:
    """Queues. at_hand: the channels that this deployment runs. addresses: None where none reaches citizens.

    code_key : what messages' codes are made with: a notification that leaves by any channel has one.
    """

    at_hand: frozenset[str]
    code_key: bytes
    addresses: AddressBook | None = None
    subscribers: Subscribers = lambda conn, citizen_id: ()

    def announce(self, conn: Connection, row: outbox.Claimed, now: datetime) -> tuple[str, ...]:
        """Queue by every portal that wants it and by the citizen's first channel; the channels used.

        Raises WorkspaceError when addresses cannot be read: then the notification is not shown either, and waits.
        """
        if not self.at_hand:
            return ()
        protected = is_safe(conn, row.citizen_id)
        used: list[str] = []
        if WEBHOOK in self.at_hand and not protected:
            for portal in self.subscribers(conn, row.citizen_id):
                outbox.add(conn, row, WEBHOOK, now, target=portal)
                used.append(WEBHOOK)
        wanted = read_preferences(conn, row.citizen_id).get(CHANNELS)
        held = () if self.addresses is None else tuple(self.addresses.find(row.citizen_id))
        reach = Reach(self.at_hand, None if wanted is None else wanted.split(), held, protected)
        channels = route(reach, now, row.deadline)
        if channels:
            outbox.add(conn, row, channels[0], now, fallback=channels[1:])
            used.append(channels[0])
        if used:
            codes.issue(conn, [row.notification_id], self.code_key, now)
        return tuple(used)
