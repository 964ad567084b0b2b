"""What comes back by SMS: stop, not me, yes, receipts; forged, repeated and malformed calls change nothing."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from standardwebhooks.webhooks import Webhook

from recommender.identifiers import CitizenId, NotificationId
from serving.database import channel_reports
from serving.database.tables import feedback, outbox
from serving.messages.codes import read_code
from tests.acceptance.conftest import OpenTown, Town
from tests.acceptance.test_api_channels import give, register, told

SECRET = "a-key-shared-with-the-gateway-of-tests"
ANNA = CitizenId("anna")


@pytest.fixture
def heard(open_town: OpenTown, monkeypatch: pytest.MonkeyPatch) -> tuple[Town, NotificationId]:
    """A town with a gateway, in which anna was told something."""
    monkeypatch.setenv("HERALD_CHANNELS_SMS_SECRET", SECRET)
    town = open_town()
    register(town, anna={"sms": "+8613800000000", "email": "anna@mail.example"}, bert={"sms": "+86 138 0000 0000"})
    return town, told(town)


def call(town: Town, path: str, body: Any, *, call_id: str = "c1", secret: str = SECRET, age_s: int = 0) -> Any:
    raw = body if isinstance(body, str) else json.dumps(body)
    at = datetime.fromtimestamp(time.time() - age_s, UTC)
    headers = {
        "webhook-id": call_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret.encode()).sign(call_id, at, raw),
        "content-type": "application/json",
    }
    return town.http.post(f"/v1/sms/{path}", content=raw.encode(), headers=headers)


def kinds(town: Town, one: NotificationId) -> list[str]:
    with town.herald.database.read() as conn:
        return [report.kind for report in channel_reports.list_all(conn, one)]


def went(town: Town, one: NotificationId, channel: str, *, fallback: str) -> None:
    """The notification went by this channel, and these were foreseen after it."""
    row = {"notification_id": one, "channel": channel, "target": "", "state": "delivered", "fallback": fallback}
    with town.herald.database.write() as conn:
        conn.execute(insert(outbox), {**row, "attempts": 1, "doubts": 0, "due_us": 0, "changed_us": 0})


def waiting(town: Town, one: NotificationId) -> list[tuple[str, str]]:
    asked = select(outbox.c.channel, outbox.c.fallback).where(
        outbox.c.notification_id == one, outbox.c.state == "created"
    )
    with town.herald.database.read() as conn:
        return [(row.channel, row.fallback) for row in conn.execute(asked)]


@pytest.mark.parametrize("text", ["STOP", " stop. ", "退订", "TD"])
def test_stop_ends_this_channel_for_this_citizen_and_no_other(heard: tuple[Town, NotificationId], text: str) -> None:
    town, one = heard
    assert call(town, "replies", {"message_id": one, "text": text}).json() == {"understood": "stop"}
    assert set(town.herald.addresses.find(ANNA)) == {"email"}
    assert set(town.herald.addresses.find(CitizenId("bert"))) == {"sms"}


@pytest.mark.parametrize("text", ["NOT ME", "不是我"])
def test_not_me_forgets_the_number_and_marks_the_notification(heard: tuple[Town, NotificationId], text: str) -> None:
    town, one = heard
    assert call(town, "replies", {"message_id": one, "text": text}).json() == {"understood": "not_me"}
    assert set(town.herald.addresses.find(ANNA)) == {"email"}
    assert town.herald.addresses.objected(ANNA) == frozenset()
    assert kinds(town, one) == ["not_me"]
    register(town, anna={"sms": "+86 138 00000000"})
    assert set(town.herald.addresses.find(ANNA)) == {"email"}, "a register that repeats a wrong number changes nothing"


def test_yes_is_an_impression(heard: tuple[Town, NotificationId]) -> None:
    town, one = heard
    call(town, "replies", {"message_id": one, "text": "Yes!"})
    with town.herald.database.read() as conn:
        assert [row.kind for row in conn.execute(select(feedback.c.kind))] == ["impression"]


def test_what_is_not_understood_is_not_kept(heard: tuple[Town, NotificationId]) -> None:
    town, one = heard
    answer = call(town, "replies", {"message_id": one, "text": "my number is 38001010014"})
    assert answer.json() == {"understood": None}
    with town.herald.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT * FROM channel_report").all()
    assert "38001010014" not in str(rows)


def test_receipts_are_recorded_and_a_number_that_is_none_is_forgotten(heard: tuple[Town, NotificationId]) -> None:
    town, one = heard
    assert call(town, "receipts", {"message_id": one, "state": "delivered"}).status_code == 204
    assert call(town, "receipts", {"message_id": one, "state": "no_such_number"}, call_id="c2").status_code == 204
    assert kinds(town, one) == ["delivered", "no_such_number"]
    assert set(town.herald.addresses.find(ANNA)) == {"email"}


@pytest.mark.parametrize("state", ["failed", "no_such_number"])
def test_what_did_not_arrive_goes_by_the_next_channel_once(heard: tuple[Town, NotificationId], state: str) -> None:
    town, one = heard
    went(town, one, "sms", fallback="email letter")
    for call_id in ("c1", "c1", "c2"):
        assert call(town, "receipts", {"message_id": one, "state": state}, call_id=call_id).status_code == 204
    assert waiting(town, one) == [("email", "letter")]


def test_what_arrived_goes_by_no_other_channel(heard: tuple[Town, NotificationId]) -> None:
    town, one = heard
    went(town, one, "sms", fallback="email")
    call(town, "receipts", {"message_id": one, "state": "delivered"})
    assert waiting(town, one) == []


def test_a_call_is_heard_once(heard: tuple[Town, NotificationId]) -> None:
    town, one = heard
    for _ in range(3):
        assert call(town, "receipts", {"message_id": one, "state": "delivered"}).status_code == 204
    assert kinds(town, one) == ["delivered"]


def test_forged_old_and_unsigned_calls_are_refused_and_change_nothing(heard: tuple[Town, NotificationId]) -> None:
    town, one = heard
    body = {"message_id": one, "text": "STOP"}
    assert call(town, "replies", body, secret="a-key-of-somebody-else-altogether").status_code == 401
    assert call(town, "replies", body, age_s=600).status_code == 401
    assert call(town, "replies", body, age_s=-600).status_code == 401
    assert town.http.post("/v1/sms/replies", json=body).status_code == 401
    signed = call(town, "receipts", {"message_id": one, "state": "delivered"}).request
    moved = town.http.post("/v1/sms/replies", content=json.dumps(body).encode(), headers=signed.headers)
    assert moved.status_code == 401, "a signature is for one body"
    assert set(town.herald.addresses.find(ANNA)) == {"email", "sms"}


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,###", "v2,AAAA", "v1,a,b", "é"])
def test_a_signature_that_cannot_be_read_is_refused(heard: tuple[Town, NotificationId], signature: str) -> None:
    town, _ = heard
    headers = {"webhook-id": "c", "webhook-timestamp": str(int(time.time())), "webhook-signature": signature.encode()}
    assert town.http.post("/v1/sms/replies", content=b"{}", headers=headers).status_code == 401  # type: ignore[arg-type]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"message_id": "x y", "text": "STOP"}', "[" * 5000, '{"text": 1}'])
def test_a_signed_body_that_is_none_is_refused(heard: tuple[Town, NotificationId], body: str) -> None:
    assert call(heard[0], "replies", body).status_code == 422


def test_a_message_that_was_never_sent_is_not_known(heard: tuple[Town, NotificationId]) -> None:
    town, _ = heard
    assert call(town, "replies", {"message_id": "n_unknown", "text": "STOP"}).status_code == 404


def test_without_a_gateway_no_call_is_taken(town: Town) -> None:
    assert call(town, "replies", {"message_id": "n", "text": "STOP"}).status_code == 401
    assert read_code("x") is None


def test_a_gateway_that_knows_the_number_only_is_understood_for_everybody_who_has_it(
    heard: tuple[Town, NotificationId],
) -> None:
    town, _ = heard
    answer = call(town, "replies", {"from": "+86 138 0000-0000", "text": "STOP"})
    assert answer.json() == {"understood": "stop"}
    assert set(town.herald.addresses.find(ANNA)) == {"email"}
    assert town.herald.addresses.find(CitizenId("bert")) == {}


def test_a_number_that_says_not_me_is_forgotten_for_everybody(heard: tuple[Town, NotificationId]) -> None:
    town, _ = heard
    call(town, "replies", {"from": "+8613800000000", "text": "不是我"})
    assert set(town.herald.addresses.find(ANNA)) == {"email"}
    assert town.herald.addresses.find(CitizenId("bert")) == {}
    assert call(town, "replies", {"from": "+49 1", "text": "STOP"}, call_id="c2").json() == {"understood": "stop"}


def test_a_number_given_after_the_message_left_is_not_the_wrong_one(heard: tuple[Town, NotificationId]) -> None:
    town, one = heard
    town.clock.move(timedelta(days=1))
    give(town, "anna", "sms", address="+86 139 1111 1111")
    call(town, "replies", {"message_id": one, "text": "NOT ME"})
    assert town.herald.addresses.find(ANNA)["sms"].address == "+86 139 1111 1111"
