"""Another version of the catalogue comes into force while the application runs: what portals and auditors see."""

from datetime import UTC, datetime, timedelta
from typing import Any

from recommender.adapters.yaml_catalogue import version_of
from recommender.publication import Signature
from serving.database import catalogues, publications
from serving.testing import town as town_parts
from tests.acceptance.conftest import NOW, OpenTown, Town

JULY = datetime(2031, 7, 1, tzinfo=UTC)
OLD, NEW = town_parts.content(), town_parts.content("resident == false")


def publish(town: Town, content: bytes = NEW, since: datetime = JULY) -> int:
    anna, bert = (Signature(name, "ops", NOW) for name in ("Anna Ahn", "Bert Bo"))
    with town.herald.database.write() as conn:
        catalogues.put_catalogue(conn, version_of(content), content, NOW)
        number = publications.draft(conn, version_of(content), since, anna, "abroad too").number
        publications.approve(conn, number, bert)
    town.herald.in_force.step()
    return number


def recommended(town: Town, number: str) -> Any:
    path = f"/v1/citizens/{town.resolve(number)}/recommendations"
    answer = town.http.get(path, headers=town.headers("recommend"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(town: Town, decision_id: str) -> Any:
    query = {"purpose": "a question by the citizen"}
    answer = town.http.get(f"/v1/decisions/{decision_id}", params=query, headers=town.headers("audit"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_decisions_before_and_after_carry_and_are_read_by_their_own_version(town: Town) -> None:
    publish(town)
    before = recommended(town, "anna")
    town.clock.move(JULY - NOW)
    after = recommended(town, "anna")
    assert [found["catalogue_version"] for found in (before, after)] == [version_of(OLD), version_of(NEW)]
    assert len(before["recommendations"]) == 2
    assert after["recommendations"] == []
    rules = []
    for found in (before, after):
        receipt = read(town, found["decision_id"])["receipt"]
        rules.append({line["criteria"][0]["rule"] for line in receipt["candidates"]})
        assert [line["service_id"] for line in receipt["candidates"]] == ["birth_allowance", "job_help"]
    assert rules == [{"resident == true"}, {"resident == false"}]


def test_a_receipt_names_who_drafted_and_who_approved_its_catalogue(town: Town) -> None:
    first = recommended(town, "anna")
    publish(town)
    town.clock.move(JULY - NOW)
    second = recommended(town, "bert")
    assert read(town, second["decision_id"])["approval"] == {
        "drafted_by": "Anna Ahn",
        "approved_by": "Bert Bo",
        "approved_at": NOW.isoformat(),
        "in_force_from": JULY.isoformat(),
        "from_descriptor": False,
        "note": "abroad too",
    }
    found = read(town, first["decision_id"])["approval"]
    assert (found["from_descriptor"], found["drafted_by"], found["approved_by"]) == (True, None, None)


def test_a_roll_back_leaves_the_receipts_in_between_as_they_are(town: Town) -> None:
    number = publish(town, since=NOW)
    between = recommended(town, "bert")
    with town.herald.database.write() as conn:
        publications.roll_back(conn, number, Signature("Cora Cho", "ops", NOW), "a mistake")
    town.herald.in_force.step()
    assert recommended(town, "bert")["catalogue_version"] == version_of(OLD)
    shown = read(town, between["decision_id"])
    assert shown["receipt"]["versions"]["catalogue"] == version_of(NEW)
    assert shown["approval"]["approved_by"] == "Bert Bo"


def test_a_receipt_whose_catalogue_is_lost_is_still_read_without_words(open_town: OpenTown) -> None:
    town = open_town()
    publish(town, since=NOW)
    lost = recommended(town, "bert")
    with town.herald.database.write() as conn:
        conn.exec_driver_sql("UPDATE catalogue SET content = x'00' WHERE version = ?", (version_of(NEW),))
    again = open_town()  # as after a restart, with nothing in memory
    shown = read(again, lost["decision_id"])["receipt"]
    assert [line["service_id"] for line in shown["candidates"]] == ["#0", "#1"]
    assert shown["candidates"][0]["status"] == "eligible"
    assert again.http.get("/v1/services", headers=again.headers("recommend")).json()["catalogue_version"] == (
        version_of(OLD)
    )


def test_the_services_shown_are_those_in_force(town: Town) -> None:
    fewer = town_parts.content(services={"job_help": "job_lost"})
    publish(town, fewer)
    headers = town.headers("recommend")
    before = town.http.get("/v1/services", headers=headers).json()
    town.clock.move(JULY - NOW + timedelta(seconds=1))
    after = town.http.get("/v1/services", headers=headers).json()
    assert [len(found["services"]) for found in (before, after)] == [2, 1]
    assert after["catalogue_version"] == version_of(fewer)


def test_an_inbox_keeps_the_words_of_a_service_that_left(town: Town) -> None:
    town.tell("f1", "anna")
    town.settle()
    publish(town, town_parts.content(services={"job_help": "job_lost"}), NOW)
    [told] = town.inbox("anna")
    assert [service["name"] for service in told["services"]] == ["Birth allowance"]


def test_readiness_says_which_version_is_in_force_and_what_was_refused(town: Town) -> None:
    publish(town, b"[]]", NOW)
    checks, _ = town.herald.readiness()
    assert checks["catalogue"].startswith(f"version {version_of(OLD)[:12]}; refused since: version ")
    publish(town, NEW, NOW + timedelta(seconds=0.5))
    town.clock.move(timedelta(seconds=1))
    assert town.herald.readiness()[0]["catalogue"].startswith(f"version {version_of(NEW)[:12]}")


def test_one_service_is_told_in_full_and_one_that_is_not_there_is_not_found(town: Town) -> None:
    headers = town.headers("recommend")
    page = town.http.get("/v1/services/birth_allowance", params={"language": "en"}, headers=headers)
    assert page.status_code == 200, page.text
    assert page.json()["name"] == "Birth allowance"
    assert page.json()["conditions"][0]["id"] == "resident"
    assert town.http.get("/v1/services/absent", headers=headers).status_code == 404
    assert town.http.get("/v1/services/birth_allowance").status_code == 401
