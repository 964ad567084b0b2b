"""Receipts for auditors: read only, with a purpose that is written down before the receipt is handed out."""

import logging
from dataclasses import dataclass
from typing import Any

from recommender.clock import Clock
from recommender.identifiers import DecisionId
from recommender.instants import to_us
from recommender.publication import Publication
from recommender.reasons import Wording
from recommender.receipt_reading import readable
from recommender.receipts import decode
from serving.access.tokens import Caller
from serving.database import audit, decisions
from serving.database.connect import Database
from serving.database.publications import find_approval
from serving.database.safe_mode import is_safe
from serving.versions.editions import Editions

log = logging.getLogger("herald.audit")


@dataclass(frozen=True, slots=True)
class Auditing:
    """Reads receipts.

    columns  : the feature schema's, so that what was known is named.
    locating : those that tell where or with whom a person lives; left out for a person in safe mode.
    """

    database: Database
    clock: Clock
    editions: Editions
    wording: Wording
    columns: tuple[str, ...]
    locating: frozenset[str]

    def receipt(self, decision_id: DecisionId, caller: Caller, purpose: str) -> dict[str, Any]:
        """The receipt as JSON-ready values, and who approved its catalogue; the reading is on record.

        Services and criteria are named by the catalogue of the receipt's own version. Raises NotFoundError.
        """
        with self.database.write() as conn:
            found = decode(decisions.get_receipt(conn, decision_id))
            opened = audit.Opened(audit.RECEIPT, caller.portal, purpose, to_us(self.clock.now()), decision_id)
            audit.record(conn, found.request.citizen_id, opened)
            safe = is_safe(conn, found.request.citizen_id)
            approval = find_approval(conn, found.versions.catalogue, found.request.at)
        log.info("receipt_read", extra={"decision_id": decision_id, "portal": caller.portal, "purpose": purpose})
        edition = self.editions.find(found.versions.catalogue)
        catalogue, wording = None, self.wording
        if edition is not None:
            catalogue, wording = edition.catalogue, edition.words.wording(wording)
        shown = readable(found, catalogue, columns=self.columns, wording=wording)
        if safe:
            for part in ("known", "told_by_the_citizen"):
                shown[part] = {name: value for name, value in shown[part].items() if name not in self.locating}
        return {"decision_id": decision_id, "approval": _approval(approval), "receipt": shown}


def _approval(publication: Publication | None) -> dict[str, Any] | None:
    if publication is None:
        return None
    drafted, approved = publication.drafted, publication.approved
    return {
        "drafted_by": None if drafted is None else drafted.name,
        "approved_by": None if approved is None else approved.name,
        "approved_at": None if approved is None else approved.at.isoformat(),
        "in_force_from": publication.in_force_from.isoformat(),
        "from_descriptor": drafted is None,
        "note": publication.note,
    }
