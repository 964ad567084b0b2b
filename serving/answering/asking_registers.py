"""Asks a register to look again: signed (Standard Webhooks), tried until it answers, no transaction open meanwhile."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC

import httpx
from standardwebhooks import Webhook

from recommender.clock import Clock
from recommender.instants import to_us
from serving.database import disputes
from serving.database.connect import Database

log = logging.getLogger("herald.disputes")

LEASE_US = 60_000_000
FIRST_RETRY_S, LONGEST_RETRY_S = 30, 6 * 3600
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class AskingRegisters:
    """Sends correction requests, one at a time. The dispute's id is the idempotency key.

    addresses : per register where it is asked.   secret : `whsec_…`, shared with the registers.
    request   : what is asked about a dispute, ready for JSON.
    clock     : by which disputes were raised; signed_by: the system's, because a signature crosses machines.
    """

    database: Database
    clock: Clock
    signed_by: Clock
    addresses: Mapping[str, str]
    secret: str
    request: Callable[[disputes.Dispute], Mapping[str, object]]

    def step(self) -> bool:
        """Ask the next register; True when there may be more."""
        now = self.clock.now()
        with self.database.write() as conn:
            due = disputes.claim_due(conn, now, LEASE_US)
        if due is None:
            return False
        why = self._refused(due)
        wait_s = min(FIRST_RETRY_S * 2**due.attempts, LONGEST_RETRY_S)
        again_us = None if why is None else to_us(self.clock.now()) + wait_s * 1_000_000
        with self.database.write() as conn:
            disputes.asked(conn, due, again_us=again_us)
        about = {"dispute_id": due.dispute_id, "register": due.register}
        if why is None:
            log.info("correction_requested", extra=about)
        else:
            log.warning("correction_request_failed", extra={**about, "reason": why, "attempts": due.attempts + 1})
        return True

    def _refused(self, dispute: disputes.Dispute) -> str | None:
        """Send it; why the register did not take it, or None."""
        address = self.addresses.get(dispute.register)
        if address is None:
            return "the register has no address any more"
        body = json.dumps(self.request(dispute), sort_keys=True)
        at = self.signed_by.now().astimezone(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": dispute.dispute_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(dispute.dispute_id, at, body),
        }
        try:
            answer = httpx.post(address, content=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False)
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}"
