"""Facts in: what is accepted, parked, repeated, refused, and what a citizen is then told."""

import json
from datetime import timedelta
from typing import Any

import pytest

PROBLEM = "application/problem+json"


def _is_problem(answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["status"] == status


def test_a_life_event_is_accepted_and_the_citizen_is_told_once(town: Any) -> None:
    assert town.tell("e1", "anna").json() == {"fact_id": "e1", "status": "accepted"}
    town.settle()
    (told,) = town.inbox("anna")
    assert [service["service_id"] for service in told["services"]] == ["birth_allowance"]
    assert told["because"]["event_type"] == "child_born"
    assert "child born" in told["because"]["words"]
    assert told["state"] == "delivered"
    town.settle()
    assert town.inbox("anna") == [told]


def test_what_became_of_a_fact_can_be_asked_by_its_sender_only(town: Any) -> None:
    town.tell("e1", "anna")
    mine = town.http.get("/v1/life-events/e1", headers=town.headers("facts:write"))
    assert mine.json()["status"] == "accepted"
    town.settle()
    decided = town.http.get("/v1/life-events/e1", headers=town.headers("facts:write")).json()
    assert decided["status"] == "decided"
    assert decided["decision_id"]
    _is_problem(town.http.get("/v1/life-events/e1", headers=town.headers("facts:write", portal="other")), 404)


def test_the_same_fact_again_gets_the_first_answer_and_is_decided_once(town: Any) -> None:
    first = town.tell("e1", "anna")
    town.settle()
    again = town.tell("e1", "anna")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_the_same_body_spelt_otherwise_is_the_same_fact(town: Any) -> None:
    town.tell("e1", "anna")
    body = '{ "happened_at":"2031-03-02",  "type":"child_born","register_number":"anna","withdrawn":false,"id":"e1"}'
    headers = {**town.headers("facts:write"), "Content-Type": "application/json"}
    assert town.http.post("/v1/life-events", content=body, headers=headers).status_code == 202


def test_the_same_id_with_another_body_conflicts(town: Any) -> None:
    town.tell("e1", "anna")
    _is_problem(town.tell("e1", "anna", "job_lost"), 409)
    _is_problem(town.tell("e1", "bert"), 409)


def test_a_parked_fact_is_decided_when_its_citizen_arrives(town: Any) -> None:
    assert town.tell("e1", "newcomer").json()["status"] == "parked"
    town.settle()
    assert town.tell("e1", "newcomer").json()["status"] == "parked"
    body = {"id": "a1", "register_number": "newcomer", "as_of": "2031-03-01", "values": {"resident": True}}
    answer = town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write"))
    assert answer.json() == {"fact_id": "a1", "status": "accepted"}
    town.settle()
    assert [n["because"]["event_type"] for n in town.inbox("newcomer")] == ["child_born"]


def test_a_late_fact_is_accepted_and_decided_on(town: Any) -> None:
    assert town.tell("e1", "anna", happened_at="2029-01-01").status_code == 202
    town.settle()
    assert town.inbox("anna") == []


def test_a_withdrawn_fact_tells_nobody(town: Any) -> None:
    town.tell("e1", "anna")
    town.tell("e2", "anna", corrects="e1", withdrawn=True)
    # both are known before anything is decided: the first decision already sees the withdrawal
    town.settle()
    assert town.inbox("anna") == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"type": "alien_landed"}, "type"),
        ({"happened_at": "2031-03-05T09:10:00Z"}, "future"),
        ({"happened_at": "9999-12-31"}, "future"),
        ({"happened_at": "2031-13-01"}, ""),
        ({"happened_at": "2031-03-02T10:00:00"}, ""),
        ({"happened_at": "0001-01-01T00:00:00+14:00"}, "calendar"),
        ({"happened_at": 1}, ""),
        ({"id": "e\u0000"}, ""),
        ({"id": ""}, ""),
        ({"id": 7}, ""),
        ({"type": "child_born\u0000"}, ""),
        ({"register_number": "  "}, ""),
        ({"register_number": "a\u0000"}, ""),
        ({"register_number": "\ud800"}, ""),
        ({"citizen_id": "both"}, "exactly one"),
        ({"withdrawn": True}, "corrects"),
        ({"withdrawn": "true"}, ""),
        ({"unheard_of": 1}, ""),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_malformed_fact_is_refused_and_not_stored(town: Any, change: dict[str, Any], word: str) -> None:
    body = {"id": "e1", "register_number": "anna", "type": "child_born", "happened_at": "2031-03-02", **change}
    headers = {**town.headers("facts:write"), "Content-Type": "application/json"}
    answer = town.http.post("/v1/life-events", content=json.dumps(body), headers=headers)
    _is_problem(answer, 422)
    assert word in answer.text
    assert town.tell("e1", "anna").status_code == 202


