"""Where a citizen is told: what registers know, what the citizen says, and how to make it stop."""

from datetime import UTC, datetime

import polars as pl
import pytest

from features.contacts import keep_contacts
from recommender.identifiers import CitizenId, NotificationId
from serving.channels.unsubscribing import read_token, token_for
from serving.database import channel_reports
from serving.database.notices import read_notices
from serving.messages.notice import Addressee
from tests.acceptance.conftest import NOW, Town

ANNA = CitizenId("anna")
BROWSER = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/abc",
    "keys": {"p256dh": "B" * 87, "auth": "A" * 22},
}


def register(town: Town, **addresses: dict[str, str]) -> None:
    """A register tells of addresses: channel to address by citizen."""
    contacts = town.herald.addresses.contacts
    rows = [
        {"citizen_id": citizen, "known_at": datetime(2031, 1, 1, tzinfo=UTC), f"contact__{channel}": address}
        for citizen, held in addresses.items()
        for channel, address in held.items()
    ]
    frames = [pl.DataFrame([row]) for row in rows]
    keep_contacts(frames, contacts.workspace, contacts.settings)


def own(town: Town, citizen: str) -> dict[str, str]:
    """The citizen's own sign-in through the portal."""
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": town.herald.citizen_tokens.issue(citizen, 600),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    }
    answer = town.http.post("/v1/oauth/token", data=form, auth=("portal", "portal-secret-for-tests"))
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def give(town: Town, citizen: str, channel: str, **body: object) -> dict[str, object]:
    answer = town.http.put(f"/v1/citizens/me/channels/{channel}", json=body, headers=own(town, citizen))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_address_of_two_citizens_is_shared_however_it_is_spelt_until_one_says_otherwise(town: Town) -> None:
    register(town, anna={"email": "home@mail.example"}, bert={"email": "Home@Mail.example"}, cora={"sms": "+1 555"})
    assert town.herald.addresses.find(ANNA)["email"].shared
    assert not town.herald.addresses.find(CitizenId("cora"))["sms"].shared
    give(town, "anna", "email", address="home@mail.example")
    assert town.herald.addresses.find(ANNA)["email"].shared
    give(town, "anna", "email", address="home@mail.example", sole=True)
    assert not town.herald.addresses.find(ANNA)["email"].shared
    assert town.herald.addresses.find(CitizenId("bert"))["email"].shared
    give(town, "bert", "email", address="home@mail.example", sole=True)
    assert town.herald.addresses.find(ANNA)["email"].shared, "both cannot be the only one"


def test_what_the_citizen_gives_counts_before_what_a_register_tells(town: Town) -> None:
    register(town, anna={"email": "old@mail.example"})
    shown = give(town, "anna", "email", address="new@mail.example")
    assert shown == {"channels": [{"channel": "email", "given": True, "shared": False}], "objected": []}
    assert town.herald.addresses.find(ANNA)["email"].address == "new@mail.example"


def test_a_portal_may_pass_on_an_objection_and_never_an_address(town: Town) -> None:
    register(town, anna={"sms": "+86 100"})
    path = f"/v1/citizens/{town.resolve('anna')}/channels/sms"
    headers = town.headers("feedback", "recommend")
    assert town.http.put(path, json={"address": "+86 1381234"}, headers=headers).status_code == 403
    answer = town.http.put(path, json={"objected": True}, headers=headers)
    assert answer.json() == {"channels": [], "objected": ["sms"]}
    assert town.herald.addresses.find(ANNA) == {}
    assert town.http.put(path, json={"objected": False}, headers=headers).json()["objected"] == []


@pytest.mark.parametrize(
    ("channel", "address"),
    [("email", "no address"), ("email", "a@b@c"), ("sms", "123"), ("webpush", "x"), ("counter", "x"), ("letter", "x")],
)
def test_what_is_no_address_is_refused(town: Town, channel: str, address: str) -> None:
    answer = town.http.put(f"/v1/citizens/me/channels/{channel}", json={"address": address}, headers=own(town, "anna"))
    assert answer.status_code == 422


def test_a_forgotten_address_is_not_used_again_until_the_citizen_gives_it(town: Town) -> None:
    register(town, anna={"email": "old@mail.example"})
    town.herald.addresses.forget(ANNA, "email", "OLD@mail.example", "550")
    assert town.herald.addresses.find(ANNA) == {}
    register(town, anna={"email": "old@mail.example"})
    assert town.herald.addresses.find(ANNA) == {}
    give(town, "anna", "email", address="old@mail.example")
    assert "email" in town.herald.addresses.find(ANNA)


