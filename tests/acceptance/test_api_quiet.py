"""Nobody is disturbed at night: what is decided then, or found waiting then, is shown in the morning."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

NIGHT = datetime(2031, 3, 5, 22, 0, tzinfo=UTC)
MORNING = datetime(2031, 3, 6, 8, 0, tzinfo=UTC)


def _wait_until(town: Any, at: datetime) -> None:
    town.clock.move(at - town.clock.now())


def _preferences(town: Any, citizen: str, **said: Any) -> Any:
    path = f"/v1/citizens/{citizen}/preferences"
    return town.http.put(path, json=said, headers=town.headers("feedback"))


def test_what_is_decided_at_night_is_shown_in_the_morning(town: Any) -> None:
    _wait_until(town, NIGHT)
    town.tell("e1", "anna")
    town.settle()
    assert town.inbox("anna") == []
    _wait_until(town, MORNING - timedelta(seconds=1))
    town.settle()
    assert town.inbox("anna") == []
    _wait_until(town, MORNING)
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_a_worker_that_was_down_until_the_night_waits_for_the_morning(town: Any) -> None:
    town.tell("e1", "anna")
    while town.herald.decider.step():
        pass
    _wait_until(town, NIGHT)
    town.settle()
    assert town.inbox("anna") == []
    _wait_until(town, MORNING)
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_quiet_hours_follow_the_clock_on_the_citizens_own_wall(town: Any) -> None:
    anna = town.resolve("anna")
    answer = _preferences(town, anna, zone="Asia/Shanghai", quiet_from="17:00", quiet_to="18:30")
    assert answer.json() == {
        "quiet_from": "17:00",
        "quiet_to": "18:30",
        "zone": "Asia/Shanghai",
        "channels": None,
        "language": None,
        "profiling": "allowed",
        "said": ["quiet_from", "quiet_to", "zone"],
    }
    _wait_until(town, datetime(2031, 3, 5, 10, 0, tzinfo=UTC))  # 18:00 in Shanghai
    town.tell("e1", "anna")
    town.settle()
    assert town.inbox("anna") == []
    _wait_until(town, datetime(2031, 3, 5, 10, 30, tzinfo=UTC))
    town.settle()
    assert len(town.inbox("anna")) == 1
    taken_back = _preferences(town, anna).json()
    assert (taken_back["quiet_from"], taken_back["zone"], taken_back["said"]) == ("21:00", "UTC", [])


def test_public_holidays_are_quiet_days(open_town: Any) -> None:
    town = open_town(quiet_country="CN")
    _wait_until(town, datetime(2031, 5, 1, 10, 0, tzinfo=UTC))
    town.tell("e1", "anna", happened_at="2031-04-30")
    town.settle()
    assert town.inbox("anna") == []
    _wait_until(town, datetime(2031, 5, 8, 10, 0, tzinfo=UTC))
    town.settle()
    assert len(town.inbox("anna")) == 1


@pytest.mark.parametrize(
    "said", [{"quiet_from": "25:00"}, {"zone": "Mars/Base"}, {"zone": "../../etc/passwd"}, {"colour": "red"}]
)
def test_preferences_that_make_no_sense_are_refused(town: Any, said: dict[str, str]) -> None:
    assert _preferences(town, town.resolve("anna"), **said).status_code == 422


def test_another_portals_citizen_has_no_preferences_here(town: Any) -> None:
    theirs = town.resolve("anna", portal="other")
    assert _preferences(town, theirs).status_code == 404


def test_an_objection_to_an_authority_that_is_not_there_is_refused(town: Any) -> None:
    path = f"/v1/citizens/{town.resolve('anna')}/legal-ground"
    body = {"objected": True, "authority": "nobody"}
    assert town.http.put(path, json=body, headers=town.headers("feedback")).status_code == 422


def test_what_waits_because_of_a_fact_that_is_taken_back_is_never_told(town: Any) -> None:
    _wait_until(town, NIGHT)
    town.tell("e1", "anna")
    town.settle()
    town.tell("e2", "anna", corrects="e1", withdrawn=True)
    town.settle()
    _wait_until(town, MORNING)
    town.settle()
    assert town.inbox("anna") == []


def test_a_corrected_date_leaves_the_notification(town: Any) -> None:
    _wait_until(town, NIGHT)
    town.tell("e1", "anna")
    town.tell("e2", "anna", corrects="e1", happened_at="2031-03-03")
    town.settle()
    _wait_until(town, MORNING)
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_a_withdrawal_of_a_correction_finds_the_first_fact(town: Any) -> None:
    _wait_until(town, NIGHT)
    town.tell("e1", "anna")
    town.tell("e2", "anna", corrects="e1", happened_at="2031-03-03")
    town.settle()
    town.tell("e3", "anna", corrects="e2", withdrawn=True)
    town.settle()
    _wait_until(town, MORNING)
    town.settle()
    assert town.inbox("anna") == []


def test_the_first_contact_tells_of_the_right_to_object_apart_and_no_later_one_does(town: Any) -> None:
    town.tell("e1", "anna")
    town.settle()
    _wait_until(town, MORNING + timedelta(days=7))
    town.tell("e2", "anna", event="job_lost", happened_at="2031-03-12")
    town.settle()
    first, second = town.inbox("anna", language="zh")
    assert "反对" in first["right_to_object"]
    assert second["right_to_object"] is None
    assert "object" in town.inbox("anna", language="en")[0]["right_to_object"]
