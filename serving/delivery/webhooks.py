"""Portals say where they want to be called; the server signs what it calls with."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

from features.contacts import Contacts
from recommender.clock import Clock
from recommender.errors import InvalidFactError, NotFoundError
from recommender.instants import from_us, to_us
from serving.channels.webhook import WEBHOOK, check_url
from serving.database import citizens, webhooks
from serving.database.connect import Connection, Database
from serving.database.outbox import Claimed
from serving.messages.notice import Addressee

PREFIX = "whsec_"
OVERLAP = timedelta(hours=24)
"""For how long the former secret signs as well after a change."""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Keeps where portals are called, and their secrets sealed under the identity key."""

    database: Database
    contacts: Contacts
    clock: Clock
    development: bool

    def subscribe(self, portal: str, url: str) -> str | None:
        """Call the portal there; its secret when it is new, None when only the address changed.

        Raises InvalidFactError for an address that may not be called.
        """
        trouble = check_url(url, development=self.development)
        if trouble:
            raise InvalidFactError(f"the address cannot be called: {trouble}", mend="give an https address of a portal")
        with self.database.write() as conn:
            if webhooks.find(conn, portal) is not None:
                webhooks.move(conn, portal, url)
                return None
            secret = _secret()
            webhooks.put(conn, portal, url, self.contacts.seal(secret), self.clock.now())
        return secret

    def rotate(self, portal: str) -> str:
        """A new secret; the former signs as well for a day. Raises NotFoundError when there is no webhook."""
        secret = _secret()
        with self.database.write() as conn:
            self._found(conn, portal)
            webhooks.rotate(conn, portal, self.contacts.seal(secret), self.clock.now() + OVERLAP)
        return secret

    def shown(self, portal: str) -> tuple[str, datetime, str]:
        """Address, since when, and why it ended or "". Raises NotFoundError."""
        with self.database.read() as conn:
            hook = self._found(conn, portal)
        return hook.url, from_us(hook.since_us), hook.ended_because

    def remove(self, portal: str) -> None:
        """Call the portal no more. Raises NotFoundError when there is no webhook."""
        with self.database.write() as conn:
            if not webhooks.remove(conn, portal):
                raise _none()

    def secrets(self, portal: str) -> tuple[str, ...]:
        """The secrets to sign with now, the newest first; none when there is no webhook."""
        with self.database.read() as conn:
            hook = webhooks.find(conn, portal)
        if hook is None:
            return ()
        sealed = [hook.sealed]
        if hook.former is not None and hook.former_until_us > to_us(self.clock.now()):
            sealed.append(hook.former)
        return tuple(self.contacts.open(each) for each in sealed)

    def addressees(self, conn: Connection, rows: Sequence[Claimed]) -> Mapping[int, tuple[Addressee, str]]:
        """By outbox row, where it goes and what the portal calls the citizen.

        Those are left out whose portal wants to be called no more, or is linked to the citizen no more.
        """
        found: dict[int, tuple[Addressee, str]] = {}
        for portal in sorted({row.target for row in rows}):
            hook = webhooks.find(conn, portal)
            if hook is None or hook.ended_us is not None:
                continue
            mine = [row for row in rows if row.target == portal]
            known = citizens.links_of(conn, portal, [row.citizen_id for row in mine])
            addressee = Addressee(WEBHOOK, hook.url, portal)
            found |= {row.outbox_id: (addressee, known[row.citizen_id]) for row in mine if row.citizen_id in known}
        return found

    def ended(self, portal: str, because: str) -> None:
        """The portal said that nobody is there any more."""
        with self.database.write() as conn:
            webhooks.end(conn, portal, because, self.clock.now())

    def _found(self, conn: Connection, portal: str) -> webhooks.Hook:
        hook = webhooks.find(conn, portal)
        if hook is None:
            raise _none()
        return hook


def _secret() -> str:
    return PREFIX + base64.b64encode(token_bytes(32)).decode()


def _none() -> NotFoundError:
    return NotFoundError("this portal has no webhook", mend="PUT /v1/portal/webhook says where to call")
