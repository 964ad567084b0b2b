"""Asking why, and who read one's record, over HTTP."""

from typing import Any

from recommender.instants import to_us
from serving.database import audit
from tests.acceptance.conftest import NOW, Town


def why(town: Town, number: str, service: str = "birth_allowance", **query: Any) -> Any:
    path = f"/v1/citizens/{town.resolve(number)}/why"
    answer = town.http.get(path, params={"service_id": service, **query}, headers=town.headers("recommend"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "score" not in answer.text
    return answer.json()


def test_a_citizen_is_told_when_why_and_by_which_channel(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    said = why(town, "anna")
    assert said["was_told"]
    assert said["not_told"] is None
    (told,) = said["told"]
    assert told["because"] == "Because this was recorded: child born, 2 March 2031."
    (delivery,) = told["deliveries"]
    assert (delivery["channel"], delivery["state"]) == ("inbox", "delivered")
    assert delivery["words"] == "It was delivered."
    chinese = why(town, "anna", language="zh")
    assert chinese["told"][0]["deliveries"][0]["words"] == "已送达。"


def test_a_citizen_is_told_why_not(town: Town) -> None:
    town.tell("e1", "bert")
    town.settle()
    said = why(town, "bert")
    assert (said["was_told"], said["told"]) == (False, [])
    assert said["not_told"]["reason"] == "not_eligible"
    assert said["not_told"]["unmet"] == ["Birth allowance"]
    assert why(town, "bert", "job_help")["not_told"]["reason"] in ("no_cause", "not_eligible")


def test_before_anything_was_decided_there_is_only_silence_on_record(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    said = why(town, "anna", at="2031-03-01")
    assert (said["considered"], said["told"], said["not_told"]) == (False, [], None)
    assert said["as_of"].startswith("2031-03-01")


def test_a_request_alone_says_that_nothing_is_sent_on_it(town: Town) -> None:
    path = f"/v1/citizens/{town.resolve('anna')}/recommendations"
    assert town.http.get(path, headers=town.headers("recommend")).status_code == 200
    assert why(town, "anna")["not_told"]["reason"] in ("request", "no_cause")


def test_what_cannot_be_answered_is_refused(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    path = f"/v1/citizens/{town.resolve('anna')}/why"
    signed = town.headers("recommend")
    assert town.http.get(path, params={"service_id": "moon_visit"}, headers=signed).status_code == 404
    query = {"service_id": "birth_allowance", "at": "yesterday"}
    assert town.http.get(path, params=query, headers=signed).status_code == 422
    query = {"service_id": "birth_allowance"}
    assert town.http.get(path, params=query, headers=town.headers("recommend", portal="other")).status_code == 404
    assert town.http.get(path, params=query, headers=town.headers("facts:write")).status_code == 403


def test_every_opening_of_a_record_is_listed_for_its_person_and_nobody_else(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    decision = town.http.get("/v1/life-events/e1", headers=town.headers("facts:write")).json()["decision_id"]
    query = {"purpose": "complaint 31/77"}
    assert town.http.get(f"/v1/decisions/{decision}", params=query, headers=town.headers("audit")).status_code == 200
    with town.herald.database.write() as conn:
        opened = audit.Opened(audit.EXPORT, "console root", "asked for by herself", to_us(NOW))
        audit.record(conn, town.herald.identify("anna"), opened)
    path = f"/v1/citizens/{town.resolve('anna')}/readings"
    listed = town.http.get(path, headers=town.headers("recommend")).json()["readings"]
    assert [(r["what"], r["by"], r["purpose"]) for r in listed] == [
        ("export", "console root", "asked for by herself"),
        ("receipt", "portal", "complaint 31/77"),
    ]
    assert listed[1]["decision_id"] == decision
    assert listed[1]["words"] == "The record of one decision was read."
    others = f"/v1/citizens/{town.resolve('bert')}/readings"
    assert town.http.get(others, headers=town.headers("recommend")).json() == {"readings": []}
