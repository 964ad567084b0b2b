"""The one question, its answer used at once and marked, and a register's word before the citizen's."""

from typing import Any

import pytest


def _recommended(town: Any, citizen: str, **query: Any) -> Any:
    answer = town.http.get(f"/v1/citizens/{citizen}/recommendations", params=query, headers=town.headers("recommend"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def _answer(town: Any, citizen: str, attribute: str, value: Any, **query: Any) -> Any:
    path = f"/v1/citizens/{citizen}/answers"
    body = {"attribute": attribute, "value": value}
    return town.http.post(path, json=body, params=query, headers=town.headers("feedback"))


def test_what_is_unknown_is_asked_and_the_answer_is_used_at_once_and_marked(town: Any) -> None:
    cora = town.resolve("cora")
    asked = _recommended(town, cora, language="en")["question"]
    assert (asked["attribute"], asked["kind"], asked["services"]) == (
        "resident",
        "boolean",
        ["birth_allowance", "job_help"],
    )
    assert asked["value"] == pytest.approx(0.6)
    assert asked["words"]
    told = _answer(town, cora, "resident", True).json()
    assert {r["status"] for r in told["recommendations"]} == {"eligible"}
    assert told["question"] is None
    assert told["recommendations"][0]["because"] == ["You live here. (as you told us)"]
    chinese = _recommended(town, cora, language="zh")["recommendations"][0]["because"]
    assert chinese == ["您住在这里。（根据您的告知）"]
    receipt = town.http.get(
        f"/v1/decisions/{told['decision_id']}", params={"purpose": "complaint 3"}, headers=town.headers("audit")
    ).json()["receipt"]
    assert receipt["told_by_the_citizen"] == {"resident": True}


def test_an_answer_that_denies_hides_the_service_and_taking_it_back_asks_again(town: Any) -> None:
    cora = town.resolve("cora")
    assert _answer(town, cora, "resident", False).json()["recommendations"] == []
    again = _answer(town, cora, "resident", None).json()
    assert again["question"]["attribute"] == "resident"


def test_a_registers_word_goes_before_the_citizens(town: Any) -> None:
    bert = town.resolve("bert")  # the register says that he does not live here
    assert _answer(town, bert, "resident", True).json()["recommendations"] == []
    cora = town.resolve("cora")
    _answer(town, cora, "resident", False)
    body = {"id": "a1", "register_number": "cora", "as_of": "2031-03-04", "values": {"resident": True}}
    assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).status_code == 202
    town.settle()
    assert {r["status"] for r in _recommended(town, cora)["recommendations"]} == {"eligible"}


def test_an_answer_reaches_the_push_but_an_unknown_service_is_never_pushed(town: Any) -> None:
    cora = town.resolve("cora")
    town.tell("e1", "cora")
    town.settle()
    assert town.inbox("cora") == []
    _answer(town, cora, "resident", True)
    town.tell("e2", "cora", event="job_lost")
    town.settle()
    assert len(town.inbox("cora")) == 1


@pytest.mark.parametrize(
    ("attribute", "value"), [("resident", "yes"), ("resident", 1), ("shoe_size", 43), ("income", "much"), ("", True)]
)
def test_answers_that_nobody_asked_for_or_of_another_kind_are_refused(town: Any, attribute: str, value: Any) -> None:
    assert _answer(town, town.resolve("cora"), attribute, value).status_code == 422


def test_nobody_answers_for_another_portals_citizen(town: Any) -> None:
    assert _answer(town, town.resolve("cora", portal="other"), "resident", True).status_code == 404
    assert _answer(town, "cora", "resident", True).status_code == 404
