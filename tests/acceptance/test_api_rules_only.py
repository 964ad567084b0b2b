"""The mode that does not profile: life events picked, rules alone, no stored profile read, nothing pushed."""

from typing import Any


def _asked(town: Any, citizen: str, **query: Any) -> Any:
    path = f"/v1/citizens/{citizen}/recommendations"
    return town.http.get(path, params=query, headers=town.headers("recommend"))


def _refuse(town: Any, citizen: str, said: str | None = "refused") -> None:
    path, body = f"/v1/citizens/{citizen}/preferences", {} if said is None else {"profiling": said}
    answer = town.http.put(path, json=body, headers=town.headers("feedback"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["profiling"] == (said or "allowed")


def _receipt(town: Any, decision_id: str) -> Any:
    query = {"purpose": "complaint 7"}
    return town.http.get(f"/v1/decisions/{decision_id}", params=query, headers=town.headers("audit")).json()["receipt"]


def test_picked_events_are_answered_by_rules_alone_and_the_receipt_says_so(town: Any) -> None:
    anna = town.resolve("anna")  # a resident, as the register says; here nobody looks
    town.tell("b1", "anna", event="job_lost")
    town.settle()
    answer = _asked(town, anna, mode="rules_only", life_event="child_born@2031-03-01").json()
    assert answer["mode"] == "rules_only"
    first, second = answer["recommendations"]
    assert (first["service_id"], first["triggered"], first["status"]) == ("birth_allowance", True, "unknown")
    assert (second["service_id"], second["triggered"], second["status"]) == ("job_help", False, "unknown")
    assert [r["score"] for r in answer["recommendations"]] == [None, None]
    assert answer["question"]["attribute"] == "resident"
    receipt = _receipt(town, answer["decision_id"])
    assert receipt["mode"] == "rules_only"
    assert [event["event_type"] for event in receipt["recent"]] == ["child_born"]


def test_what_is_told_for_one_answer_is_used_and_not_kept(town: Any) -> None:
    cora = town.resolve("cora")
    told = _asked(town, cora, mode="rules_only", life_event="child_born", told="resident=true").json()
    assert {r["status"] for r in told["recommendations"]} == {"eligible"}
    assert told["recommendations"][0]["because"][-1] == "You live here. (as you told us)"
    again = _asked(town, cora).json()
    assert (again["mode"], again["question"]["attribute"]) == ("personal", "resident")


def test_who_refuses_profiling_is_never_pushed_and_no_profile_is_read_until_they_change_their_mind(town: Any) -> None:
    anna = town.resolve("anna")
    _refuse(town, anna)
    town.tell("b1", "anna")
    town.settle()
    assert town.inbox("anna") == []
    answer = _asked(town, anna).json()
    assert answer["mode"] == "rules_only"
    assert {(r["status"], r["triggered"]) for r in answer["recommendations"]} == {("unknown", False)}
    _refuse(town, anna, None)
    assert _asked(town, anna).json()["mode"] == "personal"
    town.tell("b2", "anna", event="job_lost")
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_what_was_queued_before_profiling_was_refused_is_not_delivered(town: Any) -> None:
    anna = town.resolve("anna")
    town.tell("b1", "anna")
    while town.herald.decider.step():
        pass
    _refuse(town, anna)
    town.settle()
    assert town.inbox("anna") == []


def test_what_cannot_be_picked_is_refused(town: Any) -> None:
    anna = town.resolve("anna")
    for query in (
        {"mode": "rules_only", "life_event": "won_lottery"},
        {"mode": "rules_only", "life_event": "child_born@2099-01-01"},
        {"mode": "rules_only", "life_event": "child_born@soon"},
        {"mode": "rules_only", "told": "resident"},
        {"mode": "rules_only", "told": "resident=perhaps"},
        {"mode": "rules_only", "told": "shoe_size=42"},
        {"mode": "rules_only", "life_event": ["child_born"] * 21},
        {"mode": "psychic"},
        {"life_event": "child_born"},
    ):
        assert _asked(town, anna, **query).status_code == 422, query
