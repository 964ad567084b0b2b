"""A household's service is told to one entitled member, and shown to the others who may see it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from recommender.identifiers import CitizenId
from serving.database import outbox, safe_mode
from serving.database.tables import notification
from serving.testing import town as towns
from tests.acceptance.conftest import NOW, OpenTown, Town
from tests.acceptance.test_api_channels import register

HOME = {"anna": {"household": "h-17"}, "dora": {"household": "H-17 "}, "elsa": {"household": "h-18"}}


@pytest.fixture
def home(open_town: OpenTown, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Anna and Dora live together, Elsa by herself; a birth calls for something that a household gets once."""
    citizens = {name: {"resident": True} for name in HOME}
    monkeypatch.setattr("tests.acceptance.conftest.CITIZENS", citizens)
    monkeypatch.setattr(towns, "content", lambda: _content(per_household=True))
    made = open_town()
    register(made, **HOME)
    return made


_content = towns.content


def born(town: Town, *citizens: str) -> None:
    for citizen in citizens:
        assert town.tell(f"e-{citizen}", citizen).status_code == 202
    town.settle()


def told(town: Town) -> list[str]:
    return [citizen for citizen in HOME if town.inbox(citizen)]


def why(town: Town, citizen: str, language: str) -> str:
    path = f"/v1/citizens/{town.resolve(citizen)}/why"
    answer = town.http.get(
        path,
        params={"service_id": "birth_allowance", "language": language},
        headers=town.headers("recommend"),
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def test_one_member_is_told_and_the_others_see_it(home: Town) -> None:
    born(home, "anna", "dora", "elsa")
    assert told(home) == ["anna", "elsa"]
    path = f"/v1/citizens/{home.resolve('dora')}/recommendations"
    shown: Any = home.http.get(path, headers=home.headers("recommend")).json()
    assert [each["service_id"] for each in shown["recommendations"]] == ["birth_allowance", "job_help"]


def test_why_tells_of_the_household_and_of_nobody_in_it(home: Town) -> None:
    born(home, "anna", "dora")
    assert "A household is told of this service once" in why(home, "dora", "en")
    assert "每户只告知一次" in why(home, "dora", "zh")
    assert "anna" not in why(home, "dora", "en")


@pytest.mark.parametrize("safe", ["anna", "dora"])
def test_who_is_in_safe_mode_is_told_alone_and_silences_nobody(home: Town, safe: str) -> None:
    with home.herald.database.write() as conn:
        safe_mode.put_safe_mode(conn, CitizenId(safe), on=True, said_by="counter", at=NOW)
    born(home, "anna", "dora")
    assert _notified(home) == {"anna", "dora"}


def test_when_the_one_who_was_told_calls_it_wrong_another_may_be_told(home: Town) -> None:
    born(home, "anna")
    note = home.inbox("anna")[0]["notification_id"]
    answer = home.http.post(
        f"/v1/notifications/{note}/feedback", json={"kind": "never"}, headers=home.headers("feedback")
    )
    assert answer.status_code < 300, answer.text
    born(home, "dora")
    assert told(home) == ["anna", "dora"]


def test_what_was_withdrawn_before_it_was_told_silences_nobody(home: Town) -> None:
    home.tell("e-anna", "anna")
    while home.herald.decider.step():
        pass
    with home.herald.database.write() as conn:
        outbox.withdraw(conn, CitizenId("anna"), "e-anna", NOW, outbox.WITHDRAWN)
    born(home, "dora")
    assert told(home) == ["dora"]


def test_who_moves_out_takes_with_them_what_they_were_told(home: Town) -> None:
    born(home, "anna")
    register(home, anna={"household": "h-99"})
    born(home, "dora")
    assert told(home) == ["anna", "dora"]


def test_as_long_as_it_cannot_be_read_who_lives_with_whom_the_push_waits(home: Town) -> None:
    file = home.herald.addresses.contacts.workspace.contacts
    whole = file.read_bytes()
    file.write_bytes(b"no database at all" * 100)
    home.tell("e-anna", "anna")
    home.settle()
    assert _notified(home) == set()
    file.write_bytes(whole)
    home.clock.move(timedelta(minutes=30))
    home.settle()
    assert _notified(home) == {"anna"}


def _notified(town: Town) -> set[str]:
    with town.herald.database.read() as conn:
        return set(conn.execute(select(notification.c.citizen_id)).scalars())