def test_a_browser_subscribes_with_the_citizens_own_token_and_ends_it(town: Town) -> None:
    path = "/v1/citizens/me/push-subscriptions"
    answer = town.http.post(path, json=BROWSER, headers=own(town, "anna"))
    assert answer.status_code == 201
    assert "fcm.googleapis.com" in town.herald.addresses.find(ANNA)["webpush"].address
    one = f"{path}/{answer.json()['subscription_id']}"
    assert town.http.delete(one, headers=own(town, "bert")).status_code == 404
    assert town.http.delete(one, headers=own(town, "anna")).status_code == 204
    assert town.herald.addresses.find(ANNA) == {}
    portal = f"/v1/citizens/{town.resolve('anna')}/push-subscriptions"
    assert town.http.post(portal, json=BROWSER, headers=town.headers("feedback", "recommend")).status_code == 403


@pytest.mark.parametrize(
    "endpoint",
    ["https://127.0.0.1/admin", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com.evil.example/x",
     "https://evilfcm.googleapis.com@10.0.0.1/x", "https://metadata/x", "file:///etc/passwd"],
)  # fmt: skip
def test_no_address_but_a_push_services_is_ever_called(town: Town, endpoint: str) -> None:
    body = {**BROWSER, "endpoint": endpoint}
    answer = town.http.post("/v1/citizens/me/push-subscriptions", json=body, headers=own(town, "anna"))
    assert answer.status_code == 422


def told(town: Town) -> NotificationId:
    town.tell("birth-1", "anna")
    town.settle()
    return NotificationId(town.inbox("anna")[0]["notification_id"])


def test_one_click_ends_the_channel_and_looking_at_it_does_not(town: Town) -> None:
    register(town, anna={"email": "anna@mail.example"})
    notification_id = told(town)
    key = town.herald.composer.settings.key("unsubscribe")
    path = f"/v1/unsubscribe/{token_for(key, notification_id, 'email')}"
    page = town.http.get(path)
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert "email" in town.herald.addresses.find(ANNA)
    for _ in range(2):
        assert town.http.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert town.herald.addresses.find(ANNA) == {}
    with town.herald.database.read() as conn:
        assert {report.kind for report in channel_reports.list_all(conn, notification_id)} == {"stop"}


def test_a_forged_one_click_address_ends_nothing(town: Town) -> None:
    register(town, anna={"email": "anna@mail.example"})
    notification_id = told(town)
    for token in (token_for(b"another key", notification_id, "email"), f"{notification_id}.email.{'A' * 22}", "x"):
        answer = town.http.post(f"/v1/unsubscribe/{token}")
        assert answer.status_code == 404
        assert "anna" not in answer.text
    assert "email" in town.herald.addresses.find(ANNA)


def test_a_token_is_for_one_notification_and_one_channel() -> None:
    token = token_for(b"key", "n1", "email")
    assert read_token(b"key", token) == ("n1", "email")
    assert read_token(b"key", token.replace("n1", "n2")) is None
    assert read_token(b"key", token.replace("email", "sms")) is None


def test_an_address_is_neither_shown_nor_readable_in_the_database(town: Town) -> None:
    give(town, "anna", "email", address="anna@mail.example")
    shown = town.http.get("/v1/citizens/me/channels", headers=own(town, "anna"))
    assert "mail.example" not in shown.text
    with town.herald.database.read() as conn:
        assert not any("mail.example" in str(row) for row in conn.exec_driver_sql("SELECT * FROM address"))
    assert NOW.tzinfo is UTC


def test_a_message_is_in_the_language_that_the_citizen_said(town: Town) -> None:
    one = told(town)
    with town.herald.database.read() as conn:
        notice = read_notices(conn, [one])[one]
    compose = town.herald.composer.compose
    assert compose(notice, Addressee("email", "a@b.example"), "0" * 10).language == "en"
    town.http.put("/v1/citizens/me/preferences", json={"language": "zh-Hans"}, headers=own(town, "anna"))
    assert compose(notice, Addressee("email", "a@b.example"), "0" * 10).language == "zh"
    shown = town.http.get("/v1/citizens/me/preferences", headers=own(town, "anna")).json()
    assert shown["language"] == "zh-Hans"
