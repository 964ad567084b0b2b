"""Where a citizen can be reached: what registers told and what the citizen said, without what they object to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.contacts import Contacts
from recommender.clock import Clock
from recommender.identifiers import CitizenId
from serving.database import addresses, subscriptions
from serving.database.connect import Connection, Database
from serving.messages.notice import By


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to a citizen.

    address : as the channel takes it; of Web Push every subscription, as JSON.
    shared  : somebody else has the same address, or nobody knows whether; nothing sensitive may be said there.
    given   : the citizen gave it; else a register told of it.
    """

    address: str
    shared: bool
    given: bool


@dataclass(frozen=True, slots=True)
class Addresses:
    """Reads and keeps addresses. Register contacts stay in their own encrypted file."""

    database: Database
    contacts: Contacts
    clock: Clock

    def find(self, citizen_id: CitizenId) -> Mapping[str, Reach]:
        """Channel to address, for each channel that reaches the citizen and that they do not object to.

        The counter is none of them: it is for whom nothing else reaches. Raises WorkspaceError when contacts cannot be
        read, so that nothing is said to an address of which nobody knows who reads there.
        """
        registered = self.contacts.of(citizen_id)
        with self.database.read() as conn:
            given = addresses.given(conn, citizen_id)
            forgotten = addresses.forgotten(conn, citizen_id)
            objected = addresses.objected(conn, citizen_id)
            found: dict[str, Reach] = {}
            for channel, held in registered.items():
                if channel not in given and (channel, held.digest) not in forgotten:
                    found[channel] = Reach(held.address, self._shared(conn, citizen_id, held.digest), given=False)
            for channel, mine in given.items():
                shared = self._shared(conn, citizen_id, mine.digest)
                found[channel] = Reach(self.contacts.open(mine.sealed), shared, given=True)
            browsers = subscriptions.list_all(conn, citizen_id)
        if browsers:
            told = [json.loads(self.contacts.open(one.sealed)) for one in browsers]
            found[By.WEBPUSH] = Reach(json.dumps(told), shared=False, given=True)
        return {channel: reach for channel, reach in found.items() if channel not in objected}

    def give(self, citizen_id: CitizenId, channel: str, address: str, *, sole: bool) -> None:
        """Keep an address that the citizen gave after signing in. sole: nobody else reads there, they say."""
        digest = self.contacts.digest(channel, address)
        with self.database.write() as conn:
            new = addresses.Given(self.contacts.seal(address), digest, sole)
            addresses.give(conn, citizen_id, channel, new, self.clock.now())

    def forget(self, citizen_id: CitizenId, channel: str, address: str, reason: str) -> None:
        """Do not use the address for this citizen again, also when a register tells of it again."""
        about = (reason[:64], self.clock.now())
        with self.database.write() as conn:
            if channel != By.WEBPUSH:
                addresses.forget(conn, citizen_id, channel, self.contacts.digest(channel, address), about)

    def object(self, citizen_id: CitizenId, channel: str, *, objects: bool, by: str) -> None:
        """The citizen does not want to be told by a channel, or does again. by: the means by which they said so."""
        with self.database.write() as conn:
            addresses.put_objection(conn, citizen_id, channel, objects, (by, self.clock.now()))

    def objected(self, citizen_id: CitizenId) -> frozenset[str]:
        """The channels by which the citizen does not want to be told."""
        with self.database.read() as conn:
            return addresses.objected(conn, citizen_id)

    def subscribe(self, citizen_id: CitizenId, subscription: Mapping[str, Any]) -> str:
        """Keep a browser's subscription and give its id."""
        sealed = self.contacts.seal(json.dumps(subscription, sort_keys=True))
        digest = self.contacts.digest(By.WEBPUSH, str(subscription["endpoint"]))
        with self.database.write() as conn:
            return subscriptions.add(conn, citizen_id, sealed, digest, self.clock.now())

    def unsubscribe(self, citizen_id: CitizenId, subscription_id: str) -> bool:
        """Drop one of the citizen's subscriptions; False when there is none of that id."""
        with self.database.write() as conn:
            return subscriptions.remove(conn, citizen_id, subscription_id)

    def ended(self, endpoint: str) -> None:
        """A push service said that this subscription is no more."""
        with self.database.write() as conn:
            subscriptions.ended(conn, self.contacts.digest(By.WEBPUSH, endpoint))

    def _shared(self, conn: Connection, citizen_id: CitizenId, digest: str) -> bool:
        """Whether another citizen has it, unless this one, and no other, says that it is theirs alone."""
        given = addresses.holders(conn, digest)
        if given.get(citizen_id):
            return any(sole for citizen, sole in given.items() if citizen != citizen_id)
        return bool((self.contacts.holders(digest) | set(given)) - {citizen_id})
