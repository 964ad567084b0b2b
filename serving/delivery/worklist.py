"""Telling in person: what a desk sees of its worklist, and what came of it; and letters that came back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.clock import Clock
from recommender.errors import ConflictError, HeraldError, NotFoundError
from recommender.identifiers import CitizenId, NotificationId
from recommender.instants import from_us
from serving.access.tokens import Caller
from serving.channels.port import Message, Refused
from serving.database import audit, citizens, codes, inbox, safe_mode, worklist
from serving.database.connect import Connection, Database
from serving.database.notices import read_notices
from serving.delivery.addresses import Addresses
from serving.delivery.answering_back import RETURNED, STOP, AnsweringBack
from serving.delivery.confirming import Misses
from serving.messages.codes import read_code
from serving.messages.composing import Composer
from serving.messages.notice import Addressee, By

REACHED, NOT_REACHED, REFUSED = "reached", "not_reached", "refused"
PURPOSE = "to tell you in person what no other channel could"


@dataclass(frozen=True, slots=True)
class Worklist:
    """A desk's worklist. district_of: where the citizen lives, "" when that is not known."""

    database: Database
    clock: Clock
    composer: Composer
    addresses: Addresses
    answering_back: AnsweringBack
    misses: Misses
    district_of: Callable[[CitizenId], str]

    def put(self, message: Message) -> None:
        """Put a person on the worklist of their authorities and district. Raises Refused where they object."""
        one = message.notification_id
        district = self.district_of(message.citizen_id)
        if By.COUNTER in self.addresses.objected(message.citizen_id):
            raise Refused("the citizen does not want to be told by a counter")
        with self.database.write() as conn:
            found = inbox.find(conn, one)
            named = () if found is None else found[1]
            item = worklist.Item(one, message.citizen_id, message.language, district)
            worklist.add(conn, item, self.composer.authorities(named), self.clock.now())

    def shown(self, caller: Caller, limit: int) -> Sequence[dict[str, Any]]:
        """Whom the caller's desk is to tell, who waits longest first, with the words; each opening is on record."""
        now = self.clock.now()
        with self.database.write() as conn:
            items = worklist.list_open(conn, worklist.desk_of(conn, caller.portal), limit)
            for item in items:
                audit.record(conn, item.citizen_id, audit.opened_now(audit.WORKLIST, caller.portal, PURPOSE, now))
            shown = [(item, self._shown(conn, item, caller)) for item in items]
        return [{**one, "address": self._address(item, one)} for item, one in shown if one is not None]

    def outcome(self, caller: Caller, item_id: NotificationId, outcome: str) -> None:
        """What came of it. Who refused is not told by a counter again.

        Raises NotFoundError for what is not on the desk's worklist, ConflictError after another outcome.
        """
        about = (caller.portal, self.clock.now())
        with self.database.write() as conn:
            item = worklist.find(conn, item_id, worklist.desk_of(conn, caller.portal))
            if item is None:
                raise NotFoundError("nobody of that number is on this desk's worklist", mend="read the worklist again")
            if not worklist.close(conn, item_id, outcome, about):
                if item.state != outcome:
                    raise ConflictError(f"it was closed before as {item.state}", mend="read the worklist again")
                return
            self.answering_back.said(conn, item_id, By.COUNTER, STOP if outcome == REFUSED else outcome, about)

    def returned(self, caller: Caller, text: str) -> None:
        """A letter came back: its address is forgotten. text: the code on it.

        Raises NotFoundError for a code of no message, TooManyError for who guesses.
        """
        self.misses.check(caller.portal)
        code = read_code(text)
        with self.database.write() as conn:
            behind = None if code is None else codes.find(conn, code)
            if behind is not None:
                about = (caller.portal, self.clock.now())
                self.answering_back.said(conn, behind.notification_id, By.LETTER, RETURNED, about)
                return
        self.misses.add(caller.portal)
        raise NotFoundError("no letter has this code", mend="read it again: it has ten signs")

    def _shown(self, conn: Connection, item: worklist.Item, caller: Caller) -> dict[str, Any] | None:
        """None when no catalogue has words for it any more, so that one such item does not hide the others."""
        one, safe = item.notification_id, safe_mode.is_safe(conn, item.citizen_id)
        notice = read_notices(conn, [one])[one]
        code = codes.issue(conn, [one], self.composer.settings.key("code"), self.clock.now())[one]
        try:
            addressee = Addressee(By.COUNTER, language=item.language, protected=safe)
            message = self.composer.compose(notice, addressee, code)
        except HeraldError:
            return None
        return {
            "item_id": one,
            "citizen_id": citizens.link_of(conn, caller.portal, item.citizen_id),
            "address": None if safe else "",
            "language": message.language,
            "text": message.text,
            "code": message.code,
            "deadline": None if notice.deadline is None else notice.deadline.isoformat(),
            "added_at": from_us(item.added_us).isoformat(),
        }

    def _address(self, item: worklist.Item, shown: dict[str, Any]) -> str | None:
        """Where the person lives; None where that is not known, and for who is in safe mode (None already)."""
        held = None if shown["address"] is None else self.addresses.find(item.citizen_id).get(By.LETTER)
        return None if held is None else held.address
