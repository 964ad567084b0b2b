"""A citizen says "that is wrong": it is gone at once, nothing is concluded from it, and its register is asked."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from recommender.clock import SystemClock
from recommender.identifiers import CitizenId
from recommender.receipts import decode
from serving.answering.asking_registers import AskingRegisters
from serving.database import decisions, disputes
from serving.database.tables import outbox
from tests.acceptance.conftest import OpenTown, Town

SECRET = "whsec_c2VjcmV0LW9mLWEtcmVnaXN0ZXItZm9yLXRlc3Rz"


class Register(ThreadingHTTPServer):
    """A register that checks signatures; `failing` answers are 503 first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, Any]] = []
        self.failing = 0


class _Handler(BaseHTTPRequestHandler):
    server: Register

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            asked = Webhook(SECRET).verify(body, dict(self.headers.items()))
        except WebhookVerificationError:
            self.send_response(401)
        else:
            self.server.failing -= 1
            self.send_response(503 if self.server.failing >= 0 else 204)
            if self.server.failing < 0:
                self.server.asked.append({**asked, "idempotency": self.headers["webhook-id"]})
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def register() -> Iterator[Register]:
    with Register() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def asked_town(open_town: OpenTown, register: Register) -> Town:
    """A town whose portal, which sends the facts, is a register that can be asked."""
    return open_town(
        register_webhooks={"portal": f"http://127.0.0.1:{register.server_port}/"}, register_webhook_secret=SECRET
    )


def asking(town: Town) -> AskingRegisters:
    settings = town.herald.settings
    secret = settings.register_webhook_secret.get_secret_value()
    return AskingRegisters(
        town.herald.database,
        town.clock,
        SystemClock(),
        settings.register_webhooks,
        secret,
        town.herald.disputing.request,
    )


def wrong(town: Town, number: str, **body: Any) -> None:
    (shown,) = town.inbox(number)
    path = f"/v1/notifications/{shown['notification_id']}/feedback"
    answer = town.http.post(path, json={"kind": "wrong", **body}, headers=town.headers("feedback"))
    assert answer.status_code == 204, answer.text


def recommended(town: Town, number: str) -> dict[str, Any]:
    path = f"/v1/citizens/{town.resolve(number)}/recommendations"
    answer = town.http.get(path, headers=town.headers("recommend"))
    assert answer.status_code == 200, answer.text
    return {each["service_id"]: each for each in answer.json()["recommendations"]}


def disputed(town: Town, number: str) -> list[dict[str, Any]]:
    path = f"/v1/citizens/{town.resolve(number)}/disputes"
    return list(town.http.get(path, headers=town.headers("recommend")).json()["disputes"])


def settle(town: Town, dispute_id: str, outcome: str, *, status: int = 200, portal: str = "portal") -> None:
    headers = town.headers("facts:write", portal=portal)
    body = {"outcome": outcome, "note": "Looked at again."}
    answer = town.http.put(f"/v1/disputes/{dispute_id}", json=body, headers=headers)
    assert answer.status_code == status, answer.text