def test_a_clock_that_is_a_little_ahead_is_forgiven(town: Any) -> None:
    assert town.tell("e1", "anna", happened_at="2031-03-05T09:04:00Z").status_code == 202


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 20_000,
        b'{"a":' * 5_000,
        b'{"id": ' + b"9" * 5_000 + b"}",
        b'{"id": NaN}',
        b'{"id": "\\ud800"}',
    ],
    ids=["empty", "cut", "list", "null", "no utf-8", "deep lists", "deep objects", "huge number", "nan", "half"],
)
def test_a_body_that_cannot_be_read_is_a_problem_not_a_crash(town: Any, content: bytes) -> None:
    headers = {**town.headers("facts:write"), "Content-Type": "application/json"}
    _is_problem(town.http.post("/v1/life-events", content=content, headers=headers), 422)


def test_a_body_that_is_too_large_is_refused(town: Any) -> None:
    headers = {**town.headers("facts:write"), "Content-Type": "application/json"}
    _is_problem(town.http.post("/v1/life-events", content=b" " * 70_000, headers=headers), 413)


@pytest.mark.parametrize(
    "values",
    [
        {"unheard_of": 1},
        {"resident": 1},
        {"resident": "true"},
        {"income": "much"},
        {"income": True},
        {"income": 10**400},
        {"district": 7},
        {"district": "a\u0000b"},
        {"moved_on": "soon"},
        {"moved_on": 5},
        {"income": {"a": 1}},
        {},
    ],
    ids=str,
)
def test_an_attribute_of_another_kind_is_refused(town: Any, values: dict[str, Any]) -> None:
    body = {"id": "a1", "register_number": "anna", "as_of": "2031-03-01", "values": values}
    _is_problem(town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")), 422)


def test_attributes_of_each_kind_are_accepted_unknown_too(town: Any) -> None:
    values = {"resident": None, "income": 3, "district": "north", "moved_on": "2031-01-01"}
    body = {"id": "a1", "register_number": "anna", "as_of": "2031-03-01", "values": values}
    assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).status_code == 202


def test_facts_wait_while_there_is_no_champion(open_town: Any) -> None:
    town = open_town(with_champion=False)
    assert town.tell("e1", "anna").json()["status"] == "accepted"
    town.settle()
    ready = town.http.get("/readyz")
    _is_problem(ready, 503)
    assert "herald train" in ready.json()["detail"]
    path = f"/v1/citizens/{town.resolve('anna')}/recommendations"
    _is_problem(town.http.get(path, headers=town.headers("recommend")), 503)
    again = open_town()
    again.settle()
    assert len(again.inbox("anna")) == 1


def test_a_decision_that_fails_is_tried_again_and_holds_up_nobody_else(town: Any) -> None:
    town.features.failing.add("anna")
    town.tell("e1", "anna")
    town.clock.move(timedelta(seconds=1))
    town.tell("e2", "anna", "job_lost")
    town.tell("e3", "cora")
    town.settle()
    town.features.failing.clear()
    status = town.http.get("/v1/life-events/e3", headers=town.headers("facts:write")).json()["status"]
    assert status == "decided"
    town.clock.move(timedelta(seconds=6))
    town.settle()
    assert [n["because"]["event_type"] for n in town.inbox("anna")] == ["child_born"]
