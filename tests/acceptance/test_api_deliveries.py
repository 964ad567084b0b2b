"""What an operator sees of deliveries: counts, the poison list, another try; and nothing about anybody."""

from typing import Any

from sqlalchemy import update

from serving.database.tables import outbox


def _get(town: Any, path: str = "", **query: Any) -> Any:
    answer = town.http.get(f"/v1/deliveries{path}", params=query, headers=town.headers("operate"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_deliveries_are_counted_by_channel_and_state(town: Any) -> None:
    assert _get(town) == {"deliveries": []}
    town.tell("e1", "anna")
    town.settle()
    assert _get(town) == {"deliveries": [{"channel": "inbox", "state": "delivered", "number": 1, "doubts": 0}]}


def test_what_reached_nobody_is_listed_without_a_word_about_anybody_and_can_be_tried_anew(town: Any) -> None:
    town.tell("e1", "anna")
    while town.herald.decider.step():
        pass
    with town.herald.database.write() as conn:
        conn.execute(update(outbox).values(state="technical_failure", attempts=12, reason="503"))
    (poison,) = _get(town, "/poison")["poison"]
    assert set(poison) == {"outbox_id", "channel", "target", "state", "attempts", "reason", "changed_at"}
    assert (poison["attempts"], poison["reason"]) == (12, "503")
    assert _get(town, "/poison", after=poison["outbox_id"]) == {"poison": []}
    town.settle()
    assert town.inbox("anna") == []  # it is not tried by itself
    path = f"/v1/deliveries/{poison['outbox_id']}/retry"
    assert town.http.post(path, headers=town.headers("recommend")).status_code == 403
    assert town.http.post(path, headers=town.headers("operate")).status_code == 204
    assert town.http.post(path, headers=town.headers("operate")).status_code == 404
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_how_a_citizen_wants_to_be_told_is_said_and_taken_back(town: Any) -> None:
    path = f"/v1/citizens/{town.resolve('anna')}/preferences"
    put = {"channels": ["sms", "email"]}
    answer = town.http.put(path, json=put, headers=town.headers("feedback"))
    assert (answer.json()["channels"], answer.json()["said"]) == (["sms", "email"], ["channels"])
    assert town.http.put(path, json={"channels": ["pigeon"]}, headers=town.headers("feedback")).status_code == 422
    assert town.http.put(path, json={}, headers=town.headers("feedback")).json()["channels"] is None
