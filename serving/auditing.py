"""Receipts for auditors: read only, with a purpose that is written down before the receipt is handed out."""

import logging
from dataclasses import dataclass
from typing import Any

from recommender.catalogue import Catalogue
from recommender.clock import Clock
from recommender.identifiers import DecisionId
from recommender.reasons import Wording
from recommender.receipt_reading import readable
from recommender.receipts import decode
from serving.database import audit, decisions
from serving.database.connect import Database
from serving.tokens import Caller

log = logging.getLogger("herald.audit")


@dataclass(frozen=True, slots=True)
class Auditing:
    """Reads receipts. `columns` are the feature schema's, so that what was known is named."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    wording: Wording
    columns: tuple[str, ...]

    def receipt(self, decision_id: DecisionId, caller: Caller, purpose: str) -> dict[str, Any]:
        """The receipt as JSON-ready values; the reading is on record. Raises NotFoundError."""
        with self.database.write() as conn:
            found = decode(decisions.get_receipt(conn, decision_id))
            audit.record(conn, decision_id, found.request.citizen_id, caller.portal, purpose, self.clock.now())
        log.info("receipt_read", extra={"decision_id": decision_id, "portal": caller.portal, "purpose": purpose})
        shown = readable(found, self.catalogue, columns=self.columns, wording=self.wording)
        return {"decision_id": decision_id, "receipt": shown}
