"""Addresses, objections to a channel, reports, subscriptions and worklists: the same on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recommender.identifiers import CitizenId, NotificationId
from serving.database import addresses, channel_reports, decisions, subscriptions, worklist
from serving.database.addresses import Given
from serving.database.connect import Database
from serving.database.tables import notification
from serving.database.worklist import Desk, Item
from tests.contract.decided import decided

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA, BERT = CitizenId("anna"), CitizenId("bert")
HOME = Given(b"sealed", "d" * 64, sole=False)


def _told(database: Database, *citizens: str) -> list[NotificationId]:
    with database.write() as conn:
        for number, citizen in enumerate(citizens):
            decisions.record(conn, decided(f"d{number}", AT + timedelta(seconds=number), citizen=citizen))
        found = conn.execute(select(notification.c.notification_id).order_by(notification.c.created_us)).scalars()
        return [NotificationId(one) for one in found]


def test_an_address_is_given_replaced_forgotten_and_given_again(database: Database) -> None:
    with database.write() as conn:
        addresses.give(conn, ANNA, "email", HOME, AT)
        addresses.give(conn, ANNA, "email", HOME._replace(sole=True), AT + timedelta(days=1))
        addresses.give(conn, BERT, "email", HOME, AT)
        assert addresses.given(conn, ANNA)["email"].sole
        assert addresses.holders(conn, HOME.digest) == {"anna": True, "bert": False}
        for _ in range(2):
            addresses.forget(conn, ANNA, "email", HOME.digest, ("bounced", AT))
        assert addresses.given(conn, ANNA) == {}
        assert addresses.forgotten(conn, ANNA) == {("email", HOME.digest)}
        assert addresses.forgotten(conn, BERT) == frozenset()
        addresses.give(conn, ANNA, "email", HOME, AT)
        assert addresses.forgotten(conn, ANNA) == frozenset()


def test_the_last_word_on_a_channel_counts_and_the_former_are_kept(database: Database) -> None:
    with database.write() as conn:
        for objects in (True, True, False, True):
            addresses.put_objection(conn, ANNA, "sms", objects, ("me", AT))
        addresses.put_objection(conn, ANNA, "email", True, ("me", AT))
        addresses.put_objection(conn, ANNA, "email", False, ("me", AT))
        assert addresses.objected(conn, ANNA) == {"sms"}
        assert len(conn.exec_driver_sql("SELECT * FROM channel_objection").all()) == 5


def test_a_call_is_heard_once_whoever_of_two_is_first(database: Database) -> None:
    def hear(_: int) -> bool:
        with database.write() as conn:
            return channel_reports.heard(conn, "sms:c1", AT)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(hear, range(4))) == [False, False, False, True]


def test_reports_are_kept_in_their_order(database: Database) -> None:
    (one,) = _told(database, "anna")
    with database.write() as conn:
        for kind in ("delivered", "yes"):
            channel_reports.add(conn, one, "sms", kind, ("gateway", AT))
        assert [each.kind for each in channel_reports.list_all(conn, one)] == ["delivered", "yes"]


def test_a_browser_belongs_to_whoever_subscribed_last(database: Database) -> None:
    with database.write() as conn:
        first = subscriptions.add(conn, ANNA, b"1", "a" * 64, AT)
        subscriptions.add(conn, ANNA, b"2", "b" * 64, AT + timedelta(days=1))
        assert [each.sealed for each in subscriptions.list_all(conn, ANNA)] == [b"1", b"2"]
        subscriptions.add(conn, BERT, b"3", "a" * 64, AT)
        assert [each.sealed for each in subscriptions.list_all(conn, ANNA)] == [b"2"]
        assert not subscriptions.remove(conn, ANNA, first)
        subscriptions.ended(conn, "b" * 64)
        assert list(subscriptions.list_all(conn, ANNA)) == []


@pytest.mark.parametrize(
    ("desk", "seen"),
    [
        (Desk(frozenset({"tax"}), frozenset()), ["anna", "cora"]),
        (Desk(frozenset({"tax"}), frozenset({"north"})), ["anna", "cora"]),
        (Desk(frozenset(), frozenset({"south"})), ["bert", "cora"]),
        (Desk(frozenset({"tax", "family"}), frozenset()), ["anna", "bert", "cora"]),
        (Desk(frozenset({"water"}), frozenset()), []),
        (Desk(frozenset(), frozenset()), []),
    ],
)
def test_a_desk_sees_its_own(database: Database, desk: Desk, seen: list[str]) -> None:
    told = _told(database, "anna", "bert", "cora")
    where = [("anna", "north", {"tax", "family"}), ("bert", "south", {"family"}), ("cora", "", {"tax"})]
    with database.write() as conn:
        for one, (citizen, district, authorities) in zip(told, where, strict=True):
            for _ in range(2):
                worklist.add(conn, Item(one, CitizenId(citizen), "en", district), authorities, AT)
        worklist.put_desk(conn, "portal", Desk(frozenset({"old"}), frozenset()))
        worklist.put_desk(conn, "portal", desk)
        assert worklist.desk_of(conn, "portal") == desk
        assert sorted(item.citizen_id for item in worklist.list_open(conn, desk, 10)) == seen
        found = [worklist.find(conn, one, desk) for one in told]
        assert sorted(item.citizen_id for item in found if item is not None) == seen
        assert worklist.count_open(conn) == 3


def test_an_item_is_closed_once_by_whoever_is_first(database: Database) -> None:
    (one,) = _told(database, "anna")
    everything = Desk(frozenset({"tax"}), frozenset())
    with database.write() as conn:
        worklist.add(conn, Item(one, ANNA, "en", ""), {"tax"}, AT)

    def close(state: str) -> bool:
        with database.write() as conn:
            return worklist.close(conn, one, state, ("desk", AT))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(close, ["reached", "refused"])) == [False, True]
    with database.read() as conn:
        assert worklist.list_open(conn, everything, 10) == []
        item = worklist.find(conn, one, everything)
        assert item is not None
        assert item.state in ("reached", "refused")
