"""After an erasure the API takes in nothing about the person, and hands out nothing."""

from typing import Any

from features.erased import mark_of
from recommender.identifiers import CitizenId
from serving.database import erasing
from serving.testing.town import KEY, SECRET
from tests.acceptance.conftest import NOW, Town


def erase(town: Town, citizen: str) -> None:
    """What `herald citizen erase` does to the operational database."""
    citizen_id = CitizenId(citizen)
    with town.herald.database.write() as conn:
        erasing.begin(conn, mark_of(citizen_id, KEY), NOW)
        erasing.erase_rows(conn, citizen_id, NOW)


def told(town: Town) -> str:
    town.tell("e1", "anna")
    town.settle()
    answer = town.http.get("/v1/life-events/e1", headers=town.headers("facts:write"))
    return str(answer.json()["decision_id"])


def test_what_is_told_of_the_erased_is_dropped_and_counted(town: Town) -> None:
    told(town)
    erase(town, "anna")
    answer = town.tell("e2", "anna")
    assert (answer.status_code, answer.json()["status"]) == (202, "erased")
    body = {"id": "a1", "register_number": "anna", "as_of": "2031-03-01", "values": {"resident": True}}
    assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).json()["status"] == "erased"
    assert town.tell("e3", "bert").json()["status"] == "accepted"
    counted = town.herald.metrics.text().decode()
    assert 'herald_facts_total{kind="life_event",outcome="erased"} 1.0' in counted
    with town.herald.database.read() as conn:
        assert erasing.rows_naming(conn, CitizenId("anna")) == {}


def test_an_erased_decision_says_so_to_an_auditor(town: Town) -> None:
    decision = told(town)
    erase(town, "anna")
    query: Any = {"purpose": "complaint 31/77"}
    answer = town.http.get(f"/v1/decisions/{decision}", params=query, headers=town.headers("audit"))
    assert (answer.status_code, answer.json()["detail"]) == (410, "erased")


def test_a_portals_identifier_and_the_persons_own_token_open_nothing_any_more(town: Town) -> None:
    told(town)
    identifier = town.resolve("anna")
    erase(town, "anna")
    for path in ("recommendations", "notifications", "readings", "disputes"):
        answer = town.http.get(f"/v1/citizens/{identifier}/{path}", headers=town.headers("recommend"))
        assert answer.status_code == 404
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": town.herald.citizen_tokens.issue("anna", 600),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    }
    answer = town.http.post("/v1/oauth/token", data=form, auth=("portal", SECRET))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
