"""Stopping and resuming by API: who may, what it says, and what a decision makes of it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from recommender.identifiers import CitizenId
from tests.acceptance.conftest import Town

STOP = {"reach": "service", "name": "birth_allowance", "because": "the limit was entered wrongly"}


def test_a_stopped_service_is_withheld_until_it_is_resumed(town: Town) -> None:
    operator = town.headers("operate")
    put = town.http.put("/v1/stops", json={**STOP, "by": "Anna Ahn"}, headers=operator)
    assert put.status_code == 200, put.text
    assert put.json()["stopped"]["by"] == "Anna Ahn"
    assert put.json()["stopped"]["account"] == "portal"
    town.tell("e1", "anna")
    town.settle()
    assert town.inbox("anna") == []

    query = {"reach": "service", "name": "birth_allowance", "because": "mended"}
    lifted = town.http.delete("/v1/stops", params=query, headers=operator)
    assert lifted.status_code == 200, lifted.text
    assert lifted.json()["lifted"]["because"] == "mended"
    decision = town.herald.decider.for_night(CitizenId("anna"))
    assert decision is not None
    town.settle()
    assert [n["services"][0]["service_id"] for n in town.inbox("anna")] == ["birth_allowance"]


def test_stops_are_listed_with_who_when_and_why(town: Town) -> None:
    operator = town.headers("operate")
    for body in (STOP, STOP, {"reach": "everything", "because": "drill"}):
        assert town.http.put("/v1/stops", json=body, headers=operator).status_code == 200
    town.http.delete("/v1/stops", params={"reach": "everything"}, headers=operator)
    standing = town.http.get("/v1/stops", headers=operator).json()["stops"]
    assert [(s["reach"], s["name"], s["lifted"]) for s in standing] == [("service", "birth_allowance", None)]
    every = town.http.get("/v1/stops", params={"lifted": True}, headers=operator).json()["stops"]
    assert [s["reach"] for s in every] == ["service", "everything"]
    assert every[1]["lifted"]["by"] == "portal"


@pytest.mark.parametrize(
    "body",
    [
        {**STOP, "name": "birth_alowance"},
        {**STOP, "reach": "authority", "name": "nobody"},
        {**STOP, "reach": "channel", "name": "telex"},
        {**STOP, "because": "   "},
        {"reach": "service", "because": "why"},
        {"reach": "everything", "name": "x", "because": "why"},
    ],
)
def test_a_stop_that_would_stop_nothing_is_refused(town: Town, body: dict[str, str]) -> None:
    assert town.http.put("/v1/stops", json=body, headers=town.headers("operate")).status_code == 422


def test_only_an_operator_stops_and_only_what_stands_is_lifted(town: Town) -> None:
    assert town.http.put("/v1/stops", json=STOP, headers=town.headers("audit")).status_code == 403
    query = {"reach": "service", "name": "birth_allowance"}
    assert town.http.delete("/v1/stops", params=query, headers=town.headers("operate")).status_code == 404


def test_where_stops_cannot_be_read_the_fact_waits(town: Town) -> None:
    with town.herald.database.write() as conn:
        conn.execute(text("ALTER TABLE stop RENAME TO elsewhere"))
    town.tell("e1", "anna")
    town.settle()
    path = "/v1/life-events/e1"
    assert town.http.get(path, headers=town.headers("facts:write")).json()["status"] == "accepted"
    with town.herald.database.write() as conn:
        conn.execute(text("ALTER TABLE elsewhere RENAME TO stop"))
    town.clock.move(timedelta(minutes=1))
    town.settle()
    assert len(town.inbox("anna")) == 1
