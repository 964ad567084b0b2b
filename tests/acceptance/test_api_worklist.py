"""People whom no electronic channel reaches: on the right desk's worklist, told in person, with an outcome."""

from typing import Any

import pytest

from recommender.identifiers import CitizenId, NotificationId
from serving.channels.port import Message, Refused
from serving.database import channel_reports, codes, safe_mode, worklist
from serving.database.audit import list_opened
from serving.database.notices import read_notices
from serving.database.worklist import Desk
from serving.messages.notice import Addressee
from tests.acceptance.conftest import NOW, Town
from tests.acceptance.test_api_channels import own, register, told

ANNA = CitizenId("anna")
EVERYTHING = Desk(frozenset({"Office"}), frozenset())


def message(town: Town, one: NotificationId, channel: str = "counter") -> Message:
    """The notification as the delivery would compose it."""
    with town.herald.database.write() as conn:
        notice = read_notices(conn, [one])[one]
        code = codes.issue(conn, [one], town.herald.composer.settings.key("code"), NOW)[one]
    return town.herald.composer.compose(notice, Addressee(channel, language="en"), code)


def waiting(town: Town, desk: Desk = EVERYTHING) -> NotificationId:
    """Anna is on the worklist, and the portal has a desk."""
    one = told(town)
    town.herald.worklist.put(message(town, one))
    with town.herald.database.write() as conn:
        worklist.put_desk(conn, "portal", desk)
    return one


def read(town: Town, portal: str = "portal") -> list[dict[str, Any]]:
    answer = town.http.get("/v1/counter/worklist", headers=town.headers("counter", portal=portal))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def report(town: Town, one: str, outcome: str, portal: str = "portal") -> int:
    path, headers = f"/v1/counter/worklist/{one}/outcome", town.headers("counter", portal=portal)
    return int(town.http.post(path, json={"outcome": outcome}, headers=headers).status_code)


def test_a_desk_sees_whom_to_tell_and_what_and_that_is_on_the_persons_record(town: Town) -> None:
    register(town, anna={"letter": "Anna Ahn|12 Linden Street|Harbour Town"})
    one = waiting(town)
    town.herald.worklist.put(message(town, one))
    (item,) = read(town)
    assert item["item_id"] == one
    assert item["citizen_id"] == town.resolve("anna")
    assert item["address"].startswith("Anna Ahn")
    assert "Birth allowance" in item["text"]
    assert "To be said apart from the rest" in item["text"]
    assert item["code"] == message(town, one).code
    with town.herald.database.read() as conn:
        (opened,) = list_opened(conn, ANNA, 10)
    assert (opened.what, opened.by) == ("worklist", "portal")


@pytest.mark.parametrize(
    ("desk", "seen"),
    [
        (Desk(frozenset({"Office"}), frozenset()), True),
        (Desk(frozenset({"Tax office"}), frozenset()), False),
        (Desk(frozenset(), frozenset({"north"})), True),
        (Desk(frozenset(), frozenset({"south"})), False),
        (Desk(frozenset({"Office"}), frozenset({"south"})), False),
        (Desk(frozenset(), frozenset()), False),
    ],
)
def test_a_desk_sees_its_authorities_and_districts_only(town: Town, desk: Desk, seen: bool) -> None:
    body = {"id": "a1", "register_number": "anna", "as_of": "2031-03-01", "values": {"district": "north"}}
    assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).status_code < 300
    town.settle()
    one = waiting(town, desk)
    assert [item["item_id"] for item in read(town)] == ([one] if seen else [])
    assert report(town, one, "reached") == (204 if seen else 404)


def test_whose_district_is_not_known_is_seen_by_every_desk_of_the_authority(town: Town) -> None:
    assert waiting(town, Desk(frozenset({"Office"}), frozenset({"south"}))) == read(town)[0]["item_id"]


def test_another_portals_desk_and_other_scopes_see_nothing(town: Town) -> None:
    one = waiting(town)
    assert read(town, portal="other") == []
    assert report(town, one, "reached", portal="other") == 404
    assert town.http.get("/v1/counter/worklist", headers=town.headers("recommend")).status_code == 403
    assert town.http.get("/v1/counter/worklist", headers=own(town, "anna")).status_code == 403


@pytest.mark.parametrize("outcome", ["reached", "not_reached", "refused"])
def test_an_outcome_closes_it_once_and_is_on_record(town: Town, outcome: str) -> None:
    one = waiting(town)
    assert [report(town, one, outcome) for _ in range(2)] == [204, 204]
    assert report(town, one, "reached" if outcome != "reached" else "refused") == 409
    assert read(town) == []
    with town.herald.database.read() as conn:
        assert len(channel_reports.list_all(conn, one)) == 1
    assert town.herald.addresses.objected(ANNA) == ({"counter"} if outcome == "refused" else set())


def test_who_refused_a_counter_is_not_put_on_a_worklist_again(town: Town) -> None:
    one = waiting(town)
    report(town, one, "refused")
    with pytest.raises(Refused):
        town.herald.worklist.put(message(town, one))


def test_who_is_in_safe_mode_is_neither_described_nor_located(town: Town) -> None:
    register(town, anna={"letter": "Anna Ahn|12 Linden Street|Harbour Town"})
    waiting(town)
    with town.herald.database.write() as conn:
        safe_mode.put_safe_mode(conn, ANNA, on=True, said_by="me", at=NOW)
    (item,) = read(town)
    assert item["address"] is None
    assert "Birth allowance" not in item["text"]


def test_a_letter_that_came_back_is_known_by_its_code_and_the_address_forgotten(town: Town) -> None:
    register(town, anna={"letter": "Anna Ahn|12 Linden Street|Harbour Town"})
    one = told(town)
    code = message(town, one, "letter").code
    path, headers = "/v1/counter/returned-letters", town.headers("counter")
    assert town.http.post(path, json={"code": code.lower()}, headers=headers).status_code == 204
    assert town.herald.addresses.find(ANNA) == {}
    with town.herald.database.read() as conn:
        assert [each.kind for each in channel_reports.list_all(conn, one)] == ["returned"]
    assert town.http.post(path, json={"code": "nonsense"}, headers=headers).status_code == 404
    answers = [town.http.post(path, json={"code": "nonsense"}, headers=headers).status_code for _ in range(20)]
    assert answers[-1] == 429


def test_the_channel_is_on_when_the_operator_says_so(town: Town) -> None:
    assert "counter" not in town.herald.building.channels()