def told(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    assert recommended(town, "anna")["birth_allowance"]["triggered"]


def test_what_is_wrong_disappears_at_once_and_is_believed_no_more(town: Town) -> None:
    told(town)
    wrong(town, "anna")
    assert town.inbox("anna") == []
    assert "birth_allowance" not in recommended(town, "anna")
    (found,) = disputed(town, "anna")
    assert (found["about"], found["state"], found["asked"]) == ("child_born", "open", "nowhere")
    decision = town.herald.decider.for_night(CitizenId("anna"))
    assert decision is not None
    with town.herald.database.read() as conn:
        receipt = decode(decisions.get_receipt(conn, decision.request.decision_id))
    assert receipt.recent == ()
    assert receipt.disputed == {"child_born"}


def test_a_queued_push_of_the_same_fact_is_cancelled(town: Town) -> None:
    town.tell("e1", "anna")
    while town.herald.decider.step():
        pass
    with town.herald.database.read() as conn:
        queued = conn.execute(select(outbox.c.notification_id)).scalar_one()
    path = f"/v1/notifications/{queued}/feedback"
    assert town.http.post(path, json={"kind": "wrong"}, headers=town.headers("feedback")).status_code == 404
    town.resolve("anna")
    assert town.http.post(path, json={"kind": "wrong"}, headers=town.headers("feedback")).status_code == 204
    town.settle()
    assert town.inbox("anna") == []
    with town.herald.database.read() as conn:
        assert conn.execute(select(outbox.c.state, outbox.c.reason)).one() == ("cancelled", "fact_disputed")


def test_a_register_that_upholds_its_record_brings_the_suggestion_back(town: Town) -> None:
    told(town)
    wrong(town, "anna")
    (found,) = disputed(town, "anna")
    settle(town, found["dispute_id"], "upheld", status=404, portal="other")
    settle(town, found["dispute_id"], "upheld")
    settle(town, found["dispute_id"], "upheld")
    settle(town, found["dispute_id"], "corrected", status=409)
    assert len(town.inbox("anna")) == 1
    assert recommended(town, "anna")["birth_allowance"]["triggered"]
    (after,) = disputed(town, "anna")
    assert (after["state"], after["note"]) == ("upheld", "Looked at again.")
    counted = town.herald.metrics.text().decode()
    assert 'herald_disputes_total{state="upheld"} 1.0' in counted
    assert "herald_dispute_settled_seconds_count 1.0" in counted
    assert "herald_disputes_open 0.0" in counted


def test_a_record_that_was_wrong_stays_out_until_its_correction_has_come(town: Town) -> None:
    told(town)
    wrong(town, "anna")
    settle(town, disputed(town, "anna")[0]["dispute_id"], "corrected")
    assert town.inbox("anna") == []
    assert not recommended(town, "anna").get("birth_allowance", {}).get("triggered")
    town.clock.move(timedelta(hours=1))
    town.tell("e3", "anna", "child_born", corrects="e1", happened_at="2031-03-04")
    town.settle()
    assert recommended(town, "anna")["birth_allowance"]["triggered"]


def test_an_attribute_may_be_wrong_instead(town: Town) -> None:
    told(town)
    assert recommended(town, "anna")["job_help"]["status"] == "eligible"
    wrong(town, "anna", attribute="resident")
    assert recommended(town, "anna")["job_help"]["status"] == "unknown"
    (found,) = disputed(town, "anna")
    assert found["about"] == "resident"


def test_said_twice_and_of_two_services_it_is_one_dispute(town: Town) -> None:
    told(town)
    (shown,) = town.inbox("anna")
    path = f"/v1/notifications/{shown['notification_id']}/feedback"
    for _ in range(2):
        assert town.http.post(path, json={"kind": "wrong"}, headers=town.headers("feedback")).status_code == 204
    assert len(disputed(town, "anna")) == 1


@pytest.mark.parametrize("body", [{"kind": "wrong", "attribute": "moon"}, {"kind": "never", "attribute": "resident"}])
def test_what_is_not_known_here_cannot_be_wrong(town: Town, body: dict[str, str]) -> None:
    told(town)
    (shown,) = town.inbox("anna")
    path = f"/v1/notifications/{shown['notification_id']}/feedback"
    assert town.http.post(path, json=body, headers=town.headers("feedback")).status_code == 422
    assert disputed(town, "anna") == []


def test_the_register_is_asked_once_signed_and_without_a_number(asked_town: Town, register: Register) -> None:
    town = asked_town
    told(town)
    wrong(town, "anna")
    step = asking(town).step
    assert step()
    assert not step()
    (request,) = register.asked
    assert request["type"] == "correction.requested"
    assert (request["fact_id"], request["event_type"]) == ("e1", "child_born")
    assert request["idempotency"] == request["dispute_id"]
    assert "anna" not in json.dumps(request)
    assert request["citizen_id"] == town.resolve("anna")
    assert disputed(town, "anna")[0]["asked"] == "sent"


def test_a_register_that_does_not_answer_is_asked_again_later(asked_town: Town, register: Register) -> None:
    town = asked_town
    register.failing = 1
    told(town)
    wrong(town, "anna")
    step = asking(town).step
    assert step()
    assert not step()
    with town.herald.database.read() as conn:
        (waiting,) = disputes.disputes_of(conn, CitizenId("anna"))
    assert (waiting.asked, waiting.attempts) == ("waiting", 1)
    town.clock.move(timedelta(seconds=29))
    assert not step()
    town.clock.move(timedelta(seconds=2))
    assert step()
    assert len(register.asked) == 1
