"""A portal is called when one of its citizens is told something: signed, once, and never with a register number."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from serving.channels.webhook import check_url
from tests.receiver import Receiver, receiving

PATH = "/v1/portal/webhook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def _subscribe(town: Any, receiver: Receiver, portal: str = "portal") -> str:
    answer = town.http.put(PATH, json={"url": receiver.url}, headers=town.headers("recommend", portal=portal))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["secret"])


def _carry(town: Any) -> None:
    """Decide, show and carry all that waits, here and now."""
    town.settle()
    for worker in town.herald.carriers:
        while worker._step():
            pass


def test_a_linked_portal_is_called_signed_and_told_what_the_inbox_says(town: Any, receiver: Receiver) -> None:
    secret = _subscribe(town, receiver)
    anna = town.resolve("anna")
    town.tell("e1", "anna")
    _carry(town)
    ((headers, body),) = receiver.calls
    sent = Webhook(secret).verify(body, headers)
    (shown,) = town.inbox("anna")
    assert headers["webhook-id"] == sent["data"]["notification_id"] == shown["notification_id"]
    assert sent["type"] == "notification.shown"
    assert sent["data"]["citizen_id"] == anna
    assert [s["service_id"] for s in sent["data"]["services"]] == ["birth_allowance"]
    assert '"anna"' not in body.decode()  # the register number and the pseudonym are one in this town
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(body, headers)
    _carry(town)
    assert len(receiver.calls) == 1


def test_only_portals_that_know_the_citizen_are_called(town: Any, receiver: Receiver) -> None:
    _subscribe(town, receiver, "other")
    town.resolve("anna")  # by `portal`, which has no webhook
    town.resolve("bert", portal="other")
    town.tell("e1", "anna")
    _carry(town)
    assert receiver.calls == []


def test_a_new_secret_signs_beside_the_former_for_a_day(town: Any, receiver: Receiver) -> None:
    first = _subscribe(town, receiver)
    again = town.http.put(PATH, json={"url": receiver.url}, headers=town.headers("recommend"))
    assert again.json()["secret"] is None  # told once
    town.resolve("anna")
    for worker in town.herald.carriers:
        worker._step.__self__.channel.remember_s = 0
    second = town.http.post(f"{PATH}/secret", headers=town.headers("recommend")).json()["secret"]
    assert second != first
    town.tell("e1", "anna")
    _carry(town)
    for secret in (first, second):
        Webhook(secret).verify(receiver.calls[0][1], receiver.calls[0][0])
    town.clock.move(timedelta(days=30))
    town.tell("e2", "anna", "job_lost", happened_at="2031-04-02")
    _carry(town)
    Webhook(second).verify(receiver.calls[1][1], receiver.calls[1][0])
    with pytest.raises(WebhookVerificationError):
        Webhook(first).verify(receiver.calls[1][1], receiver.calls[1][0])


@pytest.mark.parametrize(("status", "headers"), [(500, {}), (503, {"Retry-After": "120"}), (301, {"Location": "/x"})])
def test_what_is_not_taken_is_sent_again_under_the_same_id(
    town: Any, receiver: Receiver, status: int, headers: dict[str, str]
) -> None:
    _subscribe(town, receiver)
    receiver.answers.append((status, headers, 0.0))
    town.resolve("anna")
    town.tell("e1", "anna")
    _carry(town)
    assert len(receiver.calls) == 1
    if headers.get("Retry-After"):
        town.clock.move(timedelta(seconds=100))
        _carry(town)
        assert len(receiver.calls) == 1  # it asked for more
    town.clock.move(timedelta(seconds=200))
    _carry(town)
    first, second = receiver.calls
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]


def test_a_portal_that_does_not_answer_leaves_it_in_doubt_and_is_called_again(open_town: Any) -> None:
    with receiving() as receiver:
        town = open_town()
        for worker in town.herald.carriers:
            worker._step.__self__.channel.timeout_s = 0.3
        _subscribe(town, receiver)
        receiver.answers.append((204, {}, 5.0))
        town.resolve("anna")
        town.tell("e1", "anna")
        _carry(town)
        counts = town.http.get("/v1/deliveries", headers=town.headers("operate")).json()["deliveries"]
        assert [(c["state"], c["doubts"]) for c in counts if c["channel"] == "webhook"] == [("temporary_failure", 1)]
        town.clock.move(timedelta(minutes=5))
        _carry(town)
        assert len(receiver.calls) == 2


def test_a_portal_that_is_gone_is_called_no_more_until_it_says_where(town: Any, receiver: Receiver) -> None:
    _subscribe(town, receiver)
    receiver.answers.append((410, {}, 0.0))
    town.resolve("anna")
    town.tell("e1", "anna")
    _carry(town)
    shown = town.http.get(PATH, headers=town.headers("recommend")).json()
    assert shown["ended"] == "the portal answered 410"
    town.clock.move(timedelta(days=30))
    town.tell("e2", "anna", "job_lost", happened_at="2031-04-02")
    _carry(town)
    assert len(receiver.calls) == 1
    _subscribe(town, receiver)
    assert town.http.get(PATH, headers=town.headers("recommend")).json()["ended"] is None


def test_what_is_queued_for_a_webhook_that_was_removed_is_dropped(town: Any, receiver: Receiver) -> None:
    _subscribe(town, receiver)
    town.resolve("anna")
    town.tell("e1", "anna")
    town.settle()
    assert town.http.delete(PATH, headers=town.headers("recommend")).status_code == 204
    assert town.http.delete(PATH, headers=town.headers("recommend")).status_code == 404
    _carry(town)
    assert receiver.calls == []


def test_nothing_leaves_for_a_person_in_safe_mode(town: Any, receiver: Receiver) -> None:
    _subscribe(town, receiver)
    path = f"/v1/counter/citizens/{town.resolve('anna')}/safe-mode"
    assert town.http.put(path, json={"on": True}, headers=town.headers("counter")).status_code == 200
    town.tell("e1", "anna")
    _carry(town)
    assert receiver.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://10.1.2.3/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://user:word@portal.example/",
        "https://portal.example/#part",
        "https://portal.example:0/",
        "https://portal.example:99999/",
        "ftp://portal.example/",
        "https:///nowhere",
        "https://portal.example/\r\nX-Injected: 1",
        "https://" + "a" * 500 + ".example/",
    ],
)
def test_an_address_inside_or_without_encryption_is_refused_outside_development(url: str) -> None:
    assert check_url(url, development=False)
    assert not check_url("https://portal.example/hook?x=1", development=False)


def test_a_citizen_has_no_webhook_and_a_bad_address_is_refused(town: Any) -> None:
    for url in ("ftp://portal.example/", "not an address", "http://"):
        answer = town.http.put(PATH, json={"url": url}, headers=town.headers("recommend"))
        assert answer.status_code == 422, url
    assert town.http.get(PATH, headers=town.headers("recommend")).status_code == 404
    assert town.http.post(f"{PATH}/secret", headers=town.headers("recommend")).status_code == 404
