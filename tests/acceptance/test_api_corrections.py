"""A fact that is taken back: whoever was told of it reads a correction, by API."""

from datetime import UTC

from serving.answering.why_page import page
from tests.acceptance.conftest import Town


def test_whoever_was_told_because_of_a_fact_that_is_withdrawn_reads_one_correction(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    [told] = town.inbox("anna")
    for fact_id, corrects in (("e2", "e1"), ("e3", "e2")):
        town.tell(fact_id, "anna", corrects=corrects, withdrawn=True)
        town.settle()
    first, correction = town.inbox("anna")
    assert first == told
    assert (correction["kind"], correction["corrects"]) == ("correction", told["notification_id"])
    assert correction["because"]["words"] == (
        "Our message of 5 March 2031 about what follows was wrong, and we are sorry. You need not do anything for it."
    )
    assert [each["service_id"] for each in correction["services"]] == ["birth_allowance"]
    [in_chinese] = [each for each in town.inbox("anna", language="zh") if each["kind"] == "correction"]
    assert in_chinese["because"]["words"].startswith("我们于2031年3月5日发送的")


def test_a_fact_whose_type_was_wrong_is_corrected_and_the_right_one_told(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    town.tell("e2", "anna", event="job_lost", corrects="e1")
    town.settle()
    assert [each["kind"] for each in town.inbox("anna")] == ["told", "correction"]


def test_a_fact_whose_day_was_wrong_needs_no_correction(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    town.tell("e2", "anna", corrects="e1", happened_at="2031-03-01")
    town.settle()
    assert [each["kind"] for each in town.inbox("anna")] == ["told"]


def test_whoever_asks_why_reads_that_it_was_wrong_and_when_that_was_said(town: Town) -> None:
    town.tell("e1", "anna")
    town.settle()
    town.tell("e2", "anna", corrects="e1", withdrawn=True)
    town.settle()
    path, query = f"/v1/citizens/{town.resolve('anna')}/why", {"service_id": "birth_allowance"}
    said = town.http.get(path, params=query, headers=town.headers("recommend")).json()
    [told] = said["told"]
    assert told["corrected_at"].startswith("2031-03-05T09:00")
    assert "  That was wrong, and corrected on 5 March 2031" in page(said, UTC)
