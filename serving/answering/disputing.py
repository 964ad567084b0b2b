"""Takes "that is wrong": the fact behind is out of every decision at once, and its register is asked to look again."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from recommender.bundles import QUESTION
from recommender.clock import Clock
from recommender.decision import Cause
from recommender.disputes import Disputed, without
from recommender.errors import ConflictError, InvalidFactError, NotFoundError
from recommender.facts import Knowledge
from recommender.identifiers import CitizenId, FactId, ServiceId
from recommender.instants import from_us, to_us
from recommender.ports import OnlineFeatures
from serving.database import citizens, disputes, feedback, outbox
from serving.database.connect import Connection, Database
from serving.database.facts import find_register
from serving.metrics import Metrics

log = logging.getLogger("herald.disputes")


class Disputables(NamedTuple):
    """What a dataset says about its facts.

    columns     : names of the stored state's columns, in order.
    sources     : derived attributes, each with the attribute that it is worked out of.
    register_of : the register that keeps an attribute, or `event:<type>`; "" where none is known.
    keep_out    : called with everybody who disputes anything, whenever that changes: nobody learns from them.
    """

    columns: tuple[str, ...]
    sources: Mapping[str, str]
    register_of: Callable[[str], str]
    keep_out: Callable[[Sequence[CitizenId]], None]


class Wrong(NamedTuple):
    """What a citizen called wrong: which services, which attribute (None: the fact behind), by which portal."""

    services: Sequence[ServiceId]
    attribute: str | None
    portal: str


@dataclass(frozen=True, slots=True)
class Disputing:
    """Raises and settles disputes. reachable : registers that have an address to be asked at."""

    database: Database
    clock: Clock
    online: OnlineFeatures
    of: Disputables
    attributes: frozenset[str]
    reachable: frozenset[str]
    metrics: Metrics

    def believed(self, conn: Connection, knowledge: Knowledge) -> Knowledge:
        """The knowledge without what its citizen disputes."""
        held = disputes.held_back(conn, knowledge.citizen_id)
        return without(knowledge, held, self.of.columns, self.of.sources) if held else knowledge

    def check(self, attribute: str | None) -> None:
        """Return when it may be disputed. Raises InvalidFactError for an attribute that is not known here."""
        if attribute is not None and attribute not in self.attributes:
            raise InvalidFactError(
                f"no attribute {json.dumps(attribute)} is known here", mend="leave it out: the fact behind is meant"
            )

    def _subject(self, cause: Cause, citizen_id: CitizenId, attribute: str | None) -> Disputed | None:
        """What is wrong when nothing else is said: the fact behind; None where there is no fact (a forecast)."""
        now = self.clock.now()
        named = attribute or (cause.date if cause.date in self.attributes else None)
        if named is not None:
            known = self.online.read(citizen_id, now)
            value = None if known is None else known.attributes.get(named)
            return Disputed(to_us(now), attribute=named, value=value)
        if cause.event_type is None:
            return None
        root = FactId(cause.root.removeprefix(QUESTION))
        return Disputed(to_us(now), root=root, event_type=cause.event_type)

    def raise_in(self, conn: Connection, cause: Cause, citizen_id: CitizenId, said: Wrong) -> bool:
        """Record the dispute and cancel what waits to be told because of the fact, in the caller's transaction.

        False where there is no fact to be wrong about.
        """
        about = self._subject(cause, citizen_id, said.attribute)
        if about is None:
            return False
        subject = about.attribute if about.attribute is not None else f"event:{about.event_type}"
        register = (find_register(conn, about.root) if about.root else None) or self.of.register_of(subject)
        asked = disputes.WAITING if register in self.reachable else disputes.NOWHERE
        new = disputes.raise_dispute(conn, citizen_id, about, (said.services, register, said.portal), asked=asked)
        outbox.withdraw(conn, citizen_id, about.root or cause.root, self.clock.now(), outbox.DISPUTED)
        if new:
            self.metrics.disputes.labels(disputes.OPEN).inc()
        return True

    def raised(self) -> None:
        """To be called when the dispute is committed."""
        self._keep_out()

    def settle(self, dispute_id: str, outcome: str, note: str, portal: str) -> disputes.Dispute:
        """The register's word, once. It may be told of the service again; a wrong fact stays out until it is replaced.

        Raises NotFoundError unless the dispute is about this portal's own record, ConflictError when it was settled.
        """
        at = self.clock.now()
        with self.database.write() as conn:
            found = disputes.find_dispute(conn, dispute_id)
            if found is None or found.register != portal:
                raise NotFoundError("no such dispute is about a record of this register", mend="see the request sent")
            if not disputes.settle(conn, dispute_id, outcome, portal, note, at):
                if found.state == outcome:
                    return found
                raise ConflictError(f"the dispute is settled: {found.state}", mend="send what is right as a fact")
            feedback.settle_wrong(conn, found.citizen_id, found.services, portal, at)
            settled = disputes.find_dispute(conn, dispute_id)
        self._keep_out()
        self.metrics.disputes.labels(outcome).inc()
        self.metrics.dispute_settled_s.observe((at - from_us(found.raised_us)).total_seconds())
        assert settled is not None
        return settled

    def shown(self, citizen_id: CitizenId) -> list[dict[str, Any]]:
        """What the citizen disputed and where it stands, oldest first, ready for JSON."""
        with self.database.read() as conn:
            return [_json(each) for each in disputes.disputes_of(conn, citizen_id)]

    def request(self, dispute: disputes.Dispute) -> dict[str, Any]:
        """What the register is asked, ready for JSON: no register number, and no name that others use.

        The citizen is named as `POST /v1/citizens/resolve` names them to this register.
        """
        with self.database.write() as conn:
            named = citizens.link(conn, dispute.register, dispute.citizen_id, self.clock.now())
        about = dispute.about
        return {
            "type": "correction.requested",
            "dispute_id": dispute.dispute_id,
            "citizen_id": named,
            "fact_id": about.root,
            "event_type": about.event_type,
            "attribute": about.attribute,
            "raised_at": from_us(dispute.raised_us).isoformat(),
            "settle": f"/v1/disputes/{dispute.dispute_id}",
        }

    def _keep_out(self) -> None:
        with self.database.read() as conn:
            self.metrics.disputes_open.set(disputes.count_open(conn))
            everybody = disputes.disputing_citizens(conn)
        try:
            self.of.keep_out(everybody)
        except OSError as error:  # the dispute stands; the list is written anew at the next one, and at every start
            log.error("disputing_not_listed", extra={"reason": str(error)})


def _json(dispute: disputes.Dispute) -> dict[str, Any]:
    about, settled = dispute.about, dispute.settled_us
    return {
        "dispute_id": dispute.dispute_id,
        "services": list(dispute.services),
        "about": about.attribute or about.event_type or "",
        "kept_by": dispute.register,
        "state": dispute.state,
        "asked": dispute.asked,
        "raised_at": from_us(dispute.raised_us).isoformat(),
        "settled_at": None if settled is None else from_us(settled).isoformat(),
        "note": dispute.note,
    }
