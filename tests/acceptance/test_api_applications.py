"""Portals report what became of an application; the citizen sees where it stands, an operator how pushes fared."""

from datetime import timedelta
from typing import Any

import pytest

from recommender.applications import Report
from recommender.facts import UseChange
from recommender.identifiers import CatalogueVersion, CitizenId, NotificationId, ServiceId
from recommender.policy import APPLIED
from serving.database import applications
from serving.database.applications import Push
from serving.database.standing import read_standing
from tests.acceptance.conftest import NOW, Town


def report(town: Town, number: str, stage: str, *, status: int = 200, **more: Any) -> Any:
    path = f"/v1/citizens/{town.resolve(number)}/applications"
    body = {"service_id": "birth_allowance", "stage": stage, **more}
    answer = town.http.post(path, json=body, headers=town.headers("feedback"))
    assert answer.status_code == status, answer.text
    return answer.json()


def standing(town: Town, number: str, **query: Any) -> Any:
    path = f"/v1/citizens/{town.resolve(number)}/applications"
    answer = town.http.get(path, params=query, headers=town.headers("recommend"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_reports_out_of_order_lead_to_where_it_stands(town: Town) -> None:
    report(town, "anna", "refused", happened_at="2031-03-04", reason="Lives elsewhere.")
    report(town, "anna", "submitted", happened_at="2031-03-02")
    said = report(town, "anna", "submitted", happened_at="2031-03-02")
    (found,) = said["applications"]
    assert (found["stage"], found["reason"], found["proxy"]) == ("refused", "Lives elsewhere.", False)
    assert [step["stage"] for step in found["path"]] == ["submitted", "refused"]
    assert standing(town, "anna", language="zh")["applications"][0]["words"] == "未获批准。"
    assert standing(town, "bert")["applications"] == []


def test_a_notifications_outcome_is_the_same_report(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    (shown,) = town.inbox("anna")
    path = f"/v1/notifications/{shown['notification_id']}/feedback"
    body = {"kind": "outcome", "outcome": "refused", "service_id": "birth_allowance", "reason": "Too late."}
    assert town.http.post(path, json=body, headers=town.headers("feedback")).status_code == 204
    assert standing(town, "anna")["applications"][0]["reason"] == "Too late."


def test_who_is_under_way_needs_no_reminder(town: Town) -> None:
    report(town, "anna", "submitted")
    with town.herald.database.read() as conn:
        stand = read_standing(conn, CitizenId("anna"), NOW, None, lambda said, at: None)
    assert stand.refusals["birth_allowance"][0] == APPLIED  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"stage": "granted", "reason": "why"}, 422),
        ({"stage": "nothing_done"}, 422),
        ({"stage": "granted", "happened_at": "2031-03-06"}, 422),
        ({"stage": "granted", "service_id": "moon_visit"}, 404),
    ],
)
def test_what_cannot_be_is_not_stored(town: Town, body: dict[str, str], status: int) -> None:
    report(town, "anna", **body, status=status)
    assert standing(town, "anna")["applications"] == []


def test_a_citizen_of_whom_nothing_was_heard_is_asked_once(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    assert standing(town, "anna")["question"] is None
    town.clock.move(timedelta(days=31))
    asked = standing(town, "anna", language="zh")["question"]
    assert asked["service"]["service_id"] == "birth_allowance"
    assert asked["words"].endswith("？")
    said = report(town, "anna", "nothing_done", answered=True)
    assert said["question"] is None
    (found,) = said["applications"]
    assert (found["stage"], found["proxy"], found["path"]) == ("nothing_done", True, [])
    assert report(town, "anna", "granted")["applications"][0]["proxy"] is False


def test_refusals_after_a_push_are_counted_by_the_version_of_the_conditions_and_never_under_ten(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    report(town, "anna", "refused")
    signed = town.headers("operate")
    (few,) = town.http.get("/v1/false-alarms", headers=signed).json()["false_alarms"]
    assert few["catalogue_version"] == town.herald.catalogue.version
    assert len(few["criteria"]) == 16
    assert (few["decided"], few["refused"]) == (None, None)
    push = Push(NotificationId(""), CatalogueVersion(few["catalogue_version"]), 0)
    with town.herald.database.write() as conn:
        for n in range(29):
            stage = UseChange.REFUSED if n < 10 else UseChange.GRANTED
            each = push._replace(notification_id=NotificationId(f"n{n}"))
            of = CitizenId(f"c{n}"), ServiceId("birth_allowance")
            applications.add_report(conn, of, Report(stage, 5), ("portal", NOW), each, few["criteria"])
            applications.add_report(conn, of, Report(None, 9, proxy=True), ("portal", NOW), each, few["criteria"])
    (many,) = town.http.get("/v1/false-alarms", headers=signed).json()["false_alarms"]
    assert (many["decided"], many["refused"]) == (30, 11)
    assert town.http.get("/v1/false-alarms", headers=town.headers("recommend")).status_code == 403
